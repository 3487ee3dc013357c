"""Whose the demo's machines are: a maker, its dealer, the dealer's two customers; and a login for each view."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from simulators.machines import WORKSITES, SimulatedMachine, fleet_csv, make_machines
from storage.demo_report import count_owned, have_sent
from storage.fleet_write import upsert_organisation
from storage.pool import Connection
from storage.users import seed_demo_user
from usecases.import_fleet import import_fleet

DEALER = "Central Machinery Trading"
CUSTOMERS = ("Beishan Earthworks", "Nanhe Construction")
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
    seed_demo_user(conn, "expert", password, role="expert")
    seed_demo_user(conn, "dealer", password, role="dealer", organisation_kind="dealer", organisation_name=DEALER)
    seed_demo_user(
        conn,
        "owner",
        password,
        role="owner",
        language="zh",
        organisation_kind="customer",
        organisation_name=CUSTOMERS[0],
    )
    owned = count_owned(conn, CUSTOMERS)
    return [
        Login("expert", "the control centre: every machine"),
        Login("dealer", f"both customers of {DEALER}: {sum(owned.values())} machines"),
        Login("owner", f"{CUSTOMERS[0]}: its own {owned.get(CUSTOMERS[0], 0)} machines; reads only"),
    ]


def _import_new(conn: Connection, machines: Sequence[SimulatedMachine]) -> None:
    """Import the machines, each for the customer of its site; those known from an earlier run stay as they are."""
    header, *lines = fleet_csv(machines).splitlines()
    owned = [f"{line},{_CUSTOMER_OF_SITE[m.site.name]}" for line, m in zip(lines, machines, strict=True)]
    table = [f"{header},organisation", *owned]
    known = {error.line for error in import_fleet(conn, table, dry_run=True).errors}
    import_fleet(conn, [line for number, line in enumerate(table, start=1) if number not in known], dry_run=False)
