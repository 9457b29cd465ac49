//! Sessions: how one goes on with them, and how they end.

use std::time::Duration;

use passage::config::Config;

use super::{me, refresh};
use crate::harness::{Tokens, World, both};

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
        let Tokens { access, refresh: first, .. } = world.system_admin().signs_in();
        let lost = next(world, &first).refresh;
        let second = next(world, &first).refresh;
        refresh(world, &lost).refused(401, "invalid-refresh-token");
        let third = next(world, &second).refresh;
        me(world, &access).expect(200);
        // Its successor was used: somebody else holds tokens of this session.
        refresh(world, &first).refused(401, "invalid-refresh-token");
        refresh(world, &third).refused(401, "invalid-refresh-token");
        me(world, &access).refused(401, "unauthenticated");
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
}
