//! Documents that would rot: what they say is compared with what is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Fenced blocks of a kind in a Markdown text.
fn blocks(text: &str, kind: &str) -> Vec<String> {
    let fence = format!("```{kind}\n");
    text.split(&fence).skip(1).filter_map(|rest| rest.split("```").next()).map(str::to_owned).collect()
}

#[test]
fn readme_configs_are_good() {
    let env = tidings::config::Environment { working_dir: root().to_owned(), ..Default::default() };
    let configs = blocks(&read("README.md"), "toml");
    assert!(configs.len() >= 2);
    for config in configs {
        let checked = tidings::config::parse(&config, Path::new("README.md"), &env);
        assert!(checked.is_ok(), "{}", checked.err().map(|faults| faults.render(false)).unwrap_or_default());
    }
}

#[test]
fn document_of_chats_has_a_good_config_of_every_kind() {
    let env = tidings::config::Environment { working_dir: root().to_owned(), ..Default::default() };
    let text = read("docs/chats.md");
    let config = blocks(&text, "toml").join("\n");
    let checked = tidings::config::parse(&config, Path::new("chats.md"), &env);
    let checked = checked.unwrap_or_else(|faults| panic!("{}", faults.render(false)));
    let mut kinds: Vec<_> = checked.config.targets.iter().map(|target| target.kind()).collect();
    kinds.push(tidings::model::target::TargetKind::Generic);
    kinds.sort();
    let mut all = tidings::model::target::TargetKind::ALL;
    all.sort();
    assert_eq!(kinds, all);
    for kind in all.into_iter().skip(1) {
        assert!(text.contains(&format!("| `{}` |", kind.name())), "{kind:?} is not in the table");
    }
}

#[test]
fn readme_names_every_command_and_exit_code() {
    let readme = read("README.md");
    let help = Command::new(env!("CARGO_BIN_EXE_tidings")).arg("--help").output().expect("help");
    let help = String::from_utf8(help.stdout).expect("text");
    let commands =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    for command in
        commands.filter_map(|line| line.split_whitespace().next()).filter(|command| *command != "help")
    {
        assert!(readme.contains(command), "the README does not name `{command}`");
    }
    for code in 0..=8 {
        assert!(
            readme.contains(&format!("{code} ")) && help.contains(&format!("{code} ")),
            "exit code {code}"
        );
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut wrong = Vec::new();
    for document in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "docs/chats.md",
        "docs/fetching.md",
        "docs/formats.md",
        "docs/performance.md",
        "config/README.md",
        "systemd/README.md",
    ] {
        let text = read(document);
        let home = root().join(document).parent().map(PathBuf::from).expect("a folder");
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap_or_default();
            if !path.is_empty() && !path.contains("://") && !home.join(path).exists() {
                wrong.push(format!("{document}: {link}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// ARCHITECTURE.md names the test behind each promise as `module::test_name`; each must exist.
#[test]
fn architecture_names_tests_that_exist() {
    let text = read("ARCHITECTURE.md");
    let mut code = String::new();
    let mut folders = vec![root().join("src"), root().join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                code.push_str(&fs::read_to_string(path).expect("a source file"));
            }
        }
    }
    let promises =
        text.split("## Promises").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("a section");
    let names: Vec<&str> =
        promises.split('`').skip(1).step_by(2).filter(|name| name.contains("::")).collect();
    assert!(names.len() >= 9, "every promise names its tests: {names:?}");
    for name in names {
        let test = name.rsplit("::").next().unwrap_or_default();
        // Those of the store's contract are generic over the store.
        let is_there = ["(", "<"].iter().any(|next| code.contains(&format!("fn {test}{next}")));
        assert!(is_there, "there is no test `{name}`");
    }
}
