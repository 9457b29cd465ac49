//! Everything that can happen is done once, and the journal tells of all of it.
//!
//! That each single change is told, and nothing else is, is held by the client at every request of every story.

use std::collections::BTreeSet;

use passage::access::Role;
use passage::cases::case::model::CaseStatus;
use passage::http::{Method, Route};
use passage::identity::bootstrap::reset_system_admin;
use passage::identity::recovery;
use passage::identity::users::api::rules;
use passage::journal::event::Deed;
use passage::text_enum::TextEnum;
use serde_json::json;

use crate::federation::{Invented, linked, one_stands_still_and_goes_on};
use crate::harness::{
    Actor, Authenticator, Case, Directory, House, Machine, MachineKey, PASSWORD, PasskeyDevice,
    Tokens, World, block_on, both, consignment, coordinated, country_profile, evidence,
};
use crate::stories::mail::mails;

both! {
    /// Once through everything that changes something.
    fn invariant_23_allowed_everything_that_can_happen_is_told(world) tuned mails {
        agencies_and_accounts(world);
        machines(world);
        sessions(world);
        providers(world);
        provisioning(world);
        let (lead, partner, case) = members(world);
        header(world, &lead, &case);
        plan(&lead, &case);
        milestones(world, &lead, &partner, &case);
        evidence_references(&lead, &partner, &case);
        messages(&lead, &partner, &case);
        state_reports(&lead, &case);
        deconfliction(&lead);
        control(world, &lead, &partner, &case);
        route(world, &lead, &case);
        authorisations(world, &lead, &case);
        alerts(world, &lead, &case);
        under_way(world);
        directory(&lead);
        closing(world);
        lead.moves(&case, json!({"to": "planning"}));
        lead.moves(&case, json!({"to": "called_off", "reason": "The carrier was arrested elsewhere"}));

        let told: BTreeSet<String> =
            world.probe().lines("SELECT DISTINCT action AS line FROM journal_entries").into_iter().collect();
        let mut missing: BTreeSet<String> =
            Deed::ALL.iter().map(|deed| deed.as_str().to_owned()).collect();
        missing.retain(|deed| !told.contains(deed));
        assert!(missing.is_empty(), "what the journal did not tell of: {missing:?}");
        every_write_succeeded(world);
    }
}

/// Every operation that changes something gave its documented success.
fn every_write_succeeded(world: &World) {
    let seen = world.seen();
    let mut missing = Vec::new();
    for operation in world.contract().operations() {
        let success = operation.statuses.keys().find(|status| **status < 303).unwrap();
        if operation.method != "GET" && !seen.contains(&(operation.id.clone(), *success)) {
            missing.push(format!("{} {success}", operation.id));
        }
    }
    assert!(missing.is_empty(), "the tour did not see {missing:?}");
}

fn agencies_and_accounts(world: &World) {
    let root = world.system_admin();
    let (one, two) = (world.agency(House::Kg), world.agency(House::KgPolice));
    let aida = world.speaker(House::Kg);
    let path = format!("/agencies/{}", one.id);
    let etag = root.get(&path).expect(200).etag();
    root.patch(&path).if_match(etag).json(json!({"name": "Drug Control"})).expect(200);
    root.post(format!("{path}/authority")).send();
    let other = format!("/agencies/{}/authority", two.id);
    root.post(&other).send();
    aida.post(format!("{other}/confirm")).send();
    root.delete(&other).send();

    let officer = world.officer(House::Kg, Role::CaseOfficer);
    let path = format!("/users/{}", officer.id);
    let etag = one.admin.get(&path).expect(200).etag();
    one.admin.patch(&path).if_match(etag).json(json!({"full_name": "Bakyt"})).expect(200);
    Authenticator::of(&officer);
    officer.post("/auth/factors/recovery-codes").expect(200);
    one.admin.delete(format!("{path}/factors")).expect(204);
    Authenticator::of(&officer);
    officer.delete("/auth/factors").expect(204);
    passkeys(&officer);
    one.admin.post(format!("{path}/deactivate")).send();
    lost_admins(world, &root);
}

/// An agency gets an admin again to whom nobody objects, and a system admin a password.
fn lost_admins(world: &World, root: &Actor) {
    let agency = world.agency(House::Ge);
    let lost = json!({"email": "another@ge.example", "full_name": "Another"});
    root.post(format!("/agencies/{}/admin-recovery", agency.id)).json(lost).expect(201);
    world.advance_minutes(24 * 60);
    let app = world.app();
    block_on(recovery::settle_due(&app.db, &app.clock, rules(app)))
        .expect("recoveries are settled");
    let password = PASSWORD.to_owned().into();
    let reset = reset_system_admin(&app.db, &app.passwords, world.now(), &root.email, password);
    block_on(reset).expect("a system admin gets a password");
    root.forgets_token();
}

fn passkeys(officer: &Actor) {
    let device = PasskeyDevice::of(officer);
    let clone = device.cloned();
    let signs_in = |device: &PasskeyDevice| {
        let begun = officer.world().nobody().get("/auth/passkeys/challenges/request").expect(200);
        let credential = device.answers(&begun.json["options"], |_| ());
        let body = json!({"challenge": begun.text("challenge"), "credential": credential});
        officer.world().nobody().post("/auth/passkeys/sign-in").json(body).send().status
    };
    assert_eq!((signs_in(&device), signs_in(&device), signs_in(&clone)), (200, 200, 401));
    let path = format!("/auth/passkeys/{}", device.id);
    officer.edits(&path, json!({"name": "Old phone"})).expect(200);
    officer.delete(&path).expect(204);
}

fn machines(world: &World) {
    let (admin, aida) = (world.agency(House::Kg).admin, world.speaker(House::Kg));
    let machine = Machine::new(world, House::Kg, &["case_officer"], &["cases.read"]);
    assert_eq!(machine.asks("no assertion", None).send().status, 401);
    machine.asks(&machine.assertion(), None).expect(200);
    admin.edits(&machine.path, json!({"name": "The ministry's system"})).expect(200);
    let keys = format!("{}/keys", machine.path);
    let next = MachineKey::elliptic().jwk();
    let made = admin.post(&keys).json(json!({"jwk": next})).expect(201);
    aida.delete(format!("{keys}/{}", made.text("/keys/1/id"))).expect(204);
    aida.post(format!("{}/deactivate", machine.path)).expect(200);
}

fn sessions(world: &World) {
    let (aida, nobody) = (world.speaker(House::Kg), world.nobody());
    let sign_in = |password: &str| {
        nobody.post("/auth/login").json(json!({"email": aida.email, "password": password})).send()
    };
    assert_eq!(sign_in("not the password").status, 401);
    let first = sign_in(PASSWORD).text("refresh_token");
    let refresh =
        |token: &str| nobody.post("/auth/refresh").json(json!({"refresh_token": token})).send();
    let second = refresh(&first).text("refresh_token");
    refresh(&second);
    assert_eq!(refresh(&first).status, 401, "an old refresh token ends the whole family");

    let other = sign_in(PASSWORD).text("access_token");
    nobody.post("/auth/logout").token(&other).expect(204);
    let other = sign_in(PASSWORD).text("access_token");
    let listed = nobody.get("/auth/sessions").token(&other).expect(200);
    let current = listed.items().iter().find(|session| session["current"] == true).unwrap();
    let path = format!("/auth/sessions/{}", current["id"].as_str().unwrap());
    aida.delete(path).expect(204);
    nobody.get("/auth/me").token(&other).refused(401, "unauthenticated");
    let (admin, officer) =
        (world.agency(House::Kg).admin, world.another_officer(House::Kg, Role::CaseOfficer));
    let path = format!("/users/{}/sessions", officer.id);
    officer.signs_in();
    officer.signs_in();
    officer.delete("/auth/sessions").expect(204);
    let listed = admin.get(&path).expect(200);
    let one = listed.items()[0]["id"].as_str().unwrap();
    admin.delete(format!("{path}/{one}")).expect(204);
    officer.signs_in();
    admin.delete(&path).expect(204);
    passwords(world, &aida);
}

fn passwords(world: &World, aida: &Actor) {
    let nobody = world.nobody();
    let accept = |token: &str| {
        let body = json!({"token": token, "password": PASSWORD});
        nobody.post("/auth/password-resets/accept").json(body).expect(204);
    };
    let body =
        json!({"current_password": PASSWORD, "new_password": "seven otters cross the river"});
    aida.post("/auth/password").json(body).expect(200);
    nobody.post("/auth/password-resets").json(json!({"email": aida.email})).expect(202);
    accept(&world.mailed_token(&aida.email));
    aida.forgets_token();
    let officer = world.another_officer(House::Kg, Role::CaseOfficer);
    let wanted = json!({"email": "another@customs.example"});
    officer.post("/auth/address").json(wanted).expect(202);
    let token = json!({"token": world.mailed_token("another@customs.example")});
    nobody.post("/auth/address/accept").json(token).expect(204);
    let newcomer =
        json!({"email": "newcomer@kg.example", "full_name": "New", "roles": ["case_officer"]});
    let admin = world.agency(House::Kg).admin;
    let newcomer = admin.post("/users").json(newcomer).expect(201).id();
    admin.post(format!("/users/{newcomer}/invitation")).expect(200);
    aida.post("/auth/reauthenticate").json(json!({"password": PASSWORD})).expect(200);
}

/// An agency's identity providers, from being connected to being removed.
fn providers(world: &World) {
    let admin = world.agency(House::Kg).admin;
    let made = admin.connects_provider(&json!({}));
    let path = format!("/agencies/{}/identity-providers/{}", admin.agency, made.id());
    admin.patch(&path).if_match(made.etag()).json(json!({"name": "Sign-in"})).expect(200);
    let claims = json!({"claims": {"groups": ["officers"]}});
    admin.post(format!("{path}/preview")).json(claims).expect(200);
    world.speaker(House::Kg).post(format!("{path}/confirm")).expect(200);
    admin.delete(&path).expect(204);
    federation(world);
}

/// Somebody signs in through a provider, follows what it claims, and signs out there.
fn federation(world: &World) {
    let home = Invented::new(world, House::Kg, &json!({}));
    let tokens = home.officer(world, "officer-1");
    home.impostor.is("officer-1", json!(["officers", "liaison"]));
    home.signs_in(world).expect(200);
    let token = home.logout_token(world, "1", |_, _| {});
    home.door.logs_out(world, &token).expect(200);
    let again = Tokens::of(&home.signs_in(world).expect(200));
    let home = one_stands_still_and_goes_on(world, home, again);
    let again = Tokens::of(&home.signs_in(world).expect(200));
    world.nobody().post("/auth/oidc/logout").token(&again.access).expect(200);
    world.nobody().get("/auth/me").token(&tokens.access).refused(401, "unauthenticated");
    let (one, two) = (linked(world, &home, "officer-2"), linked(world, &home, "officer-3"));
    one.delete(format!("/auth/links/{}", home.door.id)).expect(204);
    let admin = world.agency(House::Kg).admin;
    admin.delete(format!("/users/{}/links/{}", two.id, home.door.id)).expect(204);
}

/// A provider gets a token, and somebody is brought in, changed, ended, comes back and is gone.
fn provisioning(world: &World) {
    let directory = Directory::new(world, House::KgPolice);
    let user = directory.brings("aida", "7", &json!({})).expect(201).id();
    let whole = json!({"userName": "aida.b", "externalId": "7"});
    directory.sends("PUT", &format!("/Users/{user}"), &whole).expect(200);
    directory.lets(&user, false).expect(200);
    directory.lets(&user, true).expect(200);
    directory.request("DELETE", &format!("/Users/{user}")).expect(204);
    world.agency(House::KgPolice).admin.delete(&directory.path).expect(204);
}

fn members(world: &World) -> (Actor, Actor, Case) {
    let (lead, partner) = (world.speaker(House::Kg), world.speaker(House::Kz));
    let case = lead.opens_case().create();
    lead.invites(&case, &partner, "partner");
    partner.accepts(&case);
    let officer = world.officer(House::Kz, Role::CaseOfficer);
    partner.assigns(&case, &officer);
    partner.delete(case.at(format!("/assignments/{}", officer.id))).expect(204);
    let guests = [House::Az, House::Uz, House::Tj].map(|house| world.speaker(house));
    for guest in &guests {
        lead.invites(&case, guest, "observer");
    }
    guests[0].declines(&case);
    guests[1].accepts(&case);
    guests[1].leaves(&case);
    lead.removes(&case, &guests[2]);
    (lead, partner, case)
}

fn header(world: &World, lead: &Actor, case: &Case) {
    let etag = lead.get(&case.path).expect(200).etag();
    lead.patch(&case.path).if_match(etag).json(json!({"code_name": "Ak-Buura"})).expect(200);
    lead.post(case.at("/consultations")).json(json!({"reason": "Night shift"})).send();
    assert!(world.seen().contains(&("create_consultation".to_owned(), 204)));
}

fn directory(lead: &Actor) {
    lead.put("/countries/KG").if_match("\"0\"").json(country_profile()).expect(200);
}

fn plan(lead: &Actor, case: &Case) {
    let added = lead.post(case.at("/consignments")).json(consignment()).expect(201);
    let path = case.at(format!("/consignments/{}", added.id()));
    lead.patch(&path).if_match(added.etag()).json(json!({"packaging": "40 bricks"})).expect(200);
    let plate = json!({"kind": "vehicle_plate", "value": "01 KG 777 ABC"});
    lead.post(format!("{path}/identifiers")).json(plate).expect(201);
}

fn milestones(world: &World, lead: &Actor, partner: &Actor, case: &Case) {
    let planned = |minutes: i64| {
        let body = json!({"kind": "departed", "expected_at": world.minutes_from_now(minutes)});
        let made = lead.post(case.at("/milestones")).json(body).expect(201);
        case.at(format!("/milestones/{}", made.id()))
    };
    let report = json!({"occurred_at": world.minutes_from_now(-5), "place": "Osh"});
    let (departed, stopped, never) = (planned(0), planned(1), planned(2));
    lead.post(format!("{departed}/report")).json(&report).send();
    partner.post(format!("{departed}/confirm")).send();
    lead.post(format!("{stopped}/report")).json(&report).send();
    partner
        .post(format!("{stopped}/dispute"))
        .json(json!({"reason": "Our camera saw it later"}))
        .send();
    let correction =
        json!({"occurred_at": world.minutes_from_now(-3), "reason": "Clock of the camera"});
    lead.post(format!("{stopped}/supersede")).json(correction).send();
    lead.post(format!("{never}/waive")).json(json!({"reason": "Another route"})).send();
}

fn route(world: &World, lead: &Actor, case: &Case) {
    let leg = |at: usize| {
        let made = lead.post(case.at("/legs")).json(world.leg(at)).expect(201);
        (case.at(format!("/legs/{}", made.id())), made.etag())
    };
    let ((first, etag), (last, _)) = (leg(0), leg(1));
    lead.patch(&first).if_match(etag).json(json!({"exit_point": "Ken-Bulun"})).expect(200);
    let etag = lead.get(&last).expect(200).etag();
    lead.delete(&last).if_match(etag).expect(200);
    lead.post(format!("{first}/divert")).json(json!({"reason": "Turned off"})).expect(200);
    let entered = json!({
        "direction": "enter", "country": "KZ", "occurred_at": world.minutes_from_now(0), "place": "Korday",
    });
    lead.post(format!("{first}/report-crossing")).json(entered).expect(201);
}

fn authorisations(world: &World, lead: &Actor, case: &Case) {
    let reason = json!({"reason_code": "own_operation", "reason": "Ours is under way there"});
    let (liaison, authority) =
        (world.speaker(House::KzProsecutor), world.authority(House::KzProsecutor));
    let mut request = world.request_to(House::KzProsecutor);
    request.as_object_mut().unwrap().remove("intervention_criteria");
    let draft = lead.post(case.at("/authorisations")).json(&request).expect(201);
    let path = case.at(format!("/authorisations/{}", draft.id()));
    lead.patch(&path).if_match(draft.etag()).json(json!({"offence": "Smuggling"})).expect(200);
    let etag = lead.post(format!("{path}/submit")).expect(200).etag();
    let criteria = json!({"intervention_criteria": "Contact is lost for an hour."});
    lead.patch(&path).if_match(etag).json(criteria).expect(200);
    lead.post(format!("{path}/withdraw")).expect(200);
    let path = lead.asks(case, House::KzProsecutor);
    let text = json!({"text": "Which firm?"});
    liaison.post(format!("{path}/request-info")).json(&text).expect(200);
    lead.post(format!("{path}/answer")).json(&text).expect(200);
    authority.post(format!("{path}/refuse")).json(&reason).expect(200);
    let path = lead.asks(case, House::KzProsecutor);
    liaison.post(format!("{path}/grant-orally")).json(world.oral_grant()).expect(200);
    authority.post(format!("{path}/confirm")).expect(200);
    authority.post(format!("{path}/extend")).json(world.grant()).expect(200);
    authority.post(format!("{path}/revoke")).json(&reason).expect(200);
}

/// Everything that happens to control: taken, handed over and back, lost, found, taken over, ended.
fn control(world: &World, lead: &Actor, partner: &Actor, case: &Case) {
    let goods = lead.get(case.at("/consignments")).expect(200).items()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = case.at(format!("/consignments/{goods}"));
    lead.takes_control(case, &goods);
    let proposed = |receiver: &Actor, giver: &Actor| {
        let made =
            giver.post(case.at("/handovers")).json(world.proposal(&goods, receiver)).expect(201);
        case.at(format!("/handovers/{}", made.id()))
    };
    let reason = json!({"reason": "The seal is broken"});
    lead.post(format!("{}/cancel", proposed(partner, lead))).json(&reason).expect(200);
    let refused = proposed(partner, lead);
    partner.post(format!("{refused}/agree")).expect(200);
    lead.post(format!("{refused}/offer")).expect(200);
    partner.post(format!("{refused}/refuse")).json(&reason).expect(200);
    lead.hands_over(case, &goods, partner);
    let seen = json!({"occurred_at": world.minutes_from_now(0), "place": "Before Taraz"});
    partner.post(format!("{path}/report-loss")).json(&seen).expect(200);
    partner.post(format!("{path}/report-recovery")).json(&seen).expect(200);
    let taken = json!({
        "kind": "sampled", "quantity": {"value": "1", "unit": "g"}, "occurred_at": world.minutes_from_now(0),
        "place": "Taraz", "note": "For the laboratory",
    });
    partner.post(format!("{path}/report-quantity")).json(taken).expect(200);
    let takeover = json!({
        "consignment_id": goods, "occurred_at": world.minutes_from_now(0), "place": "Before Taraz",
        "reason": "The escort was in an accident",
    });
    lead.post(case.at("/handovers/emergency-takeover")).json(takeover).expect(201);
    let end =
        json!({"reason": "seized", "occurred_at": world.minutes_from_now(0), "place": "Taraz"});
    lead.post(format!("{path}/end-control")).json(end).expect(200);
}

/// The lead asks to close, and the coordinator confirms.
fn closing(world: &World) {
    let (lead, partner, centre, case) = coordinated(world);
    lead.moves(&case, json!({"to": "concluded", "outcome": "delivered_no_arrest"}));
    for state in [&lead, &partner] {
        state.post(case.at("/reports")).json(json!({"summary": "Nobody came"})).expect(201);
    }
    lead.moves(&case, json!({"to": "closed"}));
    centre.moves(&case, json!({"to": "closed"}));
}

/// An alert is raised, passed on, acknowledged, and settled when its cause is gone.
fn alerts(world: &World, lead: &Actor, case: &Case) {
    let path = lead.plans(case, "arrived", "Baku", 0);
    world.advance_minutes(5);
    world.watches();
    world.advance_minutes(20);
    world.watches();
    let open = lead.get("/alerts?state=open").expect(200);
    let alert = open.items().iter().find(|alert| alert["kind"] == "milestone_due").unwrap().clone();
    lead.post(format!("/alerts/{}/acknowledge", alert["id"].as_str().unwrap())).expect(200);
    lead.reports(&path, "Baku");
    world.watches();
    // A clock that goes back settles one, and opens it again when it is right.
    lead.plans(case, "arrived", "Baku", 0);
    world.watches();
    for minutes in [-5, 5] {
        world.advance_minutes(minutes);
        world.watches();
    }
}

/// A case on its way: its leg starts, is held, goes on and arrives.
fn under_way(world: &World) {
    let lead = world.speaker(House::Kg);
    let case = lead.recorded_case(House::Kg, "Silk", CaseStatus::Active);
    let leg = lead.post(case.at("/legs")).json(world.leg(0)).expect(201).id();
    let leg = case.at(format!("/legs/{leg}"));
    let asked = lead.is_granted(&case, &[House::KgProsecutor, House::KzProsecutor]);
    lead.post(format!("{leg}/start")).expect(200);
    let reason = json!({"reason_code": "other", "reason": "The prosecutor is not sure"});
    let authority = world.authority(House::KzProsecutor);
    authority.post(format!("{}/revoke", asked[1])).json(reason).expect(200);
    lead.is_granted(&case, &[House::KzProsecutor]);
    lead.post(format!("{leg}/resume")).json(json!({"reason": "Granted anew"})).expect(200);
    lead.post(format!("{leg}/complete")).expect(200);
}

fn deconfliction(lead: &Actor) {
    let container = json!({"kind": "container", "value": "CSQU3054383"});
    let watch = lead.post("/deconfliction/watches").json(&container).expect(201);
    lead.post("/deconfliction/checks").json(&container).expect(200);
    lead.delete(format!("/deconfliction/watches/{}", watch.id())).expect(204);
}

fn state_reports(lead: &Actor, case: &Case) {
    let report = lead.post(case.at("/reports")).json(json!({"summary": "Followed"})).expect(201);
    let path = case.at(format!("/reports/{}", report.id()));
    let corrected = json!({"summary": "Followed and seized", "arrests": 2});
    lead.put(path).if_match(report.etag()).json(corrected).expect(200);
}

fn messages(lead: &Actor, partner: &Actor, case: &Case) {
    let message = json!({
        "kind": "warning", "to": [partner.agency], "text": "They carry arms", "handling_codes": ["H2"],
    });
    let sent = lead.post(case.at("/messages")).json(message).expect(201);
    let path = case.at(format!("/messages/{}", sent.id()));
    partner.post(format!("{path}/acknowledge")).expect(200);
    let consent = json!({"agencies": [partner.agency]});
    lead.post(format!("{path}/consent")).json(consent).expect(200);
}

fn evidence_references(lead: &Actor, partner: &Actor, case: &Case) {
    let digest = "a".repeat(64);
    let mut photo = evidence(&[&partner.agency]);
    photo["kind"] = json!("photo");
    photo["sha256"] = json!(digest);
    photo["size_bytes"] = json!(4711);
    let photo = lead.post(case.at("/evidence")).json(photo).expect(201);
    let path = case.at(format!("/evidence/{}", photo.id()));
    let edited = json!({"description": "Taken from the bridge"});
    let now = lead.patch(&path).if_match(photo.etag()).json(edited).expect(200).etag();
    let audience = json!({"agencies": [lead.agency.clone()]});
    lead.put(format!("{path}/audience")).if_match(now).json(audience).expect(200);
    lead.post(format!("{path}/verify")).json(json!({"sha256": digest})).send();
    lead.post(format!("{path}/verify")).json(json!({"sha256": "b".repeat(64)})).send();
    let disposition = json!({"disposition": "retained", "reason": "Kept for the trial"});
    lead.post(format!("{path}/disposition")).json(disposition).send();

    let sample = lead.post(case.at("/evidence")).json(evidence(&[&partner.agency])).expect(201);
    let transfers = case.at(format!("/evidence/{}/transfers", sample.id()));
    let offer = || {
        let body =
            json!({"to_agency_id": partner.agency, "place": "Korday", "purpose": "Laboratory"});
        format!("{transfers}/{}", lead.post(&transfers).json(body).expect(201).id())
    };
    lead.post(format!("{}/cancel", offer())).json(json!({"reason": "Tomorrow"})).send();
    partner
        .post(format!("{}/refuse", offer()))
        .json(json!({"reason": "The seal is broken"}))
        .send();
    partner.post(format!("{}/accept", offer())).json(json!({})).send();
}

/// Whatever changes something is a `POST`, a `PATCH`, a `PUT` or a `DELETE`; what is read is a `GET`.
#[test]
fn nothing_is_changed_by_reading() {
    let contract = std::sync::Arc::new(passage::routes::contract());
    let reads = |route: &&Route| route.method == Method::Get;
    for route in passage::routes::routes(&contract).iter().filter(reads) {
        assert!(!route.takes_body() && !route.guarded, "{} changes something", route.operation);
    }
}
