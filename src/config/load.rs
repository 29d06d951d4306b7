//! Finding and reading the config file.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::{Checked, Environment, Faults};

/// The greatest size of a config file in bytes.
pub const MAX_BYTES: u64 = 1 << 20;
/// The bit of a file's mode that lets everybody on the machine read it.
const OTHERS_READ: u32 = 0o004;

/// Why no config could be had.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file could not be read: it is missing, or not ours to read. The user must name another.
    #[error("read config {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is larger than any config.
    #[error("config {} is larger than {MAX_BYTES} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The file is no UTF-8 text.
    #[error("config {} is not UTF-8 (line {line})", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// The line of the first byte that is not, counted from 1.
        line: usize,
    },
    /// The file was read and is wrong; [`Faults::render`] says where.
    #[error(transparent)]
    Faults(#[from] Faults),
}

/// Reads and checks the config file at `path`.
///
/// # Errors
/// [`LoadError`]; each is for the user to mend, and the program ends with the exit code for config faults.
pub fn load(path: &Path, env: &Environment) -> Result<Checked, LoadError> {
    let read = |source| LoadError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(read)?;
    let shared = file.metadata().map_err(read)?.mode() & OTHERS_READ != 0;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(read)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(LoadError::TooLarge { path: path.to_owned() });
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..valid].iter().filter(|byte| **byte == b'\n').count() + 1;
        LoadError::NotText { path: path.to_owned(), line }
    })?;
    Ok(super::parse_shared(&text, path, env, shared)?)
}

/// The text of a file that the config names, of up to `most` bytes.
///
/// # Errors
/// Why it cannot be had, to follow its path in a sentence.
pub(super) fn text_of(path: &Path, most: usize) -> Result<String, String> {
    let file = File::open(path).map_err(|error| format!("cannot be read: {error}"))?;
    // A device or a pipe may never end, or never begin.
    if !file.metadata().is_ok_and(|file| file.is_file()) {
        return Err("is no file".to_owned());
    }
    let mut bytes = Vec::new();
    file.take(most as u64 + 1).read_to_end(&mut bytes).map_err(|error| format!("cannot be read: {error}"))?;
    if bytes.len() > most {
        return Err(format!("is larger than {most} bytes"));
    }
    let text = String::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())?;
    Ok(text.strip_prefix('\u{FEFF}').map_or_else(|| text.clone(), str::to_owned))
}

/// Where the config is looked for, first place first: what the command line or `$TIDINGS_CONFIG` names and
/// nothing else, or the two usual places.
#[must_use]
pub fn places(flag: Option<&Path>, variable: Option<&Path>) -> Vec<PathBuf> {
    match flag.or(variable.filter(|path| !path.as_os_str().is_empty())) {
        Some(named) => vec![named.to_owned()],
        None => vec!["config/tidings.toml".into(), "/etc/tidings/tidings.toml".into()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loaded(bytes: &[u8]) -> Result<Checked, LoadError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("tidings.toml");
        std::fs::write(&path, bytes).expect("a file");
        load(&path, &Environment::default())
    }

    #[test]
    fn a_file_is_read_up_to_its_bound() {
        let mut bytes = b"# config\n".to_vec();
        bytes.resize(MAX_BYTES as usize, b'#');
        assert!(loaded(&bytes).is_ok());
        bytes.push(b'#');
        assert!(matches!(loaded(&bytes), Err(LoadError::TooLarge { .. })));
    }

    #[test]
    fn bytes_that_are_no_text_have_a_line() {
        assert!(matches!(loaded(b"a = 1\nb = \"\xFF\"\n"), Err(LoadError::NotText { line: 2, .. })));
    }

    #[test]
    fn a_missing_file_and_a_wrong_one_are_told_apart() {
        let missing = load(Path::new("/nowhere/tidings.toml"), &Environment::default()).expect_err("no file");
        assert_eq!(missing.to_string(), "read config /nowhere/tidings.toml");
        assert!(matches!(loaded(b"x = 1"), Err(LoadError::Faults(faults)) if faults.as_slice().len() == 2));
    }
}
