//! What a scan costs: of an unchanged file, of one with one new article, and of a page read anew.
//!
//! Times are of the whole scan through the daemon's own cycle with a real store on disk.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use divan::Bencher;
use tidings::config::{Config, Environment, parse};
use tidings::daemon::{App, clock};
use tidings::model::reading::Document;
use tidings::store::EmbeddedStore;

const SEED: &str = include_str!("../seeds/backend-engineering-page-1.txt");

fn main() {
    divan::main();
}

struct Bench {
    _folder: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
    app: Arc<App<EmbeddedStore>>,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("page.txt"), SEED).expect("a page");
        let text = "[[listing]]\nid = \"page\"\nfiles = [\"page.txt\"]\ntags = [\"Backend Engineering\"]\n";
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let app = runtime.block_on(App::open(config(text, folder.path()))).expect("an app");
        let bench = Self { _folder: folder, runtime, app: Arc::new(app) };
        bench.scan(&pages(SEED.into()));
        bench
    }

    fn scan(&self, pages: &[Document]) {
        let spec = &self.app.config.listings[0].spec;
        let scan = self.app.scan_pages(spec, pages, clock());
        divan::black_box(self.runtime.block_on(scan).expect("a scan"));
    }
}

fn config(text: &str, folder: &Path) -> Config {
    let env = Environment { working_dir: folder.to_owned(), ..Environment::default() };
    parse(text, Path::new("bench.toml"), &env).expect("a config").config
}

fn pages(text: String) -> Vec<Document> {
    vec![Document::new("page.txt", text.into_bytes())]
}

/// The bytes are there already; everything after reading the file.
#[divan::bench]
fn unchanged(bencher: Bencher<'_, '_>) {
    let bench = Bench::new();
    let pages = pages(SEED.into());
    bencher.bench_local(|| bench.scan(&pages));
}

/// The whole of it, the file's reading included.
#[divan::bench]
fn unchanged_with_file(bencher: Bencher<'_, '_>) {
    let bench = Bench::new();
    let spec = bench.app.config.listings[0].spec.clone();
    bencher.bench_local(|| {
        divan::black_box(bench.runtime.block_on(bench.app.scan(&spec, None)).expect("a scan"))
    });
}

/// Other like counts: read, compared, nothing journaled.
#[divan::bench]
fn likes_changed(bencher: Bencher<'_, '_>) {
    let bench = Bench::new();
    let count = AtomicUsize::new(0);
    bencher
        .with_inputs(|| {
            pages(SEED.replace("0 likes", &format!("{} likes", count.fetch_add(1, Ordering::Relaxed) + 1)))
        })
        .bench_local_values(|pages| bench.scan(&pages));
}

/// One more article: read, compared, split, committed with an fsync.
#[divan::bench]
fn one_new(bencher: Bencher<'_, '_>) {
    let bench = Bench::new();
    let count = AtomicUsize::new(0);
    bencher
        .with_inputs(|| {
            let n = count.fetch_add(1, Ordering::Relaxed);
            let entry = format!(
                "Page 1 of 1\nSome Source\nSome Source\nMay 3, 2026 · Backend Development\n\nAn article with the number \
                 {n}\n\nIts summary.\n\nBackend EngineeringJavaKafka\n0 likes · 5 min read\nAn article with the number {n}"
            );
            pages(SEED.replacen("Page 1 of 1", &entry, 1))
        })
        .bench_local_values(|pages| bench.scan(&pages));
}
