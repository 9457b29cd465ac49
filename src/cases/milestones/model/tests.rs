use super::*;
use crate::text_enum::TextEnum;
use uuid::Uuid;

const LIMITS: ReportLimits = ReportLimits { allowed_skew: 120, late_after: 900 };

fn at(text: &str) -> Instant {
    format!("2026-03-01T{text}Z").parse().unwrap()
}

fn agency(number: u128) -> AgencyId {
    AgencyId::from_uuid(Uuid::from_u128(number))
}

fn report_id(number: u128) -> ReportId {
    ReportId::from_uuid(Uuid::from_u128(number))
}

fn why() -> Reason {
    "Seen at another post".parse().unwrap()
}

fn planned() -> Milestone {
    Milestone { expected_at: Some(at("10:00:00")), tolerance_minutes: 30, progress: Progress::Open }
}

fn reported(verdict: Verdict) -> Milestone {
    Milestone {
        progress: Progress::Reported { report: report_id(1), by: agency(1), verdict },
        ..planned()
    }
}

fn waived() -> Milestone {
    Milestone { progress: Progress::Waived, ..planned() }
}

#[test]
fn there_are_twenty_kinds() {
    assert_eq!(MilestoneKind::ALL.len(), 20);
    assert_eq!(
        MilestoneStatus::words(),
        "pending, due, overdue, reported, confirmed, disputed, waived"
    );
}

#[test]
fn the_clock_makes_it_pending_due_and_overdue() {
    for (now, expected) in [
        ("09:59:59.999999", MilestoneStatus::Pending),
        ("10:00:00", MilestoneStatus::Due),
        ("10:30:00", MilestoneStatus::Due),
        ("10:30:00.000001", MilestoneStatus::Overdue),
    ] {
        assert_eq!(status_at(&planned(), at(now)), expected, "{now}");
    }
    let timeless = Milestone { expected_at: None, ..planned() };
    assert_eq!(status_at(&timeless, at("23:59:59")), MilestoneStatus::Pending);
}

#[test]
fn what_was_reported_or_waived_no_longer_depends_on_the_clock() {
    for (milestone, expected) in [
        (reported(Verdict::None), MilestoneStatus::Reported),
        (reported(Verdict::Confirmed), MilestoneStatus::Confirmed),
        (reported(Verdict::Disputed), MilestoneStatus::Disputed),
        (waived(), MilestoneStatus::Waived),
    ] {
        for now in ["00:00:00", "10:00:00", "23:00:00"] {
            assert_eq!(status_at(&milestone, at(now)), expected);
        }
    }
}

fn report_at(milestone: &Milestone, occurred: &str, recorded: &str) -> Reported {
    report(milestone, report_id(2), agency(2), at(occurred), at(recorded), LIMITS)
}

#[test]
fn a_timely_report_has_no_flag() {
    let first = report_at(&planned(), "10:05:00", "10:06:00");
    assert_eq!(first.flags, []);
    assert_eq!(first.duplicate_of, None);
    let stands = Progress::Reported { report: report_id(2), by: agency(2), verdict: Verdict::None };
    assert_eq!(first.progress, stands);
}

#[test]
fn what_is_odd_about_a_report_is_flagged_and_never_refused() {
    for (milestone, occurred, recorded, expected) in [
        (planned(), "10:00:00", "10:15:00", vec![]),
        (planned(), "10:00:00", "10:15:01", vec![ReportFlag::Late]),
        (planned(), "10:02:00", "10:00:00", vec![]),
        (planned(), "10:02:01", "10:00:00", vec![ReportFlag::Future]),
        (planned(), "10:30:01", "10:31:00", vec![ReportFlag::BeyondTolerance]),
        (planned(), "04:00:00", "04:00:00", vec![]),
        (waived(), "10:00:00", "10:01:00", vec![ReportFlag::Waived]),
        (planned(), "11:00:00", "12:00:00", vec![ReportFlag::Late, ReportFlag::BeyondTolerance]),
    ] {
        let result = report_at(&milestone, occurred, recorded);
        assert_eq!(result.flags, expected, "{occurred} {recorded}");
        assert!(
            matches!(result.progress, Progress::Reported { report, .. } if report == report_id(2))
        );
    }
}

#[test]
fn a_second_report_is_linked_and_changes_nothing() {
    for verdict in [Verdict::None, Verdict::Confirmed, Verdict::Disputed] {
        let second = report_at(&reported(verdict), "10:05:00", "10:06:00");
        assert_eq!(second.flags, [ReportFlag::Duplicate]);
        assert_eq!(second.duplicate_of, Some(report_id(1)));
        assert_eq!(second.progress, reported(verdict).progress);
    }
}

#[test]
fn partners_confirm_or_dispute_a_report_once() {
    assert_eq!(
        confirm(&reported(Verdict::None), agency(2)),
        Ok(reported(Verdict::Confirmed).progress)
    );
    assert_eq!(
        dispute(&reported(Verdict::None), agency(2), &why()),
        Ok(reported(Verdict::Disputed).progress)
    );
    for milestone in
        [reported(Verdict::Confirmed), reported(Verdict::Disputed), planned(), waived()]
    {
        assert_eq!(confirm(&milestone, agency(2)).unwrap_err().code, &codes::STATE);
        assert_eq!(dispute(&milestone, agency(2), &why()).unwrap_err().code, &codes::STATE);
    }
}

#[test]
fn nobody_judges_the_own_agencys_report() {
    let own = confirm(&reported(Verdict::None), agency(1)).unwrap_err();
    assert_eq!(own.code, &codes::STATE);
    assert!(own.detail.contains("own agency"));
    assert!(dispute(&reported(Verdict::None), agency(1), &why()).is_err());
}

#[test]
fn only_what_was_not_reported_is_waived() {
    assert_eq!(waive(&planned(), &why()), Ok(Progress::Waived));
    for milestone in [reported(Verdict::None), reported(Verdict::Disputed), waived()] {
        assert_eq!(waive(&milestone, &why()).unwrap_err().code, &codes::STATE);
    }
}

#[test]
fn a_correction_takes_the_place_of_the_report_and_waits_for_a_verdict_again() {
    let first = ReportFacts { id: report_id(1), superseded_by: None };
    for verdict in [Verdict::None, Verdict::Confirmed, Verdict::Disputed] {
        let progress =
            supersede(&reported(verdict), first, report_id(3), agency(3), &why()).unwrap();
        let stands =
            Progress::Reported { report: report_id(3), by: agency(3), verdict: Verdict::None };
        assert_eq!(progress, stands);
    }
    let duplicate = ReportFacts { id: report_id(2), superseded_by: None };
    let milestone = reported(Verdict::Confirmed);
    let progress = supersede(&milestone, duplicate, report_id(3), agency(2), &why()).unwrap();
    assert_eq!(progress, milestone.progress, "correcting a duplicate leaves the standing report");
}

#[test]
fn a_report_is_superseded_once() {
    let old = ReportFacts { id: report_id(1), superseded_by: Some(report_id(2)) };
    let refusal =
        supersede(&reported(Verdict::None), old, report_id(3), agency(1), &why()).unwrap_err();
    assert_eq!(refusal.code, &codes::INVARIANT_18);
    assert!(refusal.detail.contains(&report_id(2).to_string()));
}
