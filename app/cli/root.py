"""The command tree of `ecc`, and how a domain error is shown: its sentence, exit code 2, no traceback."""

import sys
from collections.abc import Sequence
from typing import Any

import typer
from pydantic import ValidationError

from app.cli import config, database, demo, fleet, processes, quarantine, replay, signals, simulate
from app.embedded import EmbeddedError
from app.settings import explain
from fleet.errors import EccError


class EccTyper(typer.Typer):
    """Typer that turns the errors a user can do something about into sentences."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command line."""
        try:
            return super().__call__(*args, **kwargs)
        except (EccError, EmbeddedError) as error:
            _fail([str(error)])
        except ValidationError as error:
            _fail(explain(error))


def _fail(sentences: Sequence[str]) -> None:
    for sentence in sentences:
        print(sentence, file=sys.stderr)
    raise SystemExit(2)


app = EccTyper(
    name="ecc",
    help="ECC Telematics: telemetry, diagnosis and alarms for construction machines.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
processes.register(app)
demo.register(app)
simulate.register(app)
config.register(app)
database.register(app)
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(fleet.app, name="fleet")
app.add_typer(signals.app, name="signals")
app.add_typer(replay.app, name="replay")
