"""Overrides: other limits of a rule for one machine, or the rule off for it, with a reason and an end."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from diagnosis.errors import RuleError
from diagnosis.override import override_limits, rule_with_condition
from diagnosis.ruleset import RuleSet
from fleet.errors import InvalidInput, NotFound
from storage import rule_overrides
from storage.machine_master import MachineMaster
from storage.ownership import bump_config_epoch
from storage.read_pool import Connection
from storage.rule_overrides import OverrideRow
from storage.sight import Scope, get_machine_key
from usecases.edit_machines import owned_machine
from usecases.edited import About, record, shown
from usecases.master_data import Author, text

_TOLD = ("rule", "limits", "is_off", "reason", "until")


async def list_overrides(
    conn: Connection, scope: Scope, reference: str | None = None, *, now: datetime
) -> list[OverrideRow]:
    """The overrides of machines that the scope owns, or of one of them. Raises NotFound."""
    machine = None if reference is None else (await get_machine_key(conn, scope, reference)).machine_id
    return await rule_overrides.list_overrides(conn, scope, machine=machine, now=now)


def why_unused(row: OverrideRow, ruleset: RuleSet) -> str:
    """Why the rule set has no place for an override that was entered; "" where it counts."""
    try:
        override_limits(rule_with_condition(ruleset, row.rule), row.limits)
    except RuleError as error:
        return str(error)
    return ""


async def put_override(
    conn: Connection, by: Author, reference: str, values: Mapping[str, Any], *, ruleset: RuleSet, now: datetime
) -> OverrideRow:
    """Give a machine its own `limits` of a `rule` (numbers, or texts with a unit), or switch it off (`is_off`), for a
    `reason` and `until` an instant of the machine's clock. What it had of the rule is replaced.

    Raises NotFound, Forbidden, InvalidInput, and RuleError when the rule set has no such rule or limit.
    """
    machine = await owned_machine(conn, by, reference, now=now)
    rule = rule_with_condition(ruleset, text(values, "rule", 60))
    limits, is_off = dict(values.get("limits") or {}), bool(values.get("is_off", False))
    if is_off == bool(limits):
        raise InvalidInput("override_limits_or_off", where="limits")
    override_limits(rule, limits)
    until = values.get("until")
    if not isinstance(until, datetime) or until.tzinfo is None:
        raise InvalidInput("instant_unreadable", where="until")
    if until <= now:
        raise InvalidInput("override_ended", where="until")
    before = await _find(conn, by, machine, rule.key, now=now)
    row = OverrideRow(
        machine_id=machine.machine_id,
        pin=machine.pin,
        machine_name=machine.name,
        rule=rule.key,
        limits=limits,
        is_off=is_off,
        reason=text(values, "reason", 500),
        until=until,
        entered_at=now,
        entered_by=by.actor.name,
    )
    await rule_overrides.put_override(conn, row)
    await _record(conn, by, machine, before=before, after=row, now=now)
    return row


async def remove_override(conn: Connection, by: Author, reference: str, rule: str, *, now: datetime) -> None:
    """Take a machine's override of a rule back. Raises NotFound and Forbidden."""
    machine = await owned_machine(conn, by, reference, now=now)
    before = await _find(conn, by, machine, rule, now=now)
    if before is None:
        raise NotFound("override_unknown", where="rule", rule=rule)
    await rule_overrides.delete_override(conn, machine.machine_id, rule)
    await _record(conn, by, machine, before=before, after=None, now=now)


async def _find(
    conn: Connection, by: Author, machine: MachineMaster, rule: str, *, now: datetime
) -> OverrideRow | None:
    found = await rule_overrides.list_overrides(conn, by.scope, machine=machine.machine_id, rule=rule, now=now)
    return found[0] if found else None


async def _record(
    conn: Connection,
    by: Author,
    machine: MachineMaster,
    *,
    before: OverrideRow | None,
    after: OverrideRow | None,
    now: datetime,
) -> None:
    about = About(entity="machine", entity_id=machine.id, organisation_id=machine.owner, machine_id=machine.machine_id)
    told = [None if row is None else shown(row, _TOLD) for row in (before, after)]
    action = "remove_override" if after is None else "override_rule"
    await record(conn, by, about, before=told[0], after=told[1], action=action, now=now)
    await bump_config_epoch(conn)
