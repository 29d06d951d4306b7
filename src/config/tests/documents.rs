//! The files in `config/` against the program.

use toml::de::DeTable;

use super::super::raw::KEYS;
use super::*;

const REFERENCE: &str = include_str!("../../../config/reference.toml");
const EXAMPLE: &str = include_str!("../../../config/tidings.toml");

#[test]
fn the_example_is_sound() {
    let checked = parsed(EXAMPLE).unwrap_or_else(|faults| panic!("{}", faults.render(false)));
    assert!(checked.warnings.is_empty(), "{}", checked.warnings.render(false));
    let ids: Vec<&str> = checked.config.listings.iter().map(|listing| listing.spec.id.as_str()).collect();
    assert_eq!(ids, ["backend-architecture", "backend-engineering"]);
}

#[test]
fn the_reference_is_sound_and_holds_every_key() {
    let checked = parsed(REFERENCE).unwrap_or_else(|faults| panic!("{}", faults.render(false)));
    assert!(checked.warnings.is_empty(), "{}", checked.warnings.render(false));
    let table = DeTable::parse(REFERENCE).expect("TOML").into_inner();
    for (section, keys) in KEYS {
        for key in *keys {
            // In `[defaults]` one of `schedule` and `every` can stand only in a comment, and what has no default; so do
            // such keys of `[network]`.
            let commented = ["schedule", "day_first", "date_formats", "language"].contains(key);
            let comment = *section == "network" && REFERENCE.contains(&format!("\n# {key} = "));
            let shown = has(&table, section, key) || (commented && has(&table, "listing", key)) || comment;
            let own = *section != "listing" || !has(&table, "defaults", key);
            assert!(shown || !own, "`{key}` of [{section}] is not in reference.toml");
        }
    }
}

/// Whether `key` stands in a table called `section`.
fn has(root: &DeTable<'_>, section: &str, key: &str) -> bool {
    let all = |name: &str| -> Vec<&DeTable<'_>> {
        let Some(value) = root.get(name).map(|value| value.get_ref()) else { return Vec::new() };
        match value.as_array() {
            Some(tables) => tables.iter().filter_map(|table| table.get_ref().as_table()).collect(),
            None => value.as_table().into_iter().collect(),
        }
    };
    let below = |name: &str, key: &str| -> Vec<&DeTable<'_>> {
        all(name).into_iter().filter_map(|table| table.get(key)?.get_ref().as_table()).collect()
    };
    let tables = match section {
        "" => vec![root],
        "html" | "json" => below("listing", section),
        "field" => {
            let rules = below("listing", "html").into_iter();
            rules.filter_map(|rules| rules.get("summary")?.get_ref().as_table()).collect()
        }
        "when" => below("view", "when"),
        _ => all(section),
    };
    tables.iter().any(|table| table.get(key).is_some())
}

#[test]
fn values_in_the_reference_are_the_defaults() {
    let (reference, empty) = (config(REFERENCE), config(""));
    assert_eq!(reference.data_dir, empty.data_dir);
    assert_eq!(reference.site, empty.site);
    assert_eq!(reference.serve, empty.serve);
    assert_eq!(reference.keep, empty.keep);
    assert_eq!(reference.network, empty.network);
    let start = REFERENCE.find("\n[defaults]").expect("[defaults]");
    let end = REFERENCE.find("\n[[listing]]").expect("[[listing]]");
    let with_defaults = format!("{}{MINIMAL}", &REFERENCE[start..end]);
    assert_eq!(config(&with_defaults).listings, config(MINIMAL).listings);
}

#[test]
fn every_key_is_read_and_its_type_checked() {
    for (section, keys) in KEYS {
        for key in *keys {
            let wrong = format!("{key} = 1979-05-27\n");
            let text = match *section {
                "" => wrong,
                "listing" => format!("[[listing]]\n{wrong}"),
                "view" => format!("[[view]]\n{wrong}"),
                "target" => format!("[[target]]\n{wrong}"),
                "html" => format!("[[listing]]\n[listing.html]\n{wrong}"),
                "field" => format!("[[listing]]\n[listing.html.title]\n{wrong}"),
                "when" => format!("[[view]]\n[view.when]\n{wrong}"),
                "json" => format!("[[listing]]\n[listing.json]\n{wrong}"),
                _ => format!("[{section}]\n{wrong}"),
            };
            let found = findings(&text);
            assert!(
                found.iter().any(|fault| fault.contains(&format!("`{key}` must be"))),
                "{section}.{key}: {found:?}"
            );
        }
    }
}

#[test]
fn values_of_one_type_have_one_name() {
    for (value, name) in
        [("\"x\"", "a string"), ("1.5", "a number with a fraction"), ("{}", "a table"), ("[]", "a list")]
    {
        let faults = parsed(&format!("[site]\nwindow = {value}\n")).expect_err("a fault");
        assert_eq!(faults.as_slice()[1].label, format!("this is {name}"));
    }
}
