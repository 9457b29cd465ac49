//! Guessing at passwords: whoever guesses waits, ever longer, and nobody else does.

use super::login;
use crate::harness::{Actor, Backend, PASSWORD, Request, World, both};

/// A wrong guess at an account.
fn guess(world: &World, email: &str) -> Request {
    login(world, email, "wrong")
}

/// So many wrong guesses at an account from so many networks, five from each.
fn hammers(world: &World, actor: &Actor, networks: std::ops::Range<u32>) {
    for network in networks {
        for _ in 0..5 {
            guess(world, &actor.email).coming_from(network).refused(401, "sign-in-failed");
        }
    }
}

/// As the server sees the address of one network only.
const MANY: [(&str, &str); 1] =
    [("PASSAGE_IDENTITY__SIGN_IN_FAILURES_PER_ADDRESS_PER_MINUTE", "10000")];

both! {
    /// After five failures one waits half a minute, then twice as long, whether there is such an account or not; and comes
    /// in afterwards as if nothing had been.
    fn whoever_guesses_waits_ever_longer(world) with MANY {
        let root = world.system_admin();
        let mut answers = Vec::new();
        for email in [root.email.as_str(), "nobody@operator.example", "no address"] {
            for _ in 0..5 {
                guess(world, email).refused(401, "sign-in-failed");
            }
            let slowed = login(world, email, PASSWORD).refused(429, "too-many-requests");
            assert_eq!(slowed.header("retry-after"), Some("30"), "{email}");
            world.advance_seconds(29);
            login(world, email, PASSWORD).refused(429, "too-many-requests");
            world.advance_seconds(1);
            guess(world, email).refused(401, "sign-in-failed");
            let slowed = guess(world, email).refused(429, "too-many-requests");
            assert_eq!(slowed.header("retry-after"), Some("60"), "{email}");
            answers.push(slowed.json);
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:?}");
        world.advance_seconds(60);
        root.signs_in();
        for _ in 0..4 {
            guess(world, &root.email).refused(401, "sign-in-failed");
        }
        root.signs_in();
    }

    /// Somebody who guesses from everywhere is slowed down, and the user comes in from where he or she always does.
    fn guessing_from_elsewhere_shuts_nobody_out(world) with MANY {
        let root = world.system_admin();
        root.signs_in();
        hammers(world, &root, 2..22);
        let late = |password: &str| login(world, &root.email, password).coming_from(300);
        let slowed = late("wrong").refused(429, "too-many-requests");
        let seconds: i64 = slowed.header("retry-after").unwrap().parse().unwrap();
        assert!((3000..=3600).contains(&seconds), "{seconds}");
        // Nor is the password told by another answer.
        late(PASSWORD).refused(429, "too-many-requests");
        root.signs_in();
        world.advance_seconds(seconds);
        late(PASSWORD).expect(200);
        hammers(world, &root, 30..50);
        // From now on that network is known too.
        late(PASSWORD).expect(200);
        login(world, &root.email, PASSWORD).coming_from(301).refused(429, "too-many-requests");
        // What nobody used for ninety days is forgotten.
        world.advance_minutes(91 * 24 * 60);
        hammers(world, &root, 2..22);
        late(PASSWORD).refused(429, "too-many-requests");
    }

    /// Twenty guesses at once are no more than a queue of them: five are answered.
    fn a_burst_gets_no_more_guesses(world) with MANY {
        let root = world.system_admin();
        for email in [root.email.as_str(), "nobody@operator.example"] {
            let answered = std::thread::scope(|scope| {
                let one = || guess(world, email).beside_others().send().status;
                let tries: Vec<_> = (0..20).map(|_| scope.spawn(one)).collect();
                let statuses = tries.into_iter().map(|one| one.join().unwrap());
                statuses.filter(|status| *status == 401).count()
            });
            assert_eq!(answered, 5, "{email}");
        }
    }
}

/// What failed on one node counts on the other, and so does the network that was known there.
#[test]
fn failures_count_on_every_node() {
    World::play_with(Backend::Postgres, module_path!(), &MANY, &[], |world| {
        let root = world.system_admin();
        let other = world.another_node().expect("PostgreSQL has room for more");
        for number in 0..5 {
            let one = guess(world, &root.email);
            let one = if number % 2 == 0 { one } else { one.at(other.address()) };
            one.refused(401, "sign-in-failed");
        }
        for password in ["wrong", PASSWORD] {
            login(world, &root.email, password)
                .at(other.address())
                .refused(429, "too-many-requests");
        }
        world.advance_seconds(30);
        login(world, &root.email, PASSWORD).at(other.address()).expect(200);
        // Five came from an address that was not known yet.
        hammers(world, &root, 2..21);
        login(world, &root.email, PASSWORD).at(other.address()).coming_from(300).expect(429);
        login(world, &root.email, PASSWORD).at(other.address()).expect(200);
    });
}
