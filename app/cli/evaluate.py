"""`ecc evaluate detector` and `ecc evaluate rul`: registered models judged on other people's recorded machines."""

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(help="Registered models, judged on recorded data of any machine.", no_args_is_help=True)

JsonOption = Annotated[bool, typer.Option("--json", help="For programs: one JSON object.")]
PlotOption = Annotated[
    Path | None, typer.Option("--plot", dir_okay=False, help="Draw a picture too: .png, .svg or .pdf.")
]


@app.command()
def detector(
    name: Annotated[str, typer.Argument(help="A registered detector; `default` is the one that is shipped.")],
    csv: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="The recorded rows, oldest first.")],
    train_rows: Annotated[int, typer.Option(min=1, help="The first rows, taken for healthy; the rest is judged.")],
    label: Annotated[str, typer.Option(help="The column that says 1 where a row is abnormal.")],
    drop: Annotated[list[str] | None, typer.Option(help="A column the detector must not see; repeat for more.")] = None,
    sep: Annotated[str | None, typer.Option(help="Between columns; without it, what the first line uses.")] = None,
    as_json: JsonOption = False,
    plot: PlotOption = None,
) -> None:
    """Judge each row by those before it alone. far is in % of the normal rows, mar in % of the abnormal ones."""
    from usecases.evaluate.detector import DetectorQuestion, evaluate_detector

    _check_plot(plot)

    question = DetectorQuestion(
        name=name, csv=csv, train_rows=train_rows, label=label, drop=tuple(drop or ()), separator=sep
    )
    found = evaluate_detector(question)
    more = {
        "detector": name,
        "signals": list(found.signals),
        "time": found.table.time or None,
        "ignored": list(found.table.ignored),
        "unread_cells": dict(found.table.unread),
        "train_rows": train_rows,
        "not_assessed": found.not_assessed,
        "state_bytes": found.state_bytes,
    }
    _print({**asdict(found.measures), **more}, as_json=as_json)
    if plot is not None:
        from usecases.evaluate.picture import draw_detector

        draw_detector(found, plot)


@app.command()
def rul(
    name: Annotated[str, typer.Argument(help="A registered model; `default` is the one that is shipped.")],
    train: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="Machines run to failure.")],
    test: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="Machines judged at their last row.")],
    unit: Annotated[str, typer.Option(help="The column that says which machine a row is of.")] = "machine_number",
    target: Annotated[str, typer.Option(help="The column of the remaining useful life.")] = "RUL",
    sep: Annotated[str | None, typer.Option(help="Between columns; without it, what the first line uses.")] = None,
    as_json: JsonOption = False,
    plot: PlotOption = None,
) -> None:
    """Learn the remaining useful life and judge it at the last row of each test machine.

    coverage_80 is the share of rows of the training machines that the 80 % interval covers when the machine itself was
    left out (5 folds by machine, pooled); coverage_80_test the same at the test machines' last rows.
    """
    from usecases.evaluate.rul import RulQuestion, evaluate_rul

    _check_plot(plot)

    found = evaluate_rul(RulQuestion(name=name, train=train, test=test, unit=unit, target=target, separator=sep))
    more = {"model": name, "machines": found.machines, "signals": list(found.signals), "ignored": list(found.ignored)}
    _print({**asdict(found.measures), **more}, as_json=as_json)
    if plot is not None:
        from usecases.evaluate.picture import draw_rul

        draw_rul(found, plot)


def _check_plot(plot: Path | None) -> None:
    """Refuses a picture that cannot be drawn before the evaluation, which may take minutes."""
    if plot is not None:
        from usecases.evaluate.picture import check_form

        check_form(plot)


def _print(measures: dict[str, Any], *, as_json: bool) -> None:
    """One JSON object, or a line a measure; what does not exist (nan) is null."""
    if as_json:
        known = {
            name: None if isinstance(value, float) and math.isnan(value) else value for name, value in measures.items()
        }
        typer.echo(json.dumps(known, ensure_ascii=False))
        return
    for name, value in measures.items():
        shown = f"{value:.4g}" if isinstance(value, float) else ", ".join(value) if isinstance(value, list) else value
        typer.echo(f"{name:>16}  {'-' if shown in {None, '', 'nan'} else shown}")
