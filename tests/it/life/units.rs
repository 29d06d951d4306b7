//! The systemd units, by systemd's own judgement.

use std::fs;
use std::path::Path;
use std::process::Command;

/// The greatest exposure: 1.5, as `systemd-analyze` counts it in tenths.
const EXPOSURE: &str = "--threshold=15";

/// Whether there is a systemd to ask; in a test run that requires one (`TIDINGS_REQUIRE=systemd`), there must be.
fn is_there() -> bool {
    let found = Command::new("systemd-analyze").arg("--version").output().is_ok();
    let required =
        std::env::var("TIDINGS_REQUIRE").is_ok_and(|list| list.split(',').any(|one| one == "systemd"));
    assert!(found || !required, "systemd-analyze is required and missing");
    if !found {
        eprintln!("SKIPPED: there is no systemd-analyze");
    }
    found
}

/// The units in a folder of their own, starting the program that was just built.
fn units() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd")).unwrap().flatten() {
        let text = fs::read_to_string(entry.path()).unwrap();
        let text = text.replace("/usr/bin/tidings", env!("CARGO_BIN_EXE_tidings"));
        fs::write(folder.path().join(entry.file_name()), text).unwrap();
    }
    folder
}

fn analyze(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new("systemd-analyze").args(arguments).current_dir(folder).output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    (output.status.success(), said)
}

#[test]
fn units_are_verified_without_a_word() {
    if is_there() {
        let folder = units();
        let units = ["./tidings.service", "./tidings-scan.service", "./tidings-scan.timer"];
        let said = analyze(folder.path(), &[&["verify"], units.as_slice()].concat());
        assert_eq!(said, (true, String::new()));
    }
}

#[test]
fn units_expose_little() {
    if is_there() {
        let folder = units();
        for unit in ["./tidings.service", "./tidings-scan.service"] {
            let (good, said) = analyze(folder.path(), &["security", "--offline=yes", EXPOSURE, unit]);
            assert!(good, "{unit}: {said}");
        }
    }
}

#[test]
fn every_directive_of_a_unit_says_why() {
    let folder = units();
    for unit in ["tidings.service", "tidings-scan.service", "tidings-scan.timer"] {
        let text = fs::read_to_string(folder.path().join(unit)).unwrap();
        for block in text.split("\n\n").filter(|block| !block.starts_with("[Install]")) {
            let body =
                block.lines().filter(|line| !line.starts_with('[') && !line.starts_with("Description="));
            let first = body.into_iter().next();
            assert!(first.is_none_or(|line| line.starts_with('#')), "{unit}: {block}");
        }
    }
}
