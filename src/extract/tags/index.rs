//! The tags and words that are known, found by walking along a run.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use super::letters::Letters;
use super::shape::{Case, Kind, case_of, fold, kind, words};

/// Hash of the empty prefix.
pub(super) const ROOT: u64 = 0x51_7C_C1_B7_27_22_0A_95;
/// Longest tag taken into the index, in characters.
const TAG_CHARS_MAX: usize = 80;

/// How much a plural counts that is listed as a singular only.
const PLURAL_COUNT: f32 = 0.3;

/// The hash of a prefix with one more folded character.
pub(super) fn step(hash: u64, c: char) -> u64 {
    let mixed = (hash.rotate_left(23) ^ u64::from(c)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed ^ (mixed >> 29)
}

/// The hash of a whole text, folded.
pub(super) fn hash_of(text: &str) -> u64 {
    text.chars().fold(ROOT, |hash, c| step(hash, fold(c)))
}

/// Takes keys as they are: they are hashes already.
#[derive(Clone, Default)]
pub(super) struct Ready(u64);

impl Hasher for Ready {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

/// A map from hashes; never iterated, so its order cannot show.
pub(super) type HashTable<V> = HashMap<u64, V, BuildHasherDefault<Ready>>;

/// What a prefix is beside being a prefix: places in the lists, 0 for none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Node {
    pub(super) word: u32,
    pub(super) tag: u32,
}

/// A word found inside tags, in all its spellings.
#[derive(Clone, Debug, Default)]
pub(super) struct Word {
    /// How many tags hold it; a word listed alone counts a half.
    pub(super) count: f32,
    /// How many of them are this one word.
    pub(super) alone: f32,
    /// Seen as `word`, as `Word`, as `WORD`.
    pub(super) lower: bool,
    pub(super) title: bool,
    pub(super) upper: bool,
    /// Spellings with inner capitals.
    pub(super) mixed: Vec<Box<str>>,
}

/// The spellings of a tag, each with its weight.
#[derive(Clone, Debug, Default)]
pub(super) struct Tag {
    pub(super) spellings: Vec<(Box<str>, f32)>,
}

/// Tags, words and letters in one.
#[derive(Clone, Debug)]
pub(super) struct Index {
    nodes: HashTable<Node>,
    words: Vec<Word>,
    tags: Vec<Tag>,
    letters: Letters,
    /// First and last parts of words with inner capitals.
    parts: HashTable<(u16, u16)>,
    tag_total: f32,
    word_total: f32,
}

impl Index {
    /// Reads the list: a tag a line with an optional TAB and weight, `#` comments, `+` lines of bare words.
    pub(super) fn parse(list: &str) -> Self {
        let listed = listed_words(list);
        let mut index = Self {
            parts: HashTable::default(),
            nodes: HashTable::default(),
            words: vec![Word::default()],
            tags: vec![Tag::default()],
            letters: Letters::learnt(listed.iter().map(String::as_str)),
            tag_total: 0.0,
            word_total: 0.0,
        };
        index.add_list(list);
        index.add_plurals(&listed);
        index
    }

    fn add_list(&mut self, list: &str) {
        for line in list.lines() {
            if let Some(bare) = line.strip_prefix("+ ") {
                bare.split_whitespace().for_each(|word| self.add_word(word, 0.5, 0.0));
            } else if let Some((tag, weight)) = tag_line(line) {
                self.add_tag(tag, weight);
            }
        }
    }

    /// Adds the other number of words that are listed in one only: `queues` beside `queue`.
    fn add_plurals(&mut self, listed: &BTreeSet<String>) {
        for word in listed {
            let place = self.node(word).word;
            if !(self.word(place).lower || self.word(place).title) {
                continue;
            }
            if let Some(other) = other_number(word).filter(|other| !listed.contains(other)) {
                self.add_word(&other, PLURAL_COUNT, 0.0);
            }
        }
    }

    /// Adds `weight` to a tag in this spelling, and to its words.
    pub(super) fn add_tag(&mut self, tag: &str, weight: f32) {
        if tag.is_empty() || tag.chars().count() > TAG_CHARS_MAX {
            return;
        }
        let place = self.node(tag).tag as usize;
        let place = if place == 0 { self.new_tag(tag) } else { place };
        let spellings = &mut self.tags[place].spellings;
        let known = spellings.iter_mut().find(|(spelling, _)| **spelling == *tag);
        let fresh = known.is_none();
        match known {
            Some((_, old)) => *old += weight,
            None => spellings.push((tag.into(), weight)),
        }
        self.tag_total += weight;
        if fresh {
            let alone = if words(tag).nth(1).is_none() { 1.0 } else { 0.0 };
            words(tag).for_each(|word| self.add_word(word, 1.0, alone));
        }
    }

    fn new_tag(&mut self, tag: &str) -> usize {
        self.tags.push(Tag::default());
        let place = self.tags.len() - 1;
        self.node(tag).tag = place as u32;
        place
    }

    fn add_word(&mut self, word: &str, count: f32, alone: f32) {
        if word.is_empty() {
            return;
        }
        let mut place = self.node(word).word as usize;
        if place == 0 {
            self.words.push(Word::default());
            place = self.words.len() - 1;
            self.node(word).word = place as u32;
        }
        let entry = &mut self.words[place];
        entry.count += count;
        entry.alone += alone;
        self.word_total += count;
        match case_of(word) {
            Case::Lower => entry.lower = true,
            Case::Title => entry.title = true,
            Case::Upper => entry.upper = true,
            Case::Mixed if entry.mixed.iter().all(|known| **known != *word) => {
                entry.mixed.push(word.into());
                self.add_parts(word);
            }
            Case::Mixed | Case::None => {}
        }
    }

    /// Counts the first and the last part of a word with inner capitals.
    fn add_parts(&mut self, word: &str) {
        let kinds: Vec<Kind> = word.chars().map(kind).collect();
        let starts: Vec<usize> = (1..kinds.len()).filter(|at| part_begins(&kinds, *at)).collect();
        if let (Some(&second), Some(&last)) = (starts.first(), starts.last()) {
            let folded: Vec<char> = word.chars().map(fold).collect();
            self.parts.entry(hash_chars(&folded[..second])).or_default().0 += 1;
            self.parts.entry(hash_chars(&folded[last..])).or_default().1 += 1;
        }
    }

    /// Whether these folded characters are a listed tag in any case.
    pub(super) fn is_tag(&self, folded: &[char]) -> bool {
        self.get(hash_chars(folded)).is_some_and(|node| node.tag != 0)
    }

    /// How many listed words with inner capitals begin, and how many end, with this part.
    pub(super) fn part(&self, folded: &[char]) -> (u16, u16) {
        self.parts.get(&hash_chars(folded)).copied().unwrap_or_default()
    }

    /// The node of a text, made with all its prefixes where missing.
    fn node(&mut self, text: &str) -> &mut Node {
        let mut hash = ROOT;
        for c in text.chars() {
            hash = step(hash, fold(c));
            self.nodes.entry(hash).or_default();
        }
        self.nodes.entry(hash).or_default()
    }

    /// What the prefix with this hash is; `None`: no known tag or word goes on from here.
    pub(super) fn get(&self, hash: u64) -> Option<Node> {
        self.nodes.get(&hash).copied()
    }

    pub(super) fn word(&self, place: u32) -> &Word {
        &self.words[place as usize]
    }

    pub(super) fn tag(&self, place: u32) -> &Tag {
        &self.tags[place as usize]
    }

    pub(super) fn letters(&self) -> &Letters {
        &self.letters
    }

    /// Log-probability of a tag with this weight among known tags.
    pub(super) fn tag_score(&self, weight: f32) -> f32 {
        (weight / self.tag_total.max(1.0)).ln()
    }

    /// Log-probability of a word among words of tags.
    pub(super) fn word_score(&self, count: f32) -> f32 {
        (count / self.word_total.max(1.0)).ln()
    }

    /// Whether this very spelling is known.
    pub(super) fn is_known(&self, tag: &str) -> bool {
        let place = self.get(hash_of(tag)).map_or(0, |node| node.tag);
        self.tag(place).spellings.iter().any(|(spelling, _)| **spelling == *tag)
    }
}

/// Whether a part of a word with inner capitals begins here: `Http|Client`, `HTTP|Server`.
pub(super) fn part_begins(kinds: &[Kind], at: usize) -> bool {
    let next_small = kinds.get(at + 1) == Some(&Kind::Lower);
    at > 0 && kinds[at] == Kind::Upper && (kinds[at - 1] != Kind::Upper || next_small)
}

fn hash_chars(folded: &[char]) -> u64 {
    folded.iter().fold(ROOT, |hash, c| step(hash, *c))
}

/// The plural of a word, or its singular if it is one.
fn other_number(word: &str) -> Option<String> {
    if word.len() < 4 || !word.bytes().all(|b| b.is_ascii_lowercase()) {
        return None;
    }
    if let Some(stem) = word.strip_suffix("ies") {
        return Some(format!("{stem}y"));
    }
    if ["ss", "us", "is"].iter().any(|end| word.ends_with(end)) {
        return None;
    }
    if let Some(stem) = word.strip_suffix('s') {
        return Some(stem.to_owned());
    }
    match word.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => Some(format!("{stem}ies")),
        _ if word.ends_with(['x', 'z']) || word.ends_with("ch") || word.ends_with("sh") => {
            Some(format!("{word}es"))
        }
        _ => Some(format!("{word}s")),
    }
}

/// The tag and weight of a line, unless it is blank, a comment or a line of words.
fn tag_line(line: &str) -> Option<(&str, f32)> {
    if line.starts_with("# ") || line == "#" || line.starts_with("+ ") {
        return None;
    }
    let (tag, weight) = line.split_once('\t').unwrap_or((line, "1"));
    let tag = tag.trim();
    (!tag.is_empty()).then(|| (tag, weight.trim().parse().unwrap_or(1.0)))
}

/// All distinct words of the list, folded and in order.
fn listed_words(list: &str) -> BTreeSet<String> {
    let folded = |word: &str| word.chars().map(fold).collect::<String>();
    list.lines()
        .flat_map(|line| match line.strip_prefix("+ ") {
            Some(bare) => words(bare).map(folded).collect::<Vec<_>>(),
            None => tag_line(line).map_or(Vec::new(), |(tag, _)| words(tag).map(folded).collect()),
        })
        .collect()
}
