//! Too much: long bodies, long heads, deep nesting, and what is no HTTP at all.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use super::crowd::{self, Crowd};
use crate::harness::{House, World, both};

/// What the server answers to `head`, and whether it did before `body` had been taken whole.
fn answer(world: &World, head: &str, body: &[u8]) -> String {
    let mut line = TcpStream::connect(world.address()).unwrap();
    line.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    line.write_all(head.as_bytes()).unwrap();
    let mut sender = line.try_clone().unwrap();
    let mut answer = [0; 2048];
    let bytes = std::thread::scope(|scope| {
        scope.spawn(move || sender.write_all(body));
        let bytes = line.read(&mut answer).unwrap();
        let _ = line.shutdown(Shutdown::Both);
        bytes
    });
    String::from_utf8_lossy(&answer[..bytes]).into_owned()
}

const POST: &str =
    "POST /api/v1/auth/login HTTP/1.1\r\nhost: passage\r\ncontent-type: application/json\r\n";

both! {
    /// Where the length says that a body is too long, nothing of it is waited for.
    fn a_long_body_is_refused_by_its_length(world) {
        let head = format!("{POST}content-length: 8388608\r\n\r\n");
        let said = answer(world, &head, b"");
        assert!(said.starts_with("HTTP/1.1 413 ") && said.contains("too-large"), "{said}");
    }

    /// A hundred of eight megabytes at once, with their length and without, and an officer works meanwhile.
    fn long_bodies_at_once(world) {
        let officer = world.speaker(House::Kg);
        let body = vec![b' '; 8 << 20];
        let length = format!("{POST}content-length: {}\r\n\r\n", body.len());
        let chunk = format!("{POST}transfer-encoding: chunked\r\n\r\n{:x}\r\n", body.len());
        std::thread::scope(|scope| {
            for number in 0..100 {
                let (head, body) = (if number % 2 == 0 { &length } else { &chunk }, &body);
                scope.spawn(move || {
                    let said = answer(world, head, body);
                    assert!(said.starts_with("HTTP/1.1 413 "), "{said}");
                });
            }
            for _ in 0..20 {
                crowd::works(&officer);
            }
        });
    }

    /// Paths, queries and headers have a measure.
    fn long_heads(world) {
        let aida = world.speaker(House::Kg);
        aida.get(format!("/cases?q={}", "a".repeat(8000))).send();
        aida.get(format!("/cases?q={}", "a".repeat(9000))).refused(413, "too-large");
        aida.get("/cases").header("x-more", "a".repeat(30_000)).expect(200);
        aida.get("/cases").header("x-more", "a".repeat(33_000)).refused(413, "too-large");
        for head in [
            format!("GET /health/live HTTP/1.1\r\nhost: passage\r\n{}\r\n", "x-more: 1\r\n".repeat(200)),
            format!("GET /{} HTTP/1.1\r\nhost: passage\r\n\r\n", "a".repeat(140_000)),
            "nothing that anybody knows\r\n\r\n".to_owned(),
            "GET /health/live HTTP/1.1\r\nhost: passage\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n".to_owned(),
            "GET /health/live HTTP/1.1\r\nhost: passage\r\ncontent-length: -1\r\n\r\n".to_owned(),
            "\0\0\0\0\r\n\r\n".to_owned(),
        ] {
            let said = answer(world, &head, b"");
            assert!(said.starts_with("HTTP/1.1 4"), "{head:.80} gave {said}");
        }
        world.nobody().get("/health/ready").expect(200);
    }

    /// What is nested more deeply than anybody needs is refused, and costs no stack.
    fn deep_nesting(world) {
        let aida = world.speaker(House::Kg);
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            for depth in [200, 100_000] {
                let body = format!("{}1{}", open.repeat(depth), close.repeat(depth));
                let reply = aida.post("/cases").body("application/json", body).send();
                assert!(matches!(reply.status, 400 | 422), "{reply}");
            }
        }
    }

    /// One address has its share of connections, and no more; those that are open already go on.
    fn a_share_of_connections(world) with [("PASSAGE_LIMITS__CONNECTIONS_PER_ADDRESS", "6")] {
        world.nobody().get("/health/ready").expect(200);
        let mut crowd = Crowd::of(world, 4, "GET /health/live HTTP/1.1\r\nhost: passage\r\n\r\n");
        let answered = "GET /health/live HTTP/1.1\r\nhost: passage\r\n\r\n";
        let one_too_many = || {
            let Ok(mut line) = TcpStream::connect(world.address()) else { return true };
            let _ = line.write_all(answered.as_bytes());
            !line.read(&mut [0; 16]).is_ok_and(|bytes| bytes > 0)
        };
        let mut more = Vec::new();
        let refused = (0..4).any(|_| {
            more.push(TcpStream::connect(world.address()).unwrap());
            one_too_many()
        });
        assert!(refused, "there is no limit");
        world.nobody().get("/health/ready").expect(200);
        assert!(crowd.count() > 0);
        drop((crowd, more));
        let patience = std::time::Instant::now() + Duration::from_secs(10);
        while one_too_many() {
            assert!(std::time::Instant::now() < patience, "nobody comes in any more");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
