"""`ecc check-config`."""

import os
import sys
from typing import Annotated, NoReturn

import typer
from pydantic import ValidationError

from app.embedded import EmbeddedError
from app.processes import broker_of
from app.settings import Role, Settings, explain, load_settings, unknown_variables
from usecases.check_servers import unanswered
from usecases.fetched_font import FETCHED, WITHOUT

ROLES: tuple[Role, ...] = ("ecc_owner", "ecc_gateway", "ecc_api", "ecc_sender", "ecc_housekeeping")


def check_config(
    offline: Annotated[
        bool, typer.Option("--offline", help="Do not try to reach the database and the broker.")
    ] = False,
) -> None:
    """Say in words what is wrong with the settings (ECC_...), exit 2, or which server does not answer, exit 1."""
    wrong = unknown_variables(os.environ)
    settings = None
    try:
        settings = load_settings()
    except ValidationError as error:
        wrong += explain(error)
    if wrong or settings is None:
        _fail(wrong, 2)
    servers = "the embedded servers" if settings.uses_embedded_servers else "ECC_DATABASE_URL and ECC_MQTT_URL"
    said = f"The settings are consistent. Database and broker: {servers}"
    if not offline:
        said += _reached(settings)
    print(f"{said}.")
    if without := _without_letters():
        print(without)


def _reached(settings: Settings) -> str:
    """What follows on the servers' names; fails when one of them does not answer."""
    try:
        databases: dict[str, str] = {role: settings.database_url_for(role) for role in ROLES}
        broker = broker_of(settings, f"ecc-check-{os.getpid()}")
    except EmbeddedError:
        return ", which do not run now; `./ecc up` starts them"
    except OSError as error:  # of a certificate; ssl.SSLError is one
        _fail([f"ECC_MQTT_CA_FILE, ECC_MQTT_CERT_FILE or ECC_MQTT_KEY_FILE cannot be used: {error}."], 2)
    if sentences := unanswered(databases, broker):
        _fail(sentences, 1)
    return "; both answer"


def _without_letters() -> str | None:
    """What is missing for Chinese papers and pictures; what draws is loaded only where it must be asked."""
    if FETCHED.exists():
        return None
    from matplotlib import get_cachedir

    from usecases.picture_words import chinese_font

    if chinese_font() is not None:
        return None
    return (
        f"{WITHOUT}; then remove {get_cachedir()}/fontlist*.json, where the fonts of before are noted, and start anew."
    )


def _fail(sentences: list[str], code: int) -> NoReturn:
    print("\n".join(sentences), file=sys.stderr)
    raise typer.Exit(code)
