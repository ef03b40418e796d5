//! What a run's report says of causes: the faults of its steps, the days that drift, and what is over.

use crate::meta::AccountId;
use crate::meta::token::{DEAD, TOKEN_TROUBLE};
use crate::store::alerts::{Alert, Findings};
use crate::store::runs::Fault;
use crate::sync::Engine;
use crate::sync::report::{AccountReport, LATE, NO_ROWS, RunReport, Status};
use crate::{meta, store, sync};

use super::cause::Cause;

/// What to do about a run that was not done in time.
const LATE_ADVICE: &str = "Raise the schedule's deadline, shorten lookback_days, or read fewer reports in it.";
/// What to do about an account of which such a run read nothing.
const WAITED_ADVICE: &str = "Nothing of the account was read: another run had it, or Meta did not answer. `adsync runs` shows what ran \
                             then; give that more time before this schedule, or raise this schedule's deadline.";
const DRIFT_ADVICE: &str = "Compare one of these days with Ads Manager; `adsync reconcile --since` asks again.";
/// Faults of the database that are no fault of one statement.
const DATABASE: [&str; 10] = [
    "database_unavailable",
    "database_busy",
    "database_login",
    "database_address",
    "database_pooler",
    "database_read_only",
    "database_tls",
    "database_plain_text",
    "database_missing",
    "database_schema",
];

/// What a run that ended says of causes. `schedule` is `None` for commands.
pub fn findings(engine: &Engine, schedule: Option<&str>, report: &RunReport) -> Findings {
    let of_token = |code: &str, account: Option<&AccountId>| {
        let token = account.map_or_else(|| first_token(engine), |account| engine.token_of(account));
        engine.token_alert(code, &token)
    };
    let teller = Teller { instance: &engine.instance, schedule: schedule.unwrap_or_default(), of_token: &of_token };
    teller.findings(report)
}

/// What there is to say where Meta refused before a run could begin.
pub(super) fn of_refusal(engine: &Engine, schedule: Option<&str>, error: &meta::Error) -> Findings {
    let of_token = |code: &str, _: Option<&AccountId>| engine.token_alert(code, &first_token(engine));
    let teller = Teller { instance: &engine.instance, schedule: schedule.unwrap_or_default(), of_token: &of_token };
    let failure = sync::report::Failure::from(error.clone());
    let mut findings = teller.nothing();
    if failure.status() == Status::Failed {
        findings.met.push(teller.met(&failure.fault(), None, None, Kind::FAILED));
    }
    findings
}

/// The token that is asked first.
fn first_token(engine: &Engine) -> String {
    engine.settings.credentials.keys().next().cloned().unwrap_or_default()
}

/// What there is to say of a run that ended by a fault of adsync.
pub fn of_fault_of_adsync(instance: &str, schedule: &str, run_id: uuid::Uuid) -> Findings {
    let told_as = format!("{}:fault@{instance}", Cause::Failed.as_str());
    let alert = Alert {
        dedupe_id: format!("{}:fault:{schedule}@{instance}", Cause::Failed.as_str()),
        kind: Kind::FAILED.word,
        instance: instance.to_owned(),
        told_as: Some(told_as),
        schedule: Some(schedule.to_owned()),
        message: format!("a run of the schedule {schedule} ended by a fault of adsync"),
        advice: Some("Report this with the log of the run.".to_owned()),
        run_id: Some(run_id),
        urgency: Kind::FAILED.urgency,
        ..Alert::default()
    };
    Findings { instance: instance.to_owned(), schedule: schedule.to_owned(), met: vec![alert], ..Findings::default() }
}

/// How much of its run a fault took.
#[derive(Clone, Copy)]
struct Kind {
    word: &'static str,
    urgency: i16,
}

impl Kind {
    const FAILED: Self = Self { word: "failed", urgency: DEAD };
    const PARTIAL: Self = Self { word: "partial", urgency: DEAD - 1 };
}

struct Teller<'a> {
    instance: &'a str,
    /// Empty for commands.
    schedule: &'a str,
    /// The dedupe id of a cause that is about an account's token.
    of_token: &'a dyn Fn(&str, Option<&AccountId>) -> String,
}

impl Teller<'_> {
    fn nothing(&self) -> Findings {
        let (instance, schedule) = (self.instance.to_owned(), self.schedule.to_owned());
        Findings { instance, schedule, dead: DEAD, ..Findings::default() }
    }

    fn findings(&self, report: &RunReport) -> Findings {
        let mut findings = self.nothing();
        let kind = if report.status == Status::Failed { Kind::FAILED } else { Kind::PARTIAL };
        for account in &report.accounts {
            let digits = account.account.digits().to_owned();
            let faults = account.steps.iter().filter(|step| step.status == Status::Failed);
            for (step, fault) in faults.filter_map(|step| Some((step.step.as_str(), step.fault.as_ref()?))) {
                // Days that drift are told by their number, and a lease that was lost by whoever has it now.
                if !["drift", "lease_lost"].contains(&fault.class.as_str()) {
                    findings.met.push(self.met(fault, Some(&account.account), Some(step), kind));
                }
            }
            let is_cut = report.status == Status::Partial || report.reason.as_deref() == Some(LATE);
            if is_cut && account.status() == Status::Cancelled {
                let message = report.reason.clone().unwrap_or_default();
                let (class, advice) = match message.as_str() {
                    NO_ROWS => (store::Class::ReadOnly.as_str(), store::Class::ReadOnly.advice()),
                    _ if account.has_read() => ("deadline", LATE_ADVICE),
                    _ => ("deadline", WAITED_ADVICE),
                };
                let fault = Fault { class: class.to_owned(), message, ..Fault::default() };
                let unread = self.met(&fault, Some(&account.account), None, kind);
                findings.met.push(Alert { advice: Some(advice.to_owned()), ..unread });
            }
            if was_read(account) {
                findings.read.push(digits.clone());
            }
            if !account.agreement.is_empty() {
                findings.compared.push(digits);
                findings.met.extend(self.drifting(account));
            }
        }
        let dead: Vec<&String> = findings.met.iter().filter_map(|alert| alert.told_as.as_ref()).collect();
        let alive = report.accounts.iter().filter(|account| was_read(account));
        let alive = alive.map(|account| (self.of_token)(TOKEN_TROUBLE, Some(&account.account)));
        findings.alive = alive.filter(|token| !dead.contains(&token)).collect();
        findings.alive.dedup();
        for alert in &mut findings.met {
            alert.run_id = Some(report.id);
        }
        findings
    }

    /// A fault as an alert. What stands in the way of an account as a whole is one cause whichever schedule meets it, and
    /// over as soon as any run reads the account; a fault of a step may only come back when the same schedule does.
    fn met(&self, fault: &Fault, account: Option<&AccountId>, step: Option<&str>, kind: Kind) -> Alert {
        let (class, instance) = (fault.class.as_str(), self.instance);
        let of_token = |code: &str| (self.of_token)(code, account);
        let digits = account.map(|account| account.digits().to_owned());
        let whom = digits.as_deref().unwrap_or("all");
        let code = fault.code.map_or(String::new(), |code| format!(":{code}"));
        let (told_as, is_wall) = match class {
            "auth" => (of_token(TOKEN_TROUBLE), true),
            "permission" => (of_token(Cause::Permission.as_str()), true),
            "account" => (format!("failed:{class}@{instance}"), true),
            "transient" | "malformed" => (Cause::Meta.dedupe_id(instance), false),
            class if DATABASE.contains(&class) => (Cause::Database.dedupe_id(instance), true),
            _ => (format!("failed:{class}{code}@{instance}"), false),
        };
        let schedule = (!is_wall).then(|| self.schedule.to_owned());
        let scope = schedule.as_ref().map_or(String::new(), |schedule| format!(":{schedule}"));
        let step = step.filter(|_| !is_wall).map_or(String::new(), |step| format!("{step}: "));
        Alert {
            dedupe_id: format!("failed:{class}{code}:{whom}{scope}@{instance}"),
            kind: kind.word,
            instance: instance.to_owned(),
            told_as: Some(told_as),
            account_id: digits,
            schedule,
            message: format!("{step}{}", fault.message),
            advice: Some(fault.advice.clone()).filter(|advice| !advice.is_empty()),
            urgency: kind.urgency,
            ..Alert::default()
        }
    }

    /// The reports of an account that have days which drift.
    fn drifting(&self, account: &AccountReport) -> Vec<Alert> {
        let drifting = account.agreement.iter().filter(|known| known.status == "drift" && known.days > 0);
        let alert = |known: &crate::store::totals::Agreement| {
            let (report, digits) = (&known.report, account.account.digits());
            let told = account
                .warnings
                .iter()
                .find(|warning| warning.code == "drift" && warning.message.contains(&format!("{report}_insights")));
            let told = told.map_or(String::new(), |warning| format!(": {}", warning.message));
            Alert {
                dedupe_id: format!("{}:{digits}:{report}@{}", Cause::Drift.as_str(), self.instance),
                kind: Cause::Drift.as_str(),
                instance: self.instance.to_owned(),
                told_as: Some(Cause::Drift.dedupe_id(self.instance)),
                account_id: Some(digits.to_owned()),
                message: format!("days of the report {report} that differ: {}{told}", known.days),
                advice: Some(DRIFT_ADVICE.to_owned()),
                ..Alert::default()
            }
        };
        drifting.map(alert).collect()
    }
}

/// Whether a run got to the end of all that it was to read in an account, or as far as something that it tells of. Of one
/// that was throttled nobody knows, and a mere comparison reads nothing.
fn was_read(account: &AccountReport) -> bool {
    match account.status() {
        Status::Skipped => true,
        Status::Succeeded => has_read(account),
        Status::Partial => has_read(account) && account.steps.iter().all(|step| step.status != Status::Throttled),
        _ => false,
    }
}

fn has_read(account: &AccountReport) -> bool {
    account.steps.iter().any(|step| step.step == "campaigns")
}

/// Whether a run read its accounts to the end: a sign of life is sent for it.
pub fn is_success(report: &RunReport) -> bool {
    report.status == Status::Succeeded && report.accounts.iter().any(was_read)
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
