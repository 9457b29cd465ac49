//! lemonldap-ng: its configuration is a numbered file, of which the last one counts, and its accounts are rows in a
//! database.

use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::Text;
use diesel::{Connection as _, RunQueryDsl as _, SqliteConnection, sql_query};
use serde_json::{Value, json};

use super::browser::Browser;
use super::keys;
use super::service::Service;
use super::{Home, Person, Site, program};

/// What serves.
const PORTAL: &str = "/usr/share/lemonldap-ng/portal/htdocs/index.psgi";

/// How long its tokens last, in seconds: longer than any story moves the clock.
const LIFETIME: i64 = 172_800;

/// What it signs ID tokens with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signs {
    /// With its RSA key.
    Rs256,
    /// With the secret that it shares with the client.
    Hs256,
    /// With nothing.
    None,
}

/// The program.
pub struct Lemonldap {
    service: Service,
    front: u16,
    state: Mutex<State>,
}

/// What stands in its configuration and changes.
struct State {
    number: u32,
    /// The private and the public half, in PEM.
    key: (String, String),
    signs: Signs,
    site: Option<Site>,
}

impl Lemonldap {
    /// Starts it; none, said aloud, where it is not installed.
    pub fn start(name: &str) -> Option<Self> {
        Self::start_behind(name, None)
    }

    /// Starts it behind whoever listens at the port `front`, and takes that for its own address.
    pub fn start_behind(name: &str, front: Option<u16>) -> Option<Self> {
        let program = program("PASSAGE_TEST_LEMONLDAP", "lemonldap-ng", name)?;
        let key = keys::rsa_in_pem();
        let state = State { number: 1, key, signs: Signs::Rs256, site: None };
        let service = Service::start("/.well-known/openid-configuration", |folder, port| {
            prepare(folder, &state, front.unwrap_or(port));
            let mut command = Command::new(&program);
            command
                .args(["-E", "deployment", "--no-default-middleware", "--host", "127.0.0.1"])
                .args(["--port", &port.to_string(), PORTAL])
                .env("LLNG_DEFAULTCONFFILE", folder.join("lemonldap-ng.ini"));
            command
        });
        let front = front.unwrap_or(service.port);
        Some(Self { service, front, state: Mutex::new(state) })
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.service.port
    }

    /// Ends at once.
    pub fn is_killed(&self) {
        self.service.is_killed();
    }

    /// Is there again, with everything that it knew.
    pub fn comes_back(&self) {
        self.service.comes_back();
    }

    /// Signs so from now on.
    pub fn signs_with(&self, signs: Signs) {
        self.changes(|state| state.signs = signs);
    }

    /// Changes the configuration; it is looked at with each request.
    fn changes(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.lock().unwrap();
        state.number += 1;
        change(&mut state);
        configure(self.service.folder.path(), &state, self.front);
    }

    fn accounts(&self) -> SqliteConnection {
        accounts(self.service.folder.path())
    }
}

impl Home for Lemonldap {
    fn issuer(&self) -> String {
        address(self.front)
    }

    fn scopes(&self) -> &'static [&'static str] {
        &["openid", "profile", "email", "offline_access"]
    }

    fn algorithm(&self) -> &'static str {
        "RS256"
    }

    fn registers(&self, site: &Site) {
        self.changes(|state| state.site = Some(site.clone()));
    }

    fn employs(&self, person: &Person) {
        sql_query("INSERT OR REPLACE INTO accounts VALUES (?, ?, ?, ?)")
            .bind::<Text, _>(&person.login)
            .bind::<Text, _>(person.password())
            .bind::<Text, _>(&person.email)
            .bind::<Text, _>(person.roles.join("; "))
            .execute(&mut self.accounts())
            .unwrap();
    }

    fn dismisses(&self, person: &Person) {
        sql_query("DELETE FROM accounts WHERE login = ?")
            .bind::<Text, _>(&person.login)
            .execute(&mut self.accounts())
            .unwrap();
    }

    #[track_caller]
    fn signs_in(&self, browser: &mut Browser, person: &Person, request: &str) -> String {
        let asked = browser.get(request);
        // Who is signed in there already is sent back at once.
        if asked.location.is_some() {
            return asked.leads();
        }
        let proof = [("user", person.login.as_str()), ("password", &person.password())];
        browser.form(request, &proof).expect(302).leads()
    }

    /// Nobody is asked to confirm it, and nobody is told.
    #[track_caller]
    fn signs_out(&self, browser: &mut Browser, request: &str) {
        let page = browser.get(request);
        assert!(page.status < 400, "{page:?}");
    }

    fn changes_key(&self) {
        self.changes(|state| state.key = keys::rsa_in_pem());
    }
}

/// Makes its folders, its accounts and its first configuration.
fn prepare(folder: &Path, state: &State, front: u16) {
    for name in ["conf", "cache", "sessions/lock", "lasting/lock"] {
        std::fs::create_dir_all(folder.join(name)).unwrap();
    }
    let place = folder.display();
    let settings = format!(
        "[all]\nlogLevel = warn\ncheckTime = -1\n\
         [configuration]\ntype = File\ndirName = {place}/conf\nlocalStorage = Cache::FileCache\n\
         localStorageOptions = {{ 'namespace' => 'conf', 'cache_root' => '{place}/cache' }}\n\
         [portal]\nstaticPrefix = /static\nlanguages = en\n\
         templateDir = /usr/share/lemonldap-ng/portal/templates\n"
    );
    std::fs::write(folder.join("lemonldap-ng.ini"), settings).unwrap();
    let table =
        "CREATE TABLE accounts (login TEXT PRIMARY KEY, password TEXT, mail TEXT, role TEXT)";
    accounts(folder).batch_execute(&format!("PRAGMA journal_mode = WAL; {table}")).unwrap();
    configure(folder, state, front);
}

fn accounts(folder: &Path) -> SqliteConnection {
    let path = folder.join("accounts.db");
    let mut conn = SqliteConnection::establish(&path.to_string_lossy()).unwrap();
    conn.batch_execute("PRAGMA synchronous = OFF; PRAGMA busy_timeout = 10000").unwrap();
    conn
}

/// Writes the configuration of the state's number, whole or not at all.
fn configure(folder: &Path, state: &State, front: u16) {
    let mut parts = vec![portal(folder, state, front), people(folder), issuer(state, front)];
    parts.extend(state.site.as_ref().map(|site| client(site, state.signs)));
    let mut all = serde_json::Map::new();
    for part in parts {
        let Value::Object(part) = part else { panic!("a part of the configuration is an object") };
        all.extend(part);
    }
    let (draft, path) = (folder.join("draft"), format!("conf/lmConf-{}.json", state.number));
    std::fs::write(&draft, Value::Object(all).to_string()).unwrap();
    std::fs::rename(draft, folder.join(path)).unwrap();
}

fn address(front: u16) -> String {
    format!("http://127.0.0.1:{front}/")
}

fn portal(folder: &Path, state: &State, front: u16) -> Value {
    let store = |name: &str| {
        let place = folder.join(name).display().to_string();
        json!({
            "Directory": place, "LockDirectory": format!("{place}/lock"),
            "generateModule": "Lemonldap::NG::Common::Apache::Session::Generate::SHA256",
        })
    };
    json!({
        "cfgNum": state.number, "cfgVersion": "2.16.1", "cfgAuthor": "tests", "cfgDate": "1",
        "portal": address(front), "domain": "127.0.0.1", "cookieName": "lemonldap",
        "securedCookie": 0, "key": "of no importance", "timeout": LIFETIME, "whatToTrace": "uid",
        "globalStorage": "Apache::Session::File", "globalStorageOptions": store("sessions"),
        "persistentStorage": "Apache::Session::File", "persistentStorageOptions": store("lasting"),
        "localSessionStorage": "", "localSessionStorageOptions": {},
        "locationRules": {"127.0.0.1": {"default": "accept"}}, "applicationList": {},
        "requireToken": 0, "notification": 0, "loginHistoryEnabled": 0,
    })
}

fn people(folder: &Path) -> Value {
    let accounts = folder.join("accounts.db");
    json!({
        "authentication": "DBI", "userDB": "DBI", "passwordDB": "Null", "registerDB": "Null",
        "dbiAuthChain": format!("dbi:SQLite:dbname={}", accounts.display()),
        "dbiAuthUser": "", "dbiAuthPassword": "", "dbiAuthPasswordHash": "",
        "dbiAuthTable": "accounts", "dbiAuthLoginCol": "login", "dbiAuthPasswordCol": "password",
        "userPivot": "login", "dbiMailCol": "mail",
        "dbiExportedVars": {"uid": "login", "mail": "mail", "role": "role"},
        "macros": {}, "groups": {}, "exportedVars": {}, "exportedHeaders": {},
    })
}

fn issuer(state: &State, front: u16) -> Value {
    json!({
        "issuerDBOpenIDConnectActivation": 1, "issuerDBOpenIDConnectPath": "^/oauth2/",
        "issuerDBOpenIDConnectRule": 1, "oidcServiceMetaDataIssuer": address(front),
        "oidcServicePrivateKeySig": state.key.0, "oidcServicePublicKeySig": state.key.1,
        "oidcServiceKeyIdSig": format!("key-{}", state.number),
        "oidcServiceAllowAuthorizationCodeFlow": 1,
    })
}

fn client(site: &Site, signs: Signs) -> Value {
    let algorithm = match signs {
        Signs::Rs256 => "RS256",
        Signs::Hs256 => "HS256",
        Signs::None => "none",
    };
    json!({
        "oidcRPMetaDataOptions": {"passage": {
            "oidcRPMetaDataOptionsClientID": site.client_id,
            "oidcRPMetaDataOptionsClientSecret": site.secret,
            "oidcRPMetaDataOptionsRedirectUris": site.callback,
            "oidcRPMetaDataOptionsPostLogoutRedirectUris": site.signed_out,
            "oidcRPMetaDataOptionsIDTokenSignAlg": algorithm,
            "oidcRPMetaDataOptionsIDTokenForceClaims": 1,
            "oidcRPMetaDataOptionsIDTokenExpiration": LIFETIME,
            "oidcRPMetaDataOptionsAccessTokenExpiration": LIFETIME,
            "oidcRPMetaDataOptionsUserIDAttr": "uid",
            "oidcRPMetaDataOptionsRefreshToken": 1, "oidcRPMetaDataOptionsAllowOffline": 1,
            "oidcRPMetaDataOptionsRequirePKCE": 1, "oidcRPMetaDataOptionsPublic": 0,
            "oidcRPMetaDataOptionsBypassConsent": 1,
            "oidcRPMetaDataOptionsLogoutBypassConfirm": 1,
        }},
        "oidcRPMetaDataExportedVars": {"passage": {
            "name": "uid", "email": "mail", "role": "role;string;always",
        }},
        "oidcRPMetaDataOptionsExtraClaims": {"passage": {"profile": "role"}},
    })
}
