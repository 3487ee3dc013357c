"""Writes docs/models.md from the model cards: `python -m diagnosis.models_doc` (--check: fails when out of date)."""

import sys
import tomllib
from pathlib import Path

CARDS = Path(__file__).parent / "model_cards.toml"
TARGET = Path(__file__).parent.parent / "docs" / "models.md"
FIELDS = ("learns", "says", "fails", "state")
_KINDS = {"detector": "Detectors", "rul": "Remaining useful life"}
_INTRODUCTION = """\
# Models

Generated from `diagnosis/model_cards.toml` by `python -m diagnosis.models_doc`; do not edit.

Every model is a scikit-learn estimator (`fit`, `score_samples` or `predict`, `explain`), judges each row by those
before it alone, and is registered by name. `default` is the one that is shipped: one fixed configuration for all
machines.

```sh
./ecc evaluate detector default --csv 0.csv --sep ';' --train-rows 400 --label anomaly --drop changepoint --json \\
    --plot 0.png
./ecc evaluate rul default --train train_FD001.tar.gz --test test_FD001.tar.gz --json --plot rul.png
```

They run any registered model on any table with numeric columns: CSV, plain, gzipped or in a .tar.gz. The time column is
found (dates, else a column named like a time, else one that grows with every row); empty columns and words are ignored.
`far` and `mar` are in % of the normal and of the abnormal rows; `f1` and `coverage_80` are ratios.

`python -m bench.left_out FOLDER` measures what the choice of the configuration owes to the files it was chosen on.

A model file is an npz of what was learned with its card as JSON, under one SHA-256; it is read only as one of the
registered models, and what scikit-learn grew in it (skops) only when it names no type but those on the model's list."""


def cards() -> dict[str, dict[str, dict[str, object]]]:
    """kind -> name -> card."""
    return tomllib.loads(CARDS.read_text(encoding="utf-8"))


def models_page() -> str:
    """The page, as Markdown."""
    parts = [_INTRODUCTION]
    for kind, named in cards().items():
        parts.append(f"## {_KINDS[kind]}")
        parts += [_section(name, card) for name, card in named.items()]
    return "\n\n".join(parts) + "\n"


def _section(name: str, card: dict[str, object]) -> str:
    lines = [f"### {name}", "", f"{card['title']} (`{card['method']}`).", ""]
    lines += [f"- {field.capitalize()}: {card[field]}" for field in FIELDS]
    measured = card["measured"]
    if isinstance(measured, list):
        lines += [f"- Measured: {line}" for line in measured]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Write the page, or with --check say whether it is what the cards say."""
    page = models_page()
    if "--check" in arguments:
        return 0 if TARGET.exists() and TARGET.read_text(encoding="utf-8") == page else 1
    TARGET.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
