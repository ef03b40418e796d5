//! A field that Meta retired fails the whole call: it is found and left out, and the rest of the listing arrives.

use super::client::Question;
use super::error::{Class, Error};
use super::session::Session;

/// Fields without which a row belongs nowhere: they are never left out.
const NEEDED: [&str; 8] =
    ["id", "account_id", "campaign_id", "adset_id", "ad_id", "date_start", "date_stop", "account_currency"];
/// Questions asked to find what is refused.
const MOST_PROBES: u32 = 40;

/// The question without the fields that Meta refuses, or the error where no field is to blame.
pub(super) async fn without_refused(session: &Session, question: &Question, error: Error) -> Result<Question, Error> {
    // Deleted objects named in a filter, retention and the like are refused under their own codes.
    let is_about_parameters = error.code == Some(100) && error.subcode.is_none() || error.code == Some(12);
    let Some(fields) = question.parameter("fields").filter(|_| is_about_parameters) else { return Err(error) };
    let fields: Vec<String> = fields.split(',').map(str::to_owned).collect();
    let (needed, mut kept): (Vec<String>, Vec<String>) =
        fields.into_iter().partition(|field| NEEDED.contains(&field.as_str()));
    let mut probes = MOST_PROBES;
    // Without any field that could be to blame the question must work, or something else is.
    if !works(session, question, &needed, &[], &mut probes).await? {
        return Err(error);
    }
    let mut refused = Vec::new();
    let mut last = error;
    while !works(session, question, &needed, &kept, &mut probes).await? {
        // Meta mostly names the field in parentheses; what it names is only believed when it helps.
        if kept.is_empty() {
            return Err(last);
        }
        let named = kept.iter().position(|field| last.message.contains(&format!("({field})")));
        let place = match named {
            Some(place) => place,
            None => bisect(session, question, &needed, &kept, &mut probes).await?,
        };
        refused.push(kept.remove(place));
        if probes == 0 {
            return Err(last);
        }
        last.message.clear();
    }
    for field in &refused {
        let message = format!("Meta refuses the field {field} of {}; its column stays empty", question.path);
        session.notes.odd("field_refused", message);
    }
    let fields: Vec<&str> = needed.iter().chain(&kept).map(String::as_str).collect();
    Ok(question.with("fields", fields.join(",")))
}

/// The place of one field that is refused. The halves before it work.
async fn bisect(
    session: &Session,
    question: &Question,
    needed: &[String],
    fields: &[String],
    probes: &mut u32,
) -> Result<usize, Error> {
    // Invariant: the first `works_to` fields work, the first `fails_at` do not.
    let (mut works_to, mut fails_at) = (0, fields.len());
    while fails_at - works_to > 1 {
        let middle = works_to + (fails_at - works_to) / 2;
        if works(session, question, needed, fields.get(..middle).unwrap_or_default(), probes).await? {
            works_to = middle;
        } else {
            fails_at = middle;
        }
    }
    Ok(fails_at.saturating_sub(1))
}

/// Whether the question is valid with these fields. One row is enough to know.
async fn works(
    session: &Session,
    question: &Question,
    needed: &[String],
    fields: &[String],
    probes: &mut u32,
) -> Result<bool, Error> {
    *probes = probes.saturating_sub(1);
    let fields: Vec<&str> = needed.iter().chain(fields).map(String::as_str).collect();
    let probe = question.with("fields", fields.join(",")).with("limit", "1".to_owned());
    match session.ask(&probe, Ok).await {
        Ok(_) => Ok(true),
        Err(error) if error.class == Class::Invalid => Ok(false),
        Err(error) => Err(error),
    }
}
