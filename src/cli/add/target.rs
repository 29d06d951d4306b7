//! What is to be watched, as it was named on the command line.

use std::path::{Path, PathBuf};

use url::Url;

use super::append::Place;
use crate::cli::args::AddArgs;
use crate::cli::exit::{Exit, Failure};
use crate::config::{Config, Environment};
use crate::model::ListingId;
use crate::model::listing::{Input, PAGE};

/// How patterns of files are meant: a star stays within a folder.
const WITHIN: glob::MatchOptions = glob::MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// A page, or several with numbers.
pub(super) enum Target {
    /// On the web.
    Web {
        /// As the config has it; with `{page}` where there are several.
        url: String,
        /// The first page.
        first: String,
    },
    /// A file.
    File {
        /// As it was named.
        named: String,
        /// As the config has it: a pattern.
        pattern: String,
        /// Its absolute path.
        path: PathBuf,
    },
}

impl Target {
    /// What the arguments name.
    ///
    /// # Errors
    /// Exit code 2 when they name nothing that can be watched.
    pub(super) fn of(args: &AddArgs, place: &Place, env: &Environment) -> Result<Self, Failure> {
        let wrong = |message: &str, hint: &str| Err(Failure::new(Exit::Usage, message).hint(hint));
        let page = args.page.trim();
        let Some((scheme, rest)) = page.split_once("://") else {
            if args.pages.is_some() || args.allow_private {
                return wrong("--pages and --allow-private are for addresses", "this page is a file");
            }
            return Ok(Self::file(&args.page, place, env));
        };
        if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
            return wrong("this is no http(s) address", "such as `https://news.example.org/latest`");
        }
        // No part of the address is said again: it may hold a password.
        if rest.split(['/', '?', '#']).next().is_some_and(|host| host.contains('@')) {
            return wrong(
                "the address holds a user name or a password, and these are never written to the config",
                "leave them out, and give the listing `basic_auth = { env = \"NAME\" }` or `{ file = \"…\" }` \
                 (--force adds a page that does not come without)",
            );
        }
        // A place on the page is nothing that a server is told.
        let url = page.split_once('#').map_or(page, |(url, _)| url).to_owned();
        let number = args.pages.as_deref().map(|pages| pages.split("..").next().unwrap_or_default().trim());
        let first = match (number, url.contains(PAGE)) {
            (Some(number), true) => url.replace(PAGE, number),
            (None, false) => url.clone(),
            (None, true) => {
                return wrong(
                    "`{page}` stands for the number of a page",
                    "--pages 1..3 says which there are",
                );
            }
            (Some(_), false) => {
                return wrong(
                    "there is no place for the numbers of --pages",
                    "`{page}` stands for it: `?page={page}`",
                );
            }
        };
        if let Err(error) = Url::parse(&first) {
            return wrong(
                &format!("this is no address: {error}"),
                "such as `https://news.example.org/latest`",
            );
        }
        Ok(Self::Web { url, first })
    }

    /// A file. Where the config is named by a relative path, so is the file: both are used from this folder. Else it
    /// is absolute, since a daemon may work elsewhere.
    fn file(named: &str, place: &Place, env: &Environment) -> Self {
        let plain: PathBuf = Path::new(named).components().collect();
        let path = env.working_dir.join(&plain);
        let written = if place.path().is_absolute() { &path } else { &plain };
        let pattern = glob::Pattern::escape(&written.to_string_lossy());
        Self::File { named: named.to_owned(), pattern, path }
    }

    /// What is looked at.
    pub(super) fn first(&self) -> &str {
        match self {
            Self::Web { first, .. } => first,
            Self::File { named, .. } => named,
        }
    }

    /// What it is called where its page says nothing: a host, a file's name.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Web { first, .. } => {
                let url = Url::parse(first).ok();
                let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
                host.strip_prefix("www.").unwrap_or(host).to_owned()
            }
            Self::File { path, .. } => {
                path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
            }
        }
    }

    /// The listing that reads it already.
    pub(super) fn reader<'c>(&self, config: &'c Config) -> Option<&'c ListingId> {
        let specs = config.listings.iter().map(|listing| &listing.spec);
        let mut readers = specs.filter(|spec| match (self, &spec.input) {
            (Self::Web { url, .. }, Input::Web(web)) => {
                same(&web.url, url) || web.pages.is_some() && web.addresses().any(|page| same(&page, url))
            }
            (Self::File { path, .. }, Input::Files(patterns)) => patterns.iter().any(|pattern| {
                glob::Pattern::new(pattern).is_ok_and(|pattern| pattern.matches_path_with(path, WITHIN))
            }),
            _ => false,
        });
        readers.next().map(|spec| &spec.id)
    }
}

/// Whether two addresses are one, as servers are asked for them.
fn same(one: &str, other: &str) -> bool {
    one == other || Url::parse(one).is_ok_and(|one| Url::parse(other).is_ok_and(|other| one == other))
}
