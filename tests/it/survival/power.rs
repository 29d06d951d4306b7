//! The power is cut. A run is recorded, write by write, and the data folder is made as a disk would leave it at many
//! places: once with only what was flushed, once with every name and length but zeros where nothing was flushed.
//!
//! sled writes its files itself, so there are copies of them from before the cut, whole, older, torn, and none at all.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use tempfile::TempDir;
use tidings::disk::{Act, Verdict, Watch};
use tidings::model::Timestamp;
use tidings::store::EmbeddedStore;

use super::bench::{Bench, copy_folder};
use crate::program::{change_state, pass_for_the_original};

/// How many cycles are recorded. After half of them the store is closed and opened.
const CYCLES: usize = 12;

/// The first operations are those of a new store: the power is cut at each of them.
const CLOSE: usize = 40;

/// After those, at every so manieth.
const APART: usize = 3;

/// sled's pages, as they are lost.
const PAGE: usize = 4_096;

/// What a disk writes at once.
const SECTOR: usize = 512;

/// What was done to a file or folder, relative to the data folder.
enum Op {
    Open(PathBuf),
    Write(PathBuf, usize, Vec<u8>),
    SetLen(PathBuf, usize),
    Sync(PathBuf),
    SyncFolder(PathBuf),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
}

/// Keeps a record of what is done to the journal and to `state.json`.
#[derive(Default)]
struct Recorder {
    data: OnceLock<PathBuf>,
    ops: Mutex<Vec<Op>>,
    /// The index as it was before so many operations.
    indexes: Mutex<Vec<(usize, TempDir)>>,
}

impl Recorder {
    fn count(&self) -> usize {
        self.ops.lock().unwrap().len()
    }
}

impl Watch for Recorder {
    fn before(&self, path: &Path, act: Act<'_>) -> Verdict {
        let data = self.data.get().unwrap();
        if act == Act::Index {
            let copy = tempfile::tempdir().unwrap();
            copy_folder(&data.join("index"), copy.path());
            self.indexes.lock().unwrap().push((self.count(), copy));
            return Verdict::Go;
        }
        let within = |path: &Path| path.strip_prefix(data).unwrap().to_owned();
        let Ok(name) = path.strip_prefix(data) else { return Verdict::Go };
        if ["index", "public", "snapshots", "lock"].iter().any(|other| name.starts_with(other)) {
            return Verdict::Go;
        }
        let path = name.to_owned();
        let op = match act {
            Act::Open => Op::Open(path),
            Act::Write { offset, bytes } => Op::Write(path, offset as usize, bytes.to_vec()),
            Act::SetLen(length) => Op::SetLen(path, length as usize),
            Act::Sync => Op::Sync(path),
            Act::SyncFolder => Op::SyncFolder(path),
            Act::Rename { to } => Op::Rename(path, within(to)),
            Act::Remove => Op::Remove(path),
            Act::Attributes | Act::CreateFolder | Act::RemoveFolder | Act::Index => return Verdict::Go,
        };
        self.ops.lock().unwrap().push(op);
        Verdict::Go
    }
}

/// A file, whatever it is called.
#[derive(Default)]
struct File {
    bytes: Vec<u8>,
    /// Its bytes when it was last flushed.
    flushed: Vec<u8>,
    /// Which of its bytes were written since.
    dirty: Vec<(usize, usize)>,
}

/// The files below the data folder, and what of them is on the disk.
#[derive(Default)]
struct Disk {
    files: Vec<File>,
    names: BTreeMap<PathBuf, usize>,
    flushed: BTreeMap<PathBuf, usize>,
}

impl Disk {
    fn file(&mut self, path: &Path) -> &mut File {
        let file = self.names[path];
        &mut self.files[file]
    }

    fn apply(&mut self, op: &Op) {
        match op {
            Op::Open(path) => {
                if !self.names.contains_key(path) {
                    self.files.push(File::default());
                    self.names.insert(path.clone(), self.files.len() - 1);
                }
            }
            Op::Write(path, offset, bytes) => {
                let file = self.file(path);
                let end = offset + bytes.len();
                file.bytes.resize(file.bytes.len().max(end), 0);
                file.bytes[*offset..end].copy_from_slice(bytes);
                file.dirty.push((*offset, end));
            }
            Op::SetLen(path, length) => self.file(path).bytes.resize(*length, 0),
            Op::Sync(path) => {
                let file = self.file(path);
                file.flushed.clone_from(&file.bytes);
                file.dirty.clear();
            }
            Op::SyncFolder(folder) => {
                let inside = |path: &PathBuf| path.parent() == Some(folder);
                self.flushed.retain(|path, _| !inside(path));
                let names = self.names.iter().filter(|(path, _)| inside(path));
                self.flushed.extend(names.map(|(path, file)| (path.clone(), *file)));
            }
            Op::Rename(from, to) => {
                let file = self.names.remove(from).unwrap();
                self.names.insert(to.clone(), file);
            }
            Op::Remove(path) => drop(self.names.remove(path)),
        }
    }

    /// Only what was flushed.
    fn flushed_only(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let name = |(path, file): (&PathBuf, &usize)| (path.clone(), self.files[*file].flushed.clone());
        self.flushed.iter().map(name).collect()
    }

    /// All names and lengths, and zeros where nothing was flushed.
    fn with_zeros(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let name = |(path, file): (&PathBuf, &usize)| {
            let File { bytes, dirty, .. } = &self.files[*file];
            let mut bytes = bytes.clone();
            for (from, to) in dirty {
                let to = (*to).min(bytes.len());
                bytes[(*from).min(to)..to].fill(0);
            }
            (path.clone(), bytes)
        };
        self.names.iter().map(name).collect()
    }
}

/// The newest of the folders that an index has, whole or not.
fn numbered(all: &Path) -> Option<PathBuf> {
    std::fs::read_dir(all).ok()?.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).max()
}

/// Makes an image's index of the copies from before the cut.
fn index(image: &Path, before: &[&TempDir], variant: usize) {
    let target = image.join("index");
    let db = |copy: &Path| numbered(copy).map(|folder| folder.join("db"));
    let Some(latest) = before.last() else { return };
    let older = before[before.len() / 2];
    match variant {
        0 => copy_folder(latest.path(), &target),
        1 => copy_folder(older.path(), &target),
        2 => {
            copy_folder(latest.path(), &target);
            let read =
                |copy: &TempDir| db(copy.path()).and_then(|db| std::fs::read(db).ok()).unwrap_or_default();
            let (mut torn, older) = (read(latest), read(older));
            for (at, page) in torn.chunks_mut(PAGE).enumerate() {
                let before = older.get(at * PAGE..(at * PAGE + page.len()).min(older.len()));
                if before != Some(page) && at % 2 == 0 {
                    page.fill(0);
                }
            }
            if let Some(db) = db(&target) {
                std::fs::write(db, torn).unwrap();
            }
        }
        _ => {}
    }
}

/// What was recorded.
struct Run {
    bench: Bench,
    recorder: Arc<Recorder>,
    /// What was acknowledged after so many operations.
    acknowledged: Vec<(usize, String)>,
    /// The step whose page was shown from so many operations on.
    steps: Vec<(usize, usize)>,
}

impl Run {
    /// With `compacts`, the journal is compacted and the index copied between the cycles.
    fn record(compacts: bool) -> Self {
        let recorder = Arc::<Recorder>::default();
        let mut bench = Bench::new(recorder.clone());
        recorder.data.set(bench.data()).unwrap();
        let (mut acknowledged, mut steps) = (Vec::new(), vec![(0, 0)]);
        bench.open();
        for step in 0..CYCLES {
            if step == CYCLES / 2 {
                bench.close();
                bench.open();
            }
            steps.push((recorder.count(), step));
            if compacts && step > 0 && step % 5 == 0 {
                bench.store().compact_now(None).unwrap();
                bench.store().rewrite_now().unwrap();
            }
            let known = bench.acknowledged.len();
            bench.cycle(step).is_whole();
            let count = recorder.count();
            acknowledged.extend(bench.acknowledged[known..].iter().map(|title| (count, title.clone())));
        }
        bench.close();
        Self { bench, recorder, acknowledged, steps }
    }

    /// Opens what is left of the data folder after a cut, and looks it over.
    fn survives(&self, files: &BTreeMap<PathBuf, Vec<u8>>, cut: usize, variant: usize, model: &str) {
        let told = format!("cut before operation {cut}, {model}, index {variant}");
        let image = tempfile::tempdir().unwrap();
        std::fs::create_dir(image.path().join("journal")).unwrap();
        for (path, bytes) in files {
            std::fs::write(image.path().join(path), bytes).unwrap();
        }
        // The files are others than those that were recorded, and pass for them.
        if image.path().join("state.json").exists() {
            pass_for_the_original(image.path());
        }
        let indexes = self.recorder.indexes.lock().unwrap();
        let before: Vec<&TempDir> =
            indexes.iter().filter(|(at, _)| *at <= cut).map(|(_, copy)| copy).collect();
        index(image.path(), &before, variant);
        drop(indexes);
        let store = EmbeddedStore::open(image.path(), Timestamp::from_unix(1));
        let store = store.unwrap_or_else(|error| panic!("{told}: {error}"));
        let (_, step) = self.steps.iter().rev().find(|(from, _)| *from <= cut).unwrap();
        let (known, report, told_of) = self.bench.look_over(store, image.path(), *step);
        let acknowledged: BTreeSet<&str> =
            self.acknowledged.iter().filter(|(at, _)| *at <= cut).map(|(_, title)| title.as_str()).collect();
        for title in &acknowledged {
            assert!(known.contains(*title), "{told}: {title} was acknowledged");
        }
        for item in &report.new {
            assert!(!acknowledged.contains(item.title.as_str()), "{told}: {} is announced again", item.title);
        }
        let once: BTreeSet<&String> = told_of.iter().collect();
        assert_eq!(once.len(), told_of.len(), "{told}: {told_of:?}");
        let first = Bench::titles(0);
        assert!(told_of.iter().all(|title| !first.contains(title)), "{told}: {told_of:?}");
    }
}

#[test]
fn f010_what_was_acknowledged_survives_a_power_cut_anywhere() {
    cut_everywhere(&Run::record(false));
}

#[test]
fn f010_what_was_acknowledged_survives_a_power_cut_while_the_journal_is_compacted() {
    cut_everywhere(&Run::record(true));
}

fn cut_everywhere(run: &Run) {
    let count = run.recorder.count();
    assert!(count > CLOSE + 20, "only {count} operations were recorded");
    let mut disk = Disk::default();
    let mut images = 0;
    for cut in 0..=count {
        if cut < CLOSE || cut % APART == 0 || cut == count {
            run.survives(&disk.flushed_only(), cut, images % 4, "only what was flushed");
            run.survives(&disk.with_zeros(), cut, (images + 2) % 4, "zeros where nothing was flushed");
            images += 1;
        }
        if let Some(op) = run.recorder.ops.lock().unwrap().get(cut) {
            disk.apply(op);
        }
    }
}

/// The disk wrote the later sectors of a group and not the earlier ones.
#[test]
fn f010_group_torn_in_its_middle_is_cut_off_unless_it_was_acknowledged() {
    let run = Run::record(false);
    let data = run.bench.data();
    let text = std::fs::read_to_string(data.join("journal/0001.jsonl")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let (before, last) = lines.split_at(lines.len() - 4);
    // As records that were written together, or each alone.
    for is_group in [true, false] {
        let whole = before.join("\n").len() + 1;
        let first: serde_json::Value = serde_json::from_str(last[0].split('\t').next().unwrap()).unwrap();
        let sum = before.last().unwrap().split('\t').nth(1).unwrap();
        let (mut journal, mut crc) = (text[..whole].to_owned(), u32::from_str_radix(sum, 16).unwrap());
        for (at, line) in last.iter().enumerate() {
            let mut json = line.split('\t').next().unwrap().to_owned();
            if is_group && at > 0 {
                json.insert_str(1, &format!("\"group\":{},", first["seq"]));
            }
            crc = crc32c::crc32c_append(crc, json.as_bytes());
            journal += &format!("{json}\t{crc:08x}\n");
        }
        let mut torn = journal.clone().into_bytes();
        torn[whole..(whole + 20).next_multiple_of(SECTOR)].fill(0);
        for is_acknowledged in [true, false] {
            let image = tempfile::tempdir().unwrap();
            std::fs::create_dir(image.path().join("journal")).unwrap();
            let path = image.path().join("journal/0001.jsonl");
            std::fs::write(&path, &torn).unwrap();
            std::fs::copy(data.join("state.json"), image.path().join("state.json")).unwrap();
            change_state(image.path(), |state| {
                if !is_acknowledged {
                    state["seq"] = 2.into();
                }
            });
            let opened = EmbeddedStore::open(image.path(), Timestamp::from_unix(1));
            if is_group && !is_acknowledged {
                run.bench.runtime.block_on(opened.unwrap().close()).unwrap();
                assert!(std::fs::read(&path).unwrap() == torn[..whole]);
                assert!(std::fs::read(image.path().join("journal.torn-1")).unwrap() == torn[whole..]);
            } else {
                // What was written alone, and is followed by another record, was flushed before that.
                let error = opened.unwrap_err().to_string();
                assert!(error.contains(&format!(":{}:", before.len() + 1)), "{error}");
                assert!(std::fs::read(&path).unwrap() == torn, "what is damaged stays as it is");
            }
        }
    }
}
