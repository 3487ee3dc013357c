"""The command tree of `ecc`, and how errors are shown: sentences, no traceback.

Exit code 2 for a domain error, 1 for a server that does not answer or does not run.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

import typer
from pydantic import ValidationError
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from app.embedded import EmbeddedError
from app.settings import explain, load_settings
from fleet.errors import EccError
from gateway.republish import BrokerAway
from storage.failures import TRY_AGAIN, words_of
from storage.reach import place_of
from usecases.check_servers import broker_away, unanswered_databases

NEXT_STEP = "`./ecc check-config` tries every server of the settings."
# Where each command is: module of app.cli and name in it, in the order of `ecc --help`.
COMMANDS = {
    "gateway": "processes:gateway",
    "api": "processes:api",
    "sender": "processes:sender",
    "housekeeping": "processes:housekeeping",
    "diagnose": "processes:diagnose",
    "up": "processes:up",
    "demo": "demo:demo",
    "simulate": "simulate:simulate",
    "simulate-history": "simulate:simulate_history",
    "check-config": "config:check_config",
    "migrate": "database:migrate",
    "servers": "database:servers",
    "train": "detectors:train",
    "alarms": "alarms:app",
    "audit": "audit:app",
    "quarantine": "quarantine:app",
    "aemp": "aemp:app",
    "fleet": "fleet:app",
    "machines": "machines:app",
    "models": "models:app",
    "maintenance": "maintenance:app",
    "briefs": "briefs:app",
    "terminals": "terminals:app",
    "signals": "signals:app",
    "replay": "replay:app",
    "rules": "rules:app",
    "evaluate": "evaluate:app",
    "detectors": "detectors:app",
    "organisations": "organisations:app",
    "people": "passwords:app",
    "clients": "clients:app",
    "company-logins": "company_logins:app",
    "webhooks": "webhooks:app",
    "notices": "notices:app",
    "rosters": "rosters:app",
    "sites": "sites:app",
    "geofences": "sites:geofences",
    "dashboards": "dashboards:app",
}


class Commands(TyperGroup):
    """Imports the module of the command that is called and no other: all of them take seconds of every start."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(**attrs)
        self.commands = {name: TyperCommand(name) for name in COMMANDS}  # their names alone, for what is misspelt

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name; None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, member = COMMANDS[cmd_name].split(":")
        found = getattr(import_module(f"app.cli.{module}"), member)
        holder = typer.Typer()
        if isinstance(found, typer.Typer):
            holder.add_typer(found, name=cmd_name)
        else:
            holder.command(cmd_name)(found)
        return get_group(holder).commands[cmd_name]


class EccTyper(typer.Typer):
    """Typer that turns the errors a user can do something about into sentences."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command line."""
        try:
            return super().__call__(*args, **kwargs)
        except TRY_AGAIN as error:
            _fail(_database_away(words_of(error)), 1)
        except BrokerAway as error:
            _fail([f"{broker_away(error)} {NEXT_STEP}"], 1)
        except EmbeddedError as error:
            _fail([str(error)], 1)
        except EccError as error:
            from app.cli.master_data import language_of

            _fail([error.in_language(language_of(None)) or str(error)])
        except ValidationError as error:
            _fail(explain(error))


def _fail(sentences: Sequence[str], code: int = 2) -> NoReturn:
    for sentence in sentences:
        print(sentence, file=sys.stderr)
    raise SystemExit(code)


def _database_away(said: str) -> list[str]:
    """Which database does not let us in, and what to do; what it `said` itself when it does now."""
    settings = load_settings()
    if settings.uses_embedded_servers:
        place = f"The embedded database on {settings.data_dir}"
        return [f"{place} broke off ({said}). Start it with `./ecc up` or `make demo`. {NEXT_STEP}"]
    url = settings.database_url_for("ecc_owner")
    sentences = unanswered_databases({"ecc_owner": url})
    return [f"{sentence} {NEXT_STEP}" for sentence in sentences] or [
        f"The database at {place_of(url)} (ECC_DATABASE_URL) broke off: {said}. {NEXT_STEP}"
    ]


app = EccTyper(
    name="ecc",
    cls=Commands,
    help="ECC Telematics: telemetry, diagnosis and alarms for construction machines.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _root() -> None:
    """Typer makes a group of what has a callback, also where its commands are not there yet."""
