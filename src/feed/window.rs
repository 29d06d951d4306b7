//! Which members of a feed its documents hold.
//!
//! A feed's members are kept in the order they entered it, hidden ones included, so that a place never moves.
//! The subscription document holds the last of them, the archive documents all of them in closed pages of equal
//! size: together they hold every member, some twice, which RFC 5005 (section 4) allows.

use std::cmp::Reverse;
use std::ops::Range;

use crate::model::{ArticleId, Timestamp};

/// How an article came into a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// The sequence number of the record that brought it in.
    pub seq: u64,
    /// Its published time.
    pub published: Timestamp,
    /// Its place in that reading, counted from the top.
    pub position: u32,
    /// The article.
    pub article: ArticleId,
}

impl Member {
    /// What orders members by their entering: by record; within one by published time, then the lowest on the
    /// page first.
    #[must_use]
    pub fn entered(&self) -> (u64, Timestamp, Reverse<u32>, ArticleId) {
        (self.seq, self.published, Reverse(self.position), self.article)
    }
}

/// Keeps the last `size` members to enter, in the order they entered.
pub fn last(members: &mut Vec<Member>, size: usize) {
    members.sort_unstable_by_key(Member::entered);
    let surplus = members.len().saturating_sub(size);
    members.drain(..surplus);
}

/// How many closed archive documents a feed of `members` has, `size` to a document; none when `size` is 0.
///
/// What is in no closed one yet is in the subscription document, if that holds `size` members too.
#[must_use]
pub fn closed_archives(members: u64, size: u32) -> u32 {
    let full = members.checked_div(size.into()).unwrap_or(0);
    u32::try_from(full).unwrap_or(u32::MAX)
}

/// The places, in the order of entering and from 0, of the members in archive document `number` (from 1).
#[must_use]
pub fn archive_members(number: u32, size: u32) -> Range<u64> {
    let size = u64::from(size);
    let end = u64::from(number) * size;
    end.saturating_sub(size)..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn member(seq: u64, published: i64, position: u32) -> Member {
        let id = (u128::from(seq) << 64) | u128::from(position);
        Member {
            seq,
            published: Timestamp::from_unix(published),
            position,
            article: ArticleId::from_uuid(Uuid::from_u128(id)),
        }
    }

    #[test]
    fn window_of_one_large_scan_holds_its_newest() {
        let mut members: Vec<Member> = (0..200).map(|at| member(1, 1_000 - i64::from(at), at)).collect();
        last(&mut members, 100);
        assert_eq!(members.len(), 100);
        assert!(members.iter().all(|member| member.position < 100));
        assert_eq!(members.last().map(|member| member.position), Some(0));
    }

    #[test]
    fn window_prefers_what_entered_last_over_what_is_dated_last() {
        let mut members = vec![member(2, 10, 0), member(1, 900, 0), member(1, 900, 1)];
        last(&mut members, 2);
        let kept: Vec<_> = members.iter().map(|member| (member.seq, member.position)).collect();
        assert_eq!(kept, [(1, 0), (2, 0)]);
    }

    #[test]
    fn f111_archives_and_window_hold_every_member() {
        for size in [1u32, 7, 100] {
            for members in [0u64, 1, 6, 7, 8, 99, 100, 101, 250] {
                let closed = closed_archives(members, size);
                let mut next = 0;
                for number in 1..=closed {
                    let range = archive_members(number, size);
                    assert_eq!(range.start, next);
                    next = range.end;
                }
                assert!(next <= members && members - next <= u64::from(size));
            }
        }
        assert_eq!(closed_archives(10, 0), 0);
        assert_eq!(archive_members(0, 10), 0..0);
    }
}
