"""`ecc simulate`."""

from pathlib import Path
from typing import Annotated

import typer


def simulate(
    machines: Annotated[int, typer.Option(min=1, max=5000, help="How many machines.")] = 40,
    seed: Annotated[int, typer.Option(help="The same seed makes the same machines, work and faults.")] = 1,
    speedup: Annotated[float, typer.Option(min=0.1, max=1000, help="Machine seconds in a second.")] = 1.0,
    faults: Annotated[
        Path | None, typer.Option(exists=True, help="Plan of faults and transport faults (TOML).")
    ] = None,
    numbers_after: Annotated[
        int,
        typer.Option(
            min=0, max=9_000_000, help="Machine numbers begin after this one: another fleet of the same machines."
        ),
    ] = 0,
    duration: Annotated[float | None, typer.Option(help="Seconds; without it until Ctrl-C.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write what was sent as JSON.")] = None,
    truth: Annotated[Path, typer.Option(help="Where the injected faults are written.")] = Path("truth.jsonl"),
    publish_log: Annotated[Path | None, typer.Option(help="Write when each row was first published (npz).")] = None,
) -> None:
    """Run simulated machines against the broker (ECC_MQTT_URL, or the embedded one that runs)."""
    from app.simulation import SimulationOrder, simulate_in_foreground

    simulate_in_foreground(
        SimulationOrder(
            machines=machines,
            seed=seed,
            speedup=speedup,
            plan=faults,
            numbers_after=numbers_after,
            duration_s=duration,
            report=report,
            truth=truth,
            publish_log=publish_log,
        )
    )


def simulate_history(
    days: Annotated[int, typer.Option(min=1, max=90, help="How many days, up to now.")] = 28,
    machines: Annotated[int, typer.Option(min=1, max=5000, help="How many machines.")] = 40,
    silent: Annotated[
        int, typer.Option(min=0, max=50, help="Machines beside them that are not simulated: they have gone silent.")
    ] = 0,
    seed: Annotated[int, typer.Option(help="The seed of the simulation whose past this is.")] = 1,
    numbers_after: Annotated[int, typer.Option(min=0, max=9_000_000, help="As in `ecc simulate`.")] = 0,
    rows_per_s: Annotated[float, typer.Option(min=1, help="Readings a second, so that live ones are not held up.")] = (
        4_000
    ),
) -> None:
    """Publish the weeks before now, with work, wear and faults, as terminals send what they had kept."""
    from app.simulation import PastOrder, publish_past

    publish_past(
        PastOrder(
            days=days,
            machines=machines,
            silent=silent,
            seed=seed,
            numbers_after=numbers_after,
            rows_per_s=rows_per_s,
        )
    )
