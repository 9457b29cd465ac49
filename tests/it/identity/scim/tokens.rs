//! Tokens of provisioning: who makes and confirms one, what it opens, and how it ends.

use std::sync::Arc;

use passage::http::Access;
use serde_json::{Value, json};

use super::super::refresh;
use super::{method, spoken};
use crate::harness::{Directory, Estate, House, World, both, unknown_id};

/// A provider of the drug control service.
fn provider(world: &World) -> String {
    world.agency(House::Kg).admin.connects_provider(&json!({})).id()
}

both! {
    /// An admin makes it and sees it once, another person lets it take effect, and either takes it back.
    fn it_is_shown_once_and_waits_for_its_confirmation(world) {
        let (admin, aida) = (world.agency(House::Kg).admin, world.speaker(House::Kg));
        let provider = provider(world);
        let tokens = Directory::tokens(world, House::Kg, &provider);
        let body = json!({"name": "Directory", "expires_at": world.minutes_from_now(60)});
        let made = admin.post(&tokens).key("once").json(&body).expect(201);
        let token = made.text("token");
        assert!(token.starts_with("pss_") && token.len() == 47, "{token}");
        assert!(made.text("base_url").ends_with("/api/v1/scim/v2"));
        let again = admin.post(&tokens).key("once").json(&body).changing_nothing().expect(201);
        assert_eq!((&again.json["token"], again.id()), (&Value::Null, made.id()));
        assert!(!world.probe().reveals(&token));

        let path = format!("{tokens}/{}", made.id());
        let ask = || world.nobody().get("/scim/v2/Users").token(&token);
        ask().scim_refused(401, "");
        let confirm = format!("{path}/confirm");
        admin.post(&confirm).refused(403, "forbidden");
        aida.post(&confirm).if_match("\"7\"").refused(412, "stale-version");
        let confirmed = aida.post(&confirm).if_match(made.etag()).expect(200);
        assert_eq!((&confirmed.json["status"], &confirmed.json["confirmed_by"]), (&json!("active"), &json!(aida.id)));
        aida.post(&confirm).changing_nothing().expect(200);
        ask().expect(200);
        let shown = admin.get(&path).expect(200);
        assert_eq!(shown.json["last_address"], "127.0.0.1");
        assert!(shown.json["last_used_at"].is_string() && shown.json.get("token").is_none());
        assert_eq!(aida.get(&tokens).expect(200).items(), [shown.json]);

        aida.delete(&path).expect(204);
        aida.delete(&path).changing_nothing().expect(204);
        ask().scim_refused(401, "");
        assert_eq!(aida.get(&path).expect(200).json["status"], "revoked");
        aida.post(&confirm).refused(409, "state-refused");
        let of = |action: &str| world.probe().count(&format!("journal_entries WHERE action = 'provisioning_token.{action}'"));
        assert_eq!([of("created"), of("confirmed"), of("revoked")], [1, 1, 1]);
    }

    /// Nobody else makes, confirms, reads or takes one back; to another agency there is nothing.
    fn they_are_kept_inside_of_the_agency(world) {
        let provider = provider(world);
        let directory = Directory::waiting(world, House::Kg, &provider, &json!({}));
        let tokens = Directory::tokens(world, House::Kg, &provider);
        let body = || json!({"name": "x", "expires_at": world.minutes_from_now(60)});
        world.speaker(House::Kg).post(&tokens).json(body()).refused(403, "forbidden");
        let officer = world.officer(House::Kg, passage::access::Role::CaseOfficer);
        officer.get(&tokens).refused(403, "forbidden");
        officer.delete(&directory.path).refused(403, "forbidden");
        let elsewhere = world.agency(House::Kz).admin.connects_provider(&json!({})).id();
        let astray = directory.path.replace(&provider, &elsewhere);
        for stranger in [world.agency(House::Kz).admin, world.speaker(House::Kz), world.system_admin()] {
            for (method, path) in [
                ("GET", tokens.clone()), ("POST", tokens.clone()), ("GET", directory.path.clone()),
                ("POST", format!("{}/confirm", directory.path)), ("DELETE", directory.path.clone()),
                ("GET", astray.clone()), ("GET", astray.replace(&world.agency(House::Kg).id, &stranger.agency)),
            ] {
                stranger.request(method, path).json(json!({})).refused(404, "not-found");
            }
        }
    }

    /// What is wrong with one is named at once; there are two at the most, under one claim, made after a recent sign-in.
    fn what_is_wrong_with_one_is_said(world) {
        let admin = world.agency(House::Kg).admin;
        let provider = provider(world);
        let tokens = Directory::tokens(world, House::Kg, &provider);
        let missing = admin.post(&tokens).json(json!({})).refused(422, "validation-failed");
        assert_eq!(missing.pointers(), ["/name", "/expires_at"]);
        let wrong = json!({
            "name": "x".repeat(201), "subject_claim": "email", "expires_at": world.minutes_from_now(367 * 24 * 60),
        });
        let wrong = admin.post(&tokens).json(wrong).refused(422, "validation-failed");
        assert_eq!(wrong.pointers(), ["/name", "/subject_claim", "/expires_at"]);
        let first = Directory::waiting(world, House::Kg, &provider, &json!({"subject_claim": "oid"}));
        let with = |claim: &str| json!({
            "name": "Next", "subject_claim": claim, "expires_at": world.minutes_from_now(60),
        });
        admin.post(&tokens).json(with("sub")).refused(409, "state-refused");
        admin.post(&tokens).json(with("oid")).expect(201);
        admin.post(&tokens).json(with("oid")).refused(409, "state-refused");
        admin.delete(&first.path).expect(204);
        admin.post(&tokens).json(with("oid")).expect(201);

        let session = admin.signs_in();
        world.advance_minutes(14);
        let refreshed = refresh(world, &session.refresh).expect(200).text("access_token");
        world.advance_minutes(1);
        let late = world.nobody().post(&tokens).token(&refreshed).json(json!({}));
        late.refused(403, "reauthentication-required");
        world.nobody().delete(&first.path).token(&refreshed).changing_nothing().expect(204);
    }

    /// It opens what speaks SCIM, and nothing that does not; nothing else opens that.
    fn it_opens_nothing_but_what_it_is_for(world) {
        let estate = Estate::new(world, House::Kg, House::Kz);
        let directory = Directory::new(world, House::Kg);
        let user = directory.brings("aida", "7", &json!({})).expect(201).id();
        let routes = passage::routes::routes(&Arc::new(passage::routes::contract()));
        for route in routes.iter().filter(|route| route.access == Access::SignedIn) {
            let path = estate.path(route.path, |_| None);
            let request = world.nobody().request(method(route), &path).token(&directory.token);
            request.refused(401, "unauthenticated");
        }
        let officers = [estate.lead.token(), world.agency(House::Kg).admin.token(), world.system_admin().token()];
        let other = format!("pss_{}", "A".repeat(43));
        let mut asked = 0;
        for route in spoken() {
            let path = route.path.replace("{user_id}", &user);
            let request = || world.nobody().request(method(&route), &path);
            request().scim_refused(401, "");
            for token in officers.iter().map(String::as_str).chain(["", "x", &other, &directory.token[..46]]) {
                request().token(token).scim_refused(401, "");
            }
            request().header("authorization", format!("Basic {}", directory.token)).scim_refused(401, "");
            if route.method == passage::http::Method::Get {
                request().token(&directory.token).expect(200);
            }
            asked += 1;
        }
        assert!(asked > 10, "only {asked} routes were asked");
    }

    /// It ends by its date, with its provider, and for a request that is still under way.
    fn it_ends_with_its_time_and_its_provider(world) {
        let admin = world.agency(House::Kg).admin;
        let provider = provider(world);
        let soon = json!({"expires_at": world.minutes_from_now(10)});
        let short = Directory::of(world, House::Kg, &provider, &soon);
        let long = Directory::of(world, House::Kg, &provider, &json!({}));
        short.get("/Users").expect(200);
        world.advance_minutes(11);
        short.get("/Users").scim_refused(401, "");
        assert_eq!(admin.get(&short.path).expect(200).json["status"], "expired");
        world.speaker(House::Kg).post(format!("{}/confirm", short.path)).refused(409, "state-refused");

        let (speaker, path) = (world.speaker(House::Kg), long.path.clone());
        speaker.token();
        let revokes = move || { speaker.delete(&path).beside_others().expect(204); };
        long.brings("late", "7", &json!({})).slowly(revokes).scim_refused(401, "");
        assert_eq!(world.probe().count("provisioned_users"), 0);

        let last = Directory::of(world, House::Kg, &provider, &json!({}));
        last.get("/Users").expect(200);
        let at = format!("/agencies/{}/identity-providers/{provider}", admin.agency);
        admin.delete(&at).expect(204);
        last.get("/Users").scim_refused(401, "");
        admin.get(&last.path).refused(404, "not-found");
    }

    /// A provider that sends too much waits, and nobody else does.
    fn who_sends_too_much_waits(world) with [("PASSAGE_LIMITS__ACCOUNT_PER_SECOND", "1"), ("PASSAGE_LIMITS__ACCOUNT_BURST", "30")] {
        let (one, other) = (Directory::new(world, House::Kg), Directory::new(world, House::Kz));
        let statuses: Vec<u16> = (0..60).map(|_| one.get("/Users?count=0").send().status).collect();
        assert!(statuses.contains(&200) && statuses.contains(&429), "{statuses:?}");
        other.get("/Users").expect(200);
        let waits = one.get(&format!("/Users/{}", unknown_id())).send();
        assert!(matches!(waits.status, 404 | 429), "{waits}");
    }
}
