//! How likely a string of letters is one word nobody has listed: a model of three letters in a row.

/// Border of a word, `a`–`z`, digit, anything else.
const SYMBOLS: usize = 29;
const BORDER: usize = 0;

/// Log-probabilities of letters after the two before them, learnt from the listed words.
#[derive(Clone, Debug)]
pub(super) struct Letters {
    table: Vec<f32>,
}

/// The symbol of a folded character.
pub(super) fn symbol(c: char) -> u8 {
    match c {
        'a'..='z' => c as u8 - b'a' + 1,
        '0'..='9' => 27,
        _ => 28,
    }
}

fn at(a: usize, b: usize, c: usize) -> usize {
    (a * SYMBOLS + b) * SYMBOLS + c
}

impl Letters {
    /// Learns from words in folded form.
    pub(super) fn learnt<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let mut triples = vec![0_u32; SYMBOLS * SYMBOLS * SYMBOLS];
        let mut pairs = vec![0_u32; SYMBOLS * SYMBOLS];
        let mut singles = [0_u32; SYMBOLS];
        for word in words {
            let (mut a, mut b) = (BORDER, BORDER);
            for c in word.chars().map(|c| usize::from(symbol(c))).chain([BORDER]) {
                triples[at(a, b, c)] += 1;
                pairs[b * SYMBOLS + c] += 1;
                singles[c] += 1;
                (a, b) = (b, c);
            }
        }
        Self { table: smoothed(&triples, &pairs, &singles) }
    }

    /// Log-probability of `c` after `a` and `b`.
    pub(super) fn after(&self, a: u8, b: u8, c: u8) -> f32 {
        self.table[at(usize::from(a), usize::from(b), usize::from(c))]
    }
}

/// Mixes the three orders, each trusted by how often its context was seen (Witten and Bell's method).
fn smoothed(triples: &[u32], pairs: &[u32], singles: &[u32; SYMBOLS]) -> Vec<f32> {
    let total = f64::from(singles.iter().sum::<u32>()) + SYMBOLS as f64;
    let single: Vec<f64> = singles.iter().map(|n| (f64::from(*n) + 1.0) / total).collect();
    let mut table = vec![0.0; triples.len()];
    for b in 0..SYMBOLS {
        let pair = mixed(&pairs[b * SYMBOLS..(b + 1) * SYMBOLS], &single);
        for a in 0..SYMBOLS {
            let from = at(a, b, 0);
            let row = mixed(&triples[from..from + SYMBOLS], &pair);
            for (slot, p) in table[from..from + SYMBOLS].iter_mut().zip(row) {
                *slot = p.ln() as f32;
            }
        }
    }
    table
}

fn mixed(counts: &[u32], lower: &[f64]) -> Vec<f64> {
    let seen = f64::from(counts.iter().sum::<u32>());
    let kinds = 2.0 * counts.iter().filter(|n| **n > 0).count() as f64 + 1.0;
    let mix = |(n, p): (&u32, &f64)| (f64::from(*n) + kinds * p) / (seen + kinds);
    counts.iter().zip(lower).map(mix).collect()
}
