"""Terminals, installations and machines as arrays, their registration, and the epochs that fence a gateway off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString, NamedTuple

import numpy as np
import psycopg

from fleet.batch import Float64Array, Int32Array, Int64Array
from fleet.errors import FencedOff
from storage.ids import uuid7

ALWAYS_FROM_US, ALWAYS_TO_US = -(2**62), 2**62  # an installation without beginning or end


class TerminalRow(NamedTuple):
    """A terminal: its clock's declared offset, and of the machine it is on now the preferred J1939 source addresses and
    the length of a CAN slot."""

    terminal_id: int
    clock_offset_us: int
    sources: tuple[int, ...] = ()
    slot_s: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryRows:
    """Who is who, at one config_epoch.

    terminals: by name. Installations, (installations,) sorted by (terminal_id, from_us), half-open: terminal_id,
    machine_id, from_us, to_us (ALWAYS_FROM_US, ALWAYS_TO_US: open). Machines, by machine_id, index 0 and gaps unused:
    organisation_id int32 (present owner, -1 none), nominal_voltage_v (NaN unknown); pin, model, kind ("" where
    unknown).
    """

    terminals: dict[str, TerminalRow]
    terminal_id: Int32Array
    machine_id: Int32Array
    from_us: Int64Array
    to_us: Int64Array
    organisation_id: Int32Array
    nominal_voltage_v: Float64Array
    pin: list[str]
    model: list[str]
    kind: list[str]


class Epochs(NamedTuple):
    """The configuration and roll-up epochs that this transaction works under."""

    config_epoch: int
    rollup_epoch: int


TERMINALS: LiteralString = """
SELECT t.name, t.terminal_id, t.clock_offset_us, coalesce(d.preferred_source_address, '{}'),
       coalesce(d.slot_s, 1)::float8
FROM terminal t
LEFT JOIN installation i ON i.terminal_id = t.terminal_id AND i.from_at <= now() AND now() < i.to_at
LEFT JOIN machine m USING (machine_id)
LEFT JOIN machine_model d USING (model_id)
"""

INSTALLATIONS: LiteralString = """
SELECT terminal_id, machine_id,
       CASE WHEN isfinite(from_at) THEN (extract(epoch FROM from_at) * 1000000)::bigint ELSE %s END,
       CASE WHEN isfinite(to_at) THEN (extract(epoch FROM to_at) * 1000000)::bigint ELSE %s END
FROM installation ORDER BY terminal_id, from_at
"""

MACHINES: LiteralString = """
SELECT m.machine_id, coalesce(o.organisation_id, -1),
       coalesce(m.nominal_voltage_v, d.nominal_voltage_v, 'NaN'::float8),
       m.pin, coalesce(d.name, ''), coalesce(d.kind, '')
FROM machine m
LEFT JOIN machine_model d USING (model_id)
LEFT JOIN ownership o ON o.machine_id = m.machine_id AND o.from_at <= now() AND now() < o.to_at
"""


def load_registry(conn: psycopg.Connection) -> RegistryRows:
    """Read the whole registry; about 10 us a machine."""
    terminals = {
        name: TerminalRow(number, offset, tuple(sources), slot_s)
        for name, number, offset, sources, slot_s in conn.execute(TERMINALS)
    }
    installed = np.array(
        conn.execute(INSTALLATIONS, [ALWAYS_FROM_US, ALWAYS_TO_US]).fetchall() or np.empty((0, 4)), np.int64
    )
    machines = conn.execute(MACHINES).fetchall()
    size = max((row[0] for row in machines), default=0) + 1
    organisation, voltage = np.full(size, -1, np.int32), np.full(size, np.nan)
    texts = {name: [""] * size for name in ("pin", "model", "kind")}
    for number, owner, volts, pin, model, kind in machines:
        organisation[number], voltage[number] = owner, volts
        texts["pin"][number], texts["model"][number], texts["kind"][number] = pin, model, kind
    return RegistryRows(
        terminals=terminals,
        terminal_id=installed[:, 0].astype(np.int32),
        machine_id=installed[:, 1].astype(np.int32),
        from_us=installed[:, 2],
        to_us=installed[:, 3],
        organisation_id=organisation,
        nominal_voltage_v=voltage,
        pin=texts["pin"],
        model=texts["model"],
        kind=texts["kind"],
    )


NEW_MACHINES: LiteralString = """
INSERT INTO machine (public_id, pin, name, registered_at)
SELECT id, pin, pin, %s FROM unnest(%s::uuid[], %s::text[]) AS new (id, pin)
ON CONFLICT (pin) DO NOTHING
"""

NEW_TERMINALS: LiteralString = """
WITH fresh AS (
    INSERT INTO terminal (name, registered_at) SELECT unnest(%s::text[]), %s
    ON CONFLICT (name) DO NOTHING RETURNING terminal_id, name
), installed AS (
    INSERT INTO installation (terminal_id, machine_id)
    SELECT f.terminal_id, m.machine_id FROM fresh f JOIN machine m ON m.pin = f.name
    RETURNING machine_id
), owned AS (
    INSERT INTO ownership (machine_id, organisation_id)
    SELECT i.machine_id, %s FROM installed i
    WHERE NOT EXISTS (SELECT FROM ownership o WHERE o.machine_id = i.machine_id)
)
SELECT count(*) FROM installed
"""


def auto_register(
    conn: psycopg.Connection, terminal_names: Sequence[str], at: datetime, *, organisation_id: int | None = None
) -> int:
    """Register terminals that nobody announced, each on a machine since the beginning of time; returns how many.

    The machine is the one whose PIN is the terminal's name, or a new one of that PIN. New machines belong to
    `organisation_id`, or to the oldest customer organisation, made when there is none. Names that exist are left as
    they are. Load the registry again afterwards; should the transaction fail, the one before is right again.
    """
    names = list(dict.fromkeys(terminal_names))
    if not names:
        return 0
    owner = organisation_id if organisation_id is not None else _default_organisation(conn)
    stamp_ms = int(at.timestamp() * 1000)
    conn.execute(NEW_MACHINES, [at, [uuid7(stamp_ms) for _ in names], names])
    row = conn.execute(NEW_TERMINALS, [names, at, owner]).fetchone()
    assert row is not None
    return int(row[0])


def _default_organisation(conn: psycopg.Connection) -> int:
    query = "SELECT organisation_id FROM organisation WHERE kind = 'customer' ORDER BY organisation_id LIMIT 1"
    row = conn.execute(query).fetchone()
    if row is None:
        row = conn.execute(
            """INSERT INTO organisation (public_id, kind, name) VALUES (%s, 'customer', 'Unassigned')
               RETURNING organisation_id""",
            [uuid7()],
        ).fetchone()
    assert row is not None
    return int(row[0])


FENCE: LiteralString = """
SELECT g.epoch, c.epoch, r.epoch FROM gateway_epoch g, config_epoch c, rollup_epoch r
WHERE g.gateway_id = %s FOR SHARE OF g, r
"""


STILL_OURS: LiteralString = """
SELECT g.epoch, c.epoch FROM gateway_epoch g, config_epoch c WHERE g.gateway_id = %s FOR SHARE OF g
"""


def fence(conn: psycopg.Connection, gateway_id: str, epoch: int) -> Epochs:
    """Make sure that this gateway still owns the stream, for the rest of the transaction.

    Locks its epoch and the roll-up epoch against change until the commit. Raises FencedOff when another gateway has
    taken over.
    """
    row = conn.execute(FENCE, [gateway_id]).fetchone()
    if row is None or row[0] != epoch:
        raise FencedOff
    return Epochs(row[1], row[2])


def still_ours(conn: psycopg.Connection, gateway_id: str, epoch: int) -> int:
    """`fence` for a transaction that touches no reading, so that it does not hold up the roll-ups' claim.

    Returns the configuration epoch.
    """
    row = conn.execute(STILL_OURS, [gateway_id]).fetchone()
    if row is None or row[0] != epoch:
        raise FencedOff
    return int(row[1])


def between_batches(conn: psycopg.Connection) -> None:
    """Wait until no gateway is writing, and keep every gateway waiting until this transaction ends: keep it short."""
    conn.execute("LOCK TABLE gateway_epoch IN EXCLUSIVE MODE")  # a fair queue; sharers of a row would pass a waiter


def take_over(conn: psycopg.Connection, gateway_id: str) -> int:
    """Become the gateway `gateway_id`: waits for the predecessor's running transaction and refuses its next one.

    Returns the epoch to give to `fence`.
    """
    row = conn.execute(
        """INSERT INTO gateway_epoch (gateway_id, epoch) VALUES (%s, 1)
           ON CONFLICT (gateway_id) DO UPDATE SET epoch = gateway_epoch.epoch + 1, taken_at = now()
           RETURNING epoch""",
        [gateway_id],
    ).fetchone()
    assert row is not None
    return int(row[0])
