//! The receivers of messages.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use tidings::daemon::drain::Line;
use tidings::delivery::body;
use tidings::model::{Answer, ArticleId, Change, Delivery, DeliveryId, Message, TargetId};

use super::dice::Dice;
use super::step::Mood;

/// All receivers; clones are the same.
#[derive(Clone)]
pub(super) struct Network(Arc<Mutex<State>>);

struct State {
    dice: Dice,
    moods: HashMap<TargetId, Mood>,
    /// What was taken and not asked for yet.
    taken: Vec<Taken>,
    /// What was wrong with what came.
    wrong: Option<String>,
    bodies: BTreeMap<DeliveryId, Vec<u8>>,
}

/// A message that a receiver took.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    pub(super) target: TargetId,
    pub(super) id: DeliveryId,
    pub(super) says: Says,
}

#[derive(Clone, Debug)]
pub(super) enum Says {
    /// An article by its id and title.
    New(ArticleId, String),
    /// How many, and those it shows.
    Summary(usize, Vec<ArticleId>, bool),
    Health,
    /// What became of an article by which record, and its title.
    Change(Change, ArticleId, u64, String),
}

impl Network {
    pub(super) fn new(seed: u64) -> Self {
        let (moods, taken, bodies) = (HashMap::new(), Vec::new(), BTreeMap::new());
        Self(Arc::new(Mutex::new(State { dice: Dice(seed), moods, taken, wrong: None, bodies })))
    }

    pub(super) fn set(&self, target: &TargetId, mood: Mood) {
        self.0.lock().unwrap().moods.insert(target.clone(), mood);
    }

    pub(super) fn calm(&self) {
        self.0.lock().unwrap().moods.clear();
    }

    /// What was taken since this was last asked.
    pub(super) fn taken(&self) -> Result<Vec<Taken>, String> {
        let mut state = self.0.lock().unwrap();
        state.wrong.take().map_or(Ok(()), Err)?;
        Ok(std::mem::take(&mut state.taken))
    }

    /// The line to a target.
    pub(super) fn line(&self, target: &TargetId, burst: Option<u32>) -> Line {
        let network = self.clone();
        Line::by(target.clone(), burst, move |delivery, _| {
            let answer = network.0.lock().unwrap().answer(&delivery);
            async move {
                tokio::task::yield_now().await;
                answer
            }
        })
    }
}

impl State {
    fn answer(&mut self, delivery: &Delivery) -> Result<Answer, &'static str> {
        let written = body(delivery, "http://sim.example").unwrap();
        let known = self.bodies.entry(delivery.id).or_insert_with(|| written.clone());
        if *known != written {
            self.wrong = Some(format!("the message {} changed between two tries", delivery.id));
        }
        let mood = self.moods.get(&delivery.target).copied().unwrap_or(Mood::Up);
        let mood = match mood {
            Mood::Flaky => {
                self.dice.of(&[Mood::Up, Mood::Up, Mood::Broken, Mood::Silent, Mood::Busy, Mood::Reset])
            }
            mood => mood,
        };
        let status = |status: u16| Answer { status, ..Answer::default() };
        match mood {
            Mood::Up | Mood::Flaky => {
                self.take(delivery);
                Ok(status(204))
            }
            Mood::Reset => {
                self.take(delivery);
                Err("the connection was reset")
            }
            Mood::Broken => Ok(status(500)),
            Mood::Silent => Err("no answer in 15 s"),
            Mood::Busy => {
                let wanted =
                    self.dice.of(&["120", "86400", "soon", "315360000", "Wed, 21 Oct 2026 07:28:00 GMT"]);
                Ok(Answer { retry_after: Some(wanted.to_owned()), ..status(429) })
            }
            Mood::Gone => Ok(status(410)),
            Mood::Large => Ok(status(413)),
        }
    }

    fn take(&mut self, delivery: &Delivery) {
        let says = match &delivery.message {
            Message::New(news) => Says::New(news.article.id, news.article.title.clone()),
            Message::Summary(summary) => {
                let shown = summary.articles.iter().map(|article| article.id).collect();
                Says::Summary(summary.count as usize, shown, summary.approved)
            }
            Message::Health(_) | Message::Target(_) => Says::Health,
            Message::Change(change) => {
                let article = &change.article;
                Says::Change(change.what, article.id, delivery.seq, article.title.clone())
            }
        };
        self.taken.push(Taken { target: delivery.target.clone(), id: delivery.id, says });
    }
}
