//! Batches: up to fifty questions in one call. Meta counts each part as a call, and tells of its budgets inside the parts.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::client::Question;
use super::error::{Class, Error};
use super::objects::Object;
use super::page::Page;
use super::session::Session;
use super::usage::{Usage, UseCase};

/// Times that the parts which came to nothing are sent again.
const ROUNDS: u32 = 5;

/// One part of a batch's answer.
#[derive(Debug, Deserialize)]
pub(super) struct Part {
    code: u16,
    #[serde(default)]
    headers: Option<Vec<Header>>,
    #[serde(default)]
    body: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Header {
    name: Option<String>,
    value: Option<String>,
}

/// What one round of a batch left open.
#[derive(Debug, Default)]
struct Round {
    again: Vec<String>,
    /// The first object whose question is invalid.
    refused: Option<(String, Error)>,
    /// The last part that may come another time, or smaller.
    last: Option<Error>,
}

/// What all parts of a batch say of Meta's budgets.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The usage headers of all parts.
    pub usage: Usage,
    /// The throttle that a part met.
    pub throttle: Option<Error>,
}

impl Part {
    pub(super) fn object(self) -> Result<Object, Error> {
        self.decoded(Object::decode)
    }

    fn decoded<T>(self, decode: impl Fn(String) -> Result<T, Error>) -> Result<T, Error> {
        let body = self.text();
        if (200..300).contains(&self.code) { decode(body) } else { Err(Error::from_answer(self.code, &body)) }
    }

    /// Its body: JSON as text, as Meta has it, or the JSON itself.
    fn text(&self) -> String {
        match &self.body {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(json) => json.to_string(),
        }
    }

    fn header(&self, name: &str) -> Option<String> {
        let headers = self.headers.as_deref().unwrap_or_default();
        let is_it = |header: &&Header| header.name.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(name));
        headers.iter().find(is_it).and_then(|header| header.value.clone())
    }
}

/// The parts of a batch's answer in the order of the questions; `None` is one that Meta did not run in time.
pub(super) fn parts(body: &str, wanted: usize) -> Result<Vec<Option<Part>>, Error> {
    match serde_json::from_str::<Vec<Option<Part>>>(body) {
        Ok(parts) if parts.len() == wanted => Ok(parts),
        _ => Err(Error::from_answer(200, body)),
    }
}

/// What a batch's answer says of Meta's budgets: nothing where it is no answer.
pub(super) fn told(body: &str, account: Option<&str>) -> Told {
    let parts: Vec<Option<Part>> = serde_json::from_str(body).unwrap_or_default();
    let mut told = Told::default();
    for part in parts.into_iter().flatten() {
        told.usage.add(Usage::read(|name| part.header(name), account));
        if !(200..300).contains(&part.code) {
            let error = Error::from_answer(part.code, &part.text());
            if error.class == Class::Throttle {
                told.throttle = Some(error);
            }
        }
    }
    told
}

impl Session {
    /// Reads up to 50 objects by id in one call. Each is the object, or `None` where Meta says that it is gone or that
    /// it may not be read: the two look alike (100/33). One of which Meta says anything else is left out, so that nothing
    /// becomes of it. `like` is the question that lists such objects: what Meta refuses of it is left out here, too.
    pub(super) async fn by_id_like(
        &self,
        ids: &[String],
        like: Question,
    ) -> Result<Vec<(String, Option<Object>)>, Error> {
        let mut like = self.allowed(like);
        let mut found = Vec::with_capacity(ids.len());
        let mut open: Vec<String> = ids.to_vec();
        let mut odd: Vec<(String, Error)> = Vec::new();
        let mut last = Error::plain(Class::Transient, "Meta did not answer some parts of a batch");
        // A part that Meta did not run in time comes back as null and is sent again.
        for round in 0..ROUNDS {
            if round > 0 && !self.pause_between(round).await? {
                break;
            }
            let Round { again, refused, last: left } =
                self.round(&open, &like, round > 0, &mut found, &mut odd).await?;
            open = again;
            if let Some((id, error)) = refused {
                match self.like_without_refused(id.clone(), &like, error.clone()).await {
                    Ok(Some(allowed)) => like = allowed,
                    // It works by itself, or something else than a field is to blame.
                    Ok(None) => {}
                    Err(error) if matches!(error.class, Class::Invalid | Class::Permission) => {
                        open.retain(|other| *other != id);
                        odd.push((id, error));
                    }
                    Err(error) => return Err(error),
                }
                last = error;
            }
            last = left.unwrap_or(last);
            if open.is_empty() {
                break;
            }
        }
        // A question too large or refused for good is one object's matter; what Meta was too unwell for is the listing's.
        if last.class == Class::TooMuchData || last.class == Class::Invalid {
            odd.extend(open.drain(..).map(|id| (id, last.clone())));
        }
        if let Some((id, error)) = odd.first() {
            let message = format!("Meta does not show {} objects that it knows, {id} the first: {error}", odd.len());
            self.notes.odd("object_unreadable", self.without_secrets(&message));
        }
        if open.is_empty() { Ok(found) } else { Err(self.own(last)) }
    }

    /// One round of a batch: sorts what came of every part.
    async fn round(
        &self,
        open: &[String],
        like: &Question,
        is_repeat: bool,
        found: &mut Vec<(String, Option<Object>)>,
        odd: &mut Vec<(String, Error)>,
    ) -> Result<Round, Error> {
        let fields = like.parameter("fields").unwrap_or_default();
        let mut round = Round::default();
        // Too much for one call may be right for two.
        let mut chunks: Vec<&[String]> = vec![open];
        while let Some(ids) = chunks.pop() {
            let addresses = ids.iter().map(|id| format!("{id}?fields={fields}")).collect();
            let answers = match self.batch(addresses, like.use_case, is_repeat).await {
                Ok(answers) => answers,
                Err(error) if error.class == Class::TooMuchData && ids.len() > 1 => {
                    self.meter().split();
                    let (one, other) = ids.split_at(ids.len() / 2);
                    chunks.extend([one, other]);
                    continue;
                }
                Err(error) => return Err(error),
            };
            for (id, answer) in ids.iter().zip(answers) {
                match answer.map(Part::object) {
                    None => round.again.push(id.clone()),
                    Some(Ok(object)) => found.push((id.clone(), Some(object))),
                    Some(Err(error)) if error.is_gone() => found.push((id.clone(), None)),
                    Some(Err(error)) => match error.class {
                        // A throttled part waits for its budget before the next round, like every call.
                        Class::Transient | Class::Malformed | Class::Throttle => {
                            round.again.push(id.clone());
                            round.last = Some(error);
                        }
                        // Recorded on a single object, too, where asking again worked.
                        Class::TooMuchData => {
                            round.again.push(id.clone());
                            round.last = Some(error);
                        }
                        Class::Invalid => {
                            round.again.push(id.clone());
                            round.refused.get_or_insert((id.clone(), error));
                        }
                        Class::Auth | Class::Cancelled => return Err(self.own(error)),
                        Class::Permission | Class::Unknown => odd.push((id.clone(), error)),
                    },
                }
            }
        }
        Ok(round)
    }

    /// Pauses before a round that repeats parts; `false` where the run has no retry left.
    async fn pause_between(&self, round: u32) -> Result<bool, Error> {
        let longest_ms = 250_u64.saturating_mul(1 << round.min(6));
        let jitter_ms = uuid::Uuid::new_v4().as_u128() % u128::from(longest_ms);
        self.pause(Duration::from_millis(longest_ms / 2 + u64::try_from(jitter_ms).unwrap_or(0) / 2)).await?;
        Ok(self.notes.may_retry())
    }

    /// Asks one question about a list of each of up to 50 objects in one call, at the edge that its path names: the first page
    /// of each, or `None` where Meta says that the object is gone or may not be read. A field that is refused is looked for
    /// once, and left out.
    pub(super) async fn pages_by_id(
        &self,
        ids: &[String],
        like: Question,
    ) -> Result<Vec<(String, Option<Page>)>, Error> {
        let mut like = self.allowed(like);
        let edge = like.path.clone();
        let mut found = Vec::with_capacity(ids.len());
        let mut open: Vec<String> = ids.to_vec();
        let mut last = Error::plain(Class::Transient, "Meta did not answer some parts of a batch");
        let mut is_searched = false;
        for round in 0..ROUNDS {
            if round > 0 && !self.pause_between(round).await? {
                break;
            }
            let asked = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&like.parameters).finish();
            let addresses = open.iter().map(|id| format!("{id}/{edge}?{asked}")).collect();
            let answers = self.batch(addresses, like.use_case, round > 0).await?;
            let (mut again, mut refused) = (Vec::new(), None);
            for (id, answer) in open.into_iter().zip(answers) {
                match answer.map(|part| part.decoded(Page::decode)) {
                    None => again.push(id),
                    Some(Ok(page)) => found.push((id, Some(page))),
                    Some(Err(error)) if error.class == Class::Permission || error.code == Some(803) => {
                        found.push((id, None));
                    }
                    Some(Err(error)) if error.class.is_retried() || error.class == Class::Throttle => {
                        again.push(id);
                        last = error;
                    }
                    Some(Err(error)) if error.class == Class::Invalid && !is_searched => {
                        refused.get_or_insert((format!("{id}/{edge}"), error));
                        again.push(id);
                    }
                    Some(Err(error)) => return Err(self.own(error)),
                }
            }
            if again.is_empty() {
                return Ok(found);
            }
            open = again;
            if let Some((path, error)) = refused {
                is_searched = true;
                let error = self.own(error);
                like = self.like_without_refused(path, &like, error.clone()).await?.ok_or(error)?;
            }
        }
        Err(self.own(last))
    }

    /// Finds the field that made one object's question invalid.
    async fn like_without_refused(
        &self,
        path: String,
        like: &Question,
        error: Error,
    ) -> Result<Option<Question>, Error> {
        let single = Question { path, topic: Some(like.topic()), ..like.clone() };
        let allowed = self.without_refused(&single, error).await.map_err(|error| self.own(error))?;
        Ok(allowed.map(|allowed| like.with("fields", allowed.parameter("fields").unwrap_or_default().to_owned())))
    }

    pub(super) async fn batch(
        &self,
        addresses: Vec<String>,
        use_case: UseCase,
        is_repeat: bool,
    ) -> Result<Vec<Option<Part>>, Error> {
        let (version, wanted) = (&self.settings().api_version, addresses.len());
        let parts_asked: Vec<Value> = addresses
            .iter()
            .map(|address| serde_json::json!({"method": "GET", "relative_url": format!("{version}/{address}")}))
            .collect();
        self.meter().batched(parts_asked.len());
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("batch", &Value::Array(parts_asked).to_string())
            .finish();
        let question =
            Question { form: Some(form), is_batch: true, is_repeat, ..Question::get("", use_case, Vec::new()) };
        self.ask(&question, |body| parts(&body, wanted)).await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const THROTTLED: &str = r#"[
        {"code":200,"headers":[{"name":"X-Business-Use-Case-Usage","value":"{\"1\":[{\"type\":\"ads_management\",\"call_count\":7,\"estimated_time_to_regain_access\":0}]}"}],"body":"{\"id\":\"5\"}"},
        {"code":400,"headers":[{"name":"x-business-use-case-usage","value":"{\"1\":[{\"type\":\"ads_management\",\"call_count\":100,\"estimated_time_to_regain_access\":12}]}"}],
         "body":"{\"error\":{\"message\":\"(#80004) There have been too many calls\",\"code\":80004,\"error_subcode\":2446079}}"},
        null]"#;

    #[test]
    fn a_batch_tells_of_its_budgets_inside_its_parts() {
        let told = told(THROTTLED, Some("1"));
        assert!((told.usage.peak_pct() - 100.0).abs() < f64::EPSILON);
        assert_eq!(told.usage.regain_in(UseCase::Management), Some(Duration::from_secs(12 * 60)));
        assert_eq!(told.throttle.unwrap().code, Some(80_004));
    }

    #[test]
    fn an_answer_that_has_not_one_part_for_each_question_is_none() {
        assert_eq!(parts(THROTTLED, 3).unwrap().len(), 3);
        for (body, wanted) in [(THROTTLED, 2), ("[]", 1), ("{}", 0), ("<html>", 1), ("", 0)] {
            assert_eq!(parts(body, wanted).unwrap_err().class, Class::Malformed, "{body}");
        }
        let throttled = r#"{"error":{"message":"(#4) Application request limit reached","code":4}}"#;
        assert_eq!(parts(throttled, 1).unwrap_err().class, Class::Throttle);
    }

    #[test]
    fn a_part_without_headers_or_body_is_read_for_what_it_is() {
        let bare = parts(r#"[{"code":200,"headers":null,"body":null},{"code":500},{"code":200,"body":"{}","x":1}]"#, 3);
        let classes: Vec<_> =
            bare.unwrap().into_iter().map(|part| part.unwrap().object().map(|_| ()).unwrap_err().class).collect();
        assert_eq!(classes, [Class::Malformed, Class::Transient, Class::Malformed]);
    }
}
