//! *Where it goes*: one file per table, SQL beside the function that runs it.

pub mod accounts;
pub mod adopt;
pub mod alerts;
pub mod budgets;
pub mod catalog;
pub mod coverage;
pub mod db;
pub mod deleted;
pub mod entities;
pub mod error;
pub mod ladders;
pub mod leases;
pub mod listings;
pub mod migrate;
pub mod names;
pub mod overview;
pub mod periods;
pub mod provenance;
pub mod retention;
pub mod rollup;
pub mod runs;
pub mod schedules;
pub mod schema;
pub mod settings;
pub mod sizes;
pub mod steps;
pub mod sweeps;
pub mod totals;
pub mod upsert;
mod views;
pub mod worker;

pub use db::Db;
pub use error::{Class, Error};
pub use settings::{Migrate, Pooler, Settings, Tls, TouchLastSynced};
pub use upsert::{Counts, Upsert};
pub use worker::Worker;
