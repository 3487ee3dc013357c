"""The command tree of `ecc`, and how errors are shown: sentences, no traceback.

Exit code 2 for a domain error, 1 for a server that does not answer or does not run.
"""

import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import typer
from pydantic import ValidationError

from app.cli import (
    aemp,
    alarms,
    audit,
    briefs,
    clients,
    company_logins,
    config,
    database,
    demo,
    detectors,
    evaluate,
    fleet,
    machines,
    maintenance,
    models,
    notices,
    organisations,
    passwords,
    people,
    processes,
    quarantine,
    replay,
    rosters,
    rules,
    signals,
    simulate,
    sites,
    terminals,
    webhooks,
)
from app.embedded import EmbeddedError
from app.settings import explain, load_settings
from fleet.errors import EccError
from gateway.republish import BrokerAway
from storage.failures import TRY_AGAIN, words_of
from storage.reach import place_of
from usecases.check_servers import broker_away, unanswered_databases

NEXT_STEP = "`./ecc check-config` tries every server of the settings."


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
            _fail([str(error)])
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
app.add_typer(alarms.app, name="alarms")
app.add_typer(audit.app, name="audit")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(aemp.app, name="aemp")
app.add_typer(fleet.app, name="fleet")
app.add_typer(machines.app, name="machines")
app.add_typer(models.app, name="models")
app.add_typer(maintenance.app, name="maintenance")
app.add_typer(briefs.app, name="briefs")
app.add_typer(terminals.app, name="terminals")
app.add_typer(signals.app, name="signals")
app.add_typer(replay.app, name="replay")
app.add_typer(rules.app, name="rules")
app.add_typer(evaluate.app, name="evaluate")
detectors.register(app)
app.add_typer(detectors.app, name="detectors")
app.add_typer(organisations.app, name="organisations")
passwords.register(people.app)
app.add_typer(people.app, name="people")
app.add_typer(clients.app, name="clients")
app.add_typer(company_logins.app, name="company-logins")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(notices.app, name="notices")
app.add_typer(rosters.app, name="rosters")
app.add_typer(sites.app, name="sites")
app.add_typer(sites.geofences, name="geofences")
