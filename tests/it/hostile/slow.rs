//! Clients that hold on to what they have: slow to ask, slow to say, slow to take, or silent.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use passage::config::{Config, Slow};

use super::crowd::{self, Crowd};
use crate::harness::{House, World, both};

/// Times that a test can wait for.
fn short(config: &mut Config) {
    let limits = &mut config.limits;
    (limits.head, limits.idle) = (Duration::from_secs(1), Duration::from_secs(2));
    limits.slow = Slow { window: Duration::from_secs(1), bytes_per_second: 1024 };
}

both! {
    /// A head that comes byte by byte.
    fn heads(world) tuned short {
        let crowd = Crowd::of(world, 300, "GET /health/live HTTP/1.1\r\nhost: passage\r\nx-slow: ");
        crowd.holds_on(world, "a");
    }

    /// A body that comes byte by byte, to a path that is there and to one that is not.
    fn bodies(world) tuned short {
        for path in ["/api/v1/auth/login", "/nothing/here"] {
            let head = format!(
                "POST {path} HTTP/1.1\r\nhost: passage\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n",
            );
            let answers = Crowd::of(world, 300, &head).holds_on(world, " ");
            let status = if path == "/nothing/here" { "HTTP/1.1 404 " } else { "HTTP/1.1 400 " };
            assert_eq!(answers.matches(status).count(), 300, "{answers:.2000}");
        }
    }

    /// Connections on which nothing is said, and such on which nothing more is asked.
    fn silence(world) tuned short {
        let silent = Crowd::of(world, 700, "");
        let done = Crowd::of(world, 300, "GET /health/live HTTP/1.1\r\nhost: passage\r\n\r\n");
        let answers = done.holds_on(world, "");
        assert_eq!(answers.matches("HTTP/1.1 200 ").count(), 300);
        silent.holds_on(world, "");
    }

    /// With the times that the server comes with, whoever does nothing, or hardly anything, is gone within half a minute.
    fn with_the_times_of_the_defaults(world) {
        let body = "POST /api/v1/auth/login HTTP/1.1\r\nhost: passage\r\ncontent-length: 100000\r\n\r\n";
        let done = "GET /health/live HTTP/1.1\r\nhost: passage\r\n\r\n";
        let head = "GET /health/live HTTP/1.1\r\nhost: passage\r\nx-slow: ";
        world.speaker(House::Kg).token();
        std::thread::scope(|scope| {
            for (words, drop) in [("", ""), (done, ""), (head, "a"), (body, " ")] {
                let crowd = Crowd::of(world, 100, words);
                scope.spawn(move || crowd.holds_on_for(Duration::from_secs(30), world, drop));
            }
        });
    }

    /// An answer that is taken byte by byte: each byte is acknowledged, and that is not enough.
    fn answers(world) tuned short {
        let wanted = "GET /api/docs/swagger-ui-bundle.js HTTP/1.1\r\nhost: passage\r\n\r\n";
        let mut lines: Vec<_> = (0..300).map(|_| {
            let line = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
            line.set_recv_buffer_size(4096).unwrap();
            line.connect(&world.address().into()).unwrap();
            (&line).write_all(wanted.as_bytes()).unwrap();
            line
        }).collect();
        let (officer, begun) = (world.speaker(House::Kg), Instant::now());
        while !lines.is_empty() {
            assert!(begun.elapsed() < crowd::PATIENCE, "{} are still there", lines.len());
            lines.retain_mut(|line| {
                let ended = line.take_error().unwrap().is_some();
                !ended && (&*line).read(&mut [0]).is_ok_and(|bytes| bytes > 0)
            });
            crowd::works(&officer);
            std::thread::sleep(Duration::from_millis(50));
        }
        let whole = world.nobody().get("/api/docs/swagger-ui-bundle.js").off_contract().expect(200);
        assert!(whole.body.len() > 500_000, "the answer is too small to prove anything: {}", whole.body.len());
    }
}
