//! What can happen: the closed list of deeds, and the event that tells of one.
//!
//! An event carries ids, words from closed lists, numbers and times in its `details`; free text and personal data go
//! to its `texts`, of which the entry keeps salted digests only, so that they can be erased beside an entry that stays.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::ids::{AgencyId, CaseId, Id};
use crate::text_enum;

text_enum! {
    /// Everything that the journal can tell.
    pub enum Deed {
        /// The first account of the operator was made on the server's own machine.
        SystemAdminCreated = "system_admin.created",
        /// An agency was made.
        AgencyCreated = "agency.created",
        /// An agency was changed.
        AgencyEdited = "agency.edited",
        /// An agency was marked as holding authority; the mark waits for confirmation or took effect.
        AuthorityMarked = "agency.authority_marked",
        /// The mark was confirmed.
        AuthorityConfirmed = "agency.authority_confirmed",
        /// The mark was taken away.
        AuthorityUnmarked = "agency.authority_unmarked",
        /// An account was made.
        UserCreated = "user.created",
        /// An account was made to give an agency an admin again; it waits.
        AdminRecoveryBegun = "user.admin_recovery_begun",
        /// Nobody objected to such an account, and it took effect.
        AdminRecoverySettled = "user.admin_recovery_settled",
        /// A system admin got another password on the server's own machine, and lost the second factors.
        SystemAdminReset = "system_admin.reset",
        /// An account was changed.
        UserEdited = "user.edited",
        /// A new account or new roles took effect.
        UserConfirmed = "user.confirmed",
        /// An account was ended.
        UserDeactivated = "user.deactivated",
        /// An invitation was redeemed.
        InvitationAccepted = "user.invitation_accepted",
        /// Somebody was invited once more, and the former invitation is worth nothing.
        InvitationRenewed = "user.invitation_renewed",
        /// Somebody wants another address; it is to be confirmed from there.
        AddressChangeAsked = "user.address_change_asked",
        /// The address was confirmed, and took the place of the former one.
        AddressChanged = "user.address_changed",
        /// Somebody signed in.
        SignedIn = "session.signed_in",
        /// A sign-in failed for a known account.
        SignInFailed = "session.sign_in_failed",
        /// A session went on with a new refresh token.
        SessionRefreshed = "session.refreshed",
        /// A session was ended.
        SessionEnded = "session.ended",
        /// All sessions of an account were ended, or all but the one in which that was asked for.
        SessionsEnded = "session.all_ended",
        /// A refresh token was used after its successor: the whole family was revoked.
        RefreshTokenReused = "session.refresh_token_reused",
        /// Somebody proved once more who he or she is.
        Reauthenticated = "session.reauthenticated",
        /// A password was changed by its user.
        PasswordChanged = "password.changed",
        /// Somebody asked for a new password in the place of a lost one.
        ResetRequested = "password.reset_requested",
        /// A lost password was replaced, with what was mailed.
        PasswordReset = "password.reset",
        /// Somebody began to set up one-time passwords.
        TotpBegun = "factors.totp_begun",
        /// The device proved itself: signing in asks for it from now on.
        TotpConfirmed = "factors.totp_confirmed",
        /// A passkey was made.
        PasskeyCreated = "factors.passkey_created",
        /// A passkey got another name.
        PasskeyRenamed = "factors.passkey_renamed",
        /// A passkey was removed.
        PasskeyRemoved = "factors.passkey_removed",
        /// A passkey's counter went back: there is another device with the same key, and it counts no more.
        PasskeySuspected = "factors.passkey_suspected",
        /// New recovery codes took the place of the former ones.
        RecoveryCodesMade = "factors.recovery_codes_made",
        /// The second factors of an account were taken away.
        FactorsRemoved = "factors.removed",
        /// A provider's word about somebody, or about the end of a session, did not count.
        FederationFailed = "identity_provider.word_refused",
        /// A provider told that somebody has signed out there.
        ProviderLogout = "identity_provider.signed_out",
        /// Somebody whom a provider vouches for got an account.
        UserProvisioned = "user.provisioned",
        /// Somebody who signs in here is known to a provider from now on.
        ProviderLinked = "user.provider_linked",
        /// A provider vouches for that account no more.
        ProviderUnlinked = "user.provider_unlinked",
        /// An account follows what its provider claims now.
        UserFollowed = "user.followed_provider",
        /// An account that its provider had ended goes on; it waits for a confirmation again.
        UserReactivated = "user.reactivated",
        /// Its provider does not know an account any more.
        UserDeprovisioned = "user.deprovisioned",
        /// A provider vouches for somebody no more, and the machine accounts that he or she answers for stand still.
        MachinesSuspended = "user.machines_suspended",
        /// A provider vouches for somebody again, and those machine accounts work again.
        MachinesResumed = "user.machines_resumed",
        /// An identity provider was given a token to bring accounts in with.
        ProvisioningTokenCreated = "provisioning_token.created",
        /// Such a token took effect.
        ProvisioningTokenConfirmed = "provisioning_token.confirmed",
        /// Such a token was taken back.
        ProvisioningTokenRevoked = "provisioning_token.revoked",
        /// An agency's identity provider was connected.
        ProviderCreated = "identity_provider.created",
        /// What is known of a provider was changed.
        ProviderEdited = "identity_provider.edited",
        /// What a provider's words give was confirmed.
        ProviderConfirmed = "identity_provider.confirmed",
        /// A provider was removed.
        ProviderRemoved = "identity_provider.removed",
        /// A machine account was made.
        MachineCreated = "machine.created",
        /// It was said what is to become of a machine account; what is taken away counts at once.
        MachineEdited = "machine.edited",
        /// A machine account, its keys, or what was to change about it took effect.
        MachineConfirmed = "machine.confirmed",
        /// A machine account was ended.
        MachineDeactivated = "machine.deactivated",
        /// A machine account was given one more key.
        MachineKeyAdded = "machine.key_added",
        /// A key was taken away from a machine account.
        MachineKeyRemoved = "machine.key_removed",
        /// A machine account got an access token.
        MachineTokenIssued = "machine.token_issued",
        /// Somebody who said that he was a machine account got none.
        MachineTokenRefused = "machine.token_refused",
        /// A case was opened.
        CaseCreated = "case.created",
        /// A case worked before this server was recorded afterwards.
        CaseImported = "case.imported",
        /// A case's header was changed.
        CaseEdited = "case.edited",
        /// A case moved to another state.
        CaseMoved = "case.moved",
        /// The lead asked to close; the coordinator's confirmation follows.
        CaseCloseRequested = "case.close_requested",
        /// An agency was invited.
        MemberInvited = "member.invited",
        /// An agency accepted.
        MemberAccepted = "member.accepted",
        /// An agency declined.
        MemberDeclined = "member.declined",
        /// An agency left.
        MemberLeft = "member.left",
        /// An agency was removed.
        MemberRemoved = "member.removed",
        /// An officer was assigned by the own agency.
        OfficerAssigned = "assignment.added",
        /// An officer's assignment was ended.
        OfficerUnassigned = "assignment.ended",
        /// A consignment was added.
        ConsignmentAdded = "consignment.added",
        /// A consignment was changed.
        ConsignmentEdited = "consignment.edited",
        /// An identifier was added to a consignment.
        IdentifierAdded = "identifier.added",
        /// A milestone was planned.
        MilestonePlanned = "milestone.planned",
        /// A milestone was reported.
        MilestoneReported = "milestone.reported",
        /// A report was confirmed.
        MilestoneConfirmed = "milestone.confirmed",
        /// A report was disputed.
        MilestoneDisputed = "milestone.disputed",
        /// A milestone was waived.
        MilestoneWaived = "milestone.waived",
        /// A report was superseded by a correction.
        ReportSuperseded = "milestone.report_superseded",
        /// An evidence reference was registered.
        EvidenceRegistered = "evidence.registered",
        /// An evidence reference was described better.
        EvidenceEdited = "evidence.edited",
        /// Who is shown an evidence reference was changed.
        AudienceChanged = "evidence.audience_changed",
        /// A digest was held against the recorded one.
        EvidenceVerified = "evidence.verified",
        /// A permanent flag was set.
        EvidenceFlagged = "evidence.flagged",
        /// An item was offered to another agency.
        TransferOffered = "transfer.offered",
        /// An offered item was accepted.
        TransferAccepted = "transfer.accepted",
        /// An offered item was refused.
        TransferRefused = "transfer.refused",
        /// An offer was taken back.
        TransferCancelled = "transfer.cancelled",
        /// It was settled what becomes of an item.
        EvidenceDisposed = "evidence.disposed",
        /// A message was sent.
        MessageSent = "message.sent",
        /// A message was acknowledged.
        MessageAcknowledged = "message.acknowledged",
        /// Its sender consented that a message is passed on.
        MessageConsented = "message.consented",
        /// A State's report on action taken was filed.
        StateReportFiled = "state_report.filed",
        /// It was corrected.
        StateReportCorrected = "state_report.corrected",
        /// Somebody asked whether anybody else is after the same thing.
        DeconflictionChecked = "deconfliction.checked",
        /// The server found that another agency is after the same thing.
        DeconflictionHit = "deconfliction.hit",
        /// A watch entry was made.
        WatchBegun = "watch.begun",
        /// A watch entry was ended.
        WatchEnded = "watch.ended",
        /// A request for authorisation was drafted.
        RequestDrafted = "authorisation.drafted",
        /// A draft was changed.
        RequestEdited = "authorisation.edited",
        /// A request was told when to intervene, after it was submitted.
        RequestSupplemented = "authorisation.supplemented",
        /// It was submitted to the country's authority.
        RequestSubmitted = "authorisation.submitted",
        /// It was withdrawn.
        RequestWithdrawn = "authorisation.withdrawn",
        /// The requested agency acknowledged it.
        RequestAcknowledged = "authorisation.acknowledged",
        /// The requested agency asked for information.
        InformationRequested = "authorisation.info_requested",
        /// The requesting agency answered.
        InformationGiven = "authorisation.answered",
        /// An authority granted it, and the paper is to follow.
        GrantedOrally = "authorisation.granted_orally",
        /// An authority granted it.
        RequestGranted = "authorisation.granted",
        /// What was granted orally was confirmed.
        GrantConfirmed = "authorisation.confirmed",
        /// The grant has a new version.
        GrantExtended = "authorisation.extended",
        /// An authority refused it.
        RequestRefused = "authorisation.refused",
        /// An authority revoked the grant.
        GrantRevoked = "authorisation.revoked",
        /// An agency took control of a consignment that nobody was in control of.
        ControlTaken = "control.taken",
        /// Control ended for good.
        ControlEnded = "control.ended",
        /// Control was reported lost.
        ControlLost = "control.lost",
        /// It was reported that control was regained.
        ControlRegained = "control.regained",
        /// Control passed from one agency to another.
        ControlPassed = "control.passed",
        /// It was reported how much of the goods was there, was taken out, or is lost.
        QuantityReported = "consignment.quantity_reported",
        /// A handover was proposed.
        HandoverProposed = "handover.proposed",
        /// The other side agreed to it.
        HandoverAgreed = "handover.agreed",
        /// The consignment was offered.
        HandoverOffered = "handover.offered",
        /// It was accepted.
        HandoverAccepted = "handover.accepted",
        /// It was refused.
        HandoverRefused = "handover.refused",
        /// A handover came to nothing.
        HandoverCancelled = "handover.cancelled",
        /// The server raised an alert.
        AlertRaised = "alert.raised",
        /// Nobody had acknowledged an alert, and it was passed on.
        AlertEscalated = "alert.escalated",
        /// Somebody acknowledged an alert.
        AlertAcknowledged = "alert.acknowledged",
        /// What an alert was about is gone.
        AlertResolved = "alert.resolved",
        /// The cause of an alert stands after all.
        AlertReopened = "alert.reopened",
        /// A leg was planned.
        LegPlanned = "leg.planned",
        /// The plan of a leg was changed.
        LegReplanned = "leg.replanned",
        /// A leg was taken off the plan.
        LegRemoved = "leg.removed",
        /// A leg was started.
        LegStarted = "leg.started",
        /// A leg was completed.
        LegCompleted = "leg.completed",
        /// The goods took another way.
        LegDiverted = "leg.diverted",
        /// A leg that was held goes on.
        LegResumed = "leg.resumed",
        /// Something that happened to the case or its goods changed how a leg stands.
        LegHeld = "leg.held",
        /// A border was crossed.
        CrossingReported = "leg.crossing_reported",
        /// The profile of a country was kept.
        CountryProfileKept = "country.profile_kept",
    }
}

text_enum! {
    /// What kind of thing an entry is about; together with its id it settles who may read the entry.
    pub enum SubjectKind {
        /// An agency.
        Agency = "agency",
        /// A user.
        User = "user",
        /// A session.
        Session = "session",
        /// An agency's identity provider.
        IdentityProvider = "identity_provider",
        /// What an identity provider brings accounts in with.
        ProvisioningToken = "provisioning_token",
        /// A machine account, its keys and tokens.
        Machine = "machine",
        /// A case's header.
        Case = "case",
        /// A membership; the id is the agency's.
        Member = "member",
        /// An assignment; the id is the user's, and only the own agency reads of it.
        Assignment = "assignment",
        /// A consignment.
        Consignment = "consignment",
        /// An identifier.
        Identifier = "identifier",
        /// A milestone.
        Milestone = "milestone",
        /// An evidence reference, its transfers and flags; the id is the evidence's.
        Evidence = "evidence",
        /// A message, its acknowledgements and consents.
        Message = "message",
        /// A State's report on action taken.
        StateReport = "state_report",
        /// A hit of deconfliction.
        Hit = "hit",
        /// A watch entry.
        Watch = "watch",
        /// A leg of the route, and the borders crossed on it.
        Leg = "leg",
        /// A request for authorisation and its grants.
        Authorisation = "authorisation",
        /// A country's profile; the id is that of the version.
        Country = "country",
        /// An alert; only the agency that it is for reads of it.
        Alert = "alert",
        /// Control of a consignment; the id is the consignment's.
        Control = "control",
        /// A handover.
        Handover = "handover",
    }
}

/// The chain that an entry belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainOf {
    /// The chain of a case.
    Case(CaseId),
    /// The chain of an agency, for what belongs to no case.
    Agency(AgencyId),
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The chain that will tell it.
    pub chain: ChainOf,
    /// What happened.
    pub deed: Deed,
    /// What kind of thing it happened to.
    pub subject: SubjectKind,
    /// The thing's id.
    pub subject_id: uuid::Uuid,
    /// Ids, words, numbers and times.
    pub details: Map<String, Value>,
    /// Free text and personal data by name.
    pub texts: Vec<(&'static str, String)>,
    /// Whether the server itself did it: the entry then names nobody, least of all an officer of another agency.
    pub by_server: bool,
}

impl Event {
    /// Something that happened in a case.
    #[must_use]
    pub fn in_case<K>(case: CaseId, deed: Deed, subject: SubjectKind, id: Id<K>) -> Self {
        Self::new(ChainOf::Case(case), deed, subject, id)
    }

    /// Something that happened in an agency and in no case.
    #[must_use]
    pub fn in_agency<K>(agency: AgencyId, deed: Deed, subject: SubjectKind, id: Id<K>) -> Self {
        Self::new(ChainOf::Agency(agency), deed, subject, id)
    }

    fn new<K>(chain: ChainOf, deed: Deed, subject: SubjectKind, id: Id<K>) -> Self {
        let (details, texts) = (Map::new(), Vec::new());
        Self { chain, deed, subject, subject_id: id.uuid(), details, texts, by_server: false }
    }

    /// The event with one more detail: an id, a word from a closed list, a number or a time. Never free text. A whole
    /// number that canonical JSON would round is kept as its decimal digits.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).unwrap_or(Value::Null);
        self.details.insert(name.to_owned(), exact(value));
        self
    }

    /// The event with free text or personal data, of which the entry keeps a salted digest only.
    #[must_use]
    pub fn text(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.texts.push((name, text.into()));
        self
    }

    /// The same event as the server's own deed.
    #[must_use]
    pub fn by_server(mut self) -> Self {
        self.by_server = true;
        self
    }

    /// The same, where there is a text.
    #[must_use]
    pub fn optional_text(self, name: &'static str, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.text(name, text),
            None => self,
        }
    }
}

/// The greatest whole number that canonical JSON tells from its neighbours (RFC 8785, 3.2.2.3).
const GREATEST_EXACT: u64 = (1 << 53) - 1;

/// The same value with every whole number that would be rounded as text: two numbers must never have one hash.
fn exact(value: Value) -> Value {
    match value {
        Value::Number(number) => {
            let size = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
            if size.is_some_and(|size| size > GREATEST_EXACT) {
                Value::String(number.to_string())
            } else {
                Value::Number(number)
            }
        }
        Value::Array(values) => values.into_iter().map(exact).collect(),
        Value::Object(values) => {
            values.into_iter().map(|(name, value)| (name, exact(value))).collect()
        }
        other => other,
    }
}

/// Events of one change: at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Events(Vec<Event>);

impl Events {
    /// The events, in the order in which they happened.
    pub fn iter(&self) -> impl Iterator<Item = &Event> {
        self.0.iter()
    }
}

/// What a write did: changed something and can tell of it, or found that nothing was to be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change<T> {
    /// Something changed.
    Changed(T, Events),
    /// Everything was already as asked for.
    Unchanged(T),
}

impl<T> Change<T> {
    /// A change that one event tells of.
    pub fn by(value: T, event: Event) -> Self {
        Self::Changed(value, Events(vec![event]))
    }

    /// A change that several events tell of; without one it is no change.
    pub fn by_all(value: T, events: Vec<Event>) -> Self {
        if events.is_empty() {
            Self::Unchanged(value)
        } else {
            Self::Changed(value, Events(events))
        }
    }

    /// The same change with what `convert` makes of its value.
    ///
    /// # Errors
    /// What `convert` says.
    pub fn try_map<U, E>(self, convert: impl FnOnce(T) -> Result<U, E>) -> Result<Change<U>, E> {
        Ok(match self {
            Self::Changed(value, events) => Change::Changed(convert(value)?, events),
            Self::Unchanged(value) => Change::Unchanged(convert(value)?),
        })
    }

    /// The same change with another value.
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> Change<U> {
        match self {
            Self::Changed(value, events) => Change::Changed(convert(value), events),
            Self::Unchanged(value) => Change::Unchanged(convert(value)),
        }
    }
}
