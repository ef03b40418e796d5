//! *What, in which order*: the run of one account and its steps.

mod account;
mod agreement;
pub mod engine;
mod entities;
mod ladder;
mod lease;
mod parents;
pub mod plan;
mod reconcile;
pub mod report;
mod retention;
mod rollup;
pub mod run;
pub mod settings;
mod slice;
mod step;
mod sweep;
pub mod tables;

pub use engine::{Engine, Progress};
pub use plan::Window;
pub use report::{RunReport, Status};
pub use run::{Request, Work, run, run_opened};
pub use settings::{Account, Accounts, MetricsWindow, Settings};
