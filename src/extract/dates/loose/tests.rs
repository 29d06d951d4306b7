//! Dates as web pages write them.

use super::*;

fn read(text: &str) -> String {
    by(text, &DateRules::default())
}

fn by(text: &str, rules: &DateRules) -> String {
    match find(text, rules) {
        PageDate::Date(date) => date.to_string(),
        other => format!("{other:?}"),
    }
}

#[test]
fn dates_of_many_languages_are_read() {
    for text in [
        "2016-03-03",
        "2016/3/3",
        "2016.03.03",
        "20160303",
        "2016-03-03 10:30",
        "2016-03-03T10:30:00",
        "Mar 3, 2016",
        "March 3rd, 2016",
        "Thu, Mar 3, 2016 at 10:30 PM",
        "Posted on March 3, 2016 by Bob in News",
        "3 Mar 2016",
        "3rd of March, 2016",
        "03-Mar-2016",
        "Mar 3 '16",
        "3. März 2016",
        "Donnerstag, 3. März 2016, 10:30 Uhr",
        "3 mars 2016",
        "jeudi 3 mars 2016 à 10h30",
        "3 de marzo de 2016",
        "3 marzo 2016",
        "3 de março de 2016",
        "3 maart 2016",
        "3 marca 2016",
        "3 марта 2016 г.",
        "3 МАРТА 2016",
        "2016年3月3日",
        "2016 年 3 月 3 日发布",
        "２０１６年３月３日",
        "2016年03月03日 10:30",
        "2016년 3월 3일",
        "三月 3, 2016",
        "By Ann · 3 March 2016 · 5 min",
        "2016 March 3",
        "03 Mar 16",
    ] {
        assert_eq!(read(text), "2016-03-03", "{text}");
    }
    for (text, month) in [
        ("1er janvier 2020", 1),
        ("1 février 2020", 2),
        ("1 avr. 2020", 4),
        ("1 mai 2020", 5),
        ("1 juin 2020", 6),
        ("1 juil. 2020", 7),
        ("1 août 2020", 8),
        ("1 déc. 2020", 12),
        ("1. Jänner 2020", 1),
        ("1. Mai 2020", 5),
        ("1. Okt. 2020", 10),
        ("1. Dez. 2020", 12),
        ("1 de enero de 2020", 1),
        ("1 ago 2020", 8),
        ("1 sept. 2020", 9),
        ("1 gennaio 2020", 1),
        ("1 mag 2020", 5),
        ("1 giu 2020", 6),
        ("1 lug 2020", 7),
        ("1 ott 2020", 10),
        ("1 de fevereiro de 2020", 2),
        ("1 set 2020", 9),
        ("1 out 2020", 10),
        ("1 mei 2020", 5),
        ("1 mrt 2020", 3),
        ("1 stycznia 2020", 1),
        ("1 października 2020", 10),
        ("1 grudnia 2020", 12),
        ("1 мая 2020", 5),
        ("1 сент. 2020", 9),
        ("1 декабря 2020", 12),
    ] {
        assert_eq!(read(text), format!("2020-{month:02}-01"), "{text}");
    }
}

#[test]
fn a_time_with_its_offset_is_an_instant() {
    for (text, expected) in [
        ("2016-03-03T10:30:05Z", "2016-03-03T10:30:05Z"),
        ("2016-03-03T10:30:05.123+08:00", "2016-03-03T10:30:05+08:00"),
        ("2016-03-03 10:30:05 +0100", "2016-03-03T10:30:05+01:00"),
        ("2016-03-03T23:30:05-05:00", "2016-03-03T23:30:05-05:00"),
        ("Thu, 03 Mar 2016 10:30:05 GMT", "2016-03-03T10:30:05Z"),
        ("Fri, 03 Mar 2016 10:30:05 +0000", "2016-03-03T10:30:05Z"),
        ("3. März 2016, 10:30 CET", "2016-03-03T10:30:00+01:00"),
        ("March 3, 2016 at 10:30 pm EST", "2016-03-03T22:30:00-05:00"),
        ("Mar 3, 2016 12:05 am UTC", "2016-03-03T00:05:00Z"),
        ("1456999805", "2016-03-03T10:10:05Z"),
        ("1456999805123", "2016-03-03T10:10:05Z"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn f084_dates_that_cannot_be_are_none() {
    for text in [
        "2016-02-30",
        "Feb 30, 2016",
        "0000-01-01",
        "1601-01-01",
        "9999-12-31",
        "12000-01-01 or Jan 1, 12000",
        "99999999999999",
        "2016-13-01",
        "45/45/2016",
        "2016-03-03T99:99:99Z x",
    ] {
        let found = read(text);
        assert!(["NoSuchDay", "None", "2016-03-03"].contains(&found.as_str()), "{text}: {found}");
    }
}

#[test]
fn f085_the_order_of_day_and_month_is_never_guessed() {
    let day_first = DateRules { day_first: Some(true), ..DateRules::default() };
    let month_first = DateRules { day_first: Some(false), ..DateRules::default() };
    let german = DateRules { language: Some("de".to_owned()), ..DateRules::default() };
    for text in ["03/04/2016", "3.4.2016", "03-04-16", "Stand: 03.04.2016 10:30"] {
        assert_eq!(read(text), "Unordered", "{text}");
        assert_eq!(by(text, &day_first), "2016-04-03", "{text}");
        assert_eq!(by(text, &month_first), "2016-03-04", "{text}");
        assert_eq!(by(text, &german), "2016-04-03", "{text}");
    }
    for text in ["25/12/2016", "12/25/2016", "25.12.16"] {
        assert_eq!(read(text), "2016-12-25", "{text}");
    }
    assert_eq!(read("05/05/2016"), "2016-05-05");
}

#[test]
fn forms_of_the_listing_go_first() {
    let formats = vec!["%d|%m|%y".to_owned(), "%Y week %d/%m".to_owned(), "%d.%m.%Y %H:%M %z".to_owned()];
    let rules = DateRules { formats, ..DateRules::default() };
    assert_eq!(by("03|04|16", &rules), "2016-04-03");
    assert_eq!(by(" 2016 week 03/04 ", &rules), "2016-04-03");
    assert_eq!(by("03.04.2016 10:30 +0200", &rules), "2016-04-03T10:30:00+02:00");
    assert_eq!(by("2016-03-03", &rules), "2016-03-03");
}

#[test]
fn dates_beside_a_clock_are_known_as_such() {
    for text in [
        "3 hours ago",
        "an hour ago",
        "2 days ago by bob",
        "yesterday",
        "Today, 10:30",
        "just now",
        "5m",
        "3 h",
        "vor 3 Stunden",
        "gestern",
        "il y a 2 jours",
        "hier à 10:30",
        "hace 3 horas",
        "3 ore fa",
        "há 2 dias",
        "3 uur geleden",
        "3 godziny temu",
        "3 часа назад",
        "вчера",
        "3小时前",
        "5分钟前",
        "昨天",
        "3時間前",
        "3시간 전",
        "Mar 3",
        "3 mars",
        "3月3日",
    ] {
        assert_eq!(read(text), "Relative", "{text}");
    }
}

#[test]
fn texts_without_a_date_have_none() {
    for text in [
        "",
        "hello",
        "March of the Penguins",
        "May 5 things",
        "Version 1.2.34",
        "10.0.0.1",
        "v1.2.2016",
        "2016",
        "100 points",
        "12 comments",
        "1,234",
        "A story of 1984 and 2001",
        "Today's best offers of all",
        "10:30",
        "5/10",
        "iPhone 15",
        "3 marches",
        "24/7 service",
    ] {
        assert!(matches!(read(text).as_str(), "None"), "{text}: {}", read(text));
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_within_its_bounds(text in "\\PC{0,60}|[0-9a-zA-Z年月日/.: ,+-]{0,60}") {
        if let PageDate::Date(date) = find(&text, &DateRules::default()) {
            let year: i32 = date.day().to_string()[..4].parse().expect("a year");
            proptest::prop_assert!((1970..2200).contains(&year));
            proptest::prop_assert_eq!(Printed::parse(&date.to_string()), Some(date));
        }
    }
}
