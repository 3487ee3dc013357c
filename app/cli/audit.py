"""`ecc audit verify`: is the record of who changed what whole."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from app.processes import settings_or_exit
from app.progress import bar
from fleet.errors import InvalidInput
from storage.audit_chain import seal
from storage.pool import connect
from usecases.verify_audit import AuditReport, verify_audit

app = typer.Typer(
    help="Who changed what and who read positions; sealed, so that it can be proved.", no_args_is_help=True
)


@app.command()
def verify(
    noted: Annotated[
        str | None, typer.Option("--noted", help="NUMBER:HASH of a head noted earlier; the chain must go through it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Walk the whole chain of seals. Exit code 1 when a row was changed, taken out or put in between."""
    settings = settings_or_exit()
    with connect(settings.database_url_for("ecc_owner"), application="ecc audit verify") as conn:
        conn.autocommit = True
        while seal(conn, now=datetime.now(UTC)):
            pass
        with bar("walking the chain") as told:
            report = verify_audit(conn, noted=_noted(noted), told=told)
    print(json.dumps(_as_json(report)) if as_json else "\n".join(_lines(report)))
    raise typer.Exit(0 if report.holds else 1)


def _noted(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    number, _, digest = text.partition(":")
    if not number.isdecimal() or len(digest) != 64:
        raise InvalidInput("--noted is NUMBER:HASH as an earlier `ecc audit verify` printed it.")
    return int(number), digest.lower()


def _lines(report: AuditReport) -> list[str]:
    seal_no, digest = report.head
    lines = [
        f"{report.rows} rows sealed" + (f", from seal {report.from_seal + 1} on" if report.from_seal else ""),
        f"{report.waiting} wait to be sealed",
        f"head {seal_no}:{digest}",
    ]
    lines += [f"seal {fault.seal_no}: {fault.what}" for fault in report.faults]
    return [*lines, "The chain holds." if report.holds else "THE CHAIN IS BROKEN."]


def _as_json(report: AuditReport) -> dict[str, object]:
    return {
        "holds": report.holds,
        "rows": report.rows,
        "waiting": report.waiting,
        "head": f"{report.head[0]}:{report.head[1]}",
        "faults": [{"seal_no": f.seal_no, "audit_id": f.audit_id, "what": f.what} for f in report.faults],
    }
