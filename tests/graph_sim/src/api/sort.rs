//! The `sort` parameter: one field, or one action, and a direction.
use super::actions::value_of;
use super::error::GraphError;
use super::params::Params;
use super::result::Row;

/// Fields that rows can be sorted by here.
const FIELDS: [&str; 5] = ["spend", "impressions", "clicks", "reach", "inline_link_clicks"];

/// An order of rows.
#[derive(Debug, Clone)]
pub struct Sort {
    field: String,
    is_descending: bool,
}

impl Sort {
    /// Reads it: `spend_descending`, `actions:link_click_ascending`, ascending where nothing is said.
    pub fn parse(params: &Params) -> Result<Option<Self>, GraphError> {
        let wanted = params.list("sort")?;
        let Some(text) = wanted.first() else {
            return Ok(None);
        };
        if wanted.len() > 1 {
            return Err(GraphError::bad("Param sort must have one element"));
        }
        let (field, is_descending) = match text.strip_suffix("_descending") {
            Some(field) => (field, true),
            None => (text.strip_suffix("_ascending").unwrap_or(text), false),
        };
        if !field.starts_with("actions:") && !FIELDS.contains(&field) {
            return Err(GraphError::bad(format!("Sorting by {field} is not supported")));
        }
        Ok(Some(Self { field: field.to_owned(), is_descending }))
    }

    /// Sorts rows; equals keep their order.
    pub fn sort(&self, rows: &mut [Row]) {
        rows.sort_by_key(|row| if self.is_descending { -self.value(row) } else { self.value(row) });
    }

    fn value(&self, row: &Row) -> i64 {
        let fact = &row.sum.fact;
        match self.field.as_str() {
            "spend" => fact.spend_cents,
            "clicks" => fact.clicks,
            "reach" => row.sum.reach(),
            "inline_link_clicks" => fact.link_clicks,
            "impressions" => fact.impressions,
            action => value_of(fact, action.trim_start_matches("actions:")),
        }
    }
}
