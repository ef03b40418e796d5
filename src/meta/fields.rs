//! The fields of a question: named one by one, cut into groups where a row is too much, and left out where Meta refuses
//! them, so that the rest of the listing arrives.

use super::client::Question;
use super::error::{Class, Error};
use super::objects::Object;
use super::page::Page;
use super::session::Session;

/// Fields without which a row belongs nowhere: they are never left out, and stand in every group.
const NEEDED: [&str; 8] =
    ["id", "account_id", "campaign_id", "adset_id", "ad_id", "date_start", "date_stop", "account_currency"];
/// Subcodes of code 100 that name another cause than a field.
const OTHERWISE: [i64; 5] = [33, 1_487_534, 1_504_018, 1_815_001, 3_191_001];
/// Questions asked to find what is refused.
const MOST_PROBES: u32 = 40;

/// The fields of a list, each with what it asks of an inner object: `creative{id,name}` is one.
pub(super) fn split(fields: &str) -> Vec<&str> {
    let mut depth = 0_u32;
    let parts = fields.split(|letter: char| {
        match letter {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ',' && depth == 0
    });
    parts.filter(|field| !field.is_empty()).collect()
}

/// Whether a field is one that says what a row is about.
pub(super) fn is_needed(field: &str) -> bool {
    NEEDED.contains(&field)
}

/// The question once for every group of its fields, at most `groups` of them; each has what says which row it is.
pub(super) fn in_groups(question: &Question, groups: usize) -> Vec<Question> {
    let fields = split(question.parameter("fields").unwrap_or_default());
    let (needed, others): (Vec<&str>, Vec<&str>) = fields.into_iter().partition(|field| is_needed(field));
    if others.is_empty() {
        return vec![question.clone()];
    }
    let group = |group: &[&str]| {
        let fields: Vec<&str> = needed.iter().chain(group).copied().collect();
        question.with("fields", fields.join(","))
    };
    others.chunks(others.len().div_ceil(groups.max(1))).map(group).collect()
}

/// How many fields of a question could be asked apart.
pub(super) fn separable(question: &Question) -> usize {
    let fields = question.parameter("fields").unwrap_or_default();
    split(fields).into_iter().filter(|field| !is_needed(field)).count().max(1)
}

impl Session {
    /// The question without the fields that are known to be refused. Each is named in the run's warnings.
    pub(super) fn allowed(&self, question: Question) -> Question {
        let topic = question.topic();
        let refused = self.client.shared.refusals.of(&topic);
        let Some(fields) = question.parameter("fields").filter(|_| !refused.is_empty()) else { return question };
        let (out, kept): (Vec<&str>, Vec<&str>) = split(fields).into_iter().partition(|field| refused.contains(*field));
        for field in out {
            let message = format!("Meta refuses the field {field} of {topic}; its column stays empty");
            self.notes.odd("field_refused", message);
        }
        let kept = kept.join(",");
        question.with("fields", kept)
    }

    /// The question without the fields that Meta refuses; `None` where it is answered with all of them, for one row; the
    /// error where something else than a field is to blame.
    pub(super) async fn without_refused(&self, question: &Question, error: Error) -> Result<Option<Question>, Error> {
        // Deleted objects named in a filter, retention and the like are refused under their own codes.
        let is_about_parameters = match error.class {
            Class::Invalid => match (error.code, error.subcode) {
                (Some(100), Some(subcode)) => !OTHERWISE.contains(&subcode),
                (code, _) => matches!(code, Some(12 | 100)),
            },
            // A field that needs more than the token may: Meta names it.
            Class::Permission => asked(question).iter().any(|field| names(&error, field)),
            _ => false,
        };
        if question.parameter("fields").is_none() || !is_about_parameters {
            return Err(error);
        }
        // Questions side by side meet the same wall: one looks for the field, the others take what it found.
        let refusals = &self.client.shared.refusals;
        let _search = refusals.search.lock().await;
        let allowed = self.allowed(question.clone());
        if allowed.parameter("fields") != question.parameter("fields") {
            return Ok(Some(allowed));
        }
        let refused = self.refused(question, error).await?;
        for field in &refused {
            refusals.add(&question.topic(), field);
        }
        Ok((!refused.is_empty()).then(|| self.allowed(question.clone())))
    }

    /// The question without the field that an error names, where it names one that was asked: for questions that cannot be
    /// tried with fewer fields. Asking again shows whether it was to blame.
    pub(super) fn without_named(&self, question: &Question, error: &Error) -> Option<Question> {
        let field = asked(question).into_iter().find(|field| names(error, field))?;
        self.client.shared.refusals.add(&question.topic(), &field);
        Some(self.allowed(question.clone()))
    }

    /// The fields that Meta refuses.
    async fn refused(&self, question: &Question, error: Error) -> Result<Vec<String>, Error> {
        let (needed, mut kept): (Vec<String>, Vec<String>) =
            asked(question).into_iter().partition(|field| is_needed(field));
        let mut probes = MOST_PROBES;
        // Without any field that could be to blame the question must work, or something else is.
        if !self.works(question, &needed, &[], &mut probes).await? {
            return Err(error);
        }
        let mut refused = Vec::new();
        let mut last = error;
        // Meta mostly names the field; what it names is only believed when it helps.
        while let Some(place) = kept.iter().position(|field| names(&last, field)) {
            refused.push(kept.remove(place));
            last.message.clear();
        }
        while !self.works(question, &needed, &kept, &mut probes).await? {
            if kept.is_empty() || probes == 0 {
                return Err(last);
            }
            let place = self.bisect(question, &needed, &kept, &mut probes).await?;
            refused.push(kept.remove(place));
        }
        Ok(refused)
    }

    /// The place of one field that is refused. The fields before it work.
    async fn bisect(
        &self,
        question: &Question,
        needed: &[String],
        fields: &[String],
        probes: &mut u32,
    ) -> Result<usize, Error> {
        // Invariant: the first `works_to` fields work, the first `fails_at` do not.
        let (mut works_to, mut fails_at) = (0, fields.len());
        while fails_at - works_to > 1 {
            let middle = works_to + (fails_at - works_to) / 2;
            if self.works(question, needed, fields.get(..middle).unwrap_or_default(), probes).await? {
                works_to = middle;
            } else {
                fails_at = middle;
            }
        }
        Ok(fails_at.saturating_sub(1))
    }

    /// Whether the question is valid with these fields. One row is enough to know.
    async fn works(
        &self,
        question: &Question,
        needed: &[String],
        fields: &[String],
        probes: &mut u32,
    ) -> Result<bool, Error> {
        *probes = probes.saturating_sub(1);
        let fields: Vec<&str> = needed.iter().chain(fields).map(String::as_str).collect();
        let probe = question.with("fields", fields.join(",")).with("limit", "1".to_owned());
        // An error or a text may come as a success: only an answer of the API says that the question is valid.
        let judged = |body: String| match Page::decode(body.clone()) {
            Ok(_) => Ok(()),
            Err(error) => Object::decode(body).map(drop).map_err(|_| error),
        };
        match self.ask(&probe, judged).await {
            Ok(()) => Ok(true),
            Err(error) if matches!(error.class, Class::Invalid | Class::Permission) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn asked(question: &Question) -> Vec<String> {
    split(question.parameter("fields").unwrap_or_default()).into_iter().map(str::to_owned).collect()
}

/// Whether the error names the field, as in "nonexisting field (x)".
fn names(error: &Error, field: &str) -> bool {
    let outer = field.split('{').next().unwrap_or(field);
    !is_needed(field) && error.message.contains(&format!("({outer})"))
}

#[cfg(test)]
mod tests {
    use super::super::usage::UseCase;
    use super::*;

    #[test]
    fn a_field_with_inner_fields_is_one() {
        let fields = "id,business{id,name},insights.time_range({\"since\":\"a\",\"until\":\"b\"}){spend,clicks},name";
        assert_eq!(
            split(fields),
            ["id", "business{id,name}", "insights.time_range({\"since\":\"a\",\"until\":\"b\"}){spend,clicks}", "name"]
        );
        assert!(split("").is_empty());
    }

    #[test]
    fn groups_hold_every_field_once_and_what_says_which_row_it_is_always() {
        let parameters = vec![("fields", "id,name,status,targeting,account_id,issues_info".to_owned())];
        let question = Question::get("act_1/adsets", UseCase::Management, parameters);
        assert_eq!(separable(&question), 4);
        let of = |groups| {
            let groups = in_groups(&question, groups);
            groups.iter().map(|group| group.parameter("fields").unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(of(2), ["id,account_id,name,status", "id,account_id,targeting,issues_info"]);
        assert_eq!(of(9).len(), 4);
        let bare = Question::get("act_1/adsets", UseCase::Management, vec![("fields", "id".to_owned())]);
        assert_eq!(in_groups(&bare, 4).len(), 1);
    }
}
