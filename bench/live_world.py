"""What the live bench stands on: groups of machines with an owner, a site, a model and a kind each; events on them."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass
from typing import LiteralString

import psycopg

from storage.users import create_user, ensure_organisation

PASSWORD = "a password of the bench"
EXPERTS = 10
TENANTS = 10  # groups whose owner listens as well; an account costs a slow hash twice

GROUPS: LiteralString = """
WITH organisations AS (
    INSERT INTO organisation (public_id, kind, name)
    SELECT gen_random_uuid(), 'customer', 'group ' || g FROM generate_series(1, %(groups)s) g
    RETURNING organisation_id, name
), kinds AS (
    INSERT INTO machine_kind (code, en, zh) SELECT 'kind_' || g, 'kind ' || g, 'kind ' || g
    FROM generate_series(1, %(groups)s) g RETURNING code
), models AS (
    INSERT INTO machine_model (name, kind, nominal_voltage_v)
    SELECT replace(code, 'kind_', 'group '), code, 24 FROM kinds RETURNING model_id, name
), sites AS (
    INSERT INTO site (name, organisation_id) SELECT name, organisation_id FROM organisations RETURNING site_id, name
), machines AS (
    INSERT INTO machine (public_id, pin, name, model_id, site_id)
    SELECT gen_random_uuid(), o.name || ' ' || n, o.name || ' ' || n, m.model_id, s.site_id
    FROM organisations o JOIN models m USING (name) JOIN sites s USING (name),
        generate_series(1, %(machines)s / %(groups)s) n
    RETURNING machine_id, site_id
), owned AS (
    INSERT INTO ownership (machine_id, organisation_id)
    SELECT machine_id, organisation_id FROM machines JOIN sites s USING (site_id) JOIN organisations o USING (name)
), stated AS (
    INSERT INTO machine_state (machine_id, measured_at, received_at, online, work_state, signal_ids, signal_values,
        signal_at_us)
    SELECT machine_id, now(), now(), TRUE, 'working', '{0}', '{1500}', '{1700000000000000}' FROM machines
), findings AS (
    INSERT INTO finding (finding_id, machine_id, source_kind, source_key, version, severity, from_at, held_at, evidence)
    SELECT gen_random_uuid(), machine_id, 'rule', 'low_oil_pressure', '1', 'critical', now(), now(),
        '{"engine_oil_pressure_kpa": 82, "engine_speed_rpm": 1500}'
    FROM machines RETURNING finding_id, machine_id
)
INSERT INTO alarm (alarm_id, machine_id, source_kind, source_key, severity, finding_id, state, raised_at, committed_at)
SELECT gen_random_uuid(), machine_id, 'rule', 'low_oil_pressure', 'critical', finding_id, 'active', now(), now()
FROM findings
"""
LISTED: LiteralString = """
SELECT o.name, o.public_id::text, s.public_id::text, m.public_id::text, m.kind, array_agg(a.machine_id),
    array_agg(x.public_id::text), array_agg(a.alarm_id)
FROM organisation o JOIN site s USING (name) JOIN machine_model m USING (name)
JOIN machine x ON x.site_id = s.site_id JOIN alarm a USING (machine_id)
GROUP BY 1, 2, 3, 4, 5 ORDER BY 1
"""
EVENT: LiteralString = """
WITH transition AS (
    INSERT INTO alarm_transition (alarm_id, at, kind, version, actor)
    VALUES (%(alarm)s, clock_timestamp(), 'revised', '1', 'platform') RETURNING transition_id
)
INSERT INTO event_log (at, machine_id, kind, payload)
SELECT clock_timestamp(), %(machine)s, 'alarm.revised', jsonb_build_object('alarm_id', %(alarm)s::text, 'transition_id',
    transition_id, 'transition', 'revised', 'severity', 'critical') FROM transition
RETURNING xact::text::bigint, id
"""
COMMITS: LiteralString = """
SELECT xact, extract(epoch FROM pg_xact_commit_timestamp(xact::text::xid))::float8 FROM unnest(%s::bigint[]) xact
"""


@dataclass(frozen=True)
class Group:
    """One hundredth of the fleet, by every name that a filter can give it."""

    login: str | None
    organisation: str
    site: str
    model: str
    kind: str
    machine_ids: list[int]
    machines: list[str]
    alarms: list[str]


def build(url: str, *, groups: int, machines: int) -> list[Group]:
    """Make the world as the tables' owner."""
    with psycopg.connect(url) as conn:
        conn.execute(GROUPS, {"groups": groups, "machines": machines})
        platform = ensure_organisation(conn, kind="ecc", name="ECC")
        for number in range(EXPERTS):
            create_user(conn, organisation_id=platform, login=f"expert{number}", password=PASSWORD, role="expert")
        found = []
        for number, (name, *rest) in enumerate(conn.execute(LISTED).fetchall()):
            login = None
            if number < TENANTS:
                login = name.replace(" ", "")
                owner = ensure_organisation(conn, kind="customer", name=name)
                create_user(conn, organisation_id=owner, login=login, password=PASSWORD, role="owner")
            found.append(Group(login, *rest))
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("ANALYZE")
    return found


class Events(threading.Thread):
    """Commits `rate` events a second for `seconds`, each in a transaction of its own, spread over the groups."""

    def __init__(self, url: str, groups: list[Group], *, rate: float, seconds: float) -> None:
        super().__init__(daemon=True)
        self._url, self._groups, self._rate, self._count = url, groups, rate, round(rate * seconds)
        self.written: dict[str, tuple[int, int]] = {}  # by place: the transaction, and the number of the group
        self.late_s = 0.0  # how far behind its plan the last event was

    def run(self) -> None:
        """Write them all."""
        chance = random.Random(1)
        with psycopg.connect(self._url, autocommit=True) as conn:
            began = time.monotonic()
            for number in range(self._count):
                time.sleep(max(0.0, began + (number + chance.random()) / self._rate - time.monotonic()))
                at = number % len(self._groups)
                group = self._groups[at]
                one = chance.randrange(len(group.alarms))
                row = conn.execute(EVENT, {"alarm": group.alarms[one], "machine": group.machine_ids[one]}).fetchone()
                assert row is not None
                self.written[f"{row[0]}-{row[1]}"] = (row[0], at)
            self.late_s = time.monotonic() - began - self._count / self._rate


def commit_times(url: str, transactions: list[int]) -> dict[int, float]:
    """When each transaction was committed, seconds since 1970."""
    with psycopg.connect(url) as conn:
        return dict(conn.execute(COMMITS, [transactions]).fetchall())
