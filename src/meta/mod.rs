//! *Where it comes from*: the Marketing API, one request function, listings that are pulled page by page.

pub mod account_id;
pub mod settings;

pub use account_id::AccountId;
pub use settings::{Credentials, Settings};
