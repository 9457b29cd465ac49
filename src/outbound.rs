//! Calls to servers of others: identity providers. Few, bounded, and only to where they may go.
//!
//! An address is `https`, but for loopback where a test or a trial asks for it. Where the operator lists hosts, it is one
//! of these; otherwise whatever the name stands for must be a public address, which is looked at after the name was
//! resolved, so that no name leads into the operator's own network. Nothing is redirected, no answer is longer than 256
//! KiB or takes longer than five seconds. What was answered is in no error and in no log.
//!
//! Public documents are kept for ten minutes. Whoever misses something in one may ask for it anew, once a minute.
//!
//! May import: `clock`, `config`.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Client, RequestBuilder, Url};
use secrecy::zeroize::Zeroizing;
use serde_json::Value;

use crate::clock::Instant;
use crate::config::Identity;

/// How long a call may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The longest answer, in bytes.
const LONGEST: usize = 256 * 1024;
/// The longest address, in bytes.
const LONGEST_ADDRESS: usize = 2000;
/// How long a document is kept, in seconds.
const KEPT: i64 = 600;
/// How often a document may be asked for anew, in seconds.
const ANEW: i64 = 60;
/// How many documents are kept.
const MOST_KEPT: usize = 1000;

/// Why the caller of other servers cannot be built.
#[derive(Debug, thiserror::Error)]
#[error("calls to identity providers cannot be made: {0}")]
pub struct OutboundFault(String);

/// Why a call came to nothing; what was answered is never part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreached {
    /// The address is none that may be called.
    #[error("the address may not be called")]
    Forbidden,
    /// Nobody answered, or not in time.
    #[error("nobody answered")]
    Away,
    /// The answer is longer than anybody reads.
    #[error("the answer is too long")]
    TooLong,
    /// The answer is none of what was asked for.
    #[error("the answer cannot be read")]
    Unreadable,
}

/// What a server answered.
pub struct Reached {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for Reached {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Reached({}, [redacted])", self.status)
    }
}

impl Reached {
    /// The body as a JSON object, where it is one.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn object(&self) -> Result<serde_json::Map<String, Value>, Unreached> {
        serde_json::from_slice(&self.body).map_err(|_| Unreached::Unreadable)
    }
}

/// Calls servers of others.
#[derive(Clone)]
pub struct Outbound {
    client: Client,
    rules: Arc<Rules>,
    documents: Arc<Mutex<HashMap<String, Document>>>,
}

impl std::fmt::Debug for Outbound {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Outbound").field("rules", &self.rules).finish_non_exhaustive()
    }
}

#[derive(Clone, Default)]
struct Document {
    content: Option<Arc<Value>>,
    fetched: Option<Instant>,
    asked_anew: Option<Instant>,
}

/// Where calls may go.
#[derive(Debug, Clone)]
struct Rules {
    hosts: Vec<String>,
    loopback: bool,
}

impl Outbound {
    /// Calls where the settings let it.
    ///
    /// # Errors
    /// When the machine has no trusted certificates.
    pub fn new(settings: &Identity) -> Result<Self, OutboundFault> {
        let rules = Arc::new(Rules {
            hosts: settings.federation_hosts.clone(),
            loopback: settings.federation_loopback_http,
        });
        let client = Client::builder()
            .user_agent("passage")
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .timeout(TIMEOUT)
            // Each worker has a runtime of its own, and a connection belongs to the one that opened it.
            .pool_max_idle_per_host(0)
            .dns_resolver(Arc::new(Resolver(rules.clone())))
            .build()
            .map_err(|error| OutboundFault(error.to_string()))?;
        Ok(Self { client, rules, documents: Arc::default() })
    }

    /// Whether `address` is one that may be called, as far as can be told before its name is resolved.
    #[must_use]
    pub fn may_call(&self, address: &str) -> bool {
        self.rules.address(address).is_some()
    }

    /// Reads what stands at `address`.
    ///
    /// # Errors
    /// The address may not be called; nobody answered; the answer is too long.
    pub async fn get(
        &self,
        address: &str,
        authorization: Option<&str>,
    ) -> Result<Reached, Unreached> {
        let url = self.rules.address(address).ok_or(Unreached::Forbidden)?;
        Self::send(authorized(self.client.get(url), authorization)).await
    }

    /// Sends a form to `address`.
    ///
    /// # Errors
    /// The address may not be called; nobody answered; the answer is too long.
    pub async fn post(
        &self,
        address: &str,
        authorization: Option<&str>,
        form: &[(&str, &str)],
    ) -> Result<Reached, Unreached> {
        let url = self.rules.address(address).ok_or(Unreached::Forbidden)?;
        let body = serde_urlencoded::to_string(form).map_err(|_| Unreached::Unreadable)?;
        let request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body);
        Self::send(authorized(request, authorization)).await
    }

    async fn send(request: RequestBuilder) -> Result<Reached, Unreached> {
        let request = request.header(ACCEPT, "application/json");
        let mut response = request.send().await.map_err(|_| Unreached::Away)?;
        let mut body = Zeroizing::new(Vec::new());
        while let Some(chunk) = response.chunk().await.map_err(|_| Unreached::Away)? {
            if body.len() + chunk.len() > LONGEST {
                return Err(Unreached::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reached { status: response.status().as_u16(), body })
    }

    /// The public JSON document at `address`.
    ///
    /// # Errors
    /// The address may not be called; nobody answered with 200; the answer is too long, or no JSON.
    pub async fn document(&self, address: &str, now: Instant) -> Result<Arc<Value>, Unreached> {
        match self.kept(address, now) {
            Some(kept) => Ok(kept),
            None => self.fetch(address, now).await,
        }
    }

    /// The same, asked for anew because something is missing in it; none where that was done within the last minute.
    ///
    /// # Errors
    /// As [`Outbound::document`].
    pub async fn document_anew(
        &self,
        address: &str,
        now: Instant,
    ) -> Result<Option<Arc<Value>>, Unreached> {
        if !self.may_ask_anew(address, now) {
            return Ok(None);
        }
        self.fetch(address, now).await.map(Some)
    }

    async fn fetch(&self, address: &str, now: Instant) -> Result<Arc<Value>, Unreached> {
        let reached = self.get(address, None).await?;
        if reached.status != 200 {
            return Err(Unreached::Away);
        }
        let content: Value =
            serde_json::from_slice(&reached.body).map_err(|_| Unreached::Unreadable)?;
        let content = Arc::new(content);
        let mut documents = self.documents();
        if documents.len() >= MOST_KEPT && !documents.contains_key(address) {
            documents.clear();
        }
        let document = documents.entry(address.to_owned()).or_default();
        document.content = Some(content.clone());
        document.fetched = Some(now);
        Ok(content)
    }

    /// The document as it is kept, unless it is too old.
    fn kept(&self, address: &str, now: Instant) -> Option<Arc<Value>> {
        let documents = self.documents();
        let document = documents.get(address)?;
        document.content.clone().filter(|_| young(document.fetched, KEPT, now))
    }

    /// Notes that a document is asked for anew before it is, so that of many who ask at once one does.
    fn may_ask_anew(&self, address: &str, now: Instant) -> bool {
        let mut documents = self.documents();
        let Some(document) = documents.get_mut(address) else { return true };
        let may = !young(document.asked_anew, ANEW, now);
        if may {
            document.asked_anew = Some(now);
        }
        may
    }

    fn documents(&self) -> MutexGuard<'_, HashMap<String, Document>> {
        self.documents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn young(moment: Option<Instant>, seconds: i64, now: Instant) -> bool {
    moment.is_some_and(|moment| moment.plus_seconds(seconds) > now)
}

fn authorized(request: RequestBuilder, authorization: Option<&str>) -> RequestBuilder {
    match authorization {
        Some(value) => request.header(AUTHORIZATION, value),
        None => request,
    }
}

impl Rules {
    /// The address, where it may be called.
    fn address(&self, text: &str) -> Option<Url> {
        let url = Url::parse(text).ok().filter(|_| text.len() <= LONGEST_ADDRESS)?;
        let plain =
            url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        let host = url.host_str()?;
        let literal: Option<IpAddr> =
            host.trim_start_matches('[').trim_end_matches(']').parse().ok();
        let loopback =
            self.loopback && literal.map_or(host == "localhost", |address| address.is_loopback());
        let scheme = url.scheme() == "https" || (url.scheme() == "http" && loopback);
        let listed = self.hosts.is_empty() || self.lists(host) || loopback;
        let reachable = literal.is_none_or(|address| self.connects(host, address));
        (plain && scheme && listed && reachable).then_some(url)
    }

    fn lists(&self, host: &str) -> bool {
        self.hosts.iter().any(|known| known.eq_ignore_ascii_case(host))
    }

    /// Whether `host` may be reached at this address.
    fn connects(&self, host: &str, address: IpAddr) -> bool {
        is_public(address) || self.lists(host) || (self.loopback && address.is_loopback())
    }
}

/// Resolves names, and leaves out what may not be reached.
struct Resolver(Arc<Rules>);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (rules, host) = (self.0.clone(), name.as_str().to_owned());
        Box::pin(async move {
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            let fine: Vec<SocketAddr> =
                found.filter(|address| rules.connects(&host, address.ip())).collect();
            if fine.is_empty() {
                return Err("the name stands for no address that may be called".into());
            }
            Ok(Box::new(fine.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is one of the public internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || first == 0
        || first >= 240
        || (first == 100 && (64..128).contains(&second))
        || (first == 192 && second == 0 && third == 0)
        || (first == 198 && (18..20).contains(&second));
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, third, .., high, low] = address.segments();
    let four = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    // Global unicast is 2000::/3; a few blocks inside of it, and a few ways to write an IPv4 address, are not what they seem.
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    if first == 0x64 && second == 0xff9b {
        return four(high, low);
    }
    if first == 0x2002 {
        return four(second, third);
    }
    let special = (first == 0x2001 && (second < 0x200 || second == 0xdb8)) || first == 0x3fff;
    (0x2000..0x4000).contains(&first) && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(hosts: &[&str], loopback: bool) -> Rules {
        Rules { hosts: hosts.iter().map(|host| (*host).to_owned()).collect(), loopback }
    }

    #[test]
    fn only_the_public_internet_is_public() {
        for inside in [
            "10.0.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "0.0.0.0",
            "198.18.0.1",
            "192.0.0.8",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "2001:db8::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2001::1",
            "::7f00:1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in
            ["8.8.8.8", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "172.32.0.1"]
        {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }

    #[test]
    fn addresses_are_https_and_plain() {
        let open = rules(&[], false);
        for fine in ["https://login.example.kg", "https://login.example.kg:8443/realms/a?b=c"] {
            assert!(open.address(fine).is_some(), "{fine}");
        }
        for wrong in [
            "http://login.example.kg",
            "https://user@login.example.kg",
            "https://:x@login.example.kg",
            "https://login.example.kg/#a",
            "ftp://login.example.kg",
            "https://127.0.0.1",
            "https://[::1]/",
            "https://169.254.169.254/latest",
            "http://localhost:8080",
            "https://0x7f.1/",
            "https://2130706433/",
            "file:///etc/passwd",
            "login.example.kg",
            "",
        ] {
            assert!(open.address(wrong).is_none(), "{wrong}");
        }
        assert!(open.address(&format!("https://a.example/{}", "x".repeat(2000))).is_none());
    }

    #[test]
    fn a_list_of_hosts_closes_everything_else_and_opens_the_own_network() {
        let listed = rules(&["login.example.kg", "10.0.0.7"], false);
        assert!(listed.address("https://LOGIN.example.kg/").is_some());
        assert!(listed.address("https://10.0.0.7/").is_some());
        assert!(listed.address("https://login.example.kg.evil.example/").is_none());
        assert!(listed.address("https://8.8.8.8/").is_none());
        assert!(listed.connects("login.example.kg", "10.1.2.3".parse().unwrap()));
        assert!(!listed.connects("other.example.kg", "10.1.2.3".parse().unwrap()));
    }

    #[test]
    fn loopback_is_for_trials_only() {
        let trial = rules(&["login.example.kg"], true);
        for fine in ["http://127.0.0.1:4000/api", "http://localhost:4000", "http://[::1]:4000/"] {
            assert!(trial.address(fine).is_some(), "{fine}");
            assert!(rules(&[], false).address(fine).is_none(), "{fine}");
        }
        assert!(trial.address("http://login.example.kg/").is_none());
        assert!(trial.address("http://127.0.0.1.evil.example/").is_none());
    }
}
