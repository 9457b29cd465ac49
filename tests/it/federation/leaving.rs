//! Leaving: out of the session here, out of the one at a real provider, and out of the house.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::asker::{Asker, field, text};
use super::door::Door;
use super::lies::OF_LOGOUT_TOKENS;
use super::staff::Staff;
use super::{asks_providers, ends, never_too_many, why};
use crate::harness::providers::{Between, Browser, Glewlwyd, Home, Lemonldap, Person};
use crate::harness::{House, Machine, Tokens, World, both};
use crate::identity::{me, refresh};

/// Waits until `happened`: a provider takes its time to tell.
#[track_caller]
fn comes_to_pass(happened: impl Fn() -> bool) {
    let begun = Instant::now();
    while !happened() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it does not come to pass");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// How many sessions each logout token ended, the first told first.
fn told_of_logouts(world: &World) -> Vec<i64> {
    let lines = world.probe().lines(
        "SELECT details AS line FROM journal_entries WHERE action = 'identity_provider.signed_out' \
         ORDER BY recorded_at, sequence",
    );
    let ended =
        |line: &String| serde_json::from_str::<Value>(line).unwrap()["sessions_ended"].as_i64();
    lines.iter().filter_map(ended).collect()
}

/// The person signs out here, and follows to where one signs out there.
#[track_caller]
fn signs_out(world: &World, staff: &Staff, browser: &mut Browser, tokens: &Tokens) {
    let out = world.nobody().post("/auth/oidc/logout").token(&tokens.access).expect(200);
    me(world, &tokens.access).refused(401, "unauthenticated");
    refresh(world, &tokens.refresh).refused(401, "invalid-refresh-token");
    staff.home.signs_out(browser, &out.text("end_session_url"));
}

/// The person signs out at the provider, where some other server of the ministry sent that browser.
#[track_caller]
fn leaves_there(staff: &Staff, browser: &mut Browser, person: &Person) {
    let elsewhere = Asker::to(staff.home, staff.site.clone());
    let back = elsewhere.admits(browser, person);
    let tokens = elsewhere.redeems(field(&back, "code").expect("a code"));
    let hint = serde_urlencoded::to_string([("id_token_hint", text(&tokens["id_token"]))]).unwrap();
    let request = format!("{}?{hint}", elsewhere.endpoint("end_session_endpoint"));
    staff.home.signs_out(browser, &request);
}

/// Whether the browser is sent back at once when it is to sign in, because it is signed in there.
fn is_known(world: &World, door: &Door, browser: &mut Browser) -> bool {
    let page = browser.get(&door.starts(world).location);
    page.location.is_some_and(|location| location.contains("code="))
}

/// Requirements 19, 29: somebody is dismissed at home, and out here at the next look, machines and all; the account itself is
/// not touched.
fn dismissed(world: &World, staff: &Staff, leaves: &dyn Fn(&Person)) {
    let (aida, bakyt) = (Person::new("aida", &["clerk"]), Person::new("bakyt", &["clerk"]));
    let (gone, other) = (staff.officer(world, &aida), staff.officer(world, &bakyt));
    let id = me(world, &gone.access).expect(200).text("id");
    let others = me(world, &other.access).expect(200).text("id");
    let machines = [&id, &others].map(|owner| Machine::of_owner(world, staff.door.house, owner));
    world.advance_minutes(11);
    assert_eq!(asks_providers(world), 0);
    let gone = Tokens::of(&refresh(world, &gone.refresh).expect(200));
    leaves(&aida);
    world.advance_minutes(6);
    let tokens = [&machines[0], &machines[1]].map(Machine::token);
    machines[0].works(staff.door.house, &tokens[0]);
    // Nobody has to wait for the next look: the session does not go on.
    refresh(world, &gone.refresh).refused(401, "invalid-refresh-token");
    me(world, &gone.access).refused(401, "unauthenticated");
    assert_eq!(ends(world), ["provider_refused"]);
    machines[0].stands_still(staff.door.house, &tokens[0]);
    machines[1].works(staff.door.house, &tokens[1]);
    world.advance_minutes(6);
    assert_eq!(asks_providers(world), 0);
    let other = Tokens::of(&refresh(world, &other.refresh).expect(200));
    me(world, &other.access).expect(200);
    let row = world.agency(staff.door.house).admin.get(format!("/users/{id}")).expect(200);
    assert_eq!(
        (&row.json["status"], &row.json["roles"]),
        (&json!("active"), &json!(["case_officer"]))
    );
}

both! {
    /// Who signs out here signs out at glewlwyd too, which then tells of it.
    fn one_signs_out_here_and_at_glewlwyd(world) tuned never_too_many {
        let Some(glewlwyd) = Glewlwyd::start(module_path!()) else { return };
        let issuer = glewlwyd.opens("kg");
        let staff = Staff::of(world, House::Kg, &issuer);
        let aida = Person::new("aida", &["clerk"]);
        staff.officer(world, &aida);
        let mut browser = Browser::new();
        let tokens = Tokens::of(&staff.signs_in_with(world, &mut browser, &aida).expect(200));
        world.lives_today();
        signs_out(world, &staff, &mut browser, &tokens);
        // The session here had ended already.
        comes_to_pass(|| told_of_logouts(world) == [0]);
    }

    /// Who signs out here signs out at lemonldap-ng too.
    fn one_signs_out_here_and_at_lemonldap(world) tuned never_too_many {
        let Some(lemonldap) = Lemonldap::start(module_path!()) else { return };
        let staff = Staff::of(world, House::Az, &lemonldap);
        let aida = Person::new("aida", &["clerk"]);
        staff.officer(world, &aida);
        let mut browser = Browser::new();
        let tokens = Tokens::of(&staff.signs_in_with(world, &mut browser, &aida).expect(200));
        assert!(is_known(world, &staff.door, &mut browser));
        signs_out(world, &staff, &mut browser, &tokens);
        assert!(!is_known(world, &staff.door, &mut browser));
    }

    /// Requirement 21: glewlwyd says that somebody has signed out, in the form of the old drafts, and the session that it
    /// names is over, and no other.
    fn glewlwyd_says_who_has_left(world) tuned never_too_many {
        let Some(glewlwyd) = Glewlwyd::start(module_path!()) else { return };
        let (one, two) = (glewlwyd.opens("kg"), glewlwyd.opens("kz"));
        let (kg, kz) = (Staff::of(world, House::Kg, &one), Staff::of(world, House::Kz, &two));
        let (aida, bakyt) = (Person::new("aida", &["clerk"]), Person::new("bakyt", &["clerk"]));
        let others = [kg.officer(world, &bakyt), kg.officer(world, &aida), kz.officer(world, &aida)];
        let mut browser = Browser::new();
        let leaver = Tokens::of(&kg.signs_in_with(world, &mut browser, &aida).expect(200));
        world.lives_today();
        leaves_there(&kg, &mut browser, &aida);
        comes_to_pass(|| me(world, &leaver.access).send().status == 401);
        refresh(world, &leaver.refresh).refused(401, "invalid-refresh-token");
        assert_eq!((told_of_logouts(world), ends(world)), (vec![1], vec!["provider_logout".to_owned()]));
        for tokens in others {
            me(world, &tokens.access).expect(200);
        }
    }

    /// Requirement 21: tokens of the old drafts count only where it was said that the provider sends such.
    fn drafts_do_not_count_where_the_standard_is_expected(world) tuned never_too_many {
        let Some(glewlwyd) = Glewlwyd::start(module_path!()) else { return };
        let issuer = glewlwyd.opens("kg");
        let staff = Staff::with(world, House::Kg, &issuer, &json!({"logout_profile": "standard"}));
        let aida = Person::new("aida", &["clerk"]);
        staff.officer(world, &aida);
        let mut browser = Browser::new();
        let tokens = Tokens::of(&staff.signs_in_with(world, &mut browser, &aida).expect(200));
        world.lives_today();
        leaves_there(&staff, &mut browser, &aida);
        comes_to_pass(|| why(world) == "type_wrong");
        me(world, &tokens.access).expect(200);
    }

    /// Requirement 21: a provider's word about somebody else's people does nothing, and one with anything wrong in it neither.
    fn another_issuers_word_ends_nothing(world) tuned never_too_many {
        let between = Between::new();
        let Some(glewlwyd) = Glewlwyd::start_behind(module_path!(), Some(between.port)) else { return };
        between.stands_before(glewlwyd.port);
        let (one, two) = (glewlwyd.opens("kg"), glewlwyd.opens("kz"));
        let standard = json!({"logout_profile": "standard"});
        let kg = Staff::with(world, House::Kg, &one, &standard);
        let kz = Staff::with(world, House::Kz, &two, &standard);
        // From the first one on, each answer is signed by who stands between.
        let seen = std::sync::Arc::new(std::sync::Mutex::new(Value::Null));
        let last = seen.clone();
        between.forges(move |_, claims| *last.lock().unwrap() = claims.clone());
        let here = kg.officer(world, &Person::new("aida", &["clerk"]));
        let victim = seen.lock().unwrap().clone();
        let there = kz.officer(world, &Person::new("bakyt", &["clerk"]));
        let own = seen.lock().unwrap().clone();
        let word = |claims: &Value, named: &Value, jti: &str| {
            let now = world.now().seconds();
            let head = json!({"alg": "ES256", "typ": "logout+jwt", "kid": between.key.kid});
            let claims = json!({
                "iss": claims["iss"], "aud": claims["aud"], "iat": now, "exp": now + 120, "jti": jti,
                "sub": named["sub"], "sid": named["sid"],
                "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            });
            (head, claims)
        };
        let signed = |(head, claims): &(Value, Value)| between.key.signs(head, claims);
        kz.door.logs_out(world, &signed(&word(&own, &victim, "1"))).expect(200);
        // The victim's own word at another door is not that of its issuer.
        kz.door.logs_out(world, &signed(&word(&victim, &victim, "2"))).refused(400, "logout-token-refused");
        assert_eq!(why(world), "issuer_wrong");
        for (reason, lie) in OF_LOGOUT_TOKENS {
            let (mut head, mut claims) = word(&victim, &victim, reason);
            lie(&mut head, &mut claims);
            kg.door.logs_out(world, &signed(&(head, claims))).refused(400, "logout-token-refused");
            assert_eq!(why(world), *reason);
        }
        me(world, &here.access).expect(200);
        me(world, &there.access).expect(200);
        assert_eq!(told_of_logouts(world), [0]);
        kg.door.logs_out(world, &signed(&word(&victim, &victim, "3"))).expect(200);
        me(world, &here.access).refused(401, "unauthenticated");
        me(world, &there.access).expect(200);
    }

    /// Who is dismissed at an agency with glewlwyd.
    fn dismissed_at_glewlwyd_is_out_here(world) tuned never_too_many {
        let Some(glewlwyd) = Glewlwyd::start(module_path!()) else { return };
        let issuer = glewlwyd.opens("kg");
        dismissed(world, &Staff::of(world, House::Kg, &issuer), &|person| issuer.dismisses(person));
    }

    /// Whose account is removed there.
    fn removed_at_glewlwyd_is_out_here(world) tuned never_too_many {
        let Some(glewlwyd) = Glewlwyd::start(module_path!()) else { return };
        let issuer = glewlwyd.opens("kg");
        dismissed(world, &Staff::of(world, House::Kg, &issuer), &|person| issuer.removes(person));
    }

    /// Who is dismissed at an agency with lemonldap-ng.
    fn dismissed_at_lemonldap_is_out_here(world) tuned never_too_many {
        let Some(lemonldap) = Lemonldap::start(module_path!()) else { return };
        dismissed(world, &Staff::of(world, House::Az, &lemonldap), &|person| lemonldap.dismisses(person));
    }

    /// As docs/federation.md warns: glewlwyd goes on vouching for an account that is only disabled; it lets nobody in anew.
    fn only_disabled_at_glewlwyd_goes_on(world) tuned never_too_many {
        let Some(glewlwyd) = Glewlwyd::start(module_path!()) else { return };
        let issuer = glewlwyd.opens("kg");
        let staff = Staff::of(world, House::Kg, &issuer);
        let aida = Person::new("aida", &["clerk"]);
        let tokens = staff.officer(world, &aida);
        issuer.disables(&aida);
        world.advance_minutes(11);
        assert_eq!(asks_providers(world), 0);
        refresh(world, &tokens.refresh).expect(200);
    }
}
