//! Names of elements as small numbers, so that building and matching compare numbers.

/// The name of an element; [`Name::OTHER`] for one that HTML does not know, told by its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::extract::html) struct Name(u8);

macro_rules! names {
    ($($constant:ident $text:literal)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms, dead_code)]
        #[repr(u8)]
        enum Number { TEXT, OTHER, $($constant),* }

        impl Name {
            /// A piece of text, no element.
            pub(in crate::extract::html) const TEXT: Self = Self(Number::TEXT as u8);
            /// An element with a name that is not in the list.
            pub(in crate::extract::html) const OTHER: Self = Self(Number::OTHER as u8);
            $(#[allow(dead_code)] pub(in crate::extract::html) const $constant: Self = Self(Number::$constant as u8);)*
        }

        const TEXTS: &[&str] = &["", "", $($text),*];
    };
}

names! {
    A "a" ABBR "abbr" ADDRESS "address" APPLET "applet" AREA "area" ARTICLE "article" ASIDE "aside"
    AUDIO "audio" B "b" BASE "base" BASEFONT "basefont" BDI "bdi" BDO "bdo" BGSOUND "bgsound" BIG "big"
    BLOCKQUOTE "blockquote" BODY "body" BR "br" BUTTON "button" CANVAS "canvas" CAPTION "caption"
    CENTER "center" CITE "cite" CODE "code" COL "col" COLGROUP "colgroup" DATA "data" DATALIST "datalist"
    DD "dd" DEL "del" DESC "desc" DETAILS "details" DFN "dfn" DIALOG "dialog" DIR "dir" DIV "div" DL "dl"
    DT "dt" EM "em" EMBED "embed" FIELDSET "fieldset" FIGCAPTION "figcaption" FIGURE "figure" FONT "font"
    FOOTER "footer" FOREIGN_OBJECT "foreignobject" FORM "form" FRAME "frame" FRAMESET "frameset" H1 "h1"
    H2 "h2" H3 "h3" H4 "h4" H5 "h5" H6 "h6" HEAD "head" HEADER "header" HGROUP "hgroup" HR "hr"
    HTML "html" I "i" IFRAME "iframe" IMG "img" INPUT "input" INS "ins" KBD "kbd" LABEL "label"
    LEGEND "legend" LI "li" LINK "link" LISTING "listing" MAIN "main" MAP "map" MARK "mark"
    MARQUEE "marquee" MATH "math" MENU "menu" META "meta" METER "meter" NAV "nav" NOBR "nobr"
    NOEMBED "noembed" NOFRAMES "noframes" NOSCRIPT "noscript" OBJECT "object" OL "ol"
    OPTGROUP "optgroup" OPTION "option" OUTPUT "output" P "p" PARAM "param" PICTURE "picture"
    PLAINTEXT "plaintext" PRE "pre" PROGRESS "progress" Q "q" RB "rb" RP "rp" RT "rt" RTC "rtc"
    RUBY "ruby" S "s" SAMP "samp" SCRIPT "script" SEARCH "search" SECTION "section" SELECT "select"
    SLOT "slot" SMALL "small" SOURCE "source" SPAN "span" STRIKE "strike" STRONG "strong" STYLE "style"
    SUB "sub" SUMMARY "summary" SUP "sup" SVG "svg" TABLE "table" TBODY "tbody" TD "td"
    TEMPLATE "template" TEXTAREA "textarea" TFOOT "tfoot" TH "th" THEAD "thead" TIME "time"
    TITLE "title" TR "tr" TRACK "track" TT "tt" U "u" UL "ul" VAR "var" VIDEO "video" WBR "wbr" XMP "xmp"
}

/// How many names there are.
pub(super) const COUNT: usize = TEXTS.len();
/// The longest name in the list.
const LONGEST: usize = 13;
const SLOTS: usize = 512;

const fn slot(name: &[u8]) -> usize {
    let last = name.len() - 1;
    let sum = name[0] as usize * 7 + name[last] as usize * 31 + name[name.len() / 2] as usize * 13;
    (sum + name.len() * 17) % SLOTS
}

/// Every name at its slot, or at the next free one after it; 0 where none is.
static TABLE: [u8; SLOTS] = {
    let mut table = [0_u8; SLOTS];
    let mut number = Number::OTHER as usize + 1;
    while number < COUNT {
        let mut at = slot(TEXTS[number].as_bytes());
        while table[at] != 0 {
            at = (at + 1) % SLOTS;
        }
        table[at] = number as u8;
        number += 1;
    }
    table
};

impl Name {
    /// The name of `text`, in any case.
    pub(in crate::extract::html) fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        if bytes.is_empty() || bytes.len() > LONGEST {
            return Self::OTHER;
        }
        let mut buffer = [0_u8; LONGEST];
        for (to, from) in buffer.iter_mut().zip(bytes) {
            *to = from.to_ascii_lowercase();
        }
        let lower = &buffer[..bytes.len()];
        let mut at = slot(lower);
        while TABLE[at] != 0 {
            if TEXTS[usize::from(TABLE[at])].as_bytes() == lower {
                return Self(TABLE[at]);
            }
            at = (at + 1) % SLOTS;
        }
        Self::OTHER
    }

    /// Its text; empty for [`Self::TEXT`] and [`Self::OTHER`].
    pub(in crate::extract::html) fn text(self) -> &'static str {
        TEXTS[usize::from(self.0)]
    }

    pub(super) fn number(self) -> usize {
        usize::from(self.0)
    }

    /// Has no content and no end tag.
    pub(super) fn is_void(self) -> bool {
        matches!(
            self,
            Self::AREA
                | Self::BASE
                | Self::BASEFONT
                | Self::BGSOUND
                | Self::BR
                | Self::COL
                | Self::EMBED
                | Self::FRAME
                | Self::HR
                | Self::IMG
                | Self::INPUT
                | Self::LINK
                | Self::META
                | Self::PARAM
                | Self::SOURCE
                | Self::TRACK
                | Self::WBR
        )
    }

    /// Its content is text up to its own end tag, whatever it looks like.
    pub(super) fn is_raw(self) -> bool {
        matches!(
            self,
            Self::SCRIPT
                | Self::STYLE
                | Self::TEXTAREA
                | Self::TITLE
                | Self::NOSCRIPT
                | Self::IFRAME
                | Self::NOEMBED
                | Self::NOFRAMES
                | Self::XMP
                | Self::TEMPLATE
        )
    }

    /// Its content is nothing that a reader of the page sees.
    pub(in crate::extract::html) fn is_unseen(self) -> bool {
        matches!(
            self,
            Self::SCRIPT
                | Self::STYLE
                | Self::NOSCRIPT
                | Self::TEMPLATE
                | Self::IFRAME
                | Self::NOEMBED
                | Self::NOFRAMES
                | Self::HEAD
        )
    }

    pub(in crate::extract::html) fn is_heading(self) -> bool {
        matches!(self, Self::H1 | Self::H2 | Self::H3 | Self::H4 | Self::H5 | Self::H6)
    }

    /// Formats text: left open by a wrong order of end tags, it never holds back a block.
    pub(super) fn is_formatting(self) -> bool {
        matches!(
            self,
            Self::A
                | Self::B
                | Self::BIG
                | Self::CODE
                | Self::EM
                | Self::FONT
                | Self::I
                | Self::NOBR
                | Self::S
                | Self::SMALL
                | Self::STRIKE
                | Self::STRONG
                | Self::TT
                | Self::U
        )
    }

    /// Runs within a line of text.
    pub(in crate::extract::html) fn is_inline(self) -> bool {
        self.is_formatting()
            || matches!(
                self,
                Self::OTHER
                    | Self::ABBR
                    | Self::BDI
                    | Self::BDO
                    | Self::CITE
                    | Self::DATA
                    | Self::DEL
                    | Self::DFN
                    | Self::IMG
                    | Self::INS
                    | Self::KBD
                    | Self::LABEL
                    | Self::MARK
                    | Self::OUTPUT
                    | Self::PICTURE
                    | Self::Q
                    | Self::RUBY
                    | Self::RB
                    | Self::RT
                    | Self::RTC
                    | Self::RP
                    | Self::SAMP
                    | Self::SLOT
                    | Self::SPAN
                    | Self::SUB
                    | Self::SUP
                    | Self::SVG
                    | Self::TIME
                    | Self::VAR
                    | Self::WBR
                    | Self::BUTTON
            )
    }

    /// Its start tag ends an open paragraph.
    pub(super) fn ends_paragraph(self) -> bool {
        self.is_heading()
            || matches!(
                self,
                Self::ADDRESS
                    | Self::ARTICLE
                    | Self::ASIDE
                    | Self::BLOCKQUOTE
                    | Self::CENTER
                    | Self::DD
                    | Self::DETAILS
                    | Self::DIALOG
                    | Self::DIR
                    | Self::DIV
                    | Self::DL
                    | Self::DT
                    | Self::FIELDSET
                    | Self::FIGCAPTION
                    | Self::FIGURE
                    | Self::FOOTER
                    | Self::FORM
                    | Self::HEADER
                    | Self::HGROUP
                    | Self::HR
                    | Self::LI
                    | Self::LISTING
                    | Self::MAIN
                    | Self::MENU
                    | Self::NAV
                    | Self::OL
                    | Self::P
                    | Self::PLAINTEXT
                    | Self::PRE
                    | Self::SEARCH
                    | Self::SECTION
                    | Self::SUMMARY
                    | Self::TABLE
                    | Self::UL
                    | Self::XMP
            )
    }

    /// An open one hides what is outside of it from end tags.
    pub(super) fn is_scope(self) -> bool {
        matches!(
            self,
            Self::APPLET
                | Self::CAPTION
                | Self::HTML
                | Self::MARQUEE
                | Self::OBJECT
                | Self::TABLE
                | Self::TD
                | Self::TEMPLATE
                | Self::TH
                | Self::FOREIGN_OBJECT
        )
    }

    /// No stray end tag of text formatting goes past an open one.
    pub(super) fn is_special(self) -> bool {
        self.ends_paragraph()
            || self.is_scope()
            || matches!(
                self,
                Self::BODY
                    | Self::BUTTON
                    | Self::HEAD
                    | Self::SELECT
                    | Self::TBODY
                    | Self::TFOOT
                    | Self::THEAD
                    | Self::TR
                    | Self::COLGROUP
                    | Self::FRAMESET
                    | Self::IFRAME
            )
    }

    /// May stay open to the end of a whole page: its end tag is optional, or nobody misses it.
    pub(in crate::extract::html) fn may_stay_open(self) -> bool {
        self.is_formatting()
            || matches!(
                self,
                Self::HTML
                    | Self::BODY
                    | Self::P
                    | Self::LI
                    | Self::DT
                    | Self::DD
                    | Self::TR
                    | Self::TD
                    | Self::TH
                    | Self::TBODY
                    | Self::THEAD
                    | Self::TFOOT
                    | Self::OPTION
                    | Self::OPTGROUP
                    | Self::COLGROUP
                    | Self::SPAN
                    | Self::CENTER
            )
    }

    /// Belongs in `head` and may stand there before any content.
    pub(super) fn is_metadata(self) -> bool {
        matches!(
            self,
            Self::BASE
                | Self::BASEFONT
                | Self::BGSOUND
                | Self::LINK
                | Self::META
                | Self::NOFRAMES
                | Self::NOSCRIPT
                | Self::SCRIPT
                | Self::STYLE
                | Self::TEMPLATE
                | Self::TITLE
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_in_any_case() {
        for (number, text) in TEXTS.iter().enumerate().skip(2) {
            assert_eq!(Name::of(text).number(), number, "{text}");
            assert_eq!(Name::of(&text.to_uppercase()).text(), *text);
        }
        for other in ["", "x", "my-card", "blockquotes", "a-very-long-name-of-an-element"] {
            assert_eq!(Name::of(other), Name::OTHER, "{other}");
        }
    }
}
