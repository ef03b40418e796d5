//! What the pages of one run and one account show: each asked in one transaction of few questions.

pub mod account;
pub mod objects;
pub mod run;
