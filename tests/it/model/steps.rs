//! What is done to the case, and by whom; and the sequences of it.

use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;

use super::reference::{Answer, Case, Decider, LONG, Land, SHORT, State, Who};

/// Minutes by which the clock moves at once.
const STROKES: [i64; 3] = [30, 60, 600];

/// What is done, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Wait(i64),
    Suspend(Who),
    Activate(Who),
    Intervene(Who),
    Conclude(Who),
    /// The report on action taken of the own State.
    File(Who),
    Close(Who),
    Draft(Land),
    Submit(Land),
    Withdraw(Land, Who),
    Acknowledge(Land, Decider),
    /// For how many minutes, and whether the goods may pass as they are.
    Grant(Land, i64, bool, Decider),
    Extend(Land, i64, bool, Decider),
    GrantOrally(Land, Decider),
    Confirm(Land, Decider),
    Refuse(Land, Decider),
    Revoke(Land, Decider),
    Start(usize, Who),
    Complete(usize, Who),
    Divert(usize, Who),
    Resume(usize, Who),
    Enter(usize, Land, Who),
    // What follows names one of the two consignments first.
    Take(usize, Who),
    End {
        goods: usize,
        by: Who,
        for_good: bool,
    },
    Lose(usize, Who),
    Recover(usize, Who),
    TakeOver(usize, Who),
    Propose {
        goods: usize,
        by: Who,
        to: Who,
        leg: Option<usize>,
    },
    Agree(usize, Who),
    Offer(usize, Who),
    Accept(usize, Who),
    RefuseGoods(usize, Who),
    Cancel(usize, Who),
}

/// Whose handover a step moves on.
pub fn handed(step: Step) -> Option<usize> {
    match step {
        Step::Agree(goods, _)
        | Step::Offer(goods, _)
        | Step::Accept(goods, _)
        | Step::RefuseGoods(goods, _)
        | Step::Cancel(goods, _) => Some(goods),
        _ => None,
    }
}

/// Who does a step that anybody may try.
pub fn by(step: Step) -> Option<Who> {
    match step {
        Step::Suspend(by)
        | Step::Activate(by)
        | Step::Intervene(by)
        | Step::Conclude(by)
        | Step::File(by)
        | Step::Close(by)
        | Step::Withdraw(_, by)
        | Step::Start(_, by)
        | Step::Complete(_, by)
        | Step::Divert(_, by)
        | Step::Resume(_, by)
        | Step::Enter(_, _, by)
        | Step::Take(_, by)
        | Step::End { by, .. }
        | Step::Lose(_, by)
        | Step::Recover(_, by)
        | Step::TakeOver(_, by)
        | Step::Propose { by, .. }
        | Step::Agree(_, by)
        | Step::Offer(_, by)
        | Step::Accept(_, by)
        | Step::RefuseGoods(_, by)
        | Step::Cancel(_, by) => Some(by),
        _ => None,
    }
}

/// The machine that makes sequences of steps.
pub struct Reference;

fn who() -> impl Strategy<Value = Who> {
    prop_oneof![
        6 => Just(Who::Lead), 4 => Just(Who::Partner), 3 => Just(Who::Customs), 1 => Just(Who::Stranger),
    ]
}

fn member() -> impl Strategy<Value = Who> {
    prop_oneof![2 => Just(Who::Lead), 2 => Just(Who::Partner), 1 => Just(Who::Customs)]
}

fn decider() -> impl Strategy<Value = Decider> {
    prop_oneof![
        6 => Just(Decider::Authority), 3 => Just(Decider::Speaker), 1 => Just(Decider::Neighbour),
        1 => Just(Decider::Asking),
    ]
}

fn land() -> impl Strategy<Value = Land> {
    prop_oneof![Just(Land::Kg), Just(Land::Kz), Just(Land::Az)]
}

/// The steps that lead on and are done from where the case stands, by their kind.
fn onward(state: &State) -> Vec<Vec<Step>> {
    const MEMBERS: [Who; 3] = [Who::Lead, Who::Partner, Who::Customs];
    let lands = |step: fn(Land) -> Step| Land::ALL.map(step).to_vec();
    let members = |step: fn(usize, Who) -> Step| -> Vec<Step> {
        (0..2).flat_map(|goods| MEMBERS.map(|who| step(goods, who))).collect()
    };
    let legs = |step: fn(usize, Who) -> Step| (0..3).map(|leg| step(leg, Who::Lead)).collect();
    let pairs = |goods| MEMBERS.into_iter().flat_map(move |by| MEMBERS.map(|to| (goods, by, to)));
    // Where a leg is under way, its goods are handed over on it.
    let leg = (0..3).find(|leg| state.legs[*leg].under_way());
    let propose = |(goods, by, to)| Step::Propose { goods, by, to, leg };
    let mut kinds: Vec<Vec<Step>> = vec![
        vec![Step::Activate(Who::Lead)],
        lands(Step::Draft),
        lands(Step::Submit),
        lands(|land| Step::Acknowledge(land, Decider::Speaker)),
        lands(|land| Step::Grant(land, LONG, true, Decider::Authority)),
        lands(|land| Step::GrantOrally(land, Decider::Authority)),
        lands(|land| Step::Confirm(land, Decider::Authority)),
        legs(Step::Start),
        legs(Step::Complete),
        legs(Step::Resume),
        members(Step::Take),
        (0..2).flat_map(pairs).map(propose).collect(),
        members(Step::Agree),
        members(Step::Offer),
        members(Step::Accept),
    ];
    if state.case == Case::Concluded {
        // What is open is settled, and the case is closed.
        kinds.extend([
            MEMBERS.map(Step::File).to_vec(),
            members(Step::Cancel),
            members(|goods, by| Step::End { goods, by, for_good: false }),
            lands(|land| Step::Withdraw(land, Who::Lead)),
            vec![Step::Close(Who::Lead)],
        ]);
    }
    for kind in &mut kinds {
        kind.retain(|step| {
            Reference::preconditions(state, step)
                && state.clone().after(*step).answer == Answer::Done
        });
    }
    kinds.retain(|kind| !kind.is_empty());
    kinds
}

/// Any step of anybody.
fn anything() -> BoxedStrategy<Step> {
    let leg = || 0..3_usize;
    let asking = prop_oneof![
        3 => land().prop_map(Step::Draft),
        3 => land().prop_map(Step::Submit),
        1 => (land(), who()).prop_map(|(land, by)| Step::Withdraw(land, by)),
    ];
    let minutes = || prop_oneof![Just(SHORT), Just(LONG)];
    let live = || prop_oneof![3 => Just(true), 1 => Just(false)];
    let deciding = prop_oneof![
        4 => (land(), decider()).prop_map(|(land, by)| Step::Acknowledge(land, by)),
        4 => (land(), minutes(), live(), decider())
            .prop_map(|(land, until, live, by)| Step::Grant(land, until, live, by)),
        2 => (land(), minutes(), live(), decider())
            .prop_map(|(land, until, live, by)| Step::Extend(land, until, live, by)),
        2 => (land(), decider()).prop_map(|(land, by)| Step::GrantOrally(land, by)),
        2 => (land(), decider()).prop_map(|(land, by)| Step::Confirm(land, by)),
        3 => (land(), decider()).prop_map(|(land, by)| Step::Refuse(land, by)),
        3 => (land(), decider()).prop_map(|(land, by)| Step::Revoke(land, by)),
    ];
    let moving = prop_oneof![
        4 => (leg(), who()).prop_map(|(leg, by)| Step::Start(leg, by)),
        2 => (leg(), who()).prop_map(|(leg, by)| Step::Complete(leg, by)),
        2 => (leg(), who()).prop_map(|(leg, by)| Step::Divert(leg, by)),
        2 => (leg(), who()).prop_map(|(leg, by)| Step::Resume(leg, by)),
        1 => (leg(), land(), who()).prop_map(|(leg, land, by)| Step::Enter(leg, land, by)),
    ];
    let goods = || 0..2_usize;
    let controlling = prop_oneof![
        4 => (goods(), who()).prop_map(|(goods, by)| Step::Take(goods, by)),
        1 => (goods(), who(), any::<bool>())
            .prop_map(|(goods, by, for_good)| Step::End { goods, by, for_good }),
        1 => (goods(), who()).prop_map(|(goods, by)| Step::Lose(goods, by)),
        2 => (goods(), who()).prop_map(|(goods, by)| Step::Recover(goods, by)),
        1 => (goods(), who()).prop_map(|(goods, by)| Step::TakeOver(goods, by)),
    ];
    let handing = prop_oneof![
        3 => (goods(), who(), member(), proptest::option::of(leg()))
            .prop_map(|(goods, by, to, leg)| Step::Propose { goods, by, to, leg }),
        3 => (goods(), who()).prop_map(|(goods, by)| Step::Agree(goods, by)),
        3 => (goods(), who()).prop_map(|(goods, by)| Step::Offer(goods, by)),
        3 => (goods(), who()).prop_map(|(goods, by)| Step::Accept(goods, by)),
        1 => (goods(), who()).prop_map(|(goods, by)| Step::RefuseGoods(goods, by)),
        1 => (goods(), who()).prop_map(|(goods, by)| Step::Cancel(goods, by)),
    ];
    let case = prop_oneof![
        2 => who().prop_map(Step::Suspend),
        4 => who().prop_map(Step::Activate),
        1 => who().prop_map(Step::Intervene),
        1 => who().prop_map(Step::Conclude),
        1 => who().prop_map(Step::File),
        1 => who().prop_map(Step::Close),
    ];
    prop_oneof![
        2 => proptest::sample::select(STROKES.to_vec()).prop_map(Step::Wait),
        6 => asking,
        8 => deciding,
        6 => moving,
        5 => controlling,
        8 => handing,
        1 => case,
    ]
    .boxed()
}

impl ReferenceStateMachine for Reference {
    type State = State;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<State> {
        Just(State::new()).boxed()
    }

    /// Half of the steps lead on from where the case stands, or nothing would ever arrive; the others are anything.
    fn transitions(state: &State) -> BoxedStrategy<Step> {
        let onward = onward(state);
        if onward.is_empty() {
            return anything();
        }
        let kind = proptest::sample::select(onward).prop_flat_map(proptest::sample::select);
        prop_oneof![kind, anything()].boxed()
    }

    /// What names a thing that is not there yet is no step: the server's answer to that is told elsewhere. So is most of what
    /// is tried in a case that is closed.
    fn preconditions(state: &State, step: &Step) -> bool {
        let there = |land: Land| state.requests[land.index()].is_some();
        if state.case == Case::Closed {
            return matches!(
                step,
                Step::Wait(_) | Step::File(_) | Step::Close(_) | Step::Enter(..)
            );
        }
        match *step {
            Step::Submit(land)
            | Step::Withdraw(land, _)
            | Step::Acknowledge(land, _)
            | Step::Grant(land, ..)
            | Step::Extend(land, ..)
            | Step::GrantOrally(land, _)
            | Step::Confirm(land, _)
            | Step::Refuse(land, _)
            | Step::Revoke(land, _) => there(land),
            _ => handed(*step).is_none_or(|goods| state.handovers[goods].is_some()),
        }
    }

    fn apply(state: State, step: &Step) -> State {
        state.after(*step)
    }
}
