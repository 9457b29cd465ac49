//! Milestones: planned, awaited, reported, judged, corrected, and nothing ever lost.

use serde_json::{Value, json};

use crate::harness::{Actor, Case, House, World, both};

/// Aida of Kyrgyzstan leads, Yerlan of Kazakhstan takes part.
fn shared(world: &World) -> (Actor, Actor, Case) {
    let (aida, yerlan) = (world.speaker(House::Kg), world.speaker(House::Kz));
    let case = aida.opens_case().create();
    aida.admits(&case, &yerlan, "partner");
    (aida, yerlan, case)
}

fn status(actor: &Actor, milestone: &str) -> String {
    actor.get(milestone).expect(200).text("status")
}

fn history(actor: &Actor, milestone: &str) -> Vec<Value> {
    actor.get(format!("{milestone}/reports")).expect(200).items().to_vec()
}

both! {
    /// What is planned becomes due and overdue by the clock alone, and a report ends that.
    fn the_clock_makes_a_milestone_due_and_overdue(world) {
        let (aida, yerlan, case) = shared(world);
        let border = aida.plans(&case, "arrived_border", "Ak-Jol", 60);
        let listed = |word: &str| {
            yerlan.get(case.at(format!("/milestones?status={word}"))).expect(200).items().len()
        };
        assert_eq!((status(&yerlan, &border).as_str(), listed("pending")), ("pending", 1));
        world.advance_minutes(61);
        assert_eq!((status(&yerlan, &border).as_str(), listed("due")), ("due", 1));
        world.advance_minutes(30);
        assert_eq!((status(&yerlan, &border).as_str(), listed("overdue")), ("overdue", 1));
        assert_eq!(listed("pending") + listed("due"), 0);

        let told = aida.reports(&border, "Ak-Jol");
        assert_eq!(told.text("status"), "reported");
        assert_eq!(told.json["report"]["flags"], json!(["beyond_tolerance"]));
        assert_eq!((listed("overdue"), listed("reported")), (0, 1));
    }

    /// What is entered long after it happened is taken, and says so for ever; so is what is said to be still to come.
    fn invariant_19_flagged_and_unflagged_late_and_early_entries(world) {
        let (aida, _, case) = shared(world);
        let late = aida.tells(&case, "detected", "Osh", &world.minutes_from_now(-61));
        assert_eq!(late.json["report"]["flags"], json!(["late"]));
        let early = aida.tells(&case, "departed", "Osh", &world.minutes_from_now(3));
        assert_eq!(early.json["report"]["flags"], json!(["future"]));
        let prompt = aida.tells(&case, "checkpoint", "Gulcha", &world.minutes_from_now(-59));
        assert_eq!(prompt.json["report"]["flags"], json!([]));
        assert_eq!(prompt.json["planned"], false);
        assert_eq!(world.watches(), 0, "what was only told late calls nobody");
        // Wherever it was told, it is kept in UTC with the zone of whoever told it.
        let there = aida.tells(&case, "checkpoint", "Osh", "2026-03-01T10:20:00+06:00").json["report"].clone();
        assert_eq!(there["occurred_at"], "2026-03-01T04:20:00.000000Z");
        assert_eq!((&there["time_zone"], &there["flags"]), (&json!("Asia/Bishkek"), &json!([])));
    }

    /// Two agencies report the same arrival: the first report stands, the second is kept, linked and flagged.
    fn a_second_report_is_kept_and_flagged(world) {
        let (aida, yerlan, case) = shared(world);
        let border = aida.plans(&case, "arrived_border", "Ak-Jol", 0);
        let first = aida.reports(&border, "Ak-Jol, gate 1").json["report"].clone();
        let second = yerlan.reports(&border, "Ak-Jol, gate 2");
        assert_eq!(second.json["report"], first, "the first one stands");
        assert_eq!(second.json["report_count"], 2);
        let reports = history(&aida, &border);
        assert_eq!(reports[0]["report"], first);
        assert_eq!(reports[1]["report"]["duplicate_of"], first["id"]);
        assert_eq!(reports[1]["report"]["flags"], json!(["duplicate"]));
        assert_eq!(reports[1]["report"]["agency_id"], json!(yerlan.agency));
        assert_eq!((&reports[0]["stands"], &reports[1]["stands"]), (&json!(true), &json!(false)));
    }

    /// Another agency confirms, never one's own, and once is enough.
    fn a_partner_confirms(world) {
        let (aida, yerlan, case) = shared(world);
        let border = aida.plans(&case, "arrived_border", "Ak-Jol", 0);
        let confirm = format!("{border}/confirm");
        yerlan.post(&confirm).refused(409, "state-refused");
        aida.reports(&border, "Ak-Jol");
        aida.post(&confirm).refused(409, "state-refused");
        let note = json!({"note": "Seen on our side as well"});
        assert_eq!(yerlan.post(&confirm).json(note).expect(200).text("status"), "confirmed");
        yerlan.post(&confirm).refused(409, "state-refused");
        let review = &history(&aida, &border)[0]["reviews"][0];
        assert_eq!(review["agency_id"], json!(yerlan.agency));
        assert_eq!(review["note"], "Seen on our side as well");
    }

    /// A confirmation is guarded by the state that it acts on: it takes no version, and looks at none.
    fn a_confirmation_names_no_version(world) {
        let (aida, yerlan, case) = shared(world);
        for tag in ["\"999\"", "*", "W/\"1\""] {
            let border = aida.plans(&case, "arrived_border", "Ak-Jol", 0);
            let planned = aida.get(&border).expect(200).etag();
            let confirm = || yerlan.post(format!("{border}/confirm"));
            // Neither does the present version make up for the state.
            confirm().if_match(planned).refused(409, "state-refused");
            aida.reports(&border, "Ak-Jol");
            assert_eq!(confirm().if_match(tag).expect(200).text("status"), "confirmed", "{tag}");
        }
    }

    /// A partner disputes, the reporter corrects; the first report stays readable word for word.
    fn a_correction_supersedes_and_overwrites_nothing(world) {
        let (aida, yerlan, case) = shared(world);
        let border = aida.plans(&case, "arrived_border", "Ak-Jol", 0);
        let wrong = aida.reports(&border, "Ak-Jol, gate 1").json["report"].clone();
        let why = json!({"reason": "Our post saw it at gate 2"});
        yerlan.post(format!("{border}/dispute")).json(&why).expect(200);
        assert_eq!(status(&aida, &border), "disputed");

        let right = json!({
            "occurred_at": world.minutes_from_now(-2), "place": "Ak-Jol, gate 2",
            "reason": "The camera was another one",
        });
        let supersede = format!("{border}/supersede");
        let mut silent = right.clone();
        silent.as_object_mut().unwrap().remove("reason");
        aida.post(&supersede).json(silent).refused(422, "validation-failed");
        let corrected = aida.post(&supersede).json(&right).expect(200);
        assert_eq!(corrected.text("status"), "reported", "it waits for the partners again");
        assert_eq!(corrected.json["report"]["place"], "Ak-Jol, gate 2");
        assert_eq!(corrected.json["report"]["supersedes"], wrong["id"]);

        let reports = history(&yerlan, &border);
        assert_eq!(reports[0]["report"], wrong, "not a word of it is changed");
        assert_eq!(reports[0]["superseded_by"], corrected.json["report"]["id"]);
        assert_eq!(reports[0]["reviews"][0]["reason"], "Our post saw it at gate 2");
        assert_eq!(reports[1]["report"]["reason"], "The camera was another one");
        yerlan.post(format!("{border}/confirm")).expect(200);
    }

    /// The coordinator mediates: it may dispute, and neither report nor confirm.
    fn a_coordinator_disputes_and_reports_nothing(world) {
        let (aida, _, case) = shared(world);
        let nodira = world.speaker(House::Centre);
        aida.admits(&case, &nodira, "coordinator");
        let border = aida.plans(&case, "arrived_border", "Ak-Jol", 0);
        let report = json!({"occurred_at": world.minutes_from_now(0)});
        nodira.post(format!("{border}/report")).json(report).refused(403, "forbidden");
        aida.reports(&border, "Ak-Jol");
        nodira.post(format!("{border}/confirm")).refused(403, "forbidden");
        let why = json!({"reason": "Two posts say otherwise"});
        nodira.post(format!("{border}/dispute")).json(why).expect(200);
        assert_eq!(status(&aida, &border), "disputed");
    }

    /// A waived milestone that happens after all is a fact: taken, flagged, with the waiver still to be read.
    fn what_was_waived_may_happen_after_all(world) {
        let (aida, yerlan, case) = shared(world);
        let checkpoint = aida.plans(&case, "checkpoint", "Gulcha", 0);
        let waive = format!("{checkpoint}/waive");
        let why = json!({"reason": "The route avoids this checkpoint"});
        yerlan.post(&waive).json(&why).refused(403, "forbidden");
        aida.post(&waive).json(json!({})).refused(422, "validation-failed");
        assert_eq!(aida.post(&waive).json(&why).expect(200).text("status"), "waived");
        aida.post(&waive).json(&why).refused(409, "state-refused");

        let told = yerlan.reports(&checkpoint, "Gulcha");
        assert_eq!(told.text("status"), "reported");
        assert_eq!(told.json["report"]["flags"], json!(["waived"]));
        assert_eq!(told.text("waived_reason"), "The route avoids this checkpoint");
        aida.post(&waive).json(&why).refused(409, "state-refused");
    }

    /// Lead and partner may waive and correct what is their own; the lead also what is the partner's.
    fn each_corrects_its_own(world) {
        let (aida, yerlan, case) = shared(world);
        let own = yerlan.plans(&case, "entered", "Korday", 0);
        aida.post(format!("{own}/waive")).json(json!({"reason": "Another route"})).expect(200);
        let border = aida.plans(&case, "arrived_border", "Ak-Jol", 0);
        yerlan.reports(&border, "Ak-Jol");
        let right = json!({"occurred_at": world.minutes_from_now(0), "reason": "A slip of the pen"});
        yerlan.post(format!("{border}/supersede")).json(&right).expect(200);
        aida.post(format!("{border}/supersede")).json(&right).expect(200);
        yerlan.post(format!("{border}/supersede")).json(&right).refused(403, "forbidden");
        assert_eq!(history(&aida, &border).len(), 3);
    }

    /// A case that was called off takes facts all the same: the truck may move whatever was decided.
    fn facts_are_taken_in_a_case_that_was_called_off(world) {
        let (aida, yerlan, case) = shared(world);
        let border = aida.plans(&case, "arrived_border", "Ak-Jol", 0);
        aida.moves(&case, json!({"to": "called_off", "reason": "The informant was wrong"}));
        assert_eq!(aida.reports(&border, "Ak-Jol").text("status"), "reported");
        yerlan.reports(&border, "Ak-Jol");
        yerlan.tells(&case, "seized", "Korday", &world.minutes_from_now(-5));
        assert_eq!(history(&aida, &border).len(), 2);
        assert_eq!(aida.get(&case.path).expect(200).text("status"), "called_off");
    }
}
