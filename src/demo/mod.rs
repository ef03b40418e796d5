//! `adsync demo`: the daemon against a simulator of Meta, on a PostgreSQL of its own.

pub mod server;
