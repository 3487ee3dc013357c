"""What the gateway's burst and a replay give the rules, as the batches in which they are judged."""

from __future__ import annotations

import numpy as np

from bench.load import Load, rows_of
from diagnosis.engine import Rows
from diagnosis.machine_facts import MachineFacts
from fleet.batch import Int32Array, Int64Array
from fleet.signals import Catalogue

START_US = 1_700_000_000_000_000
SPACING_US = 25_000_000
_KINDS = ("excavator", "wheel_loader", "truck_crane")


def load_of(machines: int, turns: int) -> Load:
    """So many rows of each machine, 25 s apart, of the ordinary sets of signals; 1 % of the machines fall ill."""
    return Load(messages=machines * turns, machines=machines, start_us=START_US, spacing_us=SPACING_US, boot="rules")


def batches(load: Load, catalogue: Catalogue, rows_a_batch: int) -> list[Rows]:
    """The rows of a load in the order in which they are sent, cut and sorted as the gateway and a replay do."""
    sent, told = rows_of(load), {key for one in load.signal_sets for key in one.keys}
    keys = sorted(told, key=lambda key: catalogue.index[key])
    signals = np.array([catalogue.index[key] for key in keys], np.intp)
    values = np.full((load.rows, len(keys)), np.nan)
    for number, one in enumerate(load.signal_sets):
        mine = sent.set_number == number
        values[np.ix_(mine, [keys.index(key) for key in one.keys])] = sent.values[mine]
    float4 = catalogue.is_float4[signals]
    values[:, float4] = values[:, float4].astype(np.float32)
    found = []
    for start in range(0, load.rows, rows_a_batch):
        machine: Int32Array = sent.machine[start : start + rows_a_batch].astype(np.int32)
        at_us: Int64Array = sent.at_us[start : start + rows_a_batch]
        order = np.lexsort((at_us, machine))
        found.append(Rows(machine[order], at_us[order], values[start : start + rows_a_batch][order], signals))
    return found


def facts(load: Load, catalogue: Catalogue) -> MachineFacts:
    """24 V machines of three kinds that have what their set tells."""
    reports = np.zeros((load.machines, len(catalogue)), np.bool_)
    for machine in range(load.machines):
        reports[machine, [catalogue.index[key] for key in load.signal_sets[machine % load.sets].keys]] = True
    return MachineFacts(
        nominal_voltage_v=np.full(load.machines, 24.0),
        kind=[_KINDS[machine % len(_KINDS)] for machine in range(load.machines)],
        reports=reports,
    )
