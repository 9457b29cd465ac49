//! Sentences about goods on their way: a route planned, borders crossed, everything handed over, and its end.

use serde_json::{Value, json};

use super::actor::Actor;
use super::builders::Case;

/// A place on the way, with its country and zone.
pub type Stop = (&'static str, &'static str, &'static str);

/// A consignment, and how much it is.
pub type Load<'a> = (&'a str, &'a Value);

impl Actor {
    /// Plans the legs between stops, each a day long, and gives their paths.
    #[track_caller]
    pub fn plans_route(&self, case: &Case, stops: &[Stop], modes: &[&str]) -> Vec<String> {
        let end = |(place, country, time_zone): Stop| json!({"place": place, "country": country, "time_zone": time_zone});
        let mut paths = Vec::new();
        for ((day, ends), mode) in (0..).zip(stops.windows(2)).zip(modes) {
            let leg = json!({
                "from": end(ends[0]), "to": end(ends[1]), "mode": mode,
                "planned_departure": self.world().minutes_from_now(day * 24 * 60 + 1),
                "planned_arrival": self.world().minutes_from_now((day + 1) * 24 * 60),
            });
            let made = self.post(case.at("/legs")).json(leg).expect(201);
            paths.push(case.at(format!("/legs/{}", made.id())));
        }
        paths
    }

    /// Reports that the goods of the leg at `leg` cross the border of `country` just now, as was allowed, and gives the
    /// crossing's path.
    #[track_caller]
    pub fn crosses(&self, leg: &str, direction: &str, country: &str, place: &str) -> String {
        let told = self.reports_crossing(leg, direction, country, place);
        assert_eq!(told.json["flags"], json!([]), "{told}");
        format!("{leg}/crossings/{}", told.id())
    }

    /// Hands all of the goods over to `receiver` at `place`, where nothing is odd about it, and gives the handover's path.
    #[track_caller]
    pub fn hands_all(&self, case: &Case, receiver: &Self, load: Load<'_>, place: &str) -> String {
        let (goods, quantity) = load;
        let world = self.world();
        let proposal = json!({
            "consignment_id": goods, "to_agency_id": receiver.agency, "place": place, "seals": [],
            "window": {"from": world.minutes_from_now(0), "until": world.minutes_from_now(60)},
        });
        let made = self.post(case.at("/handovers")).json(proposal).expect(201);
        let path = case.at(format!("/handovers/{}", made.id()));
        receiver.post(format!("{path}/agree")).expect(200);
        self.post(format!("{path}/offer")).expect(200);
        let accepted = json!({"quantity": quantity, "condition": "Untouched", "seals": []});
        let accepted = receiver.post(format!("{path}/accept")).json(accepted).expect(200);
        assert_eq!(accepted.json["flags"], json!([]), "{accepted}");
        path
    }

    /// Ends control of the goods, with all of them, and sees that the balance is settled.
    #[track_caller]
    pub fn ends_control(&self, case: &Case, (goods, quantity): Load<'_>, place: &str) {
        let path = case.at(format!("/consignments/{goods}"));
        let end = json!({
            "reason": "delivered_and_seized", "occurred_at": self.world().minutes_from_now(0), "place": place,
            "quantity": quantity,
        });
        self.post(format!("{path}/end-control")).json(end).expect(200);
        let balance = self.get(format!("{path}/balance")).expect(200);
        let settled = (&balance.json["settled"], &balance.json["balanced"]);
        assert_eq!(settled, (&json!(true), &json!(true)), "{balance}");
    }

    /// Files the report of the own State.
    #[track_caller]
    pub fn files_report(&self, case: &Case) {
        let report = json!({"summary": "Handed on at the border"});
        self.post(case.at("/reports")).json(report).expect(201);
    }
}
