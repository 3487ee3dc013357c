"""Writes docs/models.md from the model cards: `python -m diagnosis.models_doc` (--check: fails when out of date)."""

import sys
import tomllib
from pathlib import Path

from diagnosis.generated_page import written_or_checked

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

`python -m bench.models FOLDER` measures the numbers below anew (SKAB and C-MAPSS in FOLDER) and exits 1 where they have
become worse than they must be; `python -m bench.left_out FOLDER` what the choice of the configuration owes to the files
it was chosen on.

A model file is an npz of what was learned with its card as JSON, under one SHA-256; it is read only as one of the
registered models, and what scikit-learn grew in it (skops) only when it names no type but those on the model's list.

## In operation

```sh
./ecc train baseline --from 2026-11-01T00:00:00Z --to 2026-11-15T00:00:00Z --model XE215 --processes 4
./ecc detectors list
./ecc detectors promote 7
./ecc detectors rollback 7
```

`ecc train NAME` learns from the stored minutes (the 1-minute rollups) in which the engine ran all through, for twenty
minutes before, and no alarm of the machine was open (those of severity low are advice on its use, and do not count):
`baseline` one model for all machines of a machine model, every other detector one for each machine. What was learned is
kept with its card as a new version and judges nothing until it is promoted (or trained with `--promote`). A version is
for one machine model or one machine; of the same name the machine's own goes before its model's. `ecc detectors
rollback NUMBER` puts back what was in force before, whatever NUMBER is of the versions for the same thing; when nothing
was, nothing is. All of it is in the audit.

**Judging.** `ecc diagnose` reads every minute what is new of 200 machines at a time, a minute being judged about two
minutes after it ended and never before its rollup is settled. What a model remembers of a machine (a few kB) is in
the database and written in the transaction that opens and closes findings, so a restart goes on where it stopped and
any splitting of the minutes gives the same findings. Minutes that come later than a newer one that was judged are not
judged. A machine never judged begins an hour back.

**Findings.** 3 of the last 5 assessed minutes over the border begin an episode, from the first of them on; it ends
when 30 assessed minutes had no alarm, at the first of those. Alarms that follow each other sooner are one episode. A
finding of a model has the key `NAME:SIGNAL` (the signal that contributes most), the version that found it, severity
medium, and as values the signals' means, what was expected of them (`expected.SIGNAL`) and their shares
(`contribution.SIGNAL`, 1 is the border). A version that is replaced or rolled back ends its open episodes.

**What a machine is judged by** (`GET /api/v1/machines/{machine}/detectors`):

| standing | |
|---|---|
| `learning` | by nothing yet: no family is known, and of its own fewer than 30 minutes of the regime |
| `family` | mostly by its model's other machines |
| `own` | by itself: 600 minutes and more of its own are known, or the model was learned from it alone |
| `not_assessed` | its last minute was in a regime never seen |
| `frozen` | an alarm of the machine is open (severity medium and above): its minutes are judged and teach nothing |

**Peers.** Where a baseline is in force for six machines or more, each machine's last day is compared with the others'
every hour: medians by regime of what load, speed and ambient do not explain. Key `peers:SIGNAL`.

**When a model is not well** the stream and the alarms of rules do not notice; `ecc detectors list` and `GET
/api/v1/detectors` say it, and since when:

| state | |
|---|---|
| `slow` | a pass (30 s) was not enough for all machines; those that waited go first in the next |
| `missing` | its file is not there, or this release has no such detector or signal |
| `corrupt` | its file cannot be read, or is not the one that was promoted |
| `failing` | it breaks on the machines' minutes |

**Wear.** Once a day (UTC), two hours after its end, `ecc diagnose` computes for each machine what the day's minutes
show: oil pressure at hot idle, coolant over ambient at load, hydraulic oil over ambient per power, air filter
restriction; each the median of at least 10 minutes of that kind. Through the last 60 days a robust line is drawn
(Theil-Sen); from 14 days on, and where the line surely goes towards the limit, `GET /api/v1/machines/{machine}/wear`
says when it will be reached, with an 80 % interval: Fieller's, widened to hold what lines drawn from earlier days
missed. The reminder (a finding `wear:INDEX`, severity low) comes when the pessimistic end of the interval is 14 days
off or nearer."""


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
    return written_or_checked(models_page(), TARGET, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
