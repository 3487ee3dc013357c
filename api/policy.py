"""Who may do what: one table of rights by role, one of rights by endpoint. Whose things one sees is decided by the
organisation (storage/sight.py), not here."""

from collections.abc import Callable, Mapping
from enum import StrEnum

ROLES = frozenset(
    {"owner", "operator", "dealer", "expert", "lead", "service_engineer", "administrator", "integrator", "auditor"}
)
_OFFICE = frozenset({"dealer", "expert", "lead", "administrator"})  # whoever takes cases on
_HEADS = frozenset({"owner", "dealer", "lead", "administrator"})  # whoever answers for an organisation


class Right(StrEnum):
    """Something that a role may do."""

    READ_FLEET = "read_fleet"  # machines, readings, alarms and their master data
    READ_POSITIONS = "read_positions"  # exactly; coarse without
    READ_PEOPLE = "read_people"
    READ_AUDIT = "read_audit"
    ACKNOWLEDGE_ALARMS = "acknowledge_alarms"  # and reset, comment on, assign, investigate them
    SHELVE_ALARMS = "shelve_alarms"
    RETIRE_ALARMS = "retire_alarms"  # take them out of service
    GIVE_VERDICTS = "give_verdicts"
    READ_RULES = "read_rules"  # rule sets, replays, how well rules do: over every machine, so the platform's only
    EDIT_RULES = "edit_rules"
    RECORD_MAINTENANCE = "record_maintenance"  # work that was done, meters, snoozing
    CHECK_MACHINES = "check_machines"  # the commissioning check
    EDIT_MACHINES = "edit_machines"  # name, site, mode, terminals; registering a new one
    EDIT_CATALOGUE = "edit_catalogue"  # kinds, models, options, software versions: everybody's, so the platform's only
    TRANSFER_MACHINES = "transfer_machines"
    SHARE_MACHINES = "share_machines"
    EDIT_SITES = "edit_sites"
    EDIT_ORGANISATIONS = "edit_organisations"
    EDIT_PEOPLE = "edit_people"
    EDIT_ROSTERS = "edit_rosters"
    MANAGE_CLIENTS = "manage_clients"
    MANAGE_COMPANY_LOGINS = "manage_company_logins"  # the server then talks to the provider: the platform's only
    MANAGE_WEBHOOKS = "manage_webhooks"
    CHOOSE_NOTICES = "choose_notices"  # how one is told oneself: people's, no scope of a client gives it
    MANAGE_NOTICES = "manage_notices"  # what everybody was told, dead letters, texts
    READ_AEMP = "read_aemp"


RIGHTS: Mapping[Right, frozenset[str]] = {
    Right.READ_FLEET: ROLES,
    Right.READ_POSITIONS: ROLES - {"auditor", "integrator"},  # an integrator's client by its scope `positions`
    Right.READ_PEOPLE: ROLES - {"operator", "integrator"},
    Right.READ_AUDIT: frozenset({"auditor", "owner", "lead", "administrator"}),
    # Whoever acknowledges takes the case on: the control centre and the dealer's staff. The machine's owner reads.
    Right.ACKNOWLEDGE_ALARMS: _OFFICE,
    Right.SHELVE_ALARMS: _OFFICE,
    Right.RETIRE_ALARMS: frozenset({"dealer", "lead", "administrator"}),
    # Whoever looked at the machine, there or from afar.
    Right.GIVE_VERDICTS: _OFFICE | {"service_engineer"},
    Right.READ_RULES: frozenset({"expert", "lead", "administrator"}),
    Right.EDIT_RULES: frozenset({"expert", "lead", "administrator"}),
    Right.RECORD_MAINTENANCE: ROLES - {"auditor", "integrator"},
    Right.CHECK_MACHINES: ROLES - {"auditor", "integrator"},
    Right.EDIT_MACHINES: _HEADS | {"service_engineer"},
    Right.EDIT_CATALOGUE: frozenset({"lead", "administrator"}),
    Right.TRANSFER_MACHINES: _HEADS,
    Right.SHARE_MACHINES: _HEADS,
    Right.EDIT_SITES: _HEADS | {"operator"},
    Right.EDIT_ORGANISATIONS: frozenset({"dealer", "lead", "administrator"}),
    Right.EDIT_PEOPLE: _HEADS,
    Right.EDIT_ROSTERS: frozenset({"dealer", "lead", "administrator"}),
    Right.MANAGE_CLIENTS: _HEADS,
    Right.MANAGE_COMPANY_LOGINS: frozenset({"lead", "administrator"}),
    Right.MANAGE_WEBHOOKS: _HEADS | {"integrator"},
    Right.CHOOSE_NOTICES: ROLES,
    Right.MANAGE_NOTICES: frozenset({"lead", "administrator"}),
    Right.READ_AEMP: ROLES,
}
PLATFORM_ONLY = frozenset(
    {Right.MANAGE_COMPANY_LOGINS, Right.EDIT_CATALOGUE, Right.READ_RULES, Right.EDIT_RULES, Right.MANAGE_NOTICES}
)
"""Rights that only people of the platform's own organisation (kind `ecc`) have, whatever their role elsewhere."""

CLIENT_SCOPES: Mapping[str, frozenset[Right]] = {
    "fleet:read": frozenset({Right.READ_FLEET}),
    "positions": frozenset({Right.READ_POSITIONS}),
    "aemp:read": frozenset({Right.READ_AEMP}),
    "webhooks": frozenset({Right.MANAGE_WEBHOOKS}),
    "audit:read": frozenset({Right.READ_AUDIT}),
    "machines:write": frozenset({Right.EDIT_MACHINES}),
    "sites:write": frozenset({Right.EDIT_SITES}),
}
"""What an integrator's client is given by each scope; it may do nothing else, whatever its role.

No scope gives what decides who gets in or who owns and sees what: people, organisations, rosters, clients, company
logins, sales and shares stay with people, as do acknowledging alarms and the catalogue that everybody shares.
"""
_SHOWN_WHEN_CHANGED = frozenset({Right.EDIT_MACHINES, Right.EDIT_SITES})
"""Rights by which a client is shown what it changes: they need READ_FLEET beside them."""

_ECC_GRANTS = {
    "administrator": ROLES,
    "lead": frozenset({"expert", "service_engineer", "auditor", "integrator"}),
}
_DEALER_GRANTS = {
    "administrator": frozenset({"dealer", "service_engineer", "operator", "administrator", "auditor", "integrator"}),
    "dealer": frozenset({"dealer", "service_engineer", "operator", "integrator"}),
}
GRANTABLE: Mapping[str, Mapping[str, frozenset[str]]] = {
    "ecc": _ECC_GRANTS,
    "maker": _DEALER_GRANTS,
    "dealer": _DEALER_GRANTS,
    "customer": {
        "administrator": frozenset({"owner", "operator", "administrator", "auditor", "integrator"}),
        "owner": frozenset({"owner", "operator", "auditor", "integrator"}),
        "dealer": frozenset({"owner", "operator"}),
        "lead": frozenset({"owner", "operator"}),
    },
}
"""Kind of the organisation that somebody is to join -> role of who grants -> the roles that may be granted there."""
FIRST_ONLY = frozenset({("customer", "dealer", "owner")})
"""The grants (kind, who grants, role) that give what the giver has not: only while nobody there has the role in use."""


def grants_of(role: str) -> Callable[[str], frozenset[str]]:
    """What somebody of this role may grant: the roles, by the kind of the organisation."""
    return lambda kind: GRANTABLE.get(kind, {}).get(role, frozenset())


class Anybody(StrEnum):
    """Endpoints that need no right of a role."""

    PUBLIC = "public"  # nobody need be signed in
    SIGNED_IN = "signed_in"  # whoever is signed in, for what is the caller's own


PUBLIC, SIGNED_IN = Anybody.PUBLIC, Anybody.SIGNED_IN
Rule = Right | Anybody

ENDPOINTS: Mapping[str, Rule] = {
    # health
    "GET /healthz": PUBLIC,
    "GET /readyz": PUBLIC,
    # what problems mean, the words of the API
    "GET /problems": PUBLIC,
    "GET /problems/reasons": PUBLIC,
    "GET /problems/{code}": PUBLIC,
    # identity
    "POST /api/v1/auth/login": PUBLIC,
    "POST /api/v1/auth/logout": PUBLIC,
    "POST /api/v1/auth/refresh": PUBLIC,  # the refresh token itself is looked at
    "GET /api/v1/auth/me": SIGNED_IN,
    "PATCH /api/v1/auth/me": SIGNED_IN,
    "POST /api/v1/auth/password": SIGNED_IN,
    "GET /api/v1/auth/sessions": SIGNED_IN,
    "DELETE /api/v1/auth/sessions/{session_id}": SIGNED_IN,
    "GET /api/v1/clients": Right.MANAGE_CLIENTS,
    "POST /api/v1/clients": Right.MANAGE_CLIENTS,
    "GET /api/v1/clients/{client_id}": Right.MANAGE_CLIENTS,
    "PATCH /api/v1/clients/{client_id}": Right.MANAGE_CLIENTS,
    "DELETE /api/v1/clients/{client_id}": Right.MANAGE_CLIENTS,
    "POST /api/v1/clients/{client_id}/rotate": Right.MANAGE_CLIENTS,
    "GET /api/v1/auth/company-logins": PUBLIC,  # by domain, whoever asks
    "GET /api/v1/auth/company-logins/{company_login_id}/start": PUBLIC,
    "GET /api/v1/auth/company-logins/{company_login_id}/callback": PUBLIC,
    "GET /api/v1/company-logins": Right.MANAGE_COMPANY_LOGINS,
    "POST /api/v1/company-logins": Right.MANAGE_COMPANY_LOGINS,
    "GET /api/v1/company-logins/{company_login_id}": Right.MANAGE_COMPANY_LOGINS,
    "PATCH /api/v1/company-logins/{company_login_id}": Right.MANAGE_COMPANY_LOGINS,
    "DELETE /api/v1/company-logins/{company_login_id}": Right.MANAGE_COMPANY_LOGINS,
    "GET /api/v1/invitations": Right.EDIT_PEOPLE,
    "POST /api/v1/invitations": Right.EDIT_PEOPLE,
    "DELETE /api/v1/invitations/{invitation}": Right.EDIT_PEOPLE,
    "GET /api/v1/invitations/{invitation}": PUBLIC,  # whoever holds the link
    "POST /api/v1/invitations/{invitation}/accept": PUBLIC,
    "POST /api/v1/people/{person_id}/password-link": Right.EDIT_PEOPLE,
    "GET /api/v1/password-links/{token}": PUBLIC,  # whoever holds the link
    "POST /api/v1/password-links/{token}/use": PUBLIC,
    "POST /oauth/token": PUBLIC,
    "GET /.well-known/oauth-authorization-server": PUBLIC,
    # machines and readings
    "GET /api/v1/machines": Right.READ_FLEET,
    "GET /api/v1/machines/{machine}": Right.READ_FLEET,
    "GET /api/v1/machines/{machine}/state": Right.READ_FLEET,
    "GET /api/v1/machines/{machine}/readings": Right.READ_FLEET,
    "GET /api/v1/machines/{machine}/events": Right.READ_FLEET,
    "GET /api/v1/machines/{machine}/extra": Right.READ_FLEET,
    "GET /api/v1/machines/{machine}/faults": Right.READ_FLEET,
    "GET /api/v1/machines/{machine}/ledger": Right.READ_FLEET,
    "GET /api/v1/machines/{machine}/missing": Right.READ_FLEET,
    "GET /api/v1/fleet/positions": Right.READ_FLEET,
    "GET /api/v1/fleet/matrix": Right.READ_FLEET,
    "GET /api/v1/signals": SIGNED_IN,
    "GET /api/v1/units": SIGNED_IN,
    "GET /api/v1/codes": SIGNED_IN,
    "GET /api/v1/codes/{list}": SIGNED_IN,
    # machines, terminals and models as people enter them
    "POST /api/v1/machines": Right.EDIT_MACHINES,
    "PATCH /api/v1/machines/{machine}": Right.EDIT_MACHINES,
    "GET /api/v1/machines/{machine}/modes": Right.READ_FLEET,
    "GET /api/v1/machines/{machine}/software": Right.READ_FLEET,
    "POST /api/v1/machines/{machine}/software": Right.EDIT_MACHINES,
    "GET /api/v1/machines/{machine}/installations": Right.READ_FLEET,
    "POST /api/v1/machines/{machine}/installations": Right.EDIT_MACHINES,
    "PATCH /api/v1/machines/{machine}/installations/{installation_id}": Right.EDIT_MACHINES,
    "POST /api/v1/machines/{machine}/terminal-swaps": Right.EDIT_MACHINES,
    "GET /api/v1/machines/{machine}/transfers": Right.READ_FLEET,
    "POST /api/v1/machines/{machine}/transfers": Right.TRANSFER_MACHINES,
    "GET /api/v1/machines/{machine}/shares": Right.READ_FLEET,
    "POST /api/v1/machines/{machine}/shares": Right.SHARE_MACHINES,
    "PATCH /api/v1/machines/{machine}/shares/{share_id}": Right.SHARE_MACHINES,
    "DELETE /api/v1/machines/{machine}/shares/{share_id}": Right.SHARE_MACHINES,
    "GET /api/v1/shares": Right.READ_FLEET,
    "POST /api/v1/machines/import": Right.EDIT_MACHINES,
    "POST /api/v1/models/import": Right.EDIT_CATALOGUE,
    "POST /api/v1/terminals/import": Right.EDIT_MACHINES,
    "POST /api/v1/transfers/import": Right.TRANSFER_MACHINES,
    "GET /api/v1/machines/{machine}/commissioning": Right.CHECK_MACHINES,
    "GET /api/v1/terminals": Right.READ_FLEET,
    "POST /api/v1/terminals": Right.EDIT_MACHINES,
    "GET /api/v1/terminals/{terminal_id}": Right.READ_FLEET,
    "PATCH /api/v1/terminals/{terminal_id}": Right.EDIT_MACHINES,
    "DELETE /api/v1/terminals/{terminal_id}": Right.EDIT_MACHINES,
    "GET /api/v1/machine-kinds": SIGNED_IN,
    "POST /api/v1/machine-kinds": Right.EDIT_CATALOGUE,
    "GET /api/v1/machine-kinds/{kind_id}": SIGNED_IN,
    "PATCH /api/v1/machine-kinds/{kind_id}": Right.EDIT_CATALOGUE,
    "DELETE /api/v1/machine-kinds/{kind_id}": Right.EDIT_CATALOGUE,
    "GET /api/v1/models": SIGNED_IN,
    "POST /api/v1/models": Right.EDIT_CATALOGUE,
    "GET /api/v1/models/{model_id}": SIGNED_IN,
    "PATCH /api/v1/models/{model_id}": Right.EDIT_CATALOGUE,
    "DELETE /api/v1/models/{model_id}": Right.EDIT_CATALOGUE,
    "GET /api/v1/software-versions": SIGNED_IN,
    "POST /api/v1/software-versions": Right.EDIT_CATALOGUE,
    "GET /api/v1/software-versions/{version_id}": SIGNED_IN,
    "PATCH /api/v1/software-versions/{version_id}": Right.EDIT_CATALOGUE,
    "DELETE /api/v1/software-versions/{version_id}": Right.EDIT_CATALOGUE,
    # organisations, people and places
    "GET /api/v1/organisations": Right.READ_FLEET,
    "POST /api/v1/organisations": Right.EDIT_ORGANISATIONS,
    "POST /api/v1/organisations/import": Right.EDIT_ORGANISATIONS,
    "GET /api/v1/organisations/{organisation_id}": Right.READ_FLEET,
    "PATCH /api/v1/organisations/{organisation_id}": Right.EDIT_ORGANISATIONS,
    "GET /api/v1/organisations/{organisation_id}/changes": Right.READ_FLEET,
    "GET /api/v1/people": Right.READ_PEOPLE,
    "POST /api/v1/people": Right.EDIT_PEOPLE,
    "POST /api/v1/people/import": Right.EDIT_PEOPLE,
    "GET /api/v1/people/{person_id}": Right.READ_PEOPLE,
    "PATCH /api/v1/people/{person_id}": Right.EDIT_PEOPLE,
    "GET /api/v1/people/{person_id}/changes": Right.READ_PEOPLE,
    "GET /api/v1/sites": Right.READ_FLEET,
    "POST /api/v1/sites": Right.EDIT_SITES,
    "POST /api/v1/sites/import": Right.EDIT_SITES,
    "GET /api/v1/sites/{site_id}": Right.READ_FLEET,
    "PATCH /api/v1/sites/{site_id}": Right.EDIT_SITES,
    "DELETE /api/v1/sites/{site_id}": Right.EDIT_SITES,
    "GET /api/v1/sites/{site_id}/changes": Right.READ_FLEET,
    "GET /api/v1/sites/{site_id}/working-hours": Right.READ_FLEET,
    "GET /api/v1/geofences": Right.READ_FLEET,
    "POST /api/v1/geofences": Right.EDIT_SITES,
    "POST /api/v1/geofences/import": Right.EDIT_SITES,
    "GET /api/v1/geofences/{geofence_id}": Right.READ_FLEET,
    "PATCH /api/v1/geofences/{geofence_id}": Right.EDIT_SITES,
    "DELETE /api/v1/geofences/{geofence_id}": Right.EDIT_SITES,
    "GET /api/v1/geofences/{geofence_id}/changes": Right.READ_FLEET,
    "GET /api/v1/rosters": Right.READ_PEOPLE,
    "POST /api/v1/rosters": Right.EDIT_ROSTERS,
    "POST /api/v1/rosters/import": Right.EDIT_ROSTERS,
    "GET /api/v1/rosters/{roster_id}": Right.READ_PEOPLE,
    "PATCH /api/v1/rosters/{roster_id}": Right.EDIT_ROSTERS,
    "DELETE /api/v1/rosters/{roster_id}": Right.EDIT_ROSTERS,
    "GET /api/v1/rosters/{roster_id}/changes": Right.READ_PEOPLE,
    "GET /api/v1/rosters/{roster_id}/on-duty": Right.READ_PEOPLE,
    "GET /api/v1/machines/{machine}/changes": Right.READ_FLEET,
    "GET /api/v1/terminals/{terminal_id}/changes": Right.READ_FLEET,
    "GET /api/v1/machine-kinds/{kind_id}/changes": SIGNED_IN,
    "GET /api/v1/models/{model_id}/changes": SIGNED_IN,
    "GET /api/v1/software-versions/{version_id}/changes": SIGNED_IN,
    "GET /api/v1/clients/{client_id}/changes": Right.MANAGE_CLIENTS,
    "GET /api/v1/company-logins/{company_login_id}/changes": Right.MANAGE_COMPANY_LOGINS,
    "GET /api/v1/invitations/{invitation_id}/changes": Right.EDIT_PEOPLE,
    "GET /api/v1/webhooks/{webhook_id}/changes": Right.MANAGE_WEBHOOKS,
    # alarms
    "GET /api/v1/alarms": Right.READ_FLEET,
    "GET /api/v1/alarms/{alarm_id}": Right.READ_FLEET,
    "GET /api/v1/alarms/groups": Right.READ_FLEET,
    "GET /api/v1/alarms/{alarm_id}/notices": Right.READ_FLEET,
    "POST /api/v1/alarms/{alarm_id}/acknowledge": Right.ACKNOWLEDGE_ALARMS,
    "POST /api/v1/alarms/{alarm_id}/reset": Right.ACKNOWLEDGE_ALARMS,
    "POST /api/v1/alarms/{alarm_id}/comments": Right.ACKNOWLEDGE_ALARMS,
    "POST /api/v1/alarms/{alarm_id}/assign": Right.ACKNOWLEDGE_ALARMS,
    "POST /api/v1/alarms/{alarm_id}/investigate": Right.ACKNOWLEDGE_ALARMS,
    "POST /api/v1/alarms/{alarm_id}/shelve": Right.SHELVE_ALARMS,
    "POST /api/v1/alarms/{alarm_id}/unshelve": Right.SHELVE_ALARMS,
    "POST /api/v1/alarms/{alarm_id}/take-out-of-service": Right.RETIRE_ALARMS,
    "POST /api/v1/alarms/{alarm_id}/return-to-service": Right.RETIRE_ALARMS,
    "GET /api/v1/alarm-settings": Right.READ_FLEET,
    "PATCH /api/v1/alarm-settings": Right.EDIT_RULES,
    "GET /api/v1/alarm-load": Right.READ_RULES,
    "GET /api/v1/alarm-floods": Right.READ_RULES,
    "GET /api/v1/alarm-hand-over": Right.READ_RULES,
    # models
    "GET /api/v1/detectors": Right.READ_FLEET,
    "GET /api/v1/detectors/{detector_id}": Right.READ_FLEET,
    "GET /api/v1/machines/{machine}/detectors": Right.READ_FLEET,
    "GET /api/v1/machines/{machine}/wear": Right.READ_FLEET,
    "GET /api/v1/machines/{machine}/trust": Right.READ_FLEET,
    # findings
    "GET /api/v1/findings": Right.READ_FLEET,
    "GET /api/v1/findings/{finding_id}": Right.READ_FLEET,
    "GET /api/v1/findings/{finding_id}/evidence": Right.READ_FLEET,
    # verdicts on findings, and the workshop of rules
    "GET /api/v1/findings/{finding_id}/verdicts": Right.READ_FLEET,
    "POST /api/v1/findings/{finding_id}/verdicts": Right.GIVE_VERDICTS,
    "GET /api/v1/finding-quality": Right.READ_RULES,
    "GET /api/v1/rule-sets": Right.READ_RULES,
    "POST /api/v1/rule-sets": Right.EDIT_RULES,
    "POST /api/v1/rule-sets/rollback": Right.EDIT_RULES,
    "GET /api/v1/rule-sets/{rule_set}": Right.READ_RULES,
    "GET /api/v1/rule-sets/{rule_set}/differences": Right.READ_RULES,
    "POST /api/v1/rule-sets/{rule_set}/promote": Right.EDIT_RULES,
    "POST /api/v1/rule-sets/{rule_set}/shadow": Right.EDIT_RULES,
    "DELETE /api/v1/rule-sets/{rule_set}/shadow": Right.EDIT_RULES,
    "GET /api/v1/rule-sets/{rule_set}/shadow-findings": Right.READ_RULES,
    "GET /api/v1/rule-replays": Right.READ_RULES,
    "POST /api/v1/rule-replays": Right.EDIT_RULES,
    "GET /api/v1/rule-replays/{replay_id}": Right.READ_RULES,
    "POST /api/v1/rule-replays/{replay_id}/cancel": Right.EDIT_RULES,
    "GET /api/v1/rule-replays/{replay_id}/findings": Right.READ_RULES,
    "GET /api/v1/rule-replays/{replay_id}/plot": Right.READ_RULES,
    "GET /api/v1/rule-tunings": Right.READ_RULES,
    "POST /api/v1/rule-tunings": Right.EDIT_RULES,
    "GET /api/v1/rule-tunings/{tuning_id}": Right.READ_RULES,
    "POST /api/v1/rule-tunings/{tuning_id}/cancel": Right.EDIT_RULES,
    # maintenance
    "GET /api/v1/maintenance-plans": SIGNED_IN,
    "POST /api/v1/maintenance-plans": Right.EDIT_CATALOGUE,
    "POST /api/v1/maintenance-plans/import": Right.EDIT_CATALOGUE,
    "GET /api/v1/maintenance-plans/{plan_id}": SIGNED_IN,
    "PATCH /api/v1/maintenance-plans/{plan_id}": Right.EDIT_CATALOGUE,
    "DELETE /api/v1/maintenance-plans/{plan_id}": Right.EDIT_CATALOGUE,
    "GET /api/v1/maintenance-plans/{plan_id}/file": SIGNED_IN,
    "GET /api/v1/maintenance-plans/{plan_id}/versions": SIGNED_IN,
    "GET /api/v1/maintenance-plans/{plan_id}/changes": SIGNED_IN,
    "GET /api/v1/maintenance": Right.READ_FLEET,
    "GET /api/v1/machines/{machine}/maintenance": Right.READ_FLEET,
    "GET /api/v1/machines/{machine}/maintenance/done": Right.READ_FLEET,
    "POST /api/v1/machines/{machine}/maintenance/done": Right.RECORD_MAINTENANCE,
    "GET /api/v1/machines/{machine}/meter-changes": Right.READ_FLEET,
    "POST /api/v1/machines/{machine}/meter-changes": Right.RECORD_MAINTENANCE,
    "POST /api/v1/machines/{machine}/meter-changes/{change_id}/withdraw": Right.RECORD_MAINTENANCE,
    "GET /api/v1/reminders": Right.READ_FLEET,
    "GET /api/v1/reminders/{reminder_id}": Right.READ_FLEET,
    "POST /api/v1/reminders/{reminder_id}/snooze": Right.RECORD_MAINTENANCE,
    # the audit
    "GET /api/v1/audit": Right.READ_AUDIT,
    # ISO 15143-3
    "GET /aemp/{edition}/Fleet": Right.READ_AEMP,
    "GET /aemp/{edition}/Fleet/{page}": Right.READ_AEMP,
    "GET /aemp/{edition}/Fleet/Equipment/{machine}": Right.READ_AEMP,
    # the live stream
    "GET /api/v1/live": Right.READ_FLEET,
    # work briefs
    "GET /api/v1/machines/{machine}/brief": Right.READ_FLEET,
    "GET /api/v1/sites/{site_id}/brief": Right.READ_FLEET,
    "GET /api/v1/fleet/brief": Right.READ_FLEET,
    "GET /api/v1/report-subscriptions": Right.CHOOSE_NOTICES,  # one's own
    "POST /api/v1/report-subscriptions": Right.CHOOSE_NOTICES,
    "GET /api/v1/report-subscriptions/{subscription_id}": Right.CHOOSE_NOTICES,
    "DELETE /api/v1/report-subscriptions/{subscription_id}": Right.CHOOSE_NOTICES,
    # webhooks
    "GET /api/v1/webhooks": Right.MANAGE_WEBHOOKS,
    "POST /api/v1/webhooks": Right.MANAGE_WEBHOOKS,
    "GET /api/v1/webhooks/{webhook_id}": Right.MANAGE_WEBHOOKS,
    "PATCH /api/v1/webhooks/{webhook_id}": Right.MANAGE_WEBHOOKS,
    "DELETE /api/v1/webhooks/{webhook_id}": Right.MANAGE_WEBHOOKS,
    "POST /api/v1/webhooks/{webhook_id}/secret": Right.MANAGE_WEBHOOKS,
    "POST /api/v1/webhooks/{webhook_id}/test": Right.MANAGE_WEBHOOKS,
    "POST /api/v1/webhooks/{webhook_id}/replay": Right.MANAGE_WEBHOOKS,
    "GET /api/v1/webhooks/{webhook_id}/deliveries": Right.MANAGE_WEBHOOKS,
    # notices
    "GET /api/v1/notices": Right.CHOOSE_NOTICES,  # one's own; everybody's with MANAGE_NOTICES
    "GET /api/v1/notices/queue": Right.MANAGE_NOTICES,
    "GET /api/v1/notices/preferences": Right.CHOOSE_NOTICES,
    "PATCH /api/v1/notices/preferences": Right.CHOOSE_NOTICES,
    "GET /api/v1/notices/addresses": Right.CHOOSE_NOTICES,
    "POST /api/v1/notices/addresses": Right.CHOOSE_NOTICES,
    "POST /api/v1/notices/addresses/{address_id}/verify": Right.CHOOSE_NOTICES,
    "DELETE /api/v1/notices/addresses/{address_id}": Right.CHOOSE_NOTICES,
    "POST /api/v1/notices/test": Right.CHOOSE_NOTICES,
    "GET /api/v1/notices/mutes": Right.CHOOSE_NOTICES,
    "POST /api/v1/notices/mutes": Right.CHOOSE_NOTICES,
    "DELETE /api/v1/notices/mutes/{machine}": Right.CHOOSE_NOTICES,
    "GET /api/v1/notices/{notice_id}/attempts": Right.CHOOSE_NOTICES,
    "POST /api/v1/notices/{notice_id}/resend": Right.MANAGE_NOTICES,
    "GET /api/v1/notice-templates": Right.MANAGE_NOTICES,
    "GET /api/v1/notice-templates/{key}/{language}": Right.MANAGE_NOTICES,
    "PATCH /api/v1/notice-templates/{key}/{language}": Right.MANAGE_NOTICES,
    "POST /api/v1/notice-templates/{key}/{language}/preview": Right.MANAGE_NOTICES,
    "GET /api/v1/notice-actions/{token}": PUBLIC,  # whoever holds the link
    "POST /api/v1/notice-actions/{token}": PUBLIC,
}


def allows(role: str, right: Right, *, organisation_kind: str = "ecc", scopes: frozenset[str] | None = None) -> bool:
    """True when a person of this role, or a client of this role with these scopes, has the right."""
    if right in PLATFORM_ONLY and organisation_kind != "ecc":
        return False
    return role in RIGHTS[right] if scopes is None else right in _rights_of_client(role, scopes)


def _rights_of_client(role: str, scopes: frozenset[str]) -> frozenset[Right]:
    given = frozenset[Right]().union(*(CLIENT_SCOPES.get(scope, frozenset()) for scope in scopes))
    writes = role == "integrator" and Right.READ_FLEET in given
    return given if writes else given - _SHOWN_WHEN_CHANGED


def covers(role: str, other: str) -> bool:
    """True when this role has every right that the other one has."""
    return all(role in roles for roles in RIGHTS.values() if other in roles)


def grants_beyond(grantable: Mapping[str, Mapping[str, frozenset[str]]]) -> set[tuple[str, str, str]]:
    """The grants (kind, who grants, role) by which somebody would give what they have not."""
    return {
        (kind, giver, role)
        for kind, givers in grantable.items()
        for giver, roles in givers.items()
        for role in roles
        if not covers(giver, role)
    }


def check_grants() -> None:
    """Raise LookupError unless the grants beyond the giver's own rights are those of FIRST_ONLY."""
    if differing := grants_beyond(GRANTABLE) ^ FIRST_ONLY:
        raise LookupError(f"GRANTABLE and FIRST_ONLY differ in {sorted(differing)}")
