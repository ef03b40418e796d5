//! The daemon as a process: ticks, stops, deaths, and what it tells over HTTP.

mod access;
mod actions;
mod ledger;
mod page;
mod reload;
pub(crate) mod stage;
mod stops;
mod ticks;
mod zones;
