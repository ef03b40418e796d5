//! An answer before it becomes HTTP.

/// Status, headers and body of one answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers beyond those that every answer has.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
    /// Rows that the whole question has, over all pages; what Meta calls too much depends on it.
    pub total_rows: usize,
    /// Rows on this page.
    pub page_rows: usize,
    /// Fields that were asked, nested ones too.
    pub fields: usize,
}

impl Reply {
    /// Makes an answer.
    pub fn new(status: u16, body: String) -> Self {
        Self { status, headers: Vec::new(), body, total_rows: 0, page_rows: 0, fields: 0 }
    }

    /// Makes an answer that went well.
    pub fn ok(body: String) -> Self {
        Self::new(200, body)
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Says how many rows the question has in all, and how many this page has.
    #[must_use]
    pub fn rows(mut self, total_rows: usize, page_rows: usize) -> Self {
        self.total_rows = total_rows;
        self.page_rows = page_rows;
        self
    }

    /// Says how many fields were asked.
    #[must_use]
    pub fn fields(mut self, fields: usize) -> Self {
        self.fields = fields;
        self
    }
}
