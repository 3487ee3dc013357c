"""How many problems were solved without anybody going there: the share that the control centre is run by."""

from dataclasses import dataclass
from datetime import datetime

from fleet.errors import InvalidInput
from storage import verdicts
from storage.read_pool import Connection
from storage.sight import Scope
from usecases.read_finding_quality import wilson

GOAL = 0.6
"""Over 60 % of problems without a visit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteResolution:
    """The answer; see api.schemas.guided."""

    problems: int
    remotely: int
    by_visit: int
    unsolved: int
    handed_over: int
    share: float | None
    share_low: float | None
    share_high: float | None
    goal: float


async def get_remote_resolution(
    conn: Connection, scope: Scope, *, from_at: datetime | None, to_at: datetime | None
) -> RemoteResolution:
    """Of the findings that the scope sees, those whose last verdict was given in the span. Raises InvalidInput for one
    that ends before it begins."""
    if from_at is not None and to_at is not None and from_at >= to_at:
        raise InvalidInput("span_backwards", where="from")
    row = await verdicts.count_solved(conn, scope, from_at=from_at, to_at=to_at)
    solved = row.remotely + row.by_visit
    low, high = wilson(row.remotely, solved)
    return RemoteResolution(
        problems=row.problems,
        remotely=row.remotely,
        by_visit=row.by_visit,
        unsolved=row.problems - solved,
        handed_over=row.handed_over,
        share=round(row.remotely / solved, 4) if solved else None,
        share_low=low,
        share_high=high,
        goal=GOAL,
    )
