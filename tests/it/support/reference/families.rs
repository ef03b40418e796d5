//! Names of one event: which of them count, and how the product is told.

use graph_sim::dice::Dice;

/// The names under which leads arrive.
const LEADS: [&str; 5] = [
    "lead",
    "onsite_conversion.lead_grouped",
    "offsite_conversion.fb_pixel_lead",
    "onsite_web_lead",
    "offsite_complete_registration_add_meta_leads",
];
/// The names under which purchases arrive.
const PURCHASES: [&str; 8] = [
    "omni_purchase",
    "purchase",
    "offsite_conversion.fb_pixel_purchase",
    "web_in_store_purchase",
    "offsite_purchase_add_20_s_calls",
    "onsite_web_app_purchase",
    "web_app_in_store_purchase",
    "onsite_web_purchase",
];
/// The names of pages of products that were seen; the widest counts otherwise than the others.
const CONTENT: [&str; 5] = [
    "omni_view_content",
    "view_content",
    "offsite_conversion.fb_pixel_view_content",
    "onsite_web_view_content",
    "onsite_web_app_view_content",
];
/// The names of things put into a cart.
const CARTS: [&str; 3] = ["add_to_cart", "omni_add_to_cart", "offsite_conversion.fb_pixel_add_to_cart"];
/// The names of checkouts begun.
const CHECKOUTS: [&str; 5] = [
    "initiate_checkout",
    "omni_initiated_checkout",
    "offsite_conversion.fb_pixel_initiate_checkout",
    "onsite_web_initiate_checkout",
    "offsite_initiate_checkout_add_20_s_calls",
];
/// The names of registrations.
const REGISTRATIONS: [&str; 5] = [
    "omni_complete_registration",
    "complete_registration",
    "offsite_conversion.fb_pixel_complete_registration",
    "offsite_conversion.fb_pixel_custom.Agendou",
    "offsite_conversion.custom.4242424242",
];
/// The names of appointments, which arrive in `conversions`.
const APPOINTMENTS: [&str; 2] = ["schedule_total", "schedule_website"];
/// A name that nothing has yet.
const OF_TOMORROW: &str = "a_name_of_tomorrow";

/// Every family by what it is called in a list of ingredients.
pub(crate) const FAMILIES: [(&str, &[&str]); 7] = [
    ("leads", &LEADS),
    ("purchases", &PURCHASES),
    ("viewed", &CONTENT),
    ("carts", &CARTS),
    ("checkouts", &CHECKOUTS),
    ("joined", &REGISTRATIONS),
    ("booked", &APPOINTMENTS),
];

/// The names that count, in the order in which they are looked up.
#[derive(Debug, Clone)]
pub(crate) struct Families {
    pub(crate) leads: Vec<&'static str>,
    pub(crate) purchases: Vec<&'static str>,
    /// The columns of our own.
    pub(crate) viewed: Vec<&'static str>,
    pub(crate) joined: Vec<&'static str>,
    pub(crate) booked: Vec<&'static str>,
    /// Two events that do not overlap: their sum counts.
    pub(crate) carts: [&'static str; 2],
    /// Money of one event.
    pub(crate) bought: Vec<&'static str>,
}

impl Default for Families {
    /// As the product counts where nobody says otherwise; of the columns of our own the first names.
    fn default() -> Self {
        Self {
            leads: LEADS[..3].to_vec(),
            purchases: PURCHASES[..3].to_vec(),
            viewed: CONTENT[..1].to_vec(),
            joined: REGISTRATIONS[..1].to_vec(),
            booked: APPOINTMENTS[..1].to_vec(),
            carts: [CARTS[0], CHECKOUTS[0]],
            bought: PURCHASES[..1].to_vec(),
        }
    }
}

impl Families {
    /// Others for every seed: whichever name of a family comes first, some are not there, and some never are.
    pub(crate) fn drawn(seed: u64) -> Self {
        let mut dice = Dice::new(&[seed, 4_711]);
        let mut some = |family: &[&'static str]| -> Vec<&'static str> {
            let first = usize::try_from(dice.below(i64::try_from(family.len()).unwrap())).unwrap();
            let mut names: Vec<_> = family.iter().cycle().skip(first).take(3.min(family.len())).copied().collect();
            if dice.chance(300) {
                names.insert(0, OF_TOMORROW);
            }
            names
        };
        let one = |names: Vec<&'static str>| *names.last().unwrap();
        Self {
            leads: some(&LEADS),
            purchases: some(&PURCHASES),
            viewed: some(&CONTENT),
            joined: some(&REGISTRATIONS),
            booked: some(&APPOINTMENTS),
            carts: [one(some(&CARTS)), one(some(&CHECKOUTS))],
            bought: some(&PURCHASES),
        }
    }

    /// The configuration that says so.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("ADSYNC__INSIGHTS__LEADS", self.leads.join(",")),
            ("ADSYNC__INSIGHTS__PURCHASES", self.purchases.join(",")),
            ("ADSYNC__METRICS__VIEWED__ACTION_TYPES", self.viewed.join(",")),
            ("ADSYNC__METRICS__JOINED__ACTION_TYPES", self.joined.join(",")),
            ("ADSYNC__METRICS__BOOKED__ACTION_TYPES", self.booked.join(",")),
            ("ADSYNC__METRICS__CARTS__SUM", self.carts.join(",")),
            ("ADSYNC__METRICS__BOUGHT__ACTION_TYPES", self.bought.join(",")),
        ]
    }

    /// Each family's names that count, by what it is called.
    pub(crate) fn counted(&self) -> [(&'static str, &[&'static str]); 7] {
        [
            ("leads", &self.leads),
            ("purchases", &self.purchases),
            ("viewed", &self.viewed),
            ("joined", &self.joined),
            ("booked", &self.booked),
            ("carts", &self.carts[..1]),
            ("checkouts", &self.carts[1..]),
        ]
    }
}
