//! The journal is the truth: what is damaged of it is said with its place, nothing is touched, and what can be read
//! is saved when an operator asks for that.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::bench::{Image, Left, cut, each, flip};
use crate::child::{Ended, start};
use crate::program::{Home, json_lines, tree};
use crate::support::Inbox;

const FILE: &str = "journal/0001.jsonl";

/// Every file that no refusal may touch.
fn untouched(home: &Home) -> Vec<(String, Vec<u8>)> {
    let all = tree(&home.path("var")).into_iter();
    let ours = |path: &str| path.starts_with("journal") || path.starts_with("public") || path == "state.json";
    all.filter(|(path, _)| ours(path)).collect()
}

/// The ids of the messages that were delivered before any harm: they may come once more, where it is lost that they
/// were delivered.
fn delivered(image: &Image) -> BTreeSet<String> {
    let text = String::from_utf8(image.bytes(&format!("var/{FILE}"))).unwrap();
    let mut ids = BTreeSet::new();
    for line in text.lines().filter(|line| line.contains("\"owes\":")) {
        let json: serde_json::Value = serde_json::from_str(line.split('\t').next().unwrap()).unwrap();
        for fact in ["scan", "health"] {
            let owed = json[fact]["owes"].as_array().into_iter().flatten();
            ids.extend(owed.map(|owed| owed["id"].as_str().unwrap().to_owned()));
        }
    }
    ids
}

fn run(home: &Home, arguments: &[&str], what: &str) -> Ended {
    let ended = start(home, arguments, None).end();
    assert!(!ended.err.contains("panicked"), "{what}: {}", ended.err);
    ended
}

/// A run ends with exit code 5, says what and where, and touches nothing.
#[track_caller]
fn refused(home: &Home, team: &Inbox, place: &str, what: &str) {
    let before = untouched(home);
    for command in [&["scan", "--json"][..], &["run"], &["store", "check"], &["store", "rebuild"]] {
        let ended = run(home, command, what);
        assert_eq!(ended.code(), Some(5), "{what}: {command:?}: {}{}", ended.out, ended.err);
        assert!(ended.err.contains(place), "{what}: {command:?}: {place} is not named: {}", ended.err);
        assert!(ended.err.contains("hint: "), "{what}: {}", ended.err);
        // What a check finds is its result.
        let is_check = command == ["store", "check"];
        assert!(!is_check || ended.out.contains(place), "{what}: {place} is not among {}", ended.out);
        assert!(untouched(home) == before, "{what}: {command:?} touched something");
    }
    assert_eq!(team.all().len(), 0, "{what}");
}

/// Saving what can be read works, nothing is news by that, and it goes on as ever.
#[track_caller]
fn saved(image: &Image, home: &Home, team: &Inbox, what: &str) {
    let before = fs::read(home.path("var").join(FILE)).ok();
    let ended = run(home, &["store", "rebuild", "--skip-bad-lines"], what);
    assert_eq!(ended.code(), Some(0), "{what}: {}{}", ended.out, ended.err);
    let kept = fs::read(home.path("var/journal.broken-1/0001.jsonl")).ok();
    assert!(before == kept, "{what}: the damaged journal is kept as it was");
    let owed = delivered(image);
    for status in ["baseline", "unchanged"] {
        let ended = run(home, &["scan", "--json"], what);
        assert_eq!(ended.code(), Some(0), "{what}: {}{}", ended.out, ended.err);
        for report in json_lines(&ended.out) {
            assert_eq!(report["status"], status, "{what}: {}", ended.out);
        }
    }
    for message in team.all() {
        assert!(owed.contains(&message.id), "{what}: told of something new: {}", message.body);
    }
    home.expect(0, &["store", "check"]);
    let known: BTreeSet<String> =
        home.articles().iter().map(|article| article["title"].as_str().unwrap().to_owned()).collect();
    for page in fs::read_dir(home.path("pages")).unwrap().flatten() {
        let text = fs::read_to_string(page.path()).unwrap();
        for title in text.lines().filter(|line| line.starts_with("How team ")) {
            assert!(known.contains(title), "{what}: {title} is on a page and not known");
        }
    }
}

fn without_index(home: &Home) {
    fs::remove_dir_all(home.path("var/index")).unwrap();
}

/// The number of the line that holds a byte.
fn line_of(image: &Image, byte: usize) -> usize {
    image.bytes(&format!("var/{FILE}"))[..byte].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// A copy without its index, harmed in one place before its last line, is refused with that line and can be saved.
fn middle(what: &str, times: usize, harm: impl Fn(&Path, usize) + Sync) {
    each(times, |round, dice| {
        let image = &Image::all()[round % 3];
        let bytes = image.bytes(&format!("var/{FILE}"));
        let last = bytes[..bytes.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap();
        let byte = dice.below(last - 4_096);
        let what = format!("{what} at byte {byte} ({:?})", image.left);
        let (home, team) = image.copy();
        harm(&home.path("var").join(FILE), byte);
        without_index(&home);
        refused(&home, &team, &format!("0001.jsonl:{}:", line_of(image, byte)), &what);
        saved(image, &home, &team, &what);
    });
}

#[test]
fn f018_bit_flipped_in_the_journal_is_refused_with_its_line_and_can_be_passed_over() {
    middle("a bit flipped", 16, |path, byte| flip(path, byte * 8 + byte % 8));
}

#[test]
fn f018_page_of_the_journal_zeroed_is_refused_with_its_line_and_can_be_passed_over() {
    middle("a page zeroed", 8, |path, byte| {
        // From there on, so that the line is known.
        let mut bytes = fs::read(path).unwrap();
        bytes[byte..byte + 4_096].fill(0);
        fs::write(path, bytes).unwrap();
    });
}

/// With a whole index the old part of the journal is read late or not at all: a run either needs nothing of it, and
/// then publishes what it did before, or refuses. A check finds it either way.
#[test]
fn f018_bit_flipped_under_a_whole_index_is_never_published() {
    each(24, |round, dice| {
        let image = &Image::all()[round % 3];
        let bytes = image.bytes(&format!("var/{FILE}"));
        let byte = dice.below(bytes.len());
        let what = format!("bit of byte {byte} of {} ({:?})", bytes.len(), image.left);
        let (home, team) = image.copy();
        flip(&home.path("var").join(FILE), byte * 8 + round % 8);
        // So that everything is rendered anew.
        if dice.once_in(2) {
            fs::remove_dir_all(home.path("var/public")).unwrap();
        }
        let before = untouched(&home);
        let ended = run(&home, &["scan", "--json"], &what);
        let journal = |(path, _): &&(String, Vec<u8>)| path.starts_with("journal");
        let same = before.iter().filter(journal).eq(untouched(&home).iter().filter(journal));
        assert!(same, "{what}: the journal was touched");
        match ended.code() {
            Some(0) => image.publishes(&home, &what),
            Some(5) => assert!(
                ended.err.contains("0001.jsonl") || ended.err.contains("journal"),
                "{what}: {}",
                ended.err
            ),
            code => panic!("{what}: {code:?}: {}{}", ended.out, ended.err),
        }
        assert_eq!(team.all().len(), 0, "{what}");
        let ended = run(&home, &["store", "check"], &what);
        assert_eq!(ended.code(), Some(5), "{what}: {}{}", ended.out, ended.err);
        assert!(ended.out.contains("0001.jsonl"), "{what}: {}{}", ended.out, ended.err);
    });
}

#[test]
fn f019_journal_cut_behind_what_was_acknowledged_is_refused_and_can_be_saved() {
    each(12, |round, dice| {
        // A process that was killed left no word of how far its journal was.
        let image = &Image::all()[0];
        let bytes = image.bytes(&format!("var/{FILE}"));
        let first = bytes.iter().position(|byte| *byte == b'\n').unwrap();
        let length = first + 1 + dice.below(bytes.len() - first - 1);
        let what = format!("cut to {length} of {} ({:?})", bytes.len(), image.left);
        let (home, team) = image.copy();
        cut(&home.path("var").join(FILE), length);
        if round % 2 == 0 {
            without_index(&home);
        }
        refused(&home, &team, "journal", &what);
        saved(image, &home, &team, &what);
    });
}

#[test]
fn f019_journal_emptied_or_removed_is_never_a_first_run() {
    type Harm<'h> = (&'h str, &'h dyn Fn(&Path));
    for image in Image::all() {
        let harms: [Harm<'_>; 3] = [
            ("emptied", &|var| fs::write(var.join(FILE), b"").unwrap()),
            ("removed", &|var| fs::remove_file(var.join(FILE)).unwrap()),
            ("folder removed", &|var| fs::remove_dir_all(var.join("journal")).unwrap()),
        ];
        for (what, harm) in harms {
            for with_index in [true, false] {
                let (home, team) = image.copy();
                harm(&home.path("var"));
                if !with_index {
                    without_index(&home);
                }
                fs::create_dir_all(home.path("var/journal")).unwrap();
                if what != "folder removed" || image.left == Left::Clean {
                    refused(&home, &team, "journal", what);
                }
                let ended = run(&home, &["store", "rebuild", "--skip-bad-lines"], what);
                assert_eq!(ended.code(), Some(5), "there is nothing to save: {}{}", ended.out, ended.err);
            }
        }
    }
}

#[test]
fn f018_lines_swapped_doubled_or_lost_and_files_lost_are_refused_and_can_be_passed_over() {
    type Change = fn(&mut Vec<String>);
    let changes: [(&str, usize, Change); 4] = [
        ("swapped", 3, |lines| lines.swap(2, 3)),
        ("doubled", 4, |lines| lines.insert(3, lines[2].clone())),
        ("lost", 3, |lines| drop(lines.remove(2))),
        ("the first line lost", 1, |lines| drop(lines.remove(0))),
    ];
    for image in Image::all() {
        for (what, line, change) in changes {
            let (home, team) = image.copy();
            let path = home.path("var").join(FILE);
            let mut lines: Vec<String> =
                fs::read_to_string(&path).unwrap().lines().map(str::to_owned).collect();
            change(&mut lines);
            fs::write(&path, lines.join("\n") + "\n").unwrap();
            without_index(&home);
            refused(&home, &team, &format!("0001.jsonl:{line}:"), what);
            saved(image, &home, &team, what);
        }
        let (home, team) = image.copy();
        let text = fs::read_to_string(home.path("var").join(FILE)).unwrap();
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let third = lines.len() / 3;
        for (number, lines) in (1..).zip([&lines[..third], &lines[third..2 * third], &lines[2 * third..]]) {
            fs::write(home.path(&format!("var/journal/000{number}.jsonl")), lines.concat()).unwrap();
        }
        without_index(&home);
        fs::rename(home.path("var/journal/0002.jsonl"), home.path("aside")).unwrap();
        refused(&home, &team, "0002.jsonl", "a file in the middle lost");
        fs::rename(home.path("aside"), home.path("var/journal/0002.jsonl")).unwrap();
        let ended = run(&home, &["scan", "--json"], "the file is back");
        assert_eq!(ended.code(), Some(0), "{}", ended.err);
        image.publishes(&home, "the file is back");
    }
}
