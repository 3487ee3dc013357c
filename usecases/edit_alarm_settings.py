"""When alarms chatter, are fleeting, go stale, flow over and are escalated: one set of numbers for the platform."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from fleet.errors import InvalidInput
from storage import alarm_load
from storage.alarm_load import AlarmSettings
from storage.audit import Change, record_change
from storage.read_pool import Connection
from usecases.master_data import Author
from usecases.versions import Versions, same_version

_ESCALATED = {"critical", "high", "medium", "low"}
LONGEST_MIN = 10_080
_UNRECORDED = ("version", "updated_at")


async def get_alarm_settings(conn: Connection) -> AlarmSettings:
    """The settings."""
    return await alarm_load.get_settings(conn)


async def change_alarm_settings(
    conn: Connection, author: Author, changes: Mapping[str, Any], *, version: Versions | None, now: datetime
) -> AlarmSettings:
    """Change members; they count from the next alarm on. Raises PreconditionFailed and InvalidInput."""
    before = await alarm_load.get_settings(conn)
    same_version(before.version, version)
    after = replace(before, **dict(changes))
    if after.flood_ends > after.flood_begins:
        raise InvalidInput("flood_limits", where="flood_ends")
    minutes = after.escalate_after_min
    if not minutes.keys() <= _ESCALATED or not all(1 <= one <= LONGEST_MIN for one in minutes.values()):
        raise InvalidInput("escalation_minutes", where="escalate_after_min")
    await alarm_load.change_settings(conn, asdict(after) | {"now": now})
    changed = {name: value for name, value in asdict(after).items() if name not in _UNRECORDED}
    told = {name: value for name, value in changed.items() if getattr(before, name) != value}
    change = Change(
        entity="alarm_settings",
        entity_id=None,
        organisation_id=None,
        action="update",
        before={name: getattr(before, name) for name in told},
        after=told,
    )
    await record_change(conn, author.actor, change, at=now)
    return await alarm_load.get_settings(conn)
