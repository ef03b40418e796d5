//! The daemon as a process: ticks, stops, deaths, and what it tells over HTTP.

mod access;
mod actions;
mod clock;
mod errands;
mod ledger;
mod log;
mod overlap;
mod page;
mod page_size;
mod pause;
mod read_only;
mod reload;
mod rooms;
pub(crate) mod stage;
mod stops;
mod takeover;
mod ticks;
mod zones;
