"""Notices by the thousand: alarms a second, each in a mail of its own to a server on loopback, with one sender.

`python -m bench.notices [--alarms 10000] [--over 60] [--down 0]`: so many alarms over so many seconds, every tenth
critical; for `--down` seconds at the beginning the mail server is away. Prints how long the queue grew and how late
they were; exits 1 unless each alarm was told exactly once and, where it queued, the critical ones went first.
"""

import argparse
import asyncio
import os
import sys
import time
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from aiosmtpd.controller import Controller

from app.embedded import EmbeddedServers
from app.embedded.child import free_port
from bench.report import keep
from storage.migrate import migrate
from storage.users import ensure_organisation

WORLD = """
WITH u AS (
    INSERT INTO app_user (public_id, organisation_id, login, role, email, name, language)
    VALUES (gen_random_uuid(), %(organisation)s, 'owner', 'owner', 'owner@example.com', 'Owner', 'en') RETURNING user_id
), p AS (
    INSERT INTO notice_preference
    SELECT user_id, '{"email": ["critical", "high", "medium", "low", "info"]}', NULL, NULL, '{}',
        'off', '{}', 480, 0, true, 1, now() FROM u
), m AS (
    INSERT INTO machine (public_id, pin, name)
    SELECT gen_random_uuid(), 'M-' || i, 'machine ' || i FROM generate_series(1, %(machines)s) i RETURNING machine_id
)
INSERT INTO ownership (machine_id, organisation_id) SELECT machine_id, %(organisation)s FROM m
"""
ALARMS = """
WITH wanted AS (
    SELECT gen_random_uuid() AS finding_id, gen_random_uuid() AS alarm_id, machine_id, 'bench_' || %(batch)s AS key,
        CASE WHEN machine_id %% 10 = 0 THEN 'critical' ELSE 'low' END AS severity
    FROM machine
), f AS (
    INSERT INTO finding (finding_id, machine_id, source_kind, source_key, version, severity, from_at, held_at)
    SELECT finding_id, machine_id, 'rule', key, 'v1', severity, now(), now() FROM wanted
), a AS (
    INSERT INTO alarm (alarm_id, machine_id, source_kind, source_key, severity, finding_id, state, raised_at,
        committed_at)
    SELECT alarm_id, machine_id, 'rule', key, severity, finding_id, 'active', now(), now() FROM wanted
)
INSERT INTO alarm_transition (alarm_id, at, kind, version, actor)
SELECT alarm_id, clock_timestamp(), 'raised', 'v1', 'platform' FROM wanted
"""
LATE = """
SELECT extract(epoch FROM n.ended_at - n.made_at)::float8 FROM notice n WHERE n.severity = %s AND n.state = 'sent'
"""
MACHINES = 100  # alarms a transaction
WHOLE = 10_000
PATIENCE_S = 900.0


class Taking:
    """Takes mail and remembers which notices they were."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Take it."""
        self.ids.append(str(BytesHeaderParser().parsebytes(envelope.content)["ECC-Notice-Id"]))
        return "250 taken"


async def run(url: dict[str, str], alarms: int, over_s: float, down_s: float) -> bool:
    """Raise the alarms, wait until all of it is sent, print; True when each was told once."""
    port, taking = free_port(None), Taking()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ECC_")} | {
        "ECC_DATABASE_URL": url["ecc_sender"],
        "ECC_MQTT_URL": "mqtt://127.0.0.1:1",
        "ECC_SMTP_URL": f"smtp://127.0.0.1:{port}",
        "ECC_LOG_LEVEL": "error",
    }
    server = Controller(taking, hostname="127.0.0.1", port=port)
    sender = await asyncio.create_subprocess_exec(sys.executable, "-m", "app.cli", "sender", env=environment)
    began, most = time.monotonic(), 0
    try:
        with psycopg.connect(url["ecc_owner"], autocommit=True) as conn:
            waiting = "SELECT count(*) FROM notice WHERE state IN ('queued', 'sending')"
            raised = 0
            is_up = False
            while True:
                passed = time.monotonic() - began
                if not is_up and passed >= down_s:
                    server.start()
                    is_up = True
                while raised < min(alarms, alarms * passed / over_s):
                    conn.execute(ALARMS, {"batch": raised})
                    raised += MACHINES
                row = conn.execute(waiting).fetchone()
                most = max(most, row[0] if row else 0)
                if raised >= alarms and len(set(taking.ids)) >= alarms:
                    break
                if sender.returncode is not None or passed > over_s + down_s + PATIENCE_S:
                    print(f"the sender ended, or was not done in time: {len(set(taking.ids))} of {raised} told")
                    break
                await asyncio.sleep(0.2)
            done = Done(alarms, over_s, down_s, time.monotonic() - began, most, taking)
            return told_once(conn, done)
    finally:
        sender.terminate()
        await sender.wait()
        if server.server is not None:
            server.stop()


@dataclass(frozen=True)
class Done:
    """A run: so many alarms over a time, when all was told, the longest queue, and what came."""

    alarms: int
    over_s: float
    down_s: float
    took_s: float
    queue: int
    taking: Taking


def told_once(conn: psycopg.Connection, done: Done) -> bool:
    """Print and keep what came of it; True when each alarm was told once, the critical ones first."""
    told = conn.execute("SELECT count(*), count(DISTINCT source_id) FROM notice_told").fetchone()
    mails, different = len(done.taking.ids), len(set(done.taking.ids))
    away = f"mail server away for {done.down_s:g} s"
    print(f"{done.alarms} alarms over {done.over_s:g} s, {away}; all told after {done.took_s:.1f} s")
    print(f"longest queue {done.queue}; mails {mails}, different ones {different}; told {told}")
    critical, low = (print_lateness(conn, severity) for severity in ("critical", "low"))
    if (done.alarms, done.down_s) == (WHOLE, 0):
        keep(
            "notices",
            {
                "alarms": (done.alarms, "alarms", None),
                "raised_over_s": (done.over_s, "s", None),
                "all_told_after_s": (done.took_s, "s", None),
                "mails": (mails, "mails", done.alarms),
                "different_mails": (different, "mails", done.alarms),
                "longest_queue": (done.queue, "notices", None),
                "critical_late_median_s": (critical, "s", None),
                "low_late_median_s": (low, "s", None),
            },
        )
    return told == (done.alarms, done.alarms) and mails == different == done.alarms and critical <= low


def print_lateness(conn: psycopg.Connection, severity: str) -> float:
    """Say how late the notices of a severity were; returns the median in seconds."""
    late: list[float] = [found[0] for found in conn.execute(LATE, [severity]).fetchall()]
    cut = quantiles(late, n=100)
    print(f"{severity}: {len(late)} notices, late by {cut[49]:.2f} s (median), {cut[98]:.2f} s (p99)")
    return cut[49]


def main() -> int:
    """Run it on servers of its own; 0 when each alarm was told exactly once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alarms", type=int, default=WHOLE)
    parser.add_argument("--over", type=float, default=60.0)
    parser.add_argument("--down", type=float, default=0.0)
    given = parser.parse_args()
    with TemporaryDirectory(prefix="ecc-bench-") as directory:
        Path(directory).chmod(0o755)
        (Path(directory) / "data").mkdir()
        with EmbeddedServers(Path(directory) / "data") as servers:
            url = {role: servers.database_url(role) for role in ("ecc_owner", "ecc_sender")}
            migrate(url["ecc_owner"])
            with psycopg.connect(url["ecc_owner"], autocommit=True) as conn:
                organisation = ensure_organisation(conn, kind="customer", name="North")
                conn.execute(WORLD, {"organisation": organisation, "machines": MACHINES})
            return 0 if asyncio.run(run(url, given.alarms, given.over, given.down)) else 1


if __name__ == "__main__":
    sys.exit(main())
