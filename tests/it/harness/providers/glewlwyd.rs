//! glewlwyd: one program with any number of issuers, one account list for all of them, and an API for everything.

use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, MutexGuard};

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use serde_json::{Value, json};

use super::browser::{Browser, Page};
use super::keys::Es256;
use super::service::Service;
use super::{Home, Person, Site, program};

/// What makes its database, as the package brings it.
const SCHEMA: &str = "/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3";

/// Where its modules are.
const MODULES: &str = "/usr/lib/glewlwyd";

/// How long its tokens last, in seconds: longer than any story moves the clock.
const LIFETIME: i64 = 172_800;

/// What accounts and clients have beside what they have in any database: the roles, where to go after signing out, and where
/// keys are.
const FIELDS: &str = r#"
    UPDATE g_user_module_instance SET gumi_parameters = json_set(gumi_parameters,
        '$."data-format".role', json('{"multiple":true,"read":true,"write":true}'));
    UPDATE g_client_module_instance SET gcmi_parameters = json_set(gcmi_parameters,
        '$."data-format".post_logout_redirect_uris', json('{"multiple":true,"read":true,"write":true}'),
        '$."data-format".jwks_uri', json('{"multiple":false,"read":true,"write":true}'));
"#;

/// The program.
pub struct Glewlwyd {
    service: Service,
    admin: Mutex<Browser>,
    /// Where it listens.
    pub port: u16,
    /// Where the world sees it: at its own port, or at that of whoever stands before it.
    front: u16,
}

/// One of its issuers.
pub struct Issuer<'a> {
    home: &'a Glewlwyd,
    name: String,
}

impl Glewlwyd {
    /// Starts it; none, said aloud, where it is not installed.
    pub fn start(name: &str) -> Option<Self> {
        Self::start_behind(name, None)
    }

    /// Starts it behind whoever listens at the port `front`, and takes that for its own address.
    pub fn start_behind(name: &str, front: Option<u16>) -> Option<Self> {
        let program = program("PASSAGE_TEST_GLEWLWYD", "glewlwyd", name)?;
        let service = Service::start("/config", |folder, port| {
            prepare(folder, port, front.unwrap_or(port));
            let mut command = Command::new(&program);
            command.arg(format!("--config-file={}", folder.join("glewlwyd.conf").display()));
            command
        });
        let (port, mut admin) = (service.port, Browser::new());
        // The first account is the same in every new database.
        let first = json!({"username": "admin", "password": "password"});
        admin.json("POST", &format!("http://127.0.0.1:{port}/api/auth/"), &first).expect(200);
        let front = front.unwrap_or(port);
        Some(Self { service, admin: Mutex::new(admin), port, front })
    }

    /// Ends at once.
    pub fn is_killed(&self) {
        self.service.is_killed();
    }

    /// Is there again, with everything that it knew.
    pub fn comes_back(&self) {
        self.service.comes_back();
    }

    /// One more issuer.
    pub fn opens(&self, name: &str) -> Issuer<'_> {
        self.opens_with(name, &json!({}))
    }

    /// One more issuer, with `changes` to its parameters.
    pub fn opens_with(&self, name: &str, changes: &Value) -> Issuer<'_> {
        let issuer = Issuer { home: self, name: name.to_owned() };
        let mut settings = issuer.settings();
        for (name, value) in changes.as_object().unwrap() {
            settings["parameters"][name] = value.clone();
        }
        self.manages("POST", "/mod/plugin/", &settings);
        issuer
    }

    fn at(&self, tail: &str) -> String {
        format!("http://127.0.0.1:{}/api{tail}", self.port)
    }

    fn admin(&self) -> MutexGuard<'_, Browser> {
        self.admin.lock().unwrap()
    }

    #[track_caller]
    fn manages(&self, method: &str, tail: &str, body: &Value) -> Page {
        self.admin().json(method, &self.at(tail), body).expect(200)
    }
}

impl Issuer<'_> {
    /// Only disables an account: nobody signs in with it any more.
    #[track_caller]
    pub fn disables(&self, person: &Person) {
        let path = format!("/user/{}", person.login);
        let mut account = self.home.admin().get(&self.home.at(&path)).expect(200).json();
        account["enabled"] = json!(false);
        self.home.manages("PUT", &path, &account);
    }

    /// Removes an account.
    #[track_caller]
    pub fn removes(&self, person: &Person) {
        let url = self.home.at(&format!("/user/{}", person.login));
        self.home.admin().sends("DELETE", &url, &[], Vec::new()).expect(200);
    }

    /// Knows a server by another secret from now on.
    #[track_caller]
    pub fn expects(&self, site: &Site) {
        self.home.manages("PUT", &format!("/client/{}", site.client_id), &client_of(site));
    }

    fn settings(&self) -> Value {
        let key = Es256::new();
        json!({
            "module": "oidc", "name": self.name, "display_name": self.name, "enabled": true,
            "parameters": {
                "iss": self.issuer(), "oauth-as-iss-id": true, "subject-type": "public",
                "jwks-show": true, "jwks-private": json!({"keys": [key.private_jwk()]}).to_string(),
                "access-token-duration": LIFETIME, "refresh-token-duration": LIFETIME,
                "code-duration": 600, "refresh-token-rolling": false,
                "refresh-token-one-use": "always", "auth-type-code-enabled": true,
                "auth-type-code-revoke-replayed": true, "auth-type-refresh-enabled": true,
                "pkce-allowed": true, "pkce-required": true, "session-management-allowed": true,
                "session-cookie-name": format!("GLEWLWYD_{}", self.name),
                "session-cookie-expiration": LIFETIME, "back-channel-logout-allowed": true,
                "introspection-revocation-allowed": true,
                "introspection-revocation-allow-target-client": true,
                "request-parameter-allow": true, "client-jwks_uri-parameter": "jwks_uri",
                "name-claim": "mandatory", "email-claim": "mandatory",
                "claims": [
                    {"name": "role", "user-property": "role", "type": "string", "mandatory": true},
                ],
            },
        })
    }
}

impl Home for Issuer<'_> {
    fn issuer(&self) -> String {
        format!("http://127.0.0.1:{}/api/{}", self.home.front, self.name)
    }

    fn scopes(&self) -> &'static [&'static str] {
        &["openid"]
    }

    fn algorithm(&self) -> &'static str {
        "ES256"
    }

    #[track_caller]
    fn registers(&self, site: &Site) {
        self.home.manages("POST", "/client/", &client_of(site));
    }

    #[track_caller]
    fn employs(&self, person: &Person) {
        let account = json!({
            "username": person.login, "name": person.login, "email": person.email,
            "password": person.password(), "scope": ["openid", "g_profile"], "role": person.roles,
            "enabled": true,
        });
        let path = format!("/user/{}", person.login);
        let there = self.home.admin().get(&self.home.at(&path)).status == 200;
        let (method, path) = if there { ("PUT", path.as_str()) } else { ("POST", "/user/") };
        self.home.manages(method, path, &account);
    }

    /// It goes on renewing for an account that is only disabled: what was given out is revoked as well, as its own pages
    /// do it for an administrator who stands in for a user.
    #[track_caller]
    fn dismisses(&self, person: &Person) {
        self.disables(person);
        let tokens = format!("/{}/token?impersonate={}", self.name, person.login);
        let sessions = format!("/delegate/{}/profile/session", person.login);
        for path in [tokens, sessions] {
            self.home.admin().sends("DELETE", &self.home.at(&path), &[], Vec::new()).expect(200);
        }
    }

    #[track_caller]
    fn signs_in(&self, browser: &mut Browser, person: &Person, request: &str) -> String {
        let proof = json!({"username": person.login, "password": person.password()});
        browser.json("POST", &self.home.at("/auth/"), &proof).expect(200);
        let query = request.split_once('?').expect("a query").1;
        let fields: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap();
        let client = fields.iter().find(|(name, _)| name == "client_id").expect("a client");
        let grant = self.home.at(&format!("/auth/grant/{}", client.1));
        browser.json("PUT", &grant, &json!({"scope": "openid"})).expect(200);
        browser.get(&format!("{request}&g_continue")).expect(302).leads()
    }

    /// Ends the session, as a user confirms it, and tells every server that took part.
    #[track_caller]
    fn signs_out(&self, browser: &mut Browser, request: &str) {
        let asked = browser.get(request).expect(302).leads();
        let query = asked.split_once('?').expect("a query").1;
        let fields: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap();
        let sid = fields.iter().find(|(name, _)| name == "sid").expect("a session to end");
        let url = self.home.at(&format!("/{}/session/{}/", self.name, sid.1));
        browser.sends("DELETE", &url, &[], Vec::new()).expect(200);
    }

    #[track_caller]
    fn changes_key(&self) {
        let path = format!("/mod/plugin/{}", self.name);
        self.home.manages("PUT", &path, &self.settings());
        self.home.manages("PUT", &format!("{path}/reset/"), &Value::Null);
    }
}

/// What it knows of a server.
fn client_of(site: &Site) -> Value {
    let mut client = json!({
        "client_id": site.client_id, "name": "Passage", "enabled": true, "confidential": true,
        "client_secret": site.secret, "redirect_uri": [site.callback],
        "authorization_type": ["code", "refresh_token"], "scope": [],
        "token_endpoint_auth_method": [site.method], "jwks_uri": site.keys,
        "post_logout_redirect_uri": site.signed_out,
        "post_logout_redirect_uris": [site.signed_out],
    });
    if let Some(logout) = &site.logout {
        client["backchannel_logout_uri"] = json!(logout);
        client["backchannel_logout_session_required"] = json!("1");
    }
    client
}

/// Writes its configuration and makes its database.
fn prepare(folder: &Path, port: u16, front: u16) {
    let database = folder.join("glewlwyd.db");
    let configuration = format!(
        r#"port={port}
bind_address="127.0.0.1"
external_url="http://127.0.0.1:{front}"
login_url="login.html"
api_prefix="api"
cookie_domain=""
cookie_secure=0
log_mode="console"
log_level="WARNING"
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="{MODULES}/user"
user_middleware_module_path="{MODULES}/user"
client_module_path="{MODULES}/client"
user_auth_scheme_module_path="{MODULES}/scheme"
plugin_module_path="{MODULES}/plugin"
hash_algorithm="SHA512"
database={{type="sqlite3";path="{}";}};
"#,
        database.display()
    );
    std::fs::write(folder.join("glewlwyd.conf"), configuration).unwrap();
    let schema = std::fs::read_to_string(SCHEMA).expect("the package brings its schema");
    let mut conn = SqliteConnection::establish(&database.to_string_lossy()).unwrap();
    conn.batch_execute("PRAGMA synchronous = OFF; PRAGMA journal_mode = WAL;").unwrap();
    conn.batch_execute(&format!("BEGIN; {schema} {FIELDS} COMMIT;")).unwrap();
}
