//! Files with keys, and where each key stands as the clock goes on.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::PathBuf;

use super::*;

/// The private key of RFC 8037 appendix A.1, in PKCS#8.
const RFC_8037: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
    -----END PRIVATE KEY-----\n";

/// How long a key is published before it signs, in these tests.
const NOTICE: i64 = 3600;

fn begin() -> Instant {
    "2026-03-01T04:30:00Z".parse().unwrap()
}

fn put(directory: &Path, content: &str, mode: u32) -> PathBuf {
    let path = directory.join("signing.pem");
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path
}

fn fault(path: &Path) -> String {
    let fault = KeyRing::load_or_create(path, false).unwrap_err().to_string();
    assert!(!fault.contains('\n'), "one line: {fault}");
    assert!(fault.contains(path.to_str().unwrap()), "names the path: {fault}");
    assert!(!fault.contains("MC4CAQ"), "no key material: {fault}");
    fault
}

fn kid(ring: &KeyRing, now: Instant) -> String {
    ring.signing(now).unwrap().kid().to_owned()
}

/// Where the keys stand, in the order in which they sign.
fn words(ring: &KeyRing, now: Instant) -> Vec<&'static str> {
    use crate::text_enum::TextEnum as _;
    ring.states(now).map(|(_, state, _)| state.as_str()).collect()
}

#[test]
fn one_key_without_dates_signs_since_ever() {
    let directory = tempfile::tempdir().unwrap();
    let path = put(directory.path(), RFC_8037, 0o600);
    let ring = KeyRing::load_or_create(&path, false).unwrap();
    let rfc = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
    for now in [Instant::EARLIEST, begin()] {
        assert_eq!(kid(&ring, now), rfc);
        assert_eq!(words(&ring, now), ["signing"]);
    }
}

#[test]
fn a_rotation_is_published_then_signs_then_is_all_that_is_left() {
    let directory = tempfile::tempdir().unwrap();
    let path = put(directory.path(), RFC_8037, 0o600);
    let before = KeyRing::load(&path).unwrap();
    let former = kid(&before, begin());
    let ring = rotate(&path, begin(), NOTICE).unwrap();
    assert_eq!(KeyRing::load(&path).unwrap(), ring, "the file says the same");
    let at = |seconds: i64| begin().plus_seconds(seconds);
    assert_eq!(words(&ring, at(0)), ["signing", "next"]);
    assert_eq!(words(&ring, at(NOTICE - 1)), ["signing", "next"]);
    assert_eq!(kid(&ring, at(NOTICE - 1)), former);
    assert_eq!(ring.believed(at(0)).count(), 2, "the next one is published before it signs");
    assert_eq!(words(&ring, at(NOTICE)), ["former", "signing"]);
    assert_ne!(kid(&ring, at(NOTICE)), former);
    let thumbprint = *before.signing(begin()).unwrap().verifying_key().thumbprint();
    assert!(ring.believes(&thumbprint, at(NOTICE + BELIEVED_SECONDS - 1)));
    assert_eq!(words(&ring, at(NOTICE + BELIEVED_SECONDS)), ["retired", "signing"]);
    assert!(!ring.believes(&thumbprint, at(NOTICE + BELIEVED_SECONDS)));
    assert_eq!(ring.believed(at(NOTICE + BELIEVED_SECONDS)).count(), 1);
}

#[test]
fn a_former_key_outlives_the_longest_token() {
    let longest = crate::config::Config::default().identity.access_token.as_secs();
    assert!(BELIEVED_SECONDS >= i64::try_from(longest).unwrap() + 2 * 5);
}

#[test]
fn a_rotation_waits_for_the_one_before_and_lets_go_of_what_is_retired() {
    let directory = tempfile::tempdir().unwrap();
    let path = put(directory.path(), RFC_8037, 0o600);
    let first = rotate(&path, begin(), NOTICE).unwrap();
    let waits = rotate(&path, begin().plus_seconds(NOTICE - 1), NOTICE).unwrap_err().to_string();
    assert!(waits.contains("waits") && !waits.contains('\n'), "{waits}");
    assert_eq!(KeyRing::load(&path).unwrap(), first, "nothing changed");
    let second = rotate(&path, begin().plus_seconds(NOTICE), NOTICE).unwrap();
    assert_eq!(second.keys.len(), 3);
    let later = begin().plus_seconds(3 * NOTICE);
    let third = rotate(&path, later, NOTICE).unwrap();
    assert_eq!(words(&third, later), ["signing", "next"]);
    assert_eq!(kid(&third, later), kid(&second, later));
}

#[test]
fn after_a_compromise_nothing_of_the_former_keys_is_left() {
    let directory = tempfile::tempdir().unwrap();
    let path = put(directory.path(), RFC_8037, 0o600);
    let former = rotate(&path, begin(), NOTICE).unwrap();
    let ring = replace(&path, begin()).unwrap();
    assert_eq!(words(&ring, begin()), ["signing"]);
    for key in former.believed(begin()) {
        assert!(!ring.believes(key.thumbprint(), begin()), "not even the next one");
    }
    assert!(!fs::read_to_string(&path).unwrap().contains("MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v"));
}

#[test]
fn where_there_is_no_file_a_rotation_makes_the_first_key() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("signing.pem");
    let ring = rotate(&path, begin(), NOTICE).unwrap();
    assert_eq!(words(&ring, begin()), ["signing"]);
    assert!(ring.signing(begin().plus_seconds(-1)).is_none(), "not before it was published");
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left behind");
}

#[test]
fn a_file_that_is_written_anew_is_its_owners_alone_and_never_half_there() {
    let directory = tempfile::tempdir().unwrap();
    let path = put(directory.path(), RFC_8037, 0o400);
    let link = directory.path().join("link.pem");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    rotate(&link, begin(), NOTICE).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink(), "what it leads to was written");
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
    assert_eq!(KeyRing::load(&path).unwrap().keys.len(), 2);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2, "nothing is left behind");
}

#[test]
fn dates_that_say_nothing_are_refused() {
    let other = new_pem().unwrap();
    let dated = |published: &str, signs_from: &str, pem: &str| {
        format!("{PUBLISHED}{published}\n{SIGNS_FROM}{signs_from}\n{pem}")
    };
    let (early, late) = ("2026-03-01T04:30:00Z", "2026-03-01T05:30:00Z");
    for (content, what) in [
        (dated("yesterday", late, RFC_8037), "a date of a key is none"),
        (format!("{PUBLISHED}{early}\n{RFC_8037}"), "one of its two dates"),
        (dated(late, early, RFC_8037), "signs before it is published"),
        (format!("{RFC_8037}{}", dated(early, late, RFC_8037)), "twice"),
        (format!("{RFC_8037}{}", other.as_str()), "at the same time"),
        (format!("{RFC_8037}-----BEGIN PRIVATE KEY-----\n"), "no PEM"),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let path = put(directory.path(), &content, 0o600);
        assert!(fault(&path).contains(what), "{} should say {what}", fault(&path));
        assert!(rotate(&path, begin(), NOTICE).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), content, "it is left alone");
    }
    let fine = format!("Bag Attributes: none\n{RFC_8037}\n{}", dated(early, late, &other));
    assert_eq!(KeyRing::parse(fine.as_bytes()).unwrap().keys.len(), 2);
}

#[test]
fn a_key_is_made_once_and_kept() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("signing.pem");
    let made = KeyRing::load_or_create(&path, true).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
    let prefix = &RFC_8037[..48];
    assert!(fs::read_to_string(&path).unwrap().starts_with(prefix), "like openssl's: {prefix}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left behind");
    for may_create in [true, false] {
        assert_eq!(KeyRing::load_or_create(&path, may_create).unwrap(), made);
    }
}

#[test]
fn racing_processes_end_with_the_same_key() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("signing.pem");
    let start = std::sync::Barrier::new(16);
    let mut kids: Vec<String> = std::thread::scope(|scope| {
        let racers = (0..16).map(|_| {
            scope.spawn(|| {
                start.wait();
                kid(&KeyRing::load_or_create(&path, true).unwrap(), begin())
            })
        });
        racers.collect::<Vec<_>>().into_iter().map(|racer| racer.join().unwrap()).collect()
    });
    kids.dedup();
    assert_eq!(kids.len(), 1);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left behind");
}

#[test]
fn the_loser_of_a_race_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = put(directory.path(), RFC_8037, 0o600);
    key_file::write_once(&path, b"another").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), RFC_8037);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left behind");
}

#[test]
fn a_missing_key_is_not_made_unless_allowed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("signing.pem");
    assert!(fault(&path).contains("no such file"));
    assert!(!path.exists());
}

#[test]
fn a_key_that_cannot_be_made_is_said_so() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("missing").join("signing.pem");
    let fault = KeyRing::load_or_create(&path, true).unwrap_err();
    assert!(matches!(fault, KeyFault::NotMade { .. }), "{fault}");
    assert!(fault.to_string().contains("its directory must exist"));
}

#[test]
fn a_key_that_others_may_read_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    for mode in [0o640, 0o604, 0o644, 0o620, 0o666] {
        let path = put(directory.path(), RFC_8037, mode);
        let fault = fault(&path);
        assert!(fault.contains(&format!("mode {mode:04o}")), "{fault}");
        assert!(fault.contains("chmod 600"), "{fault}");
    }
    let path = put(directory.path(), RFC_8037, 0o400);
    assert!(KeyRing::load_or_create(&path, false).is_ok());
}

#[test]
fn what_is_no_key_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let body = RFC_8037.lines().nth(1).unwrap();
    let public = "-----BEGIN PUBLIC KEY-----\n\
        MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n";
    for (content, what) in [
        (String::new(), "no PEM"),
        (body.to_owned(), "no PEM"),
        (RFC_8037.replace("END", "FIN"), "no PEM"),
        (public.to_owned(), "this is a public key"),
        (RFC_8037.replace("PRIVATE KEY", "EC PRIVATE KEY"), "something else"),
        (RFC_8037.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"), "is encrypted"),
        (RFC_8037.replace("MC4C", "MC4D"), "not Ed25519"),
        (format!("{}{RFC_8037}", " ".repeat(20_000)), "too large"),
    ] {
        let path = put(directory.path(), &content, 0o600);
        let fault = fault(&path);
        assert!(fault.contains(what), "{fault} should say {what}");
        assert!(KeyRing::load_or_create(&path, true).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
    }
}

#[test]
fn a_directory_is_no_key() {
    let directory = tempfile::tempdir().unwrap();
    assert!(fault(directory.path()).contains("this is no file"));
}

#[test]
fn what_cannot_be_reached_is_unreadable() {
    let directory = tempfile::tempdir().unwrap();
    let below_a_file = put(directory.path(), RFC_8037, 0o600).join("signing.pem");
    assert!(fault(&below_a_file).contains("cannot be read"));
}

#[test]
fn a_ring_is_never_printed_with_its_keys() {
    let ring = KeyRing::parse(RFC_8037.as_bytes()).unwrap();
    let printed = format!("{ring:?}");
    assert!(printed.contains(ring.keys[0].kid()) && !printed.contains("MC4CAQ"), "{printed}");
}
