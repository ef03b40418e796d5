//! adsync keeps a Meta (Facebook) ad account in Postgres, correct to the cent, unattended.
//!
//! ```text
//! config files ─► schedule ─► daemon ─► sync ─► meta ─► rows ─► store ─► sync_runs ─► web
//!                  (when)   (who may)  (order)  (pages) (rows)  (upsert)  (record)   (page)
//! ```
//!
//! # A tour
//!
//! Whoever wants to know what happens from a tick to a row reads these, in this order:
//!
//! 1. [`schedule::Cron`] says when something falls due, in each account's own zone; [`schedule::Ticker`] only beats.
//! 2. [`daemon::Runner`] decides what becomes of a tick, writes its row, and owns the task that does it.
//! 3. [`sync::run()`] works on the accounts of a run side by side, each through the steps of one account, and cannot fail: it
//!    gives a [`sync::RunReport`].
//! 4. [`meta::Client`] asks. Every question goes through one function that paces, retries and counts; a listing is pulled
//!    page by page ([`meta::page::Page`]), and an error is a class ([`meta::classify`]) before it is a message.
//! 5. [`rows`] makes cells of what was delivered. Nothing beyond it knows how Meta writes a number.
//! 6. [`store::Upsert`] writes what is new or changed, in short transactions that are safe behind every pooler;
//!    [`store::totals`] keeps what the comparison with Meta's own totals came to.
//! 7. [`alert`] and [`web`] tell people; [`metrics`] tells programs.
//!
//! [`config`] judges what was asked, all problems at once; [`app`] is the only place that knows all of this; [`cli`] has a
//! file for each command.
//!
//! The modules stand in the order of the import rule: each may use those after it, never those before it. A test keeps it.

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
