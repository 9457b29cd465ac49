//! A partner's officer, from the first sign-in at home to the last.

use serde_json::json;

use super::staff::Staff;
use super::{asks_providers, ends, never_too_many};
use crate::harness::providers::{Glewlwyd, Home as _, Person};
use crate::harness::{House, Listener, Request, Tokens, World, both};
use crate::identity::{me, refresh};

both! {
    /// Yerlan signs in through the provider of his police, accepts an invitation for it, reports a milestone, is dismissed
    /// at home, and is out here: his token is refused before it has run out, and his stream ends. A colleague goes on.
    fn an_officer_comes_takes_part_and_is_dismissed_at_home(world) tuned never_too_many {
        let Some(glewlwyd) = Glewlwyd::start(module_path!()) else { return };
        let issuer = glewlwyd.opens("kz");
        let staff = Staff::of(world, House::Kz, &issuer);
        let aida = world.speaker(House::Kg);
        let case = aida.opens_case().create();
        aida.invites(&case, &world.speaker(House::Kz), "partner");
        let milestone = aida.plans(&case, "departed", "Korday", 60);

        let (yerlan, dana) = (Person::new("yerlan", &["liaison"]), Person::new("dana", &["liaison"]));
        let his = staff.officer(world, &yerlan);
        let hers = staff.officer(world, &dana);
        let him = me(world, &his.access).expect(200);
        let who = format!("user:{}", him.text("id"));
        let by = |tokens: &Tokens, method: &str, path: &str| -> Request {
            world.nobody().request(method, path).token(&tokens.access)
        };
        assert_eq!(by(&his, "GET", &case.path).expect(200).json["reference"], case.reference.as_str());
        by(&his, "GET", &milestone).refused(404, "not-found");
        let accept = case.at(format!("/members/{}/accept", him.text("/agency/id")));
        by(&his, "POST", &accept).expect(200);
        world.settles();
        let follows = |tokens: &Tokens| {
            Listener::open(&world.nobody(), world.address(), "/feed", &tokens.access, None)
        };
        let (mut his_stream, mut her_stream) = (follows(&his), follows(&hers));
        let happened = json!({"occurred_at": world.minutes_from_now(0), "place": "Korday, lane 4"});
        by(&his, "POST", &format!("{milestone}/report")).json(happened).expect(200);
        for stream in [&mut his_stream, &mut her_stream] {
            let told = stream.until("milestone.reported");
            assert_eq!(told.last().unwrap().data["actor"], who);
        }
        assert_eq!(aida.get(&milestone).expect(200).json["status"], "reported");

        // New tokens, so that no token has run out when the provider is asked.
        world.advance_minutes(4);
        let his = Tokens::of(&refresh(world, &his.refresh).expect(200));
        let hers = Tokens::of(&refresh(world, &hers.refresh).expect(200));
        issuer.dismisses(&yerlan);
        by(&his, "GET", &case.path).expect(200);
        world.advance_minutes(7);
        assert_eq!(asks_providers(world), 1);
        by(&his, "GET", &case.path).refused(401, "unauthenticated");
        refresh(world, &his.refresh).refused(401, "invalid-refresh-token");
        his_stream.ends();
        assert_eq!(ends(world), ["provider_refused"]);

        by(&hers, "GET", &case.path).expect(200);
        aida.tells(&case, "exited", "Korday", &world.minutes_from_now(0));
        her_stream.until("milestone.reported");
        // What he reported stays, and says who did.
        let told = aida.get(case.at("/journal?limit=200")).expect(200);
        assert!(told.items().iter().any(|entry| {
            entry["action"] == "milestone.reported" && entry["actor"] == who
        }));
    }
}
