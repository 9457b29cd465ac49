//! What must hold in the database whatever happened, said in its own language: each query looks for what must not be there.

use crate::harness::Probe;

/// Whether a grant `g` counts at a moment; as the rules say it, not as the server works it out.
const COUNTS: &str = "g.valid_from <= {at} AND {at} <= g.valid_until \
    AND (g.confirm_by IS NULL OR g.confirmed_at IS NOT NULL OR {at} <= g.confirm_by) \
    AND (g.ended_at IS NULL OR {at} < g.ended_at)";

/// A request `a` whose country has taken back what it had allowed.
const TAKEN_BACK: &str = "(a.status = 'revoked' OR (a.status = 'refused' AND a.grants > 0))";

/// What must not be, in words, and what finds it in the case `{case}`.
const NEVER: [(&str, &str); 26] = [
    (
        "two agencies are in control",
        "SELECT 1 FROM control_periods WHERE case_id = {case} AND ended_at IS NULL
         GROUP BY consignment_id HAVING count(*) > 1",
    ),
    (
        "the periods of control are not numbered from one on",
        "SELECT 1 FROM control_periods WHERE case_id = {case}
         GROUP BY consignment_id HAVING min(number) <> 1 OR max(number) <> count(*)",
    ),
    (
        "the line of control is torn",
        "SELECT 1 FROM control_periods one JOIN control_periods next
         ON next.consignment_id = one.consignment_id AND next.number = one.number + 1
         WHERE one.case_id = {case} AND (one.ended_at IS NULL OR next.begun_at < one.ended_at
         OR (next.begun_at > one.ended_at AND next.begun_how NOT IN ('recovered', 'emergency')))",
    ),
    (
        "control was taken from somebody",
        "SELECT 1 FROM control_periods WHERE case_id = {case}
         AND ((number = 1 AND begun_how NOT IN ('taken', 'emergency')) OR (number > 1 AND begun_how = 'taken'))",
    ),
    (
        "what was found had not been given up",
        "SELECT 1 FROM control_periods next WHERE next.case_id = {case} AND next.begun_how = 'recovered'
         AND NOT EXISTS (SELECT 1 FROM control_periods one WHERE one.consignment_id = next.consignment_id
         AND one.number = next.number - 1 AND one.ended_how = 'lost_for_good')",
    ),
    (
        "control has passed without a handover that was agreed to, offered and accepted",
        "SELECT 1 FROM control_periods next WHERE next.case_id = {case} AND next.begun_how = 'handed_over'
         AND NOT EXISTS (SELECT 1 FROM handovers h JOIN control_periods one
         ON one.consignment_id = next.consignment_id AND one.number = next.number - 1
         WHERE h.id = next.handover_id AND h.status = 'accepted' AND h.agreed_at IS NOT NULL
         AND h.offered_at IS NOT NULL AND h.to_agency_id = next.agency_id
         AND h.from_agency_id = one.agency_id AND one.ended_how = 'handed_over')",
    ),
    (
        "a handover was accepted and control has not passed",
        "SELECT 1 FROM handovers h WHERE h.case_id = {case} AND h.status = 'accepted' AND NOT h.emergency
         AND (SELECT count(*) FROM control_periods p WHERE p.handover_id = h.id) <> 1",
    ),
    (
        "two handovers are open",
        "SELECT 1 FROM handovers WHERE case_id = {case} AND open
         GROUP BY consignment_id HAVING count(*) > 1",
    ),
    (
        "a handover is open and its state is not",
        "SELECT 1 FROM handovers WHERE case_id = {case}
         AND open <> (status IN ('proposed', 'agreed', 'offered'))",
    ),
    (
        "who gives is not in control",
        "SELECT 1 FROM handovers h WHERE h.case_id = {case} AND h.open
         AND NOT EXISTS (SELECT 1 FROM control_periods p WHERE p.consignment_id = h.consignment_id
         AND p.ended_at IS NULL AND p.agency_id = h.from_agency_id)",
    ),
    (
        "a leg was begun before the one before it was completed",
        "SELECT 1 FROM legs one JOIN legs next ON next.case_id = one.case_id AND next.sequence > one.sequence
         WHERE one.case_id = {case} AND one.status <> 'completed' AND next.status <> 'planned'",
    ),
    (
        "a leg was started without the leave of each country for the goods as they are",
        "SELECT 1 FROM legs l WHERE l.case_id = {case} AND l.status <> 'planned'
         AND (l.started_at IS NULL
         OR NOT EXISTS (SELECT 1 FROM authorisation_grants g WHERE g.case_id = l.case_id
         AND g.country = l.from_country AND g.terms LIKE '%\"live\"%' AND {counts at l.started_at})
         OR NOT EXISTS (SELECT 1 FROM authorisation_grants g WHERE g.case_id = l.case_id
         AND g.country = l.to_country AND g.terms LIKE '%\"live\"%' AND {counts at l.started_at}))",
    ),
    (
        "a leg goes on though a country has taken its leave back",
        "SELECT 1 FROM legs l JOIN authorisations a ON a.case_id = l.case_id
         AND a.country IN (l.from_country, l.to_country)
         WHERE l.case_id = {case} AND {taken back}
         AND coalesce(l.when_found, l.status) IN ('in_progress', 'at_handover', 'diverted')
         AND NOT EXISTS (SELECT 1 FROM authorisations later WHERE later.case_id = a.case_id
         AND later.country = a.country AND later.id > a.id AND later.grants > 0)",
    ),
    (
        "a leg stands at a handover, and nothing is offered on it",
        "SELECT 1 FROM legs l WHERE l.case_id = {case} AND l.status = 'at_handover'
         AND NOT EXISTS (SELECT 1 FROM handovers h WHERE h.leg_id = l.id AND h.status = 'offered')",
    ),
    (
        "a leg goes on in a case that agencies have intervened in",
        "SELECT 1 FROM legs l JOIN cases c ON c.id = l.case_id
         WHERE l.case_id = {case} AND c.status = 'intervention'
         AND coalesce(l.when_found, l.status) IN ('in_progress', 'at_handover', 'diverted', 'must_stop')",
    ),
    (
        "it is not known where a lost leg goes on, or it is known of one that is not lost",
        "SELECT 1 FROM legs WHERE case_id = {case} AND (status = 'lost') <> (when_found IS NOT NULL)",
    ),
    (
        "a crossing without leave is not flagged, or one with leave is",
        "SELECT 1 FROM crossings c WHERE c.case_id = {case} AND (c.flags LIKE '%unauthorised%')
         = EXISTS (SELECT 1 FROM authorisation_grants g WHERE g.case_id = c.case_id
         AND g.country = c.country AND {counts at c.occurred_at})",
    ),
    (
        "goods arrived without leave behind a border that nobody saw them cross, and that is not flagged, or with it and is",
        "SELECT 1 FROM legs l WHERE l.case_id = {case} AND l.status = 'completed' AND l.from_country <> l.to_country
         AND NOT EXISTS (SELECT 1 FROM crossings c WHERE c.leg_id = l.id AND c.direction = 'enter'
         AND c.country = l.to_country)
         AND (l.arrival_flags LIKE '%unauthorised%')
         = EXISTS (SELECT 1 FROM authorisation_grants g WHERE g.case_id = l.case_id
         AND g.country = l.to_country AND {counts at l.ended_at})",
    ),
    (
        "two requests to a country wait for its decision",
        "SELECT 1 FROM authorisations WHERE case_id = {case}
         AND status IN ('draft', 'submitted', 'acknowledged', 'info_requested')
         GROUP BY country HAVING count(*) > 1",
    ),
    (
        "who asked has decided",
        "SELECT 1 FROM authorisations WHERE case_id = {case} AND decided_by IN (drafted_by, submitted_by)",
    ),
    (
        "a grant is not of an authority of the country",
        "SELECT 1 FROM authorisation_grants g JOIN agencies a ON a.id = g.agency_id
         WHERE g.case_id = {case} AND (a.country <> g.country OR a.authority_mark <> 'held')",
    ),
    (
        "a grant was spoken, and nobody is named or no time is set to confirm it",
        "SELECT 1 FROM authorisations a WHERE a.case_id = {case} AND a.status = 'granted_orally'
         AND NOT EXISTS (SELECT 1 FROM authorisation_grants g WHERE g.authorisation_id = a.id
         AND g.spoken IS NOT NULL AND g.confirm_by IS NOT NULL)",
    ),
    (
        "a country has said no without a reason",
        "SELECT 1 FROM authorisations WHERE case_id = {case} AND status IN ('refused', 'revoked')
         AND (reason_code IS NULL OR decided_by IS NULL)",
    ),
    (
        "a grant counts that was taken back, or that nobody knows of",
        "SELECT 1 FROM authorisations a WHERE a.case_id = {case}
         AND (a.grants <> (SELECT count(*) FROM authorisation_grants g WHERE g.authorisation_id = a.id)
         OR ({taken back} AND EXISTS (SELECT 1 FROM authorisation_grants g
         WHERE g.authorisation_id = a.id AND g.ended_at IS NULL)))",
    ),
    (
        "a case has ended and nobody knows how",
        "SELECT 1 FROM cases WHERE id = {case}
         AND (status IN ('concluded', 'closed')) <> (outcome IS NOT NULL)",
    ),
    (
        "a case is closed with something open",
        "SELECT 1 FROM cases c WHERE c.id = {case} AND c.status = 'closed'
         AND (EXISTS (SELECT 1 FROM control_periods p WHERE p.case_id = c.id AND p.ended_at IS NULL)
         OR EXISTS (SELECT 1 FROM handovers h WHERE h.case_id = c.id AND h.open)
         OR EXISTS (SELECT 1 FROM authorisations a WHERE a.case_id = c.id
         AND a.status IN ('draft', 'submitted', 'acknowledged', 'info_requested'))
         OR EXISTS (SELECT 1 FROM legs l WHERE l.case_id = c.id AND l.started_at IS NOT NULL
         AND (SELECT count(DISTINCT r.country) FROM state_reports r WHERE r.case_id = c.id) < 3))",
    ),
];

/// The one query that asks for all of it, about the case with this id.
pub fn query(probe: &Probe, case: &str) -> String {
    let ask = |(words, query): &(&str, &str)| {
        let query = query
            .replace("{case}", &probe.id(case))
            .replace("{taken back}", TAKEN_BACK)
            .replace("{counts at l.started_at}", &COUNTS.replace("{at}", "l.started_at"))
            .replace("{counts at l.ended_at}", &COUNTS.replace("{at}", "l.ended_at"))
            .replace("{counts at c.occurred_at}", &COUNTS.replace("{at}", "c.occurred_at"));
        format!("SELECT CAST('{words}' AS TEXT) AS line WHERE EXISTS ({query})")
    };
    NEVER.iter().map(ask).collect::<Vec<_>>().join(" UNION ALL ")
}

/// What must not be, each in its words.
pub fn all() -> impl Iterator<Item = &'static str> {
    NEVER.iter().map(|(words, _)| *words)
}
