//! The simulator as a server: connections, faults, allowances, the record of calls, and the control API.
pub mod allowance;
mod answer;
mod batch;
pub mod calls;
mod control;
pub mod door;
pub mod fault;
pub mod faults;
mod serve;
pub mod settings;
pub mod sim;
mod spent;
mod spoil;
mod state;
pub mod usage;
