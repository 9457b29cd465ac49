//! A real browser, driven by `WebDriver` (W3C), with an authenticator of its own making that holds passkeys.

use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::world::World;

const DRIVER: &str = "PASSAGE_TEST_WEBDRIVER";

/// The browser; it ends when this is dropped.
pub struct Browser {
    driver: Child,
    agent: ureq::Agent,
    /// Where the session is.
    session: String,
}

impl Browser {
    /// Starts a browser; none, said aloud, where there is no program for it.
    pub fn start(name: &str) -> Option<Self> {
        let Some(program) = std::env::var_os(DRIVER) else {
            assert!(std::env::var_os("CI").is_none(), "{DRIVER} is missing: run `make test`");
            World::not_run("a browser", name, DRIVER);
            return None;
        };
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let driver = Command::new(program)
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A group of its own, so that the browser ends with its driver.
            .process_group(0)
            .spawn()
            .expect("the driver starts");
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(60)))
            .http_status_as_error(false);
        let mut browser = Self { driver, agent: config.build().into(), session: String::new() };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "the driver does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        let base = format!("http://127.0.0.1:{port}/session");
        let arguments =
            ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "webauthn:virtualAuthenticators": true,
            "goog:chromeOptions": {"args": arguments},
            "timeouts": {"script": 30_000, "pageLoad": 30_000},
        }}});
        let answer = browser.ask(&base, &wanted);
        let id = answer["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {answer}"));
        browser.session = format!("{base}/{id}");
        Some(browser)
    }

    /// Gives the browser an authenticator that knows its user.
    pub fn holds_passkeys(&self) {
        let authenticator = json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true,
            "hasUserVerification": true, "isUserVerified": true,
        });
        self.ask(&format!("{}/webauthn/authenticator", self.session), &authenticator);
    }

    /// Opens a page.
    pub fn opens(&self, url: &str) {
        self.ask(&format!("{}/url", self.session), &json!({"url": url}));
    }

    /// What the body of an asynchronous function gives, of which `argument` is what it is called with.
    pub fn runs(&self, body: &str, argument: &Value) -> Value {
        let script = format!(
            "const done = arguments[1]; \
             (async (argument) => {{ {body} }})(arguments[0]).then(done, error => done({{error: `${{error}}`}}));"
        );
        let asked = json!({"script": script, "args": [argument]});
        let given = self.ask(&format!("{}/execute/async", self.session), &asked);
        assert!(given.get("error").is_none(), "the page says {given}");
        given
    }

    fn ask(&self, url: &str, body: &Value) -> Value {
        let mut answer = self.agent.post(url).send_json(body).expect("the driver answers");
        let mut answer: Value = answer.body_mut().read_json().expect("the driver answers in JSON");
        let value = answer["value"].take();
        assert!(value.get("stacktrace").is_none(), "the driver says {value}");
        value
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            let _ = self.agent.delete(&self.session).call();
        }
        let _ =
            Command::new("kill").args(["-TERM", "--", &format!("-{}", self.driver.id())]).status();
        let _ = self.driver.wait();
    }
}
