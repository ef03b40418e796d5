//! What a person is told of: every cause with its word, its severity and what it is called.

/// What a person is told of. Each has one message, whatever the number of accounts that it concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Runs failed, or a part of them, for a reason that is none of the others.
    Failed,
    /// Meta could not be reached or was unwell, and stayed so.
    Meta,
    /// The database could not be reached or took no rows.
    Database,
    /// A token is not valid or may not read at all.
    TokenTrouble,
    /// A token ends soon.
    TokenEnds,
    /// A valid token may not read some accounts.
    Permission,
    /// Accounts that were listed are in no token's listing any more.
    LostAccess,
    /// Accounts had no success for too long.
    Stale,
    /// Days differ from Meta's totals although they were read again.
    Drift,
    /// A person paused a schedule.
    Paused,
    /// Schedules paused by themselves.
    SelfPaused,
    /// Runs die however often they are taken up.
    RunsDie,
    /// The database is nearly as large as its plan allows.
    NearlyFull,
    /// Somebody tries out whether messages arrive.
    Test,
}

impl Cause {
    const ALL: [Self; 14] = [
        Self::Failed,
        Self::Meta,
        Self::Database,
        Self::TokenTrouble,
        Self::TokenEnds,
        Self::Permission,
        Self::LostAccess,
        Self::Stale,
        Self::Drift,
        Self::Paused,
        Self::SelfPaused,
        Self::RunsDie,
        Self::NearlyFull,
        Self::Test,
    ];

    /// The word that messages and dedupe ids use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Meta => "meta_unavailable",
            Self::Database => "database_unavailable",
            Self::TokenTrouble => "token_trouble",
            Self::TokenEnds => "token_ends",
            Self::Permission => "permission",
            Self::LostAccess => "lost_access",
            Self::Stale => "stale",
            Self::Drift => "drift",
            Self::Paused => "paused",
            Self::SelfPaused => "schedule_paused",
            Self::RunsDie => "runs_die",
            Self::NearlyFull => "database_nearly_full",
            Self::Test => "test",
        }
    }

    /// The cause of a message, by its dedupe id: `<cause>[:<what>]@<instance>`.
    pub fn of(dedupe_id: &str) -> Self {
        let word = dedupe_id.split(['@', ':']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|cause| cause.as_str() == word).unwrap_or(Self::Failed)
    }

    /// The dedupe id of the only message that an instance has of this cause.
    pub fn dedupe_id(self, instance: &str) -> String {
        format!("{}@{instance}", self.as_str())
    }

    /// How bad it is: `error` where data is missing or about to be, `warning` where somebody should look soon.
    pub const fn severity(self) -> &'static str {
        match self {
            Self::Failed
            | Self::Meta
            | Self::Database
            | Self::TokenTrouble
            | Self::Permission
            | Self::Stale
            | Self::SelfPaused
            | Self::RunsDie => "error",
            Self::TokenEnds | Self::LostAccess | Self::Drift | Self::Paused | Self::NearlyFull => "warning",
            Self::Test => "info",
        }
    }

    /// What it is called.
    pub const fn headline(self) -> &'static str {
        match self {
            Self::Failed => "a sync failed",
            Self::Meta => "Meta cannot be read",
            Self::Database => "the database cannot be used",
            Self::TokenTrouble => "a token does not work",
            Self::TokenEnds => "a token ends soon",
            Self::Permission => "the token may not read some accounts",
            Self::LostAccess => "access to accounts was lost",
            Self::Stale => "data is stale",
            Self::Drift => "figures differ from Meta's totals",
            Self::Paused => "a schedule is paused",
            Self::SelfPaused => "adsync paused schedules",
            Self::RunsDie => "runs die again and again",
            Self::NearlyFull => "the database is nearly full",
            Self::Test => "this is a test",
        }
    }

    /// The causes of which every further account is news. An outage or a dead token meets all accounts in the end: that
    /// goes without saying.
    pub fn by_account() -> Vec<&'static str> {
        let by_account = [Self::Failed, Self::Permission, Self::LostAccess, Self::Stale, Self::Drift];
        by_account.map(Self::as_str).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dedupe_id_tells_its_cause() {
        for cause in Cause::ALL {
            assert_eq!(Cause::of(&cause.dedupe_id("shop@2")), cause);
            assert_eq!(Cause::of(&format!("{}:a:b@adsync", cause.as_str())), cause);
        }
        assert_eq!(Cause::of("of a newer adsync@adsync"), Cause::Failed);
    }
}
