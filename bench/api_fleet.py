"""The API bench's fleet: organisations, sites, models, machines, their last states and their alarms."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import psycopg

from bench.api_size import (
    CUSTOMERS_A_DEALER,
    DEALER,
    DEALER_NAME,
    EXPERT,
    KINDS,
    MAKERS,
    MODELS,
    OTHER_DEALERS,
    OWNER,
    OWNER_NAME,
    PASSWORD,
    Size,
)
from bench.signal_sets import EXCAVATOR, HEALTHY, HYDRAULICS, TRUCK, SignalSet
from fleet.signals import packaged_catalogue
from storage.ids import uuid7
from storage.machine_state import save_states
from storage.users import ensure_organisation, seed_demo_user

Int32Array = npt.NDArray[np.int32]
SEED = 3
STATE_SIGNALS = tuple(dict.fromkeys((*EXCAVATOR, *HYDRAULICS, *TRUCK)))
RULES = (
    ("low_oil_pressure", "critical"),
    ("coolant_overheat", "critical"),
    ("battery_overvoltage", "high"),
    ("engine_overspeed", "high"),
    ("hydraulic_oil_overheat", "medium"),
    ("air_filter_restriction", "medium"),
    ("low_fuel", "low"),
    ("def_low", "info"),
)
INSERT_MODELS = """
INSERT INTO machine_model (name, kind, maker, nominal_voltage_v)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::smallint[]) RETURNING model_id
"""
INSERT_SITES = """
INSERT INTO site (name, time_zone, organisation_id)
SELECT name, 'Asia/Shanghai', organisation_id FROM unnest(%s::text[], %s::integer[]) AS n (name, organisation_id)
RETURNING site_id
"""
INSERT_MACHINES = """
INSERT INTO machine (public_id, pin, serial_no, equipment_id, name, model_id, nominal_voltage_v)
SELECT gen_random_uuid(), 'ECCBENCH' || n, 'SN-' || n, 'EQ-' || n, 'new ' || n, 1, 24 FROM generate_series(1, %s) AS n
"""
INSTALL = """
WITH made AS (
    INSERT INTO terminal (name) SELECT pin FROM machine WHERE pin LIKE 'ECCBENCH%%' RETURNING terminal_id, name
)
INSERT INTO installation (terminal_id, machine_id)
SELECT terminal_id, machine_id FROM made JOIN machine ON pin = made.name
"""
DESCRIBE = """
UPDATE machine m SET name = n.name, model_id = n.model_id, site_id = nullif(n.site_id, 0), mode = n.mode
FROM unnest(%s::integer[], %s::text[], %s::integer[], %s::integer[], %s::text[])
    AS n (machine_id, name, model_id, site_id, mode)
WHERE m.machine_id = n.machine_id
"""
OWN = """
INSERT INTO ownership (machine_id, organisation_id, from_at)
SELECT *, now() - interval '400 days' FROM unnest(%s::integer[], %s::integer[])
"""
SHARE = """
INSERT INTO sharing (machine_id, organisation_id, data_class, from_at)
SELECT machine_id, %s, 'all', now() - interval '200 days' FROM unnest(%s::integer[]) AS machine_id
"""


@dataclass(frozen=True)
class Fleet:
    """Who has which machines; machine_ids in no particular order."""

    machines: Int32Array
    owned: Int32Array
    dealt: Int32Array  # the owner's first
    public: dict[int, str]

    def with_history(self, count: int) -> Int32Array:
        """`count` machines of which a third are the owner's, a third others of the dealer and a third anybody's."""
        third = count // 3
        others = self.machines[~np.isin(self.machines, self.dealt)]
        return np.concatenate(
            [self.owned[:third], self.dealt[len(self.owned) :][:third], others[: count - 2 * third]]
        ).astype(np.int32)


def make_fleet(conn: psycopg.Connection, size: Size) -> Fleet:
    """Everything relational, with `conn` the superuser's in autocommit; the generator's machines are there already."""
    chance = np.random.default_rng(SEED)
    sending = [row[0] for row in conn.execute("SELECT machine_id FROM machine")]
    with conn.transaction():
        conn.execute(INSERT_MACHINES, [size.machines - size.ingesting])
        conn.execute(INSTALL)
    machines = np.array(
        [row[0] for row in conn.execute("SELECT machine_id FROM machine WHERE pin NOT LIKE 'bench-end-%%'")], np.int32
    )
    chance.shuffle(machines)
    dealer, owner, sizes = _organisations(conn, size)
    _own(conn, machines, sizes)
    _describe(conn, machines, list(sizes), chance)
    conn.execute(SHARE, [dealer, machines[size.dealt : size.dealt + size.machines // 200].tolist()])
    _users(conn)
    _states(conn, machines, chance)
    _alarms(conn, np.setdiff1d(machines, sending), size, chance)
    public = {row[0]: str(row[1]) for row in conn.execute("SELECT machine_id, public_id FROM machine")}
    return Fleet(machines, machines[: sizes[owner]], machines[: size.dealt], public)


def _organisations(conn: psycopg.Connection, size: Size) -> tuple[int, int, dict[int, int]]:
    """The dealer, the owner below it, and how many machines each customer has: the owner, the dealer's, the others."""
    ensure_organisation(conn, kind="ecc", name="ECC")
    dealer = ensure_organisation(conn, kind="dealer", name=DEALER_NAME)
    owner = ensure_organisation(conn, kind="customer", name=OWNER_NAME, parent_id=dealer)
    sizes = {owner: size.owned}
    _share_out(conn, sizes, dealer, "Customer", size.dealt - size.owned)
    rest = size.machines - size.dealt
    for number in range(OTHER_DEALERS):
        other = ensure_organisation(conn, kind="dealer", name=f"Dealer {number}")
        part = rest * (number + 1) // OTHER_DEALERS - rest * number // OTHER_DEALERS
        _share_out(conn, sizes, other, f"Customer {number}", part)
    return dealer, owner, sizes


def _share_out(conn: psycopg.Connection, sizes: dict[int, int], parent: int, name: str, machines: int) -> None:
    count = CUSTOMERS_A_DEALER
    for number in range(count):
        customer = ensure_organisation(conn, kind="customer", name=f"{name}-{number:03d}", parent_id=parent)
        sizes[customer] = machines * (number + 1) // count - machines * number // count


def _own(conn: psycopg.Connection, machines: Int32Array, sizes: dict[int, int]) -> None:
    owners = np.repeat(list(sizes), list(sizes.values()))
    with conn.transaction():
        conn.execute("DELETE FROM ownership")
        conn.execute(OWN, [machines.tolist(), owners.tolist()])


def _describe(
    conn: psycopg.Connection, machines: Int32Array, customers: Sequence[int], chance: np.random.Generator
) -> None:
    kinds = [KINDS[n % len(KINDS)] for n in range(MODELS)]
    names = [f"{MAKERS[n % len(MAKERS)][:2].upper()}{150 + n * 7}C" for n in range(MODELS)]
    makers = [MAKERS[n % len(MAKERS)] for n in range(MODELS)]
    models = [row[0] for row in conn.execute(INSERT_MODELS, [names, kinds, makers, [24] * MODELS])]
    site_names = [f"Site {n:04d}" for n in range(2 * len(customers))]
    sites = [row[0] for row in conn.execute(INSERT_SITES, [site_names, [*customers, *customers]])]
    count = len(machines)
    model = chance.integers(0, MODELS, count)
    site = chance.integers(0, len(sites), count)
    columns = (
        machines.tolist(),
        [
            f"{kinds[m].replace('_', ' ').title()} {n:06d}"
            for m, n in zip(model.tolist(), machines.tolist(), strict=True)
        ],
        [models[m] for m in model.tolist()],
        [sites[s] if s % 10 else 0 for s in site.tolist()],
        ["stored" if n % 20 == 0 else "in_service" for n in range(count)],
    )
    conn.execute(DESCRIBE, columns)


def _users(conn: psycopg.Connection) -> None:
    seed_demo_user(conn, EXPERT, PASSWORD, role="expert")
    for login, role, kind, name in (
        (OWNER, "owner", "customer", OWNER_NAME),
        (DEALER, "dealer", "dealer", DEALER_NAME),
    ):
        seed_demo_user(conn, login, PASSWORD, role=role, organisation_kind=kind, organisation_name=name)  # type: ignore[arg-type]  # the names of two kinds


def _states(conn: psycopg.Connection, machines: Int32Array, chance: np.random.Generator) -> None:
    """The last state of all but one machine in a hundred, of now for one in twelve, else up to a month old."""
    catalogue = packaged_catalogue()
    reporting = machines[: len(machines) * 99 // 100]
    ids = [catalogue[key].id for key in STATE_SIGNALS]
    values = SignalSet(STATE_SIGNALS).values(HEALTHY, len(reporting), seed=SEED)
    now_us = int(datetime.now(UTC).timestamp() * 1e6)
    age_us = np.where(chance.random(len(reporting)) < 1 / 12, 5, chance.uniform(60, 30 * 86_400, len(reporting))) * 1e6
    measured = now_us - age_us.astype(np.int64)
    states = ("working", "travelling", "idle", "off")
    for first in range(0, len(reporting), 10_000):
        part = slice(first, first + 10_000)
        count = len(reporting[part])
        matrix = np.full((count, len(catalogue)), np.nan)
        matrix[:, ids] = values[part]
        with conn.transaction():
            save_states(
                conn,
                reporting[part],
                measured_at_us=measured[part],
                received_at_us=measured[part] + 200_000,
                online=(age_us[part] < 6e7).astype(np.int16),
                work_state=chance.integers(0, len(states), count).astype(np.int16),
                work_states=states,
                values=matrix,
                at_us=np.repeat(measured[part][:, None], len(catalogue), axis=1),
            )


def _alarms(conn: psycopg.Connection, machines: Int32Array, size: Size, chance: np.random.Generator) -> None:
    """Open alarms on the machines by turns of the rules, old ones cleared; a third of the open ones acknowledged.

    Not on machines that send meanwhile: the gateway, which knows nothing of these, would raise its own beside them.
    """
    count = size.open_alarms + size.old_alarms
    now = datetime.now(UTC)
    user = conn.execute("SELECT user_id FROM app_user WHERE login = %s", [EXPERT]).fetchone()
    half = chance.permutation(machines)[: size.machines // 2]  # two each of the open ones; the rule differs
    ages = chance.integers(60, 90 * 86_400, count).tolist()
    evidence = json.dumps({"engine_oil_pressure_kpa": 61.0, "engine_speed_rpm": 1650.0})
    findings, alarms = [], []
    for number, age_s in enumerate(ages):
        machine = int(half[number % len(half)])
        key, severity = RULES[(number // len(half) * 3 + machine) % len(RULES)]
        is_open = number < size.open_alarms
        raised_at = now - timedelta(seconds=age_s)
        cleared_at = None if is_open else raised_at + timedelta(minutes=10)
        acknowledged = (raised_at, user[0]) if user and is_open and number % 3 == 0 else (None, None)
        finding, begin = uuid7(), raised_at - timedelta(seconds=10)
        source = (machine, "rule", key)
        findings.append((finding, *source, "v1", severity, begin, raised_at, cleared_at, evidence))
        state = ("active", "active_acknowledged" if acknowledged[0] else "active_unacknowledged")
        stands = state if is_open else ("cleared", "normal")
        alarms.append((uuid7(), *source, severity, finding, *stands, raised_at, cleared_at, raised_at, *acknowledged))
    with conn.transaction(), conn.cursor() as cursor:
        with cursor.copy(
            "COPY finding (finding_id, machine_id, source_kind, source_key, version, severity, from_at, held_at, "
            "to_at, evidence) FROM STDIN"
        ) as copy:
            for row in findings:
                copy.write_row(row)
        with cursor.copy(
            "COPY alarm (alarm_id, machine_id, source_kind, source_key, severity, finding_id, state, lifecycle, "
            "raised_at, cleared_at, committed_at, acknowledged_at, acknowledged_by) FROM STDIN"
        ) as copy:
            for row in alarms:
                copy.write_row(row)
