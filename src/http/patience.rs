//! How slow a client may be, in both directions: what moved in a window of time is held against the least that must.
//!
//! May import: `config`.

use std::time::Duration;

use tokio::time::Instant;

use crate::config::Slow;

/// A window of time in which something has to move.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    slow: Slow,
    ends: Instant,
    moved: u64,
}

impl Window {
    /// A window that begins at `now`.
    pub(super) fn new(slow: Slow, now: Instant) -> Self {
        Self { slow, ends: now + slow.window, moved: 0 }
    }

    /// When it ends.
    pub(super) fn ends(&self) -> Instant {
        self.ends
    }

    /// Notes that `bytes` have moved.
    pub(super) fn moved(&mut self, bytes: usize) {
        self.moved = self.moved.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    /// Whether to be patient still at `now`. A window that has ended well is followed by the next.
    pub(super) fn holds(&mut self, now: Instant) -> bool {
        if now < self.ends {
            return true;
        }
        let least = u64::from(self.slow.bytes_per_second) * self.slow.window.as_secs().max(1);
        let enough = self.moved >= least;
        *self = Self { ends: now + self.slow.window, moved: 0, ..*self };
        enough
    }
}

/// How long a client may take for `bytes`.
pub(super) fn time_for(bytes: usize, slow: Slow) -> Duration {
    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
    slow.window + Duration::from_secs(bytes / u64::from(slow.bytes_per_second.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOW: Slow = Slow { window: Duration::from_secs(10), bytes_per_second: 100 };

    #[test]
    fn who_moves_enough_goes_on_and_who_stops_does_not() {
        let begun = Instant::now();
        let after = |seconds| begun + Duration::from_secs(seconds);
        let mut window = Window::new(SLOW, begun);
        window.moved(1);
        assert!(window.holds(after(9)));
        window.moved(999);
        assert!(window.holds(after(10)));
        window.moved(999);
        assert!(window.holds(after(19)));
        assert!(!window.holds(after(20)));
    }

    #[test]
    fn more_takes_longer() {
        assert_eq!(time_for(0, SLOW), Duration::from_secs(10));
        assert_eq!(time_for(1000, SLOW), Duration::from_secs(20));
    }
}
