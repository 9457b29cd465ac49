//! Machine accounts of people whom a provider vouches for: they work for as long as it does.

use serde_json::json;

use super::invented::Invented;
use super::{asks_providers, never_too_many, refused, renewal};
use crate::harness::{House, Listener, Machine, Node, Tokens, World, both};
use crate::identity::{me, refresh};

const HOUSE: House = House::Kg;

/// Somebody whom a provider vouches for, and the machine that he or she answers for.
struct Owner {
    home: Invented,
    tokens: Tokens,
    id: String,
    machine: Machine,
}

impl Owner {
    fn new(world: &World) -> Self {
        let home = Invented::new(world, HOUSE, &json!({}));
        let tokens = home.officer(world, "officer-1");
        Self::of(world, home, tokens)
    }

    fn of(world: &World, home: Invented, tokens: Tokens) -> Self {
        let id = me(world, &tokens.access).expect(200).text("id");
        let machine = Machine::of_owner(world, HOUSE, &id);
        Self { home, tokens, id, machine }
    }

    /// The provider is asked, and says no.
    fn is_refused(&self, world: &World) {
        self.home.impostor.answers_refreshes(400, r#"{"error":"invalid_grant"}"#);
        world.advance_minutes(11);
        assert_eq!(asks_providers(world), 1);
        self.home.impostor.is_itself();
    }

    /// Signs in through the provider again.
    fn comes_back(&self, world: &World) -> Tokens {
        Tokens::of(&self.home.signs_in(world).expect(200))
    }
}

/// A machine stands still because the provider refuses its owner, and goes on when that comes back, who is whom `tokens` are of.
pub fn one_stands_still_and_goes_on(world: &World, home: Invented, tokens: Tokens) -> Invented {
    let owner = Owner::of(world, home, tokens);
    owner.is_refused(world);
    owner.comes_back(world);
    owner.home
}

/// What the journal tells of machines and their owners.
fn told(world: &World) -> Vec<String> {
    world.probe().lines(
        "SELECT action AS line FROM journal_entries WHERE action LIKE 'user.machines_%' \
         ORDER BY recorded_at, sequence",
    )
}

both! {
    /// Requirement 29: whom the provider refuses has no machine that works, on no node and in no stream; the account is not
    /// ended by it, and with the next sign-in everything works again.
    fn they_stop_when_the_provider_refuses_and_go_on_when_it_vouches_again(world)
        with [("PASSAGE_FEED__HEARTBEAT_SECONDS", "60")] tuned never_too_many
    {
        let owner = Owner::new(world);
        let other = Machine::new(world, HOUSE, &["case_officer"], &["cases.read"]);
        world.advance_minutes(11);
        let [token, others] = [&owner.machine, &other].map(Machine::token);
        let node = world.another_node();
        let there = node.as_ref().map_or(world.address(), Node::address);
        world.settles();
        let streams = [world.address(), there]
            .map(|node| Listener::open(&world.nobody(), node, "/feed", &token, None));
        owner.home.impostor.answers_refreshes(400, r#"{"error":"invalid_grant"}"#);
        owner.machine.works(HOUSE, &token);
        assert_eq!(asks_providers(world), 1);
        for node in [world.address(), there] {
            world.nobody().get("/cases").token(&token).at(node).refused(401, "unauthenticated");
        }
        for stream in streams {
            stream.ends();
        }
        owner.machine.stands_still(HOUSE, &token);
        other.works(HOUSE, &others);
        assert_eq!(told(world), ["user.machines_suspended"]);
        let admin = world.agency(HOUSE).admin;
        let row = admin.get(format!("/users/{}", owner.id)).expect(200);
        assert_eq!((&row.json["status"], &row.json["roles"]), (&json!("active"), &json!(["case_officer"])));
        // Nobody gets around it by giving the machine of somebody else to such a person.
        let given = admin.edits(&other.path, json!({"owner_user_id": owner.id})).expect(422);
        assert_eq!(given.pointers(), ["/owner_user_id"]);
        owner.home.impostor.is_itself();
        owner.comes_back(world);
        owner.machine.works(HOUSE, &owner.machine.token());
        assert_eq!(told(world), ["user.machines_suspended", "user.machines_resumed"]);
    }

    /// An admin gives them to somebody else, and they work again.
    fn somebody_else_may_answer_for_them(world) tuned never_too_many {
        let owner = Owner::new(world);
        owner.is_refused(world);
        owner.machine.is_given_to(HOUSE, &world.speaker(HOUSE).id);
        owner.machine.works(HOUSE, &owner.machine.token());
    }

    /// Requirement 29: whoever has no role at home any more has no machine that works either.
    fn they_stop_with_the_last_role(world) tuned never_too_many {
        let owner = Owner::new(world);
        let token = owner.machine.token();
        owner.home.impostor.is("officer-1", json!([]));
        refused(world, owner.home.signs_in(world), "roles_none");
        owner.machine.stands_still(HOUSE, &token);
        // Roles that are added wait, and the machines with them.
        owner.home.impostor.is("officer-1", json!(["officers"]));
        refused(world, owner.home.signs_in(world), "account_waits");
        owner.machine.stands_still(HOUSE, &token);
        owner.home.door.lets_in_who_waits(world);
        owner.comes_back(world);
        owner.machine.works(HOUSE, &token);
    }

    /// Requirement 29: a provider that was turned off or removed vouches for nobody.
    fn they_stop_with_the_provider(world) tuned never_too_many {
        let owner = Owner::new(world);
        let other = Machine::new(world, HOUSE, &["case_officer"], &["cases.read"]);
        let [token, others] = [&owner.machine, &other].map(Machine::token);
        let (admin, path) = (world.agency(HOUSE).admin, owner.home.door.path(world));
        admin.edits(&path, json!({"enabled": false})).expect(200);
        owner.machine.stands_still(HOUSE, &token);
        other.works(HOUSE, &others);
        // That it is turned on again says nothing of who is still there.
        admin.edits(&path, json!({"enabled": true})).expect(200);
        owner.machine.stands_still(HOUSE, &token);
        owner.comes_back(world);
        owner.machine.works(HOUSE, &token);
        admin.delete(&path).expect(204);
        owner.machine.stands_still(HOUSE, &token);
        other.works(HOUSE, &others);
        let suspended = "user.machines_suspended";
        assert_eq!(told(world), [suspended, "user.machines_resumed", suspended]);
    }

    /// Requirement 20: signing out, here or there, and a provider that is away or talks nonsense, are no word about the user.
    fn they_do_not_stop_by_signing_out_nor_by_an_outage(world) tuned never_too_many {
        let owner = Owner::new(world);
        let works = || owner.machine.works(HOUSE, &owner.machine.token());
        owner.home.impostor.is_down(true);
        world.advance_minutes(70);
        assert_eq!(asks_providers(world), 0);
        refresh(world, &owner.tokens.refresh).refused(503, "provider-unavailable");
        works();
        owner.home.impostor.is_down(false);
        let token = owner.home.logout_token(world, "1", |_, _| {});
        owner.home.door.logs_out(world, &token).expect(200);
        refresh(world, &owner.tokens.refresh).refused(401, "invalid-refresh-token");
        works();
        let again = owner.comes_back(world);
        world.nobody().post("/auth/oidc/logout").token(&again.access).expect(200);
        works();
        // A token about somebody else ends the session; of the user it says nothing.
        let again = owner.comes_back(world);
        world.advance_minutes(11);
        owner.home.impostor.answers_refreshes(200, &renewal(world, &owner.home, "officer-2"));
        assert_eq!(asks_providers(world), 1);
        me(world, &again.access).refused(401, "unauthenticated");
        works();
        assert_eq!(told(world), Vec::<String>::new());
    }
}
