"""Each side of the bench: one function a run, giving named samples.

A rate is rows / (last commit - first PUBLISH sent).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, LiteralString

import numpy as np

from bench import usage
from bench.database import Commits, Database, Float64Array, Int64Array, WalSyncs
from bench.load import Load
from bench.stand import Gateway, Stand

Samples = dict[str, float]

LIVE_SPAN_S = 750  # live rows lie in the last quarter of an hour: older ones would be history
HISTORY_AGE_S = 2 * 24 * 3600
RULES_OFF = {"ECC_RULES_ON": "false"}
SMALL_COMMITS = {"ECC_BATCH_ROWS": "250", "ECC_BATCH_ROWS_LIMIT": "250"}
SIGNALS_A_ROW = 10
JUDGED_WITHIN_S = 300.0
STANDING: LiteralString = """
WITH found AS (
    INSERT INTO finding (finding_id, machine_id, source_kind, source_key, version, severity, from_at, held_at)
    SELECT gen_random_uuid(), m.machine_id, 'model', 'standing ' || n, 'bench', 'high', now() - n * interval '1 min',
        now() - n * interval '1 min'
    FROM machine m, generate_series(1, 100000 / (SELECT count(*) FROM machine)) n
    RETURNING *
), raised AS (
    INSERT INTO alarm (alarm_id, machine_id, source_kind, source_key, severity, finding_id, state, raised_at,
                       committed_at, announced_at)
    SELECT finding_id, machine_id, source_kind, source_key, severity, finding_id, 'active', held_at, held_at, held_at
    FROM found RETURNING alarm_id
)
SELECT count(*) FROM raised
"""
GROWING_MS = 60_000.0


class Wrong(RuntimeError):
    """A run whose rows are not exactly those that were sent measures nothing."""


@dataclass(frozen=True)
class Size:
    """How much is sent in each run."""

    machines: int = 10_000
    burst: int = 300_000
    ten_row_messages: int = 100_000
    half_seconds: int = 20
    sustained_seconds: int = 60


@dataclass(frozen=True)
class Flow:
    """One load that went through the gateway."""

    load: Load
    first_at: float
    commits: Commits
    last_commit_us: int
    generator_cpu_s: float
    behind_s: float

    @property
    def seconds(self) -> float:
        """From the first PUBLISH to the last commit."""
        return self.last_commit_us / 1e6 - self.first_at

    @property
    def rows_per_s(self) -> float:
        """Rows sent over that time."""
        return self.load.rows / self.seconds


def now_us() -> int:
    """Now, in whole milliseconds, as us."""
    return time.time_ns() // 1_000_000 * 1000


def live_load(size: Size, messages: int, *, rows: int = 1, sets: int = 3, boot: str = "bench") -> Load:
    """A burst of live rows that ends about now."""
    turns = messages // size.machines * rows
    spacing_us = min(25_000_000, LIVE_SPAN_S * 1000 // turns * 1000)
    now = now_us()
    return Load(
        messages=messages,
        machines=size.machines,
        rows_per_message=rows,
        sets=sets,
        start_us=now - (turns + 1) * spacing_us,
        spacing_us=spacing_us,
        boot=boot,
        sentinel_us=now,
    )


def offered_load(size: Size, rate: float, seconds: int) -> Load:
    """Rows measured in real time at an offered rate; the number of messages is a whole number a machine."""
    spacing_us = round(size.machines / rate * 1000) * 1000
    messages = max(1, round(rate * seconds / size.machines)) * size.machines
    now = now_us()
    return Load(
        messages=messages, machines=size.machines, start_us=now, spacing_us=spacing_us, boot="paced", sentinel_us=now
    )


def warm_up(stand: Stand, database: Database, load: Load) -> None:
    """One message of each machine before the clock starts, one spacing before the load's first row."""
    spacing = load.spacing_us
    before = Load(
        messages=load.machines,
        machines=load.machines,
        sets=load.sets,
        start_us=load.start_us - spacing,
        spacing_us=spacing,
        boot="warm-up",
        sentinel_us=load.sentinel_us - 1000,
    )
    run_load(stand, database, before)


def run_load(stand: Stand, database: Database, load: Load, rate: float | None = None, *, new: bool = True) -> Flow:
    """Send a load, wait for its commit, check that exactly its rows are there. new=False: they were there before."""
    worker = stand.generator(load, rate)
    worker.go()
    sent: dict[str, Any] = worker.answer()
    database.await_end(load, stand.connections, stand.check_gateway)
    commits = database.commits(load)
    closing = database.commits(load, of_closing=True)
    if commits.total_rows != load.rows:
        raise Wrong(f"{load.boot}: {load.rows} rows sent, {commits.total_rows} in the table")
    if refused := database.number("SELECT count(*) FROM quarantine"):
        raise Wrong(f"{load.boot}: {refused} messages or rows in quarantine")
    last = int(closing.at_us.max())
    return Flow(
        load,
        sent["first_at"],
        commits,
        max(last, int(commits.at_us.max())) if new else last,
        sent["cpu_s"],
        sent["behind_s"],
    )


def bare(stand: Stand, size: Size) -> Samples:
    """The bare subscriber on the same broker and load."""
    stand.fresh_database()
    load = live_load(size, size.burst)
    generator = stand.generator(load).await_ready()
    counter = stand.bare_subscriber(load.messages + stand.connections).await_ready()
    generator.go()
    sent, counted = generator.answer(), counter.answer()
    return {"bare_subscriber_msgs_per_s": load.messages / (counted["last_at"] - sent["first_at"])}


def one_row(stand: Stand, size: Size) -> Samples:
    """One row a message: the burst, the same again, and a back-fill, on one database and gateway."""
    database = stand.fresh_database()
    load = live_load(size, size.burst)
    with stand.gateway(database) as gateway:
        warm_up(stand, database, load)
        before = _cpu(stand, gateway)
        first = run_load(stand, database, load)
        used = {name: seconds - before[name] for name, seconds in _cpu(stand, gateway).items()}
        _check_alarms(database, load)
        disk = database.number("SELECT hypertable_size('reading')") / (database.number("SELECT count(*) FROM reading"))
        again = Load(**{**_fields(load), "sentinel_us": now_us()})
        replay = run_load(stand, database, again, new=False)
        backfill = run_load(stand, database, _history(size))
        judged = _await_judged(database)
    million = load.rows / 1e6
    return {
        "e2e_1_row_msgs_per_s": first.rows_per_s,
        "replay_vs_first": replay.rows_per_s / first.rows_per_s,
        "backfill_vs_first": backfill.rows_per_s / first.rows_per_s,
        "backfill_judged_after_s": judged,
        "e2e_rows_per_commit": load.rows / len(first.commits.rows),
        "gateway_cpu_s_per_million_rows": used["gateway"] / million,
        "database_cpu_s_per_million_rows": used["database"] / million,
        "broker_cpu_s_per_million_rows": used["broker"] / million,
        "generator_cpu_s_per_million_rows": first.generator_cpu_s / million,
        "disk_bytes_per_data_point": disk / SIGNALS_A_ROW,
    }


def rules_off(stand: Stand, size: Size) -> Samples:
    """The burst with no rules; compared with one_row of the same repeat."""
    return {"rules_off_msgs_per_s": _burst(stand, size, settings=RULES_OFF)}


def masks(stand: Stand, size: Size) -> Samples:
    """The burst with 20 different sets of signals in every batch."""
    return {"e2e_20_masks_msgs_per_s": _burst(stand, size, sets=20)}


def small_commits(stand: Stand, size: Size) -> Samples:
    """The burst with at most 250 rows a commit."""
    return {"e2e_250_rows_a_commit_msgs_per_s": _burst(stand, size, settings=SMALL_COMMITS)}


def standing_alarms(stand: Stand, size: Size) -> Samples:
    """The burst while 100,000 alarms of other sources stand, none of them acknowledged."""
    return {"standing_alarms_msgs_per_s": _burst(stand, size, before=STANDING)}


def _burst(
    stand: Stand,
    size: Size,
    *,
    sets: int = 3,
    settings: Mapping[str, str] | None = None,
    before: LiteralString = "SELECT 0",
) -> float:
    database = stand.fresh_database()
    database.number(before)
    load = live_load(size, size.burst, sets=sets)
    with stand.gateway(database, settings):
        warm_up(stand, database, load)
        return run_load(stand, database, load).rows_per_s


def ten_rows(stand: Stand, size: Size) -> Samples:
    """Ten rows a message, columnar; then the same rows in the same batches by raw COPY with nothing else running."""
    database = stand.fresh_database()
    load = live_load(size, size.ten_row_messages, rows=10)
    with stand.gateway(database):
        warm_up(stand, database, load)
        flow = run_load(stand, database, load)
    copied = stand.raw_copy(stand.fresh_database(), load, flow.commits.rows.tolist())
    copied.go()
    raw = copied.answer()
    raw_rate = raw["rows"] / raw["seconds"]
    return {
        "e2e_10_rows_rows_per_s": flow.rows_per_s,
        "raw_copy_rows_per_s": raw_rate,
        "e2e_10_rows_vs_raw_copy": flow.rows_per_s / raw_rate,
    }


def half_rate(stand: Stand, size: Size, maximum: float) -> Samples:
    """Publish to commit at half of the maximum rate."""
    latency_ms, _ = _paced(stand, size, maximum / 2, size.half_seconds)
    p50, p99 = np.percentile(latency_ms, [50, 99])
    return {"publish_to_commit_p50_ms": float(p50), "publish_to_commit_p99_ms": float(p99)}


def sustained(stand: Stand, size: Size, rate: float) -> Samples:
    """Publish to commit over a minute at the offered rate, and the largest backlog.

    A backlog that grows counts as a p99 of at least a minute.
    """
    latency_ms, backlog = _paced(stand, size, rate, size.sustained_seconds)
    p99 = float(np.percentile(latency_ms, 99))
    return {
        "e2e_sustained_p99_ms": p99 if _is_bounded(backlog, rate) else max(p99, GROWING_MS),
        "e2e_sustained_offered_msgs_per_s": rate,
        "e2e_sustained_backlog_msgs": float(backlog.max()),
    }


def sustained_at_aim(stand: Stand, size: Size, rate: float) -> Samples:
    """The same at the aim's rate."""
    return {"e2e_sustained_at_aim_p99_ms": sustained(stand, size, rate)["e2e_sustained_p99_ms"]}


def _paced(stand: Stand, size: Size, rate: float, seconds: int) -> tuple[Float64Array, Int64Array]:
    """Latency of each message, ms, from the instant it was due, and the backlog at each quarter of a second."""
    database = stand.fresh_database()
    load = offered_load(size, rate, seconds)
    with stand.gateway(database), WalSyncs(stand.servers.superuser_url(database.name)) as syncs:
        warm_up(stand, database, load)
        load = Load(**{**_fields(load), "start_us": now_us() + 1_000_000, "sentinel_us": now_us() + 1_000_000})
        flow = run_load(stand, database, load, rate)
        time.sleep(1.1)  # the last flushes reach the statistics within a second
    due_us = flow.first_at * 1e6 + np.arange(load.messages) / rate * 1e6
    committed = database.commit_of_messages_us(load, flow.commits)
    done_us = committed + syncs.mean_us(committed)
    ticks = np.arange(due_us[0], due_us[-1], 250_000)
    backlog = np.searchsorted(due_us, ticks) - np.searchsorted(np.sort(done_us), ticks)
    return (done_us - due_us) / 1e3, backlog


def _is_bounded(backlog: Int64Array, rate: float) -> bool:
    """The last sixth of the run waits for no more than the middle did, give or take half a second of messages."""
    sixth = max(1, len(backlog) // 6)
    return bool(backlog[-sixth:].mean() <= backlog[2 * sixth : 4 * sixth].mean() + rate / 2)


def memory(stand: Stand, size: Size) -> Samples:
    """What a machine costs the gateway: its memory with all machines less that with a hundredth of them."""
    few = max(10, size.machines // 100)
    used = {}
    for machines in (few, size.machines):
        database = stand.fresh_database()
        load = live_load(Size(machines=machines), max(machines * 5, size.machines * 5) // machines * machines)
        with stand.gateway(database) as gateway:
            run_load(stand, database, load)
            time.sleep(2)
            used[machines] = usage.memory_bytes(gateway.pid)
    return {"gateway_bytes_per_machine": (used[size.machines] - used[few]) / (size.machines - few)}


def _history(size: Size) -> Load:
    """A back-fill of as many rows as the burst, two days old, newest first."""
    spacing_us = 25_000_000
    start = now_us() - HISTORY_AGE_S * 1_000_000 - size.burst // size.machines * spacing_us
    return Load(
        messages=size.burst,
        machines=size.machines,
        start_us=start,
        spacing_us=spacing_us,
        boot="history",
        newest_first=True,
        sentinel_us=now_us(),
    )


def _check_alarms(database: Database, load: Load) -> None:
    """Exactly the machines that broke a rule have an alarm of kind rule."""
    alarmed = database.number("SELECT count(DISTINCT machine_id) FROM alarm WHERE source_kind = 'rule'")
    if alarmed != load.breaking_machines:
        raise Wrong(f"{load.breaking_machines} machines break a rule, {alarmed} have an alarm")


def _await_judged(database: Database) -> float:
    """Seconds until every late row is judged, after the last of them was committed."""
    started = time.monotonic()
    while database.number("SELECT count(*) FROM rejudge WHERE NOT done"):
        if time.monotonic() - started > JUDGED_WITHIN_S:
            raise Wrong("the back-fill is not judged")
        time.sleep(0.1)
    return time.monotonic() - started


def _cpu(stand: Stand, gateway: Gateway) -> dict[str, float]:
    return stand.cpu_seconds() | {"gateway": usage.cpu_seconds(gateway.pid)}


def _fields(load: Load) -> dict[str, Any]:
    return {name: getattr(load, name) for name in load.__dataclass_fields__}
