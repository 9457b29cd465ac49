use super::*;
use crate::text_enum::TextEnum;
use uuid::Uuid;

const LONGEST_GAP: i64 = 60;

fn at(text: &str) -> Instant {
    format!("2026-03-01T{text}Z").parse().unwrap()
}

fn agency(number: u128) -> AgencyId {
    AgencyId::from_uuid(Uuid::from_u128(number))
}

const ORIGINATOR: u128 = 1;
const HOLDER: u128 = 2;
const RECEIVER: u128 = 3;

fn custody() -> Custody {
    Custody {
        originator: agency(ORIGINATOR),
        custodian: agency(HOLDER),
        since: at("08:00:00"),
        seal: Some("AA-17".to_owned()),
        offered_to: None,
        disposition: None,
        h1_locked: false,
    }
}

fn offered() -> Transfer {
    Transfer {
        status: TransferStatus::Offered,
        from: agency(HOLDER),
        to: agency(RECEIVER),
        offered_at: at("10:00:00"),
        released_at: None,
        seal: None,
    }
}

fn takes(accepted_at: &str, seal: Option<&str>) -> Acceptance {
    Acceptance { accepted_at: at(accepted_at), seal: seal.map(str::to_owned) }
}

fn accepted(custody: &Custody, transfer: &Transfer, acceptance: &Acceptance) -> Accepted {
    accept(custody, transfer, agency(RECEIVER), acceptance, LONGEST_GAP).unwrap()
}

#[test]
fn the_words_are_those_of_the_contract() {
    assert_eq!(EvidenceKind::words(), "physical, sample, digital, photo, video, audio, document");
    assert_eq!(FlagKind::words(), "gap, seal_mismatch, hash_mismatch, h1_lock");
    assert_eq!(TransferStatus::words(), "offered, accepted, refused, cancelled");
}

#[test]
fn only_the_holder_offers_and_only_one_transfer_at_a_time() {
    let code =
        |custody: &Custody, by, to| offer(custody, agency(by), agency(to)).map_err(|r| r.code);
    assert_eq!(code(&custody(), HOLDER, RECEIVER), Ok(()));
    assert_eq!(code(&custody(), ORIGINATOR, RECEIVER), Err(&codes::INVARIANT_16));
    assert_eq!(code(&custody(), HOLDER, HOLDER), Err(&codes::STATE));
    let open = Custody { offered_to: Some(agency(RECEIVER)), ..custody() };
    assert_eq!(code(&open, HOLDER, RECEIVER), Err(&codes::INVARIANT_16));
    let done = Custody { disposition: Some(Disposition::Destroyed), ..custody() };
    assert_eq!(code(&done, HOLDER, RECEIVER), Err(&codes::STATE));
}

#[test]
fn the_receiver_answers_once_and_nobody_else_does() {
    let code = |transfer: &Transfer, by| {
        accept(&custody(), transfer, agency(by), &takes("10:01:00", None), LONGEST_GAP)
            .map(|accepted| accepted.custodian)
            .map_err(|refusal| refusal.code)
    };
    assert_eq!(code(&offered(), RECEIVER), Ok(agency(RECEIVER)));
    assert_eq!(code(&offered(), HOLDER), Err(&codes::FORBIDDEN));
    assert!(refuse(&offered(), agency(RECEIVER)).is_ok());
    assert_eq!(refuse(&offered(), agency(HOLDER)).unwrap_err().code, &codes::FORBIDDEN);
    assert!(cancel(&offered(), agency(HOLDER)).is_ok());
    assert_eq!(cancel(&offered(), agency(RECEIVER)).unwrap_err().code, &codes::FORBIDDEN);
    for status in [TransferStatus::Accepted, TransferStatus::Refused, TransferStatus::Cancelled] {
        let answered = Transfer { status, ..offered() };
        assert_eq!(code(&answered, RECEIVER), Err(&codes::STATE));
        assert_eq!(refuse(&answered, agency(RECEIVER)).unwrap_err().code, &codes::STATE);
        assert_eq!(cancel(&answered, agency(HOLDER)).unwrap_err().code, &codes::STATE);
    }
}

#[test]
fn the_seal_that_comes_is_the_seal_that_left() {
    for (own, left, came, mismatch, bears) in [
        (Some("AA-17"), None, Some("aa 17"), false, Some("aa 17")),
        (Some("AA-17"), None, None, false, Some("AA-17")),
        (Some("AA-17"), None, Some("AA-18"), true, Some("AA-18")),
        (Some("AA-17"), None, Some(" "), true, None),
        (Some("AA-17"), Some("AA-17"), Some("AA-17"), false, Some("AA-17")),
        (Some("AA-17"), Some("BB-1"), Some("BB-1"), true, Some("BB-1")),
        (Some("AA-17"), Some("BB-1"), None, true, Some("BB-1")),
        (None, Some("BB-1"), Some("BB-1"), false, Some("BB-1")),
        (None, Some("BB-1"), Some("BB-2"), true, Some("BB-2")),
        (None, None, Some("BB-2"), true, Some("BB-2")),
        (None, None, Some(""), false, None),
        (None, None, None, false, None),
    ] {
        let custody = Custody { seal: own.map(str::to_owned), ..custody() };
        let transfer = Transfer { seal: left.map(str::to_owned), ..offered() };
        let result = accepted(&custody, &transfer, &takes("10:01:00", came));
        let flags: &[FlagKind] = if mismatch { &[FlagKind::SealMismatch] } else { &[] };
        assert_eq!(result.flags, flags, "{own:?} {left:?} {came:?}");
        assert_eq!(result.seal.as_deref(), bears, "{own:?} {left:?} {came:?}");
    }
}

#[test]
fn a_gap_in_the_line_of_custody_is_flagged() {
    let gap = |custody: Custody, transfer: Transfer, accepted_at: &str| {
        accepted(&custody, &transfer, &takes(accepted_at, None)).flags == [FlagKind::Gap]
    };
    let released = |time| Transfer { released_at: Some(at(time)), ..offered() };
    assert!(!gap(custody(), offered(), "10:00:00"));
    assert!(!gap(custody(), offered(), "23:00:00"), "the releaser holds it until then");
    assert!(gap(custody(), offered(), "09:59:59"));
    assert!(!gap(custody(), released("10:30:00"), "10:31:00"));
    assert!(gap(custody(), released("10:30:00"), "10:31:01"));
    assert!(gap(custody(), released("10:30:00"), "10:29:59"));
    let later = Custody { since: at("11:00:00"), ..custody() };
    assert!(gap(later, offered(), "10:30:00"));
    let elsewhere = Custody { custodian: agency(4), ..custody() };
    assert!(gap(elsewhere, offered(), "10:30:00"));
}

#[test]
fn the_originator_widens_the_custodian_narrows_and_two_are_always_in_it() {
    let set = |numbers: &[u128]| numbers.iter().copied().map(agency).collect::<BTreeSet<_>>();
    let present = set(&[ORIGINATOR, HOLDER, 7]);
    let change = |by, wanted: &[u128]| {
        change_audience(&custody(), agency(by), &present, set(wanted)).map_err(|r| r.code)
    };
    assert_eq!(change(ORIGINATOR, &[9]), Ok(set(&[ORIGINATOR, HOLDER, 9])));
    assert_eq!(change(ORIGINATOR, &[]), Ok(set(&[ORIGINATOR, HOLDER])));
    assert_eq!(change(HOLDER, &[7]), Ok(present.clone()));
    assert_eq!(change(HOLDER, &[]), Ok(set(&[ORIGINATOR, HOLDER])));
    assert_eq!(change(HOLDER, &[7, 9]), Err(&codes::INVARIANT_20));
    for wanted in [&[7][..], &[], &[9]] {
        assert_eq!(change(7, wanted), Err(&codes::INVARIANT_20));
    }
    let offered = Custody { offered_to: Some(agency(RECEIVER)), ..custody() };
    let audience = change_audience(&offered, agency(ORIGINATOR), &present, []).unwrap();
    assert_eq!(audience, set(&[ORIGINATOR, HOLDER, RECEIVER]));
}

#[test]
fn h1_locks_from_registration_on_and_out_of_court() {
    assert_eq!(flags_of_codes(&[HandlingCode::H0, HandlingCode::H1]), [FlagKind::H1Lock]);
    assert_eq!(flags_of_codes(&[HandlingCode::H2]), []);
    assert!(h1_locked(&[HandlingCode::H1], false));
    assert!(!h1_locked(&[HandlingCode::H1], true) && !h1_locked(&[HandlingCode::H2], false));
    let locked = Custody { h1_locked: true, ..custody() };
    for disposition in Disposition::ALL {
        let result = dispose(&locked, agency(HOLDER), *disposition);
        match disposition {
            Disposition::TransferredToCourt => {
                assert_eq!(result.unwrap_err().code, &codes::H1_LOCK);
            }
            _ => assert_eq!(result, Ok(())),
        }
        assert_eq!(dispose(&custody(), agency(ORIGINATOR), *disposition), Ok(()));
    }
}

#[test]
fn the_disposition_is_settled_once_by_holder_or_originator() {
    let code = |custody: &Custody, by| {
        dispose(custody, agency(by), Disposition::Destroyed).map_err(|refusal| refusal.code)
    };
    assert_eq!(code(&custody(), RECEIVER), Err(&codes::FORBIDDEN));
    let open = Custody { offered_to: Some(agency(RECEIVER)), ..custody() };
    assert_eq!(code(&open, HOLDER), Err(&codes::STATE));
    let done = Custody { disposition: Some(Disposition::Returned), ..custody() };
    assert_eq!(code(&done, HOLDER), Err(&codes::STATE));
}
