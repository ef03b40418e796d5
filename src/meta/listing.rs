//! A listing: a value with one async method that gives the next page or the end.

use super::client::{Question, Session};
use super::error::{Class, Error};
use super::page::Page;

/// A listing that is being read. Reading is pulling: nothing is asked before it is wanted.
#[derive(Debug)]
pub struct Listing {
    session: Session,
    question: Question,
    limit: u32,
    after: Option<String>,
    done: bool,
}

impl Listing {
    /// Begins a listing at its first page.
    pub fn new(session: Session, question: Question) -> Self {
        let limit = session.settings().page_size;
        Self { session, question, limit, after: None, done: false }
    }

    /// The next page, or `None` after the last one. A page may be empty and still have a next.
    pub async fn next(&mut self) -> Result<Option<Page>, Error> {
        if self.done {
            return Ok(None);
        }
        loop {
            match self.session.ask(&self.at_cursor(), Page::decode).await {
                Ok(page) => {
                    self.advance(&page)?;
                    return Ok(Some(page));
                }
                // What is too much for Meta is asked in halves, from the same cursor.
                Err(error) if error.class == Class::TooMuchData && self.limit > 1 => {
                    self.limit = (self.limit / 2).max(1);
                    self.session.meter().split();
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn at_cursor(&self) -> Question {
        let mut question = self.question.clone();
        question.parameters.push(("limit", self.limit.to_string()));
        if let Some(after) = &self.after {
            question.parameters.push(("after", after.clone()));
        }
        question
    }

    fn advance(&mut self, page: &Page) -> Result<(), Error> {
        match page.after() {
            None => self.done = true,
            // The same cursor twice would give the same page for ever.
            Some(after) if self.after.as_deref() == Some(after) => {
                return Err(Error::plain(Class::Malformed, "the next page begins where this one began"));
            }
            Some(after) => self.after = Some(after.to_owned()),
        }
        Ok(())
    }
}
