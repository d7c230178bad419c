//! How often a refusal at a guard is audited. Whoever tries doors that are not theirs is found in the audit log
//! (ASVS 16.3.2), and does not fill it (ASVS 16.4): a few events for each account and route are written in a minute,
//! and the first one after that tells how many were not.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use guardhouse_core::{
    ids::AccountId,
    time::{Span, Timestamp},
};
use http::Method;

/// What is refused: who, and at which door.
type Door = (AccountId, Method, &'static str);

/// Events that are written in [`WINDOW`] for one account at one door.
const WRITTEN: u32 = 3;
const WINDOW: Span = Span::minutes(1);
/// Doors kept in memory, some 100 bytes each; all beyond share one count.
const MOST: usize = 10_000;

/// Where memory is full, what is over is looked for so often: it means going through all of it.
const SWEPT: Span = Span::seconds(1);

/// Refusals of the last minutes.
#[derive(Debug, Default)]
pub struct Denials(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    doors: HashMap<Option<Door>, Count>,
    swept_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    since: Timestamp,
    written: u32,
    unwritten: u64,
}

impl Denials {
    /// Counts a refusal: `None` where it is not to be written, else how many were not since the last one that was.
    pub fn count(&self, now: Timestamp, who: AccountId, method: &Method, path: &'static str) -> Option<u64> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = Some((who, method.clone(), path));
        let key = if counts.doors.contains_key(&key) || counts.room(now) { key } else { None };
        let count = counts.doors.entry(key).or_insert(Count { since: now, written: 0, unwritten: 0 });
        if now.since(count.since) >= WINDOW {
            (count.since, count.written) = (now, 0);
        }
        if count.written == WRITTEN {
            count.unwritten += 1;
            return None;
        }
        count.written += 1;
        Some(std::mem::take(&mut count.unwritten))
    }
}

impl Counts {
    /// Whether there is room for one more, after what is over was dropped. What still has to be told stays a while longer.
    fn room(&mut self, now: Timestamp) -> bool {
        if self.doors.len() >= MOST && self.swept_at.is_none_or(|at| now.since(at) >= SWEPT) {
            self.swept_at = Some(now);
            let kept = |count: &Count| if count.unwritten > 0 { Span::hours(1) } else { WINDOW };
            self.doors.retain(|_, count| now.since(count.since) < kept(count));
        }
        self.doors.len() < MOST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_780_000_000_000_000);

    fn count(denials: &Denials, now: Timestamp, who: AccountId, path: &'static str) -> Option<u64> {
        denials.count(now, who, &Method::GET, path)
    }

    #[test]
    fn a_few_are_written_and_the_next_one_tells_of_the_rest_16_3_2_d2() {
        let denials = Denials::default();
        let (alice, bob) = (AccountId::new(NOW), AccountId::new(NOW + Span::seconds(1)));
        let of_alice: Vec<_> = (0..10).map(|_| count(&denials, NOW, alice, "/a")).collect();
        assert_eq!(of_alice, [vec![Some(0); 3], vec![None; 7]].concat());
        assert_eq!(count(&denials, NOW, bob, "/a"), Some(0));
        assert_eq!(count(&denials, NOW, alice, "/b"), Some(0));
        assert_eq!(denials.count(NOW, alice, &Method::POST, "/a"), Some(0));
        let later = NOW + WINDOW;
        assert_eq!(count(&denials, later, alice, "/a"), Some(7));
        assert_eq!(count(&denials, later, alice, "/a"), Some(0));
    }

    #[test]
    fn memory_is_bounded_and_beyond_it_all_share_one_count_d2() {
        let denials = Denials::default();
        let account = |n: i64| AccountId::new(NOW + Span::milliseconds(n));
        let most = i64::try_from(MOST).unwrap_or_default();
        for n in 0..most {
            assert_eq!(count(&denials, NOW, account(n), "/a"), Some(0));
        }
        let beyond: Vec<_> = (most..most + 5).map(|n| count(&denials, NOW, account(n), "/a")).collect();
        assert_eq!(beyond, [Some(0), Some(0), Some(0), None, None]);
        // Just before the window ends nothing is over, so it is not looked for again at once.
        let (early, late) = (NOW + WINDOW - Span::milliseconds(1), NOW + WINDOW);
        assert_eq!(count(&denials, early, account(most + 7), "/a"), None);
        assert_eq!(count(&denials, late, account(most + 8), "/a"), Some(3));
        assert!(denials.0.lock().is_ok_and(|counts| counts.doors.len() > MOST));
        assert_eq!(count(&denials, early + SWEPT, account(most + 9), "/a"), Some(0));
        assert!(denials.0.lock().is_ok_and(|counts| counts.doors.len() < MOST));
    }
}
