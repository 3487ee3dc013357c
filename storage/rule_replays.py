"""Records of replays as they are worked: how far one is, what it came to, and what a set finds otherwise than the live
one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, LiteralString
from uuid import UUID

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from fleet.findings import Finding, MachineId, Severity, SourceKind
from storage.alarms_write import instant

ReplayKind = Literal["no_history", "history", "tuning"]
ReplayState = Literal["queued", "running", "done", "failed", "cancelled"]
ATTEMPTS = 3  # a replay whose worker died so often is not tried again
UNHEARD_FOR = timedelta(minutes=2)
LOST = {"zh": "回放程序中途结束。", "en": "The program that worked it ended before it was done."}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayRecord:
    """One replay, or with a `rule` the tuning of it; `machine_ids` None: all machines; `done_until`: how far it is.

    `started_at` is when it was asked for, and once it runs when it began.
    """

    replay_id: int
    rule_set_id: int
    against_id: int | None
    kind: ReplayKind
    rule: str | None
    from_at: datetime | None
    to_at: datetime | None
    machine_ids: list[int] | None
    seats: int | None
    state: ReplayState
    cancel_asked: bool
    done_until: datetime | None
    rows: int
    summary: dict[str, Any]
    started_at: datetime
    finished_at: datetime | None
    started_by: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A finding of the replayed set (`found`) and of the live one; one of them is None where only one has it."""

    found: Finding | None
    live: Finding | None

    @property
    def change(self) -> Literal["new", "gone", "moved", "regraded"]:
        """What became of it; regraded: the same times, another severity."""
        if self.live is None or self.found is None:
            return "new" if self.live is None else "gone"
        mine, theirs = ((f.from_us, f.held_us, f.to_us) for f in (self.found, self.live))
        return "regraded" if mine == theirs and self.found.severity is not self.live.severity else "moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReplay:
    """A replay to be worked, or with a `rule` a tuning."""

    rule_set_id: int
    against_id: int
    rule: str | None = None
    from_at: datetime
    to_at: datetime
    machine_ids: Sequence[int] | None = None
    seats: int | None = None
    by: str

    def parameters(self, now: datetime, state: Literal["queued", "running"]) -> dict[str, Any]:
        """For BEGIN. Who works it at once is its only worker: it is never tried again."""
        given = {name: getattr(self, name) for name in self.__slots__}
        machines = None if self.machine_ids is None else list(self.machine_ids)
        own = {"machine_ids": machines, "kind": "history" if self.rule is None else "tuning", "now": now}
        return given | own | {"state": state, "attempts": 0 if state == "queued" else ATTEMPTS}


BEGIN: LiteralString = """
INSERT INTO rule_replay (rule_set_id, against_id, kind, rule, from_at, to_at, machine_ids, seats, state, attempts,
    heard_at, started_at, started_by)
VALUES (%(rule_set_id)s, %(against_id)s, %(kind)s, %(rule)s, %(from_at)s, %(to_at)s, %(machine_ids)s, %(seats)s,
    %(state)s, %(attempts)s, %(now)s, %(now)s, %(by)s)
RETURNING replay_id
"""


def begin_replay(conn: psycopg.Connection, new: NewReplay, *, now: datetime) -> int:
    """A replay that is running now; its number."""
    row = conn.execute(BEGIN, new.parameters(now, "running")).fetchone()
    assert row is not None  # RETURNING of an insert without a condition
    return int(row[0])


CLAIM: LiteralString = """
UPDATE rule_replay SET state = 'running', attempts = attempts + 1, heard_at = %(now)s, started_at = %(now)s,
    done_until = NULL, rows = 0
WHERE replay_id = (
    SELECT replay_id FROM rule_replay WHERE state = 'queued' ORDER BY replay_id LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING replay_id
"""
GIVE_BACK: LiteralString = """
UPDATE rule_replay SET summary = CASE WHEN NOT cancel_asked AND attempts >= %(attempts)s THEN %(lost)s ELSE summary END,
    state = CASE WHEN cancel_asked THEN 'cancelled' WHEN attempts < %(attempts)s THEN 'queued'
        ELSE 'failed' END,
    finished_at = CASE WHEN cancel_asked OR attempts >= %(attempts)s THEN %(now)s END
WHERE state = 'running' AND heard_at < %(unheard)s
"""
ARE_WAITING: LiteralString = "SELECT EXISTS (SELECT FROM rule_replay WHERE state = 'queued')"


def claim_replay(conn: psycopg.Connection, *, now: datetime) -> int | None:
    """Take the oldest that waits; None where none does."""
    row = conn.execute(CLAIM, {"now": now}).fetchone()
    return None if row is None else int(row[0])


def give_back_unheard(conn: psycopg.Connection, *, now: datetime) -> bool:
    """Let those whose worker died wait again, or fail after ATTEMPTS; True when any waits."""
    lost = Jsonb({"error": LOST})
    conn.execute(GIVE_BACK, {"attempts": ATTEMPTS, "now": now, "unheard": now - UNHEARD_FOR, "lost": lost})
    return conn.execute(ARE_WAITING).fetchone() == (True,)


PROGRESS: LiteralString = """
UPDATE rule_replay SET done_until = %(until)s, rows = %(rows)s, heard_at = %(now)s
WHERE replay_id = %(replay)s AND state = 'running' RETURNING NOT cancel_asked
"""


def save_progress(conn: psycopg.Connection, replay: int, *, done_until: datetime, rows: int, now: datetime) -> bool:
    """How far it is; False when it is to stop: somebody called it off, or another worker has it."""
    given = {"until": done_until, "rows": rows, "now": now, "replay": replay}
    return conn.execute(PROGRESS, given).fetchone() == (True,)


FINISH: LiteralString = """
UPDATE rule_replay SET state = %(state)s, summary = %(summary)s, finished_at = %(now)s
WHERE replay_id = %(replay)s AND state = 'running'
"""
ADD: LiteralString = """
INSERT INTO rule_replay_finding (replay_id, machine_id, source_kind, source_key, change, severity, live_severity,
    from_at, held_at, to_at, live_from_at, live_held_at, live_to_at)
VALUES (%(replay)s, %(machine)s, %(kind)s, %(key)s, %(change)s, %(severity)s, %(live_severity)s, %(from)s, %(held)s,
    %(to)s, %(live_from)s, %(live_held)s, %(live_to)s)
"""
ADD_PLOT: LiteralString = """
INSERT INTO rule_replay_plot (replay_id, png, svg, png_zh, svg_zh)
VALUES (%(replay)s, %(png)s, %(svg)s, %(png_zh)s, %(svg_zh)s)
"""


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture in both forms."""

    png: bytes
    svg: str


@dataclass(frozen=True, slots=True)
class Plots:
    """The same picture in both languages."""

    en: Plot
    zh: Plot


def finish_replay(
    conn: psycopg.Connection,
    replay: int,
    summary: Mapping[str, Any],
    differences: Sequence[Difference] = (),
    plots: Plots | None = None,
    *,
    state: ReplayState = "done",
    now: datetime,
) -> None:
    """What it came to; nothing when it is not this worker's any more."""
    with conn.transaction(), conn.cursor() as cursor:
        given = {"replay": replay, "state": state, "summary": Jsonb(dict(summary)), "now": now}
        if cursor.execute(FINISH, given).rowcount:
            cursor.executemany(ADD, [_row(replay, one) for one in differences])
            if plots is not None:
                en, zh = plots.en, plots.zh
                drawn = {"png": en.png, "svg": en.svg, "png_zh": zh.png, "svg_zh": zh.svg}
                cursor.execute(ADD_PLOT, {"replay": replay} | drawn)


def _row(replay: int, one: Difference) -> dict[str, Any]:
    shown = one.found or one.live
    assert shown is not None  # a difference has one of them
    times = {**_times("", one.found), **_times("live_", one.live)}
    return times | {
        "replay": replay,
        "machine": shown.machine,
        "kind": shown.source_kind,
        "key": shown.source_key,
        "change": one.change,
        "severity": shown.severity,
        "live_severity": None if one.live is None else one.live.severity,
    }


def _times(prefix: str, finding: Finding | None) -> dict[str, datetime | None]:
    if finding is None:
        return dict.fromkeys((f"{prefix}from", f"{prefix}held", f"{prefix}to"))
    to_at = None if finding.to_us is None else instant(finding.to_us)
    return {f"{prefix}from": instant(finding.from_us), f"{prefix}held": instant(finding.held_us), f"{prefix}to": to_at}


RECORD: LiteralString = """
SELECT replay_id, rule_set_id, against_id, kind, rule, from_at, to_at, machine_ids, seats, state, cancel_asked,
    done_until, rows, summary, started_at, finished_at, started_by
FROM rule_replay
"""
GET: LiteralString = RECORD + "WHERE replay_id = %s"
PLOT: LiteralString = """
SELECT CASE WHEN %(zh)s THEN coalesce(png_zh, png) ELSE png END,
    CASE WHEN %(zh)s THEN coalesce(svg_zh, svg) ELSE svg END
FROM rule_replay_plot WHERE replay_id = %(replay)s
"""


def get_replay(conn: psycopg.Connection, replay: int) -> ReplayRecord:
    """One record, which must be there."""
    with conn.cursor(row_factory=class_row(ReplayRecord)) as cursor:
        found = cursor.execute(GET, [replay]).fetchone()
    if found is None:
        raise LookupError(replay)
    return found


def find_plot(conn: psycopg.Connection, replay: int, language: str = "en") -> Plot | None:
    """Its picture; of replays before there was one in Chinese the English one."""
    row = conn.execute(PLOT, {"replay": replay, "zh": language == "zh"}).fetchone()
    return None if row is None else Plot(bytes(row[0]), row[1])


MACHINES: LiteralString = "SELECT machine_id FROM machine ORDER BY machine_id"
WITH_PINS: LiteralString = "SELECT pin, machine_id FROM machine WHERE pin = ANY(%s)"
SEATS: LiteralString = """
SELECT count(*) FROM duty_seat s JOIN organisation o USING (organisation_id) WHERE o.kind = 'ecc'
"""


def machines_of(conn: psycopg.Connection) -> list[int]:
    """Ids of all machines."""
    return [row[0] for row in conn.execute(MACHINES)]


def machines_with(conn: psycopg.Connection, pins: Sequence[str]) -> dict[str, int]:
    """PIN -> id of the machines with these PINs."""
    return dict(conn.execute(WITH_PINS, [list(pins)]).fetchall())


def count_seats(conn: psycopg.Connection) -> int:
    """Seats of the control centre's rosters."""
    row = conn.execute(SEATS).fetchone()
    return int(row[0]) if row else 0


# Raised at once, whatever became of it afterwards: somebody had to answer it.
RAISED: LiteralString = """
SELECT machine_id, source_kind, source_key, version, severity,
    (extract(epoch FROM from_at) * 1000000)::bigint, (extract(epoch FROM held_at) * 1000000)::bigint
FROM finding
WHERE source_kind IN ('rule', 'dtc') AND NOT historic AND machine_id = ANY(%(machines)s)
    AND held_at >= %(from)s AND held_at < %(to)s
ORDER BY held_at, finding_id
"""


def list_raised(conn: psycopg.Connection, machines: Sequence[int], from_at: datetime, to_at: datetime) -> list[Finding]:
    """What rules and codes raised on the stream within a span, by whatever set was live then; where they ended is
    left out."""
    rows = conn.execute(RAISED, {"machines": list(machines), "from": from_at, "to": to_at})
    return [
        Finding(
            machine=MachineId(machine),
            source_kind=SourceKind(kind),
            source_key=key,
            version=version,
            severity=Severity(severity),
            from_us=from_us,
            held_us=held_us,
        )
        for machine, kind, key, version, severity, from_us, held_us in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedEpisode:
    """A recorded finding with its last verdict; times in microseconds UTC, to_us None: it lasts."""

    finding_id: UUID
    machine: int
    source_key: str
    from_us: int
    held_us: int
    to_us: int | None
    failed_us: int | None
    is_fault: bool


# A verdict `sensor` on a rule or a code is a finding that was wrong about the machine.
JUDGED: LiteralString = """
SELECT f.finding_id, f.machine_id AS machine, f.source_key,
    (extract(epoch FROM f.from_at) * 1000000)::bigint AS from_us,
    (extract(epoch FROM f.held_at) * 1000000)::bigint AS held_us,
    (extract(epoch FROM f.to_at) * 1000000)::bigint AS to_us,
    (extract(epoch FROM v.failed_at) * 1000000)::bigint AS failed_us, v.verdict = 'true_fault' AS is_fault
FROM finding f JOIN last_verdict v USING (finding_id)
WHERE f.withdrawn_at IS NULL AND f.source_kind IN ('rule', 'dtc') AND f.machine_id = ANY(%(machines)s)
    AND f.held_at >= %(from)s AND f.held_at < %(to)s AND (%(key)s::text IS NULL OR f.source_key = %(key)s)
ORDER BY f.held_at, f.finding_id
"""


def list_judged(
    conn: psycopg.Connection, machines: Sequence[int], from_at: datetime, to_at: datetime, key: str | None = None
) -> list[JudgedEpisode]:
    """Findings of rules and codes with a verdict that held within a span, in time order; key: of one source."""
    given = {"machines": list(machines), "from": from_at, "to": to_at, "key": key}
    with conn.cursor(row_factory=class_row(JudgedEpisode)) as cursor:
        return cursor.execute(JUDGED, given).fetchall()
