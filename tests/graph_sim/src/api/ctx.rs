//! What answering one call may look at.
use super::result::Results;
use crate::server::settings::Access;
use crate::world::World;

/// The world, and what surrounds one call.
#[derive(Debug)]
pub struct Ctx<'a> {
    /// The world as it is now.
    pub world: &'a World,
    /// Result sets kept between pages.
    pub results: &'a Results,
    /// Whom the simulator lets in.
    pub access: &'a Access,
    /// Scheme, host and version: the beginning of `next` links.
    pub base: String,
    /// What fault switches change inside the answer.
    pub tweaks: Tweaks,
}

/// Changes that faults make inside an otherwise right answer.
#[derive(Debug, Clone, Default)]
pub struct Tweaks {
    /// Fields that Meta has retired.
    pub retired: Vec<String>,
    /// Pages hold at most this many rows, whatever was asked.
    pub page_cap: Option<usize>,
    /// The page is empty and still has a next.
    pub is_empty_page: bool,
}

impl Ctx<'_> {
    /// Cuts a page size to what the faults allow.
    pub fn limit(&self, wanted: usize) -> usize {
        self.tweaks.page_cap.map_or(wanted, |cap| wanted.min(cap.max(1)))
    }

    /// Says whether a fault has retired a field.
    pub fn is_retired(&self, field: &str) -> bool {
        self.tweaks.retired.iter().any(|retired| retired == field)
    }
}
