//! What stands around every page: whose it is, where it leads, and who reads it.

use askama::Template;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use chrono::Utc;
use tracing::error;

use super::Shared;
use super::note::Note;
use super::place::Place;

/// What stands around a page.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    /// The daemon's name; `adsync` for whoever may not know it.
    pub(super) instance: String,
    /// The page's own path, to which its forms come back.
    pub(super) path: String,
    /// What its reader may do.
    pub(super) acts: Acts,
    /// Whether there is a login that can be ended.
    pub(super) is_signed_in: bool,
    /// What the reader's last action came to.
    pub(super) note: Option<Note>,
}

/// What a reader may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Acts {
    /// Nobody can do anything here: there is no admin token.
    Nobody,
    /// Whoever types the admin token can.
    AfterLogin,
    /// This one can; their forms hold this.
    Yes(String),
}

impl Shared {
    /// The frame of a page for whoever may read it.
    pub(super) fn frame(&self, headers: &HeaderMap, place: &Place) -> Frame {
        let note = place.note.as_ref().and_then(|sealed| self.guard.note(headers, sealed, Utc::now()));
        Frame { note, ..self.still_frame(headers, &place.path) }
    }

    /// The frame of a part of a page, where no note is told.
    pub(super) fn still_frame(&self, headers: &HeaderMap, path: impl Into<String>) -> Frame {
        let login = self.guard.login(headers, Utc::now());
        let (_, can_anybody_act) = self.guard.has_tokens();
        Frame {
            instance: self.state.instance.clone(),
            path: path.into(),
            is_signed_in: login.is_some(),
            acts: match login {
                Some(login) if login.may_act => Acts::Yes(login.form),
                _ if can_anybody_act => Acts::AfterLogin,
                _ => Acts::Nobody,
            },
            note: None,
        }
    }
}

impl Frame {
    /// The frame of a page for anybody.
    pub(super) fn bare(path: impl Into<String>) -> Self {
        let (instance, path) = ("adsync".to_owned(), path.into());
        Self { instance, path, is_signed_in: false, acts: Acts::Nobody, note: None }
    }

    /// What forms hold; empty for whoever has to type the token first.
    pub(super) fn form(&self) -> &str {
        match &self.acts {
            Acts::Yes(form) => form,
            Acts::Nobody | Acts::AfterLogin => "",
        }
    }

    /// Whether a form can come to something.
    pub(super) fn has_actions(&self) -> bool {
        self.acts != Acts::Nobody
    }

    /// Whether the token is yet to be typed.
    pub(super) fn wants_login(&self) -> bool {
        self.acts == Acts::AfterLogin
    }
}

/// Renders a page.
pub(super) fn render(page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => Html(text).into_response(),
        Err(error) => {
            error!(error = %error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
