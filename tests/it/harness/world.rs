//! One server, one database, one clock, and whoever works there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use passage::access::Role;
use passage::clock::{Clock, Instant, ManualClock, SystemClock};
use passage::config::Config;
use passage::http::App;
use passage::text_enum::TextEnum;
use tempfile::TempDir;

use super::actor::{self, Actor};
use super::backend::{self, Backend, Database};
use super::client::Client;
use super::contract::Contract;
use super::house::House;
use super::node::Node;
use super::probe::Probe;
use super::program::Program;
use super::secrets::Secrets;
use super::server::Server;

/// When every story begins.
const BEGIN: &str = "2026-03-01T04:30:00Z";

/// An agency that was made through the API.
#[derive(Clone)]
pub struct Agency {
    /// Its id.
    pub id: String,
    /// The one who manages its users.
    pub admin: Actor,
}

/// Turns a setting further than an operator may, such as a time that is shorter than the shortest.
pub type Tune = fn(&mut Config);

/// What a story has for itself.
#[derive(Clone)]
pub struct World {
    inner: Arc<Inner>,
}

/// The parts of a world, in the order in which they end.
pub struct Inner {
    serving: Serving,
    agent: ureq::Agent,
    clock: Arc<ManualClock>,
    probe: Mutex<Probe>,
    cast: Mutex<Cast>,
    seen: Mutex<BTreeSet<(String, u16)>>,
    secrets: Mutex<Secrets>,
    at_once: AtomicBool,
    database: Database,
    _folder: TempDir,
}

/// What answers in a world.
enum Serving {
    /// A server on a thread of the tests.
    Here(Box<Server>),
    /// The program itself.
    Program(Program),
}

#[derive(Default)]
struct Cast {
    system_admin: Option<Actor>,
    agencies: BTreeMap<House, Agency>,
    officers: BTreeMap<(House, &'static str), Actor>,
    hired: u32,
}

impl World {
    /// Plays a story on `backend` and verifies what it left behind. Where PostgreSQL is not to be had, says so.
    pub fn play(backend: Backend, name: &str, story: fn(&Self)) {
        Self::play_with(backend, name, &[], &[], story);
    }

    /// The same with settings of its own, and with what `tunes` make of them.
    pub fn play_with(
        backend: Backend,
        name: &str,
        changes: &[(&str, &str)],
        tunes: &[Tune],
        story: fn(&Self),
    ) {
        let Some(world) = Self::new(backend, changes, tunes) else {
            Self::not_run("PostgreSQL", name, "PASSAGE_TEST_POSTGRES_URL");
            return;
        };
        let _curtain = world.curtain();
        story(&world);
        world.verify_journal();
    }

    /// The same by the program itself, in the time of the real world. The story gets its server as well.
    pub fn play_by_program(
        backend: Backend,
        name: &str,
        changes: &[(&str, &str)],
        story: impl FnOnce(&Self, &Program),
    ) {
        let Some((folder, database)) = backend::place(backend) else {
            Self::not_run("PostgreSQL", name, "PASSAGE_TEST_POSTGRES_URL");
            return;
        };
        let settings = backend::usual(&folder, &database, changes);
        let clock = Arc::new(ManualClock::new(SystemClock.now()));
        let serving = Serving::Program(Program::serve(&settings));
        let world = Self::around(serving, clock, database, folder);
        let _curtain = world.curtain();
        let program = world.program().expect("it is the program that serves");
        story(&world, program);
        program.runs(&["verify"], "");
    }

    /// Says aloud that a test does without something, because `variable` does not say where it is.
    pub fn not_run(without: &str, name: &str, variable: &str) {
        let name = name.trim_start_matches("it::");
        // Not `eprintln!`, which the test runner keeps to itself when a test passes.
        let line = format!("NOT RUN without {without}: {name} ({variable} is not set)\n");
        let _ = std::io::stderr().write_all(line.as_bytes());
    }

    /// A world, or none where PostgreSQL is not to be had.
    pub fn new(backend: Backend, changes: &[(&str, &str)], tunes: &[Tune]) -> Option<Self> {
        let (folder, database) = backend::place(backend)?;
        let mut config = backend::settings(&backend::usual(&folder, &database, changes));
        for tune in tunes {
            tune(&mut config);
        }
        let clock = Arc::new(ManualClock::new(BEGIN.parse().unwrap()));
        let serving = Serving::Here(Box::new(Server::start(config, clock.clone())));
        Some(Self::around(serving, clock, database, folder))
    }

    fn around(
        serving: Serving,
        clock: Arc<ManualClock>,
        database: Database,
        folder: TempDir,
    ) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .user_agent("passage-tests")
            .timeout_global(Some(std::time::Duration::from_secs(60)))
            .build()
            .new_agent();
        let inner = Inner {
            serving,
            agent,
            clock,
            probe: Mutex::new(Probe::new(&database)),
            cast: Mutex::default(),
            seen: Mutex::default(),
            secrets: Mutex::default(),
            at_once: AtomicBool::default(),
            database,
            _folder: folder,
        };
        Self { inner: Arc::new(inner) }
    }

    /// What ends the story when it is dropped: without it the world stays for as long as the process.
    pub fn curtain(&self) -> Curtain {
        Curtain(self.clone())
    }

    pub(super) fn of(inner: &Arc<Inner>) -> Self {
        Self { inner: inner.clone() }
    }

    /// The server's parts.
    ///
    /// # Panics
    /// When it is the program itself, which is seen from outside only.
    #[track_caller]
    pub fn app(&self) -> &App {
        match &self.inner.serving {
            Serving::Here(server) => &server.app,
            Serving::Program(_) => panic!("the program shows nothing of its inside"),
        }
    }

    /// The program, where it is the program itself that serves.
    pub(super) fn program(&self) -> Option<&Program> {
        match &self.inner.serving {
            Serving::Here(_) => None,
            Serving::Program(program) => Some(program),
        }
    }

    /// The issuer of the server's tokens.
    pub fn issuer(&self) -> String {
        match &self.inner.serving {
            Serving::Here(server) => server.app.config.issuer(),
            Serving::Program(program) => format!("http://{}", program.address),
        }
    }

    /// What was in play so far and must stand in no log.
    pub fn secrets(&self) -> MutexGuard<'_, Secrets> {
        self.inner.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.inner.address()
    }

    /// The published contract.
    pub fn contract(&self) -> &'static Contract {
        self.inner.contract()
    }

    /// Every operation with every status that this story has seen of it.
    pub fn seen(&self) -> BTreeSet<(String, u16)> {
        self.inner.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The present moment.
    pub fn now(&self) -> Instant {
        self.inner.clock.now()
    }

    /// A moment so many minutes from now, as it stands in JSON.
    pub fn minutes_from_now(&self, minutes: i64) -> String {
        self.now().plus_seconds(minutes * 60).to_string()
    }

    /// Moves the clock to the present moment of the real world, where providers live, unless it is past that already.
    pub fn lives_today(&self) {
        let today = SystemClock.now();
        if today > self.now() {
            self.inner.clock.set(today);
        }
    }

    /// Moves the clock.
    pub fn advance_minutes(&self, minutes: i64) {
        self.advance_seconds(minutes * 60);
    }

    /// Moves the clock, back where `seconds` is negative.
    pub fn advance_seconds(&self, seconds: i64) {
        self.inner.clock.advance(seconds);
    }

    /// Lets `work` be done, on several threads: what the journal says meanwhile is not held against any request.
    pub fn at_once<T>(&self, work: impl FnOnce() -> T) -> T {
        self.inner.at_once.store(true, Ordering::SeqCst);
        let done = work();
        self.inner.at_once.store(false, Ordering::SeqCst);
        done
    }

    /// A look into the database.
    pub fn probe(&self) -> MutexGuard<'_, Probe> {
        self.inner.probe()
    }

    /// A look into the database with the leave that the server has.
    pub fn server_probe(&self) -> Probe {
        Probe::as_server(&self.inner.database)
    }

    /// A client that is not signed in.
    pub fn nobody(&self) -> Client {
        Client::new(self.inner.clone(), None)
    }

    /// The first account of the server, made on its own machine.
    pub fn system_admin(&self) -> Actor {
        if let Some(admin) = self.cast().system_admin.clone() {
            return admin;
        }
        let admin = actor::first_system_admin(self);
        self.cast().system_admin = Some(admin.clone());
        admin
    }

    /// One more system admin, made by the first.
    pub fn another_system_admin(&self) -> Actor {
        self.system_admin().hires_system_admin()
    }

    /// An agency, made when it is first asked for.
    pub fn agency(&self, house: House) -> Agency {
        if let Some(agency) = self.cast().agencies.get(&house).cloned() {
            return agency;
        }
        let id = self.system_admin().post("/agencies").json(house.description()).expect(201).id();
        let admin = self.system_admin().hires_first_admin(house, &id);
        let agency = Agency { id, admin };
        self.cast().agencies.insert(house, agency.clone());
        agency
    }

    /// The officer of that role in that agency: the same one whenever it is asked for.
    pub fn officer(&self, house: House, role: Role) -> Actor {
        if role == Role::AgencyAdmin {
            return self.agency(house).admin;
        }
        let key = (house, role.as_str());
        if let Some(officer) = self.cast().officers.get(&key).cloned() {
            return officer;
        }
        let officer = self.another_officer(house, role);
        self.cast().officers.insert(key, officer.clone());
        officer
    }

    /// One more officer of that role in that agency.
    pub fn another_officer(&self, house: House, role: Role) -> Actor {
        let agency = self.agency(house);
        // The first who speaks for the agency has nobody to confirm him, and confirms everybody after.
        let speaker = house.speaker();
        let confirms = if role == speaker {
            self.cast().officers.get(&(house, speaker.as_str())).cloned()
        } else {
            Some(self.officer(house, speaker))
        };
        agency.admin.hires(house, &[role.as_str()], confirms.as_ref())
    }

    /// Who speaks for that agency across borders: its liaison officer, or coordinator.
    pub fn speaker(&self, house: House) -> Actor {
        self.officer(house, house.speaker())
    }

    /// An e-mail address that nobody has yet.
    pub(super) fn new_address(&self, house: Option<House>) -> String {
        let mut cast = self.cast();
        cast.hired += 1;
        let domain = house.map_or_else(|| "operator.example".to_owned(), House::domain);
        format!("user{}@{domain}", cast.hired)
    }

    fn cast(&self) -> MutexGuard<'_, Cast> {
        self.inner.cast.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more server on the database of this world; none where that is a file, which one server has for itself.
    pub fn another_node(&self) -> Option<Node> {
        match self.inner.database {
            Database::Sqlite(_) => None,
            Database::Postgres(_) => Some(Node::beside(self.app(), self.inner.clock.clone())),
        }
    }

    pub(super) fn inner(&self) -> Arc<Inner> {
        self.inner.clone()
    }
}

/// Ends a story, however it went: the cast holds on to the world that holds it, and is let go.
#[must_use]
pub struct Curtain(World);

impl Drop for Curtain {
    fn drop(&mut self) {
        let cast = std::mem::take(&mut *self.0.cast());
        drop(cast);
    }
}

impl fmt::Debug for World {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a world at {}", self.address())
    }
}

impl Inner {
    pub(super) fn address(&self) -> SocketAddr {
        match &self.serving {
            Serving::Here(server) => server.address,
            Serving::Program(program) => program.address,
        }
    }

    /// Notes the secrets of an exchange, where there is a log to hold against them.
    pub(super) fn notes_secrets(&self, note: impl FnOnce(&mut Secrets)) {
        if matches!(self.serving, Serving::Program(_)) {
            note(&mut self.secrets.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    pub(super) fn agent(&self) -> &ureq::Agent {
        &self.agent
    }

    pub(super) fn contract(&self) -> &'static Contract {
        Contract::published(|| {
            let url = format!("http://{}/api/v1/openapi.json", self.address());
            let mut response = self.agent.get(url).call().expect("the contract is published");
            response.body_mut().read_json().expect("the contract is JSON")
        })
    }

    pub(super) fn probe(&self) -> MutexGuard<'_, Probe> {
        self.probe.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn saw(&self, operation: &str, status: u16) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert((operation.to_owned(), status));
    }

    pub(super) fn is_at_once(&self) -> bool {
        self.at_once.load(Ordering::SeqCst)
    }

    pub(super) fn entries(&self) -> i64 {
        self.probe().entries()
    }

    pub(super) fn now(&self) -> Instant {
        self.clock.now()
    }

    /// A millisecond passes with every request, so that what was made later sorts later.
    pub(super) fn tick(&self) {
        let next = self.clock.now().microseconds() + 1_000;
        let next = Instant::from_microseconds(next).unwrap();
        // The program lives in the real world.
        let real = matches!(self.serving, Serving::Program(_)).then(|| SystemClock.now());
        self.clock.set(real.map_or(next, |real| real.max(next)));
    }
}
