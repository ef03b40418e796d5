//! *What it becomes*: the only bridge from the API to the tables, one file per table.

pub mod report;
