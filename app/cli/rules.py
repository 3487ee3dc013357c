"""`ecc rules`."""

import typer

from app.cli import rule_overrides

app = typer.Typer(help="The rules: overrides for single machines.", no_args_is_help=True)
app.add_typer(rule_overrides.app, name="override")
