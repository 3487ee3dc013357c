"""The fleet, machine by machine in two processes: simulate, judge, and keep only what was said.

Three rounds: physics and rules, which leave the minutes of each machine in a folder; a family model a machine model
from the quiet days; that model on every machine's month.
"""

import multiprocessing
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from bench.diagnosis.judge import RuleJudge, Said
from bench.diagnosis.models import Family, learn_family, minutes_of, model_says
from bench.diagnosis.sensor_trust import believed, distrusted, revised, sensors_said
from diagnosis.machine_facts import MachineFacts
from diagnosis.ruleset import packaged_ruleset
from fleet.signals import packaged_catalogue
from simulators.month.events import Labels
from simulators.month.fleet_month import FleetMonth
from simulators.month.plan import QUIET_DAYS, Spread


def facts_of(fleet: FleetMonth, index: int) -> MachineFacts:
    """What the platform knows of a machine, as machine 0 of a platform that has no other."""
    machine = fleet.machines[index]
    reports = np.zeros((1, len(fleet.catalogue)), np.bool_)
    reports[0, [fleet.catalogue.index[key] for key in fleet.fitted[index]]] = True
    return MachineFacts(
        nominal_voltage_v=np.array([float(machine.spec.nominal_voltage_v)]),
        kind=[machine.spec.kind],
        model=[machine.spec.model],
        mode=["in_service"],
        reports=reports,
    )


@dataclass(frozen=True, slots=True)
class Task:
    """The fleet that a process works on; folder: where minutes are kept."""

    count: int
    days: int
    spread: Spread
    folder: Path


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules made of one machine; seconds of a processor for the physics and for the rules."""

    machine: int
    rows: int
    labels: Labels
    said: tuple[Said, ...]
    seconds: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything: what is true, what was said in the end and when it was first shown, and what it cost (seconds of a
    processor by round, rows)."""

    labels: Labels
    said: tuple[Said, ...]
    first_said: tuple[Said, ...]
    rows: int
    seconds: dict[str, float]


@cache
def fleet_of(task: Task) -> FleetMonth:
    """The fleet of a task, once a process."""
    return FleetMonth(task.count, task.days, task.spread, packaged_catalogue())


@cache
def _rules() -> RuleJudge:
    catalogue = packaged_catalogue()
    return RuleJudge(catalogue, packaged_ruleset(catalogue))


def judge_machine(task: Task, machine: int) -> Judged:
    """Simulate one machine, judge it by the rules and keep its minutes."""
    begun, fleet = time.process_time(), fleet_of(task)
    stream, labels = fleet.month(machine)
    made = time.process_time()
    facts = facts_of(fleet, machine)
    spans = distrusted(stream, facts, fleet.catalogue)
    kept = believed(stream, spans, fleet.catalogue)
    ruled = tuple(_rules().said(machine, kept, facts))
    said = (*ruled, *sensors_said(machine, spans))
    minutes_of(kept, fleet.catalogue, said).save(task.folder, machine)
    return Judged(machine, len(stream.at_us), labels, said, (made - begun, time.process_time() - made))


def judge_by_model(task: Task, family: Family, machine: int) -> tuple[tuple[Said, ...], float]:
    """What the family's model says of one machine, and the seconds it took."""
    begun = time.process_time()
    said = tuple(model_says(family, task.folder, machine, fleet_of(task).catalogue))
    return said, time.process_time() - begun


def learn(task: Task, machines: Sequence[int]) -> tuple[Family | None, float]:
    """The family of some machines."""
    begun = time.process_time()
    quiet = min(QUIET_DAYS, 0.2 * task.days)
    family = learn_family(task.folder, machines, fleet_of(task).catalogue, quiet)
    return family, time.process_time() - begun


def judge_fleet(task: Task, processes: int) -> Outcome:
    """All three rounds; with one process in this one."""
    if processes == 1:
        return _judged(task, map)
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        return _judged(task, pool.map)


def _judged(task: Task, mapped: Callable[..., Iterable[Any]]) -> Outcome:
    judged: list[Judged] = list(mapped(judge_machine, [task] * task.count, range(task.count)))
    families: dict[str, list[int]] = {}
    for machine in fleet_of(task).machines:
        families.setdefault(machine.spec.model, []).append(machine.index)
    learned = list(mapped(learn, [task] * len(families), families.values()))
    work = [
        (family, machine)
        for (family, _), machines in zip(learned, families.values(), strict=True)
        for machine in machines
        if family is not None
    ]
    modelled = list(mapped(judge_by_model, [task] * len(work), *zip(*work, strict=True))) if work else []
    said = [one for part in judged for one in part.said] + [one for part, _ in modelled for one in part]
    seconds = {
        "physics": sum(part.seconds[0] for part in judged),
        "rules": sum(part.seconds[1] for part in judged),
        "learning": sum(spent for _, spent in learned),
        "models": sum(spent for _, spent in modelled),
    }
    labels = joined(part.labels for part in judged)
    return Outcome(
        labels, tuple(revised(said, packaged_catalogue())), tuple(said), sum(part.rows for part in judged), seconds
    )


def joined(parts: Iterable[Labels]) -> Labels:
    """The labels of many machines as one."""
    kept = list(parts)
    return Labels(
        faults=tuple(one for part in kept for one in part.faults),
        sensors=tuple(one for part in kept for one in part.sensors),
        behaviours=tuple(one for part in kept for one in part.behaviours),
        outages=tuple(one for part in kept for one in part.outages),
    )
