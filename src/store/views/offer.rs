//! One view or function for readers: what it is called, what makes it, what it says of itself.

use std::borrow::Cow;

use crate::rows::table::Column;

use super::super::names::{Names, literal, quote};

/// Ends the comment of everything that adsync offers: without it a thing of that name is somebody else's.
pub(in crate::store) const MARK: &str = "Made by adsync.";

/// One view or function for readers.
#[derive(Debug, Clone)]
pub(in crate::store) struct Offer {
    /// Our name for it; `[tables]` may give it another in the database.
    pub(super) name: String,
    /// Whether it is a view or a function.
    pub(super) shape: Shape,
    /// What follows its name in the statement that makes it.
    pub(super) body: String,
    /// What a reader should know of it, without the mark.
    pub(super) comment: String,
}

/// What an offer is, as far as that decides how it is replaced.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    /// A view, with its columns in order.
    View(Vec<ViewColumn>),
    /// A function.
    Function {
        /// Its arguments' types as the catalog names them: a type's name, or a relation's for its rows.
        arguments: Vec<String>,
        /// The same as SQL writes them.
        signature: String,
        /// Its result as the catalog words it, where that may change from one version to the next.
        result: Option<String>,
    },
}

/// One column of a view.
#[derive(Debug, Clone)]
pub(super) struct ViewColumn {
    pub(super) name: Cow<'static, str>,
    /// Its type in SQL.
    pub(super) sql_type: &'static str,
    /// Where its value comes from, in SQL.
    pub(super) sql: String,
    pub(super) comment: Cow<'static, str>,
}

impl ViewColumn {
    pub(super) fn new(
        name: &'static str,
        sql_type: &'static str,
        sql: impl Into<String>,
        comment: &'static str,
    ) -> Self {
        Self { name: Cow::Borrowed(name), sql_type, sql: sql.into(), comment: Cow::Borrowed(comment) }
    }

    /// A column as a table has it, from the table's alias.
    pub(super) fn of(alias: &str, column: &Column) -> Self {
        Self {
            name: column.name.clone(),
            sql_type: column.kind.sql(),
            sql: format!("{alias}.{}", quote(&column.name)),
            comment: column.comment.clone(),
        }
    }
}

impl Offer {
    /// A view of these columns. `from` is the rest of its query, with the names of our tables in braces. Every column is
    /// cast to our own type, so that an adopted table with narrower types gives the same view.
    pub(super) fn view(names: &Names, name: &str, comment: &str, columns: Vec<ViewColumn>, from: &str) -> Self {
        let list: Vec<String> = columns
            .iter()
            .map(|column| format!("  ({})::{} as {}", column.sql, column.sql_type, quote(&column.name)))
            .collect();
        Self {
            name: name.to_owned(),
            body: format!(
                "with (security_invoker = true) as\nselect\n{}\n{}",
                list.join(",\n"),
                names.fill(from.trim_end())
            ),
            shape: Shape::View(columns),
            comment: comment.to_owned(),
        }
    }

    /// Its name in the ledger.
    pub(super) fn entry(&self, names: &Names) -> String {
        let relation = names.relation(&self.name);
        match &self.shape {
            Shape::View(_) => format!("view:{relation}"),
            Shape::Function { arguments, .. } => format!("function:{relation}({})", arguments.join(",")),
        }
    }

    /// Its name in SQL; a function's with the types of its arguments.
    pub(super) fn qualified(&self, names: &Names) -> String {
        let name = names.qualified(&self.name);
        match &self.shape {
            Shape::View(_) => name,
            Shape::Function { signature, .. } => format!("{name}({signature})"),
        }
    }

    /// `view` or `function`.
    pub(super) fn word(&self) -> &'static str {
        match self.shape {
            Shape::View(_) => "view",
            Shape::Function { .. } => "function",
        }
    }

    /// The statement that makes it; over an older one of the same outline where `replace` says so.
    pub(super) fn create(&self, names: &Names, replace: bool) -> String {
        let replace = if replace { "or replace " } else { "" };
        format!(
            "create {replace}{} {}{}",
            self.word(),
            names.qualified(&self.name),
            match self.shape {
                Shape::View(_) => format!(" {}", self.body),
                Shape::Function { .. } => self.body.clone(),
            }
        )
    }

    /// The statements that say what it is.
    pub(super) fn comments(&self, names: &Names) -> Vec<String> {
        let name = self.qualified(names);
        let whole = literal(&format!("{} {MARK}", self.comment));
        let mut comments = vec![format!("comment on {} {name} is {whole}", self.word())];
        if let Shape::View(columns) = &self.shape {
            comments.extend(columns.iter().map(|column| {
                format!("comment on column {name}.{} is {}", quote(&column.name), literal(&column.comment))
            }));
        }
        comments
    }
}

/// A function's body as SQL quotes it, readable where its text allows that.
pub(super) fn quoted_body(text: &str) -> String {
    if text.contains("$adsync$") { literal(text) } else { format!("$adsync$\n{text}\n$adsync$") }
}
