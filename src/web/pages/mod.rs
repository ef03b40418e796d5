//! The pages that people see, one file each; what they share stands in `frame`.

pub(super) mod account;
pub(super) mod act;
pub(super) mod login;
pub(super) mod run;
pub(super) mod status;
pub(super) mod trouble;
