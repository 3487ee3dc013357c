"""`ecc check-config`."""

import os
import sys

import typer
from pydantic import ValidationError

from app.settings import explain, load_settings, unknown_variables


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check-config")(check_config)


def check_config() -> None:
    """Say in words what is wrong with the settings (ECC_...); exit 2 if anything is."""
    wrong = unknown_variables(os.environ)
    settings = None
    try:
        settings = load_settings()
    except ValidationError as error:
        wrong += explain(error)
    if wrong or settings is None:
        print("\n".join(wrong), file=sys.stderr)
        raise typer.Exit(2)
    servers = "the embedded servers" if settings.uses_embedded_servers else "ECC_DATABASE_URL and ECC_MQTT_URL"
    print(f"The settings are consistent. Database and broker: {servers}.")
