//! The config file, and a text at its end. Every byte that is in it stays.

use std::fs::{self, File, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{Gid, Uid, fchown};

use crate::cli::args::Global;
use crate::cli::exit::{Exit, Failure};
use crate::cli::init;
use crate::config::{self, Config, Environment};

/// The config that a listing is appended to.
pub(super) struct Place {
    path: PathBuf,
    /// What is in it; of a config that is not there yet, what `init` writes.
    text: String,
    is_new: bool,
}

impl Place {
    /// The config, where it is looked for; where there is none, the place of a new one.
    ///
    /// # Errors
    /// Exit code 3 when it cannot be read.
    pub(super) fn find(global: &Global) -> Result<Self, Failure> {
        let places = config::places(global.config.as_deref(), None);
        for path in &places {
            match read(path) {
                Ok(text) => return Ok(Self { path: path.clone(), text, is_new: false }),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    let message = format!("cannot read config {}: {error}", path.display());
                    return Err(Failure::new(Exit::Config, message));
                }
            }
        }
        let path = places.into_iter().next();
        let path = path.ok_or_else(|| Failure::new(Exit::Bug, "there is no place for a config"))?;
        Ok(Self { path, text: init::CONFIG.to_owned(), is_new: true })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is not there yet.
    pub(super) fn is_new(&self) -> bool {
        self.is_new
    }

    /// What it says so far.
    ///
    /// # Errors
    /// Exit code 3 with all its faults.
    pub(super) fn check(&self, env: &Environment) -> Result<Config, Failure> {
        config::parse(&self.text, &self.path, env).map(|checked| checked.config).map_err(|faults| {
            Failure::new(Exit::Config, format!("{}{faults}", faults.render(false)))
                .hint("a listing is only appended to a good config")
        })
    }

    /// What it says with a text appended.
    ///
    /// # Errors
    /// Exit code 2 when what was asked for is wrong, 3 when this config cannot have a listing at its end. Nothing is
    /// written then.
    pub(super) fn check_with(&self, added: &str, env: &Environment) -> Result<Config, Failure> {
        let text = joined(&self.text, added);
        if text.len() as u64 > config::MAX_BYTES {
            let message =
                format!("config {} would be larger than {} bytes", self.path.display(), config::MAX_BYTES);
            return Err(Failure::new(Exit::Config, message));
        }
        config::parse(&text, &self.path, env).map(|checked| checked.config).map_err(|faults| {
            // All that is appended is quoted, so what is no TOML any more is so by what stands before.
            let mine = text.parse::<toml::Table>().is_ok()
                && faults
                    .as_slice()
                    .iter()
                    .filter(|fault| fault.severity == config::Severity::Error)
                    .all(|fault| fault.span.as_ref().is_some_and(|span| span.start >= self.text.len()));
            let message = format!("{}the listing was not appended: {faults}", faults.render(false));
            match mine {
                true => Failure::new(Exit::Usage, message),
                false => Failure::new(Exit::Config, message)
                    .hint("`[[listing]]` cannot stand at the end of this config as it is"),
            }
        })
    }

    /// Appends a text, with a blank line before it: whole or not at all, also when the power goes. Mode and owner of
    /// the file stay, and a link to it stays a link.
    ///
    /// # Errors
    /// Exit code 7 when it cannot be written, or is another one by now.
    pub(super) fn append(&self, added: &str) -> Result<(), Failure> {
        let failed = |what: &str, error: &io::Error| {
            Failure::new(Exit::Output, format!("cannot {what} {}: {error}", self.path.display()))
                .hint("the config is as it was; the lines shown above can be put at its end by hand")
        };
        let text = joined(&self.text, added);
        if self.is_new {
            return init::write(&self.path, &text, false).map_err(|error| failed("write", &error));
        }
        let target = fs::canonicalize(&self.path).map_err(|error| failed("find", &error))?;
        replace(&target, &text, || {
            let now = read(&target)?;
            let changed = io::Error::other("it was changed meanwhile");
            if now == self.text { Ok(()) } else { Err(changed) }
        })
        .map_err(|error| failed("replace", &error))
    }
}

/// The text of a config, of no more bytes than one may have.
fn read(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(config::MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > config::MAX_BYTES {
        return Err(io::Error::other(format!("it is larger than {} bytes", config::MAX_BYTES)));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8"))
}

/// Puts `text` in the place of the file at `path`, a real one, if `last_look` just before finds nothing wrong.
fn replace(path: &Path, text: &str, last_look: impl Fn() -> io::Result<()>) -> io::Result<()> {
    let meta = fs::metadata(path)?;
    if !meta.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let folder = path.parent().unwrap_or(Path::new("/"));
    let mut temp = tempfile::Builder::new().prefix(".tidings-").suffix(".toml").tempfile_in(folder)?;
    temp.write_all(text.as_bytes())?;
    let own = temp.as_file().metadata()?;
    if (own.uid(), own.gid()) != (meta.uid(), meta.gid()) {
        let (owner, group) = (Uid::from_raw(meta.uid()), Gid::from_raw(meta.gid()));
        fchown(temp.as_file(), Some(owner), Some(group)).map_err(|error| {
            let error = io::Error::from(error);
            io::Error::new(error.kind(), format!("its owner would be another one: {error}"))
        })?;
    }
    // After the owner: giving a file away takes bits of its mode.
    temp.as_file().set_permissions(Permissions::from_mode(meta.mode() & 0o7777))?;
    temp.as_file().sync_all()?;
    last_look()?;
    temp.persist(path).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()
}

/// A text with another at its end: on lines of its own, after a blank line, its lines ended as the text's are.
fn joined(text: &str, added: &str) -> String {
    let end = match text.split_once('\n') {
        Some((first, _)) if first.ends_with('\r') => "\r\n",
        _ => "\n",
    };
    let mut out = text.to_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        out.push_str(end);
    }
    let blank = out.trim_end_matches([' ', '\t', '\r', '\n']).len();
    let ends = out[blank..].matches('\n').count();
    if !out[..blank].is_empty() && ends < 2 {
        out.push_str(end);
    }
    for line in added.lines() {
        out.push_str(line);
        out.push_str(end);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_appended_after_a_blank_line_and_every_byte_stays() {
        for (text, expected) in [
            ("", "[x]\ny = 1\n"),
            ("a = 1", "a = 1\n\n[x]\ny = 1\n"),
            ("a = 1\n", "a = 1\n\n[x]\ny = 1\n"),
            ("a = 1\n\n", "a = 1\n\n[x]\ny = 1\n"),
            ("a = 1\r\n", "a = 1\r\n\r\n[x]\r\ny = 1\r\n"),
            ("a = 1\r\n# b", "a = 1\r\n# b\r\n\r\n[x]\r\ny = 1\r\n"),
            ("a = 1\n  ", "a = 1\n  \n[x]\ny = 1\n"),
            ("# only\n\n\n\n", "# only\n\n\n\n[x]\ny = 1\n"),
        ] {
            assert_eq!(joined(text, "[x]\ny = 1\n"), expected, "{text:?}");
        }
    }

    #[test]
    fn a_file_that_changed_meanwhile_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("tidings.toml");
        fs::write(&path, "# one\n").expect("a file");
        let place = Place { path: path.clone(), text: "# one\n".to_owned(), is_new: false };
        fs::write(&path, "# two\n").expect("a file");
        let failure = place.append("[[listing]]\n").expect_err("changed");
        assert!(failure.message.contains("changed meanwhile"), "{failure:?}");
        assert_eq!(fs::read_to_string(&path).expect("it"), "# two\n");
        assert_eq!(fs::read_dir(folder.path()).expect("it").count(), 1, "nothing is left behind");
    }
}
