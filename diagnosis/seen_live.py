"""What the newest readings say of a finding that is open: it holds by them, they leave it open, or they say nothing."""

from enum import StrEnum

from diagnosis.code_cases import is_active
from diagnosis.rows import NO_TIME
from diagnosis.state import RuleState
from fleet.findings import MachineId, SourceKind


class Seen(StrEnum):
    """What readings from an instant on say of an open finding."""

    HOLDS = "holds"  # its condition was true at the last known row, or its code was told
    STANDS = "stands"  # its condition was known and did not end it, or the machine spoke and did not take its code back
    NOTHING = "nothing"  # nothing is known of it since, or it is not open


def seen_since(
    state: RuleState, machine: MachineId, source_kind: SourceKind, source_key: str, *, since_us: int
) -> Seen:
    """What rows and events from `since_us` on (machine's clock) say of the open finding of a rule or fault code."""
    if machine >= state.slots:
        return Seen.NOTHING
    if source_kind is SourceKind.RULE:
        return _of_rule(state, machine, source_key, since_us)
    return _of_codes(state, machine, source_key, since_us)


def _of_rule(state: RuleState, slot: int, key: str, since_us: int) -> Seen:
    runs, rules = state.runs, state.layout.rules
    if key not in rules:
        return Seen.NOTHING
    rule = rules.index(key)
    if runs.active_from[slot, rule] == NO_TIME or runs.run_last[slot, rule] < since_us:
        return Seen.NOTHING
    return Seen.STANDS if runs.run_from[slot, rule] == NO_TIME else Seen.HOLDS


def _of_codes(state: RuleState, slot: int, key: str, since_us: int) -> Seen:
    case = state.codes.cases.get(slot, {}).get(key)
    if case is None:
        return Seen.NOTHING
    told = {address for address, source in state.codes.sources.get(slot, {}).items() if source.last_us >= since_us}
    if any(member.address in told for member in case.members if is_active(member)):
        return Seen.HOLDS
    return Seen.STANDS if state.mark_us[slot] >= since_us else Seen.NOTHING
