//! Sessions: how one goes on with them, and how they end.

use std::time::Duration;

use passage::access::Role;
use passage::config::Config;
use serde_json::json;

use super::{account_of, login, me, refresh};
use crate::harness::{House, PASSWORD, Tokens, World, both};

/// Shorter than an access token lasts, so that the session is seen to end before the token does.
fn idle_for_five_minutes(config: &mut Config) {
    config.identity.session_idle = Duration::from_secs(300);
}

/// The tokens that `token` is good for.
#[track_caller]
fn next(world: &World, token: &str) -> Tokens {
    Tokens::of(&refresh(world, token).expect(200))
}

both! {
    /// A refresh token works once, but for an answer that was lost; one that was stolen ends the session.
    fn a_refresh_token_works_once(world) {
        let reused = "journal_entries WHERE action = 'session.refresh_token_reused'";
        let Tokens { access, refresh: first, .. } = world.system_admin().signs_in();
        let lost = next(world, &first).refresh;
        let second = next(world, &first).refresh;
        refresh(world, &lost).refused(401, "invalid-refresh-token");
        let third = next(world, &second).refresh;
        let session = me(world, &access).expect(200).text("session_id");
        assert_eq!(world.probe().count(reused), 0);
        // Its successor was used: somebody else holds tokens of this session.
        refresh(world, &first).refused(401, "invalid-refresh-token");
        refresh(world, &third).refused(401, "invalid-refresh-token");
        me(world, &access).refused(401, "unauthenticated");
        // The journal tells of it, once, and why the session ended.
        let (mut probe, root) = (world.probe(), world.system_admin());
        assert_eq!(probe.count(reused), 1);
        let subject = probe.in_hex("subject_id");
        let told = probe.lines(&format!(
            "SELECT action || ' ' || details AS line FROM journal_entries WHERE {subject} = '{}' \
             AND action IN ('session.refresh_token_reused', 'session.ended') ORDER BY sequence",
            session.replace('-', ""),
        ));
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].starts_with("session.refresh_token_reused ") && told[0].contains(&root.id), "{told:?}");
        assert!(told[1].contains("\"refresh_token_reused\""), "{told:?}");
        for token in [first, lost, second, third] {
            assert!(!probe.reveals(&token), "refresh tokens are kept as hashes");
        }
    }

    /// Twenty at once with one refresh token leave one branch.
    fn twenty_at_once_leave_one_branch(world) {
        let first = world.system_admin().signs_in().refresh;
        let go_on = || Tokens::of(&refresh(world, &first).beside_others().expect(200)).refresh;
        let tokens: Vec<String> = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..20).map(|_| scope.spawn(go_on)).collect();
            tries.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let live = tokens.iter().filter(|token| refresh(world, token).send().status == 200).count();
        assert_eq!(live, 1);
    }

    /// One sees the own sessions, the newest first, and ends them; nobody else's are there.
    fn they_are_listed_and_ended(world) {
        let root = world.system_admin();
        let own = root.signs_in().access;
        world.advance_seconds(1);
        let other = root.signs_in().access;
        let with = |method: &str, path: &str, access: &str| world.nobody().request(method, path).token(access);
        let listed = with("GET", "/auth/sessions", &own).expect(200);
        let current: Vec<_> = listed.items().iter().map(|item| item["current"].clone()).collect();
        assert_eq!(current, [false, true]);
        let path = format!("/auth/sessions/{}", listed.items()[0]["id"].as_str().unwrap());
        let stranger = world.another_system_admin().signs_in().access;
        with("DELETE", &path, &stranger).refused(404, "not-found");
        me(world, &other).expect(200);
        with("DELETE", &path, &own).expect(204);
        with("DELETE", &path, &own).changing_nothing().expect(204);
        me(world, &other).refused(401, "unauthenticated");
        with("POST", "/auth/logout", &stranger).expect(204);
        me(world, &stranger).refused(401, "unauthenticated");
    }

    /// A session ends when nobody goes on with it for half a day.
    fn it_ends_when_idle(world) {
        let mut token = world.system_admin().signs_in().refresh;
        for _ in 0..3 {
            world.advance_minutes(8 * 60);
            let tokens = next(world, &token);
            me(world, &tokens.access).expect(200);
            token = tokens.refresh;
        }
        world.advance_minutes(12 * 60);
        refresh(world, &token).refused(401, "invalid-refresh-token");
    }

    /// A session ends after a week, however much it is used.
    fn it_ends_in_any_case(world) {
        let mut token = world.system_admin().signs_in().refresh;
        for _ in 0..7 * 3 {
            token = next(world, &token).refresh;
            world.advance_minutes(8 * 60);
        }
        refresh(world, &token).refused(401, "invalid-refresh-token");
    }

    /// Reading keeps a session in use, as far as it goes.
    fn reading_keeps_it_in_use(world) tuned idle_for_five_minutes {
        let read_every = |seconds: i64, times: usize, access: &str| {
            for _ in 0..times {
                world.advance_seconds(seconds);
                me(world, access).expect(200);
            }
        };
        let root = world.system_admin();
        let first = root.signs_in().access;
        read_every(200, 2, &first);
        read_every(199, 1, &first);
        world.advance_seconds(300);
        me(world, &first).refused(401, "unauthenticated");
        let second = root.signs_in().access;
        read_every(200, 1, &second);
        world.advance_seconds(300);
        // The token would be good for another while.
        me(world, &second).refused(401, "unauthenticated");
    }

    /// A session says from where and with what it is used, in words that a person reads.
    fn it_says_from_where_and_with_what(world) {
        let root = world.system_admin();
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
        let begun = login(world, &root.email, PASSWORD).header("user-agent", firefox).expect(200);
        let listed = world.nobody().get("/auth/sessions").token(&Tokens::of(&begun).access).expect(200);
        let session = &listed.items()[0];
        assert_eq!(session["device"], "Firefox 128 on Linux");
        assert_eq!(session["address"], "127.0.0.1");
        assert_eq!(session["last_address"], "127.0.0.1");
        assert_eq!(session["second_factor"], json!(null));
    }

    /// The address that a session is used from is noted with its use: by a request, and by going on.
    fn the_last_address_follows_its_use(world) {
        let Tokens { access, refresh: token, .. } = world.system_admin().signs_in();
        let last = || {
            let addresses = "SELECT last_address AS line FROM sessions ORDER BY id DESC LIMIT 1";
            world.probe().lines(addresses)[0].clone()
        };
        let moves_away = || world.probe().execute("UPDATE sessions SET last_address = '192.0.2.7'").unwrap();
        moves_away();
        me(world, &access).expect(200);
        assert_eq!(last(), "192.0.2.7", "noted once a minute");
        world.advance_seconds(60);
        me(world, &access).expect(200);
        assert_eq!(last(), "127.0.0.1");
        moves_away();
        next(world, &token);
        assert_eq!(last(), "127.0.0.1");
    }

    /// All others end at once, and the present one on demand; nobody else's are touched.
    fn all_others_are_ended_at_once(world) {
        let root = world.system_admin();
        let stranger = world.another_system_admin().signs_in().access;
        let own = root.signs_in().access;
        let others = [root.signs_in(), root.signs_in()];
        let end = |query: &str| world.nobody().delete(format!("/auth/sessions{query}")).token(&own);
        end("?including_this=perhaps").refused(422, "validation-failed");
        end("?everybody=true").refused(422, "validation-failed");
        end("").expect(204);
        for Tokens { access, refresh: token, .. } in &others {
            me(world, access).refused(401, "unauthenticated");
            refresh(world, token).refused(401, "invalid-refresh-token");
        }
        end("?including_this=false").changing_nothing().expect(204);
        me(world, &own).expect(200);
        end("?including_this=true").expect(204);
        me(world, &own).refused(401, "unauthenticated");
        me(world, &stranger).expect(200);
    }

    /// An admin sees and ends the sessions of the agency's accounts: what is needed for that, and no other agency's.
    fn an_admin_ends_the_sessions_of_the_agency(world) {
        let (admin, stranger) = (world.agency(House::Kg).admin, world.agency(House::Kz).admin);
        let (officer, colleague) = (world.speaker(House::Kg), world.officer(House::Kg, Role::CaseOfficer));
        let path = format!("{}/sessions", account_of(&officer));
        let first = officer.signs_in();
        let second = officer.signs_in().access;
        let listed = admin.get(&path).expect(200);
        let session = listed.items().iter().find(|item| item["id"] == session_of(world, &first.access).as_str());
        let mut shown: Vec<&str> = session.unwrap().as_object().unwrap().keys().map(String::as_str).collect();
        shown.sort_unstable();
        assert_eq!(
            shown,
            ["acr", "amr", "authenticated_at", "device", "expires_at", "id", "last_address", "last_used_at", "second_factor"]
        );
        let one = format!("{path}/{}", session_of(world, &first.access));
        for nosy in [&stranger, &colleague, &world.system_admin()] {
            nosy.get(&path).refused(404, "not-found");
            nosy.delete(&path).refused(404, "not-found");
            nosy.delete(&one).refused(404, "not-found");
        }
        let of_another = format!("{}/sessions/{}", account_of(&colleague), session_of(world, &first.access));
        admin.delete(&of_another).refused(404, "not-found");
        me(world, &first.access).expect(200);
        admin.delete(&one).expect(204);
        admin.delete(&one).changing_nothing().expect(204);
        me(world, &first.access).refused(401, "unauthenticated");
        refresh(world, &first.refresh).refused(401, "invalid-refresh-token");
        me(world, &second).expect(200);
        admin.delete(&path).expect(204);
        me(world, &second).refused(401, "unauthenticated");
        admin.delete(&path).changing_nothing().expect(204);
        assert!(admin.get(&path).expect(200).items().is_empty());
        officer.forgets_token();
        let told = officer.get("/journal?limit=200").expect(200);
        let ended = |action: &str| told.items().iter().find(|entry| entry["action"] == action).unwrap().clone();
        for (action, count) in [("session.ended", None), ("session.all_ended", Some(2))] {
            let entry = ended(action);
            assert_eq!(entry["actor"], format!("user:{}", admin.id), "{entry}");
            assert_eq!(entry["details"]["end"], "ended_by_admin", "{entry}");
            assert_eq!(entry["details"]["user"], officer.id.as_str(), "{entry}");
            assert_eq!(entry["details"]["sessions_ended"].as_i64(), count, "{entry}");
        }
    }

    /// Whoever signs in gets a session that nobody knew before, whatever is sent along; the one before goes on by itself.
    fn signing_in_begins_a_session_that_nobody_knew(world) {
        let (root, attacker) = (world.system_admin(), world.another_system_admin());
        let planted = attacker.signs_in();
        let planted_id = session_of(world, &planted.access);
        let begin = || login(world, &root.email, PASSWORD).token(&planted.access);
        let first = Tokens::of(&begin().header("cookie", format!("sid={planted_id}")).expect(200));
        let second = Tokens::of(&begin().expect(200));
        let ids = [&first, &second].map(|tokens| session_of(world, &tokens.access));
        assert!(ids[0] != ids[1] && !ids.contains(&planted_id), "{ids:?}");
        let fixed = json!({"email": root.email, "password": PASSWORD, "session_id": planted_id});
        world.nobody().post("/auth/login").json(fixed).refused(422, "validation-failed");
        assert_eq!(me(world, &planted.access).expect(200).id(), attacker.id);
        assert_eq!(me(world, &second.access).expect(200).id(), root.id);
        refresh(world, &planted.refresh).expect(200);
    }

    /// An open stream is no use of its session: one that nothing else uses runs out, and the stream ends with it.
    fn an_open_stream_keeps_no_session_alive(world)
        with [("PASSAGE_FEED__HEARTBEAT_SECONDS", "1")] tuned idle_for_five_minutes {
        let aida = world.speaker(House::Kg);
        aida.token();
        world.settles();
        let mut stream = aida.follows("/feed", None);
        world.advance_seconds(200);
        stream.heartbeat();
        stream.heartbeat();
        world.advance_seconds(100);
        assert!(stream.ends().is_empty());
    }
}

/// The session that an access token belongs to.
#[track_caller]
fn session_of(world: &World, access: &str) -> String {
    me(world, access).expect(200).text("session_id")
}
