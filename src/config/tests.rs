use std::path::{Path, PathBuf};

use super::*;

fn env() -> Environment {
    Environment { working_dir: PathBuf::from("/home/me"), ..Environment::default() }
}

fn parsed(text: &str) -> Result<Checked, Faults> {
    parse(text, Path::new("tidings.toml"), &env())
}

const MINIMAL: &str = "[[listing]]\nid = \"backend\"\nfiles = [\"pages/*.txt\"]\n";

#[test]
fn a_config_of_three_lines_works() {
    let checked = parsed(MINIMAL).expect("a config");
    assert!(checked.warnings.is_empty());
    assert_eq!(checked.config.data_dir, Path::new("/home/me/var"));
}
