//! How many objects an edge has, for one small call: where Meta tells it.

use serde_json::Value;

use super::AccountId;
use super::client::Question;
use super::error::Error;
use super::session::Session;
use super::usage::UseCase;

impl Session {
    /// Counts an account's objects below an edge, such as `ads`, of one status or of all that a listing shows. `None`
    /// where the answer holds no count.
    pub async fn count(
        &self,
        account: &AccountId,
        edge: &str,
        effective_status: Option<&str>,
    ) -> Result<Option<u64>, Error> {
        let mut parameters =
            vec![("fields", "id".to_owned()), ("limit", "1".to_owned()), ("summary", "total_count".to_owned())];
        parameters.extend(effective_status.map(|status| ("effective_status", format!("[\"{status}\"]"))));
        let question = Question::get(format!("{}/{edge}", account.act()), UseCase::Management, parameters);
        self.ask(&question, |body| total_count(&body)).await
    }
}

fn total_count(body: &str) -> Result<Option<u64>, Error> {
    let answer: Value = serde_json::from_str(body).map_err(|_| Error::from_answer(200, body))?;
    if !answer.get("data").is_some_and(Value::is_array) {
        return Err(Error::from_answer(200, body));
    }
    let count = answer.get("summary").and_then(|summary| summary.get("total_count"));
    Ok(count.and_then(|count| count.as_u64().or_else(|| count.as_str()?.parse().ok())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_may_be_a_number_a_text_or_missing() {
        let of = |summary: &str| total_count(&format!("{{\"data\":[]{summary}}}")).unwrap();
        assert_eq!(of(r#","summary":{"total_count":123}"#), Some(123));
        assert_eq!(of(r#","summary":{"total_count":"7"}"#), Some(7));
        for without in ["", r#","summary":{}"#, r#","summary":[]"#, r#","summary":{"total_count":-1}"#] {
            assert_eq!(of(without), None, "{without}");
        }
        assert!(total_count("{}").is_err() && total_count("<html>").is_err());
    }
}
