//! The commands and their options, as `passage --help` teaches them. Parsing only: no behaviour.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Success.
pub const EXIT_OK: u8 = 0;
/// The command failed.
pub const EXIT_FAILURE: u8 = 1;
/// The command line or the configuration is not right.
pub const EXIT_USAGE: u8 = 2;
/// `verify` found that the journal is not whole.
pub const EXIT_FOUND: u8 = 3;

const HELP: &str = "\
Examples:
  passage demo --serve                        look around, with made-up cases
  passage migrate && passage serve            run on the file data/passage.db
  passage --config passage.toml config check  see what is in effect, and from where
  passage verify                              check the whole journal

Environment:
  Each setting can be given as PASSAGE_<SECTION>__<KEY>, in capitals; this goes before the file given by
  --config, and both go before the defaults. Any other name that begins with PASSAGE_ is an error. Among them:
  PASSAGE_SERVER__MODE             development (default), demonstration or production
  PASSAGE_SERVER__LISTEN           address and port of the API (127.0.0.1:8080)
  PASSAGE_SERVER__PUBLIC_URL       how users reach the server, such as https://passage.example.org
  PASSAGE_DATABASE__URL            sqlite:PATH or postgres://user:password@host/name (sqlite:data/passage.db)
  PASSAGE_DATABASE__MIGRATION_URL  the same as the owner of the tables, for `passage migrate`
  PASSAGE_METRICS__LISTEN          address and port of /metrics (off)
  PASSAGE_LOG__FILTER              what is logged (info)
  `passage config check` shows them all; docs/configuration.md explains them.

Exit codes:
  0  done
  1  failed; the reason is on standard error
  2  the command line or the configuration is not right
  3  verify found that the journal is not whole";

/// Passage coordinates cross-border controlled deliveries: who may let what pass, where it is, who holds it.
#[derive(Debug, Clone, PartialEq, Eq, Parser)]
#[command(name = "passage", version, max_term_width = 110, after_help = HELP)]
#[command(disable_help_subcommand = true)]
pub struct Args {
    /// Settings in TOML, over the defaults and under the environment
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `passage` can do.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Serve the API until told to stop (SIGTERM or Ctrl-C)
    ///
    /// Requests that are under way are finished first (`server.shutdown_grace_seconds`). Outside production mode the
    /// database is migrated and a signing key made where there is none; nothing else is put into the database.
    #[command(after_help = SERVE)]
    Serve,
    /// Bring the database's schema up to date
    ///
    /// Uses `database.migration_url`, or `database.url` where that is empty. Run it before starting a new version in
    /// production mode; running it again does no harm.
    #[command(after_help = MIGRATE)]
    Migrate,
    /// Fill an empty database with made-up agencies, users and cases, and print how to sign in
    ///
    /// Refused in production mode; a database that has users already is left as it is.
    #[command(after_help = DEMO)]
    Demo {
        /// Serve afterwards, as `passage serve` does
        #[arg(long)]
        serve: bool,
    },
    /// Administer the server on its own machine
    #[command(subcommand)]
    Admin(Admin),
    /// Check that the journal is whole: of the configured database, or of an export
    ///
    /// Says for each chain whether every entry is there, unchanged and in its place, and ends with exit code 3 when
    /// one is not. An export is checked without the server and its database.
    #[command(after_help = VERIFY)]
    Verify {
        /// An exported case file (JSON); without it the whole journal of the configured database
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Keep the keys that sign access tokens
    #[command(subcommand)]
    Keys(Keys),
    /// Look at the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print the contract of the API.
    #[command(about = "Print the contract of the API (OpenAPI 3.1, JSON)")]
    #[command(after_help = "Example:\n  passage openapi > passage-openapi.json")]
    Openapi,
}

const SERVE: &str = "\
Examples:
  passage serve
  PASSAGE_SERVER__LISTEN=0.0.0.0:80 passage serve
  passage --config /etc/passage/passage.toml serve";

const MIGRATE: &str = "\
Examples:
  passage migrate
  PASSAGE_DATABASE__MIGRATION_URL=postgres://owner@db/passage passage migrate";

const DEMO: &str = "\
Examples:
  passage demo --serve
  PASSAGE_DATABASE__URL=sqlite:demo.db passage demo";

const VERIFY: &str = "\
Examples:
  passage verify
  passage verify case-2025-0042.json && echo whole";

/// What `passage admin` can do.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Admin {
    /// Make a system admin: manages agencies, countries and the server, and sees no case
    ///
    /// The password is asked for at the terminal, or read from standard input when that is no terminal.
    #[command(after_help = CREATE_SYSTEM_ADMIN)]
    CreateSystemAdmin {
        /// The address to sign in with
        #[arg(long, value_name = "E-MAIL", value_parser = parse_email)]
        email: String,
        /// The person's name
        #[arg(long, value_name = "NAME", default_value = "System administrator")]
        full_name: String,
    },
    /// Give a system admin another password, and take the second factors away
    ///
    /// For the last one, who has lost what he or she signs in with. All sessions end. The password is asked for at the
    /// terminal, or read from standard input when that is no terminal.
    #[command(after_help = RESET_SYSTEM_ADMIN)]
    ResetSystemAdmin {
        /// The address that the system admin signs in with
        #[arg(long, value_name = "E-MAIL", value_parser = parse_email)]
        email: String,
    },
}

const RESET_SYSTEM_ADMIN: &str = "\
Example:
  passage admin reset-system-admin --email admin@example.org < password.txt";

const CREATE_SYSTEM_ADMIN: &str = "\
Examples:
  passage admin create-system-admin --email admin@example.org
  passage admin create-system-admin --email admin@example.org --full-name 'A. Asanova' < password.txt";

/// What `passage keys` can do.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Keys {
    /// Show the signing keys: which one signs, which comes next, and until when former ones are believed
    #[command(after_help = "Example:\n  passage --config /etc/passage/passage.toml keys list")]
    List,
    /// Add a new signing key, which is published at once and signs after `identity.signing_key_notice_minutes`
    ///
    /// Working servers follow the file by themselves. Give it to every node before the new key signs. Where there is no
    /// file, a first key is made.
    #[command(after_help = ROTATE)]
    Rotate {
        /// After a compromise: replace all keys by a new one that signs at once; every access token ends
        #[arg(long)]
        now: bool,
    },
}

const ROTATE: &str = "\
Examples:
  passage keys rotate
  passage keys rotate --now";

/// What `passage config` can do.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum ConfigCommand {
    /// Check the configuration; print every setting and where it came from, without secrets
    ///
    /// Names everything that is wrong at once and ends with exit code 2 when anything is.
    #[command(after_help = "Example:\n  passage --config /etc/passage/passage.toml config check")]
    Check,
}

/// Refuses what can be no e-mail address at all; whether an account may have it is judged where accounts are made.
fn parse_email(text: &str) -> Result<String, &'static str> {
    let spaced = text.chars().any(|c| c.is_whitespace() || c.is_control());
    match text.rsplit_once('@') {
        Some((name, host)) if !name.is_empty() && !host.is_empty() && !spaced => {
            Ok(text.to_owned())
        }
        _ => Err("expected an e-mail address such as admin@example.org"),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use clap::error::ErrorKind;

    use super::*;
    use crate::config::Config;

    fn parse(line: &str) -> Result<Args, clap::Error> {
        Args::try_parse_from(line.split(' '))
    }

    fn command(line: &str) -> Command {
        parse(line).unwrap().command
    }

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn every_command_is_understood() {
        assert_eq!(command("passage serve"), Command::Serve);
        assert_eq!(command("passage migrate"), Command::Migrate);
        assert_eq!(command("passage demo"), Command::Demo { serve: false });
        assert_eq!(command("passage demo --serve"), Command::Demo { serve: true });
        assert_eq!(command("passage verify"), Command::Verify { file: None });
        assert_eq!(
            command("passage verify a.json"),
            Command::Verify { file: Some("a.json".into()) }
        );
        assert_eq!(command("passage config check"), Command::Config(ConfigCommand::Check));
        assert_eq!(command("passage openapi"), Command::Openapi);
        assert_eq!(command("passage keys list"), Command::Keys(Keys::List));
        let rotate = |now| Command::Keys(Keys::Rotate { now });
        assert_eq!(command("passage keys rotate"), rotate(false));
        assert_eq!(command("passage keys rotate --now"), rotate(true));
        let admin = |full_name: &str| {
            Command::Admin(Admin::CreateSystemAdmin {
                email: "a@b.org".into(),
                full_name: full_name.into(),
            })
        };
        let line = "passage admin create-system-admin --email a@b.org";
        assert_eq!(command(line), admin("System administrator"));
        assert_eq!(command(&format!("{line} --full-name A")), admin("A"));
        let reset = Command::Admin(Admin::ResetSystemAdmin { email: "a@b.org".into() });
        assert_eq!(command("passage admin reset-system-admin --email a@b.org"), reset);
    }

    #[test]
    fn the_file_may_stand_before_and_after_the_command() {
        for line in ["passage --config a.toml config check", "passage config check --config a.toml"]
        {
            assert_eq!(parse(line).unwrap().config, Some("a.toml".into()));
        }
        assert_eq!(parse("passage serve").unwrap().config, None);
    }

    #[test]
    fn what_is_not_understood_ends_with_the_code_for_usage() {
        for line in [
            "passage",
            "passage sevre",
            "passage admin",
            "passage config",
            "passage serve now",
            "passage admin create-system-admin",
            "passage admin create-system-admin --email nobody",
            "passage admin create-system-admin --email @b.org",
            "passage serve --config",
        ] {
            let error = parse(line).unwrap_err();
            assert_eq!(error.exit_code(), i32::from(EXIT_USAGE), "{line}");
        }
        for line in ["passage", "passage admin", "passage config"] {
            let kind = parse(line).unwrap_err().kind();
            assert_eq!(kind, ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand, "{line}");
        }
        for line in ["passage --help", "passage --version", "passage demo --help"] {
            assert_eq!(parse(line).unwrap_err().exit_code(), i32::from(EXIT_OK), "{line}");
        }
    }

    #[test]
    fn help_teaches_commands_examples_variables_and_exit_codes() {
        let error = parse("passage --help").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DisplayHelp);
        let help = error.to_string();
        for command in Args::command().get_subcommands() {
            assert!(help.contains(command.get_name()), "{}", command.get_name());
            let leaves = command.get_subcommands().chain([command]);
            for leaf in leaves.filter(|leaf| !leaf.has_subcommands()) {
                assert!(leaf.get_about().is_some(), "{}", leaf.get_name());
                let example = leaf.get_after_help().unwrap_or_default().to_string();
                assert!(example.contains("Example"), "{} has no example", leaf.get_name());
            }
        }
        for code in [EXIT_OK, EXIT_FAILURE, EXIT_USAGE, EXIT_FOUND] {
            assert!(help.contains(&format!("\n  {code}  ")), "{code}");
        }
        let named: Vec<_> =
            help.split_whitespace().filter(|word| word.starts_with("PASSAGE_")).collect();
        let variables: Vec<_> = named.into_iter().filter(|name| !name.contains('<')).collect();
        assert!(variables.contains(&"PASSAGE_DATABASE__URL"), "{help}");
        let known = Config::variables();
        for name in variables.iter().filter(|name| **name != "PASSAGE_") {
            assert!(known.iter().any(|known| known == name), "{name} is no setting");
        }
    }
}
