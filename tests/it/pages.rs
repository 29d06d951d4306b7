//! The pages in a browser: headless Chromium, which shows what strings cannot.
//!
//! Without Chromium the test says that it was skipped; where the environment variable `TIDINGS_REQUIRE` names
//! `chromium` (a list with commas), it fails instead.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The names that Chromium has on the systems we know.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

fn chromium() -> Option<&'static str> {
    let starts =
        |name: &&str| Command::new(name).arg("--version").output().is_ok_and(|done| done.status.success());
    let found = NAMES.into_iter().find(starts);
    if found.is_none() {
        let required = std::env::var("TIDINGS_REQUIRE").unwrap_or_default();
        assert!(
            !required.split(',').any(|name| name.trim() == "chromium"),
            "Chromium is required and missing"
        );
        eprintln!("SKIPPED: no Chromium here, so no page was looked at");
    }
    found
}

/// Chromium, without a window and without the network.
fn browse(chromium: &str, home: &Path, arguments: &[&str], page: &Path) -> Output {
    let done = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--host-resolver-rules=MAP * ~NOTFOUND", "--hide-scrollbars"])
        .arg(format!("--user-data-dir={}", home.join("profile").display()))
        .args(arguments)
        .arg(format!("file://{}", page.display()))
        .output();
    done.unwrap_or_else(|error| panic!("{chromium}: {error}"))
}

/// The published tree of the two listings in `seeds/`.
fn published(home: &Path) -> PathBuf {
    let done = Command::new(env!("CARGO_BIN_EXE_tidings"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["--config", "config/tidings.toml", "--data-dir"])
        .arg(home.join("var"))
        .arg("scan")
        .output()
        .expect("a scan");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    home.join("var/public")
}

#[test]
fn f100_pages_work_in_a_browser_with_and_without_script() {
    let Some(chromium) = chromium() else { return };
    let home = tempfile::tempdir().expect("a folder");
    let public = published(home.path());
    let index = public.join("index.html");
    let article =
        fs::read_dir(public.join("articles")).expect("articles").flatten().next().expect("one").path();
    let dump = |page: &Path| {
        String::from_utf8(browse(chromium, home.path(), &["--dump-dom"], page).stdout).expect("UTF-8")
    };
    let with_script = dump(&index);
    assert!(with_script.contains("id=\"search\" class=\"search\">"), "the script shows the search");
    let asked = public.join("asked.html");
    for (query, found) in [
        ("arch backend", Some("feeds/tags/backend-architecture.html")),
        ("21cto", Some("feeds/sources/21cto.html")),
        ("storage and data", Some("feeds/views/storage.html")),
        ("no such feed", None),
    ] {
        let typed = format!("type=\"search\" value=\"{query}\"");
        let page = fs::read_to_string(&index).expect("a page").replace("type=\"search\"", &typed);
        fs::write(&asked, page).expect("a page");
        let dumped = dump(&asked);
        let said =
            dumped.split("role=\"status\">").nth(1).and_then(|rest| rest.split('<').next()).expect(query);
        let rows: Vec<&str> = dumped.split("<li>\n<a class=\"name\"").skip(1).collect();
        match found {
            Some(path) => {
                assert!(said.starts_with(&format!("{} of ", rows.len())), "{query}: {said}");
                assert!(rows.iter().any(|row| row.contains(path)), "{query}");
            }
            None => assert_eq!((said, rows.len()), ("No feed has that in its name.", 0)),
        }
    }
    fs::remove_file(&asked).expect("a page");
    fs::remove_file(public.join("search.js")).expect("the script");
    let without = dump(&index);
    assert!(without.contains("hidden=\"hidden\""), "no search that does nothing");
    for page in [&with_script, &without] {
        assert!(page.contains("feeds/tags/backend-architecture.html") && page.contains("</html>"));
    }
    for (name, page, size) in [
        ("wide", index.as_path(), "1000,800"),
        ("narrow", &public.join("feeds/all.html"), "500,800"),
        ("article", article.as_path(), "800,600"),
    ] {
        let shot = home.path().join(format!("{name}.png"));
        let arguments = [format!("--window-size={size}"), format!("--screenshot={}", shot.display())];
        browse(chromium, home.path(), &[&arguments[0], &arguments[1]], page);
        let bytes = fs::read(&shot).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(bytes.starts_with(b"\x89PNG"), "{name}");
        // An empty page of this size is 2 to 5 KB: one colour packs well.
        assert!(bytes.len() > 15_000, "{name}: {} bytes look blank", bytes.len());
    }
}
