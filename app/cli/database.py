"""`ecc migrate`, `ecc servers`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from app.embedded import EmbeddedServers
from app.processes import settings_or_exit
from storage.migrate import migrate as apply_migrations
from storage.migrate import set_role_passwords


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(migrate)
    app.command()(servers)


def migrate() -> None:
    """Bring the database to the schema this program knows, and its roles to the passwords of ECC_<ROLE>_PASSWORD."""
    settings = settings_or_exit()
    owner_url = settings.database_url_for("ecc_owner")
    apply_migrations(owner_url)
    if passwords := settings.role_passwords():
        set_role_passwords(owner_url, passwords)
    print("The database has the schema of this program.")


def servers(
    data_dir: Annotated[Path | None, typer.Option(help="Where they keep their data.")] = None,
) -> None:
    """Run the embedded PostgreSQL and Mosquitto in the foreground until Ctrl-C; prints their addresses as JSON."""
    import signal

    with EmbeddedServers(data_dir) as running:
        apply_migrations(running.database_url("ecc_owner"))
        addresses = {"data_dir": str(running.data_dir), "mqtt_url": running.mqtt_url}
        print(json.dumps(addresses), flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
