"""Rule state to bytes and back: npz without pickle, a partition at a time, matched by key so that rules may change."""

import io
import json
from dataclasses import astuple
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from diagnosis.dtc import Cases, OpenCase, Source, Sources
from diagnosis.panes import PaneRing
from diagnosis.rows import IntpArray
from diagnosis.runs import FIELDS
from diagnosis.watches import FIELDS as WATCH_FIELDS
from fleet.errors import InvalidInput
from fleet.findings import CaseMember, Severity

if TYPE_CHECKING:
    from diagnosis.state import RuleState

FORMAT = 2
Arrays = dict[str, npt.NDArray[np.generic]]


class SnapshotError(InvalidInput):
    """These bytes are no rule-state snapshot this program can read."""


def export_partition(state: "RuleState", partition: int) -> bytes:
    """The machines of one partition as npz bytes."""
    machines = np.flatnonzero(state.in_partition(partition))
    layout = state.layout
    header = {
        "format": FORMAT,
        "signals": layout.signals,
        "rules": layout.rules,
        "rule_marks": layout.rule_marks,
        "rings": [_ring_key(ring) for ring in state.rings],
        "watches": layout.watches,
    }
    arrays: Arrays = {
        "header": np.frombuffer(json.dumps(header).encode(), np.uint8),
        "machines": machines.astype(np.int32),
        "mark_us": state.mark_us[machines],
        "held_value": state.held.value[machines],
        "held_at": state.held.at_us[machines],
        "codes": _codes(state, machines),
        "cases": np.frombuffer(json.dumps(_cases(state, machines)).encode(), np.uint8),
    }
    arrays |= {name: getattr(state.runs, name)[machines] for name in FIELDS}
    arrays |= {f"watch_{name}": getattr(state.watches, name)[machines] for name in WATCH_FIELDS}
    for number, ring in enumerate(state.rings):
        arrays |= {f"ring{number}_{name}": array for name, array in _panes(ring, machines).items()}
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, **arrays)
    return stream.getvalue()


def _ring_key(ring: PaneRing) -> list[object]:
    return [ring.layout.source, ring.layout.pane_s, *sorted(ring.kept)]


def _panes(ring: PaneRing, machines: IntpArray) -> Arrays:
    """The written panes of these machines, as a list."""
    stamp = ring.stamp[machines]
    row, place = np.nonzero(stamp)
    places: Arrays = {
        "row": row.astype(np.int32),
        "pane": stamp[row, place].astype(np.int64) - 1,
    }
    return places | {field: values[machines[row], place] for field, values in ring.kept.items()}


def _codes(state: "RuleState", machines: IntpArray) -> npt.NDArray[np.int64]:
    """Active codes, a row each: machine, source address, spn, fmi, since, last told, native."""
    rows = [
        (machine, address, *code, since, source.last_us, int(source.native))
        for machine in machines[state.codes.busy[machines]].tolist()
        for address, source in sorted(state.codes.sources[machine].items())
        for code, since in sorted(source.since.items())
    ]
    return np.array(rows, np.int64).reshape(-1, 7)


def _cases(state: "RuleState", machines: IntpArray) -> list[list[object]]:
    """Open findings of fault codes, a row each: machine, key, from, severity, cascade, members."""
    return [
        [machine, case.key, case.from_us, case.severity, case.cascade, [astuple(member) for member in case.members]]
        for machine in machines[state.codes.busy[machines]].tolist()
        for _, case in sorted(state.codes.cases[machine].items())
    ]


def load_partition(state: "RuleState", content: bytes) -> None:
    """Put an exported partition's machines into a state; raises SnapshotError when the bytes are not one."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays: Arrays = {name: file[name] for name in file.files}
        header = json.loads(arrays["header"].tobytes())
    except (ValueError, OSError, KeyError, EOFError, BadZipFile) as error:
        raise SnapshotError(f"not a rule-state snapshot: {error}") from error
    if header.get("format") != FORMAT:
        raise SnapshotError(f"rule-state snapshot of format {header.get('format')!r}, this program reads {FORMAT}")
    machines = arrays["machines"].astype(np.intp)
    if len(machines) == 0:
        return
    state.drop(machines.tolist())
    state.reserve(int(machines.max()) + 1)
    state.mark_us[machines] = arrays["mark_us"]
    _load_held(state, machines, header, arrays)
    _load_runs(state, machines, header, arrays)
    _load_watches(state, machines, header, arrays)
    _load_rings(state, machines, header, arrays)
    cases = _load_cases(arrays["cases"]) if "cases" in arrays else {}  # a program before this one had none
    for machine, sources in _load_codes(arrays["codes"]).items():
        state.codes.put(machine, sources, cases.get(machine, {}))


def _matched(mine: list[object], theirs: list[object]) -> tuple[IntpArray, IntpArray]:
    """Positions of what both have, in each."""
    pairs = np.array([(i, theirs.index(key)) for i, key in enumerate(mine) if key in theirs], np.intp).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _load_held(state: "RuleState", machines: IntpArray, header: dict[str, list[object]], arrays: Arrays) -> None:
    mine, theirs = _matched(list(state.layout.signals), header["signals"])
    state.held.value[np.ix_(machines, mine)] = arrays["held_value"][:, theirs]
    state.held.at_us[np.ix_(machines, mine)] = arrays["held_at"][:, theirs]
    state.held.newest_us[mine] = np.maximum(state.held.newest_us[mine], state.held.at_us[:, mine].max(axis=0))


def _load_runs(state: "RuleState", machines: IntpArray, header: dict[str, list[object]], arrays: Arrays) -> None:
    layout = state.layout
    wanted: list[object] = list(zip(layout.rules, layout.rule_marks, strict=True))
    mine, theirs = _matched(wanted, list(zip(header["rules"], header["rule_marks"], strict=True)))
    for name in FIELDS:
        getattr(state.runs, name)[np.ix_(machines, mine)] = arrays[name][:, theirs]
    state.runs.refresh_live(machines)


def _load_watches(state: "RuleState", machines: IntpArray, header: dict[str, list[object]], arrays: Arrays) -> None:
    mine, theirs = _matched(list(state.layout.watches), header["watches"])
    for name in WATCH_FIELDS:
        getattr(state.watches, name)[np.ix_(machines, mine)] = arrays[f"watch_{name}"][:, theirs]


def _load_rings(state: "RuleState", machines: IntpArray, header: dict[str, list[object]], arrays: Arrays) -> None:
    wanted: list[object] = [_ring_key(ring) for ring in state.rings]
    for i, j in zip(*_matched(wanted, header["rings"]), strict=True):
        ring = state.rings[i]
        pane = arrays[f"ring{j}_pane"].astype(np.int64)
        oldest_first = np.argsort(pane, kind="stable")  # of panes that share a place in a shorter ring the newest stays
        slot = machines[arrays[f"ring{j}_row"].astype(np.intp)][oldest_first]
        place = pane[oldest_first] % ring.layout.length
        ring.stamp[slot, place] = pane[oldest_first] + 1
        ring.forget(machines, int(pane.max(initial=-1)) + 1)
        for field, values in ring.kept.items():
            values[slot, place] = arrays[f"ring{j}_{field}"][oldest_first]


def _load_cases(content: npt.NDArray[np.generic]) -> dict[int, Cases]:
    loaded: dict[int, Cases] = {}
    for machine, key, from_us, severity, cascade, members in json.loads(content.tobytes()):
        codes = tuple(CaseMember(*member) for member in members)
        loaded.setdefault(machine, {})[key] = OpenCase(key, from_us, Severity(severity), codes, cascade)
    return loaded


def _load_codes(rows: npt.NDArray[np.generic]) -> dict[int, Sources]:
    loaded: dict[int, Sources] = {}
    for machine, address, spn, fmi, since, last_us, native in rows.tolist():
        sources = loaded.setdefault(machine, {})
        known = sources.get(address)
        codes = {**(known.since if known is not None else {}), (spn, fmi): since}
        sources[address] = Source(last_us, bool(native), codes)
    return loaded
