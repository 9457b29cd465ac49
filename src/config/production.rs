//! What production mode refuses: everything that is not safe with real cases, all of it at once.

use std::net::IpAddr;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::reader::Reader;
use super::rules::argon2;
use super::{Config, DatabaseUrl, Identity, MailSecurity, Purpose};

pub(super) fn check(config: &Config, purpose: Purpose, reader: &mut Reader<'_>) {
    line(config, reader);
    accounts(config, reader);
    files(config, reader);
    if purpose == Purpose::Server && config.database.migration_url.is_some() {
        let problem =
            "keeps the owner of the tables from the server: only `passage migrate` is given it";
        refuse(reader, "database.migration_url", problem);
    }
}

fn refuse(reader: &mut Reader<'_>, key: &str, problem: &str) {
    reader.refuse_together(key, &[], &format!("production mode {problem}"));
}

/// How the server is reached, and what it reaches.
fn line(config: &Config, reader: &mut Reader<'_>) {
    let listen = config.server.listen.ip();
    if !config.public_url().starts_with("https://") {
        let problem = "needs the https:// address at which users reach the server";
        refuse(reader, "server.public_url", problem);
    }
    if config.tls.files.is_none() && !listen.is_loopback() {
        if config.server.trusted_proxies.is_empty() {
            let problem = "needs TLS (tls.certificate_file and tls.key_file), or a proxy with TLS that is named in \
                           server.trusted_proxies, or an address of this machine alone";
            refuse(reader, "server.listen", problem);
        } else if !is_inner(listen) && !listen.is_unspecified() {
            let problem = "needs TLS (tls.certificate_file and tls.key_file) on a public address";
            refuse(reader, "server.listen", problem);
        }
    }
    if config.server.trusted_proxies.iter().any(|network| network.prefix_len() == 0) {
        let problem = "believes no header that anybody may send: name the proxies";
        refuse(reader, "server.trusted_proxies", problem);
    }
    if config.metrics.listen.is_some_and(|address| !is_inner(address.ip())) {
        let problem = "needs an address of an inner network: metrics ask for no sign-in";
        refuse(reader, "metrics.listen", problem);
    }
    for (key, url) in [
        ("database.url", Some(&config.database.url)),
        ("database.migration_url", config.database.migration_url.as_ref()),
    ] {
        if url.is_some_and(DatabaseUrl::travels_openly) {
            let problem = "needs sslmode=verify-full: cases would travel to another machine without proof of whose it is";
            refuse(reader, key, problem);
        }
    }
    let unsealed = config.mail.security == MailSecurity::None;
    if let Some((server, _)) = &config.mail.server
        && unsealed
        && !is_this_machine(server)
    {
        let problem = "needs starttls or tls: mail to another machine would travel unencrypted";
        refuse(reader, "mail.security", problem);
    }
}

/// Who signs in, and by what.
fn accounts(config: &Config, reader: &mut Reader<'_>) {
    if config.identity.issuer.as_ref().is_some_and(|issuer| !issuer.starts_with("https://")) {
        refuse(reader, "identity.issuer", "needs an https:// address");
    }
    if config.identity.federation_loopback_http {
        let problem = "needs false: identity providers are called by https only";
        refuse(reader, "identity.federation_loopback_http", problem);
    }
    if !config.identity.confirm_accounts {
        let problem = "needs true: nobody lets himself in";
        refuse(reader, "identity.confirm_accounts", problem);
    }
    let missing = Identity::never_by_password_alone().without(config.second_factor_for());
    if !missing.is_empty() {
        let problem = format!("needs {missing} among them, who must not come in by password alone");
        refuse(reader, "identity.second_factor_for", &problem);
    }
    for (key, value, least) in argon2(config) {
        if value < least {
            refuse(reader, key, &format!("needs at least {least}, found {value}"));
        }
    }
}

/// Files with secrets that others than their owner may read. Whether they are there at all is seen at the start.
fn files(config: &Config, reader: &mut Reader<'_>) {
    let files = [
        ("identity.signing_key_file", Some(config.signing_key_file())),
        ("database.identifier_keys_file", Some(config.identifier_keys_file())),
        ("tls.key_file", config.tls.files.as_ref().map(|files| files.key.clone())),
        ("mail.password_file", config.mail.password_file.clone()),
    ];
    for (key, file) in files {
        let mode = file.as_deref().and_then(mode);
        if let Some(mode) = mode.filter(|mode| mode & 0o077 != 0) {
            let problem =
                format!("needs a file that only its owner may read: its mode is {mode:04o}");
            refuse(reader, key, &problem);
        }
    }
}

fn mode(file: &Path) -> Option<u32> {
    file.metadata().ok().map(|metadata| metadata.mode() & 0o7777)
}

/// Whether an address is of this machine, or of a network that is not routed in public.
fn is_inner(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            address.is_loopback() || address.is_private() || address.is_link_local()
        }
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
