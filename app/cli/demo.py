"""`ecc demo`."""

from pathlib import Path
from typing import Annotated

import typer


def demo(
    duration: Annotated[
        float | None,
        typer.Option(help="Seconds to run (45 or more at speed 1), then drain and report; else until Ctrl-C."),
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write the report as JSON.")] = None,
    machines: Annotated[int, typer.Option(min=1, max=5000, help="How many simulated machines.")] = 40,
    seed: Annotated[int, typer.Option(help="The same seed makes the same machines, work and faults.")] = 1,
    speedup: Annotated[float, typer.Option(min=0.1, max=1000, help="Machine seconds in a second.")] = 1.0,
    faults: Annotated[
        Path | None, typer.Option(exists=True, help="Plan of faults (TOML) instead of the demo's.")
    ] = None,
    history: Annotated[
        int | None,
        typer.Option(
            min=0, max=90, help="Days of the machines' past that are filled in beside; 28, or none with --duration."
        ),
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Keep the data here; by default each demo starts empty.")
    ] = None,
) -> None:
    """Run the main job: servers, gateway, API, console and simulated machines that go wrong."""
    from app.up import stop_event

    stop = stop_event()  # before what takes a while to import
    from app.demo.order import DemoOrder
    from app.demo.run import run_demo

    order = DemoOrder(
        machines=machines,
        seed=seed,
        speedup=speedup,
        duration_s=duration,
        report=report,
        data_dir=data_dir,
        faults=faults,
        history_days=(28 if duration is None else 0) if history is None else history,
    )
    raise typer.Exit(run_demo(order, stop))
