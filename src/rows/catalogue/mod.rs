//! What Meta documents and changes without notice: kept as data with its source and date, asked by typed questions.
//!
//! A subject is a TOML file and the Rust file of the same name beside it.

pub mod currencies;
