//! The tables of rights, written by hand from the rules of membership. Nothing here is derived from the policy.
//!
//! LO is whoever speaks for the agency (its liaison officer; in a regional centre, the coordinator), RC the same in a
//! centre, CO a case officer, AU an authority, AD an auditor. Admins are in no cell: they see no case.

use std::sync::LazyLock;

use passage::access::{Action, MemberRole, Role, Verdict};

use super::world::{Question, Relation, Thing};

/// Who reads which part of a case, once he or she sees the case at all. Whoever is not in a cell gets the answer of a
/// missing case.
const PARTS: &str = "
part        | lead        | partner     | coordinator | authority   | observer    | invited
header      | LO CO AU AD | LO CO AU AD | RC CO AD    | LO CO AU AD | LO CO AU AD | LO
members     | LO CO AU    | LO CO AU    | RC CO       | LO CO AU    | LO CO AU    |
plan        | LO CO AU    | LO CO AU    | RC CO       |             | LO CO AU    |
identifiers | LO CO AU    | LO CO AU    | RC CO       |             |             |
route       | LO CO AU    | LO CO AU    | RC CO       | LO CO AU    | LO CO AU    |
requests    | LO CO AU    | LO CO AU    | RC CO       | LO CO AU    | LO CO AU    |
evidence    | LO CO AU    | LO CO AU    | RC CO       | LO CO AU    | LO CO AU    |
messages    | LO CO AU    | LO CO AU    | RC CO       | LO CO AU    | LO CO AU    |
journal     | LO CO AU AD | LO CO AU AD | RC CO AD    | LO CO AU AD | LO CO AU AD |
";

/// Who may do what, and about which part of the case that is. `all` is everybody who reads the part. Whoever reads the
/// part and is in no cell is forbidden; whoever does not read it gets the answer of a missing case.
///
/// `if` is what the agency must be to the thing besides: `own` is asked of everybody but the lead. `AU*` is an authority of an
/// agency that was asked to authorise something in the case.
const RIGHTS: &str = "
action            | part        | lead  | partner | coordinator | authority | observer | invited | if
ReadCase          | header      | all   | all     | all         | all       | all      | all     |
StateReason       | header      | all   | all     | all         | all       | all      | all     |
ReadMembers       | members     | all   | all     | all         | all       | all      |         |
ReadAssignments   | members     | all   | all     | all         | all       | all      |         |
ReadPlan          | plan        | all   | all     | all         |           | all      |         |
ReadIdentifiers   | identifiers | all   | all     | all         |           |          |         |
ReadEvidence      | evidence    | all   | all     | all         | all       | all      |         |
ReadCaseJournal   | journal     | all   | all     | all         | all       | all      |         |
EditCase          | header      | LO    |         |             |           |          |         |
InviteMember      | header      | LO    |         |             |           |          |         |
RemoveMember      | header      | LO    |         |             |           |          |         |
AnswerInvitation  | header      | LO    | LO      | RC          | LO        | LO       | LO      |
LeaveCase         | header      | LO    | LO      | RC          | LO        | LO       |         |
AssignOfficers    | members     | LO    | LO      | RC          | LO        | LO       |         |
ChangeCaseState   | header      | LO CO | LO CO AU* | RC        | AU        |          |         |
PlanConsignments  | plan        | LO CO | LO CO   |             |           |          |         |
PlanMilestone     | plan        | LO CO | LO CO   |             |           |          |         |
ReportMilestone   | plan        | LO CO | LO CO   |             |           |          |         |
ConfirmMilestone  | plan        | LO CO | LO CO   |             |           |          |         |
DisputeMilestone  | plan        | LO CO | LO CO   | RC          |           |          |         |
WaiveMilestone    | plan        | LO CO | LO CO   |             |           |          |         | own
SupersedeReport   | plan        | LO CO | LO CO   |             |           |          |         | own
RegisterEvidence  | evidence    | LO CO | LO CO   | RC          |           |          |         |
EditEvidence      | evidence    | LO CO | LO CO   | RC          |           |          |         | originator or custodian
SetAudience       | evidence    | LO CO | LO CO   | RC          |           |          |         | originator or custodian
VerifyEvidence    | evidence    | LO CO | LO CO   | RC          |           |          |         |
OfferTransfer     | evidence    | LO CO | LO CO   | RC          |           |          |         | custodian
AnswerTransfer    | evidence    | LO CO | LO CO   | RC          |           |          |         | receiver
DisposeEvidence   | evidence    | LO CO | LO CO   | RC          |           |          |         | originator or custodian
ReadRoute         | route       | all   | all     | all         | all       | all      |         |
PlanLeg           | plan        | LO CO | LO CO   |             |           |          |         |
EditLeg           | plan        | LO CO | LO CO   |             |           |          |         | own
MoveLeg           | plan        | LO CO | LO CO   |             |           |          |         | own
ReportTravel      | plan        | LO CO | LO CO   |             |           |          |         |
ReadRequests      | requests    | all   | all     | all         | all       | all      |         |
DraftRequest      | requests    | LO CO | LO      |             |           |          |         |
PursueRequest     | requests    | LO CO | LO      |             |           |          |         | requesting
HandleRequest     | requests    |       | LO      |             | LO        |          |         | addressed
DecideRequest     | requests    |       | AU      |             | AU        |          |         | addressed
RecordOralGrant   | requests    |       | LO AU   |             | LO AU     |          |         | addressed
KeepControl       | plan        | LO CO | LO CO   |             |           |          |         |
ReportControl     | plan        | LO CO | LO CO   |             |           |          |         |
ProposeHandover   | plan        | LO CO | LO CO   |             |           |          |         |
OfferHandover     | plan        | LO CO | LO CO   |             |           |          |         | own, the lead too
AnswerHandover    | plan        | LO CO | LO CO   |             |           |          |         | own, the lead too
ReadMessages      | messages    | all   | all     | all         | all       | all      |         |
SendMessage       | messages    | LO CO | LO CO   | RC          | LO        |          |         |
AcknowledgeMessage | messages   | LO CO | LO CO   | RC          | LO        |          |         | receiver
ConsentToPassingOn | messages   | LO CO | LO CO   | RC          | LO        |          |         | sender
ReadStateReports  | plan        | all   | all     | all         |           | all      |         |
FileStateReport   | plan        | LO    | LO      | RC          |           |          |         |
CorrectStateReport | plan       | LO    | LO      | RC          |           |          |         | own, the lead too
";

/// Inside an agency that takes part: who sees a case. `asked` is a case in which the agency is an authority member, or has a
/// request addressed to it.
const SIGHT: &str = "
role | open      | open, assigned | restricted | restricted, assigned
LO   | yes       | yes            |            | yes
RC   | yes       | yes            |            | yes
CO   |           | yes            |            | yes
AU   | asked     | yes            |            | yes
AD   | yes       | yes            |            | yes
";

static PARTS_TABLE: LazyLock<Table> = LazyLock::new(|| Table::parse(PARTS));
static RIGHTS_TABLE: LazyLock<Table> = LazyLock::new(|| Table::parse(RIGHTS));
static SIGHT_TABLE: LazyLock<Table> = LazyLock::new(|| Table::parse(SIGHT));

/// The cells of a table, by row and column.
struct Table(Vec<Vec<&'static str>>);

impl Table {
    fn parse(text: &'static str) -> Self {
        let lines = text.trim().lines();
        Self(lines.map(|line| line.split('|').map(str::trim).collect()).collect())
    }

    fn cell(&self, row: &str, column: &str) -> &'static str {
        let at = self.0[0].iter().position(|name| *name == column);
        let at = at.unwrap_or_else(|| panic!("no column {column}"));
        let row = self.0.iter().find(|cells| cells[0] == row);
        row.expect("the table has the row")[at]
    }
}

/// What a column is called.
fn column(relation: Relation) -> Option<&'static str> {
    match relation {
        Relation::Member(MemberRole::Lead) => Some("lead"),
        Relation::Member(MemberRole::Partner) => Some("partner"),
        Relation::Member(MemberRole::Authority) => Some("authority"),
        Relation::Member(MemberRole::Coordinator) => Some("coordinator"),
        Relation::Member(MemberRole::Observer) => Some("observer"),
        Relation::Invited(_) => Some("invited"),
        Relation::Former(_) | Relation::Stranger => None,
    }
}

/// What a role is called; in a cell, RC and LO are the same person.
fn short(role: Role) -> Option<&'static str> {
    match role {
        Role::LiaisonOfficer => Some("LO"),
        Role::Coordinator => Some("RC"),
        Role::CaseOfficer => Some("CO"),
        Role::Authority => Some("AU"),
        Role::Auditor => Some("AD"),
        Role::AgencyAdmin | Role::SystemAdmin => None,
    }
}

fn has(cell: &str, name: &str) -> bool {
    let speaks = |word: &str| word == "LO" || word == "RC";
    cell.split_whitespace().any(|word| word == name || (speaks(word) && speaks(name)))
}

/// What `question` is to be answered with. Whoever has several roles may what any of them may.
pub fn expected(question: &Question) -> Verdict {
    let verdicts = question.roles.iter().map(|role| expected_of(*role, question));
    let rank = |verdict: &Verdict| match verdict {
        Verdict::Hide => 0,
        Verdict::Forbid => 1,
        Verdict::Allow => 2,
    };
    verdicts.max_by_key(rank).unwrap()
}

fn expected_of(role: Role, question: &Question) -> Verdict {
    let (Some(column), Some(name)) = (column(question.relation), short(role)) else {
        return Verdict::Hide;
    };
    let (parts, rights) = (&*PARTS_TABLE, &*RIGHTS_TABLE);
    let action = format!("{:?}", question.action);
    let part = rights.cell(&action, "part");
    let reads = sees(name, question) && has(parts.cell(part, column), name);
    if !reads || !is_shown(question.thing, column) {
        return Verdict::Hide;
    }
    let cell = rights.cell(&action, column);
    let asked = name == "AU" && question.requested && has(cell, "AU*");
    let in_cell = cell == "all" || has(cell, name) || asked;
    if in_cell && fulfils(rights.cell(&action, "if"), column, question.thing) {
        Verdict::Allow
    } else {
        Verdict::Forbid
    }
}

fn sees(name: &str, question: &Question) -> bool {
    // An invitation is answered before anybody can be assigned.
    if matches!(question.relation, Relation::Invited(_)) {
        return true;
    }
    let column = match (question.restricted, question.assigned) {
        (false, false) => "open",
        (false, true) => "open, assigned",
        (true, false) => "restricted",
        (true, true) => "restricted, assigned",
    };
    match SIGHT_TABLE.cell(name, column) {
        "yes" => true,
        "asked" => {
            question.requested || question.relation == Relation::Member(MemberRole::Authority)
        }
        _ => false,
    }
}

/// An item is shown to its audience, to whoever registered or holds it, and to whom it is being offered; a request to a
/// country's own authority members, and to everybody else who reads requests; a message to both its ends.
fn is_shown(thing: Thing, column: &str) -> bool {
    match thing {
        Thing::Request { own_country, .. } => column != "authority" || own_country,
        Thing::Message { sender, receiver } => sender || receiver,
        Thing::Case | Thing::Owned { .. } => true,
        Thing::Evidence { audience, originator, custodian, receiver } => {
            audience || originator || custodian || receiver
        }
    }
}

fn fulfils(condition: &str, column: &str, thing: Thing) -> bool {
    match (condition, thing) {
        ("", _) => true,
        ("own", Thing::Owned { own }) => own || column == "lead",
        ("own, the lead too", Thing::Owned { own }) => own,
        ("sender", Thing::Message { sender, .. }) => sender,
        ("requesting", Thing::Request { requesting, .. }) => requesting,
        ("addressed", Thing::Request { addressed, .. }) => addressed,
        ("originator", Thing::Evidence { originator, .. }) => originator,
        ("custodian", Thing::Evidence { custodian, .. }) => custodian,
        ("receiver", Thing::Evidence { receiver, .. } | Thing::Message { receiver, .. }) => {
            receiver
        }
        ("originator or custodian", Thing::Evidence { originator, custodian, .. }) => {
            originator || custodian
        }
        other => panic!("the table does not explain {other:?}"),
    }
}

/// The actions that are about a case: those of the table, in its order.
pub fn case_actions() -> Vec<Action> {
    let names = RIGHTS_TABLE.0.iter().skip(1).map(|cells| cells[0]);
    names
        .map(|name| {
            let found = Action::ALL.iter().find(|action| format!("{action:?}") == name);
            *found.unwrap_or_else(|| panic!("{name} is no action"))
        })
        .collect()
}
