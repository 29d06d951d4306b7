//! Secrets: values that no log, error or page shows.

use secrecy::{ExposeSecret, SecretString};

/// A value that is not shown: its `Debug` form says nothing, and it has no other. Wiped from memory when dropped.
#[derive(Clone, Debug)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a value.
    #[must_use]
    pub fn new(value: String) -> Self {
        Self(SecretString::from(value))
    }

    /// The value. Whoever takes it must not show it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// For telling whether a config changed; takes no care of timing.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f132_a_secret_is_not_shown() {
        let secret = Secret::new("whsec_c2VjcmV0".into());
        assert!(!format!("{secret:?}").contains("c2Vj"));
        assert_eq!(secret.expose(), "whsec_c2VjcmV0");
    }
}
