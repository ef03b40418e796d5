//! The simulator's contract, asked over real HTTP.
#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests may fail loudly")]
mod access;
mod allowances;
mod batch;
mod doors;
mod faults;
mod insights;
mod known;
mod names;
mod numbers;
mod objects;
mod random;
mod reports;
mod retention;
mod size;
mod speed;
mod support;
mod world;
