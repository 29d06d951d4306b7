//! Secrets from where the config says they are. Errors name the place and say what to do; none shows a value.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::model::secret::Secret;
use crate::model::target::SecretRef;

/// Bytes that a secret may have.
const BYTES: usize = 8 * 1024;
/// Where systemd puts the credentials of a service (`systemd.exec(5)`).
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// A secret cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// There is no such variable.
    #[error(
        "the environment variable `{0}` is not set; set it where tidings is started (under systemd with `EnvironmentFile=`)"
    )]
    NoVariable(String),
    /// Not under systemd, or under it without credentials.
    #[error(
        "there is no credential `{0}`, because systemd passed none; add `LoadCredential={0}:/path/to/the/secret` to the unit"
    )]
    NoCredentials(String),
    /// A name that would lead out of the folder of credentials.
    #[error("`{0}` is no name of a credential; it is a file name, without `/`")]
    CredentialName(String),
    /// The system refused.
    #[error("cannot read {}: {source}; {}", path.display(), hint(source))]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Something else stands where the file should.
    #[error("cannot read {}: it is no regular file", .0.display())]
    NotAFile(PathBuf),
    /// There, but nothing in it.
    #[error("{0} is empty; put the secret there")]
    Empty(String),
    /// Longer than any secret.
    #[error("{0} has more than {BYTES} bytes, which no secret has; check that it is the right one")]
    TooLong(String),
    /// No text, or several lines.
    #[error("{0} is not one line of UTF-8 text")]
    NotALine(String),
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "check the path",
        io::ErrorKind::PermissionDenied => {
            "let the user that runs tidings read it, and nobody else: `chmod 600`"
        }
        _ => "check the disk",
    }
}

/// Gets a secret: a variable's value, or what stands in a file but for the line break at its end.
///
/// A file that everybody can read is told in the log. Reads the disk, little; meant for when the program starts.
///
/// # Errors
/// [`SecretError`]; the caller shows it with the target.
pub fn secret(place: &SecretRef) -> Result<Secret, SecretError> {
    find(place, |name| std::env::var_os(name))
}

fn find(place: &SecretRef, env: impl Fn(&str) -> Option<OsString>) -> Result<Secret, SecretError> {
    match place {
        SecretRef::Given(secret) => Ok(secret.clone()),
        SecretRef::Env(name) => {
            let value = env(name).ok_or_else(|| SecretError::NoVariable(name.clone()))?;
            checked(value.into_encoded_bytes(), || format!("the environment variable `{name}`"))
        }
        SecretRef::File(path) => read(path),
        SecretRef::Credential(name) => {
            if name.is_empty() || name.contains('/') || name.starts_with('.') {
                return Err(SecretError::CredentialName(name.clone()));
            }
            let folder = env(CREDENTIALS).ok_or_else(|| SecretError::NoCredentials(name.clone()))?;
            read(&Path::new(&folder).join(name))
        }
    }
}

fn read(path: &Path) -> Result<Secret, SecretError> {
    let io = |source| SecretError::Io { path: path.to_owned(), source };
    // Before opening, because opening a pipe waits for somebody to write to it.
    let metadata = path.metadata().map_err(io)?;
    if !metadata.is_file() {
        return Err(SecretError::NotAFile(path.to_owned()));
    }
    if metadata.permissions().mode() & 0o004 != 0 {
        tracing::warn!(file = %path.display(), "everybody on this machine can read this secret; `chmod 600` it");
    }
    let mut bytes = Vec::new();
    // One byte over the limit shows that there are more; two are a line break.
    File::open(path).and_then(|file| file.take(BYTES as u64 + 3).read_to_end(&mut bytes)).map_err(io)?;
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    }
    checked(bytes, || path.display().to_string())
}

fn checked(bytes: Vec<u8>, place: impl Fn() -> String) -> Result<Secret, SecretError> {
    if bytes.is_empty() {
        return Err(SecretError::Empty(place()));
    }
    if bytes.len() > BYTES {
        return Err(SecretError::TooLong(place()));
    }
    match String::from_utf8(bytes) {
        Ok(line) if !line.contains(char::is_control) => Ok(Secret::new(line)),
        _ => Err(SecretError::NotALine(place())),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const VALUE: &str = "whsec_c2VjcmV0";

    fn file(content: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("hook");
        fs::write(&path, content).expect("written");
        (folder, path)
    }

    #[test]
    fn secrets_come_from_variables_files_and_credentials() {
        let (folder, path) = file(b"whsec_c2VjcmV0\n");
        let env = |name: &str| match name {
            "HOOK" => Some(VALUE.into()),
            CREDENTIALS => Some(folder.path().into()),
            _ => None,
        };
        for place in [
            SecretRef::Given(Secret::new(VALUE.into())),
            SecretRef::Env("HOOK".into()),
            SecretRef::File(path),
            SecretRef::Credential("hook".into()),
        ] {
            assert_eq!(find(&place, env).expect("a secret").expose(), VALUE, "{place:?}");
        }
    }

    #[test]
    fn of_a_file_only_the_last_line_break_is_left_out() {
        for (content, expected) in [(&b" a b \r\n"[..], Some(" a b ")), (b"a", Some("a")), (b"a\n\n", None)] {
            let (_folder, path) = file(content);
            assert_eq!(read(&path).ok().map(|secret| secret.expose().to_owned()).as_deref(), expected);
        }
    }

    #[test]
    fn f132_errors_name_the_place_and_never_the_value() {
        let nothing = |_: &str| None;
        let error = |place: SecretRef| find(&place, nothing).expect_err("no secret").to_string();
        assert!(error(SecretRef::Env("HOOK".into())).contains("`HOOK` is not set"));
        assert!(error(SecretRef::Credential("hook".into())).contains("LoadCredential=hook:"));
        assert!(error(SecretRef::Credential("../etc/passwd".into())).contains("no name of a credential"));
        assert!(error(SecretRef::File("/nowhere/hook".into())).contains("/nowhere/hook"));
        for (content, expected) in [
            (&b""[..], "is empty"),
            (b"\n", "is empty"),
            (b"secret\nlines\n", "not one line"),
            (b"secret\xFF", "not one line"),
            (&[b's'; BYTES + 1], "more than"),
        ] {
            let (_folder, path) = file(content);
            let error = error(SecretRef::File(path.clone()));
            assert!(
                error.contains(expected) && error.contains("hook") && !error.contains("secret\n"),
                "{error}"
            );
            assert!(!error.contains("lines\n") && !error.contains("ssss"));
        }
        let (folder, _path) = file(b"");
        assert!(error(SecretRef::File(folder.path().into())).contains("no regular file"));
    }
}
