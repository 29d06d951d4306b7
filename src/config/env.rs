//! What comes to a config from outside its file.

use std::path::PathBuf;

/// A value given outside the file, and what gave it, for messages: `--listen`, `TIDINGS_LISTEN`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The value as typed.
    pub value: String,
    /// The flag or variable.
    pub origin: String,
}

/// What checking a config needs of the world, as values.
///
/// A flag wins over a variable, a variable over the file, the file over the default. `$STATE_DIRECTORY` is the
/// default of `data_dir` under systemd, so the file wins over it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// The working directory, absolute: relative paths are against it.
    pub working_dir: PathBuf,
    /// `$STATE_DIRECTORY`, as systemd sets it: a folder, or several apart by colons of which the first counts.
    pub state_directory: Option<String>,
    /// In place of `data_dir`.
    pub data_dir: Option<Override>,
    /// In place of `site.base_url`.
    pub base_url: Option<Override>,
    /// In place of `serve.listen`.
    pub listen: Option<Override>,
}

impl Environment {
    /// From the environment's variables: `TIDINGS_DATA_DIR`, `TIDINGS_BASE_URL`, `TIDINGS_LISTEN` and
    /// `STATE_DIRECTORY`. Empty ones count as unset.
    #[must_use]
    pub fn new(working_dir: PathBuf, variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let given = |name: &str| set(name).map(|value| Override { value, origin: name.to_owned() });
        Self {
            working_dir,
            state_directory: set("STATE_DIRECTORY"),
            data_dir: given("TIDINGS_DATA_DIR"),
            base_url: given("TIDINGS_BASE_URL"),
            listen: given("TIDINGS_LISTEN"),
        }
    }

    /// This environment with flags of the command line on top; `None` changes nothing.
    #[must_use]
    pub fn with_flags(
        mut self,
        data_dir: Option<String>,
        base_url: Option<String>,
        listen: Option<String>,
    ) -> Self {
        let flag = |value: Option<String>, origin: &str| {
            value.map(|value| Override { value, origin: origin.to_owned() })
        };
        self.data_dir = flag(data_dir, "--data-dir").or(self.data_dir);
        self.base_url = flag(base_url, "--base-url").or(self.base_url);
        self.listen = flag(listen, "--listen").or(self.listen);
        self
    }
}
