"""`ecc gateway | api | sender | housekeeping | diagnose | up`: one process each, or all of them supervised."""

from pathlib import Path
from typing import Annotated

import typer


def gateway(
    stand_by: Annotated[
        bool, typer.Option("--stand-by", help="Do not take over from a gateway at work; wait until it has gone.")
    ] = False,
) -> None:
    """Take telemetry from MQTT, keep it, judge it, raise alarms; acknowledge after the commit."""
    from app.gateway import main

    main(stand_by=stand_by)


def api() -> None:
    """Serve /api/v1 and the console."""
    from app.api import main

    main()


def sender() -> None:
    """Work the outbox."""
    from app.sender import main

    main()


def housekeeping() -> None:
    """Roll up what changed, drop what is older than the retention."""
    from app.housekeeping import main

    main()


def diagnose() -> None:
    """Put together what findings stand on, and judge what takes longer than the stream may wait for."""
    from app.diagnose import main

    main()


def up(
    data_dir: Annotated[Path | None, typer.Option(help="Where the embedded servers keep their data.")] = None,
) -> None:
    """Run all processes, supervised; with the embedded servers unless ECC_DATABASE_URL and ECC_MQTT_URL are set."""
    from app.up import main

    main(data_dir)
