"""The rules alone, on one core: how many rule evaluations a second, and what they remember of each machine.

An evaluation is one rule at one row, its state advanced and adopted; 1 % of the machines are ill, so that findings open
and close all the time. Judged are the shipped rules on what the gateway's burst and a replay give them, and a hundred
made-up rules of every construct on machines that tell half of the catalogue in each row. `python -m bench.rules`
prints it all.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench import rule_batches
from diagnosis.engine import Engine, Rows
from diagnosis.machine_facts import MachineFacts, MachineFence
from diagnosis.rule_file import parse_rules
from diagnosis.ruleset import RuleSet, packaged_ruleset
from diagnosis.runs import FIELDS as RUN_FIELDS
from diagnosis.state import RuleState
from fleet.batch import BoolArray, EventBatch, Float64Array
from fleet.signals import Aggregation, Catalogue, packaged_catalogue

if TYPE_CHECKING:
    from bench.measures import Samples, Size
    from bench.stand import Stand

RULES = 100
BATCH_ROWS = 5_000
WARM_UP, BATCHES = 70, 130
START_US = 1_700_000_000_000_000
STEP_US = 10_000_000
_WORDS = "\n".join(f'{name} = {{ zh = "文", en = "text" }}' for name in ("title", "owner", "expert"))
_SHAPES = (
    ("{s} > {high} and engine_speed_rpm > 600", "{s} < {low}"),
    ("{s} > {high} or {s} < {least}", "{s} < {low} and {s} > {least}"),
    ("abs({s} - {t}) > {span} and engine_speed_rpm > 600", "abs({s} - {t}) < 1"),
    ("{s} / {t} > 40", "{s} / {t} < 30"),
    ("mean({s}, 10min) > {high} and engine_speed_rpm > 600", "{s} < {low}"),
    ("max({s}, 5min) - min({s}, 5min) > {span} and engine_speed_rpm > 600", "{s} < {low}"),
    ("delta({s}, 10min) > {span} and engine_speed_rpm < 300", "{s} < {low}"),
    ("rate({s}, 1min) > {span} and engine_speed_rpm > 600", "{s} < {low}"),
    ("count({s} > {high}, 1h) >= 5", "{s} < {low}"),
    ("missing({s}, 5min) and engine_speed_rpm > 600", "not missing({s}, 5min)"),
)
# Of a hundred rules seventy-five are plain comparisons; the others have every other construct, asked of every row.
_PLAIN = (0, 0, 0, 1, 0, 0, 2, 0, 0, 1, 0, 3, 0, 0, 1)
_MIX = (*_PLAIN, 4, 5, 6, 7, 8, *_PLAIN, 4, 5, 6, 7, 9)


def ruleset(catalogue: Catalogue, mix: tuple[int, ...] = _MIX) -> RuleSet:
    """A hundred rules over the gauges of the catalogue, of the shapes of a mix."""
    gauges = [signal for signal in catalogue if signal.aggregation is Aggregation.GAUGE and signal.unit != "dBm"]
    pairs = [(s, t) for s in gauges for t in gauges if s is not t and s.unit == t.unit and s.unit != "degC"]
    texts = []
    for number in range(RULES):
        shape = mix[number % len(mix)]
        signal, other = pairs[number * 7 % len(pairs)]
        low, high = signal.valid
        span = high - low
        places = {
            "s": signal.key,
            "t": other.key,
            "least": low + 0.05 * span,
            "low": low + 0.6 * span,
            "high": low + (0.8 + 0.001 * number) * span,
            "span": 0.7 * span,
        }
        when, clear = (text.format(**places) for text in _SHAPES[shape])
        if mix is _MIX and number == RULES - 1:
            when, clear = "outside('yard', 5min) and engine_speed_rpm > 600", "inside('yard')"
        lines = [
            f"[rule_{number}]",
            f'when = "{when}"',
            f'clear = "{clear}"',
            'for = "10s"',
            'severity = "low"',
            _WORDS,
        ]
        texts.append("\n".join(lines))
    return RuleSet(parse_rules("\n".join(texts), catalogue))


class _South:
    def contains(self, latitude_deg: Float64Array, longitude_deg: Float64Array) -> BoolArray:
        """All places up to 31 degrees north."""
        return latitude_deg <= 31.0


def fleet_facts(catalogue: Catalogue, machines: int) -> MachineFacts:
    """Machines that have every signal and one fence."""
    fence = MachineFence(np.arange(machines, dtype=np.int32), _South(), _South())
    return MachineFacts(
        nominal_voltage_v=np.full(machines, 24.0),
        reports=np.ones((machines, len(catalogue)), np.bool_),
        fences={("yard", None): [fence]},
    )


def batches(catalogue: Catalogue, machines: int, count: int) -> list[Rows]:
    """Batches of one row of each machine, 10 s apart: half of the signals told in each, 1 % of the machines ill."""
    chance = np.random.default_rng(4)
    low, high = catalogue.valid_min, catalogue.valid_max
    usual = low + (high - low) * chance.uniform(0.3, 0.5, (machines, len(catalogue)))
    ill = chance.random(machines) < 0.01
    usual[:, catalogue.index["latitude_deg"]] = 30.9
    found = []
    for number in range(count):
        values = usual * chance.uniform(0.98, 1.02, usual.shape)
        if number % 20 >= 10:
            values[ill] = low + (high - low) * chance.uniform(0, 1, (int(ill.sum()), len(catalogue)))
        values[:, number % 2 :: 4] = np.nan
        values[:, catalogue.is_float4] = values[:, catalogue.is_float4].astype(np.float32)
        at_us = np.full(machines, START_US + number * STEP_US, np.int64)
        found.append(Rows(np.arange(machines, dtype=np.int32), at_us, values))
    return found


def rules_per_core(_stand: Stand | None = None, _size: Size | None = None) -> Samples:
    """Rows and rule evaluations a second of one core, and the state that is kept of a machine and rule.

    The stand and the size of the others are not used.
    """
    return _made_up() | _shipped()


def _made_up() -> Samples:
    """A hundred rules in batches of 5,000 machines; `plain`: with comparisons alone, as most rules are."""
    catalogue = packaged_catalogue()
    found = {}
    for name, mix in (("rule_evaluations_per_s", _MIX), ("rule_evaluations_plain_per_s", _PLAIN)):
        engine = Engine(catalogue, ruleset(catalogue, mix=mix))
        engine.set_facts(fleet_facts(catalogue, BATCH_ROWS))
        judged = _judged(engine, batches(catalogue, BATCH_ROWS, 20), STEP_US * 20, (WARM_UP, BATCHES))
        found[name] = judged.rows_per_s * RULES
        if mix is _MIX:
            found["rule_state_bytes_a_machine_and_rule"] = _bytes_of(judged.state, BATCH_ROWS, RULES)
    return found


def _shipped() -> Samples:
    """The shipped rules: 5,000 rows of 5,000 of 10,000 machines a batch, and as a replay gives them, 250 a machine."""
    catalogue = packaged_catalogue()
    found = {}
    for name, machines, turns, rows, spans in (
        ("shipped_rules", 10_000, 20, BATCH_ROWS, (120, 80)),
        ("shipped_rules_replay", 198, 1_000, 198 * 250, (4, 8)),
    ):
        load = rule_batches.load_of(machines, turns)
        engine = Engine(catalogue, packaged_ruleset(catalogue))
        engine.set_facts(rule_batches.facts(load, catalogue))
        cycle = rule_batches.batches(load, catalogue, rows)
        judged = _judged(engine, cycle, rule_batches.SPACING_US * turns, spans)
        found[f"{name}_rows_per_s"] = judged.rows_per_s
        if machines > BATCH_ROWS:
            rules = len(engine.rules)
            found["shipped_rule_evaluations_per_s"] = judged.rows_per_s * rules
            found["shipped_rule_state_bytes_a_machine_and_rule"] = _bytes_of(judged.state, judged.state.slots, rules)
    return found


@dataclass(frozen=True)
class _Judged:
    rows_per_s: float  # of processor time, adopt() included
    state: RuleState  # after it


def _judged(engine: Engine, cycle: Sequence[Rows], cycle_us: int, batches: tuple[int, int]) -> _Judged:
    """Judge a cycle of batches again and again, later each time; `batches`: how many are not counted, and are.

    Windows of 10 min are full by then, and of the shipped rules those of 20 min.
    """
    state, nothing = engine.fresh_state(int(max(rows.machine.max() for rows in cycle)) + 1), EventBatch.empty()
    spent, findings, judged = 0.0, 0, 0
    warm_up, counted = batches
    for number in range(warm_up + counted):
        rows = cycle[number % len(cycle)]
        rows = Rows(rows.machine, rows.at_us + number // len(cycle) * cycle_us, rows.values, rows.signals)
        began = time.process_time()
        judgement = engine.judge(rows, nothing, state)
        judgement.adopt()
        if number >= warm_up:
            spent += time.process_time() - began
            judged += len(rows)
        findings += len(judgement.findings)
    if not findings:
        raise RuntimeError("the rules found nothing: this measures nothing")
    return _Judged(judged / spent, state)


def _bytes_of(state: RuleState, machines: int, rules: int) -> float:
    """What runs, findings and followed conditions take of a machine and rule, beside the windows that rules share."""
    kept = [state.runs.live, state.runs.busy, state.watches.since, state.watches.last, state.watches.after_false]
    kept += [getattr(state.runs, name) for name in RUN_FIELDS]
    return sum(array.nbytes for array in kept) / machines / rules


if __name__ == "__main__":
    for measure, value in rules_per_core().items():
        print(f"{measure:46s} {value:16,.1f}")
