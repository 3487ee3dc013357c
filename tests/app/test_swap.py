"""Terminals are swapped while the gateway runs: each reading goes to the machine its terminal was on at its time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from storage.audit import Actor
from storage.pool import connect
from storage.read_pool import Connection, enter_scope
from storage.sight import Scope
from storage.terminals_master import list_terminals_by_name
from tests.app.gate import T0_S, Gate, sample
from tests.conftest import Database
from usecases import edit_terminals, install_terminals
from usecases.master_data import Author

SWAP_S = 100.0
READINGS = """SELECT pin, extract(epoch FROM measured_at)::float8 - %s, fuel_level_pct
              FROM reading JOIN machine USING (machine_id) ORDER BY 1, 2"""


class Fitter:
    """Somebody at the command line."""

    actor = Actor(kind="system", id=None, name="fitter@test", organisation_id=None)
    scope = Scope(organisation_id=1, sees_all=True)


@pytest.fixture
def gate(database: Database) -> Iterator[Gate]:
    url = database.url("ecc_gateway")
    made = Gate(connect(url, application="test"), url)
    yield made
    made.close()


def act(database: Database, what: Callable[[Connection, Author], Awaitable[object]]) -> None:
    """Do something as the owner of the tables, committed before this returns."""

    async def body() -> None:
        async with await psycopg.AsyncConnection.connect(database.owner_url) as conn:
            row = await (await conn.execute("SELECT platform_organisation()")).fetchone()
            assert row is not None
            await enter_scope(conn, row[0])
            await what(conn, Fitter())

    asyncio.run(body())


async def number_of(conn: Connection, name: str, now: datetime) -> UUID:
    (terminal,) = await list_terminals_by_name(conn, Fitter.scope, [name], now=now)
    return terminal.id


def test_readings_follow_the_swap_by_their_own_time_without_a_restart(gate: Gate, database: Database) -> None:
    """The gateway starts with M-1 on its own terminal; at 100 s it gets T-NEW, and the old one is put on M-2."""
    gate.deliver([sample("M-1", 0, 0, fuel_level_pct=50), sample("M-2", 0, 0, fuel_level_pct=10)])
    gate.auto_register = False
    at = datetime.fromtimestamp(T0_S + SWAP_S, UTC)
    now = at + timedelta(hours=1)

    async def swaps(conn: Connection, by: Author) -> None:
        made = await edit_terminals.create_terminal(conn, by, {"name": "T-NEW"}, now=now)
        await install_terminals.swap(conn, by, "pin:M-1", made.id, remove_id=None, at=at, now=now)
        old = await number_of(conn, "M-1", now)
        await install_terminals.swap(conn, by, "pin:M-2", old, remove_id=None, at=at, now=now)

    act(database, swaps)
    gate.deliver(
        [
            sample("M-1", 1, 99, fuel_level_pct=51),  # the old terminal still had this of the time on M-1
            sample("M-1", 2, 100, fuel_level_pct=11),  # and this it measured on M-2
            sample("T-NEW", 0, 100, fuel_level_pct=52),
            sample("T-NEW", 1, 99, fuel_level_pct=99),  # before it was on any machine
        ],
        received_s=120,
    )
    assert gate.all(READINGS, [T0_S]) == [
        ("M-1", 0.0, 50.0),
        ("M-1", 99.0, 51.0),
        ("M-1", 100.0, 52.0),
        ("M-2", 0.0, 10.0),
        ("M-2", 100.0, 11.0),
    ]
    assert gate.all("SELECT terminal, seq, reason FROM quarantine") == [("T-NEW", 1, "not_installed")]


def test_a_declared_clock_offset_counts_from_the_next_batch(gate: Gate, database: Database) -> None:
    gate.deliver([sample("M-1", 0, 0, fuel_level_pct=50)])
    gate.deliver([sample("M-1", 1, 1, fuel_level_pct=50)])
    now = datetime.fromtimestamp(T0_S + 60, UTC)

    async def declare(conn: Connection, by: Author) -> None:
        offset = {"clock_offset_s": -28_800.0}
        await edit_terminals.change_terminal(conn, by, await number_of(conn, "M-1", now), offset, version=None, now=now)

    act(database, declare)
    gate.deliver([sample("M-1", 2, 28_800 + 30, fuel_level_pct=51)], received_s=31)
    assert gate.all(READINGS, [T0_S])[-1] == ("M-1", 30.0, 51.0)
    assert gate.all("SELECT count(*) FROM quarantine") == [(0,)]
