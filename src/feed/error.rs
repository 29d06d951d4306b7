//! Why a document could not be rendered.

/// Rendering one document failed. No text can cause this; it means a fault of ours or of a crate.
#[derive(Debug, thiserror::Error)]
#[error("render `{path}`")]
pub struct RenderError {
    /// The document's path below the published folder, with its ending.
    pub path: String,
    /// What failed.
    #[source]
    pub kind: RenderErrorKind,
}

/// What failed when a document was rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderErrorKind {
    /// Writing RSS.
    #[error("write RSS: {0}")]
    Rss(#[from] rss::Error),
    /// Writing Atom.
    #[error("write Atom: {0}")]
    Atom(#[from] atom_syndication::Error),
    /// Writing JSON.
    #[error("write JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// Writing XML.
    #[error("write XML: {0}")]
    Xml(#[from] std::io::Error),
    /// Filling a page's template.
    #[error("fill the template: {0}")]
    Page(#[from] minijinja::Error),
}

impl RenderError {
    /// The error of the document at `path`.
    pub(super) fn at<K: Into<RenderErrorKind>>(path: &str) -> impl FnOnce(K) -> Self {
        move |kind| Self { path: path.to_owned(), kind: kind.into() }
    }
}
