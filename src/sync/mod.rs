//! *What, in which order*: the run of one account and its steps.

mod account;
pub mod engine;
mod entities;
pub mod plan;
mod reconcile;
pub mod report;
mod rollup;
pub mod run;
pub mod settings;
mod slice;
mod step;
pub mod tables;

pub use engine::{Engine, Progress};
pub use plan::Window;
pub use report::{RunReport, Status};
pub use run::{Request, run, run_opened};
pub use settings::{Account, Accounts, MetricsWindow, Settings};
pub use slice::{query, request_hash};
