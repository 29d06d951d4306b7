//! A world in which the daemon's own code runs: pages, a disk, a network and a clock that a test owns.

mod moving;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use tidings::config::Listing;
use tidings::daemon::approval::ApprovalError;
use tidings::daemon::drain;
use tidings::daemon::publishing::{Published, PublishingError};
use tidings::daemon::report::ScanReport;
use tidings::model::{Article, Delivery, Message, Timestamp};
use tidings::store::{Decision, Store, StoreError, Wanted};
use tokio::task::JoinSet;

use super::dice::Dice;
use super::faults::Faults;
use super::house::{House, Process, Wall};
use super::model::{Model, Outcome, Scanned, hold};
use super::network::Network;
use super::pages::{Pages, SITES};
use super::settings::Settings;
use super::step::{Choice, Lost, SLOTS, Step, TARGETS, Work};
use super::tree::Tree;
use crate::program::files;

/// Bytes that one step may add to the journal.
const JOURNAL_STEP: u64 = 1 << 20;

/// Steps after which everything remembered is looked at.
const LOOK: usize = 50;

pub(super) struct World<H: House> {
    folder: tempfile::TempDir,
    pub(super) pages: Pages,
    settings: Settings,
    faults: Faults,
    network: Network,
    wall: Wall,
    dice: Dice,
    model: Model,
    tree: Tree,
    process: Option<Process<H::Store>>,
    steps: usize,
    seq: u64,
    journal: u64,
}

/// What is asked of the daemon, by what it failed with.
type Asked<T> = Result<T, String>;

fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl<H: House> World<H> {
    pub(super) fn new(seed: u64) -> Result<Self, String> {
        // The jitter of tries.
        fastrand::seed(seed);
        let shared = PathBuf::from("/dev/shm");
        let folder = tempfile::Builder::new().prefix("tidings-sim-").tempdir_in(shared);
        let folder = folder.or_else(|_| tempfile::tempdir()).unwrap();
        let mut world = Self {
            pages: Pages::new(&folder.path().join("pages")),
            folder,
            settings: Settings::default(),
            faults: Faults::default(),
            network: Network::new(seed),
            wall: Wall::new(),
            dice: Dice(seed ^ 0x5EED),
            model: Model::default(),
            tree: Tree::default(),
            process: None,
            steps: 0,
            seq: 0,
            journal: 0,
        };
        world.boot()?;
        Ok(world)
    }

    fn process(&self) -> &Process<H::Store> {
        self.process.as_ref().unwrap()
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("var")
    }

    fn now(&self) -> Timestamp {
        self.wall.now()
    }

    fn start(&self) -> Asked<Process<H::Store>> {
        let config = self.settings.config(self.folder.path(), &self.pages);
        Process::start::<H>(&self.faults.disk(), config, &self.wall)
    }

    /// Starts the process; one that a broken disk keeps from starting starts when the disk is whole again.
    fn boot(&mut self) -> Outcome {
        let process = match self.start() {
            Ok(process) => process,
            Err(error) => {
                hold!(self.faults.clear(), "it does not start: {error}");
                self.start().map_err(|again| format!("it does not start ({error}), nor later: {again}"))?
            }
        };
        self.process = Some(process);
        self.find_out()
    }

    /// The model hears what is remembered, where it did not see the end of something.
    fn find_out(&mut self) -> Outcome {
        let articles = self.articles()?;
        let process = self.process();
        let baselined: Vec<Option<bool>> = (0..SLOTS)
            .map(|at| {
                let past = process.runtime.block_on(process.app.store.past(&self.settings.id(at)));
                past.ok().map(|past| past.baseline.is_some())
            })
            .collect();
        self.model.found(&self.pages, &articles, &baselined)
    }

    /// The process is killed; with `power`, what was not flushed is lost.
    fn kill(&mut self, power: bool) -> Outcome {
        if !H::LASTS {
            return Ok(());
        }
        drop(self.process.take());
        self.faults.clear();
        if power {
            self.faults.cut_power(&mut self.dice);
        }
        // What was owed within the second of its start is taken for its own.
        self.wall.pass(1);
        self.boot()
    }

    /// The daemon failed at something. It may where the disk did; then it is started again, as systemd would.
    fn trouble(&mut self, error: &str) -> Outcome {
        hold!(self.faults.fired(), "nothing was wrong with the disk, and: {error}");
        if self.dice.below(2) == 0 {
            // It mends itself once the disk is whole again, though not at the first request: it tries at intervals.
            self.faults.clear();
            return self.mended();
        }
        self.kill(false)
    }

    /// Waits until the store remembers and answers again.
    fn mended(&self) -> Outcome {
        let process = self.process();
        let begun = std::time::Instant::now();
        loop {
            let store = &process.app.store;
            let whole = process.runtime.block_on(async {
                store.retag(Vec::new(), self.now()).await?;
                store.articles(0, 1).await
            });
            let Err(error) = whole else { return Ok(()) };
            hold!(begun.elapsed().as_secs() < 20, "the disk is whole, and the store is not mended: {error}");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    fn articles(&self) -> Asked<Vec<Article>> {
        let process = self.process();
        process.runtime.block_on(process.app.store.articles(0, usize::MAX)).map_err(said)
    }

    /// Takes one step, and checks everything that must hold after it.
    pub(super) fn step(&mut self, step: Step) -> Outcome {
        self.steps += 1;
        match step {
            Step::Page(at, edit) => self.pages.edit(at, edit),
            Step::Wait(seconds) => self.wall.pass(seconds),
            Step::Due => self.due()?,
            Step::Scan(at) => self.scan(&[at])?,
            Step::Both(at) => {
                let both: Vec<usize> = (0..SLOTS).filter(|other| SITES[*other] == SITES[at]).collect();
                self.scan(&both)?;
            }
            Step::Config(change) => {
                let before = self.listed();
                self.settings.change(change);
                self.relisted(&before);
                self.configure()?;
            }
            Step::Decide(choice, pick) => self.decide(choice, pick)?,
            Step::Publish => self.publish()?,
            Step::Drain => self.drain()?,
            Step::Network(at, mood) => self.network.set(&Settings::target(at), mood),
            Step::Die { at, after, power } => self.die(at, after, power)?,
            Step::Restart => self.restart()?,
            Step::Lose(lost) => self.lose(lost)?,
            Step::Forget(days) => self.forget(days)?,
            Step::Move(way) => self.move_by(way)?,
            Step::Fault { after, how, lasting } if H::LASTS => self.faults.fail(after, how, lasting),
            Step::Fault { .. } => {}
        }
        self.check()
    }

    fn check(&mut self) -> Outcome {
        let process = self.process();
        // It looks at what may have to be published, and tells how far the store is.
        let known = match process.runtime.block_on(process.app.store.unpublished([0; 16])) {
            Ok(known) => known,
            Err(error) => return self.trouble(&error.to_string()),
        };
        hold!(known.upto >= self.seq, "the store was at record {} and is at {}", self.seq, known.upto);
        self.seq = known.upto;
        if H::LASTS {
            let size = |name: &String| {
                fs::metadata(self.data().join("journal").join(name)).map_or(0, |file| file.len())
            };
            let journal = files(&self.data().join("journal")).iter().map(size).sum();
            hold!(
                journal <= self.journal + JOURNAL_STEP,
                "the journal grew from {} to {journal}",
                self.journal
            );
            self.journal = journal;
        }
        if self.steps.is_multiple_of(LOOK) { self.look() } else { Ok(()) }
    }

    /// Looks at everything remembered, and at everything written.
    fn look(&self) -> Outcome {
        self.model.remembered(&self.articles()?)?;
        self.held_is_known()?;
        let mut written: Vec<String> = Vec::new();
        for folder in [self.folder.path().to_owned(), self.data()] {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                written.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        let ours = ["pages", "var", "journal", "index", "public", "snapshots", "state.json", "lock"];
        let strange: Vec<&String> = written
            .iter()
            .filter(|name| !ours.contains(&name.as_str()) && !name.starts_with("index"))
            .filter(|name| !name.starts_with("state.json") && !name.starts_with(".state.json"))
            .collect();
        hold!(strange.is_empty(), "written, and nobody knows why: {strange:?}");
        for entry in fs::read_dir(self.data().join("snapshots")).into_iter().flatten().flatten() {
            let kept = fs::read_dir(entry.path()).map_or(0, Iterator::count);
            hold!(kept <= 8, "{kept} readings are kept in {:?}", entry.path());
        }
        Ok(())
    }

    fn listing(&self, at: usize) -> Option<Listing> {
        let id = self.settings.id(at);
        self.process().app.config.listings.iter().find(|listing| listing.spec.id == id).cloned()
    }

    /// Scans listings, all at once; what failed with the disk is given back.
    fn look_at(&mut self, looks: Vec<(Listing, Option<Timestamp>)>) -> Asked<()> {
        let process = self.process();
        let slots: Vec<usize> = looks.iter().map(|(listing, _)| Settings::slot(&listing.spec.id)).collect();
        let app = &process.app;
        let ends: Vec<Result<ScanReport, StoreError>> = process.runtime.block_on(async {
            let mut scans = JoinSet::new();
            for (at, (listing, due)) in looks.into_iter().enumerate() {
                let app = Arc::clone(app);
                scans.spawn(async move { (at, app.scan(&listing.spec, due).await) });
            }
            let mut ends = scans.join_all().await;
            ends.sort_by_key(|(at, _)| *at);
            ends.into_iter().map(|(_, end)| end).collect()
        });
        if std::env::var_os("SIMDBG").is_some() {
            for e in &ends {
                println!("{} {e:?}", self.now());
            }
        }
        let trouble = ends.iter().find_map(|end| end.as_ref().err()).map(ToString::to_string);
        let scans: Vec<Scanned> = slots
            .into_iter()
            .zip(ends)
            .map(|(slot, end)| Scanned { slot, shown: self.pages.shown(slot), report: end.ok() })
            .collect();
        let checked = self.model.scanned(&self.pages, &scans, &self.settings);
        // What must not be goes before what may be where the disk failed.
        checked.map_err(|error| format!("{BROKEN}{error}"))?;
        trouble.map_or(Ok(()), Err)
    }

    fn scan(&mut self, slots: &[usize]) -> Outcome {
        let looks = slots.iter().filter_map(|at| Some((self.listing(*at)?, None))).collect();
        let asked = self.look_at(looks);
        self.settled(asked)
    }

    /// A broken promise stays one; other trouble may have come from the disk.
    fn settled(&mut self, asked: Asked<()>) -> Outcome {
        match asked {
            Ok(()) => Ok(()),
            Err(error) => match error.strip_prefix(BROKEN) {
                Some(broken) => Err(broken.to_owned()),
                None => self.trouble(&error),
            },
        }
    }

    /// What its schedule says.
    fn due(&mut self) -> Outcome {
        let now = self.now();
        let plan = &mut self.process.as_mut().unwrap().plan;
        plan.look(now);
        let looks: Vec<_> = std::iter::from_fn(|| plan.start(now)).collect();
        let ids: Vec<_> = looks.iter().map(|look| look.listing.spec.id.clone()).collect();
        let asked = self.look_at(looks.into_iter().map(|look| (look.listing, look.due)).collect());
        let plan = &mut self.process.as_mut().unwrap().plan;
        for id in &ids {
            plan.finished(id, false, now);
        }
        let upcoming = plan.upcoming();
        self.settled(asked)?;
        let listed = (0..SLOTS).filter(|at| self.settings.is_listed(*at)).count();
        hold!(upcoming.len() == listed, "{} of {listed} listings have a next time", upcoming.len());
        let late = upcoming.iter().find(|(_, due)| due.since(now) > 4 * 86_400);
        hold!(late.is_none(), "at {now} this is due next: {late:?}");
        Ok(())
    }

    fn listed(&self) -> Vec<bool> {
        (0..SLOTS).map(|at| self.settings.is_listed(at)).collect()
    }

    fn relisted(&mut self, before: &[bool]) {
        for at in (0..SLOTS).filter(|at| !before[*at] && self.settings.is_listed(*at)) {
            self.model.relisted(at);
        }
    }

    fn configure(&mut self) -> Outcome {
        let now = self.now();
        self.tree.renamed();
        let config = self.settings.config(self.folder.path(), &self.pages);
        let process = self.process.as_mut().unwrap();
        match process.runtime.block_on(process.app.renewed(config)) {
            Ok((app, _)) => {
                process.app = Arc::new(app);
                process.plan.replace(process.app.config.listings.clone(), now);
                process.publisher.configure(&process.app.config);
                Ok(())
            }
            Err(error) => {
                self.trouble(&error.to_string())?;
                // One that is refused is not in use: whoever wants it asks again.
                self.configure()
            }
        }
    }

    fn try_publish(&mut self) -> Result<Published, PublishingError> {
        let process = self.process();
        process.runtime.block_on(process.publisher.publish())
    }

    fn publish(&mut self) -> Outcome {
        match self.try_publish() {
            Ok(done) => {
                hold!(
                    done.failed == 0 || self.faults.fired(),
                    "{} files could not be published: {:?}",
                    done.failed,
                    done.trouble
                );
                let complete = done.failed == 0 && !self.faults.fired();
                self.tree.check(&self.data().join("public"), complete)
            }
            Err(error) => {
                self.tree.check(&self.data().join("public"), false)?;
                self.trouble(&error.to_string())
            }
        }
    }

    fn try_drain(&mut self) -> Result<(), StoreError> {
        let process = self.process();
        let app = &process.app;
        let line =
            |target: &tidings::model::target::TargetSpec| self.network.line(&target.rule.id, target.burst);
        let lines = app.config.targets.iter().map(line).collect();
        let sent = drain::once(&app.store, lines, &app.clock, process.begun);
        process.runtime.block_on(sent).map(drop)
    }

    fn drain(&mut self) -> Outcome {
        let sent = self.try_drain();
        let taken = self.network.taken()?;
        self.model.told(&self.pages, taken)?;
        let Err(error) = sent else { return Ok(()) };
        hold!(self.faults.fired(), "nothing was wrong with the disk, and: {error}");
        // A pass whose outcome cannot be remembered ends the command, so that the next one knows what may be told.
        self.kill(false)
    }

    /// The process is killed after so many operations on the disk.
    fn die(&mut self, at: Work, after: usize, power: bool) -> Outcome {
        if !H::LASTS {
            return Ok(());
        }
        self.faults.clear();
        if at == Work::Start {
            drop(self.process.take());
            self.faults.die(after);
            drop(self.start());
            self.faults.clear();
            if power {
                self.faults.cut_power(&mut self.dice);
            }
            return self.boot();
        }
        self.faults.die(after);
        match at {
            Work::Publish => {
                let _ = self.try_publish();
                self.tree.check(&self.data().join("public"), false)?;
            }
            Work::Drain => {
                let _ = self.try_drain();
                let taken = self.network.taken()?;
                self.model.told(&self.pages, taken)?;
            }
            Work::Scan | Work::Start => {
                let all = (0..SLOTS).filter_map(|at| Some((self.listing(at)?, None))).collect();
                if let Err(error) = self.look_at(all)
                    && let Some(broken) = error.strip_prefix(BROKEN)
                {
                    return Err(broken.to_owned());
                }
            }
        }
        self.kill(power)
    }

    /// Ends the process as it should end.
    fn end(&mut self) -> Outcome {
        let Process { app, runtime, publisher, .. } = self.process.take().unwrap();
        drop(publisher);
        let closed = match Arc::try_unwrap(app) {
            Ok(app) => runtime.block_on(H::close(app)).map_err(said),
            Err(_) => Err("somebody still has the app".to_owned()),
        };
        drop(runtime);
        closed.or_else(|error| {
            hold!(self.faults.fired(), "it does not end: {error}");
            Ok(())
        })
    }

    fn restart(&mut self) -> Outcome {
        if !H::LASTS {
            return Ok(());
        }
        self.end()?;
        self.boot()
    }

    fn decide(&mut self, choice: Choice, pick: usize) -> Outcome {
        let slot = pick % SLOTS;
        let (id, target) = (self.settings.id(slot), Settings::target(pick % TARGETS));
        let decision = match choice {
            Choice::Approve => return self.approve(slot),
            Choice::Reject => {
                let process = self.process();
                return match process.runtime.block_on(process.app.reject(&id)) {
                    Err(ApprovalError::Store(StoreError::NoListing(_))) | Ok(_) => Ok(()),
                    Err(ApprovalError::Store(error)) => self.trouble(&error.to_string()),
                    Err(_) => Ok(()),
                };
            }
            Choice::Pause => Decision::Pause(id),
            Choice::Resume => Decision::Resume(id),
            Choice::Hide | Choice::Restore => {
                let process = self.process();
                let store = &process.app.store;
                let read = process.runtime.block_on(async {
                    let count = store.article_count().await?;
                    let skip = pick % count.max(1);
                    Ok::<_, StoreError>((store.articles(skip, 1).await?, store.hidden().await?))
                });
                let (some, hidden) = read.map_err(said)?;
                match (choice, some.first(), hidden.get(pick % hidden.len().max(1))) {
                    (Choice::Hide, Some(article), _) => Decision::Hide(article.id),
                    (Choice::Restore, _, Some(article)) => Decision::Restore(*article),
                    _ => return Ok(()),
                }
            }
            Choice::Retry | Choice::Drop => {
                let deliveries = self.deliveries()?;
                let Some(delivery) = deliveries.get(pick % deliveries.len().max(1)) else { return Ok(()) };
                if choice == Choice::Drop {
                    let (number, count) = self.about(delivery);
                    self.model.dropped(&delivery.target, number, count);
                    Decision::Drop(vec![delivery.id])
                } else {
                    Decision::Retry(vec![delivery.id])
                }
            }
            Choice::Disable => Decision::Disable(target, "the simulator said so".to_owned()),
            Choice::Enable => Decision::Enable(target),
        };
        let process = self.process();
        match process.runtime.block_on(process.app.store.decide(decision, self.now())) {
            Ok(_) | Err(StoreError::NoListing(_)) => Ok(()),
            Err(error) => self.trouble(&error.to_string()),
        }
    }

    fn deliveries(&self) -> Asked<Vec<Delivery>> {
        let process = self.process();
        let wanted = Wanted::default();
        process.runtime.block_on(process.app.store.deliveries(&wanted, usize::MAX)).map_err(said)
    }

    /// The article that a message is about, or how many.
    fn about(&self, delivery: &Delivery) -> (Option<usize>, usize) {
        match &delivery.message {
            Message::New(news) => (self.pages.number(&news.article.title), 1),
            Message::Summary(summary) => (None, summary.count as usize),
            Message::Health(_) | Message::Change(_) | Message::Target(_) => (None, 0),
        }
    }

    fn approve(&mut self, slot: usize) -> Outcome {
        let Some(listing) = self.listing(slot) else { return Ok(()) };
        let process = self.process();
        match process.runtime.block_on(process.app.approve(&listing.spec)) {
            Ok((_, committed)) => {
                let targets = self.settings.told_of_all().len();
                hold!(
                    committed.new.is_empty() || committed.owed >= targets,
                    "{} approved articles are told to {} of {targets} targets",
                    committed.new.len(),
                    committed.owed
                );
                self.model.approved(&self.pages, slot, Some(&committed.new))
            }
            Err(ApprovalError::Store(error)) => {
                self.model.approved(&self.pages, slot, None)?;
                self.trouble(&error.to_string())
            }
            Err(_) => Ok(()),
        }
    }

    /// The world becomes calm: pages, disk, network and config are as they should be, and time passes. Then everything
    /// is as it should be.
    pub(super) fn calm(&mut self) -> Outcome {
        if self.faults.clear() {
            self.kill(false)?;
        }
        self.pages.calm();
        self.network.calm();
        let before = self.listed();
        self.settings.calm();
        self.relisted(&before);
        self.configure()?;
        for target in (0..TARGETS).map(Settings::target) {
            self.now_decided(Decision::Enable(target))?;
        }
        for at in 0..SLOTS {
            self.now_decided(Decision::Resume(self.settings.id(at)))?;
        }
        for round in 0..60 {
            self.wall.pass(6 * 3_600);
            self.scan(&(0..SLOTS).collect::<Vec<_>>())?;
            for at in 0..SLOTS {
                self.approve(at)?;
            }
            self.drain()?;
            let process = self.process();
            let targets = process.runtime.block_on(process.app.store.targets()).map_err(said)?;
            let listings = process.runtime.block_on(process.app.store.listings()).map_err(said)?;
            let is_well = listings.iter().all(|listing| listing.retired || listing.health.is_well());
            // A page as it was once before is believed when it was seen three times.
            if round > 3 && is_well && targets.iter().all(|target| target.waiting == 0) {
                break;
            }
        }
        self.check()?;
        self.look()?;
        self.calmed()
    }

    fn now_decided(&mut self, decision: Decision) -> Outcome {
        let process = self.process();
        process.runtime.block_on(process.app.store.decide(decision, self.now())).map(drop).map_err(said)
    }

    fn calmed(&mut self) -> Outcome {
        let process = self.process();
        let store = &process.app.store;
        let listings = process.runtime.block_on(store.listings()).map_err(said)?;
        for listing in listings.iter().filter(|listing| !listing.retired) {
            hold!(
                listing.health.is_well(),
                "all is calm, and {} is {:?}: {}",
                listing.id,
                listing.health,
                listing.reason
            );
        }
        let targets = process.runtime.block_on(store.targets()).map_err(said)?;
        for target in targets.iter().filter(|target| !target.retired) {
            hold!(target.waiting == 0, "all is calm, and {} messages wait for {}", target.waiting, target.id);
        }
        let articles = self.articles()?;
        for at in 0..SLOTS {
            self.model.as_shown(&self.pages.shown(at), &articles)?;
        }
        let dead: Vec<_> = self
            .deliveries()?
            .iter()
            .filter(|delivery| delivery.state.name() == "dead")
            .map(|delivery| {
                let (number, count) = self.about(delivery);
                (delivery.target.clone(), number, count)
            })
            .collect();
        self.model.all_told(&dead)?;
        self.lose(Lost::Both)
    }

    /// How many articles the history knows.
    pub(super) fn size(&self) -> usize {
        self.model.size()
    }
}

/// What an error begins with that no broken disk excuses.
const BROKEN: &str = "broken: ";
