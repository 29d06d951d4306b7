//! Other renderings of the seeds' pages read the same.

use super::*;

/// One entry's texts, as a rendering may arrange them.
#[derive(Clone)]
pub(super) struct Parts {
    pub(super) source: String,
    pub(super) date: String,
    pub(super) category: String,
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) tags: String,
    pub(super) closing: String,
}

pub(super) fn parts_of(seed: &str) -> Vec<Parts> {
    let lines: Vec<&str> = seed.lines().skip(3).collect();
    let part = |lines: &[&str]| {
        let (date, category) = lines[2].split_once(" · ").expect("a date line");
        Parts {
            source: lines[0].to_owned(),
            date: date.to_owned(),
            category: category.to_owned(),
            title: lines[4].to_owned(),
            summary: lines[6].to_owned(),
            tags: lines[8].to_owned(),
            closing: lines[9].to_owned(),
        }
    };
    lines.chunks(11).map(part).collect()
}

/// The date as another form: `%m` and the like are chrono's.
fn redated(parts: &Parts, form: &str) -> String {
    let date = chrono::NaiveDate::parse_from_str(&parts.date, "%b %d, %Y").expect("a date");
    date.format(form).to_string()
}

fn header(seed: &str) -> String {
    seed.lines().take(3).map(|line| format!("{line}\n")).collect()
}

fn lines_of(seed: &str, change: impl Fn(&str) -> String) -> String {
    seed.lines().map(change).collect()
}

/// The page with each entry as `entry` writes it.
fn entries_as(seed: &str, entry: impl Fn(&Parts) -> String) -> String {
    header(seed) + &parts_of(seed).iter().map(entry).collect::<String>()
}

/// No blank lines, the parts in order; an empty part is left out.
pub(super) fn plain(lines: &[&str]) -> String {
    lines.iter().filter(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect()
}

fn usual(p: &Parts, date_line: &str, closing: &str) -> String {
    let Parts { source, title, summary, tags, .. } = p;
    format!("{source}\n{source}\n{date_line}\n\n{title}\n\n{summary}\n\n{tags}\n{closing}\n{title}\n")
}

fn with_date(seed: &str, form: &str, mark: &str) -> String {
    entries_as(seed, |p| usual(p, &format!("{}{mark}{}", redated(p, form), p.category), &p.closing))
}

fn with_closing(seed: &str, mark: &str) -> String {
    let closing = |p: &Parts| p.closing.replace(" · ", mark);
    entries_as(seed, |p| usual(p, &format!("{} · {}", p.date, p.category), &closing(p)))
}

fn wide_digits(text: &str) -> String {
    let wide = |c: char| char::from_u32(u32::from(c) + 0xFEE0).filter(|_| c.is_ascii_digit()).unwrap_or(c);
    text.chars().map(wide).collect()
}

/// Breaks a text after at least 40 bytes, at blanks.
fn wrapped(text: &str) -> String {
    let mut out = String::new();
    let mut length = 0;
    for word in text.split(' ') {
        if length > 40 {
            out.push('\n');
            length = 0;
        } else if length > 0 {
            out.push(' ');
        }
        out.push_str(word);
        length += word.len() + 1;
    }
    out
}

fn between(seed: &str, noise: &str) -> String {
    entries_as(seed, |p| usual(p, &format!("{} · {}", p.date, p.category), &p.closing) + noise)
}

pub(super) type Rendering = (&'static str, fn(&str) -> String);

/// Renderings that hold all that the seeds hold.
pub(super) const SAME: &[Rendering] = &[
    ("no header", |s| s.split_inclusive('\n').skip(3).collect()),
    ("another header", |s| s.replacen("Tagged articles", "Backend things\nAll about servers.", 1)),
    ("author header", |s| {
        let body: String = s.split_inclusive('\n').skip(3).collect();
        "Wukong Talks Architecture\nAuthor\nNotes on backends, large and small. No weekends.\n\
         128 articles\n3.4k followers · 56k views\nFollow\n\n"
            .to_owned()
            + &body
    }),
    ("no blank lines", |s| s.split_inclusive('\n').filter(|line| *line != "\n").collect()),
    ("blank lines everywhere", |s| lines_of(s, |line| format!("{line}\n\n\n"))),
    ("source once", |s| {
        entries_as(s, |p| {
            let date = format!("{} · {}", p.date, p.category);
            plain(&[&p.source, &date, "\n", &p.title, &p.summary, &p.tags, &p.closing, &p.title])
        })
    }),
    ("no repeated title", |s| {
        entries_as(s, |p| {
            let date = format!("{} · {}", p.date, p.category);
            plain(&[&p.source, &p.source, &date, &p.title, &p.summary, &p.tags, &p.closing, "\n"])
        })
    }),
    ("source once, no repeated title, no blank lines", |s| {
        entries_as(s, |p| {
            let date = format!("{} · {}", p.date, p.category);
            plain(&[&p.source, &date, &p.title, &p.summary, &p.tags, &p.closing])
        })
    }),
    ("no last line end", |s| s.trim_end().to_owned()),
    ("CR LF", |s| lines_of(s, |line| format!("{line}\r\n"))),
    ("lone CR", |s| lines_of(s, |line| format!("{line}\r"))),
    ("line separators", |s| lines_of(s, |line| format!("{line}\u{2028}"))),
    ("margins and tabs", |s| lines_of(s, |line| format!("\t  {line} \t \n"))),
    ("no-break spaces", |s| s.replace(' ', "\u{A0}")),
    ("narrow no-break spaces", |s| s.replace(' ', "\u{202F}")),
    ("double spaces", |s| s.replace(' ', "  ")),
    ("ideographic blanks as margins", |s| lines_of(s, |line| format!("\u{3000}{line}\u{3000}\n"))),
    ("list marks", |s| lines_of(s, |line| format!("- {line}\n"))),
    ("quote and star marks", |s| lines_of(s, |line| format!("> * {line}\n"))),
    ("headings", |s| {
        entries_as(s, |p| {
            let date = format!("{} · {}", p.date, p.category);
            let title = format!("## {}", p.title);
            plain(&[&p.source, &p.source, &date, &title, &p.summary, &p.tags, &p.closing, &title])
        })
    }),
    ("full-width comma", |s| with_date(s, "%b %-d，%Y", " · ")),
    ("full-width digits", |s| {
        entries_as(s, |p| {
            usual(p, &format!("{} ・ {}", wide_digits(&p.date), p.category), &wide_digits(&p.closing))
        })
    }),
    ("katakana dot", |s| with_date(s, "%b %-d, %Y", "・")),
    ("bullet", |s| with_date(s, "%b %-d, %Y", " • ")),
    ("bar", |s| with_date(s, "%b %-d, %Y", " | ")),
    ("hyphen", |s| with_date(s, "%b %-d, %Y", " - ")),
    ("closing with bullet", |s| with_closing(s, " • ")),
    ("closing with bar", |s| with_closing(s, "|")),
    ("closing with hyphen", |s| with_closing(s, " - ")),
    ("closing with blanks", |s| with_closing(s, "   ")),
    ("months spelled out", |s| with_date(s, "%B %-d, %Y", " · ")),
    ("day first", |s| with_date(s, "%-d %b %Y", " · ")),
    ("ISO dates", |s| with_date(s, "%Y-%m-%d", " · ")),
    ("Chinese dates", |s| with_date(s, "%Y年%-m月%-d日", " · ")),
    ("weekdays", |s| with_date(s, "%A, %B %-d, %Y", " · ")),
    ("wrapped summaries", |s| {
        entries_as(s, |p| {
            let date = format!("{} · {}", p.date, p.category);
            let Parts { source, title, tags, closing, .. } = p;
            format!(
                "{source}\n{source}\n{date}\n\n{title}\n\n{}\n\n{tags}\n{closing}\n{title}\n",
                wrapped(&p.summary)
            )
        })
    }),
    ("wrapped summaries, no repeated title, no blank lines", |s| {
        entries_as(s, |p| {
            let date = format!("{} · {}", p.date, p.category);
            plain(&[&p.source, &date, &p.title, &wrapped(&p.summary), &p.tags, &p.closing])
        })
    }),
    ("navigation before, footer after", |s| {
        format!(
            "Skip to content\nHome\nTopics\nLog in\nSubscribe\n\n{s}\n\nPrevious 1 2 3 Next\n\
                 About\nContact us\nPrivacy policy\nCopyright 2026 Somebody. All rights reserved.\n"
        )
    }),
    ("footer of other text", |s| {
        format!(
            "{s}\nMade with care in a small town\nWrite to us\nFind us in the old mill\nOpen on Mondays\nBye\n"
        )
    }),
    ("footers between entries", |s| {
        between(s, "Load more\nPrevious 1 2 3 Next\nCopyright 2026 Somebody\nSubscribe\n")
    }),
    ("text between entries", |s| between(s, "Our book is out. Read it!\nBuy now\n\n")),
    ("rules between entries", |s| between(s, "\n---\n\n")),
];

#[test]
fn f089_renderings_with_all_parts_read_the_same() {
    for seed in [ARCHITECTURE, ENGINEERING] {
        let wanted = without_line(&expected(seed));
        for (name, render) in SAME {
            let reading = read_bytes(render(seed).as_bytes());
            assert_same(name, &reading, &wanted);
            let losses = reading.faults.iter().filter(|fault| fault.weight > Weight::Warning);
            assert_eq!(losses.count(), 0, "{name}: {:?}", reading.faults);
            assert!(!reading.is_cut(), "{name}");
        }
    }
}

#[track_caller]
fn assert_same(name: &str, reading: &Reading, wanted: &[Entry]) {
    let entries = without_line(&reading.entries);
    for (at, (entry, wanted)) in entries.iter().zip(wanted).enumerate() {
        assert_eq!(entry, wanted, "{name}: entry {at}");
    }
    assert_eq!(entries.len(), wanted.len(), "{name}: {:?}", reading.faults);
}

#[test]
fn f071_renderings_in_other_encodings_read_the_same() {
    for seed in [ARCHITECTURE, ENGINEERING] {
        let wanted = without_line(&expected(seed));
        let units = |text: &str, big: bool| -> Vec<u8> {
            let units = text.encode_utf16();
            units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
        };
        let marked = format!("\u{FEFF}{seed}");
        for (name, bytes) in [
            ("UTF-8 with mark", marked.clone().into_bytes()),
            ("UTF-16LE with mark", units(&marked, false)),
            ("UTF-16BE with mark", units(&marked, true)),
            ("UTF-16LE", units(seed, false)),
            ("UTF-16BE", units(seed, true)),
            ("gb18030", encoding_rs::GB18030.encode(seed).0.into_owned()),
        ] {
            let reading = read_bytes(&bytes);
            assert_same(name, &reading, &wanted);
            assert!(name.starts_with(&reading.pages[0].encoding), "{name}: {}", reading.pages[0].encoding);
        }
    }
}

#[test]
fn f071_windows_1252_bytes_read_the_same() {
    for seed in [ARCHITECTURE, ENGINEERING] {
        // These two are not in that encoding.
        let seed = seed.replace('\u{2011}', "-").replace('\u{202F}', " ");
        let (bytes, _, lossy) = encoding_rs::WINDOWS_1252.encode(&seed);
        assert!(!lossy);
        let reading = read_bytes(&bytes);
        assert_same("windows-1252", &reading, &without_line(&expected(&seed)));
        assert_eq!(reading.pages[0].encoding, "windows-1252");
    }
}

/// A rendering's name, how it writes an entry, and what it takes away from one.
type Lesser = (&'static str, fn(&Parts) -> String, fn(&mut Entry));

/// Renderings that lack something.
const LESS: &[Lesser] = &[
    (
        "no source",
        |p| {
            plain(&[
                &format!("{} · {}", p.date, p.category),
                &p.title,
                &p.summary,
                &p.tags,
                &p.closing,
                &p.title,
            ])
        },
        |entry| entry.source = None,
    ),
    (
        "no source, no repeated title",
        |p| plain(&[&format!("{} · {}", p.date, p.category), &p.title, &p.summary, &p.tags, &p.closing]),
        |entry| entry.source = None,
    ),
    (
        "no category",
        |p| plain(&[&p.source, &p.source, &p.date, &p.title, &p.summary, &p.tags, &p.closing, &p.title]),
        |entry| entry.category = None,
    ),
    (
        "no summary",
        |p| {
            plain(&[
                &p.source,
                &format!("{} · {}", p.date, p.category),
                &p.title,
                &p.tags,
                &p.closing,
                &p.title,
            ])
        },
        |entry| entry.summary = None,
    ),
    (
        "no tags",
        |p| {
            plain(&[
                &p.source,
                &format!("{} · {}", p.date, p.category),
                &p.title,
                &p.summary,
                &p.closing,
                &p.title,
            ])
        },
        |entry| entry.tags = TagRow::None,
    ),
    (
        "no summary, no tags",
        |p| plain(&[&p.source, &format!("{} · {}", p.date, p.category), &p.title, &p.closing, &p.title]),
        |entry| (entry.summary, entry.tags) = (None, TagRow::None),
    ),
    (
        "no likes",
        |p| {
            let minutes = p.closing.split_once(" · ").expect("two parts").1;
            usual(p, &format!("{} · {}", p.date, p.category), minutes)
        },
        |entry| entry.likes = None,
    ),
    (
        "no minutes",
        |p| usual(p, &format!("{} · {}", p.date, p.category), "0 likes"),
        |entry| entry.minutes = None,
    ),
    (
        "many likes",
        |p| usual(p, &format!("{} · {}", p.date, p.category), "1.2k likes"),
        |entry| (entry.likes, entry.minutes) = (Some(1_200), None),
    ),
];

#[test]
fn renderings_with_fewer_parts_lack_those_alone() {
    for seed in [ARCHITECTURE, ENGINEERING] {
        for (name, entry, lack) in LESS {
            let mut wanted = without_line(&expected(seed));
            wanted.iter_mut().for_each(lack);
            let reading = read_bytes(entries_as(seed, entry).as_bytes());
            assert_same(name, &reading, &wanted);
        }
    }
}
