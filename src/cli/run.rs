//! What the commands do.

use std::io::{IsTerminal, Read, Write};
use std::path::Path;
use std::sync::Arc;

use crate::access::Context;
use crate::app::{self, StartError};
use crate::cli::args::{
    Admin, Args, Command, ConfigCommand, EXIT_FAILURE, EXIT_FOUND, EXIT_OK, EXIT_USAGE, Keys,
};
use crate::clock::{Clock, Instant, SystemClock};
use crate::config::{Config, environment};
use crate::credentials::key_ring::{self, KeyRing};
use crate::credentials::marks::Marks;
use crate::db::{Db, migrate};
use crate::demo::{self, DemoError};
use crate::error::Error;
use crate::identity::bootstrap;
use crate::journal::JournalRecorder;
use crate::journal::verify::{self, Verification};
use crate::routes::contract;
use crate::telemetry;

/// Carries out a command and gives the process's exit code. What went wrong is one line each on standard error.
#[must_use]
pub fn run(args: &Args) -> u8 {
    if args.command == Command::Openapi {
        return print_contract();
    }
    let file = args.config.as_deref();
    let loaded = match &args.command {
        Command::Serve => Config::load_to_serve(file, environment()),
        _ => Config::load(file, environment()),
    };
    let config = match loaded {
        Ok(config) => config,
        Err(faults) => {
            eprintln!("passage: the configuration is not right:\n{faults}");
            return EXIT_USAGE;
        }
    };
    match &args.command {
        Command::Config(ConfigCommand::Check) => check_config(&config),
        Command::Openapi => print_contract(),
        Command::Keys(Keys::List) => list_keys(&config),
        Command::Keys(Keys::Rotate { now }) => rotate_keys(&config, *now),
        Command::Migrate => report(migrate::migrate(&config.database), |count| match count {
            0 => "the database is up to date".to_owned(),
            count => format!("applied {count} migration(s)"),
        }),
        Command::Serve => within_runtime(serve(config)),
        Command::Demo { serve } => within_runtime(demonstrate(config, *serve)),
        Command::Verify { file: Some(file) } => verify_file(file),
        Command::Verify { file: None } => within_runtime(verify_database(config)),
        Command::Admin(Admin::CreateSystemAdmin { email, full_name }) => {
            within_runtime(create_system_admin(config, email.clone(), full_name.clone()))
        }
        Command::Admin(Admin::ResetSystemAdmin { email }) => {
            within_runtime(reset_system_admin(config, email.clone()))
        }
    }
}

fn within_runtime(work: impl Future<Output = u8>) -> u8 {
    actix_web::rt::System::new().block_on(work)
}

fn fail(cause: impl std::fmt::Display) -> u8 {
    eprintln!("passage: {cause}");
    EXIT_FAILURE
}

fn report<T, E: std::fmt::Display>(result: Result<T, E>, words: impl FnOnce(T) -> String) -> u8 {
    match result {
        Ok(value) => {
            println!("{}", words(value));
            EXIT_OK
        }
        Err(error) => fail(error),
    }
}

fn print_contract() -> u8 {
    match contract().to_pretty_json() {
        // A reader that has seen enough, such as `head`, is no failure.
        Ok(json) => {
            let _ = writeln!(std::io::stdout(), "{json}");
            EXIT_OK
        }
        Err(error) => fail(error),
    }
}

fn check_config(config: &Config) -> u8 {
    print!("{}", config.describe());
    for warning in config.warnings() {
        eprintln!("passage: warning: {warning}");
    }
    EXIT_OK
}

fn list_keys(config: &Config) -> u8 {
    let now = SystemClock.now();
    report(KeyRing::load(&config.signing_key_file()), |ring| key_lines(&ring, now).join("\n"))
}

fn rotate_keys(config: &Config, at_once: bool) -> u8 {
    let (path, now) = (config.signing_key_file(), SystemClock.now());
    let notice = config.identity.signing_key_notice.as_secs();
    let ring = if at_once {
        key_ring::replace(&path, now)
    } else {
        key_ring::rotate(&path, now, i64::try_from(notice).unwrap_or(i64::MAX))
    };
    report(ring, |ring| {
        let mut lines = key_lines(&ring, now);
        lines.push(format!("give {} to every node; working servers follow it", path.display()));
        lines.join("\n")
    })
}

/// One line for each key, in the order in which they sign.
fn key_lines(ring: &KeyRing, now: Instant) -> Vec<String> {
    let lines = ring.states(now).map(|(key, state, until)| {
        let until = until.map(|until| format!(", believed until {until}")).unwrap_or_default();
        let (kid, published, from) = (key.kid(), key.published, key.signs_from);
        format!("{kid}  {state:8}  published {published}, signs from {from}{until}")
    });
    lines.collect()
}

async fn serve(config: Config) -> u8 {
    telemetry::start(&config.log);
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    let metrics = config.metrics.listen;
    let result = async {
        telemetry::serve_metrics(metrics).map_err(|cause| StartError::Metrics { cause })?;
        let bound = app::bind(config, Arc::new(SystemClock))?;
        demo::refuse(&bound.app).await?;
        tracing::info!(address = %bound.address, "serving");
        let stopper = bound.stopper();
        actix_web::rt::spawn(async move {
            stop_signal().await;
            tracing::info!("stopping; requests under way are answered first");
            stopper.stop(true).await;
        });
        bound.run().await?;
        Ok::<(), DemoError>(())
    }
    .await;
    match result {
        Ok(()) => EXIT_OK,
        Err(error) => fail(error),
    }
}

async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

async fn demonstrate(config: Config, then_serve: bool) -> u8 {
    let address = config.server.listen;
    match demo::fill(&config, Arc::new(SystemClock)).await {
        Ok(filled) => {
            println!("{}", demo::welcome(&filled, address));
            // A database with accounts of its own is served as it is configured, not as a demonstration.
            let config = match filled {
                demo::Filled::Now(_) => demo::settings(config),
                demo::Filled::Before => config,
            };
            if then_serve { serve(config).await } else { EXIT_OK }
        }
        Err(error) => fail(error),
    }
}

async fn create_system_admin(config: Config, email: String, full_name: String) -> u8 {
    let password = match read_password() {
        Ok(password) => password,
        Err(error) => return fail(error),
    };
    let app = match app::build(config, Arc::new(SystemClock)) {
        Ok(app) => app,
        Err(error) => return fail(error),
    };
    let (db, now) = (&app.db, app.clock.now());
    let made =
        bootstrap::create_system_admin(db, &app.passwords, now, &email, &full_name, password);
    match made.await {
        Ok(_) => {
            println!("{email} may sign in as system admin");
            EXIT_OK
        }
        Err(error) => fail_with_faults(&error),
    }
}

async fn reset_system_admin(config: Config, email: String) -> u8 {
    let password = match read_password() {
        Ok(password) => password,
        Err(error) => return fail(error),
    };
    let app = match app::build(config, Arc::new(SystemClock)) {
        Ok(app) => app,
        Err(error) => return fail(error),
    };
    let now = app.clock.now();
    match bootstrap::reset_system_admin(&app.db, &app.passwords, now, &email, password).await {
        Ok(()) => {
            println!("{email} may sign in with the new password, and sets up a second factor anew");
            EXIT_OK
        }
        Err(error) => fail_with_faults(&error),
    }
}

fn fail_with_faults(error: &Error) -> u8 {
    for fault in error.faults() {
        eprintln!("passage: {}: {}", fault.pointer, fault.detail);
    }
    fail(error.operator().unwrap_or(error.detail()))
}

/// Reads the password from standard input: one line, without its end.
fn read_password() -> std::io::Result<secrecy::SecretString> {
    let mut text = String::new();
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        eprint!("Password (it is shown as you type): ");
        stdin.read_line(&mut text)?;
    } else {
        stdin.lock().take(4096).read_to_string(&mut text)?;
    }
    let line = text.lines().next().unwrap_or_default().to_owned();
    Ok(line.into())
}

async fn verify_database(config: Config) -> u8 {
    if let Err(error) = migrate::check(&config.database) {
        return fail(error);
    }
    let db = match Db::open(&config.database, Arc::new(JournalRecorder), Arc::new(Marks::none()), 0)
    {
        Ok(db) => db,
        Err(error) => return fail(error.operator().unwrap_or(error.detail())),
    };
    let context = Context::of_command("verify", SystemClock.now());
    match verify::verify(&db, &context).await {
        Ok(verification) => tell(&verification),
        Err(error) => fail(error.operator().unwrap_or(error.detail())),
    }
}

fn verify_file(file: &Path) -> u8 {
    let json = match std::fs::read_to_string(file) {
        Ok(json) => json,
        Err(error) => return fail(format!("{} cannot be read: {error}", file.display())),
    };
    match verify::verify_export(&json) {
        Ok(verification) => tell(&verification),
        Err(error) => fail(format!("{}: {error}", file.display())),
    }
}

fn tell(verification: &Verification) -> u8 {
    for finding in &verification.findings {
        println!("{finding}");
    }
    println!(
        "{} chains, {} entries, {} withheld, {} erased texts: {}",
        verification.chains,
        verification.entries,
        verification.withheld,
        verification.erased_texts,
        if verification.is_whole() { "the journal is whole" } else { "the journal is NOT whole" }
    );
    if verification.is_whole() { EXIT_OK } else { EXIT_FOUND }
}
