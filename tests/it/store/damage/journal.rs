//! The journal is the truth: a torn end is cut off, any other damage is said, and passed over only when asked.

use super::*;

/// The whole lines of the journal, and what the last record was before it was acknowledged.
fn unacknowledged() -> (Folder, Vec<u8>, usize) {
    let folder = Folder::filled();
    let bytes = std::fs::read(journal_file(folder.dir.path())).expect("is there");
    let last = bytes[..bytes.len() - 1].iter().rposition(|byte| *byte == b'\n').expect("two lines") + 1;
    remove_index(folder.dir.path());
    let lines = journal_lines(folder.dir.path()).len();
    set_state(folder.dir.path(), |state| state["seq"] = (lines - 1).into());
    (folder, bytes, last)
}

#[test]
fn f017_torn_last_line_is_cut_off() {
    let (folder, bytes, last) = unacknowledged();
    let length = bytes.len() - last;
    let cuts =
        [0, 1, 2, length / 3, length / 2, length - 12, length - 10, length - 9, length - 2, length - 1];
    for cut in cuts {
        let copy = folder.copy();
        let path = journal_file(copy.path());
        std::fs::write(&path, &bytes[..last + cut]).expect("is written");
        block_on(async {
            let store = open(copy.path()).unwrap_or_else(|error| panic!("{cut} bytes: {error}"));
            let (articles, _) = remembered(&store).await.expect("reads");
            assert_eq!(articles[..], folder.remembered.0[..articles.len()]);
            assert_eq!(articles.len() + 1, folder.remembered.0.len());
            assert_eq!(std::fs::read(&path).expect("is there").len(), last, "{cut} bytes of a line");
            let (spec, page) = (&folder.specs[0], &folder.pages[0]);
            let proposal = propose(&store, spec, page, false, start().plus(90_000)).await.expect("declared");
            let committed = store.commit_scan(proposal).await.expect("commits");
            assert_eq!(committed.new.len(), 1, "what was never acknowledged is found again");
            store.close().await.expect("closes");
            let store = open(copy.path()).expect("opens");
            assert_eq!(store.article_count().await.expect("reads"), folder.remembered.0.len());
            store.close().await.expect("closes");
        });
    }
}

#[test]
fn acknowledged_end_that_is_missing_is_damage() {
    let folder = Folder::filled();
    let bytes = std::fs::read(journal_file(folder.dir.path())).expect("is there");
    let last = bytes[..bytes.len() - 1].iter().rposition(|byte| *byte == b'\n').expect("two lines") + 1;
    for (cut, with_index) in [(last, true), (last, false), (last + 20, true), (last + 20, false)] {
        let copy = folder.copy();
        std::fs::write(journal_file(copy.path()), &bytes[..cut]).expect("is written");
        if !with_index {
            remove_index(copy.path());
        }
        let before = truth(copy.path());
        let error = open(copy.path()).expect_err("an acknowledged record is missing");
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
        let error = EmbeddedStore::rebuild(copy.path(), start(), false).expect_err("still missing");
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
        assert!(truth(copy.path()) == before, "nothing was touched");
        goes_on_quietly(&folder, copy.path(), "the end of the journal is missing");
    }
}

/// Rebuilding without bad lines works, announces nothing, says so in health, and uses no number twice.
fn goes_on_quietly(folder: &Folder, path: &Path, reason: &str) {
    let acknowledged: serde_json::Value =
        serde_json::from_slice(&std::fs::read(path.join("state.json")).expect("is there")).expect("JSON");
    block_on(async {
        let later = start().plus(800_000);
        let store = EmbeddedStore::rebuild(path, later, true).expect("rebuilds");
        let events = store.health_events().await.expect("reads");
        let said: Vec<&str> = events.iter().map(|event| event.listing.as_str()).collect();
        assert_eq!(said, ["b", "a"], "once for each listing");
        assert!(events[0].reason.contains(reason), "{}", events[0].reason);
        assert!(events[0].seq > acknowledged["seq"].as_u64().expect("a number"));
        folder.brings_nothing(&store, true).await;
        store.close().await.expect("closes");
        let store = open(path).expect("opens");
        assert_eq!(store.health_events().await.expect("reads").len(), 2, "said once");
        let titles = |articles: &[Article]| {
            let mut titles: Vec<String> = articles.iter().map(|article| article.title.clone()).collect();
            titles.sort();
            titles
        };
        let (articles, _) = remembered(&store).await.expect("reads");
        assert_eq!(titles(&articles), titles(&folder.remembered.0), "all is remembered again");
        store.close().await.expect("closes");
    });
    assert!(path.join("journal.broken-1/0001.jsonl").exists(), "the old journal is kept");
}

type Harm = fn(&mut Vec<String>);

#[test]
fn f018_damaged_middle_line_stops_with_its_place_and_can_be_skipped() {
    let harms: [(&str, usize, Harm); 7] = [
        ("a letter of a text", 4, |lines| lines[3] = lines[3].replacen("2016", "2o16", 1)),
        ("a digit of its checksum", 4, |lines| {
            let end = if lines[3].ends_with('0') { "1" } else { "0" };
            let length = lines[3].len();
            lines[3].replace_range(length - 1.., end);
        }),
        ("no checksum", 4, |lines| lines[3].truncate(60)),
        ("a line is missing", 4, |lines| drop(lines.remove(3))),
        ("two lines are swapped", 4, |lines| lines.swap(3, 4)),
        ("a line is there twice", 5, |lines| lines.insert(4, lines[3].clone())),
        ("an empty line", 4, |lines| lines.insert(3, String::new())),
    ];
    let folder = Folder::filled();
    for (name, place, harm) in harms {
        let copy = folder.copy();
        let mut lines = journal_lines(copy.path());
        harm(&mut lines);
        write_lines(copy.path(), &lines);
        remove_index(copy.path());
        let before = truth(copy.path());
        let error = open(copy.path()).expect_err(name);
        let StoreError::Damaged { file, line, .. } = &error else { panic!("{name}: {error}") };
        assert_eq!((file, *line), (&journal_file(copy.path()), place as u64), "{name}");
        assert!(error.hint().is_some_and(|hint| hint.contains("--skip-bad-lines")));
        assert!(truth(copy.path()) == before, "{name}: nothing was touched");
        goes_on_quietly(&folder, copy.path(), "damaged lines of the journal were skipped");
    }
}

#[test]
fn lost_first_record_is_made_again_from_the_state() {
    let folder = Folder::filled();
    let mut lines = journal_lines(folder.dir.path());
    lines[0] = lines[0].replacen("store", "st0re", 1);
    write_lines(folder.dir.path(), &lines);
    remove_index(folder.dir.path());
    open(folder.dir.path()).expect_err("the first record is damaged");
    block_on(async {
        let store = EmbeddedStore::rebuild(folder.dir.path(), start(), true).expect("rebuilds");
        assert_eq!(remembered(&store).await.expect("reads").1[0].id, folder.remembered.1[0].id);
        store.close().await.expect("closes");
    });
}

/// Cuts the journal into three files; the chain of checksums goes on over them.
fn in_files(folder: &Path) {
    let lines = journal_lines(folder);
    let (first, rest) = lines.split_at(3);
    let (second, third) = rest.split_at(2);
    for (number, lines) in [(1, first), (2, second), (3, third)] {
        let path = folder.join(format!("journal/{number:04}.jsonl"));
        std::fs::write(path, lines.join("\n") + "\n").expect("is written");
    }
    remove_index(folder);
}

#[test]
fn journal_of_several_files_is_read_in_order() {
    let folder = Folder::filled();
    in_files(folder.dir.path());
    block_on(async {
        for _ in 0..2 {
            let store = open(folder.dir.path()).expect("opens");
            folder.is_whole(&store).await;
            store.close().await.expect("closes");
        }
    });
}

#[test]
fn missing_file_in_the_middle_is_damage_and_can_be_skipped() {
    let folder = Folder::filled();
    let copy = folder.copy();
    in_files(copy.path());
    std::fs::remove_file(copy.path().join("journal/0002.jsonl")).expect("is there");
    let error = open(copy.path()).expect_err("a file is missing");
    assert!(
        error.to_string().contains("0002.jsonl") && matches!(error, StoreError::Damaged { .. }),
        "{error}"
    );
    goes_on_quietly(&folder, copy.path(), "damaged lines of the journal were skipped");
}

#[test]
fn files_of_two_stores_mixed_are_damage() {
    let (folder, other) = (Folder::filled(), Folder::filled());
    let copy = folder.copy();
    remove_index(copy.path());
    let foreign = std::fs::read(journal_file(other.dir.path())).expect("is there");
    std::fs::write(copy.path().join("journal/0002.jsonl"), foreign).expect("is written");
    let error = open(copy.path()).expect_err("two chains");
    let StoreError::Damaged { file, line, .. } = &error else { panic!("{error}") };
    assert_eq!((file, *line), (&copy.path().join("journal/0002.jsonl"), 1));
    let copy = folder.copy();
    std::fs::copy(journal_file(other.dir.path()), journal_file(copy.path())).expect("copies");
    let error = open(copy.path()).expect_err("another store's journal");
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
}
