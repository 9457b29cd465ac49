//! The tables, as both databases have them; `tests/it/schema_parity.rs` holds the migrations to each other and to this.

#![allow(
    clippy::wildcard_imports,
    reason = "the form that diesel asks for; unit tests do not raise it"
)]
#![expect(missing_docs, reason = "tables and columns are explained where their domain keeps them")]

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    agencies (id) {
        id -> Uid,
        name -> Text,
        short_name -> Text,
        kind -> Text,
        branch -> Nullable<Text>,
        country -> Nullable<Text>,
        time_zone -> Text,
        languages -> Text,
        contact_phone -> Nullable<Text>,
        contact_email -> Nullable<Text>,
        contact_hours -> Nullable<Text>,
        authority_mark -> Text,
        version -> BigInt,
        created_at -> Moment,
        updated_at -> Moment,
        authority_first_held_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    users (id) {
        id -> Uid,
        agency_id -> Uid,
        email -> Text,
        full_name -> Text,
        locale -> Text,
        roles -> Text,
        proposed_roles -> Nullable<Text>,
        status -> Text,
        password_hash -> Nullable<Text>,
        confirmed_at -> Nullable<Moment>,
        confirmed_by -> Nullable<Uid>,
        version -> BigInt,
        created_at -> Moment,
        updated_at -> Moment,
        former_roles -> Nullable<Text>,
        provider_id -> Nullable<Uid>,
        disowned_at -> Nullable<Moment>,
        kind -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    invitations (id) {
        id -> Uid,
        user_id -> Uid,
        digest -> Binary,
        created_at -> Moment,
        expires_at -> Moment,
        used_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    sessions (id) {
        id -> Uid,
        user_id -> Uid,
        agency_id -> Uid,
        address -> Text,
        last_address -> Text,
        device -> Text,
        authenticated_at -> Moment,
        last_used_at -> Moment,
        expires_at -> Moment,
        ended_at -> Nullable<Moment>,
        end_reason -> Nullable<Text>,
        second_factor -> Nullable<Text>,
        provider_id -> Nullable<Uid>,
        acr -> Nullable<Text>,
        amr -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    totp_factors (id) {
        id -> Uid,
        user_id -> Uid,
        sealed -> Binary,
        seal_key -> Integer,
        created_at -> Moment,
        confirmed_at -> Nullable<Moment>,
        last_step -> BigInt,
        failures -> BigInt,
        blocked_until -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    passkeys (id) {
        id -> Uid,
        user_id -> Uid,
        credential_id -> Binary,
        credential -> Text,
        name -> Text,
        created_at -> Moment,
        last_used_at -> Nullable<Moment>,
        suspected_at -> Nullable<Moment>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::Moment;

    used_challenges (digest) {
        digest -> Binary,
        expires_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    recovery_codes (id) {
        id -> Uid,
        user_id -> Uid,
        digest -> Binary,
        created_at -> Moment,
        used_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::Moment;

    sign_in_failures (account, network) {
        account -> Binary,
        network -> Text,
        failures -> BigInt,
        since -> Moment,
        last_failed_at -> Moment,
        blocked_until -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    known_networks (user_id, network) {
        user_id -> Uid,
        network -> Text,
        last_signed_in_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    password_resets (id) {
        id -> Uid,
        user_id -> Uid,
        digest -> Binary,
        created_at -> Moment,
        expires_at -> Moment,
        used_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    admin_recoveries (user_id) {
        user_id -> Uid,
        agency_id -> Uid,
        begun_by -> Uid,
        begun_at -> Moment,
        takes_effect_at -> Nullable<Moment>,
        settled_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    address_changes (id) {
        id -> Uid,
        user_id -> Uid,
        session_id -> Uid,
        email -> Text,
        digest -> Binary,
        created_at -> Moment,
        expires_at -> Moment,
        used_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    refresh_tokens (id) {
        id -> Uid,
        session_id -> Uid,
        digest -> Binary,
        parent_id -> Nullable<Uid>,
        used_at -> Nullable<Moment>,
        superseded_at -> Nullable<Moment>,
        created_at -> Moment,
        expires_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    identity_providers (id) {
        id -> Uid,
        agency_id -> Uid,
        name -> Text,
        issuer -> Text,
        client_id -> Text,
        client_secret -> Nullable<Binary>,
        seal_key -> Integer,
        token_auth -> Text,
        algorithms -> Text,
        scopes -> Text,
        role_claim -> Text,
        role_mappings -> Text,
        in_effect -> Nullable<Text>,
        confirmed_by -> Nullable<Uid>,
        logout_profile -> Text,
        recheck -> Text,
        enabled -> Bool,
        required -> Bool,
        trouble -> Nullable<Text>,
        removed_at -> Nullable<Moment>,
        version -> BigInt,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    federated_identities (provider_id, subject) {
        provider_id -> Uid,
        subject -> Text,
        user_id -> Uid,
        created_at -> Moment,
        directory_id -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    provisioning_tokens (id) {
        id -> Uid,
        agency_id -> Uid,
        provider_id -> Uid,
        name -> Text,
        subject_claim -> Text,
        digest -> Binary,
        created_by -> Uid,
        confirmed_by -> Nullable<Uid>,
        confirmed_at -> Nullable<Moment>,
        expires_at -> Moment,
        revoked_at -> Nullable<Moment>,
        last_used_at -> Nullable<Moment>,
        last_address -> Nullable<Text>,
        version -> BigInt,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    provisioned_users (user_id) {
        user_id -> Uid,
        provider_id -> Uid,
        subject_claim -> Text,
        external_id -> Text,
        user_name_key -> Text,
        profile -> Text,
        ended_at -> Nullable<Moment>,
        deleted_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    federated_sessions (session_id) {
        session_id -> Uid,
        provider_id -> Uid,
        subject -> Text,
        sid -> Nullable<Text>,
        recheck -> Text,
        sealed -> Binary,
        seal_key -> Integer,
        checked_at -> Moment,
        claimed_until -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::Moment;

    federation_uses (digest) {
        digest -> Binary,
        expires_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    cases (id) {
        id -> Uid,
        reference -> Text,
        lead_agency_id -> Uid,
        code_name -> Text,
        summary -> Text,
        search -> Text,
        modality -> Text,
        priority -> Text,
        handling_codes -> Text,
        status -> Text,
        restricted -> Bool,
        outcome -> Nullable<Text>,
        was_on_the_move -> Bool,
        close_requested_at -> Nullable<Moment>,
        report_due_at -> Nullable<Moment>,
        created_by -> Uid,
        version -> BigInt,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    case_members (agency_id, case_id) {
        case_id -> Uid,
        agency_id -> Uid,
        role -> Text,
        status -> Text,
        invited_by -> Nullable<Uid>,
        invited_at -> Moment,
        responded_at -> Nullable<Moment>,
        ended_at -> Nullable<Moment>,
        reason -> Nullable<Text>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    case_assignments (user_id, case_id) {
        case_id -> Uid,
        user_id -> Uid,
        agency_id -> Uid,
        assigned_by -> Uid,
        assigned_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    consignments (id) {
        id -> Uid,
        case_id -> Uid,
        agency_id -> Uid,
        kind -> Text,
        substance -> Nullable<Text>,
        quantity -> Text,
        measured -> Text,
        modality -> Text,
        live_quantity -> Nullable<Text>,
        packaging -> Nullable<Text>,
        concealment -> Nullable<Text>,
        hazard -> Nullable<Text>,
        seals -> Text,
        version -> BigInt,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    identifiers (id) {
        id -> Uid,
        case_id -> Uid,
        consignment_id -> Uid,
        agency_id -> Uid,
        kind -> Text,
        sealed -> Binary,
        mark -> Binary,
        mark_key -> Integer,
        version -> BigInt,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    milestones (id) {
        id -> Uid,
        case_id -> Uid,
        agency_id -> Uid,
        kind -> Text,
        planned -> Bool,
        expected_at -> Nullable<Moment>,
        tolerance_minutes -> Integer,
        overdue_after -> Nullable<Moment>,
        place -> Nullable<Text>,
        time_zone -> Text,
        position -> Nullable<Text>,
        note -> Nullable<Text>,
        status -> Text,
        report_id -> Nullable<Uid>,
        report_count -> Integer,
        version -> BigInt,
        created_by -> Uid,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    milestone_reports (id) {
        id -> Uid,
        milestone_id -> Uid,
        case_id -> Uid,
        agency_id -> Uid,
        user_id -> Uid,
        occurred_at -> Moment,
        recorded_at -> Moment,
        place -> Nullable<Text>,
        time_zone -> Text,
        position -> Nullable<Text>,
        note -> Nullable<Text>,
        flags -> Text,
        duplicate_of_id -> Nullable<Uid>,
        supersedes_id -> Nullable<Uid>,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    milestone_reviews (id) {
        id -> Uid,
        milestone_id -> Uid,
        report_id -> Nullable<Uid>,
        case_id -> Uid,
        agency_id -> Uid,
        user_id -> Uid,
        verdict -> Text,
        reason -> Nullable<Text>,
        note -> Nullable<Text>,
        recorded_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    evidence (id) {
        id -> Uid,
        case_id -> Uid,
        number -> Text,
        originator_agency_id -> Uid,
        custodian_agency_id -> Uid,
        held_since -> Moment,
        title -> Text,
        kind -> Text,
        description -> Nullable<Text>,
        storage_place -> Text,
        seal -> Nullable<Text>,
        sha256 -> Nullable<Text>,
        size_bytes -> Nullable<BigInt>,
        collected_by -> Nullable<Text>,
        collected_at -> Nullable<Moment>,
        collected_place -> Nullable<Text>,
        handling_codes -> Text,
        handling_note -> Nullable<Text>,
        use_as_evidence_permitted -> Bool,
        disposition -> Nullable<Text>,
        disposition_reason -> Nullable<Text>,
        disposed_at -> Nullable<Moment>,
        version -> BigInt,
        created_by -> Uid,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    evidence_audience (evidence_id, agency_id) {
        evidence_id -> Uid,
        agency_id -> Uid,
        case_id -> Uid,
        added_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    evidence_transfers (id) {
        id -> Uid,
        evidence_id -> Uid,
        case_id -> Uid,
        from_agency_id -> Uid,
        to_agency_id -> Uid,
        place -> Text,
        time_zone -> Text,
        purpose -> Text,
        seal -> Nullable<Text>,
        condition -> Nullable<Text>,
        weight -> Nullable<Text>,
        status -> Text,
        offered_by -> Uid,
        offered_at -> Moment,
        released_at -> Nullable<Moment>,
        decided_by -> Nullable<Uid>,
        decided_at -> Nullable<Moment>,
        received_at -> Nullable<Moment>,
        time_zone_received -> Nullable<Text>,
        seal_received -> Nullable<Text>,
        condition_received -> Nullable<Text>,
        weight_received -> Nullable<Text>,
        storage_place_received -> Nullable<Text>,
        reason -> Nullable<Text>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    evidence_flags (id) {
        id -> Uid,
        evidence_id -> Uid,
        case_id -> Uid,
        kind -> Text,
        explanation -> Text,
        raised_by -> Uid,
        raised_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    journal_chains (id) {
        id -> Uid,
        kind -> Text,
        head_sequence -> BigInt,
        head_hash -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    journal_entries (chain_id, sequence) {
        id -> Uid,
        chain_id -> Uid,
        sequence -> BigInt,
        recorded_at -> Moment,
        request_id -> Text,
        actor -> Text,
        agency_id -> Nullable<Uid>,
        action -> Text,
        subject_kind -> Text,
        subject_id -> Uid,
        details -> Text,
        salt -> Binary,
        previous_hash -> Binary,
        hash -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    journal_texts (entry_id, name) {
        entry_id -> Uid,
        name -> Text,
        salt -> Binary,
        text -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    consultations (id) {
        id -> Uid,
        case_id -> Nullable<Uid>,
        agency_id -> Uid,
        user_id -> Uid,
        session_id -> Uid,
        request_id -> Text,
        operation -> Text,
        recorded_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    consultation_reasons (id) {
        id -> Uid,
        case_id -> Uid,
        session_id -> Uid,
        user_id -> Uid,
        agency_id -> Uid,
        reason -> Text,
        recorded_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    idempotency_keys (principal, key_digest) {
        principal -> Uid,
        key_digest -> Binary,
        request_digest -> Binary,
        answer -> Binary,
        created_at -> Moment,
        expires_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    messages (id) {
        id -> Uid,
        case_id -> Uid,
        agency_id -> Uid,
        user_id -> Uid,
        kind -> Text,
        text -> Text,
        due_at -> Nullable<Moment>,
        handling_codes -> Text,
        handling_note -> Nullable<Text>,
        in_reply_to_id -> Nullable<Uid>,
        forwards_id -> Nullable<Uid>,
        sent_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    message_receivers (message_id, agency_id) {
        message_id -> Uid,
        agency_id -> Uid,
        case_id -> Uid,
        awaited -> Bool,
        acknowledged_by -> Nullable<Uid>,
        acknowledged_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    message_consents (message_id, agency_id) {
        message_id -> Uid,
        agency_id -> Uid,
        case_id -> Uid,
        given_by -> Uid,
        given_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    state_reports (id) {
        id -> Uid,
        case_id -> Uid,
        agency_id -> Uid,
        country -> Nullable<Text>,
        summary -> Text,
        seizures -> Text,
        arrests -> Integer,
        proceeds -> Nullable<Text>,
        incidents -> Nullable<Text>,
        costs -> Nullable<Text>,
        lessons -> Nullable<Text>,
        version -> BigInt,
        filed_by -> Uid,
        filed_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    watches (id) {
        id -> Uid,
        agency_id -> Uid,
        kind -> Text,
        sealed -> Binary,
        mark -> Binary,
        mark_key -> Integer,
        expires_at -> Nullable<Moment>,
        ended_at -> Nullable<Moment>,
        version -> BigInt,
        created_by -> Uid,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    deconfliction_checks (id) {
        id -> Uid,
        agency_id -> Uid,
        user_id -> Uid,
        case_id -> Nullable<Uid>,
        entered -> Bool,
        kind -> Text,
        found -> Integer,
        checked_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    deconfliction_hits_pending (hit_id) {
        hit_id -> Uid,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    deconfliction_hits (id) {
        id -> Uid,
        agency_id -> Uid,
        other_agency_id -> Uid,
        kind -> Text,
        case_id -> Nullable<Uid>,
        identifier_id -> Nullable<Uid>,
        watch_id -> Nullable<Uid>,
        found_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    legs (id) {
        id -> Uid,
        case_id -> Uid,
        sequence -> Integer,
        agency_id -> Uid,
        from_country -> Text,
        to_country -> Text,
        planned_departure -> Moment,
        planned_arrival -> Moment,
        plan -> Text,
        status -> Text,
        when_found -> Nullable<Text>,
        started_at -> Nullable<Moment>,
        ended_at -> Nullable<Moment>,
        start_flags -> Text,
        arrival_flags -> Text,
        removed_at -> Nullable<Moment>,
        version -> BigInt,
        created_by -> Uid,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    leg_plans (leg_id, number) {
        leg_id -> Uid,
        number -> BigInt,
        case_id -> Uid,
        plan -> Nullable<Text>,
        agency_id -> Uid,
        user_id -> Uid,
        recorded_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    crossings (id) {
        id -> Uid,
        case_id -> Uid,
        leg_id -> Uid,
        agency_id -> Uid,
        user_id -> Uid,
        direction -> Text,
        country -> Text,
        occurred_at -> Moment,
        recorded_at -> Moment,
        place -> Text,
        time_zone -> Text,
        note -> Nullable<Text>,
        flags -> Text,
        supersedes_id -> Nullable<Uid>,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    leg_diversions (leg_id, number) {
        leg_id -> Uid,
        number -> BigInt,
        case_id -> Uid,
        agency_id -> Uid,
        user_id -> Uid,
        occurred_at -> Moment,
        recorded_at -> Moment,
        place -> Nullable<Text>,
        time_zone -> Text,
        reason -> Text,
        flags -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    authorisations (id) {
        id -> Uid,
        case_id -> Uid,
        country -> Text,
        authority_agency_id -> Uid,
        agency_id -> Uid,
        drafted_by -> Uid,
        terms -> Text,
        decision_needed_by -> Moment,
        status -> Text,
        submitted_by -> Nullable<Uid>,
        submitted_at -> Nullable<Moment>,
        grants -> BigInt,
        reason_code -> Nullable<Text>,
        reason -> Nullable<Text>,
        decided_by -> Nullable<Uid>,
        decided_at -> Nullable<Moment>,
        version -> BigInt,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    authorisation_grants (authorisation_id, number) {
        authorisation_id -> Uid,
        number -> BigInt,
        case_id -> Uid,
        country -> Text,
        terms -> Text,
        valid_from -> Moment,
        valid_until -> Moment,
        spoken -> Nullable<Text>,
        confirm_by -> Nullable<Moment>,
        agency_id -> Uid,
        recorded_by -> Uid,
        recorded_at -> Moment,
        confirmed_by -> Nullable<Uid>,
        confirmed_at -> Nullable<Moment>,
        ended_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    authorisation_questions (authorisation_id, number) {
        authorisation_id -> Uid,
        number -> BigInt,
        case_id -> Uid,
        kind -> Text,
        text -> Text,
        agency_id -> Uid,
        user_id -> Uid,
        recorded_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    country_profiles (id) {
        id -> Uid,
        country -> Text,
        version -> BigInt,
        profile -> Text,
        confirmed -> Bool,
        reviewed_on -> Text,
        review_due_on -> Nullable<Text>,
        kept_by -> Uid,
        kept_by_agency_id -> Uid,
        kept_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::Uid;

    feed_pending (id) {
        id -> BigInt,
        chain_id -> Uid,
        sequence -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::Uid;

    feed_entries (number) {
        number -> BigInt,
        chain_id -> Uid,
        sequence -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    handovers (id) {
        id -> Uid,
        case_id -> Uid,
        consignment_id -> Uid,
        from_agency_id -> Nullable<Uid>,
        to_agency_id -> Uid,
        leg_id -> Nullable<Uid>,
        place -> Text,
        time_zone -> Text,
        window_from -> Nullable<Moment>,
        window_until -> Nullable<Moment>,
        seals -> Text,
        status -> Text,
        open -> Bool,
        emergency -> Bool,
        proposed_by -> Uid,
        proposing_agency_id -> Uid,
        agreed_by -> Nullable<Uid>,
        agreed_at -> Nullable<Moment>,
        offered_by -> Nullable<Uid>,
        offered_at -> Nullable<Moment>,
        ended_by -> Nullable<Uid>,
        ended_at -> Nullable<Moment>,
        occurred_at -> Nullable<Moment>,
        received_time_zone -> Nullable<Text>,
        quantity -> Nullable<Text>,
        condition -> Nullable<Text>,
        received_seals -> Nullable<Text>,
        flags -> Text,
        reason -> Nullable<Text>,
        version -> BigInt,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    control_periods (consignment_id, number) {
        consignment_id -> Uid,
        number -> BigInt,
        case_id -> Uid,
        agency_id -> Uid,
        begun_how -> Text,
        begun_at -> Moment,
        begun_place -> Text,
        begun_time_zone -> Text,
        begun_by -> Uid,
        handover_id -> Nullable<Uid>,
        lost_at -> Nullable<Moment>,
        ended_how -> Nullable<Text>,
        ended_at -> Nullable<Moment>,
        ended_place -> Nullable<Text>,
        ended_time_zone -> Nullable<Text>,
        ended_by -> Nullable<Uid>,
        flags -> Text,
        ended_flags -> Text,
        recorded_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    control_reports (consignment_id, number) {
        consignment_id -> Uid,
        number -> BigInt,
        case_id -> Uid,
        kind -> Text,
        agency_id -> Uid,
        user_id -> Uid,
        occurred_at -> Moment,
        recorded_at -> Moment,
        place -> Text,
        time_zone -> Text,
        note -> Nullable<Text>,
        flags -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    quantity_reports (consignment_id, number) {
        consignment_id -> Uid,
        number -> BigInt,
        case_id -> Uid,
        kind -> Text,
        quantity -> Text,
        measured -> Text,
        agency_id -> Uid,
        user_id -> Uid,
        occurred_at -> Moment,
        recorded_at -> Moment,
        place -> Text,
        time_zone -> Text,
        note -> Nullable<Text>,
        evidence_id -> Nullable<Uid>,
        supersedes -> Nullable<BigInt>,
        reason -> Nullable<Text>,
        flags -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    alerts (id) {
        id -> Uid,
        agency_id -> Uid,
        case_id -> Nullable<Uid>,
        kind -> Text,
        subject_id -> Uid,
        since -> Moment,
        raised_at -> Moment,
        level -> Integer,
        acknowledged_by -> Nullable<Uid>,
        acknowledged_at -> Nullable<Moment>,
        resolved_at -> Nullable<Moment>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    /// What is mailed.
    letters (id) {
        id -> Uid,
        alert_id -> Nullable<Uid>,
        level -> Integer,
        address -> Text,
        language -> Text,
        tries -> Integer,
        next_try_at -> Nullable<Moment>,
        sent_at -> Nullable<Moment>,
        notice -> Nullable<Text>,
        sealed -> Nullable<Binary>,
        seal_key -> Nullable<Integer>,
        expires_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    machine_accounts (user_id) {
        user_id -> Uid,
        agency_id -> Uid,
        owner_user_id -> Uid,
        scopes -> Text,
        expires_at -> Moment,
        proposed -> Nullable<Text>,
        proposed_by -> Uid,
        last_used_at -> Nullable<Moment>,
        last_address -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    machine_keys (id) {
        id -> Uid,
        user_id -> Uid,
        algorithm -> Text,
        kid -> Text,
        public_key -> Binary,
        created_at -> Moment,
        confirmed_at -> Nullable<Moment>,
        removed_at -> Nullable<Moment>,
        last_used_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Moment, Uid};

    machine_assertions (user_id, digest) {
        user_id -> Uid,
        digest -> Binary,
        expires_at -> Moment,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    agencies,
    users,
    invitations,
    sessions,
    machine_accounts,
    machine_keys,
    machine_assertions,
    refresh_tokens,
    totp_factors,
    recovery_codes,
    identity_providers,
    federated_identities,
    federated_sessions,
    provisioning_tokens,
    provisioned_users,
    federation_uses,
    passkeys,
    used_challenges,
    sign_in_failures,
    known_networks,
    password_resets,
    admin_recoveries,
    address_changes,
    cases,
    case_members,
    case_assignments,
    consignments,
    identifiers,
    milestones,
    milestone_reports,
    milestone_reviews,
    evidence,
    evidence_audience,
    evidence_transfers,
    evidence_flags,
    journal_chains,
    journal_entries,
    journal_texts,
    consultations,
    consultation_reasons,
    idempotency_keys,
    messages,
    message_receivers,
    message_consents,
    state_reports,
    watches,
    deconfliction_checks,
    deconfliction_hits,
    deconfliction_hits_pending,
    legs,
    leg_plans,
    leg_diversions,
    crossings,
    authorisations,
    authorisation_grants,
    authorisation_questions,
    country_profiles,
    feed_pending,
    feed_entries,
    handovers,
    control_periods,
    control_reports,
    quantity_reports,
    alerts,
    letters,
);

diesel::joinable!(deconfliction_hits_pending -> deconfliction_hits (hit_id));
diesel::joinable!(case_members -> cases (case_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(passkeys -> users (user_id));
diesel::joinable!(refresh_tokens -> sessions (session_id));
diesel::joinable!(federated_sessions -> sessions (session_id));
diesel::joinable!(federated_identities -> identity_providers (provider_id));
diesel::joinable!(federated_identities -> users (user_id));
diesel::joinable!(provisioned_users -> users (user_id));
diesel::joinable!(provisioning_tokens -> identity_providers (provider_id));
