//! What has arrived of a slice: the keys, their sums, and which question showed what.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::meta::asked::Asked;
use crate::rows::figures::Figures;
use crate::rows::insights::InsightsRow;
use crate::rows::keys::Keys;
use crate::rows::report::{Days, Increment};
use crate::store::coverage::Held;
use crate::store::lineage::Lineage;
use crate::store::requests::{Answered, Reading, Request};

/// Objects of a period that are named at the most where several questions showed some.
const MOST_NAMED: usize = 20;

/// What has arrived of a slice.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The keys, hashed.
    pub keys: Keys,
    /// Whether no row of its days was held before.
    pub is_new: bool,
    /// The history that the server went on with when it began.
    pub lineage: Option<Lineage>,
    /// When it began, by the database's clock.
    pub since: DateTime<Utc>,
    sums: BTreeMap<NaiveDate, (u64, Figures)>,
    /// What the question that is being answered has shown so far, by the first day of its period.
    showing: BTreeMap<NaiveDate, Shown>,
    /// The questions that were answered to their end. One that was put again stands where it was put last.
    answered: Vec<Question>,
}

#[derive(Debug)]
struct Question {
    hash: String,
    asked: Asked,
    /// What it asked for and what it showed, by the first day of each period.
    periods: BTreeMap<NaiveDate, (Days, Shown)>,
}

/// The rows of one period that one question showed.
#[derive(Debug, Clone, Default)]
struct Shown {
    rows: u64,
    /// Their objects; one more than can be named stands for more than that.
    objects: BTreeSet<String>,
}

impl Shown {
    fn add(&mut self, object: &str) {
        self.rows += 1;
        if self.objects.len() <= MOST_NAMED && !self.objects.contains(object) {
            self.objects.insert(object.to_owned());
        }
    }
}

impl Seen {
    /// Nothing yet, of days of which rows are held or not.
    pub(super) fn beside(held: &Held, lineage: Option<Lineage>) -> Self {
        Self { is_new: !held.any, since: held.at, lineage, ..Self::default() }
    }

    /// Notes a row. `false` where its key came before.
    pub(super) fn insert(&mut self, row: &InsightsRow<'_>, figures: impl FnOnce() -> Figures) -> bool {
        let is_new = self.keys.insert(row.key);
        if is_new {
            let (rows, sum) = self.sums.entry(row.date).or_default();
            *rows += 1;
            *sum = sum.plus(figures());
        }
        is_new
    }

    /// Whether nothing has arrived.
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The rows of a day, or longer period, and what they sum to.
    pub(super) fn sum(&self, date: NaiveDate) -> (u64, Figures) {
        self.sums.get(&date).copied().unwrap_or_default()
    }

    /// Begins with the answer of a question: of one that failed before nothing is told.
    pub(super) fn begin(&mut self) {
        self.showing.clear();
    }

    /// Notes whose row the answer shows, also where its key came before: the later one is kept.
    pub(super) fn show(&mut self, row: &InsightsRow<'_>, object: &str) {
        self.showing.entry(row.date).or_default().add(object);
    }

    /// Notes that a question about some days was answered to its end.
    pub(super) fn answered(&mut self, asked: Asked, days: Days, increment: Increment) {
        let hash = asked.hash();
        let place = self.answered.iter().position(|question| question.hash == hash);
        let mut question = match place {
            Some(place) => self.answered.remove(place),
            None => Question { hash, asked, periods: BTreeMap::new() },
        };
        for period in increment.periods(days) {
            let shown = self.showing.remove(&period.since).unwrap_or_default();
            let (asked_for, known) = question.periods.entry(period.since).or_insert((days, Shown::default()));
            *asked_for = days;
            known.rows += shown.rows;
            known.objects.extend(shown.objects);
        }
        self.showing.clear();
        self.answered.push(question);
    }

    /// The questions, as the database keeps them.
    pub(super) fn requests(&self) -> Vec<Request> {
        self.answered.iter().map(|question| stored(&question.asked)).collect()
    }

    /// How the days or longer periods of a slice were read, each told by its first day, as JSON.
    pub(super) fn readings(&self, days: Days, increment: Increment, run: Uuid, step: &str) -> Vec<(NaiveDate, String)> {
        let reading = |period: Days| {
            let asked = self.reading(period.since);
            let reading = Reading { run, step: step.to_owned(), asked };
            Some((period.since, serde_json::to_string(&reading).ok()?))
        };
        increment.periods(days).into_iter().filter_map(reading).collect()
    }

    fn reading(&self, date: NaiveDate) -> Vec<Answered> {
        let of_date = || self.answered.iter().filter_map(|question| Some((question, question.periods.get(&date)?)));
        // Where one question alone showed rows, it showed all of them.
        let has_several = of_date().filter(|(_, (_, shown))| shown.rows > 0).count() > 1;
        let answered = |(question, (days, shown)): (&Question, &(Days, Shown))| Answered {
            request: question.hash.clone(),
            since: days.since,
            until: days.until,
            rows: shown.rows,
            objects: (has_several && shown.rows > 0 && shown.objects.len() <= MOST_NAMED)
                .then(|| shown.objects.iter().cloned().collect()),
        };
        of_date().map(answered).collect()
    }
}

/// A question as the database keeps it.
pub(super) fn stored(asked: &Asked) -> Request {
    Request {
        hash: asked.hash(),
        manner: asked.manner.as_str().to_owned(),
        api_version: asked.api_version.clone(),
        path: asked.path.clone(),
        parameters: serde_json::json!(asked.parameters).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta::asked::Manner;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn days(since: &str, until: &str) -> Days {
        Days { since: day(since), until: day(until) }
    }

    fn asked(path: &str) -> Asked {
        let (api_version, path) = ("v26.0".to_owned(), path.to_owned());
        Asked { manner: Manner::Direct, api_version, path, parameters: BTreeMap::new() }
    }

    fn show(seen: &mut Seen, date: &str, objects: std::ops::Range<u128>) {
        for object in objects {
            let row = InsightsRow { cells: Vec::new(), key: object, date: day(date) };
            seen.show(&row, &object.to_string());
            seen.insert(&row, Figures::default);
        }
    }

    #[test]
    fn each_day_knows_the_questions_that_asked_for_it_and_what_they_showed() {
        let mut seen = Seen::default();
        show(&mut seen, "2026-11-20", 0..30);
        show(&mut seen, "2026-11-21", 0..2);
        seen.answered(asked("listing"), days("2026-11-20", "2026-11-21"), Increment::Daily);
        show(&mut seen, "2026-11-20", 29..31);
        seen.answered(asked("further"), days("2026-11-20", "2026-11-21"), Increment::Daily);
        let first = seen.reading(day("2026-11-20"));
        assert_eq!(first.iter().map(|answered| answered.rows).collect::<Vec<_>>(), [30, 2]);
        assert_eq!(first[0].objects, None, "too many to be named");
        assert_eq!(first[1].objects.as_deref().unwrap(), ["29", "30"]);
        assert_eq!((first[0].since, first[0].until), (day("2026-11-20"), day("2026-11-21")));
        let second = seen.reading(day("2026-11-21"));
        assert_eq!((second.len(), second[0].rows, second[1].rows), (2, 2, 0));
        assert!(second.iter().all(|answered| answered.objects.is_none()), "one question showed all there is");
    }

    #[test]
    fn a_question_that_is_put_in_parts_is_one_and_one_that_failed_is_none() {
        let mut seen = Seen::default();
        show(&mut seen, "2026-11-21", 0..3);
        seen.begin();
        show(&mut seen, "2026-11-21", 0..2);
        seen.answered(asked("listing"), days("2026-11-21", "2026-11-21"), Increment::Daily);
        show(&mut seen, "2026-11-21", 2..5);
        seen.answered(asked("listing"), days("2026-11-21", "2026-11-21"), Increment::Daily);
        assert_eq!(seen.requests().len(), 1);
        let reading = seen.reading(day("2026-11-21"));
        assert_eq!((reading.len(), reading[0].rows), (1, 5));
    }

    #[test]
    fn a_week_is_told_by_its_monday() {
        let mut seen = Seen::default();
        show(&mut seen, "2026-11-23", 0..1);
        seen.answered(asked("weeks"), days("2026-11-16", "2026-11-25"), Increment::Weekly);
        let readings = seen.readings(days("2026-11-16", "2026-11-29"), Increment::Weekly, Uuid::nil(), "insights:week");
        let told: Vec<_> =
            readings.iter().map(|(date, json)| (date.to_string(), json.contains(r#""rows":1"#))).collect();
        assert_eq!(told, [("2026-11-16".to_owned(), false), ("2026-11-23".to_owned(), true)]);
    }
}
