"""Who was told of an alarm, by which way and in which words."""

from dataclasses import dataclass
from uuid import UUID

from fleet.errors import NotFound
from storage.alarm_groups import ToldRow
from storage.alarm_groups import list_told as list_told_rows
from storage.read_alarms import find_alarms
from storage.read_pool import Connection
from storage.sight import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldNotices:
    """The notices of an alarm; see api.schemas.alarm_commands."""

    items: list[ToldRow]


async def list_told(conn: Connection, scope: Scope, alarm_id: UUID) -> ToldNotices:
    """The notices that told of an alarm to people whom the scope sees, the newest first. Raises NotFound."""
    if not await find_alarms(conn, scope, [alarm_id]):
        raise NotFound
    return ToldNotices(items=await list_told_rows(conn, alarm_id))
