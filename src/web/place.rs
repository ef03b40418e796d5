//! Where a reader is: the address of a page, and the note of an action that it may carry and that no page means by itself.

/// What the note is called in an address.
const NOTE: &str = "note=";

/// The address of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Its path with what is asked for, to which forms and logins lead back.
    pub(super) path: String,
    /// What is asked for.
    pub(super) query: Option<String>,
    /// The note, as it was sealed.
    pub(super) note: Option<String>,
}

impl Place {
    pub(super) fn new(path: &str, query: Option<&str>) -> Self {
        let parts = || query.unwrap_or_default().split('&').filter(|part| !part.is_empty());
        let asked = parts().filter(|part| !part.starts_with(NOTE)).collect::<Vec<_>>().join("&");
        let query = Some(asked).filter(|asked| !asked.is_empty());
        Self {
            path: query.as_ref().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")),
            query,
            note: parts().find_map(|part| part.strip_prefix(NOTE)).map(str::to_owned),
        }
    }
}

/// The address of a page with a note.
pub(super) fn noted(path: &str, sealed: &str) -> String {
    let (page, part) = path.split_once('#').map_or((path, String::new()), |(page, part)| (page, format!("#{part}")));
    let mark = if page.contains('?') { '&' } else { '?' };
    format!("{page}{mark}{NOTE}{sealed}{part}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_put_into_an_address_and_taken_out_again() {
        for (path, query) in [("/", None), ("/accounts/act_1", Some("sort=-leads&name=a%26b"))] {
            let place = Place::new(path, query);
            let (page, asked) =
                noted(&place.path, "done.1.aa.bb").split_once('?').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
            let again = Place::new(&page, Some(&asked));
            assert_eq!(again, Place { note: Some("done.1.aa.bb".to_owned()), ..place });
        }
        assert_eq!(noted("/runs/1?page=2#x", "s"), "/runs/1?page=2&note=s#x");
        assert_eq!(Place::new("/", Some("")).path, "/");
    }
}
