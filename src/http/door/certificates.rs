//! The certificate of this server, taken anew when its files change. Connections go on with what they began with.
//!
//! Invariant: there is always a certificate that fits its key; a new one that does not is named in the log, and the
//! former stays.
//!
//! May import: `config`, `credentials`.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use sha2::{Digest, Sha256};

use crate::config::TlsFiles;
use crate::credentials::key_file;

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum CertificateFault {
    /// The file of the certificate.
    #[error("tls.certificate_file {}: {cause}", path.display())]
    Certificate {
        /// Where it stands.
        path: PathBuf,
        /// What is wrong.
        cause: String,
    },
    /// The file of the key.
    #[error("tls.key_file {}: {cause}", path.display())]
    Key {
        /// Where it stands.
        path: PathBuf,
        /// What is wrong.
        cause: String,
    },
    /// Both together.
    #[error("tls.certificate_file and tls.key_file do not fit together: {0}")]
    Together(rustls::Error),
    /// The protocol.
    #[error("TLS cannot be used: {0}")]
    Protocol(rustls::Error),
}

/// The certificate of this server.
#[derive(Debug)]
pub struct Certificates {
    files: TlsFiles,
    present: RwLock<Arc<CertifiedKey>>,
    /// What the files held when they were last looked at, fit for use or not.
    seen: Mutex<[u8; 32]>,
}

impl Certificates {
    /// Reads the files.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn load(files: &TlsFiles) -> Result<Arc<Self>, CertificateFault> {
        let (digest, content) = read(files)?;
        let present = RwLock::new(Arc::new(certified(files, &content)?));
        Ok(Arc::new(Self { files: files.clone(), present, seen: Mutex::new(digest) }))
    }

    /// Looks at the files again. Tells whether there is a new certificate; what is no other than before is no news.
    ///
    /// # Errors
    /// What is wrong with them: once, until they change again.
    pub fn renew(&self) -> Result<bool, CertificateFault> {
        let (digest, content) = read(&self.files)?;
        {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if *seen == digest {
                return Ok(false);
            }
            *seen = digest;
        }
        let renewed = Arc::new(certified(&self.files, &content)?);
        *self.present.write().unwrap_or_else(PoisonError::into_inner) = renewed;
        Ok(true)
    }

    /// What the server speaks: TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1.
    ///
    /// # Errors
    /// When the protocol cannot be used.
    pub fn protocol(self: &Arc<Self>) -> Result<Arc<ServerConfig>, CertificateFault> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut protocol = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(CertificateFault::Protocol)?
            .with_no_client_auth()
            .with_cert_resolver(self.clone());
        protocol.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(protocol))
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.present.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

struct Content {
    certificate: Vec<u8>,
    key: secrecy::zeroize::Zeroizing<Vec<u8>>,
}

fn read(files: &TlsFiles) -> Result<([u8; 32], Content), CertificateFault> {
    let certificate = std::fs::read(&files.certificate).map_err(|error| {
        CertificateFault::Certificate { path: files.certificate.clone(), cause: error.to_string() }
    })?;
    let key = key_file::read(&files.key).map_err(|fault| CertificateFault::Key {
        path: files.key.clone(),
        cause: fault.to_string(),
    })?;
    let digest = Sha256::new().chain_update(&certificate).chain_update(&*key).finalize().into();
    Ok((digest, Content { certificate, key }))
}

fn certified(files: &TlsFiles, content: &Content) -> Result<CertifiedKey, CertificateFault> {
    let wrong =
        |cause: String| CertificateFault::Certificate { path: files.certificate.clone(), cause };
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&content.certificate)
        .collect::<Result<_, _>>()
        .map_err(|error| wrong(error.to_string()))?;
    if chain.is_empty() {
        return Err(wrong("expected a certificate in PEM".to_owned()));
    }
    // What a parser says of a key is not repeated: it may quote it.
    let key = PrivateKeyDer::from_pem_slice(&content.key).map_err(|_| CertificateFault::Key {
        path: files.key.clone(),
        cause: "expected a private key in PEM".to_owned(),
    })?;
    CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider())
        .map_err(CertificateFault::Together)
}

/// Looks at the files every so often, and when the process is sent SIGHUP.
pub async fn keep(certificates: Arc<Certificates>, every: Duration) {
    use tokio::signal::unix::{SignalKind, signal};
    let mut hangup = signal(SignalKind::hangup()).ok();
    loop {
        let asked = async {
            match &mut hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            _ = asked => {}
        }
        match certificates.renew() {
            Ok(true) => tracing::info!("the certificate was renewed"),
            Ok(false) => {}
            Err(fault) => tracing::error!(%fault, "the former certificate stays"),
        }
    }
}
