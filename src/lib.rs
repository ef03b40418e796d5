//! adsync keeps a Meta (Facebook) ad account in Postgres, correct to the cent, unattended.
//!
//! The modules stand in the order of the import rule: each may use those after it, never those before it.
//!
//! ```text
//! config files ─► schedule ─► daemon ─► sync ─► meta ─► rows ─► store ─► sync_runs ─► web
//!                  (when)   (who may)  (order)  (pages) (rows)  (upsert)  (record)   (page)
//! ```

pub mod cli;
#[cfg(feature = "demo")]
pub mod demo;
pub mod app;
pub mod web;
pub mod config;
pub mod telemetry;
pub mod daemon;
pub mod alert;
pub mod sync;
pub mod store;
pub mod rows;
pub mod meta;
pub mod schedule;
pub mod metrics;
pub mod shutdown;
