//! What a plan costs, reckoned before anything is asked: calls and rows of a run, the busiest hour, Meta's quotas.
//!
//! Pure: figures go in, figures and sentences come out.

use chrono::{DateTime, TimeDelta, Utc};

use crate::meta::AccountId;
use crate::meta::usage::UseCase;
use crate::rows::report::{Days, Level, Report};

use super::plan::slices;

/// Reads of one account that an app with Limited access may make within [`SCORE_SECONDS`].
const LIMITED_SCORE: u64 = 60;
/// How long Meta's score of an account's calls looks back.
const SCORE_SECONDS: i64 = 300;

/// Calls and the rows that they bring.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    /// HTTP calls.
    pub calls: u64,
    /// Rows that arrive.
    pub rows: u64,
}

/// How questions are asked.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// Rows of a page.
    pub page_size: u32,
    /// Calls in flight.
    pub side_by_side: usize,
}

/// How many objects an account has, as far as it is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Objects {
    /// Campaigns that are neither archived nor deleted.
    pub campaigns: Option<u64>,
    /// Ad sets that are neither archived nor deleted.
    pub adsets: Option<u64>,
    /// Ads that are neither archived nor deleted; nothing where no report has a row per ad, for then none is listed.
    pub ads: Option<u64>,
    /// Ads that are active.
    pub active_ads: Option<u64>,
}

/// What Meta calls the app's access to the Marketing API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// `development_access`.
    Limited,
    /// `standard_access`.
    Full,
}

/// How sure a number of rows is. Of several numbers together the least sure tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sureness {
    /// Such days were read before.
    Known,
    /// It follows from the number of objects.
    Likely,
    /// Likewise, and breakdowns that were never read make more of it.
    AtLeast,
}

/// A schedule's runs of one account.
#[derive(Debug, Clone)]
pub struct Planned {
    /// When they fall due.
    pub due: Vec<DateTime<Utc>>,
    /// What one run reads of objects.
    pub management: Load,
    /// What one run reads of figures.
    pub insights: Load,
}

impl Load {
    fn of(rows: u64, page_size: u32) -> Self {
        Self { calls: rows.div_ceil(u64::from(page_size.max(1))).max(1), rows }
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { calls: self.calls.saturating_add(other.calls), rows: self.rows.saturating_add(other.rows) }
    }

    /// So many times the same.
    #[must_use]
    pub fn times(self, count: u64) -> Self {
        Self { calls: self.calls.saturating_mul(count), rows: self.rows.saturating_mul(count) }
    }
}

impl Manner {
    /// One listing: its pages, one at the least.
    pub fn listing(self, rows: u64) -> Load {
        Load::of(rows, self.page_size)
    }

    /// The account itself, its campaigns, its ad sets, and its ads where they are listed.
    pub fn objects(self, objects: &Objects) -> Load {
        let listing = |count: Option<u64>| self.listing(count.unwrap_or(0));
        let ads = objects.ads.map_or(Load::default(), |ads| self.listing(ads));
        Load { calls: 1, rows: 1 }.and(listing(objects.campaigns)).and(listing(objects.adsets)).and(ads)
    }

    /// A report's days, or longer periods, oldest first: the slices in which they are asked, and what they cost.
    pub fn report(self, periods: &[Days], rows_per_period: u64, most: Option<u64>) -> (Vec<Days>, Load) {
        let slices = slices(periods, rows_per_period, self.page_size, self.side_by_side, most);
        let cost = |slice: &Days| {
            let count = periods.iter().filter(|period| slice.contains(period.since)).count();
            self.listing(rows_per_period.saturating_mul(u64::try_from(count).unwrap_or(u64::MAX)))
        };
        let load = slices.iter().map(cost).fold(Load::default(), Load::and);
        (slices, load)
    }

    /// Meta's own totals: a row a day. They are no rows of a report.
    pub fn totals(self, days: u64) -> Load {
        Load { rows: 0, ..self.listing(days) }
    }
}

/// How many rows a day of a report is likely to have, where no day was read yet. Of breakdowns it is the least.
pub fn likely_rows(report: &Report, objects: &Objects) -> Option<u64> {
    match report.level {
        Level::Account => Some(1),
        Level::Campaign => objects.campaigns,
        Level::Adset => objects.adsets,
        Level::Ad => objects.ads.max(objects.active_ads).max(objects.adsets),
    }
}

impl Sureness {
    /// How sure the rows of a report are.
    pub fn of(report: &Report, is_read: bool) -> Self {
        match (is_read, report.breakdowns.is_empty()) {
            (true, _) => Self::Known,
            (false, true) => Self::Likely,
            (false, false) => Self::AtLeast,
        }
    }
}

impl Tier {
    /// The tier that Meta's header names.
    pub fn from_header(value: &str) -> Option<Self> {
        match value {
            "development_access" => Some(Self::Limited),
            "standard_access" => Some(Self::Full),
            _ => None,
        }
    }

    /// Meta's word for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Limited => "Limited",
            Self::Full => "Full",
        }
    }

    /// Calls that an app may make about an account in any hour.
    pub const fn hourly(self, use_case: UseCase, active_ads: u64) -> u64 {
        let (base, per_ad) = match (self, use_case) {
            (Self::Limited, UseCase::Insights) => (600, 400),
            (Self::Full, UseCase::Insights) => (190_000, 400),
            (Self::Limited, UseCase::Management) => (300, 40),
            (Self::Full, UseCase::Management) => (100_000, 40),
        };
        active_ads.saturating_mul(per_ad).saturating_add(base)
    }
}

/// The most that falls into any span of so many seconds.
pub fn busiest<'a>(runs: impl Iterator<Item = (&'a [DateTime<Utc>], u64)>, seconds: i64) -> u64 {
    let mut calls: Vec<(DateTime<Utc>, u64)> =
        runs.flat_map(|(due, calls)| due.iter().map(move |at| (*at, calls))).collect();
    calls.sort_unstable();
    let (mut most, mut sum, mut first) = (0, 0_u64, calls.iter().peekable());
    for (at, count) in &calls {
        sum = sum.saturating_add(*count);
        while let Some((_, gone)) = first.next_if(|(early, _)| *at - *early >= TimeDelta::seconds(seconds)) {
            sum = sum.saturating_sub(*gone);
        }
        most = most.max(sum);
    }
    most
}

/// The calls of one kind in the busiest hour.
pub fn busiest_hour(plans: &[Planned], use_case: UseCase) -> u64 {
    let calls = |plan: &Planned| match use_case {
        UseCase::Insights => plan.insights.calls,
        UseCase::Management => plan.management.calls,
    };
    busiest(plans.iter().map(|plan| (plan.due.as_slice(), calls(plan))), 3600)
}

/// What does not fit, a sentence each, with its cure.
pub fn misfits(account: &AccountId, plans: &[Planned], tier: Tier, active_ads: u64) -> Vec<String> {
    const CURE: &str =
        "run schedules less often, shorten lookback_days, or ask Meta for Full access to the Marketing API";
    let mut misfits = Vec::new();
    for use_case in [UseCase::Management, UseCase::Insights] {
        let (planned, allowed) = (busiest_hour(plans, use_case), tier.hourly(use_case, active_ads));
        if planned > allowed {
            misfits.push(format!(
                "{account}: the schedules plan {planned} {} calls in their busiest hour and {} access with {active_ads} active ads allows {allowed}: {CURE}.",
                use_case.as_str(), tier.word(),
            ));
        }
    }
    let all = plans.iter().map(|plan| (plan.due.as_slice(), plan.management.and(plan.insights).calls));
    let planned = busiest(all, SCORE_SECONDS);
    if tier == Tier::Limited && planned > LIMITED_SCORE {
        misfits.push(format!(
            "{account}: the schedules plan {planned} calls within {} minutes and Limited access allows {LIMITED_SCORE}: {CURE}.",
            SCORE_SECONDS / 60
        ));
    }
    misfits
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::rows::report::Increment;

    const MANNER: Manner = Manner { page_size: 500, side_by_side: 8 };

    fn days(count: u64) -> Vec<Days> {
        let since: NaiveDate = "2026-11-01".parse().unwrap();
        let all = Days { since, until: since + chrono::Days::new(count - 1) };
        all.iter().map(|day| Days { since: day, until: day }).collect()
    }

    fn every(minutes: i64, count: i64) -> Vec<DateTime<Utc>> {
        let begin: DateTime<Utc> = "2026-11-23T00:00:00Z".parse().unwrap();
        (0..count).map(|n| begin + TimeDelta::minutes(n * minutes)).collect()
    }

    fn plan(due: Vec<DateTime<Utc>>, management: u64, insights: u64) -> Planned {
        let load = |calls| Load { calls, rows: 0 };
        Planned { due, management: load(management), insights: load(insights) }
    }

    #[test]
    fn a_run_costs_a_page_at_least_of_everything_and_more_where_there_is_more() {
        let small = Objects { campaigns: Some(5), adsets: Some(36), ads: None, active_ads: None };
        assert_eq!(MANNER.objects(&small), Load { calls: 3, rows: 42 });
        let large = Objects { campaigns: Some(501), adsets: Some(20_000), ads: None, active_ads: None };
        assert_eq!(MANNER.objects(&large).calls, 1 + 2 + 40);
        assert_eq!(MANNER.objects(&Objects::default()).calls, 3);
        assert_eq!(MANNER.report(&days(4), 36, None).1, Load { calls: 1, rows: 144 });
        let (slices, load) = MANNER.report(&days(29), 36, None);
        assert_eq!((slices.len(), load), (3, Load { calls: 3, rows: 1_044 }));
        let (slices, load) = MANNER.report(&days(30), 17_000, None);
        assert_eq!((slices.len(), load.calls), (30, 30 * 34));
        assert_eq!(MANNER.report(&[], 36, None).1, Load::default());
        assert_eq!((MANNER.totals(29), MANNER.totals(0).calls), (Load { calls: 1, rows: 0 }, 1));
    }

    #[test]
    fn rows_of_a_report_that_was_never_read_follow_from_its_level() {
        let objects = Objects { campaigns: Some(5), adsets: Some(36), ads: None, active_ads: Some(72) };
        let likely = |level| {
            let report = Report {
                name: "r".to_owned(),
                level,
                breakdowns: Vec::new(),
                increment: Increment::Daily,
                attribution_windows: Vec::new(),
                extra_fields: Vec::new(),
                metrics: Vec::new(),
            };
            (likely_rows(&report, &objects), likely_rows(&report, &Objects::default()))
        };
        assert_eq!(likely(Level::Account), (Some(1), Some(1)));
        assert_eq!(likely(Level::Campaign), (Some(5), None));
        assert_eq!(likely(Level::Adset), (Some(36), None));
        assert_eq!(likely(Level::Ad), (Some(72), None));
    }

    #[test]
    fn of_breakdowns_that_were_never_read_the_least_is_told() {
        let mut report = Report {
            name: "r".to_owned(),
            level: Level::Adset,
            breakdowns: Vec::new(),
            increment: Increment::Daily,
            attribution_windows: Vec::new(),
            extra_fields: Vec::new(),
            metrics: Vec::new(),
        };
        assert_eq!(Sureness::of(&report, false), Sureness::Likely);
        report.breakdowns.push("age".to_owned());
        assert_eq!((Sureness::of(&report, false), Sureness::of(&report, true)), (Sureness::AtLeast, Sureness::Known));
        assert_eq!(Sureness::Likely.max(Sureness::AtLeast), Sureness::AtLeast);
    }

    #[test]
    fn quotas_are_metas_formulas() {
        let of = |tier: Tier| [UseCase::Management, UseCase::Insights].map(|use_case| tier.hourly(use_case, 10));
        assert_eq!(of(Tier::Limited), [700, 4_600]);
        assert_eq!(of(Tier::Full), [100_400, 194_000]);
        assert_eq!(Tier::from_header("development_access").map(Tier::word), Some("Limited"));
        assert_eq!(Tier::from_header("standard_access").map(Tier::word), Some("Full"));
        assert_eq!(Tier::from_header("gold"), None);
    }

    #[test]
    fn the_busiest_hour_is_any_hour_and_holds_all_schedules() {
        assert_eq!(busiest_hour(&[plan(every(15, 40), 3, 2)], UseCase::Management), 12);
        let both = [plan(every(15, 40), 3, 2), plan(every(600, 3), 3, 9)];
        assert_eq!(busiest_hour(&both, UseCase::Insights), 4 * 2 + 9);
        assert_eq!(busiest_hour(&[], UseCase::Insights), 0);
        assert_eq!(busiest_hour(&[plan(Vec::new(), 3, 2)], UseCase::Insights), 0);
    }

    #[test]
    fn a_plan_that_does_not_fit_is_told_in_one_sentence_with_a_cure() {
        let account = "act_1".parse().unwrap();
        let usual = [plan(every(15, 40), 3, 2), plan(every(1440, 2), 3, 4)];
        assert_eq!(misfits(&account, &usual, Tier::Limited, 0), Vec::<String>::new());
        let often = [plan(every(1, 200), 8, 5)];
        let told = misfits(&account, &often, Tier::Limited, 0);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(
            told[0].contains("480 ads_management calls") && told[0].contains("allows 300: run schedules less often"),
            "{told:?}"
        );
        assert!(told[1].contains("65 calls within 5 minutes and Limited access allows 60"), "{told:?}");
        assert_eq!(misfits(&account, &often, Tier::Limited, 10), told[1..], "active ads make room in the hour alone");
        assert!(misfits(&account, &often, Tier::Full, 0).is_empty());
        // A single run that is too large for the score does not fit either, however rarely it comes.
        let large = [plan(every(1440, 2), 43, 30)];
        assert!(misfits(&account, &large, Tier::Limited, 100)[0].contains("73 calls within 5 minutes"));
    }
}
