//! The number of an ad account, however a person typed it.

use std::fmt;
use std::str::FromStr;

/// An ad account's number: digits only, as Meta delivers `account_id`.
///
/// It is read with or without the prefix `act_`, which only `ad_accounts.id` and the paths of the API carry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(String);

/// What is wrong with a text that should name an ad account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no ad account id: write the digits from Ads Manager, with or without act_, for example act_1029384756102938"
)]
pub struct NotAnAccountId(String);

impl AccountId {
    /// The digits alone, as every table holds them.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// The id with its prefix, as `ad_accounts.id` and API paths spell it.
    pub fn act(&self) -> String {
        format!("act_{}", self.0)
    }
}

impl FromStr for AccountId {
    type Err = NotAnAccountId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let trimmed = text.trim();
        let digits = trimmed.strip_prefix("act_").unwrap_or(trimmed);
        // Meta's numbers have 6 to 17 digits today; 20 is the width of an unsigned 64-bit number.
        let is_number = !digits.is_empty() && digits.len() <= 20 && digits.bytes().all(|b| b.is_ascii_digit());
        if is_number { Ok(Self(digits.to_owned())) } else { Err(NotAnAccountId(text.to_owned())) }
    }
}

/// Shown as people know it: with the prefix.
impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "act_{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_means_the_same_with_and_without_its_prefix() {
        let bare: AccountId = "1029384756102938".parse().unwrap();
        let prefixed: AccountId = " act_1029384756102938 ".parse().unwrap();
        assert_eq!(bare, prefixed);
        assert_eq!(bare.digits(), "1029384756102938");
        assert_eq!(bare.act(), "act_1029384756102938");
    }

    #[test]
    fn anything_but_digits_is_refused_with_an_example() {
        for wrong in ["", "act_", "act_12a", "12 34", "actt_12", "act_act_1", "-5", "١٢٣"] {
            let error = wrong.parse::<AccountId>().unwrap_err().to_string();
            assert!(error.contains("with or without act_"), "{error}");
        }
    }
}
