//! A clinic's account as a Brazilian agency would keep it, with 90 days behind it.
use super::account::Account;
use super::build::empty_account;
use super::goal::Goal;
use super::object::Status;
use super::spec::{ACCOUNT_ID, AccountSpec};
use super::{Clock, UnfilteredLists, World};
use crate::calendar::start_of;
use crate::dice::Dice;

/// A campaign of the agency: name, what it is for, status, daily budget in cents (0: its ad sets have theirs),
/// ad sets that run now, ad sets that do not, days ago that it began.
type Plan = (&'static str, Goal, Status, i64, usize, usize, i64);

const CAMPAIGNS: [Plan; 14] = [
    ("Leads | Sorriso | CBO", Goal::FormLeads, Status::Active, 35_000, 9, 3, 110),
    ("WhatsApp | Clareamento | ABO", Goal::Messages, Status::Active, 0, 8, 2, 96),
    ("Leads Site | Implantes | CBO", Goal::SiteLeads, Status::Active, 28_000, 7, 2, 80),
    ("Vendas | Kit Clareador | ADV+", Goal::Purchases, Status::Active, 22_000, 6, 2, 64),
    ("WhatsApp | Avaliação Gratuita | CBO", Goal::Messages, Status::Active, 18_000, 6, 1, 47),
    ("Tráfego | Blog", Goal::Traffic, Status::Paused, 0, 0, 4, 120),
    ("Leads | Invisalign | Teste Criativos", Goal::FormLeads, Status::Paused, 12_000, 0, 3, 75),
    ("Vendas | Dia das Crianças", Goal::Purchases, Status::Paused, 0, 0, 2, 52),
    ("WhatsApp | Unidade Moema", Goal::Messages, Status::Paused, 9_000, 0, 2, 88),
    ("Leads | Black Friday 2025", Goal::FormLeads, Status::Archived, 0, 0, 3, 380),
    ("Tráfego | Inauguração Tatuapé", Goal::Traffic, Status::Archived, 6_000, 0, 2, 86),
    ("Leads | Facetas | Antiga", Goal::SiteLeads, Status::Archived, 0, 0, 3, 84),
    ("TESTE - não mexer", Goal::Traffic, Status::Deleted, 0, 0, 1, 60),
    ("WhatsApp | Promo Julho (duplicada)", Goal::Messages, Status::Deleted, 5_000, 0, 2, 82),
];

const AUDIENCES: [&str; 18] = [
    "Aberto | SP Capital | 25-55",
    "Lookalike 1% | Leads",
    "Lookalike 3% | Compradores",
    "Remarketing | Site 30D",
    "Remarketing | Engajou IG 90D",
    "Interesses | Estética",
    "Interesses | Saúde Bucal",
    "Mulheres 30-50 | Zona Sul",
    "Homens 35-60 | ABC",
    "Raio 5km | Moema",
    "Raio 8km | Tatuapé",
    "Advantage+ | Aberto",
    "Lista de Clientes | Reativação",
    "Envolvidos | Vídeo 75%",
    "Casados | Renda Alta",
    "Universitários | 18-24",
    "Pais | Filhos 6-12",
    "Aberto | Grande SP",
];

const CREATIVES: [&str; 10] = [
    "Vídeo depoimento 01",
    "Vídeo depoimento 02",
    "Antes e depois | Carrossel",
    "Imagem | Sorriso azul",
    "Reels | Dra. Camila",
    "Estático | Parcelamento 12x",
    "Vídeo | Tour clínica",
    "Carrossel | Dúvidas",
    "Imagem | Promo avaliação",
    "Reels | Bastidores",
];

/// Makes the demo's world.
pub(super) fn world(seed: u64, clock: Clock) -> World {
    let mut world = World::empty(seed, clock, UnfilteredLists::All);
    world.refresh_seconds = 60;
    let mut account = empty_account(&world, &AccountSpec::new(ACCOUNT_ID, "Clinica Aurora - Ads"), 930);
    let mut dice = Dice::new(&[account.seed, 77]);
    let now = clock.now();
    for plan in CAMPAIGNS {
        add(&mut account, plan, now, &mut dice);
    }
    world.accounts.push(account);
    world.changed();
    world
}

fn add(account: &mut Account, plan: Plan, now: i64, dice: &mut Dice) {
    let (name, goal, status, budget, running, stopped, days_ago) = plan;
    let today = account.today(now);
    // Office hours: the agency does not build campaigns at midnight.
    let morning = |account: &Account, back: i64, dice: &mut Dice| {
        let day = today - i32::try_from(back).unwrap_or(0);
        start_of(day, account.zone) + dice.between(9 * 3600, 18 * 3600)
    };
    let created = morning(account, days_ago, dice);
    let campaign = account.add_campaign(name, goal, status, created);
    if let Some(campaign) = account.campaigns.get_mut(campaign) {
        campaign.daily_budget = (budget > 0).then_some(budget);
        campaign.head.updated = now.min(created + dice.between(1, 30) * 86_400);
    }
    for number in 0..running + stopped {
        let runs = number < running;
        let begun_back = if number < 2 { days_ago } else { dice.between(days_ago / 3, days_ago) };
        let begun = morning(account, begun_back, dice).max(created);
        // What stopped did so inside the 90 days, half of the time in its second half.
        let ended = if runs { i64::MAX } else { (begun + dice.between(6, 40) * 86_400).min(now - 2 * 86_400) };
        let own = match (status, runs) {
            (_, true) => Status::Active,
            (Status::Active, false) => *dice
                .pick(&[Status::Paused, Status::Paused, Status::Archived, Status::Deleted])
                .unwrap_or(&Status::Paused),
            (_, false) => Status::Active,
        };
        let audience = dice.pick(&AUDIENCES).copied().unwrap_or("Aberto");
        let adset = account.add_adset(campaign, &format!("{:02} | {audience}", number + 1), own, begun);
        if let Some(adset) = account.adsets.get_mut(adset) {
            adset.head.updated = if runs { begun + dice.between(1, 5) * 86_400 } else { ended.max(begun) };
            adset.head.updated = adset.head.updated.min(now);
        }
        for copy in 0..dice.between(1, 3) {
            let creative = dice.pick(&CREATIVES).copied().unwrap_or("Imagem");
            let ad = account.add_ad(adset, &format!("AD{:02} | {creative}", copy + 1), Status::Active, begun, ended);
            if runs && copy > 0 && dice.chance(60) {
                let stopped_at = now - dice.between(2, 9) * 86_400;
                if let Some(ad) = account.ads.get_mut(ad) {
                    ad.head.review = Some("DISAPPROVED");
                    ad.set_running(false, stopped_at);
                }
            }
        }
    }
}
