"""Rows that tests of the API stand on, written with the tables' owner."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID

import psycopg

from fleet.signals import packaged_catalogue
from storage.ids import uuid7
from storage.passwords import hash_password
from storage.users import INSERT_USER, ensure_organisation

PASSWORD = "correct horse battery staple"
CATALOGUE = packaged_catalogue()
NOW = datetime.now(UTC).replace(microsecond=0)


@cache
def password_hash() -> str:
    """That of PASSWORD."""
    return hash_password(PASSWORD)


@dataclass
class World:
    """Organisations and machines by name."""

    conn: psycopg.Connection
    organisations: dict[str, int] = field(default_factory=dict)
    machines: dict[str, int] = field(default_factory=dict)
    public: dict[str, UUID] = field(default_factory=dict)

    @classmethod
    def build(cls, conn: psycopg.Connection) -> World:
        world = cls(conn)
        platform = ensure_organisation(conn, kind="ecc", name="ECC")
        dealer = ensure_organisation(conn, kind="dealer", name="Dealer")
        north = ensure_organisation(conn, kind="customer", name="North", parent_id=dealer)
        south = ensure_organisation(conn, kind="customer", name="South")
        world.organisations = {"platform": platform, "dealer": dealer, "north": north, "south": south}
        for login, organisation, role in (
            ("owner", north, "owner"),
            ("colleague", north, "operator"),
            ("auditor", north, "auditor"),
            ("dealer", dealer, "dealer"),
            ("stranger", south, "owner"),
            ("expert", platform, "expert"),
        ):
            world.person(login, organisation, role)
        world.machine("digger", owner="north")
        world.machine("crane", owner="south", kind="truck_crane")
        return world

    def person(self, login: str, organisation: int, role: str) -> int:
        """Somebody with PASSWORD, whose hash costs a fifth of a second and is computed once."""
        given = {"public_id": uuid7(), "organisation_id": organisation, "login": login, "role": role}
        given |= {"password_hash": password_hash(), "language": None}
        row = self.conn.execute(INSERT_USER, given).fetchone()
        assert row is not None
        return int(row[0])

    def machine(self, name: str, *, owner: str | None, kind: str = "excavator", since: datetime | None = None) -> int:
        public_id = uuid7()
        row = self.conn.execute(
            """
            WITH model AS (
                INSERT INTO machine_model (name, kind, maker, nominal_voltage_v)
                VALUES (%(kind)s || '-1', %(kind)s, 'M', 24)
                ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING model_id
            )
            INSERT INTO machine (public_id, pin, serial_no, equipment_id, name, model_id)
            SELECT %(id)s, 'PIN-' || %(name)s, 'SN-' || %(name)s, 'EQ-' || %(name)s, %(name)s, model_id FROM model
            RETURNING machine_id
            """,
            {"kind": kind, "id": public_id, "name": name},
        ).fetchone()
        assert row is not None
        self.machines[name], self.public[name] = row[0], public_id
        if owner is not None:
            self.own(name, owner, from_at=since)
        return int(row[0])

    def own(self, machine: str, owner: str, *, from_at: datetime | None = None, to_at: datetime | None = None) -> None:
        self.conn.execute(
            "INSERT INTO ownership VALUES (%s, %s, coalesce(%s::timestamptz, '-infinity'), "
            "coalesce(%s::timestamptz, 'infinity'))",
            [self.machines[machine], self.organisations[owner], from_at, to_at],
        )

    def share(self, machine: str, organisation: str, *, data_class: str = "all") -> None:
        self.conn.execute(
            "INSERT INTO sharing (machine_id, organisation_id, data_class) VALUES (%s, %s, %s)",
            [self.machines[machine], self.organisations[organisation], data_class],
        )

    def state(
        self,
        machine: str,
        values: dict[str, float],
        *,
        at: datetime | None = None,
        online: bool = True,
        **older: datetime,
    ) -> None:
        """The last state; `older` gives single signals a time of their own."""
        at = at or datetime.now(UTC)
        ids = [CATALOGUE[key].id for key in values]
        times = [_us(older.get(key, at)) for key in values]
        self.conn.execute(
            "INSERT INTO machine_state VALUES (%s, %s, %s, %s, 'working', %s, %s, %s) "
            "ON CONFLICT (machine_id) DO UPDATE SET measured_at = excluded.measured_at, "
            "received_at = excluded.received_at, online = excluded.online, "
            "signal_ids = excluded.signal_ids, signal_values = excluded.signal_values, "
            "signal_at_us = excluded.signal_at_us",
            [self.machines[machine], at, at, online, ids, list(values.values()), times],
        )

    def readings(self, machine: str, rows: list[tuple[datetime, dict[str, float | None]]]) -> None:
        keys = sorted({key for _, values in rows for key in values})
        with (
            self.conn.cursor() as cursor,
            cursor.copy(f"COPY reading (machine_id, measured_at, received_at, {', '.join(keys)}) FROM STDIN") as copy,
        ):
            for at, values in rows:
                copy.write_row([self.machines[machine], at, at, *(values.get(key) for key in keys)])

    def alarm(
        self,
        machine: str,
        *,
        key: str = "low_oil_pressure",
        severity: str = "critical",
        state: str = "active",
        lifecycle: str = "normal",
        raised_at: datetime | None = None,
        kind: str = "rule",
        evidence: dict[str, float] | None = None,
        code_case: dict[str, object] | None = None,
        reason: dict[str, object] | None = None,
    ) -> UUID:
        raised_at = raised_at or NOW - timedelta(minutes=5)
        finding_id, alarm_id = uuid7(), uuid7()
        cleared_at = None if state == "active" else raised_at + timedelta(minutes=1)
        self.conn.execute(
            "INSERT INTO finding (finding_id, machine_id, source_kind, source_key, version, severity, from_at, "
            "held_at, to_at, evidence, code_case, reason) VALUES (%s, %s, %s, %s, 'v1', %s, %s, %s, %s, %s, %s, %s)",
            [
                finding_id,
                self.machines[machine],
                kind,
                key,
                severity,
                raised_at - timedelta(seconds=10),
                raised_at,
                cleared_at,
                json.dumps(evidence or {"engine_oil_pressure_kpa": 82.0}),
                code_case and json.dumps(code_case),
                reason and json.dumps(reason),
            ],
        )
        self.conn.execute(
            "INSERT INTO alarm (alarm_id, machine_id, source_kind, source_key, severity, finding_id, state, lifecycle, "
            "raised_at, cleared_at, committed_at, announced_at) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                alarm_id,
                self.machines[machine],
                kind,
                key,
                severity,
                finding_id,
                state,
                "active_unacknowledged" if state == "active" else lifecycle,
                raised_at,
                cleared_at,
                raised_at,
                raised_at,
            ],
        )
        self.log_raised(self.conn, machine, alarm_id, at=raised_at)
        return alarm_id

    def log_raised(self, conn: psycopg.Connection, machine: str, alarm_id: UUID, *, at: datetime) -> None:
        row = conn.execute(
            "INSERT INTO alarm_transition (alarm_id, at, kind, version, actor) "
            "VALUES (%s, %s, 'raised', 'v1', 'platform') RETURNING transition_id",
            [alarm_id, at],
        ).fetchone()
        assert row is not None
        payload = {"alarm_id": str(alarm_id), "transition_id": row[0], "transition": "raised"}
        conn.execute(
            "INSERT INTO event_log (at, machine_id, kind, payload) VALUES (%s, %s, 'alarm.raised', %s)",
            [at, self.machines[machine], json.dumps(payload)],
        )

    def event(self, machine: str, at: datetime, *, kind: int = 5, text: str | None = None, **columns: int) -> None:
        names = "".join(f", {name}" for name in columns)
        marks = ", %s" * len(columns)
        self.conn.execute(
            f"INSERT INTO event (machine_id, measured_at, received_at, kind, text, text_hash{names}) "
            f"VALUES (%s, %s, %s, %s, %s, hashtextextended(coalesce(%s, ''), 0){marks})",
            [self.machines[machine], at, at, kind, text, text, *columns.values()],
        )

    def extra(self, machine: str, values: list[tuple[datetime, str, float]]) -> None:
        with self.conn.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO reading_extra VALUES (%s, %s, %s, %s)", [(self.machines[machine], *row) for row in values]
            )

    def log(self, machine: str | None, payload: dict[str, object], *, kind: str = "webhook.test") -> None:
        self.conn.execute(
            "INSERT INTO event_log (at, machine_id, kind, payload) VALUES (clock_timestamp(), %s, %s, %s)",
            [None if machine is None else self.machines[machine], kind, json.dumps(payload)],
        )


def _us(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
