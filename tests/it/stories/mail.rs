//! Mail about alerts: to whom it concerns, when the mail server takes it, and without a word of what it is about.

use passage::access::Role;
use passage::cases::case::model::CaseStatus;
use passage::config::{Config, MailSecurity};
use passage::mail::Mailer;
use passage::watch::post;
use serde_json::json;

use crate::harness::{Actor, House, Mail, Postbox, World, block_on, both, coordinated};

/// Alerts are mailed about, by the story and not by the server: nothing listens where it would send them.
pub fn mails(config: &mut Config) {
    config.mail.server = Some(("127.0.0.1".to_owned(), 1));
    config.mail.security = MailSecurity::None;
    config.mail.interval = std::time::Duration::from_secs(3600);
}

/// Sends what is due to `port`, and tells how many letters were taken.
pub fn posts(world: &World, port: u16) -> usize {
    let app = world.app();
    let mut settings = app.config.mail.clone();
    settings.server = Some(("127.0.0.1".to_owned(), port));
    let mailer = Mailer::new(&settings).unwrap().unwrap();
    block_on(post::round(&app.db, &app.clock, &mailer, &app.config.public_url())).unwrap()
}

/// Takes the invitations out of the way.
fn invites(world: &World, postbox: &Postbox) {
    posts(world, postbox.port);
    postbox.empty();
}

fn addressees(mails: &[Mail]) -> Vec<&str> {
    mails.iter().map(|mail| mail.to.as_str()).collect()
}

fn sorted<'a>(actors: &[&'a Actor]) -> Vec<&'a str> {
    let mut emails: Vec<&str> = actors.iter().map(|actor| actor.email.as_str()).collect();
    emails.sort_unstable();
    emails
}

both! {
    /// First the liaison officers, then the contact point, then the coordinators; each once, and none of them is told
    /// more than where to look.
    fn an_alert_is_mailed_about_as_it_is_passed_on(world) tuned mails {
        let Some(postbox) = Postbox::start(module_path!()) else { return };
        let (aida, yerlan, centre, case) = coordinated(world);
        invites(world, &postbox);
        yerlan.plans(&case, "arrived_border", "Korday", -60);
        world.watches();
        assert_eq!(posts(world, postbox.port), 2);
        let mails = postbox.empty();
        assert_eq!(addressees(&mails), sorted(&[&aida, &yerlan]));
        for mail in &mails {
            let alerts = if mail.to == aida.email { aida.get("/alerts") } else { yerlan.get("/alerts") };
            let alert = alerts.expect(200).items()[0].clone();
            let place = format!("/api/v1/alerts/{}", alert["id"].as_str().unwrap());
            assert!(mail.whole.contains(&place), "{}", mail.whole);
            for secret in ["Korday", "Silk", "milestone", "overdue", &case.id] {
                assert!(!mail.whole.contains(secret), "{secret} stands in {}", mail.whole);
            }
        }
        assert_eq!(posts(world, postbox.port), 0, "each once");
        world.advance_minutes(16);
        world.watches();
        posts(world, postbox.port);
        assert_eq!(addressees(&postbox.empty()), ["duty@kg.example", "duty@kz.example"]);
        world.advance_minutes(30);
        world.watches();
        posts(world, postbox.port);
        assert_eq!(addressees(&postbox.empty()), [&centre.email, &centre.email], "for each of the two agencies");
    }

    /// A mail server that is away loses nothing: what it did not take is sent later, and what nobody needs any more is not.
    fn what_was_not_taken_is_sent_later(world) tuned mails {
        let Some(postbox) = Postbox::start(module_path!()) else { return };
        let (aida, yerlan, _, case) = coordinated(world);
        invites(world, &postbox);
        let path = yerlan.plans(&case, "arrived_border", "Korday", -60);
        world.watches();
        assert_eq!(posts(world, 1), 0);
        assert_eq!(world.probe().count("letters WHERE sent_at IS NULL AND next_try_at IS NOT NULL"), 2);
        assert_eq!(posts(world, postbox.port), 0, "not before its time");
        let alert = aida.get("/alerts").expect(200).items()[0]["id"].as_str().unwrap().to_owned();
        aida.post(format!("/alerts/{alert}/acknowledge")).expect(200);
        world.advance_seconds(31);
        assert_eq!(posts(world, postbox.port), 1);
        assert_eq!(addressees(&postbox.empty()), [&yerlan.email]);
        yerlan.reports(&path, "Korday");
        world.advance_minutes(120);
        assert_eq!(posts(world, postbox.port), 0);
        assert_eq!(world.probe().count("letters WHERE next_try_at IS NOT NULL"), 0);
    }

    /// Of a restricted case the assigned are written to, and no colleague; of none at all, who does not answer for the agency.
    fn who_may_not_see_it_is_not_written_to(world) tuned mails {
        let Some(postbox) = Postbox::start(module_path!()) else { return };
        let aida = world.speaker(House::Kg);
        let _colleague = world.another_officer(House::Kg, Role::LiaisonOfficer);
        let _officer = world.officer(House::Kg, Role::CaseOfficer);
        invites(world, &postbox);
        let case = aida.recorded_case(House::Kg, "Silk", CaseStatus::Active);
        let etag = aida.get(&case.path).expect(200).etag();
        aida.patch(&case.path).if_match(etag).json(json!({"restricted": true})).expect(200);
        aida.plans(&case, "arrived_border", "Korday", -60);
        world.watches();
        posts(world, postbox.port);
        assert_eq!(addressees(&postbox.empty()), [&aida.email]);
    }

    /// An authority is written to where its agency was asked to decide, and so can open what the letter points to; nowhere else,
    /// and by nothing that is the agency's own affair.
    fn authorities_are_written_to_where_they_decide(world) tuned mails {
        let (aida, yerlan, _, case) = coordinated(world);
        let hasan = world.speaker(House::Az);
        aida.admits(&case, &hasan, "partner");
        let own = [House::Kg, House::Kz].map(|house| world.officer(house, Role::Authority));
        let (partner, authority) = (world.authority(House::Az), world.authority(House::KzProsecutor));
        let assigned = world.another_officer(House::Kz, Role::Authority);
        yerlan.assigns(&case, &assigned);
        let mut profile = crate::harness::country_profile();
        profile["review_due_on"] = json!("2026-03-02");
        aida.put("/countries/KG").if_match("\"0\"").json(profile).expect(200);
        aida.asks(&case, House::Az);
        aida.asks(&case, House::KzProsecutor);
        yerlan.plans(&case, "arrived_border", "Korday", -60);
        world.advance_minutes(2 * 24 * 60);
        world.watches();
        let written = |kind: &str| {
            let mut letters = world.probe().lines(&format!(
                "SELECT letters.address AS line FROM letters JOIN alerts ON alerts.id = letters.alert_id \
                 WHERE letters.level = 0 AND alerts.kind = '{kind}'"
            ));
            letters.sort_unstable();
            letters.dedup();
            letters
        };
        let liaison = world.speaker(House::KzProsecutor);
        assert_eq!(written("milestone_overdue"), sorted(&[&aida, &yerlan, &assigned]));
        assert_eq!(written("decision_overdue"), sorted(&[&aida, &hasan, &partner, &liaison, &authority]));
        assert_eq!(written("review_due"), sorted(&[&aida]));
        // They could not have opened it.
        for actor in &own {
            assert!(actor.get("/alerts").expect(200).items().is_empty());
        }
    }

    /// Where nothing is mailed nothing is written either.
    fn without_a_mail_server_nothing_waits(world) {
        let (_, yerlan, _, case) = coordinated(world);
        yerlan.plans(&case, "arrived_border", "Korday", -60);
        world.watches();
        assert_eq!(world.probe().count("letters"), 0);
    }
}
