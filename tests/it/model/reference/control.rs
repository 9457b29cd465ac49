//! Who is in control, and handovers.

use super::{Answer, Control, Handing, Handover, Leg, State, Step, WINDOW, Who};
use crate::model::steps::handed;

impl State {
    /// The handover of these goods that may still be accepted.
    pub fn open_handover(&self, goods: usize) -> Option<Handover> {
        self.handovers[goods].filter(|handover| self.now < handover.until)
    }

    /// Whether goods are offered on the leg, which waits for them.
    pub(super) fn offered_on(&self, leg: usize) -> bool {
        (0..2)
            .filter_map(|goods| self.open_handover(goods))
            .any(|handover| handover.leg == Some(leg) && handover.status == Handing::Offered)
    }

    /// The handover of these goods has ended: a leg that waited for it goes on, unless others wait there.
    fn settles(&mut self, goods: usize) {
        let leg = self.handovers[goods].take().and_then(|handover| handover.leg);
        let Some(leg) = leg.filter(|leg| !self.offered_on(*leg)) else { return };
        let cleared = self.cleared(leg);
        match (self.legs[leg], self.found[leg]) {
            (Leg::AtHandover, _) => {
                self.legs[leg] = if cleared { Leg::Running } else { Leg::MustStop };
            }
            (Leg::Lost, Leg::AtHandover) => self.found[leg] = Leg::Running,
            _ => {}
        }
    }

    pub(super) fn control_steps(&mut self, step: Step) -> Answer {
        match step {
            Step::Take(goods, by) => {
                if self.control[goods] != Control::Nobody || by.home() != Some(self.goods) {
                    return Answer::Refused;
                }
                self.control[goods] = Control::Held(by);
                self.acted = true;
                Answer::Done
            }
            Step::End { goods, by, for_good } => {
                if self.control[goods] != Control::Held(by) {
                    return Answer::Refused;
                }
                self.control[goods] = Control::Over { for_good };
                self.lost[goods] = false;
                self.settles(goods);
                Answer::Done
            }
            Step::Lose(goods, _) => {
                self.lost[goods] |= matches!(self.control[goods], Control::Held(_));
                self.loses();
                Answer::Done
            }
            Step::Recover(goods, by) => {
                if self.control[goods] == (Control::Over { for_good: true }) {
                    self.control[goods] = Control::Held(by);
                }
                self.lost[goods] = false;
                self.finds();
                Answer::Done
            }
            Step::TakeOver(goods, by) => {
                self.acted = true;
                self.settles(goods);
                if self.control[goods] != Control::Held(by) {
                    self.control[goods] = Control::Held(by);
                    self.lost[goods] = false;
                }
                self.finds();
                Answer::Done
            }
            _ => Answer::Forbidden,
        }
    }

    pub(super) fn handover_steps(&mut self, step: Step) -> Answer {
        if let Step::Propose { goods, by, to, leg } = step {
            let Control::Held(from) = self.control[goods] else { return Answer::Refused };
            if from == to {
                return Answer::Refused;
            }
            if by != from && by != to && by != Who::Lead {
                return Answer::Forbidden;
            }
            if self.open_handover(goods).is_some() {
                return Answer::Refused;
            }
            self.settles(goods);
            let (status, until) = (Handing::Proposed, self.now + WINDOW);
            self.handovers[goods] = Some(Handover { status, from, to, by, until, leg });
            return Answer::Done;
        }
        let Some(goods) = handed(step) else { return Answer::Forbidden };
        // Each side does its own part, whether the window is open or not.
        let Some(handover) = self.handovers[goods] else { return Answer::Hidden };
        let agreeing = if handover.by == handover.to { handover.from } else { handover.to };
        let own = match step {
            Step::Agree(_, by) => by == agreeing,
            Step::Offer(_, by) => by == handover.from,
            Step::Accept(_, by) | Step::RefuseGoods(_, by) => by == handover.to,
            Step::Cancel(_, by) => by == handover.from || by == handover.to || by == handover.by,
            _ => false,
        };
        if !own {
            return Answer::Forbidden;
        }
        // What nobody accepted in its window is still refused, or let go.
        if matches!(
            (step, handover.status),
            (Step::RefuseGoods(..), Handing::Offered) | (Step::Cancel(..), _)
        ) {
            self.settles(goods);
            return Answer::Done;
        }
        let Some(open) = self.open_handover(goods) else { return Answer::Refused };
        match (step, open.status) {
            (Step::Agree(..), Handing::Proposed) => {
                self.handovers[goods] = Some(Handover { status: Handing::Agreed, ..open });
            }
            (Step::Offer(..), Handing::Agreed) => {
                self.handovers[goods] = Some(Handover { status: Handing::Offered, ..open });
                let waits = |leg| if leg == Leg::Running { Leg::AtHandover } else { leg };
                self.befalls(|leg| Some(leg) == open.leg, waits);
            }
            (Step::Accept(..), Handing::Offered) => {
                self.control[goods] = Control::Held(open.to);
                self.lost[goods] = false;
                self.settles(goods);
                self.finds();
            }
            _ => return Answer::Refused,
        }
        Answer::Done
    }
}
