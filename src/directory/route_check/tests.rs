use super::*;
use crate::directory::model::{CompetentAuthority, ForeignOfficers, OralProcedure, Permitted};

const HOUR: i64 = 3600;

fn country(code: &str) -> Country {
    code.parse().unwrap()
}

/// So many hours after the present of the tests.
fn at(hours: i64) -> Instant {
    "2026-03-01T00:00:00Z".parse::<Instant>().unwrap().plus_seconds(hours * HOUR)
}

fn profile() -> Profile {
    Profile {
        competent_authorities: Vec::new(),
        signatory: None,
        permitted: vec![Permitted {
            kind: ConsignmentKind::Narcotic,
            modalities: vec![Modality::Live, Modality::Substituted],
        }],
        substitution_allowed: true,
        maximum_duration_hours: None,
        notice_hours: None,
        oral_procedure: None,
        languages: Vec::new(),
        required_documents: Vec::new(),
        foreign_officers: None,
        on_control_lost: None,
        legal_basis: "The law".to_owned(),
        source: "Its text".to_owned(),
        reviewed_on: "2026-01-01".parse().unwrap(),
        review_due_on: None,
    }
}

fn granted() -> CountryAnswer {
    CountryAnswer::Granted {
        permitted: vec![Modality::Live],
        begins: at(0),
        ends: at(1000),
        to_be_confirmed_by: None,
    }
}

/// From Kyrgyzstan after 100 hours, in Kazakhstan from 110 to 120, in Russia at 140: everything is in order.
fn plan() -> RoutePlan {
    let leg = |from, to, departure, arrival| PlannedLeg {
        from: country(from),
        to: country(to),
        planned_departure: at(departure),
        planned_arrival: at(arrival),
    };
    let all = ["KG", "KZ", "RU"].map(country);
    let law = KnownLaw { profile: profile(), confirmed: true };
    RoutePlan {
        legs: vec![leg("KG", "KZ", 100, 110), leg("KZ", "RU", 120, 140)],
        goods: vec![Goods { kind: ConsignmentKind::Narcotic, modality: Modality::Live }],
        answers: all.map(|country| (country, granted())).into(),
        gaps: Vec::new(),
        laws: all.map(|country| (country, law.clone())).into(),
        represented: all.into(),
        now: at(0),
        margin_seconds: 24 * HOUR,
    }
}

/// The findings about Kazakhstan with another profile and another answer.
fn about(change: impl FnOnce(&mut Profile), answer: CountryAnswer) -> Vec<(Severity, FindingCode)> {
    told(change, answer).into_iter().map(|finding| (finding.severity, finding.code)).collect()
}

fn told(change: impl FnOnce(&mut Profile), answer: CountryAnswer) -> Vec<Finding> {
    let mut plan = plan();
    change(&mut plan.laws.get_mut(&country("KZ")).unwrap().profile);
    plan.answers.insert(country("KZ"), answer);
    let found = check(&plan);
    assert!(found.iter().all(|finding| finding.country == country("KZ")), "{found:?}");
    found
}

use CountryAnswer::{Expired, Lapsed, NotAsked, Refused, Requested, Revoked, Withdrawn};
use FindingCode as Code;
use Severity::{Impossible, Missing, Warning};

#[test]
fn a_route_in_order_has_no_findings() {
    assert_eq!(check(&plan()), []);
    assert_eq!(countries(&plan().legs), ["KG", "KZ", "RU"].map(country));
    assert_eq!(check(&RoutePlan { legs: Vec::new(), ..plan() }), []);
}

#[test]
fn a_country_without_a_profile_is_named_and_its_answer_is_still_looked_at() {
    let mut plan = plan();
    plan.laws.remove(&country("KZ"));
    plan.answers.remove(&country("KZ"));
    let codes: Vec<_> = check(&plan).iter().map(|found| (found.severity, found.code)).collect();
    assert_eq!(codes, [(Missing, Code::NoProfile), (Missing, Code::NoRequest)]);
    assert!(check(&plan)[0].words.contains("Kazakhstan"));
}

#[test]
fn what_nobody_confirmed_and_what_is_old_are_warned_of() {
    let mut unconfirmed = plan();
    unconfirmed.laws.get_mut(&country("KZ")).unwrap().confirmed = false;
    assert_eq!(check(&unconfirmed)[0].code, Code::ProfileUnconfirmed);
    assert_eq!(check(&unconfirmed).len(), 1);
    let due = |day: &'static str| about(move |law| law.review_due_on = day.parse().ok(), granted());
    assert_eq!(due("2026-03-01"), []);
    assert_eq!(due("2026-02-28"), [(Warning, Code::ProfileReviewDue)]);
}

#[test]
fn each_answer_has_its_finding() {
    assert_eq!(about(|_| {}, NotAsked), [(Missing, Code::NoRequest)]);
    for needed_by in [at(2), at(-2)] {
        let asked = Requested { since: at(-3), needed_by };
        assert_eq!(about(|_| {}, asked), [(Missing, Code::NotDecided)]);
    }
    assert_eq!(about(|_| {}, Refused), [(Impossible, Code::Refused)]);
    assert_eq!(about(|_| {}, Revoked), [(Impossible, Code::GrantRevoked)]);
    assert_eq!(about(|_| {}, Withdrawn), [(Missing, Code::RequestWithdrawn)]);
    assert_eq!(about(|_| {}, Lapsed { by: at(-1) }), [(Missing, Code::OralGrantLapsed)]);
    assert_eq!(about(|_| {}, Expired { ended: at(-1) }), [(Missing, Code::GrantExpired)]);
    assert!(told(|_| {}, Lapsed { by: at(24) })[0].words.contains("2026-03-02 00:00 UTC"));
    assert_eq!(about(|_| {}, granted()), []);
}

#[test]
fn notice_counts_from_the_asking_to_the_departure_of_the_leg_that_brings_the_goods() {
    let notice = |hours| move |law: &mut Profile| law.notice_hours = Some(hours);
    assert_eq!(about(notice(100), NotAsked), [(Missing, Code::NoRequest)]);
    let short = [(Missing, Code::NoRequest), (Impossible, Code::NoticeTooShort)];
    assert_eq!(about(notice(101), NotAsked), short);
    let asked = Requested { since: at(-1), needed_by: at(2) };
    assert_eq!(about(notice(101), asked.clone()), [(Missing, Code::NotDecided)]);
    let late = [(Missing, Code::NotDecided), (Warning, Code::NoticeTooShort)];
    assert_eq!(about(notice(102), asked), late);
    assert_eq!(about(notice(1000), granted()), []);
}

#[test]
fn where_one_may_ask_by_word_of_mouth_short_notice_is_a_warning() {
    let with = |allowed| {
        move |law: &mut Profile| {
            law.notice_hours = Some(200);
            law.oral_procedure =
                Some(OralProcedure { allowed, confirm_within_hours: Some(24), description: None });
        }
    };
    let found = told(with(true), NotAsked);
    assert_eq!((found[1].severity, found[1].code), (Warning, Code::NoticeTooShort));
    assert!(found[1].words.contains("within 24 hours"), "{}", found[1].words);
    assert_eq!(about(with(false), NotAsked)[1], (Impossible, Code::NoticeTooShort));
}

#[test]
fn what_the_law_does_not_name_is_forbidden() {
    let asked = || Requested { since: at(0), needed_by: at(2) };
    let forbidden = [(Missing, Code::NotDecided), (Impossible, Code::ModalityForbidden)];
    assert_eq!(about(|law| law.permitted.clear(), asked()), forbidden);
    let other = |law: &mut Profile| law.permitted[0].kind = ConsignmentKind::Tobacco;
    assert_eq!(about(other, asked()), forbidden);
    let substituted = |law: &mut Profile| law.permitted[0].modalities = vec![Modality::Substituted];
    assert_eq!(about(substituted, asked()), forbidden);
    assert!(told(substituted, asked())[1].words.contains("substituted only"));
    // The authority's own word stands above the directory.
    assert_eq!(about(substituted, granted()), [(Warning, Code::ModalityForbidden)]);
}

#[test]
fn goods_of_one_kind_are_named_once() {
    let mut plan = plan();
    plan.goods = [Modality::Partial, Modality::Partial]
        .map(|modality| Goods { kind: ConsignmentKind::Narcotic, modality })
        .to_vec();
    let found = check(&plan);
    let about_kz: Vec<_> = found.iter().filter(|found| found.country == country("KZ")).collect();
    let codes: Vec<_> = about_kz.iter().map(|found| found.code).collect();
    assert_eq!(codes, [Code::ModalityForbidden, Code::ModalityNotGranted]);
}

#[test]
fn goods_that_are_replaced_need_a_law_that_allows_it() {
    for (modality, found) in [(Modality::Live, false), (Modality::Substituted, true)] {
        let mut plan = plan();
        plan.goods[0].modality = modality;
        plan.answers.insert(country("KZ"), Requested { since: at(0), needed_by: at(2) });
        plan.laws.get_mut(&country("KZ")).unwrap().profile.substitution_allowed = false;
        let codes = check(&plan);
        let hit = codes.iter().find(|found| found.code == Code::SubstitutionNotAllowed);
        assert_eq!(
            hit.map(|hit| (hit.country, hit.severity)),
            found.then(|| (country("KZ"), Impossible))
        );
    }
}

#[test]
fn a_stay_that_is_certainly_too_long_is_impossible_and_one_that_may_be_is_a_warning() {
    let most = |hours| move |law: &mut Profile| law.maximum_duration_hours = Some(hours);
    let asked = || Requested { since: at(0), needed_by: at(2) };
    let longer = |severity| vec![(Missing, Code::NotDecided), (severity, Code::LongerThanAllowed)];
    // For certain from 110 to 120, at the most from 100 to 140.
    assert_eq!(about(most(9), asked()), longer(Impossible));
    assert_eq!(about(most(10), asked()), longer(Warning));
    assert_eq!(about(most(39), asked()), longer(Warning));
    assert_eq!(about(most(40), asked()), [(Missing, Code::NotDecided)]);
    assert_eq!(about(most(9), granted()), [(Warning, Code::LongerThanAllowed)]);
    assert!(told(most(9), asked())[1].words.contains("10 hours"));
}

#[test]
fn who_has_not_asked_is_told_how() {
    let with = |law: &mut Profile| {
        law.languages = ["kk", "ru"].map(|tag| tag.parse().unwrap()).to_vec();
        law.required_documents = vec!["Decision.".to_owned(), "Route".to_owned()];
    };
    let found = told(with, NotAsked);
    let codes: Vec<_> = found.iter().map(|found| found.code).collect();
    assert_eq!(codes, [Code::NoRequest, Code::LanguagesRequired, Code::DocumentsRequired]);
    assert!(found[1].words.contains("kk, ru"));
    assert!(found[2].words.contains("Decision.; Route."));
    assert_eq!(
        about(with, Requested { since: at(0), needed_by: at(2) }),
        [(Missing, Code::NotDecided)]
    );
}

#[test]
fn invariant_2_a_grant_lasts_until_the_planned_exit_and_the_margin() {
    let ends = |hours| {
        let CountryAnswer::Granted { permitted, begins, to_be_confirmed_by, .. } = granted() else {
            panic!()
        };
        CountryAnswer::Granted { permitted, begins, ends: at(hours), to_be_confirmed_by }
    };
    // The last leg that touches the country arrives after 140 hours; the margin is 24.
    assert_eq!(about(|_| {}, ends(164)), []);
    assert_eq!(about(|_| {}, ends(163)), [(Warning, Code::GrantEndsTooEarly)]);
    assert!(told(|_| {}, ends(163))[0].words.contains("shortly after"));
    assert!(told(|_| {}, ends(139))[0].words.contains("2026-03-06 19:00 UTC, before"));
    assert_eq!(about(|_| {}, ends(100)), [(Warning, Code::GrantEndsTooEarly)]);
    assert_eq!(about(|_| {}, ends(99)), [(Missing, Code::GrantEndsTooEarly)]);
}

#[test]
fn a_grant_counts_when_the_goods_set_out() {
    let begins = |hours| CountryAnswer::Granted {
        permitted: vec![Modality::Live],
        begins: at(hours),
        ends: at(1000),
        to_be_confirmed_by: None,
    };
    assert_eq!(about(|_| {}, begins(100)), []);
    assert_eq!(about(|_| {}, begins(101)), [(Missing, Code::GrantBeginsTooLate)]);
}

#[test]
fn a_grant_is_a_set_of_modalities() {
    let permitted = |permitted| CountryAnswer::Granted {
        permitted,
        begins: at(0),
        ends: at(1000),
        to_be_confirmed_by: None,
    };
    let both = vec![Modality::Substituted, Modality::Live];
    assert_eq!(about(|_| {}, permitted(both)), []);
    let other = permitted(vec![Modality::Substituted]);
    assert_eq!(about(|_| {}, other), [(Missing, Code::ModalityNotGranted)]);
    assert_eq!(about(|_| {}, permitted(Vec::new())), [(Missing, Code::ModalityNotGranted)]);
}

#[test]
fn a_spoken_grant_is_to_be_confirmed() {
    let by = |hours| CountryAnswer::Granted {
        permitted: vec![Modality::Live],
        begins: at(-10),
        ends: at(1000),
        to_be_confirmed_by: Some(at(hours)),
    };
    assert_eq!(about(|_| {}, by(0)), [(Warning, Code::ConfirmOralGrant)]);
    assert!(told(|_| {}, by(24))[0].words.contains("2026-03-02 00:00 UTC"));
}

#[test]
fn what_a_grant_does_not_cover_of_a_leg_is_named_with_the_leg() {
    let gap = |leg, kind| Gap { country: country("KZ"), leg, kind };
    let codes = |gaps: Vec<Gap>, answer| -> Vec<(Severity, FindingCode)> {
        let mut plan = RoutePlan { gaps, ..plan() };
        plan.answers.insert(country("KZ"), answer);
        check(&plan).iter().map(|found| (found.severity, found.code)).collect()
    };
    for (kind, code) in [
        (GapKind::Leaving, Code::PassageNotGranted),
        (GapKind::Entering, Code::PassageNotGranted),
        (GapKind::Passage, Code::PassageNotGranted),
        (GapKind::EntryPoint, Code::EntryPointNotGranted),
        (GapKind::ExitPoint, Code::ExitPointNotGranted),
        (GapKind::LiveCap, Code::LiveQuantityNotGranted),
        (GapKind::LiveNotComparable, Code::LiveQuantityNotGranted),
    ] {
        let twice = vec![gap(1, kind), gap(2, kind)];
        assert_eq!(codes(twice.clone(), granted()), [(Missing, code)]);
        assert!(check(&RoutePlan { gaps: twice, ..plan() })[0].words.contains("legs 1, 2"));
        assert!(
            check(&RoutePlan { gaps: vec![gap(2, kind)], ..plan() })[0].words.contains("leg 2")
        );
    }
    // What is not granted at all has no gaps.
    assert_eq!(codes(vec![gap(1, GapKind::LiveCap)], Refused), [(Impossible, Code::Refused)]);
}

#[test]
fn officers_who_may_not_come_along_are_warned() {
    let with = |allowed, armed| {
        move |law: &mut Profile| {
            law.foreign_officers = Some(ForeignOfficers { allowed, armed, note: None });
        }
    };
    assert_eq!(about(with(true, true), granted()), []);
    assert_eq!(about(with(true, false), granted()), [(Warning, Code::ForeignOfficersUnarmed)]);
    assert_eq!(about(with(false, false), granted()), [(Warning, Code::ForeignOfficersNotAllowed)]);
}

#[test]
fn findings_stand_in_the_order_of_the_route_and_then_of_the_codes() {
    let mut plan = plan();
    plan.answers.clear();
    for law in plan.laws.values_mut() {
        law.confirmed = false;
        law.profile = Profile {
            permitted: Vec::new(),
            substitution_allowed: false,
            maximum_duration_hours: Some(1),
            notice_hours: Some(1000),
            languages: vec!["ru".parse().unwrap()],
            required_documents: vec!["Decision".to_owned()],
            foreign_officers: Some(ForeignOfficers { allowed: false, armed: false, note: None }),
            review_due_on: "2026-02-01".parse().ok(),
            ..profile()
        };
    }
    plan.goods[0].modality = Modality::Partial;
    // Back into the first country: it is named once, and where it was touched first.
    plan.legs.push(PlannedLeg {
        from: country("RU"),
        to: country("KG"),
        planned_departure: at(150),
        planned_arrival: at(160),
    });
    let found = check(&plan);
    assert_eq!(found, check(&plan.clone()));
    let order: Vec<Country> =
        found.chunk_by(|one, next| one.country == next.country).map(|of| of[0].country).collect();
    assert_eq!(order, ["KG", "KZ", "RU"].map(country));
    for of_one in found.chunk_by(|one, next| one.country == next.country) {
        let codes: Vec<Code> = of_one.iter().map(|found| found.code).collect();
        assert!(codes.is_sorted_by(|one, next| one < next), "{codes:?}");
        assert_eq!(codes.len(), 10);
        assert!(of_one.iter().all(|found| found.words.ends_with('.')), "{of_one:?}");
    }
}

#[test]
fn a_grant_softens_the_law_for_what_it_permits_and_for_nothing_else() {
    let substituted = |profile: &mut Profile| {
        profile.permitted = vec![Permitted {
            kind: ConsignmentKind::Narcotic,
            modalities: vec![Modality::Substituted],
        }];
    };
    let forbidden = |permitted: Vec<Modality>| {
        let (begins, ends) = (at(0), at(1000));
        let answer = CountryAnswer::Granted { permitted, begins, ends, to_be_confirmed_by: None };
        let found = about(substituted, answer);
        found.into_iter().find(|(_, code)| *code == FindingCode::ModalityForbidden).unwrap().0
    };
    assert_eq!(forbidden(vec![Modality::Live]), Severity::Warning);
    assert_eq!(forbidden(vec![Modality::Substituted]), Severity::Impossible);
}

#[test]
fn two_visits_are_two_stays_and_what_is_certain_of_them_is_added_up() {
    let leg = |from: &str, to: &str, departure, arrival| PlannedLeg {
        from: country(from),
        to: country(to),
        planned_departure: at(departure),
        planned_arrival: at(arrival),
    };
    let mut plan = RoutePlan {
        legs: vec![
            leg("KG", "KZ", 100, 110),
            leg("KZ", "RU", 120, 130),
            leg("RU", "KZ", 400, 410),
            leg("KZ", "AZ", 420, 430),
        ],
        ..plan()
    };
    plan.laws.get_mut(&country("KZ")).unwrap().profile.maximum_duration_hours = Some(20);
    plan.answers.remove(&country("KZ"));
    let severity = |plan: &RoutePlan| {
        let found = check(plan).into_iter();
        found
            .filter(|found| found.country == country("KZ"))
            .find(|found| found.code == FindingCode::LongerThanAllowed)
            .map(|found| found.severity)
    };
    // Ten hours twice for certain; how long the goods are on either side of a border is not known.
    assert_eq!(severity(&plan), Some(Severity::Warning));
    plan.laws.get_mut(&country("KZ")).unwrap().profile.maximum_duration_hours = Some(19);
    assert_eq!(severity(&plan), Some(Severity::Impossible));
}

#[test]
fn whom_to_call_is_named_and_where_nobody_on_the_server_can_be_asked() {
    let authority = |name: &str, hours: Option<&str>| CompetentAuthority {
        name: name.to_owned(),
        agency_id: None,
        phone: "+77172000000".parse().unwrap(),
        email: None,
        hours: hours.map(str::to_owned),
    };
    let known = |profile: &mut Profile| {
        profile.competent_authorities =
            vec![authority("Prosecutor General", Some("24/7")), authority("Police", None)];
    };
    let asked = Requested { since: at(-3), needed_by: at(2) };
    let answers = [
        NotAsked,
        asked,
        Refused,
        Revoked,
        Withdrawn,
        Lapsed { by: at(1) },
        Expired { ended: at(1) },
    ];
    for answer in answers {
        let named = "; call Prosecutor General, +77172000000 (24/7); or Police, +77172000000.";
        let words = &told(known, answer.clone())[0].words;
        assert!(words.ends_with(named), "{words}");
        assert!(!told(|_| {}, answer)[0].words.contains("call"));
    }
    let mut alone = plan();
    alone.represented.remove(&country("KZ"));
    assert_eq!(check(&alone), [], "it has granted");
    alone.answers.remove(&country("KZ"));
    known(&mut alone.laws.get_mut(&country("KZ")).unwrap().profile);
    let found = check(&alone);
    let codes: Vec<_> = found.iter().map(|found| (found.severity, found.code)).collect();
    assert_eq!(codes, [(Missing, Code::NoRequest), (Missing, Code::NoAuthorityHere)]);
    assert!(found[1].words.contains("+77172000000 (24/7)"), "{}", found[1].words);
}
