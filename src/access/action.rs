//! Everything that can be asked for, once as a value for the policy and once as a type for the permits.

use std::fmt;

/// A type that stands for one [`Action`].
pub trait Act: fmt::Debug + 'static {
    /// The action.
    const ACTION: Action;
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Something that can be asked for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action { $($(#[$doc])* $name,)* }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }

        /// Each action as a type, for permits.
        pub mod act {
            $($(#[$doc])* #[derive(Debug)] pub struct $name;
            impl super::Act for $name { const ACTION: super::Action = super::Action::$name; })*
        }
    };
}

actions! {
    /// Make the first account on the server, on the server's own machine.
    CreateSystemAdmin,
    /// Record a case that was worked before this server, on the server's own machine.
    ImportCase,
    /// Begin, continue or end one's own session.
    SignIn,
    /// Keep one's own second factors.
    KeepFactors,
    /// Take the second factors of another account away.
    ResetFactors,
    /// Read and end the sessions of an account of one's own agency, as its admin.
    OverseeSessions,
    /// Link one's own account to an identity provider, and part them again.
    KeepLinks,
    /// Read which identity providers an account of one's own agency is linked to, and part them, as its admin.
    OverseeLinks,
    /// Read agencies: whom one may invite and call.
    ReadAgencies,
    /// Make an agency.
    CreateAgency,
    /// Change an agency.
    EditAgency,
    /// Change an agency's contact point.
    EditContactPoint,
    /// Mark an agency as holding authority for its country, or take the mark away.
    MarkAuthority,
    /// Confirm that mark.
    ConfirmAuthority,
    /// Read the accounts of one's own agency.
    ReadUsers,
    /// Make an account in one's own agency.
    CreateUser,
    /// Invite somebody of one's own agency once more.
    InviteAgain,
    /// Make the first admin of another agency.
    CreateFirstAdmin,
    /// Give an agency an admin again that has had one.
    RecoverAdmin,
    /// Let such an account take effect to which nobody objected, as the server itself.
    SettleRecovery,
    /// Give a system admin another password, on the server's own machine.
    ResetSystemAdmin,
    /// Change an account.
    EditUser,
    /// Let an account take effect.
    ConfirmUser,
    /// End an account.
    DeactivateUser,
    /// Read which identity providers vouch for the officers of one's own agency.
    ReadProviders,
    /// Connect, change and remove the identity providers of one's own agency.
    KeepProviders,
    /// Let what a provider's words give take effect.
    ConfirmProvider,
    /// Give an identity provider a token to bring accounts in with.
    KeepProvisioning,
    /// Let such a token take effect.
    ConfirmProvisioning,
    /// Take such a token back.
    StopProvisioning,
    /// Bring in, change and end the accounts that one vouches for, as an identity provider.
    Provision,
    /// Read the machine accounts of one's own agency.
    ReadMachines,
    /// Make a machine account, and change what it is and which keys it has.
    KeepMachines,
    /// Let a machine account, and what is to change about it, take effect.
    ConfirmMachine,
    /// End a machine account, or take a key away from it.
    StopMachine,
    /// Hold sessions against the provider that vouches for them, as the server itself.
    RecheckSession,
    /// Read the journal of one's own agency.
    ReadAgencyJournal,
    /// Open a case.
    CreateCase,
    /// List the cases one may see.
    ListCases,
    /// Read a case's header.
    ReadCase,
    /// Say why one consults a case.
    StateReason,
    /// Read who takes part in a case.
    ReadMembers,
    /// Read which of one's own officers are assigned.
    ReadAssignments,
    /// Read consignments and milestones.
    ReadPlan,
    /// Read the identifiers of consignments.
    ReadIdentifiers,
    /// Read the evidence references that one's agency is shown.
    ReadEvidence,
    /// Read the journal of a case, as far as one may read what it is about.
    ReadCaseJournal,
    /// Change a case's header.
    EditCase,
    /// Move a case to another state.
    ChangeCaseState,
    /// Invite an agency.
    InviteMember,
    /// Remove an agency.
    RemoveMember,
    /// Accept or decline for one's own agency.
    AnswerInvitation,
    /// Leave for one's own agency.
    LeaveCase,
    /// Assign one's own officers.
    AssignOfficers,
    /// Add and change consignments and their identifiers.
    PlanConsignments,
    /// Plan a milestone.
    PlanMilestone,
    /// Report a milestone.
    ReportMilestone,
    /// Confirm another agency's report.
    ConfirmMilestone,
    /// Dispute another agency's report.
    DisputeMilestone,
    /// Waive a milestone.
    WaiveMilestone,
    /// Supersede a report.
    SupersedeReport,
    /// Register an evidence reference.
    RegisterEvidence,
    /// Describe an evidence reference better.
    EditEvidence,
    /// Change who is shown an evidence reference.
    SetAudience,
    /// Hold a digest against the recorded one.
    VerifyEvidence,
    /// Offer an item to another agency.
    OfferTransfer,
    /// Accept or refuse an offered item.
    AnswerTransfer,
    /// Settle what becomes of an item.
    DisposeEvidence,
    /// Read what each country requires.
    ReadCountries,
    /// Keep the profile of a country.
    KeepCountry,
    /// Read the legs of the route.
    ReadRoute,
    /// Add a leg.
    PlanLeg,
    /// Change a leg, or take it off the plan.
    EditLeg,
    /// Start or complete a leg, or let it go on.
    MoveLeg,
    /// Report how the goods travel: that a border was crossed, or another way taken.
    ReportTravel,
    /// Read requests for authorisation with their grants.
    ReadRequests,
    /// Draft a request for authorisation.
    DraftRequest,
    /// Submit, change, withdraw a request, and answer what is asked of it.
    PursueRequest,
    /// Acknowledge a request, and ask for information.
    HandleRequest,
    /// Grant, refuse, revoke, confirm, extend.
    DecideRequest,
    /// Record what an authority said.
    RecordOralGrant,
    /// Take control of a consignment that nobody is in control of, and end one's own control.
    KeepControl,
    /// Report that a consignment was lost, or found again, or had to be taken over at once.
    ReportControl,
    /// Propose a handover.
    ProposeHandover,
    /// Offer a handover, or take it back.
    OfferHandover,
    /// Agree to, accept or refuse a handover.
    AnswerHandover,
    /// Read the messages that were sent by or to one's agency.
    ReadMessages,
    /// Send a message to member agencies.
    SendMessage,
    /// Acknowledge a message.
    AcknowledgeMessage,
    /// Consent that one's own message is passed on.
    ConsentToPassingOn,
    /// Read the reports on action taken.
    ReadStateReports,
    /// File one's own State's report on action taken.
    FileStateReport,
    /// Correct the report that one's own agency filed.
    CorrectStateReport,
    /// Ask whether anybody else is after the same thing.
    CheckIdentifier,
    /// Keep one's agency's watch entries.
    KeepWatches,
    /// Read the hits that concern one's agency.
    ReadHits,
    /// Read and acknowledge the alerts that one is called by.
    AnswerAlerts,
    /// Raise alerts, pass them on and settle them, as the server itself.
    RaiseAlerts,
    /// Follow what happens, live.
    FollowFeed,
}
