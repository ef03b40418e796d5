//! How a report run goes: what each poll and each read of it finds.
use super::known::KnownError;
use serde::{Deserialize, Serialize};

/// How a run goes. Polls are counted from 1; times are the world's.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Plan {
    /// It is done at a poll, counted from 1.
    Completes {
        /// The poll that finds it done.
        polls: u64,
    },
    /// It fails at the second poll.
    Fails {
        /// `error_code` of the run.
        code: i64,
        /// `error_subcode` of the run.
        subcode: i64,
        /// `error_message` of the run.
        message: String,
    },
    /// It fails at a poll.
    FailsAt {
        /// The poll that finds it failed.
        polls: u64,
        /// `error_code` of the run.
        code: i64,
        /// `error_subcode` of the run.
        #[serde(default)]
        subcode: Option<i64>,
        /// `error_message` of the run; without it the one that is known of these codes.
        #[serde(default)]
        message: Option<String>,
    },
    /// It expired in the queue and must be asked again.
    Skips,
    /// It runs for ever at a percentage, 100 included.
    Stalls {
        /// The percentage.
        percent: i64,
    },
    /// It shows the same for ever.
    Shows {
        /// `async_status`: one of the six.
        status: String,
        /// `async_percent_completion`.
        percent: i64,
        /// Whether `is_running` stands there as true.
        #[serde(default)]
        is_running: bool,
    },
    /// It is done when the world's clock has moved on, however often it is polled.
    Lasts {
        /// By so many seconds.
        seconds: i64,
    },
    /// It is done without any row, although a direct call has rows (recorded).
    Empty {
        /// The poll that finds it done.
        polls: u64,
    },
    /// It fails as too large, -3/1504045, where it has more rows than this; smaller ones are done at once.
    TooLarge {
        /// Rows that still pass.
        rows: usize,
    },
    /// Its node is not found, 100/33, for the first polls.
    LateToFind {
        /// Polls that do not find it.
        polls: u64,
        /// How it goes from then on.
        then: Box<Self>,
    },
    /// Its rows cannot be loaded, 2601/1815107, for the first reads after it was done.
    LateToRead {
        /// Reads that are refused.
        reads: u64,
        /// How it goes besides.
        then: Box<Self>,
    },
}

/// What has happened to a run so far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Life {
    /// Polls, this one included.
    pub polls: u64,
    /// Reads of its rows after it was done, this one included.
    pub reads: u64,
    /// Seconds since its making.
    pub age: i64,
    /// Rows that it has.
    pub rows: usize,
}

/// What a poll finds.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub status: String,
    pub percent: i64,
    pub is_running: bool,
    pub failure: Option<Failure>,
}

/// Why a run failed.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub code: i64,
    pub subcode: Option<i64>,
    pub message: String,
    pub title: String,
}

impl Plan {
    /// Makes a plan that fails at a poll with the text that is known of these codes.
    pub fn fails_at(polls: u64, code: i64, subcode: Option<i64>) -> Self {
        Self::FailsAt { polls, code, subcode, message: None }
    }

    /// Says whether the node is there.
    pub(super) fn is_found(&self, life: Life) -> bool {
        match self {
            Self::LateToFind { polls, then } => {
                life.polls > *polls && then.is_found(Life { polls: life.polls - polls, ..life })
            }
            Self::LateToRead { then, .. } => then.is_found(life),
            _ => true,
        }
    }

    /// Says whether the rows of a run that is done may be read.
    pub(super) fn is_readable(&self, life: Life) -> bool {
        match self {
            Self::LateToRead { reads, then } => {
                life.reads > *reads && then.is_readable(Life { reads: life.reads - reads, ..life })
            }
            Self::LateToFind { then, .. } => then.is_readable(life),
            _ => true,
        }
    }

    /// Says whether the run has rows at all.
    pub(super) fn has_rows(&self) -> bool {
        match self {
            Self::LateToRead { then, .. } | Self::LateToFind { then, .. } => then.has_rows(),
            Self::Empty { .. } => false,
            _ => true,
        }
    }

    /// Gives what a poll finds.
    pub(super) fn state(&self, life: Life) -> State {
        match self {
            Self::LateToFind { polls, then } => then.state(Life { polls: life.polls.saturating_sub(*polls), ..life }),
            Self::LateToRead { then, .. } => then.state(life),
            Self::Skips => State::over("Job Skipped", 0),
            Self::Shows { status, percent, is_running } => {
                State { status: status.clone(), percent: *percent, is_running: *is_running, failure: None }
            }
            Self::Lasts { seconds } if life.age >= *seconds => State::over("Job Completed", 100),
            Self::Lasts { seconds } => match life.age * 100 / (*seconds).max(1) {
                ..=4 => State::over("Job Not Started", 0),
                5..=9 => State::running("Job Started", 0),
                percent => State::running("Job Running", percent.min(99)),
            },
            _ if life.polls == 0 => State::over("Job Not Started", 0),
            Self::Completes { polls } | Self::Empty { polls } => completing(life.polls, *polls),
            Self::TooLarge { rows } if life.rows > *rows => State::failed(-3, Some(1_504_045), None),
            Self::TooLarge { .. } => State::over("Job Completed", 100),
            Self::Stalls { percent } => State::running("Job Running", *percent),
            Self::Fails { .. } if life.polls < 2 => State::running("Job Started", 0),
            Self::Fails { code, subcode, message } => State::failed(*code, Some(*subcode), Some(message)),
            Self::FailsAt { polls, code, subcode, message } if life.polls >= *polls => {
                State::failed(*code, *subcode, message.as_deref())
            }
            Self::FailsAt { polls, .. } => completing(life.polls, *polls),
        }
    }
}

fn completing(now: u64, polls: u64) -> State {
    if now >= polls {
        return State::over("Job Completed", 100);
    }
    if now == 1 {
        return State::running("Job Started", 0);
    }
    let share = i64::try_from(now.saturating_mul(100) / polls.max(1)).unwrap_or(99);
    State::running("Job Running", share.min(99))
}

impl State {
    /// Says whether the rows are there: done, whole, and no longer running.
    pub(super) fn is_done(&self) -> bool {
        self.status == "Job Completed" && self.percent == 100 && !self.is_running
    }

    fn over(status: &str, percent: i64) -> Self {
        Self { status: status.to_owned(), percent, is_running: false, failure: None }
    }

    fn running(status: &str, percent: i64) -> Self {
        Self { is_running: true, ..Self::over(status, percent) }
    }

    fn failed(code: i64, subcode: Option<i64>, message: Option<&str>) -> Self {
        let known = KnownError::find(Some(code), subcode, 0);
        let message = message.map(str::to_owned).or_else(|| known.map(KnownError::message)).unwrap_or_default();
        let title = known.and_then(|row| row.error_user_title.clone()).unwrap_or_else(|| message.clone());
        Self { failure: Some(Failure { code, subcode, message, title }), ..Self::over("Job Failed", 0) }
    }
}
