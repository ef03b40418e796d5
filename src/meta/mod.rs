//! *Where it comes from*: the Marketing API, one request function, listings that are pulled page by page.

pub mod account_id;
pub mod asked;
mod awaited;
mod batch;
pub mod classify;
pub mod client;
mod count;
pub mod error;
mod fields;
mod identity;
pub mod insights;
pub mod listing;
pub mod meter;
pub mod notes;
pub mod objects;
pub mod pacing;
pub mod page;
mod patience;
#[cfg(test)]
mod random;
pub mod refusals;
pub mod report_run;
pub mod session;
pub mod settings;
pub mod sizes;
mod text;
pub mod token;
mod transport;
pub mod usage;

pub use account_id::AccountId;
pub use client::Client;
pub use error::{Class, Error};
pub use session::Session;
pub use settings::{Credentials, Settings};
