//! A listing: a value with one async method that gives the next page or the end.

use std::collections::HashSet;

use super::asked::{Asked, Manner};
use super::client::Question;
use super::error::{Class, Error};
use super::fields::{in_groups, separable};
use super::page::Page;
use super::session::Session;
use super::sizes::Limit;

/// How often a listing whose cursor died begins again.
const RESTARTS: u32 = 3;
/// Times that a listing looks for a field that Meta refuses.
const SEARCHES: u32 = 3;
/// Times that a page is made smaller because its question is refused although it is answered for one row.
const DOUBTS: u32 = 10;
/// Times that the parts of one row are asked again because the listing moved between them.
const MOVES: u32 = 3;
/// Empty pages in a row that name the cursor that they were asked with.
const STANDSTILLS: u32 = 20;
/// A page is not made smaller than this where the question itself can be made smaller: many tiny pages of a question
/// that is too large only cost calls.
const SMALLEST_PAGE: u32 = 50;

/// A listing that is being read. Reading is pulling: nothing is asked before it is wanted.
#[derive(Debug)]
pub struct Listing {
    session: Session,
    question: Question,
    /// The question of the report run whose answer it reads.
    worked_out: Option<Question>,
    limit: Limit,
    after: Option<String>,
    restarts: u32,
    searches: u32,
    doubts: u32,
    standstills: u32,
    /// Cursors that were asked with, hashed: one that comes again would go round for ever.
    seen: HashSet<u64>,
    can_split: bool,
    done: bool,
    /// The size that it began with: only what it learned itself is remembered.
    began_at: Limit,
}

impl Listing {
    /// Begins a listing at its first page.
    pub fn new(session: Session, question: Question) -> Self {
        let question = session.allowed(question);
        let limit = session.client.shared.sizes.limit(&question.topic(), session.settings().page_size);
        Self {
            session,
            question,
            worked_out: None,
            limit,
            after: None,
            restarts: 0,
            searches: 0,
            doubts: 0,
            standstills: 0,
            seen: HashSet::new(),
            can_split: false,
            done: false,
            began_at: limit,
        }
    }

    /// Says that the caller can ask a smaller question: then a page that is too much is made only so small.
    pub fn splittable(mut self, can_split: bool) -> Self {
        self.can_split = can_split;
        self
    }

    /// Asks for pages of another size at first: what is worked out already costs Meta little, however large its pages.
    pub(super) fn pages_of(mut self, rows: u32) -> Self {
        self.limit = self.session.client.shared.sizes.limit(&self.question.topic(), rows);
        self.began_at = self.limit;
        self
    }

    /// Says that a report run worked out what it reads.
    pub(super) fn worked_out(mut self, question: Question) -> Self {
        self.worked_out = Some(question);
        self
    }

    /// How Meta was asked, without the fields that it refused.
    pub fn asked(&self) -> Asked {
        match &self.worked_out {
            Some(question) => self.session.asked(question, Manner::ReportRun),
            None => self.session.asked(&self.question, Manner::Direct),
        }
    }

    /// The next page, or `None` after the last one. A page may be empty and still have a next.
    ///
    /// After a dead cursor the listing begins again: rows that came before come again, none is left out.
    pub async fn next(&mut self) -> Result<Option<Page>, Error> {
        if self.done {
            return Ok(None);
        }
        loop {
            match self.page().await {
                Ok(page) => {
                    self.limit.grow();
                    self.advance(&page)?;
                    return Ok(Some(page));
                }
                Err(error) => self.recover(error).await?,
            }
        }
    }

    /// The page at the cursor; where even one row is too much, put together from groups of its fields.
    async fn page(&self) -> Result<Page, Error> {
        let question = self.at_cursor();
        let groups = in_groups(&question, self.limit.groups());
        let [_, _, ..] = &groups[..] else { return self.session.ask(&question, Page::decode).await };
        let mut moves = 0;
        loop {
            let mut parts = Vec::with_capacity(groups.len());
            for group in &groups {
                parts.push(self.session.ask(group, Page::decode).await?);
            }
            match Page::joined(&parts) {
                Err(error) if error.class.is_retried() && moves < MOVES => moves += 1,
                joined => return joined,
            }
        }
    }

    /// Makes the question one that may be answered, or gives the error back.
    async fn recover(&mut self, error: Error) -> Result<(), Error> {
        match error.class {
            Class::TooMuchData if self.shrink(&error) => {
                self.session.meter().split();
                Ok(())
            }
            // Which page size is the largest is not documented: one that is refused is not asked for again.
            Class::Invalid if self.limit.rows() > self.session.settings().page_size => {
                self.limit.cap(self.session.settings().page_size);
                Ok(())
            }
            // Only a cursor makes a question invalid that was valid a page ago: cursors die with their item.
            Class::Invalid if self.after.is_some() && self.restarts < RESTARTS => {
                self.after = None;
                self.seen.clear();
                self.restarts += 1;
                tracing::info!(path = self.question.path, %error, "a cursor died: the listing begins again");
                Ok(())
            }
            Class::Invalid | Class::Permission if self.after.is_none() && self.searches < SEARCHES => {
                self.searches += 1;
                match self.session.without_refused(&self.question, error.clone()).await? {
                    Some(question) => self.question = question,
                    None => return self.doubt(error),
                }
                Ok(())
            }
            Class::Invalid if self.doubts > 0 => self.doubt(error),
            _ => Err(error),
        }
    }

    /// The question is refused although it is answered for one row: asked again once, then for ever fewer rows.
    fn doubt(&mut self, error: Error) -> Result<(), Error> {
        self.doubts += 1;
        let is_smaller = self.doubts == 1 || self.limit.shrink(1);
        if is_smaller && self.doubts <= DOUBTS { Ok(()) } else { Err(error) }
    }

    fn shrink(&mut self, error: &Error) -> bool {
        // "Please reduce the amount of data" is about the page; the insights' own codes are about the whole question.
        let is_about_page = error.code == Some(1);
        if self.can_split && (!is_about_page || self.limit.rows() <= SMALLEST_PAGE) {
            return false;
        }
        self.limit.shrink(separable(&self.question))
    }

    fn at_cursor(&self) -> Question {
        let question = self.question.with("limit", self.limit.rows().to_string());
        match &self.after {
            Some(after) => question.with("after", after.clone()),
            None => question,
        }
    }

    fn advance(&mut self, page: &Page) -> Result<(), Error> {
        match page.after() {
            None => self.done = true,
            // An empty page may name the cursor that it was asked with; one that does so again and again never ends.
            Some(after) if self.after.as_deref() == Some(after) => {
                self.standstills += 1;
                if !page.is_empty() || self.standstills > STANDSTILLS {
                    return Err(Error::plain(Class::Malformed, "the next page begins where this one began"));
                }
            }
            Some(after) if !self.seen.insert(xxhash_rust::xxh3::xxh3_64(after.as_bytes())) => {
                return Err(Error::plain(Class::Malformed, "the pages go round in a circle"));
            }
            Some(after) => {
                self.after = Some(after.to_owned());
                self.standstills = 0;
            }
        }
        Ok(())
    }
}

impl Drop for Listing {
    /// However it ended, the size that it came to is where the next one begins.
    fn drop(&mut self) {
        if self.limit.rows() != self.began_at.rows() {
            self.session.client.shared.sizes.remember(&self.question.topic(), self.limit);
        }
    }
}
