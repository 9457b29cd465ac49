//! Passwords that are changed, and lost ones that are replaced with what was mailed.

use serde_json::json;

use super::{account, login, me};
use crate::harness::{Authenticator, House, Mail, PASSWORD, Postbox, Request, World, both};
use crate::stories::mail::{mails, posts};

const ANOTHER: &str = "seven otters cross the river";

/// What the letter opens: what stands behind the `#` of its link to `page`.
pub fn opened_by(mail: &Mail, page: &str) -> String {
    // Long lines are sent as quoted-printable.
    let text = mail.whole.replace("=\r\n", "").replace("=\n", "").replace("=3D", "=");
    let (_, token) = text.split_once(&format!("{page}#token=")).expect("a link");
    let token: String = token.chars().take_while(|letter| !letter.is_whitespace()).collect();
    assert_eq!(text.matches(&token).count(), 1, "{text}");
    token
}

fn asks_for_reset(world: &World, email: &str) -> Request {
    world.nobody().post("/auth/password-resets").json(json!({"email": email}))
}

fn resets(world: &World, token: &str, password: &str) -> Request {
    let body = json!({"token": token, "password": password});
    world.nobody().post("/auth/password-resets/accept").json(body)
}

both! {
    /// Whoever knows the present password sets another one; all other sessions end.
    fn a_password_is_changed(world) tuned mails {
        let root = world.system_admin();
        let other = root.signs_in().access;
        let change = |present: &str, new: &str| {
            let body = json!({"current_password": present, "new_password": new});
            root.post("/auth/password").json(body)
        };
        let wrong = change(&"x".repeat(257), "short").refused(422, "validation-failed");
        assert_eq!(wrong.pointers(), ["/current_password", "/new_password"]);
        change(PASSWORD, PASSWORD).refused(422, "validation-failed");
        change("wrong", ANOTHER).refused(401, "sign-in-failed");
        me(world, &other).expect(200);
        assert_eq!(change(PASSWORD, ANOTHER).expect(200).json["sessions_ended"], 1);
        me(world, &other).refused(401, "unauthenticated");
        root.get("/auth/me").expect(200);
        login(world, &root.email, PASSWORD).refused(401, "sign-in-failed");
        login(world, &root.email, ANOTHER).expect(200);
        let told = "letters WHERE notice = 'password_changed' AND sealed IS NULL";
        assert_eq!(world.probe().count(told), 1);
    }

    /// In a session that lacks the second factor which the account has, nobody changes the password.
    fn the_second_factor_guards_the_password(world) {
        let root = world.system_admin();
        let other = root.signs_in().access;
        Authenticator::of(&root);
        let body = json!({"current_password": PASSWORD, "new_password": ANOTHER});
        let change = world.nobody().post("/auth/password").token(&other).json(&body);
        change.refused(403, "reauthentication-required");
        root.post("/auth/password").json(&body).expect(200);
    }

    /// Five wrong ones, and the present password has to wait like everybody else.
    fn guesses_at_the_present_password_wait(world) {
        let root = world.system_admin();
        for present in ["1", "2", "3", "4", "5"] {
            let body = json!({"current_password": present, "new_password": ANOTHER});
            root.post("/auth/password").json(body).refused(401, "sign-in-failed");
        }
        let body = json!({"current_password": PASSWORD, "new_password": ANOTHER});
        root.post("/auth/password").json(body).refused(429, "too-many-requests");
    }

    /// What a lost password is replaced with goes by mail, behind a #, and is good once; sessions end, the second factor
    /// stays.
    fn a_lost_password_is_replaced(world) tuned mails {
        let Some(postbox) = Postbox::start(module_path!()) else { return };
        let root = world.system_admin();
        let before = root.signs_in().access;
        let device = Authenticator::of(&root);
        asks_for_reset(world, &root.email.to_uppercase()).expect(202);
        assert_eq!(posts(world, postbox.port), 1);
        let mail = postbox.empty().pop().unwrap();
        assert_eq!(mail.to, root.email);
        let token = opened_by(&mail, "/reset-password");
        let weak = resets(world, &token, "short").refused(422, "validation-failed");
        assert_eq!(weak.pointers(), ["/password"]);
        resets(world, &token, ANOTHER).expect(204);
        resets(world, &token, PASSWORD).refused(401, "invalid-password-reset");
        resets(world, "psp_x", PASSWORD).refused(401, "invalid-password-reset");
        me(world, &before).refused(401, "unauthenticated");
        login(world, &root.email, PASSWORD).refused(401, "sign-in-failed");
        login(world, &root.email, ANOTHER).refused(401, "second-factor-required");
        let body = json!({"email": root.email, "password": ANOTHER, "otp": device.codes[0]});
        world.nobody().post("/auth/login").json(body).expect(200);
        assert_eq!(posts(world, postbox.port), 1);
        assert!(postbox.empty()[0].whole.contains("password was changed"));
        let everything = world.probe().everything();
        assert!(!everything.contains(&token), "the token stands in the database");
        assert_eq!(world.probe().count("letters WHERE sealed IS NOT NULL"), 0);
    }

    /// Nobody learns who has an account here, and nobody is buried under letters.
    fn asking_tells_nothing(world) tuned mails {
        let root = world.system_admin();
        let invited = account("new@operator.example", &["system_admin"]);
        root.post("/users").json(invited).expect(201);
        let letters = "letters WHERE notice = 'password_reset'";
        let mut answers = Vec::new();
        for email in [root.email.as_str(), "nobody@operator.example", "no address", "new@operator.example"] {
            for _ in 0..4 {
                let reply = asks_for_reset(world, email).expect(202);
                answers.push((reply.body, reply.headers.len()));
            }
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:?}");
        assert_eq!(world.probe().count(letters), 3);
        // The newest of them is good, and makes the others worthless.
        let token = world.mailed_token(&root.email);
        resets(world, &token, ANOTHER).expect(204);
        assert_eq!(world.probe().count("password_resets WHERE used_at IS NULL"), 0);
    }

    /// It is good for an hour; a letter that waits for longer is not sent any more.
    fn it_runs_out(world) tuned mails {
        let root = world.system_admin();
        asks_for_reset(world, &root.email).expect(202);
        let token = world.mailed_token(&root.email);
        asks_for_reset(world, &root.email).expect(202);
        world.advance_minutes(60);
        resets(world, &token, ANOTHER).refused(401, "invalid-password-reset");
        assert_eq!(posts(world, 1), 0);
        assert_eq!(world.probe().count("letters WHERE sealed IS NOT NULL OR next_try_at IS NOT NULL"), 0);
        login(world, &root.email, PASSWORD).expect(200);
    }

    /// Whoever is kept out by another's guesses comes in with what was mailed, from where he or she redeems it.
    fn it_gets_past_those_who_guess(world) tuned mails {
        let root = world.system_admin();
        for _ in 0..5 {
            login(world, &root.email, "wrong").coming_from(9).refused(401, "sign-in-failed");
        }
        login(world, &root.email, PASSWORD).coming_from(9).refused(429, "too-many-requests");
        asks_for_reset(world, &root.email).expect(202);
        resets(world, &world.mailed_token(&root.email), ANOTHER).coming_from(9).expect(204);
        login(world, &root.email, ANOTHER).coming_from(9).expect(200);
    }

    /// An account that was ended, or whose agency's mail nobody set up, is not reset.
    fn who_may_not_come_in_is_not_let_in(world) tuned mails {
        let admin = world.agency(House::Kg).admin;
        let officer = world.speaker(House::Kg);
        asks_for_reset(world, &officer.email).expect(202);
        let token = world.mailed_token(&officer.email);
        admin.post(format!("/users/{}/deactivate", officer.id)).expect(200);
        resets(world, &token, ANOTHER).refused(401, "invalid-password-reset");
        asks_for_reset(world, &officer.email).expect(202);
        assert_eq!(world.probe().count("letters WHERE notice = 'password_reset'"), 1);
    }

    /// Without a mail server there is nothing to ask for.
    fn without_mail_it_is_said(world) {
        for email in [world.system_admin().email.as_str(), "nobody@operator.example"] {
            asks_for_reset(world, email).refused(409, "state-refused");
        }
    }

    /// An invitation is mailed too.
    fn an_invitation_is_mailed(world) tuned mails {
        let Some(postbox) = Postbox::start(module_path!()) else { return };
        let mut body = account("new@operator.example", &["system_admin"]);
        body["locale"] = json!("en");
        world.system_admin().post("/users").json(body).expect(201);
        assert_eq!(posts(world, postbox.port), 1);
        let mail = postbox.empty().pop().unwrap();
        let token = opened_by(&mail, "/accept-invitation");
        let body = json!({"token": token, "password": PASSWORD});
        world.nobody().post("/auth/invitations/accept").json(body).expect(204);
        login(world, "new@operator.example", PASSWORD).expect(200);
    }

    /// What is guessed soon is no password, nor what is made of the own name, the address or the agency's names: wherever one is
    /// set.
    fn the_agencys_own_words_are_no_password(world) tuned mails {
        let admin = world.agency(House::Kg).admin;
        let etag = world.system_admin().get(format!("/agencies/{}", admin.agency)).expect(200).etag();
        let names = json!({"name": "Bureau of Glass Mountains", "short_name": "Glasbergamt"});
        let path = format!("/agencies/{}", admin.agency);
        world.system_admin().patch(path).if_match(etag).json(names).expect(200);
        let speaker = world.speaker(House::Kg);
        let made = json!({"email": "zulfiya.ergashova@kg.example", "full_name": "Zulfiya Ergashova", "roles": ["case_officer"]});
        let made = admin.post("/users").json(made).expect(201);
        let token = world.mailed_token("zulfiya.ergashova@kg.example");
        let accepts = |password: &str| {
            let body = json!({"token": token, "password": password});
            world.nobody().post("/auth/invitations/accept").json(body)
        };
        for password in ["Glasbergamt-1", "zulfiya-ergashova", "password12345", "qwertyuiop12"] {
            assert_eq!(accepts(password).refused(422, "validation-failed").pointers(), ["/password"]);
        }
        accepts(PASSWORD).expect(204);
        speaker.post(format!("/users/{}/confirm", made.id())).expect(200);
        let access = login(world, "zulfiya.ergashova@kg.example", PASSWORD).expect(200).text("access_token");
        let body = json!({"current_password": PASSWORD, "new_password": "Glasbergamt-1"});
        let refused = world.nobody().post("/auth/password").token(&access).json(body);
        assert_eq!(refused.refused(422, "validation-failed").pointers(), ["/new_password"]);
        asks_for_reset(world, "zulfiya.ergashova@kg.example").expect(202);
        let token = world.mailed_token("zulfiya.ergashova@kg.example");
        let weak = resets(world, &token, "Ergashova-Zulfiya").refused(422, "validation-failed");
        assert_eq!(weak.pointers(), ["/password"]);
        resets(world, &token, ANOTHER).expect(204);
    }
}
