//! *What, in which order*: the run of one account and its steps.

pub mod settings;

pub use settings::{Account, Accounts, MetricsWindow, Settings};
