//! Sends mail through the operator's mail server. What is sent says that there is something and where to look.
//!
//! May import: `config`, `email`.

use std::fmt;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::zeroize::Zeroizing;

use crate::config::{Mail, MailSecurity};
use crate::email::Email;

/// How long one step of sending may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why mail cannot be sent at all: one line for the operator.
#[derive(Debug, thiserror::Error)]
#[error("mail: {0}")]
pub struct MailFault(String);

/// Why one mail was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotTaken {
    /// Whether it never will be.
    pub for_good: bool,
    /// What to tell the operator; it names no address.
    pub cause: String,
}

/// The line to the mail server.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl fmt::Debug for Mailer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Mailer").finish_non_exhaustive()
    }
}

impl Mailer {
    /// The line that `settings` describe; none where nothing is to be mailed. Nothing is sent yet.
    ///
    /// # Errors
    /// When the file of the password cannot be read, or the system's certificates cannot.
    pub fn new(settings: &Mail) -> Result<Option<Self>, MailFault> {
        type Transport = AsyncSmtpTransport<Tokio1Executor>;
        let Some((host, port)) = &settings.server else { return Ok(None) };
        let builder = match settings.security {
            MailSecurity::StartTls => Transport::starttls_relay(host),
            MailSecurity::Tls => Transport::relay(host),
            MailSecurity::None => Ok(Transport::builder_dangerous(host)),
        };
        let mut builder = builder
            .map_err(|error| MailFault(error.to_string()))?
            .port(*port)
            .timeout(Some(PATIENCE));
        if let (Some(user), Some(path)) = (&settings.user, &settings.password_file) {
            let password = std::fs::read_to_string(path).map(Zeroizing::new).map_err(|error| {
                MailFault(format!("the password in {} cannot be read: {error}", path.display()))
            })?;
            let password = password.trim_end_matches(['\r', '\n']).to_owned();
            builder = builder.credentials(Credentials::new(user.clone(), password));
        }
        let from = mailbox(&settings.from).map_err(|refused| MailFault(refused.cause))?;
        Ok(Some(Self { transport: builder.build(), from }))
    }

    /// Hands one mail to the mail server.
    ///
    /// # Errors
    /// When the server does not take it, now or for good.
    pub async fn send(&self, to: &Email, subject: &str, text: String) -> Result<(), NotTaken> {
        let message = Message::builder()
            .from(self.from.clone())
            .to(mailbox(to)?)
            .subject(subject)
            .header(ContentType::TEXT_PLAIN)
            .body(text)
            .map_err(|error| NotTaken { for_good: true, cause: error.to_string() })?;
        let sent = self.transport.send(message).await;
        sent.map(|_| ()).map_err(|error| NotTaken {
            for_good: error.is_permanent(),
            // The server's own words may name the address.
            cause: match error.status() {
                Some(code) => format!("the mail server answered {code}"),
                None if error.is_timeout() => "the mail server did not answer in time".to_owned(),
                None => "the mail server cannot be reached".to_owned(),
            },
        })
    }
}

fn mailbox(address: &Email) -> Result<Mailbox, NotTaken> {
    let address: Result<Address, _> = address.as_str().parse();
    address
        .map(|address| Mailbox::new(None, address))
        .map_err(|_| NotTaken { for_good: true, cause: "this is no address for mail".to_owned() })
}
