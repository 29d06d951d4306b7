//! Lists found without rules.
