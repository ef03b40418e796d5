//! The daemon as a process: ticks, stops, deaths, and what it tells over HTTP.

mod access;
mod actions;
mod clock;
mod errands;
mod ledger;
mod overlap;
mod page;
mod pause;
mod read_only;
mod reload;
pub(crate) mod stage;
mod stops;
mod takeover;
mod ticks;
mod zones;
