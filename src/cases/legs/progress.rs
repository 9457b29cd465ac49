//! What befalls a leg under way, and where it stands after that. Pure.
//!
//! A loss takes nothing back: what befalls a leg while its goods are lost is how it stands once they are found. Nothing but a
//! command lets a leg go on that has to stop or in which agencies have intervened.

use super::model::LegStatus;

/// How far a leg has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Where it stands.
    pub status: LegStatus,
    /// Where it stands once the goods are found; there while they are lost.
    pub when_found: Option<LegStatus>,
}

/// Something that befalls legs under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// The goods are offered to who is to take them over.
    Offered,
    /// The handover has ended, one way or another.
    HandoverEnded,
    /// The goods have taken another way.
    Diverted,
    /// A country has withdrawn its leave.
    Revoked,
    /// Agencies have intervened.
    Intervened,
    /// Nobody knows where the goods are.
    Lost,
    /// No goods are lost any more.
    Found,
}

impl Happening {
    /// Whether goods that stood still would go on, for which every country's leave is asked.
    #[must_use]
    pub fn lets_go_on(self) -> bool {
        matches!(self, Self::HandoverEnded | Self::Found)
    }
}

impl Progress {
    /// A leg that stands there.
    #[must_use]
    pub fn at(status: LegStatus) -> Self {
        Self { status, when_found: None }
    }

    /// The leg after `happening`. Where it would go on and is not `cleared`, because some country does not allow it now, it has
    /// to stop.
    #[must_use]
    pub fn after(self, happening: Happening, cleared: bool) -> Self {
        if !self.status.is_under_way() {
            return self;
        }
        match (happening, self.when_found) {
            (Happening::Lost, None) => {
                Self { status: LegStatus::Lost, when_found: Some(self.status) }
            }
            (Happening::Lost, Some(_)) | (Happening::Found, None) => self,
            (Happening::Found, Some(then)) => Self::at(found(then, cleared)),
            // What goes on when it is found is asked for leave then.
            (_, Some(then)) => Self { when_found: Some(next(then, happening, true)), ..self },
            (_, None) => Self::at(next(self.status, happening, cleared)),
        }
    }
}

/// Where goods stand that are found.
fn found(then: LegStatus, cleared: bool) -> LegStatus {
    match then {
        LegStatus::InProgress | LegStatus::AtHandover | LegStatus::Diverted if !cleared => {
            LegStatus::MustStop
        }
        then => then,
    }
}

/// Where a leg whose goods are not lost stands next. A stronger word stays.
fn next(status: LegStatus, happening: Happening, cleared: bool) -> LegStatus {
    use LegStatus::{AtHandover, Diverted, InProgress, Intervened, MustStop};
    match (happening, status) {
        (Happening::Offered, InProgress) => AtHandover,
        (Happening::HandoverEnded, AtHandover) if cleared => InProgress,
        (Happening::HandoverEnded, AtHandover)
        | (Happening::Revoked, InProgress | AtHandover | Diverted) => MustStop,
        (Happening::Diverted, InProgress | AtHandover) => Diverted,
        (Happening::Intervened, _) => Intervened,
        (_, status) => status,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text_enum::TextEnum;

    use Happening as H;
    use LegStatus as S;

    const ALL: [H; 7] =
        [H::Offered, H::HandoverEnded, H::Diverted, H::Revoked, H::Intervened, H::Lost, H::Found];

    /// Rows are where the leg stands, columns what befalls it, with every country's leave.
    const TABLE: &str = "
                | offered     | handover_ended | diverted   | revoked    | intervened | lost | found
    in_progress | at_handover | in_progress    | diverted   | must_stop  | intervened | lost | in_progress
    at_handover | at_handover | in_progress    | diverted   | must_stop  | intervened | lost | at_handover
    diverted    | diverted    | diverted       | diverted   | must_stop  | intervened | lost | diverted
    must_stop   | must_stop   | must_stop      | must_stop  | must_stop  | intervened | lost | must_stop
    intervened  | intervened  | intervened     | intervened | intervened | intervened | lost | intervened";

    #[test]
    fn a_stronger_word_stays() {
        let mut judged = 0;
        for row in TABLE.lines().skip(2) {
            let mut words = row.split('|').map(str::trim);
            let from = S::from_word(words.next().unwrap()).unwrap();
            for (happening, to) in ALL.into_iter().zip(words) {
                let after = Progress::at(from).after(happening, true);
                assert_eq!(after.status.as_str(), to, "{from} after {happening:?}");
                assert_eq!(after.when_found, (happening == H::Lost).then_some(from));
                judged += 1;
            }
        }
        assert_eq!(judged, 5 * ALL.len());
    }

    /// Whatever befalls a leg while its goods are lost, and in whatever order: found, it stands where it would stand had they
    /// never been lost.
    #[test]
    fn a_loss_takes_nothing_back() {
        let meanwhile = ALL.into_iter().filter(|it| !matches!(it, H::Lost | H::Found));
        for first in meanwhile.clone() {
            for second in meanwhile.clone() {
                for status in
                    S::ALL.iter().copied().filter(|it| it.is_under_way() && *it != S::Lost)
                {
                    let plain = Progress::at(status).after(first, true).after(second, true);
                    let lost = [first, H::Lost, second, H::Lost];
                    let lost =
                        lost.into_iter().fold(Progress::at(status), |leg, it| leg.after(it, true));
                    assert_eq!(lost.status, S::Lost);
                    assert_eq!(lost.when_found, Some(plain.status));
                    assert_eq!(
                        lost.after(H::Found, true),
                        plain,
                        "{status}, {first:?}, {second:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn goods_that_stood_still_go_on_with_leave_only() {
        for (from, happening) in [
            (S::AtHandover, H::HandoverEnded),
            (S::InProgress, H::Found),
            (S::AtHandover, H::Found),
            (S::Diverted, H::Found),
        ] {
            let before = Progress::at(from);
            let before = if happening == H::Found { before.after(H::Lost, true) } else { before };
            assert_eq!(before.after(happening, false), Progress::at(S::MustStop), "{from}");
        }
        // A handover that ends while its goods are lost lets nothing go: leave is asked when they are found.
        let lost = Progress::at(S::AtHandover).after(H::Lost, true).after(H::HandoverEnded, false);
        assert_eq!(lost.when_found, Some(S::InProgress));
        // What agencies have intervened in is not told to stop.
        let intervened = Progress::at(S::Intervened).after(H::Lost, true).after(H::Found, false);
        assert_eq!(intervened, Progress::at(S::Intervened));
    }

    #[test]
    fn what_is_not_under_way_stays() {
        for status in [S::Planned, S::Cleared, S::Completed] {
            for happening in ALL {
                assert_eq!(Progress::at(status).after(happening, true), Progress::at(status));
            }
        }
    }
}
