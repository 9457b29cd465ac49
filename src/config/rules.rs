//! What settings must be to each other, and what deserves a loud line. What production mode refuses is in `production`.

use super::reader::Reader;
use super::{Config, MailSecurity, Mode, Purpose, production};

/// Notes every fault that no setting has by itself.
pub(super) fn check(config: &Config, purpose: Purpose, reader: &mut Reader<'_>) {
    together(config, reader);
    if config.server.mode == Mode::Production && !reader.faults.concern("server.mode") {
        production::check(config, purpose, reader);
    }
}

fn together(config: &Config, reader: &mut Reader<'_>) {
    let (limits, identity, database) = (&config.limits, &config.identity, &config.database);
    if limits.page_default > limits.page_max {
        let problem = "expected no more than limits.page_max";
        reader.refuse_together("limits.page_default", &["limits.page_max"], problem);
    }
    if identity.session_idle > identity.refresh_token {
        let problem = "expected no longer than identity.refresh_token_days";
        let other = ["identity.refresh_token_days"];
        reader.refuse_together("identity.session_idle_hours", &other, problem);
    }
    if identity.argon2.memory_kib < identity.argon2.parallelism * 8 {
        let problem = "expected at least 8 for each lane of identity.argon2_parallelism";
        let other = ["identity.argon2_parallelism"];
        reader.refuse_together("identity.argon2_memory_kib", &other, problem);
    }
    if config.metrics.listen == Some(config.server.listen) && config.server.listen.port() != 0 {
        let problem = "expected another address than server.listen: metrics are not for the public";
        reader.refuse_together("metrics.listen", &["server.listen"], problem);
    }
    if config.mail.user.is_some() != config.mail.password_file.is_some() {
        let problem = "expected together with mail.user: a name without a password signs nobody in";
        reader.refuse_together("mail.password_file", &["mail.user"], problem);
    }
    if config.mail.user.is_some() && config.mail.security == MailSecurity::None {
        let problem = "expected starttls or tls where mail.user signs in: the password would travel unencrypted";
        reader.refuse_together("mail.security", &["mail.user"], problem);
    }
    if let Some(alone) = config.tls.alone {
        let problem = "expected together with the other of tls.certificate_file and tls.key_file";
        reader.refuse_together(alone, &[], problem);
    }
    if let Some(migration_url) = &database.migration_url
        && std::mem::discriminant(migration_url) != std::mem::discriminant(&database.url)
    {
        let problem = "expected the same kind of database as database.url";
        reader.refuse_together("database.migration_url", &["database.url"], problem);
    }
}

/// Each cost of hashing a password with its default.
pub(super) fn argon2(config: &Config) -> [(&'static str, u32, u32); 2] {
    let (cost, least) = (config.identity.argon2, Config::default().identity.argon2);
    [
        ("identity.argon2_memory_kib", cost.memory_kib, least.memory_kib),
        ("identity.argon2_iterations", cost.iterations, least.iterations),
    ]
}

/// What an operator must not overlook, one line each.
pub(super) fn warnings(config: &Config) -> Vec<String> {
    let mut lines = Vec::new();
    let mode = config.server.mode;
    match mode {
        Mode::Development => lines.push("development mode: not for real cases".to_owned()),
        Mode::Demonstration => lines.push("demonstration mode: not for real cases".to_owned()),
        Mode::Production => {}
    }
    if !config.identity.confirm_accounts {
        lines.push(
            "accounts take effect without confirmation (identity.confirm_accounts = false)"
                .to_owned(),
        );
    }
    if config.identity.federation_loopback_http {
        lines.push(
            "identity providers on this machine are called without TLS \
             (identity.federation_loopback_http = true)"
                .to_owned(),
        );
    }
    for (key, value, least) in argon2(config) {
        if value < least {
            lines.push(format!("passwords are hashed weakly ({key} = {value}, less than {least})"));
        }
    }
    let open_line = config.tls.files.is_none() && config.server.trusted_proxies.is_empty();
    if !config.server.listen.ip().is_loopback() && open_line {
        lines.push(
            "passwords and cases travel unencrypted: server.listen is open to other machines, without TLS and \
             without server.trusted_proxies"
                .to_owned(),
        );
    }
    if config.metrics.listen.is_some_and(|address| !address.ip().is_loopback()) {
        lines.push("metrics.listen is open to other machines and asks for no sign-in".to_owned());
    }
    if mode == Mode::Production && config.database.migration_url.is_some() {
        lines.push(
            "database.migration_url is set: only `passage migrate` needs it, keep it from the server"
                .to_owned(),
        );
    }
    lines
}
