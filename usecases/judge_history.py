"""Judge machines again from what is stored: after late rows, and after a restart."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from alerts.lifecycle import TransitionKind
from alerts.service import Change, apply_changes
from diagnosis.engine import Engine, Rows
from diagnosis.rejudge import Job, Rejudge, Rejudged
from diagnosis.rows import NO_TIME
from diagnosis.snapshot import SnapshotError
from diagnosis.state import RuleState, partition_of
from fleet.batch import EventBatch, Int32Array, Int64Array
from fleet.findings import Finding, SourceKind
from storage.history import first_instants, last_instants, read_events, read_rows
from storage.pool import Connection
from storage.recorded_findings import list_findings_since
from storage.rejudge import Due, mark_done
from storage.rule_state import load_snapshots

JUDGED_KINDS = (SourceKind.RULE, SourceKind.DTC)
TAIL_MACHINES = 500  # machines whose stored tail is read at once at a restart


@dataclass(frozen=True, slots=True)
class Judged:
    """What judging history changed; `adopt` makes the live state agree and is called after the commit."""

    transitions: Sequence[TransitionKind]
    adopt: Callable[[], None]


def judge_history(
    conn: Connection,
    engine: Engine,
    state: RuleState,
    due: Sequence[Due],
    *,
    at: datetime,
    is_historic: Callable[[Finding], bool],
) -> Judged:
    """Judge the due machines again and write the difference to their recorded findings, in the caller's transaction."""
    ids = np.array([d.machine for d in due], np.int32)
    marks = state.marks(ids)
    jobs = [
        Job(machine=d.machine, dirty_from_us=d.from_us, dirty_to_us=d.to_us, mark_us=int(mark))
        for d, mark in zip(due, marks, strict=True)
    ]
    recorded = list_findings_since(conn, ids.tolist(), [d.from_us for d in due], JUDGED_KINDS)
    result = _run(conn, engine, Rejudge(engine, jobs, recorded))
    changes = [Change(revision.before, revision.after) for revision in result.revisions]
    transitions = apply_changes(conn, changes, at=at, is_historic=is_historic)
    mark_done(conn, ids)
    return Judged(transitions, lambda: result.adopt(state))


def restore_state(conn: Connection, engine: Engine, *, stale: Sequence[int], say: Callable[[str], None]) -> RuleState:
    """The rule state as it was at the last commit: the snapshot, the stored tail above its marks, and a rebuild.

    `stale` names machines that were judged again after the snapshot: their part of it is not used. Findings that come
    out are already recorded (they were committed with their readings) and are not written again.
    """
    state = engine.fresh_state()
    for version, blob in load_snapshots(conn).values():
        if version == engine.ruleset.version:
            _load(state, blob, say)
    state.drop(np.array(stale, np.int32))
    everyone = np.array([row[0] for row in conn.execute("SELECT machine_id FROM machine ORDER BY 1")], np.int32)
    known = everyone[state.marks(everyone) != NO_TIME] if len(everyone) else everyone
    for start in range(0, len(known), TAIL_MACHINES):
        _replay_tail(conn, engine, state, known[start : start + TAIL_MACHINES])
    _rebuild(conn, engine, state, np.setdiff1d(everyone, known), say)
    return state


def _load(state: RuleState, blob: bytes, say: Callable[[str], None]) -> None:
    try:
        state.load(blob)
    except SnapshotError as error:  # of a program before this one: its machines are rebuilt
        say(str(error))


def _replay_tail(conn: Connection, engine: Engine, state: RuleState, machines: Int32Array) -> None:
    after = state.marks(machines) + 1
    forever = np.full(len(machines), np.iinfo(np.int64).max)
    rows, events = _read(conn, engine, machines, after, forever)
    if len(rows.machine) or len(events):
        engine.judge(rows, events, state).adopt()


def _rebuild(
    conn: Connection, engine: Engine, state: RuleState, machines: Int32Array, say: Callable[[str], None]
) -> None:
    last = last_instants(conn, machines) if len(machines) else np.empty(0, np.int64)
    have = last >= 0
    jobs = [
        Job(machine=int(machine), dirty_from_us=int(mark) + 1, dirty_to_us=int(mark) + 1, mark_us=int(mark))
        for machine, mark in zip(machines[have], last[have], strict=True)
    ]
    for start in range(0, len(jobs), TAIL_MACHINES):
        part = jobs[start : start + TAIL_MACHINES]
        say(f"rebuilding the rule state of {len(part)} machines from their history")
        ids = [job.machine for job in part]
        recorded = list_findings_since(conn, ids, [job.dirty_from_us for job in part], JUDGED_KINDS)
        _run(conn, engine, Rejudge(engine, part, recorded)).adopt(state)


def _run(conn: Connection, engine: Engine, plan: Rejudge) -> Rejudged:
    while len(need := plan.need()):
        rows, events = _read(conn, engine, need.machine, need.from_us, need.to_us)
        plan.feed(rows, events, first_instants(conn, need.machine))
    return plan.result()


def _read(
    conn: Connection, engine: Engine, machines: Int32Array, from_us: Int64Array, to_us: Int64Array
) -> tuple[Rows, EventBatch]:
    machine, at_us, values = read_rows(
        conn, machines, from_us, to_us, catalogue=engine.catalogue, signals=engine.ids.tolist()
    )
    return Rows(machine=machine, at_us=at_us, values=values), read_events(conn, machines, from_us, to_us)


def snapshot_of(state: RuleState) -> dict[int, bytes]:
    """The state as one blob a partition that has machines."""
    partitions = np.unique(partition_of(state.machines()))
    return {int(partition): state.export(int(partition)) for partition in partitions}
