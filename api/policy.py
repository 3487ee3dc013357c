"""Who may do what: one table. What may be seen is decided by the organisation, not here."""

from enum import StrEnum


class Right(StrEnum):
    """Something that changes the platform's state."""

    ACKNOWLEDGE_ALARMS = "acknowledge_alarms"


RIGHTS: dict[Right, frozenset[str]] = {
    # Whoever acknowledges takes the case on: the control centre and the dealer's staff. The machine's owner reads.
    Right.ACKNOWLEDGE_ALARMS: frozenset({"dealer", "expert", "lead", "administrator"}),
}
ROLES = frozenset(
    {"owner", "operator", "dealer", "expert", "lead", "service_engineer", "administrator", "integrator", "auditor"}
)


def allows(role: str, right: Right) -> bool:
    """True when this role has the right."""
    return role in RIGHTS[right]
