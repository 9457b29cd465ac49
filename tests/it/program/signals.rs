//! What an operator sees of the program beside its API, and what it does when it is sent a signal.

use std::net::TcpListener;

use serde_json::json;

use crate::harness::{Authenticator, Backend, House, Program, World};
use crate::hostile::tls::{Files, ask, authority, connect, settings_of, shown};

/// A metric as it is shown: its name, and the values of its labels.
fn labels(line: &str) -> Vec<&str> {
    let Some((_, rest)) = line.split_once('{') else { return Vec::new() };
    let (labels, _) = rest.split_once('}').unwrap_or((rest, ""));
    labels
        .split(',')
        .filter_map(|label| label.split_once('=')?.1.strip_prefix('"')?.strip_suffix('"'))
        .collect()
}

/// Metrics are on a listener of their own, which has nothing else; they tell of nobody and of no case.
fn metrics_tell_of_nobody(backend: Backend) {
    let listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let settings = [("PASSAGE_METRICS__LISTEN", listen.as_str())];
    World::play_by_program(backend, module_path!(), &settings, |world: &World, _: &Program| {
        let aida = world.speaker(House::Kg);
        let case = aida.opens_case().create();
        Authenticator::of(&aida);
        aida.get(&case.path).expect(200);
        aida.post(case.at("/milestones"))
            .json(json!({"kind": "departed", "expected_at": world.minutes_from_now(60)}))
            .expect(201);
        world.nobody().get("/auth/me").token("no-token-of-ours").refused(401, "unauthenticated");
        let public = ureq::get(format!("http://{}/metrics", world.address())).call();
        assert!(matches!(public, Err(ureq::Error::StatusCode(404))), "{public:?}");

        let shown = |path: &str| {
            let mut answer = ureq::get(format!("http://{listen}{path}")).call().unwrap();
            answer.body_mut().read_to_string().unwrap()
        };
        let metrics = shown("/metrics");
        let read = "passage_requests_total{operation=\"get_case\",status=\"200\"} 1";
        assert!(metrics.contains(read), "{read} is not in\n{metrics}");
        let operations = world.contract().operations();
        for line in metrics.lines().filter(|line| !line.starts_with('#')) {
            for label in labels(line) {
                let known = operations.iter().any(|operation| operation.id == label)
                    || label.parse::<f64>().is_ok()
                    || ["+Inf", "sent", "refused"].contains(&label);
                assert!(known, "{label:?} in {line}");
            }
        }
        for told in [&aida.id, &aida.agency, &aida.email, &case.id, &case.reference] {
            assert!(!metrics.contains(told.as_str()), "{told} is in\n{metrics}");
        }
        let found = world.secrets().in_log(&metrics);
        assert!(found.is_empty(), "{found:?}");
        // Whoever asks this listener for the API gets none of it.
        for path in ["/api/v1/openapi.json", "/.well-known/jwks.json", "/health/ready"] {
            let answer = ureq::get(format!("http://{listen}{path}")).call();
            let text = answer
                .map(|mut answer| answer.body_mut().read_to_string().unwrap())
                .unwrap_or_default();
            assert!(
                !text.contains("\"keys\"")
                    && !text.contains("openapi")
                    && !text.contains("ready\""),
                "{path}: {text}"
            );
        }
    });
}

#[test]
fn metrics_on_sqlite() {
    metrics_tell_of_nobody(Backend::Sqlite);
}

#[test]
fn metrics_on_postgres() {
    metrics_tell_of_nobody(Backend::Postgres);
}

/// The program takes a new certificate when it is sent SIGHUP, and says so; a broken one leaves the former in place.
#[test]
fn a_hangup_has_the_certificate_looked_at() {
    let authority = authority();
    let files = Files::new(&authority);
    let mut settings = settings_of(&files);
    settings.retain(|(name, _)| *name != "PASSAGE_TLS__RELOAD_SECONDS");
    settings.push(("PASSAGE_TLS__RELOAD_SECONDS", "86400".to_owned()));
    let program = Program::serve(&settings);
    let connect = || connect(program.address, &authority, &rustls::version::TLS13, &[b"http/1.1"]);
    let mut before = connect().unwrap();
    ask(&mut before);
    let first = shown(&before);
    let second = files.issue(&authority);
    assert_ne!(first, second);
    assert_eq!(shown(&connect().unwrap()), first, "nobody has told it");
    program.is_sent("HUP");
    program.says("the certificate was renewed");
    assert_eq!(shown(&connect().unwrap()), second);
    assert!(ask(&mut before).starts_with("HTTP/1.1 200 "), "who was there before goes on");
    std::fs::write(files.certificate(), "no certificate").unwrap();
    program.is_sent("HUP");
    program.says("the former certificate stays");
    assert_eq!(shown(&connect().unwrap()), second);
    program.ends();
}
