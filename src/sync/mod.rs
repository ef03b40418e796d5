//! *What, in which order*: the run of one account and its steps.

pub mod access;
mod account;
mod agreement;
pub mod discovery;
pub mod engine;
mod entities;
pub mod forecast;
mod hidden;
mod judgement;
mod ladder;
mod lease;
mod longer;
mod parents;
mod part;
pub mod plan;
pub mod preview;
mod reading;
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
mod tokens;

pub use access::Roll;
pub use discovery::Discovery;
pub use engine::{Engine, Progress};
pub use plan::Window;
pub use report::{RunReport, Status};
pub use run::{Request, Work, run, run_opened};
pub use settings::{Account, Accounts, MetricsWindow, Settings};
pub use slice::{query, request_hash};
