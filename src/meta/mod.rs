//! *Where it comes from*: the Marketing API, one request function, listings that are pulled page by page.

pub mod account_id;
pub mod client;
pub mod error;
pub mod insights;
pub mod listing;
pub mod meter;
pub mod objects;
pub mod page;
pub mod settings;
mod text;
pub mod usage;

pub use account_id::AccountId;
pub use client::{Client, Session};
pub use error::{Class, Error};
pub use settings::{Credentials, Settings};
