//! How long whoever guessed wrongly waits before the next guess: pure.
//!
//! May import: `clock`, `error`.

use crate::clock::Instant;
use crate::error::Error;

/// Wrong guesses that nobody waits for.
const FREE_FAILURES: i64 = 5;
/// How long one waits after the first one too many, in seconds; each further one doubles it.
const FIRST_WAIT: i64 = 30;
/// The longest wait, in seconds: with three one-time passwords of a million right at a time, guessing takes years.
const LONGEST_WAIT: i64 = 15 * 60;

/// Until when the next guess waits after so many wrong ones.
pub fn wait(failures: i64, now: Instant) -> Option<Instant> {
    let over = u32::try_from((failures - FREE_FAILURES).min(10)).ok()?;
    let seconds = (FIRST_WAIT << over).min(LONGEST_WAIT);
    Some(now.plus_seconds(seconds))
}

/// What is answered to whoever comes at `now` and has to wait until `until`.
pub fn wait_until(until: Instant, now: Instant, words: &str) -> Error {
    let microseconds = until.microseconds() - now.microseconds();
    let seconds = u32::try_from((microseconds + 999_999) / 1_000_000).unwrap_or_default().max(1);
    Error::too_many(seconds, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(microseconds: i64) -> Instant {
        Instant::from_microseconds(microseconds).unwrap()
    }

    #[test]
    fn the_wait_doubles_and_stays_bearable() {
        let waits = |failures| wait(failures, at(0)).map(Instant::seconds);
        assert_eq!(waits(4), None);
        assert_eq!([5, 6, 9, 10].map(waits), [Some(30), Some(60), Some(480), Some(900)]);
        assert_eq!([11, 1000, i64::MAX].map(waits), [Some(900); 3]);
    }

    #[test]
    fn who_comes_again_when_told_to_is_not_too_early() {
        let told = |now| wait_until(at(30_000_000), at(now), "wait").retry_after();
        assert_eq!(
            [0, 1, 29_000_000, 29_999_999].map(told),
            [Some(30), Some(30), Some(1), Some(1)]
        );
    }
}
