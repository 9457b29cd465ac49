//! Floods of sign-ins: what a password costs is paid a few at a time.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{World, both};

/// Resident memory of this process, in MiB.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() / 1024
}

both! {
    /// Two hundred at once, each of which would take 32 MiB: memory stays bounded, and others are answered.
    fn sign_ins(world) with [
        ("PASSAGE_IDENTITY__ARGON2_MEMORY_KIB", "32768"),
        ("PASSAGE_IDENTITY__SIGN_IN_FAILURES_PER_ADDRESS_PER_MINUTE", "10000"),
    ] {
        world.nobody().get("/health/ready").expect(200);
        let before = resident();
        std::thread::scope(|scope| {
            let flood: Vec<_> = (0..200).map(|number| {
                scope.spawn(move || {
                    let email = format!("nobody{number}@operator.example");
                    let body = json!({"email": email, "password": "a guess"});
                    world.nobody().post("/auth/login").json(body).beside_others().send().status
                })
            }).collect();
            let mut most = before;
            while flood.iter().any(|sign_in| !sign_in.is_finished()) {
                let asked = Instant::now();
                world.nobody().get("/health/ready").expect(200);
                assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
                most = most.max(resident());
            }
            // Unbounded it would be 6,400.
            assert!(most - before < 2000, "{} MiB more", most - before);
            // Whoever would wait too long is told to come back.
            let said: Vec<u16> = flood.into_iter().map(|sign_in| sign_in.join().unwrap()).collect();
            assert!(said.iter().all(|status| matches!(status, 401 | 503)), "{said:?}");
            assert!(said.contains(&401), "{said:?}");
        });
    }
}
