//! What metrics are told apart by. Values come from the configuration, from Meta's accounts, or from a closed list.

use std::fmt;

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};

/// What became of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    /// Meta gave them.
    Read,
    /// They were not there before.
    Inserted,
    /// They were there and differ now.
    Updated,
    /// They were there, the same.
    Unchanged,
    /// Meta no longer gives them.
    Deleted,
}

impl EncodeLabelValue for Change {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        let word = match self {
            Self::Read => "read",
            Self::Inserted => "inserted",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Deleted => "deleted",
        };
        EncodeLabelValue::encode(&word, encoder)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct BySchedule {
    pub(super) schedule: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ByRun {
    pub(super) schedule: String,
    pub(super) status: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ByRows {
    pub(super) table: String,
    pub(super) change: Change,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ByAccount {
    pub(super) account_id: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ByReport {
    pub(super) account_id: String,
    pub(super) report: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ByAgreement {
    pub(super) account_id: String,
    pub(super) report: String,
    pub(super) status: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ByToken {
    pub(super) token: String,
}

impl BySchedule {
    pub(super) fn new(schedule: &str) -> Self {
        Self { schedule: schedule.to_owned() }
    }
}

impl ByAccount {
    pub(super) fn new(account_id: &str) -> Self {
        Self { account_id: account_id.to_owned() }
    }
}

impl ByReport {
    pub(super) fn new(account_id: &str, report: &str) -> Self {
        Self { account_id: account_id.to_owned(), report: report.to_owned() }
    }
}

impl ByAgreement {
    pub(super) fn new(account_id: &str, report: &str, status: &str) -> Self {
        Self { account_id: account_id.to_owned(), report: report.to_owned(), status: status.to_owned() }
    }
}
