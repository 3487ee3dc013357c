"""Whose the demo's machines are: a maker, its dealer, the dealer's two customers; and a login for each view."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

from app.cli.master_data import Operator
from app.demo.mails import DOMAIN
from fleet.signals import packaged_catalogue
from simulators.kinds import KindSpec
from simulators.machines import WORKSITES, SimulatedMachine, fleet_csv, make_machines
from storage.audit import Actor
from storage.demo_report import count_owned, have_sent
from storage.fleet_write import upsert_organisation
from storage.machine_master import list_by_pins
from storage.models import find_model_by_name
from storage.organisations import enter_platform
from storage.pool import Connection, connect_async, url_of
from storage.read_pool import Connection as AsyncConnection
from storage.users import seed_demo_user
from usecases.edit_models import MODEL, create_entry
from usecases.import_machines import Making, import_machines
from usecases.import_plans import enter_examples

DEALER = "Central Machinery Trading"
CUSTOMERS = ("Beishan Earthworks", "Nanhe Construction")
CENTRE = {"expert": "expert", "lead": "lead", "admin": "administrator"}  # login -> role
OFF_DUTY = {"li.wei": "expert", "chen.jing": "lead"}  # who answered the weeks before, when the others slept
AT_DEALER = {"dealer": "dealer", "engineer": "service_engineer"}
FLEET_NUMBERS = 1_000  # of each kind in the largest fleet
_CUSTOMER_OF_SITE = {site.name: CUSTOMERS[index % 2] for index, site in enumerate(WORKSITES)}


@dataclass(frozen=True, slots=True)
class Login:
    """A name to sign in with, and what it shows."""

    name: str
    sees: str


def free_numbers(conn: Connection, machines: int) -> int:
    """After which number a fleet of so many machines is new here; 0 in a database that has seen no demo.

    A run on machines that an earlier one left broken would find their alarms open and raise no new ones.
    """
    fleets = ((after, make_machines(machines, numbers_after=after)) for after in count(0, FLEET_NUMBERS))
    return next(after for after, fleet in fleets if not have_sent(conn, [machine.terminal for machine in fleet]))


def seed_tenants(conn: Connection, machines: Sequence[SimulatedMachine], password: str) -> list[Login]:
    """Register organisations, machines that are not known yet, and the logins, all with `password`; who sees what.

    The first customer is the oldest: terminals that register themselves are put on machines of its.
    """
    makers = dict.fromkeys(machine.spec.maker for machine in machines)
    for maker in makers:
        upsert_organisation(conn, maker, "maker")
    upsert_organisation(conn, DEALER, "dealer", next(iter(makers)))
    for customer in CUSTOMERS:
        upsert_organisation(conn, customer, "customer", DEALER)
    _import_new(conn, machines)
    for login, role in (CENTRE | OFF_DUTY).items():
        seed_demo_user(conn, login, password, role=role, email=f"{login}@{DOMAIN}")
    for login, role in AT_DEALER.items():
        mail = f"{login}@{DOMAIN}"
        seed_demo_user(
            conn, login, password, role=role, organisation_kind="dealer", organisation_name=DEALER, email=mail
        )
    mail, customer = f"owner@{DOMAIN}", CUSTOMERS[0]
    seed_demo_user(
        conn, "owner", password, role="owner", organisation_kind="customer", organisation_name=customer, email=mail
    )
    owned = count_owned(conn, CUSTOMERS)
    return [
        Login("expert", "the control centre: every machine (lead, admin: more may be changed)"),
        Login("dealer", f"both customers of {DEALER}: {sum(owned.values())} machines (engineer: theirs)"),
        Login("owner", f"{CUSTOMERS[0]}: its own {owned.get(CUSTOMERS[0], 0)} machines"),
    ]


def _import_new(conn: Connection, machines: Sequence[SimulatedMachine]) -> None:
    """Import the machines, each for the customer of its site; those known from an earlier run stay as they are. With
    the maintenance plans that ship as examples."""
    conn.commit()
    asyncio.run(_imported(url_of(conn), machines))


async def _imported(url: str, machines: Sequence[SimulatedMachine]) -> None:
    now = datetime.now(UTC)
    async with await connect_async(url, application="ecc demo") as conn:
        scope = await enter_platform(conn)
        known = await list_by_pins(conn, [machine.pin for machine in machines], now=now)
        new = [machine for machine in machines if machine.pin not in known]
        header, *lines = fleet_csv(new).splitlines()
        owned = [f"{line},{_CUSTOMER_OF_SITE[m.site.name]}" for line, m in zip(lines, new, strict=True)]
        content = "\n".join([f"{header},organisation", *owned]).encode()
        actor = Actor(kind="system", id=None, name="ecc demo", organisation_id=scope.organisation_id)
        operator = Operator(actor, scope)
        await enter_examples(conn, operator, now=now)
        await _add_models(conn, operator, {machine.spec.model: machine.spec for machine in new}, now=now)
        await import_machines(
            conn,
            operator,
            content,
            catalogue=packaged_catalogue(),
            making=Making(models=True, sites=True),
            dry_run=False,
            now=now,
        )


async def _add_models(
    conn: AsyncConnection, operator: Operator, specs: Mapping[str, KindSpec], *, now: datetime
) -> None:
    """The models that are not known yet, with the sizes of their tanks: without them no level is told in litres."""
    for name, spec in specs.items():
        if await find_model_by_name(conn, name) is None:
            entry = {
                "name": name,
                "kind": spec.kind,
                "maker": spec.maker,
                "nominal_voltage_v": spec.nominal_voltage_v,
                "fuel_tank_l": spec.fuel_tank_l,
                "def_tank_l": spec.def_tank_l,
            }
            await create_entry(conn, operator, MODEL, entry, catalogue=packaged_catalogue(), now=now)
