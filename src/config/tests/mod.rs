mod documents;
mod faults;
mod manner;
mod network;
mod secrets;
mod targets;
mod values;

use std::path::{Path, PathBuf};

use super::*;

const MINIMAL: &str = "[[listing]]\nid = \"backend\"\nfiles = [\"pages/*.txt\"]\n";

fn env() -> Environment {
    Environment { working_dir: PathBuf::from("/home/me"), ..Environment::default() }
}

fn parsed(text: &str) -> Result<Checked, Faults> {
    parse(text, Path::new("tidings.toml"), &env())
}

fn config(text: &str) -> Config {
    match parsed(text) {
        Ok(checked) => checked.config,
        Err(faults) => panic!("{}", faults.render(false)),
    }
}

/// Every finding as `line:column message (hint)`, whether it is an error or a warning.
fn findings(text: &str) -> Vec<String> {
    let faults = parsed(text).map_or_else(|faults| faults, |checked| checked.warnings);
    let line = |fault: &ConfigFault| {
        let hint = fault.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
        format!("{}:{} {}{hint}", fault.line, fault.column, fault.message)
    };
    faults.as_slice().iter().map(line).collect()
}
