//! The server that is held against the reference: what each step sends, and what is looked at after it.

use std::cell::Cell;

use passage::cases::case::model::CaseStatus;
use passage::journal::verify::{Head, verify_export};
use serde_json::{Value, json};

use super::reference::{
    Answer, CONFIRM, Case as CaseAt, Control, Decider, Handing, LONG, Land, Leg, Request, State,
    WINDOW, Who,
};
use super::rules;
use super::steps::Step;
use crate::harness::{Actor, Case, House, Reply, World, acceptance, consignment};

/// A case on the server, and everybody who has to do with it.
pub struct System {
    world: World,
    case: Case,
    goods: [String; 2],
    legs: Vec<String>,
    requests: [Option<String>; 3],
    handovers: [Option<String>; 2],
    /// Finds what must not be in the database.
    never: String,
    /// The head of the case's journal up to which it was verified.
    verified: Cell<Option<Head>>,
}

/// The agency that decides for a country.
fn authority(land: Land) -> House {
    match land {
        Land::Kg => House::KgProsecutor,
        Land::Kz => House::KzProsecutor,
        Land::Az => House::Az,
    }
}

fn code(land: Land) -> &'static str {
    match land {
        Land::Kg => "KG",
        Land::Kz => "KZ",
        Land::Az => "AZ",
    }
}

impl System {
    /// A new active case with three legs and two consignments.
    pub fn new(world: &World) -> Self {
        let lead = world.speaker(House::Kg);
        let case = lead.recorded_case(House::Kg, "Silk", CaseStatus::Active);
        for house in [House::Kz, House::Az] {
            lead.admits(&case, &world.speaker(house), "partner");
        }
        let goods = [(); 2]
            .map(|()| lead.post(case.at("/consignments")).json(consignment()).expect(201).id());
        let leg = |at: usize| {
            let made = lead.post(case.at("/legs")).json(world.leg(at)).expect(201);
            case.at(format!("/legs/{}", made.id()))
        };
        let legs = (0..3).map(leg).collect();
        // Whoever decides is there before the first request, so that no step makes anybody.
        for land in Land::ALL {
            world.authority(authority(land));
        }
        Self {
            world: world.clone(),
            never: rules::query(&world.probe(), &case.id),
            verified: Cell::default(),
            case,
            goods,
            legs,
            requests: [const { None }; 3],
            handovers: [const { None }; 2],
        }
    }

    fn actor(&self, who: Who) -> Actor {
        self.world.speaker(match who {
            Who::Lead => House::Kg,
            Who::Partner => House::Kz,
            Who::Customs => House::Az,
            Who::Stranger => House::Ru,
        })
    }

    /// Does the step, and holds the answer to the reference.
    #[track_caller]
    pub fn perform(&mut self, step: Step, expected: &State) {
        let Some(reply) = self.send(step) else { return };
        let answer = match reply.status {
            200 | 201 => Answer::Done,
            409 => Answer::Refused,
            403 => Answer::Forbidden,
            404 => Answer::Hidden,
            other => panic!("{step:?} was answered {other}: {reply}"),
        };
        assert_eq!(answer, expected.answer, "{step:?}: {reply}");
        if answer == Answer::Done {
            match step {
                Step::Draft(land) => {
                    let path = self.case.at(format!("/authorisations/{}", reply.id()));
                    self.requests[land.index()] = Some(path);
                }
                Step::Propose { goods, .. } => {
                    let path = self.case.at(format!("/handovers/{}", reply.id()));
                    self.handovers[goods] = Some(path);
                }
                _ => {}
            }
        }
    }

    fn send(&self, step: Step) -> Option<Reply> {
        let reply = match step {
            Step::Wait(minutes) => {
                self.world.advance_minutes(minutes);
                return None;
            }
            Step::Suspend(by) => self.moves(by, json!({"to": "suspended", "reason": "Held"})),
            Step::Activate(by) => self.moves(by, json!({"to": "active", "reason": "Goes on"})),
            Step::Intervene(by) => self.moves(by, json!({"to": "intervention"})),
            Step::Conclude(by) => {
                self.moves(by, json!({"to": "concluded", "reason": "Over", "outcome": "abandoned"}))
            }
            Step::Close(by) => self.moves(by, json!({"to": "closed"})),
            Step::File(by) => {
                let report = json!({"summary": "Handed on at the border"});
                self.actor(by).post(self.case.at("/reports")).json(report).send()
            }
            Step::Draft(_) | Step::Submit(_) | Step::Withdraw(..) => self.asks(step),
            Step::Acknowledge(..)
            | Step::Grant(..)
            | Step::Extend(..)
            | Step::GrantOrally(..)
            | Step::Confirm(..)
            | Step::Refuse(..)
            | Step::Revoke(..) => self.decides(step),
            Step::Start(leg, by) => self.leg(leg, by, "start", &json!({})),
            Step::Complete(leg, by) => self.leg(leg, by, "complete", &json!({})),
            Step::Divert(leg, by) => self.leg(leg, by, "divert", &json!({"reason": "Turned off"})),
            Step::Resume(leg, by) => self.leg(leg, by, "resume", &json!({"reason": "Goes on"})),
            Step::Enter(leg, land, by) => {
                let entered = json!({
                    "direction": "enter", "country": code(land), "place": "Korday",
                    "occurred_at": self.world.minutes_from_now(0),
                });
                self.leg(leg, by, "report-crossing", &entered)
            }
            _ => self.controls(step),
        };
        Some(reply)
    }

    fn moves(&self, by: Who, body: Value) -> Reply {
        let etag = self.actor(Who::Lead).get(&self.case.path).expect(200).etag();
        self.actor(by).post(self.case.at("/transitions")).if_match(etag).json(body).send()
    }

    fn leg(&self, leg: usize, by: Who, what: &str, body: &Value) -> Reply {
        self.actor(by).post(format!("{}/{what}", self.legs[leg])).json(body).send()
    }

    fn request(&self, land: Land, what: &str) -> String {
        format!("{}/{what}", self.requests[land.index()].as_ref().unwrap())
    }

    fn asks(&self, step: Step) -> Reply {
        let lead = self.actor(Who::Lead);
        match step {
            Step::Draft(land) => {
                let mut request = self.world.request_to(authority(land));
                request["modalities"] = json!(["live", "substituted"]);
                lead.post(self.case.at("/authorisations")).json(request).send()
            }
            Step::Submit(land) => lead.post(self.request(land, "submit")).send(),
            Step::Withdraw(land, by) => self.actor(by).post(self.request(land, "withdraw")).send(),
            other => unreachable!("{other:?} asks nobody"),
        }
    }

    fn decider(&self, land: Land, decider: Decider) -> Actor {
        match decider {
            Decider::Authority => self.world.authority(authority(land)),
            Decider::Speaker => self.world.speaker(authority(land)),
            Decider::Neighbour => self.world.authority(authority(match land {
                Land::Kg => Land::Kz,
                Land::Kz | Land::Az => Land::Kg,
            })),
            Decider::Asking => self.actor(Who::Lead),
        }
    }

    fn decides(&self, step: Step) -> Reply {
        let reason = json!({"reason_code": "other", "reason": "Things have changed"});
        let granted = |until: i64, live: bool| {
            let mut grant = self.world.grant();
            grant["valid_until"] = json!(self.world.minutes_from_now(until));
            grant["permitted_modalities"] = json!([if live { "live" } else { "substituted" }]);
            grant
        };
        let (land, decider, what, body) = match step {
            Step::Acknowledge(land, by) => (land, by, "acknowledge", Value::Null),
            Step::Grant(land, until, live, by) => (land, by, "grant", granted(until, live)),
            Step::Extend(land, until, live, by) => (land, by, "extend", granted(until, live)),
            Step::GrantOrally(land, by) => {
                let mut oral = self.world.oral_grant();
                oral["valid_until"] = json!(self.world.minutes_from_now(LONG));
                oral["confirm_by"] = json!(self.world.minutes_from_now(CONFIRM));
                (land, by, "grant-orally", oral)
            }
            Step::Confirm(land, by) => (land, by, "confirm", Value::Null),
            Step::Refuse(land, by) => (land, by, "refuse", reason),
            Step::Revoke(land, by) => (land, by, "revoke", reason),
            other => unreachable!("{other:?} decides nothing"),
        };
        let request = self.decider(land, decider).post(self.request(land, what));
        if body.is_null() { request.send() } else { request.json(body).send() }
    }

    fn controls(&self, step: Step) -> Reply {
        let now = json!({"occurred_at": self.world.minutes_from_now(0), "place": "Korday"});
        let with = |name: &str, value: Value| {
            let mut body = now.clone();
            body[name] = value;
            body
        };
        let goods = |goods: usize, what: &str| {
            self.case.at(format!("/consignments/{}/{what}", self.goods[goods]))
        };
        let handover = |goods: usize, what: &str| {
            format!("{}/{what}", self.handovers[goods].as_ref().unwrap())
        };
        let reason = json!({"reason": "The seal is broken"});
        let (by, path, body) = match step {
            Step::Take(at, by) => (by, goods(at, "take-control"), now),
            Step::End { goods: at, by, for_good } => {
                let reason = if for_good { "lost_for_good" } else { "seized" };
                (by, goods(at, "end-control"), with("reason", json!(reason)))
            }
            Step::Lose(at, by) => (by, goods(at, "report-loss"), now),
            Step::Recover(at, by) => (by, goods(at, "report-recovery"), now),
            Step::TakeOver(at, by) => {
                let mut body = with("reason", json!("An accident"));
                body["consignment_id"] = json!(self.goods[at]);
                (by, self.case.at("/handovers/emergency-takeover"), body)
            }
            Step::Propose { goods, by, to, leg } => {
                let mut body = self.world.proposal(&self.goods[goods], &self.actor(to));
                body["window"]["until"] = json!(self.world.minutes_from_now(WINDOW));
                if let Some(leg) = leg {
                    body["leg_id"] = json!(self.legs[leg].rsplit('/').next());
                }
                (by, self.case.at("/handovers"), body)
            }
            Step::Agree(at, by) => (by, handover(at, "agree"), Value::Null),
            Step::Offer(at, by) => (by, handover(at, "offer"), Value::Null),
            Step::Accept(at, by) => (by, handover(at, "accept"), acceptance()),
            Step::RefuseGoods(at, by) => (by, handover(at, "refuse"), reason),
            Step::Cancel(at, by) => (by, handover(at, "cancel"), reason),
            other => unreachable!("{other:?} has nothing to do with control"),
        };
        let request = self.actor(by).post(path);
        if body.is_null() { request.send() } else { request.json(body).send() }
    }

    /// The server shows what the reference says.
    #[track_caller]
    pub fn shows(&self, expected: &State) {
        let lead = self.actor(Who::Lead);
        let read = |path: String| lead.get(path).expect(200).json;
        let case = read(self.case.path.clone());
        assert_eq!(case["status"], status_of_case(expected.case));
        let legs = read(self.case.at("/legs"));
        for (at, leg) in legs["items"].as_array().unwrap().iter().enumerate() {
            assert_eq!(leg["status"], status_of_leg(expected, at), "leg {at}");
            let lost = expected.legs[at] == Leg::Lost;
            let found = lost.then(|| word(expected.found[at]));
            assert_eq!(leg["when_found"].as_str(), found, "leg {at}, once it is found");
        }
        let requests = read(self.case.at("/authorisations?limit=200"));
        for land in Land::ALL {
            let of = |request: &&Value| request["country"] == code(land);
            let last = requests["items"].as_array().unwrap().iter().rfind(of);
            let shown = last.map(|request| request["status"].as_str().unwrap());
            assert_eq!(shown, expected.request(land).map(status_of_request), "request to {land:?}");
        }
        let control = read(self.case.at("/control"));
        for goods in 0..2 {
            self.shows_goods(&control["consignments"][goods], expected, goods);
        }
    }

    #[track_caller]
    fn shows_goods(&self, control: &Value, expected: &State, goods: usize) {
        let holder = match expected.control[goods] {
            Control::Held(who) => json!(self.actor(who).agency),
            Control::Nobody | Control::Over { .. } => Value::Null,
        };
        assert_eq!(control["in_control"]["agency_id"], holder, "goods {goods}");
        let lost = control["in_control"]["lost_since"].is_string();
        assert_eq!(lost, expected.lost[goods], "goods {goods}");
        is_one_line(control);
        if let (Some(path), Some(handover)) =
            (&self.handovers[goods], expected.open_handover(goods))
        {
            let status = match handover.status {
                Handing::Proposed => "proposed",
                Handing::Agreed => "agreed",
                Handing::Offered => "offered",
            };
            assert_eq!(self.actor(Who::Lead).get(path).expect(200).json["status"], status);
        }
    }

    /// What must hold in the database whatever happened, and the journal as far as it was written since.
    #[track_caller]
    pub fn holds(&self) {
        let broken = self.world.probe().lines(&self.never);
        assert!(broken.is_empty(), "{}", broken.join("; "));
        self.verified.set(self.world.verify_behind(&self.case.id, self.verified.get()));
    }

    /// The whole journal of the case, as the API gives it, is what `passage verify` takes as whole.
    #[track_caller]
    pub fn exports(&self) {
        let lead = self.actor(Who::Lead);
        let mut items = Vec::new();
        let mut page = lead.get(self.case.at("/journal?limit=200")).expect(200).json;
        loop {
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            let Some(next) = page["next_cursor"].as_str() else { break };
            page = lead
                .get(self.case.at(format!("/journal?limit=200&cursor={next}")))
                .expect(200)
                .json;
        }
        let last = items.last().map(|entry| entry["sequence"].clone());
        let head = self.verified.get().map(|head| json!(head.sequence));
        assert_eq!(last, head, "the list ends before the journal does");
        let export = json!({"chain": self.case.id, "items": items});
        let found = verify_export(&export.to_string()).expect("the list is an export");
        assert!(found.is_whole(), "{:?}", found.findings);
    }
}

fn status_of_case(case: CaseAt) -> &'static str {
    match case {
        CaseAt::Active => "active",
        CaseAt::Suspended => "suspended",
        CaseAt::Intervention => "intervention",
        CaseAt::Concluded => "concluded",
        CaseAt::Closed => "closed",
    }
}

fn status_of_leg(expected: &State, at: usize) -> &'static str {
    match expected.legs[at] {
        Leg::Ahead if expected.cleared(at) => "cleared",
        status => word(status),
    }
}

fn word(leg: Leg) -> &'static str {
    match leg {
        Leg::Ahead => "planned",
        Leg::Running => "in_progress",
        Leg::AtHandover => "at_handover",
        Leg::Completed => "completed",
        Leg::Diverted => "diverted",
        Leg::MustStop => "must_stop",
        Leg::Intervened => "intervened",
        Leg::Lost => "lost",
    }
}

fn status_of_request(request: Request) -> &'static str {
    match request {
        Request::Draft => "draft",
        Request::Submitted => "submitted",
        Request::Acknowledged => "acknowledged",
        Request::Withdrawn => "withdrawn",
        Request::Oral => "granted_orally",
        Request::Granted => "granted",
        Request::Refused => "refused",
        Request::Revoked => "revoked",
        Request::Lapsed => "lapsed",
        Request::Expired => "expired",
    }
}

/// Periods follow each other, and at most the last one is open.
#[track_caller]
fn is_one_line(control: &Value) {
    let periods = control["periods"].as_array().unwrap();
    let Some((last, before)) = periods.split_last() else { return };
    assert!(before.iter().all(|period| period["ended_at"].is_string()), "{control}");
    assert_eq!(last["ended_at"].is_null(), control["in_control"].is_object(), "{control}");
}
