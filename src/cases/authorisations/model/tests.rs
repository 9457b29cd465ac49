use super::*;
use crate::text_enum::TextEnum;

fn at(seconds: i64) -> Instant {
    Instant::EARLIEST.plus_seconds(seconds)
}

#[test]
fn the_words_are_those_of_the_contract() {
    assert_eq!(
        RequestStatus::words(),
        "draft, submitted, acknowledged, info_requested, withdrawn, granted_orally, granted, refused, revoked, lapsed, \
         expired"
    );
}

/// Rows are where the request stands, columns what is done; a dot stands for a refusal.
const TABLE: &str = "
status         | edit  | supplement     | submit    | withdraw  | acknowledge  | request_info   | answer       | grant_orally   | grant   | confirm | extend  | refuse  | revoke
draft          | draft | .              | submitted | withdrawn | .            | .              | .            | .              | .       | .       | .       | .       | .
submitted      | .     | submitted      | .         | withdrawn | acknowledged | .              | .            | .              | .       | .       | .       | .       | .
acknowledged   | .     | acknowledged   | .         | withdrawn | .            | info_requested | .            | granted_orally | granted | .       | .       | refused | .
info_requested | .     | info_requested | .         | withdrawn | .            | .              | acknowledged | .              | .       | .       | .       | .       | .
withdrawn      | .     | .              | .         | .         | .            | .              | .            | .              | .       | .       | .       | .       | .
granted_orally | .     | granted_orally | .         | .         | .            | .              | .            | .              | granted | granted | .       | refused | revoked
granted        | .     | granted        | .         | .         | .            | .              | .            | .              | .       | .       | granted | .       | revoked
refused        | .     | .              | .         | .         | .            | .              | .            | .              | .       | .       | .       | .       | .
revoked        | .     | .              | .         | .         | .            | .              | .            | .              | .       | .       | .       | .       | .
lapsed         | .     | .              | .         | .         | .            | .              | .            | .              | .       | .       | .       | .       | .
expired        | .     | .              | .         | .         | .            | .              | .            | .              | .       | .       | .       | .       | .
";

#[test]
fn every_step_from_every_state() {
    let mut lines =
        TABLE.trim().lines().map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    let head = lines.next().unwrap();
    let mut rows = 0;
    for line in lines {
        let status = RequestStatus::from_word(line[0]).unwrap();
        rows += 1;
        assert_eq!(line.len() - 1, Step::ALL.len());
        for (name, expected) in head.iter().zip(&line).skip(1) {
            let done = step(status, Step::from_word(name).unwrap());
            let word = done.map_or(".", TextEnum::as_str);
            assert_eq!(&word, expected, "{name} from {status}");
        }
    }
    assert_eq!(rows, RequestStatus::ALL.len());
}

#[test]
fn invariant_8_what_was_said_lapses_when_nobody_confirms_it() {
    let (oral, granted) = (RequestStatus::GrantedOrally, RequestStatus::Granted);
    let status = |stored, confirm_by, now| status_at(stored, Some(at(100)), confirm_by, at(now));
    assert_eq!(status(oral, Some(at(10)), 10), oral);
    assert_eq!(status(oral, Some(at(10)), 11), RequestStatus::Lapsed);
    assert_eq!(status(oral, Some(at(200)), 101), RequestStatus::Expired);
    assert_eq!(status(granted, None, 100), granted);
    assert_eq!(status(granted, None, 101), RequestStatus::Expired);
    for stored in [RequestStatus::Refused, RequestStatus::Revoked, RequestStatus::Draft] {
        assert_eq!(status(stored, Some(at(1)), 500), stored);
    }
}

#[test]
fn invariant_7_who_asked_does_not_decide() {
    let (one, two) = (UserId::new(at(1)), UserId::new(at(2)));
    assert!(decides(one, &[two], true).is_ok());
    assert_eq!(decides(one, &[two, one], true).unwrap_err().code, &codes::INVARIANT_7);
    assert_eq!(decides(one, &[two], false).unwrap_err().code, &codes::INVARIANT_7);
}
