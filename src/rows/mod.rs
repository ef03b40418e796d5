//! *What it becomes*: the only bridge from the API to the tables, one file per table.

pub mod account;
pub mod actions;
pub mod ad;
pub mod adset;
pub mod campaign;
pub mod catalogue;
pub mod entity;
pub mod figures;
pub mod insights;
pub mod keys;
pub mod metrics;
pub mod period;
pub mod report;
pub mod results;
pub mod table;
pub mod value;
