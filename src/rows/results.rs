//! Results and what one of them costs: an indicator, and a figure for each attribution setting.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::meta::page::{Json, Name};

use super::value::{self, Warnings};

/// Reads `results` or `cost_per_result`: the indicator, and the figure under the ad set's own attribution setting.
/// Without a result Meta sends the indicator alone. What cannot be read is counted.
pub fn read<'a>(raw: Json<'a>, field: &str, warnings: &mut Warnings) -> (Option<Cow<'a, str>>, Option<Decimal>) {
    let Ok(entries) = serde_json::from_str::<Option<Own<Entry<'a>>>>(raw.get()) else {
        warnings.add("unreadable_value", field);
        return (None, None);
    };
    let Some(entry) = entries.and_then(|entries| entries.0) else { return (None, None) };
    let told = entry.values.and_then(|values| values.0?.value);
    let figure = told.and_then(|raw| value::decimal(&value::text(raw.get())?));
    if told.is_some() && figure.is_none() {
        warnings.add("unreadable_value", field);
    }
    (entry.indicator.map(|Name(indicator)| indicator), figure)
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    indicator: Option<Name<'a>>,
    #[serde(borrow)]
    values: Option<Own<Value<'a>>>,
}

#[derive(Deserialize)]
struct Value<'a> {
    #[serde(borrow)]
    value: Option<&'a RawValue>,
    #[serde(borrow)]
    attribution_windows: Option<Own<Name<'a>>>,
}

/// Of a list the first that is the ad set's own, else the first: lists of their own would cost more than what stands in
/// them.
struct Own<T>(Option<T>);

trait IsOwn {
    fn is_own(&self) -> bool;
}

impl IsOwn for Name<'_> {
    fn is_own(&self) -> bool {
        self.0 == "default"
    }
}

impl IsOwn for Value<'_> {
    fn is_own(&self) -> bool {
        self.attribution_windows.as_ref().and_then(|windows| windows.0.as_ref()).is_some_and(IsOwn::is_own)
    }
}

impl IsOwn for Entry<'_> {
    fn is_own(&self) -> bool {
        true
    }
}

impl<'de, T: Deserialize<'de> + IsOwn> Deserialize<'de> for Own<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de> + IsOwn> Visitor<'de> for Items<T> {
            type Value = Option<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Option<T>, A::Error> {
                let mut found: Option<T> = None;
                while let Some(item) = list.next_element::<T>()? {
                    let is_better = |found: &T| !found.is_own() && item.is_own();
                    if found.as_ref().is_none_or(is_better) {
                        found = Some(item);
                    }
                }
                Ok(found)
            }
        }
        deserializer.deserialize_seq(Items(PhantomData)).map(Own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figure_is_that_of_the_ad_sets_own_setting_wherever_it_stands_else_the_first() {
        let figure = |values: &str| {
            let json =
                format!(r#"[{{"indicator":"i","values":[{values}]}},{{"indicator":"j","values":[{{"value":"9"}}]}}]"#);
            let (indicator, figure) = read(Json::of(&json), "results", &mut Warnings::default());
            assert_eq!(indicator.as_deref(), Some("i"));
            figure.map(|figure| figure.to_string())
        };
        let of = |value: &str, windows: &str| format!(r#"{{"value":"{value}","attribution_windows":[{windows}]}}"#);
        let (click, own) = (of("1", r#""7d_click""#), of("2", r#""1d_view","default""#));
        assert_eq!(figure(&format!("{click},{own},{click}")).as_deref(), Some("2"));
        assert_eq!(figure(&format!("{own},{click}")).as_deref(), Some("2"));
        assert_eq!(figure(&format!("{click},{}", of("3", r#""7d_view""#))).as_deref(), Some("1"));
        assert_eq!(figure(r#"{"value":4.5}"#).as_deref(), Some("4.5"));
        assert_eq!(figure(""), None);
    }
}
