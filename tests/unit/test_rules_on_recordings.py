"""The shipped rules on what real machines sent: no rule alarm, and no fault code but the machine's own."""

import csv
from pathlib import Path

import numpy as np
import pytest

from diagnosis.engine import Engine, Rows
from diagnosis.machine_facts import MachineFacts
from diagnosis.rows import IntpArray
from diagnosis.ruleset import packaged_ruleset
from fleet.batch import EventBatch
from fleet.findings import SourceKind
from fleet.signals import packaged_catalogue
from tests.decoding import CAN, decode
from tests.j1939_oracle import read_log
from tests.unit.test_j1939_logs import IDLE, TRACTOR, messages

CATALOGUE = packaged_catalogue()
RULESET = packaged_ruleset(CATALOGUE)
KINDS = ["excavator", "wheel_loader", "truck_crane", "concrete_pump_truck", "roller"]  # whatever the machine might be


def found(rows: Rows, events: EventBatch, kind: str, signals: IntpArray) -> set[tuple[SourceKind, str]]:
    engine = Engine(CATALOGUE, RULESET)
    engine.set_facts(
        MachineFacts(
            nominal_voltage_v=np.array([12.0]),
            kind=[kind],
            mode=["in_service"],
            reports=np.isin(np.arange(len(CATALOGUE)), signals)[None, :],
            fences={key: [] for key in engine.fences},
        )
    )
    return {(f.source_kind, f.source_key) for f in engine.judge(rows, events, engine.fresh_state()).findings}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("name", "own"),
    [(IDLE, {"1/980/9", "0/3216/20", "0/609/9", "0/609/12"}), (TRACTOR, set())],
    ids=["idle", "tractor"],
)
def test_a_recorded_log_raises_its_own_codes_and_nothing_else(
    name: str, own: set[str], kind: str, shared_data: Path
) -> None:
    batch = decode(*messages(read_log(shared_data / "candump" / name)), topic=CAN)
    batch.readings.machine[:] = batch.events.machine[:] = 0
    raised = found(Rows.of_batch(batch.readings), batch.events, kind, np.asarray(batch.readings.signals, np.intp))
    assert {key for source, key in raised if source is SourceKind.RULE} == set()
    codes = {key for source, key in raised if source is SourceKind.DTC}
    assert {key.split("/", 1)[1] for key in codes} == {key.split("/", 1)[1] for key in own}


def test_the_recorded_drive_raises_nothing(shared_data: Path) -> None:
    with (shared_data / "gps" / "css_canmod_gps_trace.csv").open(encoding="utf-8") as file:
        fixes = list(csv.DictReader(file))
    columns = {"lat": "latitude_deg", "lon": "longitude_deg", "alt_m": "altitude_m", "heading_deg": "heading_deg"}
    values = np.full((len(fixes), len(CATALOGUE)), np.nan)
    for row, fix in enumerate(fixes):
        for name, key in columns.items():
            values[row, CATALOGUE.index[key]] = float(fix[name] or "nan")
        values[row, CATALOGUE.index["ground_speed_kmh"]] = 3.6 * float(fix["speed_mps"] or "nan")
    at_us, first = np.unique([round(float(fix["epoch_s"]) * 1_000_000) for fix in fixes], return_index=True)
    rows = Rows(np.zeros(len(at_us), np.int32), at_us.astype(np.int64), values[first])
    assert np.isfinite(values[:, CATALOGUE.index["ground_speed_kmh"]]).sum() > 1_000
    assert found(rows, EventBatch.empty(), "truck_crane", np.flatnonzero(~np.isnan(values).all(axis=0))) == set()
