//! Somebody who stands between a server and a provider, and changes what passes: the attacker of the stories.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use ureq::http::Request;

use super::keys::{Es256, decoded};

/// What passes back.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers that are not about the connection.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// Changes the body, which is JSON.
    pub fn edit(&mut self, change: impl FnOnce(&mut Value)) {
        let mut body = serde_json::from_slice(&self.body).expect("what is changed is JSON");
        change(&mut body);
        self.body = body.to_string().into_bytes();
    }
}

type Change = dyn Fn(&str, &mut Answer) + Send + Sync;

/// Listens on a port of its own, which the provider takes for its own address.
pub struct Between {
    /// Where it listens.
    pub port: u16,
    /// The key that it signs with.
    pub key: Arc<Es256>,
    shared: Arc<Shared>,
}

struct Shared {
    behind: AtomicU16,
    over: AtomicBool,
    change: Mutex<Arc<Change>>,
    asked: Mutex<Vec<String>>,
}

impl Between {
    /// Begins to listen. Nothing is changed at first.
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            behind: AtomicU16::new(0),
            over: AtomicBool::new(false),
            change: Mutex::new(Arc::new(|_, _| {})),
            asked: Mutex::default(),
        });
        let serving = shared.clone();
        std::thread::spawn(move || {
            for line in listener.incoming().map_while(Result::ok) {
                if serving.over.load(Ordering::Relaxed) {
                    break;
                }
                let shared = serving.clone();
                std::thread::spawn(move || shared.passes(&line));
            }
        });
        Self { port, key: Arc::new(Es256::new()), shared }
    }

    /// Passes everything to the provider at `port`.
    pub fn stands_before(&self, port: u16) {
        self.shared.behind.store(port, Ordering::Relaxed);
    }

    /// Changes each answer from now on; `change` is told the path.
    pub fn changes(&self, change: impl Fn(&str, &mut Answer) + Send + Sync + 'static) {
        *self.shared.change.lock().unwrap() = Arc::new(change);
    }

    /// Takes ID tokens apart from now on, lets `change` have the head and the claims, and signs them with its own key, which
    /// it shows as the provider's only one.
    pub fn forges(&self, change: impl Fn(&mut Value, &mut Value) + Send + Sync + 'static) {
        self.forges_as(self.key.clone(), change);
    }

    /// The same, but signs with `signer`, and still shows its own key.
    pub fn forges_as(
        &self,
        signer: Arc<Es256>,
        change: impl Fn(&mut Value, &mut Value) + Send + Sync + 'static,
    ) {
        let shown = self.key.clone();
        self.changes(move |path, answer| {
            if path.ends_with("/jwks") {
                answer.body = json!({"keys": [shown.public_jwk()]}).to_string().into_bytes();
            } else if path.ends_with("/token") && answer.status == 200 {
                answer.edit(|tokens| {
                    let Some(token) = tokens["id_token"].as_str() else { return };
                    let (mut head, mut claims) = decoded(token);
                    head["alg"] = json!("ES256");
                    head["kid"] = json!(shown.kid);
                    change(&mut head, &mut claims);
                    tokens["id_token"] = json!(signer.signs(&head, &claims));
                });
            }
        });
    }

    /// How often somebody asked for a path that ends so.
    pub fn asked_for(&self, end: &str) -> usize {
        self.shared.asked.lock().unwrap().iter().filter(|path| path.ends_with(end)).count()
    }
}

impl Drop for Between {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        // Who waits for the next line is woken by it.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl Shared {
    /// Passes one request, and what comes back; whoever hangs up in between is let go.
    fn passes(&self, line: &TcpStream) -> Option<()> {
        let (method, target, headers, body) = request(line)?;
        let path = target.split('?').next().unwrap_or_default().to_owned();
        self.asked.lock().unwrap().push(path.clone());
        let behind = self.behind.load(Ordering::Relaxed);
        let mut onward = Request::builder()
            .method(method.as_str())
            .uri(format!("http://127.0.0.1:{behind}{target}"));
        for (name, value) in &headers {
            onward = onward.header(name, value);
        }
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(60)))
            .allow_non_standard_methods(true)
            .build()
            .new_agent();
        let mut back = if body.is_empty() && matches!(method.as_str(), "GET" | "DELETE") {
            agent.run(onward.body(()).ok()?).ok()?
        } else {
            agent.run(onward.body(body).ok()?).ok()?
        };
        let about_the_line = ["content-length", "transfer-encoding", "connection"];
        let kept =
            back.headers().iter().filter(|(name, _)| !about_the_line.contains(&name.as_str()));
        let mut answer = Answer {
            status: back.status().as_u16(),
            headers: kept
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
                .collect(),
            body: Vec::new(),
        };
        answer.body = back.body_mut().read_to_vec().ok()?;
        let change = self.change.lock().unwrap().clone();
        change(&path, &mut answer);
        send(line, &answer).ok()
    }
}

type Asked = (String, String, Vec<(String, String)>, Vec<u8>);

/// The method, the target, the headers that are not about the connection, and the body of a request.
fn request(line: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(line);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut words = first.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (mut headers, mut length) = (Vec::new(), 0);
    loop {
        let mut head = String::new();
        reader.read_line(&mut head).ok()?;
        let Some((name, value)) = head.trim().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "connection" | "host" | "accept-encoding" => {}
            _ => headers.push((name.to_owned(), value.trim().to_owned())),
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((method, target, headers, body))
}

fn send(mut line: &TcpStream, answer: &Answer) -> std::io::Result<()> {
    write!(line, "HTTP/1.1 {} \r\n", answer.status)?;
    for (name, value) in &answer.headers {
        write!(line, "{name}: {value}\r\n")?;
    }
    write!(line, "content-length: {}\r\nconnection: close\r\n\r\n", answer.body.len())?;
    line.write_all(&answer.body)
}
