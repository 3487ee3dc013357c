"""Rule sets as they were entered, which of them is live and which in shadow, and the records of replays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, LiteralString

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from storage.keyset import list_rows
from storage.read_pool import Connection

Role = Literal["live", "shadow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleText:
    """What a rule set says; `base_files`: those of the base that a site's set lies on; `machines`: machine as its
    overrides write it -> machine_id."""

    content_hash: str
    files: dict[str, str]
    base_files: dict[str, str] | None
    machines: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRules(RuleText):
    """A rule set as it was entered, and what has been done with it."""

    rule_set_id: int
    kind: Literal["base", "site"]
    base_id: int | None
    version: str
    note: str
    entered_at: datetime
    entered_by: str
    role: Role | None
    replays: int
    """Records that allow it to be promoted."""
    switches: int
    """Of all sets."""

    @property
    def revision(self) -> int:
        """Another one after each replay that is done and each switch of any set."""
        return self.replays + self.switches


_SETS: LiteralString = """
SELECT s.rule_set_id, s.kind, s.base_id, s.version, s.content_hash, s.files, b.files AS base_files, s.machines, s.note,
    s.entered_at, s.entered_by, r.role,
    (SELECT count(*) FROM rule_replay p WHERE p.rule_set_id = s.rule_set_id AND p.state = 'done'
        AND p.kind <> 'tuning') AS replays,
    (SELECT coalesce(max(switch_id), 0) FROM rule_set_switch) AS switches
FROM rule_set s LEFT JOIN rule_set b ON b.rule_set_id = s.base_id
LEFT JOIN (
    SELECT DISTINCT ON (role) role, rule_set_id FROM rule_set_switch ORDER BY role, switch_id DESC
) r ON r.rule_set_id = s.rule_set_id
"""
IN_FORCE: LiteralString = _SETS + "WHERE r.role IS NOT NULL"
ALL: LiteralString = _SETS + "ORDER BY s.rule_set_id DESC"
CURRENT: LiteralString = """
SELECT DISTINCT ON (role) role, rule_set_id FROM rule_set_switch ORDER BY role, switch_id DESC
"""


def list_in_force(conn: psycopg.Connection) -> dict[Role, StoredRules]:
    """The live set and the one in shadow, as far as there are."""
    with conn.cursor(row_factory=class_row(StoredRules)) as cursor:
        return {row.role: row for row in cursor.execute(IN_FORCE) if row.role is not None}


BY_NUMBER: LiteralString = _SETS + "WHERE s.rule_set_id = %s"


def get_rules(conn: psycopg.Connection, rule_set: int | None) -> StoredRules:
    """The set of a number, which must be there."""
    with conn.cursor(row_factory=class_row(StoredRules)) as cursor:
        found = cursor.execute(BY_NUMBER, [rule_set]).fetchone()
    if found is None:
        raise LookupError(rule_set)
    return found


def roles(conn: psycopg.Connection) -> dict[Role, int | None]:
    """Which set is live and which in shadow, by number."""
    return dict(conn.execute(CURRENT).fetchall())


HASHES: LiteralString = """
SELECT DISTINCT ON (s.version) s.version, s.content_hash FROM rule_set s
LEFT JOIN (
    SELECT rule_set_id FROM rule_set_switch WHERE role = 'live' ORDER BY switch_id DESC LIMIT 1
) r USING (rule_set_id)
WHERE s.version = ANY(%s) ORDER BY s.version, r.rule_set_id NULLS LAST, s.rule_set_id DESC
"""
PAGE: LiteralString = _SETS + "WHERE s.rule_set_id < %(before)s ORDER BY s.rule_set_id DESC LIMIT %(limit)s"
TEXTS: LiteralString = """
SELECT s.content_hash, s.files, b.files AS base_files, s.machines
FROM rule_set s LEFT JOIN rule_set b ON b.rule_set_id = s.base_id WHERE s.content_hash = ANY(%(hashes)s)
"""


def find_hash(conn: psycopg.Connection, version: str) -> str | None:
    """The content hash of a version's set, of several that differ in words as in `list_hashes`; None: there is none."""
    row = conn.execute(HASHES, [[version]]).fetchone()
    return None if row is None else str(row[1])


def find_by_hash(conn: psycopg.Connection, content: str) -> RuleText | None:
    """What the set of a content hash says; None when there is none."""
    with conn.cursor(row_factory=class_row(RuleText)) as cursor:
        return cursor.execute(TEXTS, {"hashes": [content]}).fetchone()


async def list_hashes(conn: Connection, versions: Sequence[str]) -> dict[str, str]:
    """Version -> content hash of its set; of several that differ in words the live one's, else the newest one's."""
    return dict(await (await conn.execute(HASHES, [list(versions)])).fetchall())


async def list_page(conn: Connection, *, before: int, limit: int) -> list[StoredRules]:
    """A page of sets, the newest first."""
    return await list_rows(conn, StoredRules, PAGE, {"before": before, "limit": limit})


async def list_texts(conn: Connection, hashes: Sequence[str]) -> list[RuleText]:
    """What the sets of these content hashes say."""
    return await list_rows(conn, RuleText, TEXTS, {"hashes": list(hashes)})


async def list_rule_sets(conn: Connection) -> list[StoredRules]:
    """All of them, the newest first."""
    return await list_rows(conn, StoredRules, ALL, {})


FIND: LiteralString = (
    _SETS
    + """
WHERE s.rule_set_id::text = %(wanted)s OR r.role = %(wanted)s OR s.kind = %(wanted)s OR length(%(wanted)s) >= 4
    AND (starts_with(s.version, %(wanted)s) OR starts_with(s.content_hash, %(wanted)s))
ORDER BY s.rule_set_id DESC
"""
)


async def find_rule_sets(conn: Connection, wanted: str) -> list[StoredRules]:
    """Those of a number, a role, a kind, or the beginning of a version or content hash; the newest first."""
    return await list_rows(conn, StoredRules, FIND, {"wanted": wanted})


MODELS: LiteralString = "SELECT name, kind FROM machine_model UNION ALL SELECT '', code FROM machine_kind"


async def list_models(conn: Connection) -> list[tuple[str, str]]:
    """Name and kind of every model of machine; of kinds without one the name is empty."""
    return await (await conn.execute(MODELS)).fetchall()


LOCK: LiteralString = "SELECT pg_advisory_xact_lock(hashtext('rule sets'))"
INSERT: LiteralString = """
INSERT INTO rule_set (kind, base_id, version, content_hash, files, machines, note, entered_at, entered_by)
VALUES (%(kind)s, %(base_id)s, %(version)s, %(content_hash)s, %(files)s, %(machines)s, %(note)s, %(now)s, %(by)s)
ON CONFLICT (content_hash) DO NOTHING RETURNING rule_set_id
"""
ENTER_LIVE: LiteralString = """
WITH replay AS (
    INSERT INTO rule_replay (rule_set_id, kind, state, started_at, finished_at, started_by)
    VALUES (%(rule_set)s, 'no_history', 'done', %(now)s, %(now)s, %(by)s) RETURNING replay_id
)
INSERT INTO rule_set_switch (role, rule_set_id, replay_id, action, at, by_name)
SELECT 'live', %(rule_set)s, replay_id, 'enter', %(now)s, %(by)s FROM replay
"""
NO_LIVE_YET: LiteralString = "SELECT NOT EXISTS (SELECT FROM rule_set_switch WHERE role = 'live')"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRules:
    """A rule set to enter."""

    kind: Literal["base", "site"]
    base_id: int | None
    version: str
    content_hash: str
    files: Mapping[str, str]
    machines: Mapping[str, int] = field(default_factory=dict)
    note: str = ""

    def parameters(self, by: str, now: datetime) -> dict[str, Any]:
        """For INSERT."""
        given = {name: getattr(self, name) for name in ("kind", "base_id", "version", "content_hash", "note")}
        texts = {"files": Jsonb(dict(self.files)), "machines": Jsonb(dict(self.machines))}
        return given | texts | {"now": now, "by": by}


KNOWN: LiteralString = "SELECT rule_set_id FROM rule_set WHERE content_hash = %s"


def enter_base(conn: psycopg.Connection, rules: NewRules, *, by: str, now: datetime) -> bool:
    """Enter a shipped set, once; live at once, with the record 'no history', where no set was live before.

    True when it is new.
    """
    if conn.execute(KNOWN, [rules.content_hash]).fetchone() is not None:
        return False
    conn.execute(LOCK)
    row = conn.execute(INSERT, rules.parameters(by, now)).fetchone()
    if row is None:
        return False
    if conn.execute(NO_LIVE_YET).fetchone() == (True,):
        conn.execute(ENTER_LIVE, {"rule_set": row[0], "now": now, "by": by})
    return True


async def insert_rule_set(conn: Connection, rules: NewRules, *, by: str, now: datetime) -> int | None:
    """Enter a set; its number, None when it is there."""
    row = await (await conn.execute(INSERT, rules.parameters(by, now))).fetchone()
    return None if row is None else int(row[0])


async def lock_switches(conn: Connection) -> None:
    """Nobody else switches until this transaction ends."""
    await conn.execute(LOCK)


SWITCH: LiteralString = """
INSERT INTO rule_set_switch (role, rule_set_id, replay_id, action, at, by_name)
VALUES (%(role)s, %(rule_set)s, %(replay)s, %(action)s, %(now)s, %(by)s)
"""
# A day of all machines, or all there was when it ran but its last ten minutes; of nothing only where nothing is stored.
RECORD: LiteralString = """
SELECT replay_id FROM rule_replay p WHERE rule_set_id = %s AND state = 'done' AND (
    kind = 'no_history' OR kind = 'history' AND machine_ids IS NULL
    AND (rows > 0 OR NOT EXISTS (SELECT FROM machine m JOIN reading r ON r.machine_id = m.machine_id))
    AND (
        to_at - from_at >= interval '24 hours'
        OR NOT EXISTS (
            SELECT FROM machine m JOIN reading r ON r.machine_id = m.machine_id WHERE r.measured_at < p.from_at
        )
        AND NOT EXISTS (
            SELECT FROM machine m JOIN reading r ON r.machine_id = m.machine_id
            WHERE r.measured_at >= p.to_at AND r.measured_at < p.started_at - interval '10 minutes'
        )
    )
) ORDER BY replay_id DESC LIMIT 1
"""
LIVE_SWITCHES: LiteralString = """
SELECT rule_set_id, action = 'rollback' FROM rule_set_switch WHERE role = 'live' ORDER BY switch_id
"""


async def insert_switch(
    conn: Connection, role: Role, rule_set: int | None, *, replay: int | None, action: str, by: str, now: datetime
) -> None:
    """From now on the set has the role; None: no set has it."""
    given = {"role": role, "rule_set": rule_set, "replay": replay, "action": action, "by": by, "now": now}
    await conn.execute(SWITCH, given)


async def find_record(conn: Connection, rule_set: int) -> int | None:
    """The newest replay of a set that allows it to go live; see docs/rules-workflow.md."""
    row = await (await conn.execute(RECORD, [rule_set])).fetchone()
    return None if row is None else int(row[0])


async def list_live_switches(conn: Connection) -> list[tuple[int | None, bool]]:
    """Which set was made live, and whether that was a way back; the oldest first."""
    return await (await conn.execute(LIVE_SWITCHES)).fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchRow:
    """A set took a role, or nobody has it any more (rule_set_id None); replay_id: the record it went live by."""

    id: int
    role: Role
    rule_set_id: int | None
    replay_id: int | None
    action: str
    at: datetime
    by: str


SWITCHES: LiteralString = """
SELECT switch_id AS id, role, rule_set_id, replay_id, action, at, by_name AS by FROM rule_set_switch
WHERE switch_id < %(before)s ORDER BY switch_id DESC LIMIT %(limit)s
"""


async def list_switches(conn: Connection, *, before: int, limit: int) -> list[SwitchRow]:
    """Who switched what, the newest first."""
    return await list_rows(conn, SwitchRow, SWITCHES, {"before": before, "limit": limit})
