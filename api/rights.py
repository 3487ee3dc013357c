"""What each role may do, what scopes give a client, and who may grant what: the rights that api/policy.py asks for."""

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
    HAND_OVER = "hand_over"  # write and confirm the notes of the control centre's shifts
    RECORD_MAINTENANCE = "record_maintenance"  # work that was done, meters, snoozing
    ASK_FOR_HELP = "ask_for_help"  # with a machine; people's
    WRITE_NOTES = "write_notes"  # beside a machine's readings
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
    READ_QUARANTINE = "read_quarantine"  # of whom a refused message is cannot be told: the platform's only
    REPLAY_QUARANTINE = "replay_quarantine"


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
    Right.HAND_OVER: frozenset({"expert", "lead", "administrator"}),
    Right.RECORD_MAINTENANCE: ROLES - {"auditor", "integrator"},
    Right.ASK_FOR_HELP: ROLES - {"auditor", "integrator"},
    Right.WRITE_NOTES: ROLES - {"auditor", "integrator"},
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
    Right.READ_QUARANTINE: frozenset({"expert", "lead", "administrator"}),
    Right.REPLAY_QUARANTINE: frozenset({"lead", "administrator"}),
}
PLATFORM_ONLY = frozenset(
    {
        Right.MANAGE_COMPANY_LOGINS,
        Right.EDIT_CATALOGUE,
        Right.READ_RULES,
        Right.EDIT_RULES,
        Right.HAND_OVER,
        Right.MANAGE_NOTICES,
        Right.READ_QUARANTINE,
        Right.REPLAY_QUARANTINE,
    }
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
