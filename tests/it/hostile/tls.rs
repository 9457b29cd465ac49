//! TLS by the server itself: with a real client that knows one authority, also when the certificate changes.

use std::fs::Permissions;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use passage::clock::ManualClock;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::ServerName;
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion,
};
use tempfile::TempDir;

use crate::harness::{Server, settings};

/// Who signs certificates.
pub type Authority = CertifiedIssuer<'static, KeyPair>;

/// A new authority.
pub fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Files with a certificate of `authority` for this machine.
pub struct Files {
    folder: TempDir,
}

impl Files {
    /// Files with a first certificate.
    pub fn new(authority: &Authority) -> Self {
        let files = Self { folder: tempfile::tempdir().unwrap() };
        files.issue(authority);
        files
    }

    /// Where the certificate is.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    /// A new certificate in the place of the former. Gives its bytes.
    pub fn issue(&self, authority: &Authority) -> Vec<u8> {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, authority).unwrap();
        write(&self.key(), &key.serialize_pem());
        write(&self.certificate(), &certificate.pem());
        certificate.der().to_vec()
    }
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
}

/// What a server with those files is started with.
pub fn settings_of(files: &Files) -> Vec<(&'static str, String)> {
    let path = |path: PathBuf| path.display().to_string();
    vec![
        ("PASSAGE_SERVER__LISTEN", "127.0.0.1:0".to_owned()),
        ("PASSAGE_SERVER__WORKERS", "1".to_owned()),
        ("PASSAGE_SERVER__SHUTDOWN_GRACE_SECONDS", "1".to_owned()),
        ("PASSAGE_SERVER__DATA_DIR", path(files.folder.path().to_owned())),
        (
            "PASSAGE_DATABASE__URL",
            format!("sqlite:{}", path(files.folder.path().join("passage.db"))),
        ),
        ("PASSAGE_TLS__CERTIFICATE_FILE", path(files.certificate())),
        ("PASSAGE_TLS__KEY_FILE", path(files.key())),
        ("PASSAGE_TLS__RELOAD_SECONDS", "1".to_owned()),
    ]
}

fn serve(files: &Files) -> Server {
    let clock = ManualClock::new("2026-03-01T04:30:00Z".parse().unwrap());
    Server::start(settings(&settings_of(files)), Arc::new(clock))
}

/// A line to a server.
pub type Line = StreamOwned<ClientConnection, TcpStream>;

/// A line to `address`, for a client that knows that authority.
pub fn connect(
    address: SocketAddr,
    authority: &Authority,
    version: &'static SupportedProtocolVersion,
    protocols: &[&[u8]],
) -> std::io::Result<Line> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let name = ServerName::try_from("localhost").unwrap();
    let mut client = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut line = TcpStream::connect(address)?;
    line.set_read_timeout(Some(Duration::from_secs(10)))?;
    client.complete_io(&mut line)?;
    Ok(StreamOwned::new(client, line))
}

/// What is answered to a small request.
pub fn ask(line: &mut Line) -> String {
    line.write_all(b"GET /health/ready HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"}") {
        let mut part = [0; 2048];
        let bytes = line.read(&mut part).unwrap();
        assert!(bytes > 0, "the line ended");
        answer.extend_from_slice(&part[..bytes]);
    }
    String::from_utf8(answer).unwrap()
}

/// The certificate that the server showed.
pub fn shown(line: &Line) -> Vec<u8> {
    line.conn.peer_certificates().unwrap()[0].to_vec()
}

#[test]
fn both_versions_are_spoken_and_browsers_are_told_to_stay() {
    let authority = authority();
    let files = Files::new(&authority);
    let server = serve(&files);
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let mut line = connect(server.address, &authority, version, &[b"http/1.1"]).unwrap();
        let answer = ask(&mut line);
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        let stays = "strict-transport-security: max-age=63072000; includesubdomains";
        assert!(answer.to_ascii_lowercase().contains(stays), "{answer}");
    }
    let line = connect(server.address, &authority, &rustls::version::TLS13, &[b"h2", b"http/1.1"]);
    assert_eq!(line.unwrap().conn.alpn_protocol(), Some(&b"h2"[..]));
    let stranger = self::authority();
    assert!(connect(server.address, &stranger, &rustls::version::TLS13, &[]).is_err());
    assert_eq!(server.app.config.public_url(), format!("https://{}", server.address));
}

#[test]
fn a_new_certificate_is_taken_and_a_broken_one_is_not() {
    let authority = authority();
    let files = Files::new(&authority);
    let server = serve(&files);
    let connect = || connect(server.address, &authority, &rustls::version::TLS13, &[b"http/1.1"]);
    let mut before = connect().unwrap();
    ask(&mut before);
    let first = shown(&before);
    // A certificate that does not fit the key, and what is none at all.
    let other = Files::new(&authority);
    std::fs::copy(other.certificate(), files.certificate()).unwrap();
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(shown(&connect().unwrap()), first);
    write(&files.certificate(), "no certificate");
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(shown(&connect().unwrap()), first);
    let second = files.issue(&authority);
    let patience = Instant::now() + Duration::from_secs(10);
    while shown(&connect().unwrap()) != second {
        assert!(Instant::now() < patience, "the new certificate is not taken");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(ask(&mut before).starts_with("HTTP/1.1 200 "), "who was there before goes on");
}

#[test]
fn without_a_certificate_that_fits_no_server_starts() {
    let authority = authority();
    let (files, other) = (Files::new(&authority), Files::new(&authority));
    let fault = |certificate: &Path, key: &Path| {
        let files =
            passage::config::TlsFiles { certificate: certificate.to_owned(), key: key.to_owned() };
        passage::http::door::Certificates::load(&files).unwrap_err().to_string()
    };
    let said = fault(&files.certificate(), &other.key());
    assert!(said.contains("do not fit together"), "{said}");
    let said = fault(&files.folder.path().join("nothing"), &files.key());
    assert!(said.contains("tls.certificate_file") && said.contains("No such file"), "{said}");
    let said = fault(&files.key(), &files.key());
    assert!(said.contains("expected a certificate in PEM"), "{said}");
    let said = fault(&files.certificate(), &files.certificate());
    assert!(said.contains("tls.key_file") && said.contains("expected a private key"), "{said}");
    std::fs::set_permissions(files.key(), Permissions::from_mode(0o640)).unwrap();
    let said = fault(&files.certificate(), &files.key());
    assert!(said.contains("0640"), "{said}");
}

#[test]
fn who_never_ends_the_handshake_is_closed_out() {
    let authority = authority();
    let files = Files::new(&authority);
    let mut config = settings(&settings_of(&files));
    (config.limits.head, config.limits.idle) = (Duration::from_secs(1), Duration::from_secs(2));
    let clock = Arc::new(ManualClock::new("2026-03-01T04:30:00Z".parse().unwrap()));
    let server = Server::start(config, clock);
    let mut silent = TcpStream::connect(server.address).unwrap();
    silent.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    silent.write_all(&[22, 3, 1]).unwrap();
    assert!(!silent.read(&mut [0; 16]).is_ok_and(|bytes| bytes > 0));
    // One who has said that it speaks HTTP/2 and then asks for nothing.
    let mut idle = connect(server.address, &authority, &rustls::version::TLS13, &[b"h2"]).unwrap();
    idle.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").unwrap();
    let begun = Instant::now();
    while idle.read(&mut [0; 256]).is_ok_and(|bytes| bytes > 0) {
        assert!(begun.elapsed() < Duration::from_secs(10), "it is still there");
    }
}
