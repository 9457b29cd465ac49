//! A browser, as far as a sign-in needs one.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use ureq::http::{Method, Request, Response};

/// Keeps cookies, and says where it is sent instead of going there. As in real ones, cookies know hosts and not ports.
pub struct Browser {
    agent: ureq::Agent,
    cookies: BTreeMap<String, String>,
}

/// What a browser was shown.
#[derive(Debug)]
pub struct Page {
    /// The status.
    pub status: u16,
    /// Where it is sent, if it is.
    pub location: Option<String>,
    /// The body.
    pub body: String,
}

impl Page {
    /// Where the browser is sent.
    ///
    /// # Panics
    /// When it is not.
    #[track_caller]
    pub fn leads(self) -> String {
        self.location.clone().unwrap_or_else(|| panic!("it leads nowhere: {self:?}"))
    }

    /// The same page, which has this status.
    ///
    /// # Panics
    /// When it has another.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Browser {
    /// A browser without any cookies.
    pub fn new() -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .new_agent();
        Self { agent, cookies: BTreeMap::new() }
    }

    /// Opens `url`.
    #[track_caller]
    pub fn get(&mut self, url: &str) -> Page {
        self.sends("GET", url, &[("accept", "text/html")], Vec::new())
    }

    /// Sends JSON.
    #[track_caller]
    pub fn json(&mut self, method: &str, url: &str, body: &Value) -> Page {
        self.sends(method, url, &[("content-type", "application/json")], body.to_string().into())
    }

    /// Sends a form.
    #[track_caller]
    pub fn form(&mut self, url: &str, fields: &[(&str, &str)]) -> Page {
        self.form_as(url, fields, &[])
    }

    /// Sends a form, with headers of its own.
    #[track_caller]
    pub fn form_as(&mut self, url: &str, fields: &[(&str, &str)], with: &[(&str, &str)]) -> Page {
        let body = serde_urlencoded::to_string(fields).unwrap();
        let mut headers =
            vec![("accept", "text/html"), ("content-type", "application/x-www-form-urlencoded")];
        headers.extend(with);
        self.sends("POST", url, &headers, body.into())
    }

    /// Sends anything.
    #[track_caller]
    pub fn sends(
        &mut self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Page {
        let method: Method = method.parse().unwrap();
        let mut request = Request::builder().method(method.clone()).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !self.cookies.is_empty() {
            let cookies: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header("cookie", cookies.join("; "));
        }
        let answer = if matches!(method, Method::GET | Method::DELETE) {
            self.agent.run(request.body(()).unwrap())
        } else {
            self.agent.run(request.body(body).unwrap())
        };
        let mut answer = answer.unwrap_or_else(|error| panic!("{method} {url}: {error}"));
        self.keep_cookies(&answer);
        let location = answer.headers().get("location");
        Page {
            status: answer.status().as_u16(),
            location: location.map(|url| url.to_str().unwrap().to_owned()),
            body: answer.body_mut().read_to_string().unwrap(),
        }
    }

    fn keep_cookies(&mut self, answer: &Response<ureq::Body>) {
        for line in answer.headers().get_all("set-cookie") {
            let line = line.to_str().unwrap();
            let (name, rest) = line.split_once('=').expect("a cookie has a name");
            let (value, attributes) = rest.split_once(';').unwrap_or((rest, ""));
            if value.is_empty() || attributes.to_lowercase().contains("max-age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}
