//! The words of dates: months and zones by name, and how languages say that something was a while ago.

/// Names of months, each in English, German, French, Spanish, Italian, Portuguese, Dutch, Polish (both cases) and
/// Russian (both); what is usual as an abbreviation and does not begin one of them comes last.
const MONTHS: [&[&str]; 12] = [
    &[
        "january",
        "januar",
        "jänner",
        "janvier",
        "enero",
        "gennaio",
        "janeiro",
        "januari",
        "styczeń",
        "stycznia",
        "январь",
        "января",
    ],
    &[
        "february",
        "februar",
        "feber",
        "février",
        "fevrier",
        "febrero",
        "febbraio",
        "fevereiro",
        "februari",
        "luty",
        "lutego",
        "февраль",
        "февраля",
    ],
    &[
        "march",
        "märz",
        "maerz",
        "mars",
        "marzo",
        "março",
        "marco",
        "maart",
        "marzec",
        "marca",
        "март",
        "марта",
        "mrz",
        "mrt",
    ],
    &["april", "avril", "abril", "aprile", "kwiecień", "kwietnia", "апрель", "апреля"],
    &["may", "mai", "mayo", "maggio", "maio", "mei", "maj", "maja", "май", "мая"],
    &["june", "juni", "juin", "junio", "giugno", "junho", "czerwiec", "czerwca", "июнь", "июня"],
    &["july", "juli", "juillet", "julio", "luglio", "julho", "lipiec", "lipca", "июль", "июля"],
    &["august", "août", "aout", "agosto", "augustus", "sierpień", "sierpnia", "август", "августа"],
    &[
        "september",
        "septembre",
        "septiembre",
        "setiembre",
        "settembre",
        "setembro",
        "wrzesień",
        "września",
        "wrzesnia",
        "сентябрь",
        "сентября",
    ],
    &[
        "october",
        "oktober",
        "octobre",
        "octubre",
        "ottobre",
        "outubro",
        "październik",
        "października",
        "pazdziernika",
        "октябрь",
        "октября",
    ],
    &["november", "novembre", "noviembre", "novembro", "listopad", "listopada", "ноябрь", "ноября"],
    &[
        "december",
        "dezember",
        "décembre",
        "decembre",
        "diciembre",
        "dicembre",
        "dezembro",
        "grudzień",
        "grudnia",
        "декабрь",
        "декабря",
    ],
];

/// Zones that pages name, with their minutes east of UTC. Names that mean two zones are not among them.
const ZONES: [(&str, i32); 20] = [
    ("z", 0),
    ("utc", 0),
    ("gmt", 0),
    ("ut", 0),
    ("wet", 0),
    ("west", 60),
    ("cet", 60),
    ("cest", 120),
    ("mez", 60),
    ("mesz", 120),
    ("eet", 120),
    ("eest", 180),
    ("msk", 180),
    ("jst", 540),
    ("kst", 540),
    ("hkt", 480),
    ("est", -300),
    ("edt", -240),
    ("pst", -480),
    ("pdt", -420),
];

/// Words that, beside a number, say how long ago something was.
const AGO: [&str; 12] =
    [" ago", "vor ", "il y a ", "hace ", " fa", "há ", "geleden", "temu", "назад", "前", " 전", "전"];

/// The same without a number.
const LATELY: [&str; 34] = [
    "yesterday",
    "today",
    "just now",
    "now",
    "an hour ago",
    "a day ago",
    "a minute ago",
    "a week ago",
    "a month ago",
    "a year ago",
    "gestern",
    "heute",
    "hier",
    "aujourd'hui",
    "aujourd’hui",
    "ayer",
    "hoy",
    "ieri",
    "oggi",
    "ontem",
    "hoje",
    "gisteren",
    "vandaag",
    "wczoraj",
    "dzisiaj",
    "dziś",
    "вчера",
    "сегодня",
    "昨天",
    "今天",
    "刚刚",
    "昨日",
    "어제",
    "오늘",
];

/// The number of a month by its name, in lower case, or by its first three letters or more.
pub(super) fn month(word: &str) -> Option<u32> {
    let count = word.chars().count();
    if !(3..=12).contains(&count) {
        return None;
    }
    let fits = |name: &&&str| **name == word || count <= 5 && name.starts_with(word);
    let index = MONTHS.iter().position(|names| names.iter().any(|name| fits(&name)))?;
    u32::try_from(index + 1).ok()
}

/// The minutes east of UTC of a zone by its name, in lower case.
pub(super) fn zone(word: &str) -> Option<i32> {
    ZONES.iter().find(|(name, _)| *name == word).map(|(_, minutes)| *minutes)
}

/// Whether a text says when something was only beside a clock.
pub(super) fn is_relative(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    if lower.len() > 80 {
        return false;
    }
    let starts = |word: &&&str| {
        lower.strip_prefix(**word).is_some_and(|rest| {
            rest.len() <= 24 && !rest.starts_with(|c: char| c.is_alphabetic() || matches!(c, '\'' | '’'))
        })
    };
    let numbered = lower.chars().any(|c| c.is_ascii_digit());
    LATELY.iter().any(|word| starts(&word))
        || numbered && (AGO.iter().any(|word| lower.contains(word)) || is_short(&lower))
}

/// `3h`, `2 d`, `15min`.
fn is_short(text: &str) -> bool {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
    unit.len() < text.len()
        && matches!(unit, "s" | "m" | "min" | "mins" | "h" | "hr" | "hrs" | "d" | "w" | "mo" | "y")
}

/// Letters that are a word each: those between the numbers of a date in Chinese, Japanese and Korean.
pub(super) fn stands_alone(c: char) -> bool {
    matches!(c, '年' | '月' | '日' | '号' | '號' | '년' | '월' | '일')
}
