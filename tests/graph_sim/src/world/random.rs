//! Small worlds by chance: another zone, currency, history and set of statuses for every seed, and difficult names.
use super::account::Account;
use super::build::empty_account;
use super::goal::Goal;
use super::object::Status;
use super::spec::{ACCOUNT_ID, AccountSpec, NOON};
use super::{Clock, UnfilteredLists, World};
use crate::calendar::{Day, start_of};
use crate::dice::Dice;
use chrono_tz::Tz;

/// Zones with half hours, quarter hours, changes of clocks at midnight, and the far ends of the day.
const ZONES: [Tz; 9] = [
    chrono_tz::America::Sao_Paulo,
    chrono_tz::Asia::Kathmandu,
    chrono_tz::Europe::Berlin,
    chrono_tz::America::New_York,
    chrono_tz::Australia::Lord_Howe,
    chrono_tz::America::Havana,
    chrono_tz::Pacific::Kiritimati,
    chrono_tz::Pacific::Pago_Pago,
    chrono_tz::UTC,
];

/// 2026-04-09 at noon in São Paulo: the month before it has the days on which clocks go forward.
const SPRING: i64 = NOON - 228 * 86_400;

/// Currencies with both of Meta's offsets; COP, HUF and TWD have 1 although ISO 4217 gives them two decimals.
const CURRENCIES: [&str; 7] = ["BRL", "USD", "EUR", "JPY", "COP", "HUF", "TWD"];

/// Names that are difficult and still text everywhere.
pub(super) const NAMES: [&str; 10] = [
    "Leads 😀🦷 | Sorriso",
    "حملة الشتاء ١٢",
    "שלום \u{202e}abc\u{202c}",
    "\"quoted\" \\ back / slash",
    "line\nbreak\tand tab",
    "ação é ñ – №",
    "  spaces  ",
    "👩‍👩‍👧‍👦 família",
    "'; -- <b>&amp;</b> {{name}}",
    "A name that is longer than most screens are wide, as agencies write them: market, audience, placement, creative, \
     format, offer, month, version, initials of whoever made it, and a word that says not to touch it",
];

/// The same, and what hardly any program takes: a zero byte, and halves of surrogate pairs.
pub(super) const WILD_NAMES: [&str; 5] = [
    "zero\u{0}byte",
    "half \u{10D83D} pair",
    "other half \u{10DE00}",
    "Leads 😀🦷 | Sorriso",
    "\u{1}\u{7f}\u{feff}bare",
];

/// Makes a world; each account has 2 to 4 campaigns, 5 to 8 ad sets of all goals, 1 to 3 ads each, 10 to 20 days, a deleted and an
/// archived ad set at least.
pub(super) fn world(seed: u64, names: &[&str], accounts: u64) -> World {
    let mut dice = Dice::new(&[seed, 9_001]);
    // Some of these histories hold the days on which Europe's and America's clocks change: back, and those of every fourth
    // seed forward.
    let season = if seed % 4 == 3 { SPRING } else { NOON };
    let now = season - dice.between(0, 30) * 86_400 + dice.between(-43_200, 43_200);
    let mut world = World::empty(seed, Clock::Fixed(now), UnfilteredLists::All);
    for number in 0..accounts {
        let spec = AccountSpec {
            currency: dice.pick(&CURRENCIES).copied().unwrap_or("BRL").to_owned(),
            zone: dice.pick(&ZONES).copied().unwrap_or(chrono_tz::UTC),
            ..AccountSpec::new(ACCOUNT_ID + number, dice.pick(names).copied().unwrap_or("Account"))
        };
        let mut account = empty_account(&world, &spec, 800);
        account.has_funnel = true;
        fill(&mut account, names, now, &mut dice);
        world.accounts.push(account);
    }
    world.changed();
    world
}

fn fill(account: &mut Account, names: &[&str], now: i64, dice: &mut Dice) {
    let days = Day::try_from(dice.between(10, 20)).unwrap_or(10);
    let begin = start_of(account.today(now) - days + 1, account.zone);
    let campaigns = usize::try_from(dice.between(2, 4)).unwrap_or(2);
    for number in 0..campaigns {
        let name = named(names, number, dice);
        let goal = goal(number);
        // The first campaign lives, so that something does.
        let status = if number == 0 { Status::Active } else { status(dice) };
        let place = account.add_campaign(&name, goal, status, begin);
        if let Some(campaign) = account.campaigns.get_mut(place).filter(|_| dice.chance(500)) {
            campaign.daily_budget = Some(dice.between(50, 400) * account.offset);
        }
    }
    for number in 0..usize::try_from(dice.between(5, 8)).unwrap_or(5) {
        let own = match number {
            0 => Status::Active,
            1 => Status::Deleted,
            2 => Status::Archived,
            _ => status(dice),
        };
        let name = named(names, number, dice);
        let adset = account.add_adset(number % campaigns, &name, own, begin);
        if let Some(adset) = account.adsets.get_mut(adset) {
            adset.goal = goal(number);
        }
        add_ads(account, adset, names, (begin, now), dice);
    }
}

fn add_ads(account: &mut Account, adset: usize, names: &[&str], (begin, now): (i64, i64), dice: &mut Dice) {
    for number in 0..usize::try_from(dice.between(1, 3)).unwrap_or(1) {
        let own = if number == 0 { Status::Active } else { status(dice) };
        let is_running = own == Status::Active && account.adset_status(adset) == "ACTIVE";
        // What stopped did so inside the history: its days stay in the totals.
        let stopped = if is_running { i64::MAX } else { begin + (now - begin) * dice.between(300, 900) / 1000 };
        let created = begin + (now - begin) * dice.between(0, 250) / 1000;
        let name = named(names, number, dice);
        account.add_ad(adset, &name, own, created.min(stopped), stopped);
    }
}

fn goal(number: usize) -> Goal {
    const ORDER: [Goal; 5] = [Goal::Purchases, Goal::FormLeads, Goal::SiteLeads, Goal::Messages, Goal::Traffic];
    ORDER.get(number % ORDER.len()).copied().unwrap_or(Goal::Traffic)
}

fn status(dice: &mut Dice) -> Status {
    const DRAWN: [Status; 7] = [
        Status::Active,
        Status::Active,
        Status::Active,
        Status::Paused,
        Status::Paused,
        Status::Archived,
        Status::Deleted,
    ];
    dice.pick(&DRAWN).copied().unwrap_or(Status::Active)
}

fn named(names: &[&str], number: usize, dice: &mut Dice) -> String {
    format!("{} {}", dice.pick(names).copied().unwrap_or("Name"), number + 1)
}
