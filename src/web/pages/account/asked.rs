//! What the address of an account's page asks for, and the addresses that ask for something else of it.

use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::super::super::api::parameters;
use super::super::super::{Kind, Refused};
use crate::meta::AccountId;
use crate::store::pages::objects::{Kind as Objects, Sort, Wanted};

/// The last page that anybody may ask for.
const LAST_PAGE: u32 = 100_000;
/// The longest text that is looked for.
const LONGEST: usize = 500;

/// Which account is asked about, and what of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedAccount {
    /// Its id.
    pub account_id: AccountId,
    /// The report whose days are shown; `None` is the one that figures come from.
    pub report: Option<String>,
    /// Which of its objects.
    pub wanted: Wanted,
}

/// What the address may say beside the id. A form sends what was left empty, too.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    show: Option<String>,
    sort: Option<String>,
    status: Option<String>,
    name: Option<String>,
    campaign: Option<String>,
    page: Option<String>,
    report: Option<String>,
}

impl AskedAccount {
    /// Reads the address.
    pub(super) fn parse(id: &str, query: Option<&str>) -> Result<Self, Refused> {
        let account_id = id.parse::<AccountId>().map_err(|_| {
            Refused::new(Kind::Unknown, "there is no such account: an account is its digits, with or without act_")
        })?;
        let Query { show, sort, status, name, campaign, page, report } = parameters(query)?;
        let kind = match given("show", show)?.as_deref() {
            None | Some("campaigns") => Objects::Campaigns,
            Some("adsets") => Objects::Adsets,
            Some(_) => return Err(wrong("show must be campaigns or adsets")),
        };
        let (sort, ascending) = match given("sort", sort)? {
            None => (Sort::default(), false),
            Some(text) => order(&text)?,
        };
        let campaign_id = given("campaign", campaign)?;
        if campaign_id.is_some() && kind != Objects::Adsets {
            return Err(wrong("a campaign can be named where ad sets are shown: show=adsets"));
        }
        let page = match given("page", page)?.map(|page| page.parse::<u32>()) {
            None => 0,
            Some(Ok(page @ 1..=LAST_PAGE)) => page - 1,
            Some(_) => return Err(wrong(format!("page must be 1 to {LAST_PAGE}"))),
        };
        Ok(Self {
            account_id,
            report: given("report", report)?,
            wanted: Wanted {
                kind,
                sort,
                ascending,
                status: given("status", status)?,
                name: given("name", name)?,
                campaign_id,
                page,
            },
        })
    }

    /// The page's address with other objects of it; from the first of them on.
    pub(super) fn with(&self, change: impl FnOnce(&mut Wanted)) -> String {
        let mut wanted = self.wanted.clone();
        wanted.page = 0;
        change(&mut wanted);
        self.address(self.report.as_deref(), &wanted, "#objects")
    }

    /// The page's address with the days of another report.
    pub(super) fn with_report(&self, report: &str) -> String {
        self.address(Some(report), &self.wanted, "#days")
    }

    fn address(&self, report: Option<&str>, wanted: &Wanted, place: &str) -> String {
        let mut query = Serializer::new(String::new());
        if wanted.kind == Objects::Adsets {
            query.append_pair("show", "adsets");
        }
        if (wanted.sort, wanted.ascending) != (Sort::default(), false) {
            query.append_pair("sort", &sort_of(wanted.sort, wanted.ascending));
        }
        let texts = [
            ("status", wanted.status.as_deref()),
            ("name", wanted.name.as_deref()),
            ("campaign", wanted.campaign_id.as_deref()),
            ("report", report),
        ];
        for (name, text) in texts {
            text.map(|text| query.append_pair(name, text));
        }
        if wanted.page > 0 {
            query.append_pair("page", &(wanted.page + 1).to_string());
        }
        let query = query.finish();
        let path = format!("/accounts/{}", self.account_id.act());
        if query.is_empty() { format!("{path}{place}") } else { format!("{path}?{query}{place}") }
    }
}

/// How an address spells an order: a minus for the greatest first.
pub(super) fn sort_of(sort: Sort, ascending: bool) -> String {
    format!("{}{}", if ascending { "" } else { "-" }, sort.column())
}

fn order(text: &str) -> Result<(Sort, bool), Refused> {
    let (column, ascending) = text.strip_prefix('-').map_or((text, true), |column| (column, false));
    let sort = Sort::ALL.into_iter().find(|sort| sort.column() == column);
    let sort = sort.ok_or_else(|| {
        let columns = Sort::ALL.map(Sort::column).join(", ");
        wrong(format!("sort must be one of these, with a minus for the greatest first: {columns}"))
    })?;
    Ok((sort, ascending))
}

/// A text that says something, and that the database takes.
fn given(name: &str, text: Option<String>) -> Result<Option<String>, Refused> {
    let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if text.as_ref().is_some_and(|text| text.len() > LONGEST || text.contains('\0')) {
        return Err(wrong(format!("{name} must be a text of at most {LONGEST} bytes")));
    }
    Ok(text)
}

fn wrong(text: impl Into<String>) -> Refused {
    Refused::new(Kind::Wrong, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<AskedAccount, Refused> {
        AskedAccount::parse("act_17", Some(query))
    }

    #[test]
    fn an_address_comes_back_as_it_was() {
        for query in [
            "",
            "show=adsets",
            "sort=name",
            "show=adsets&sort=-ctr&status=PAUSED&name=a+%26+b%3C&campaign=5&report=people&page=3",
        ] {
            let path = parse(query).unwrap().with(|wanted| wanted.page = parse(query).unwrap().wanted.page);
            let expected =
                if query.is_empty() { "/accounts/act_17".to_owned() } else { format!("/accounts/act_17?{query}") };
            assert_eq!(path, format!("{expected}#objects"));
        }
        assert_eq!(parse("name=&status=&page=&sort=").unwrap(), parse("").unwrap(), "an empty form");
        assert_eq!(AskedAccount::parse("17", None).unwrap(), parse("").unwrap());
    }

    #[test]
    fn what_cannot_be_meant_is_told() {
        let long = format!("name={}", "x".repeat(501));
        for (query, said) in [
            ("sort=xyz", "sort must be one of"),
            ("sort=--spend", "sort must be one of"),
            ("page=-1", "page must be 1 to"),
            ("page=0", "page must be 1 to"),
            ("page=99999999999999999999", "page must be 1 to"),
            ("show=ads", "show must be"),
            ("campaign=1", "show=adsets"),
            ("name=%00", "name must be"),
            ("colour=red", "colour"),
            ("page=1&page=2", "page"),
            (&long, "name must be"),
        ] {
            let refused = parse(query).unwrap_err();
            assert!(refused.kind == Kind::Wrong && refused.text.contains(said), "{query}: {refused:?}");
        }
        for id in ["", "act_", "none", "1e5", "../1", "1;drop table adsets"] {
            assert_eq!(AskedAccount::parse(id, None).unwrap_err().kind, Kind::Unknown, "{id}");
        }
    }
}
