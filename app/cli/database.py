"""`ecc migrate`, `ecc servers`."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from app.embedded import EmbeddedServers
from app.embedded.roles import ROLES
from app.embedded.servers import say_on_stderr
from app.processes import settings_or_exit
from storage.migrate import migrate as apply_migrations
from storage.migrate import set_role_passwords
from storage.pool import connect
from storage.signals_write import load_catalogue
from usecases.rules_in_force import enter_packaged_rules


def migrate() -> None:
    """Bring the database to the schema this program knows, and its roles to the passwords of ECC_<ROLE>_PASSWORD."""
    settings = settings_or_exit()
    owner_url = settings.database_url_for("ecc_owner")
    apply_migrations(owner_url)
    if passwords := settings.role_passwords():
        set_role_passwords(owner_url, passwords)
    print("The database has the schema of this program.")
    with connect(owner_url, application="ecc migrate") as conn:
        if enter_packaged_rules(conn, load_catalogue(conn), now=datetime.now(UTC)):
            print("Its rules are a rule set now; `ecc rules list` says which one is live.")


def servers(
    data_dir: Annotated[Path | None, typer.Option(help="Where they keep their data.")] = None,
) -> None:
    """Run the embedded PostgreSQL and Mosquitto in the foreground until Ctrl-C.

    Prints as one line of JSON where their data is, the broker's address and the database's for each role, with its
    password.
    """
    from app.up import stop_event

    stop = stop_event()
    with EmbeddedServers(data_dir or settings_or_exit().data_dir) as running:
        apply_migrations(running.database_url("ecc_owner"))
        urls = {role: running.database_url(role) for role in ROLES}
        addresses = {"data_dir": str(running.data_dir), "mqtt_url": running.mqtt_url, "database_urls": urls}
        print(json.dumps(addresses), flush=True)
        while not stop.wait(0.5):
            for sentence in running.keep_running():
                say_on_stderr(sentence)
