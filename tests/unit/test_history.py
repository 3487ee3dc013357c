"""The past that a demo begins with: it ends where the run begins, and is a real terminal's back-fill."""

import gzip
import itertools
import json
import threading
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from alerts.silence_reason import SIGNALS, Evidence, SilenceReason, judge_silence
from fleet.signals import Aggregation, packaged_catalogue
from simulators.errands import send_on_errands
from simulators.history import (
    QUIET_US,
    HistoryOrder,
    counters_at_start,
    machine_messages,
    publish_history,
)
from simulators.last_words import SILENCES, TAIL_ROWS
from simulators.month.fleet_month import FleetMonth
from simulators.month.plan import read_spread
from simulators.mqtt import Broker
from simulators.past_rows import ROWS_PER_MESSAGE, first_midnight_us, past_rows

CATALOGUE = packaged_catalogue()
END = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
DAYS = 2


@pytest.fixture(scope="module")
def order() -> HistoryOrder:
    fleet = FleetMonth(2, DAYS, read_spread("tuning"), CATALOGUE)
    return HistoryOrder(fleet=fleet, live=2, end_us=round(END.timestamp() * 1e6), seed=1, boot="past", rows_per_s=1e9)


@pytest.fixture(scope="module")
def sent(order: HistoryOrder) -> list[dict]:
    begins = counters_at_start(order.fleet.machines, order.seed)
    return [json.loads(gzip.decompress(message.payload)) for message in machine_messages(order, 0, begins[0])]


def test_it_covers_the_days_of_the_machines_site_up_to_shortly_before_the_run(order, sent):
    at_us = np.concatenate([np.array(message["t"]) * 1_000 for message in sent])
    zone = ZoneInfo(order.fleet.machines[0].site.time_zone)
    first = datetime.fromtimestamp(at_us[0] / 1e6, zone)
    assert (first.hour, first.minute, first.second) == (0, 0, 0)
    assert (END.astimezone(zone).date() - first.date()).days == DAYS - 1
    assert (np.diff(at_us) > 0).all()
    last = order.end_us - QUIET_US
    assert last - 900_000_000 <= at_us[-1] < last


def test_its_counters_end_where_those_of_the_run_begin_and_only_grow(order, sent):
    begins = counters_at_start(order.fleet.machines, order.seed)[0]
    counters = [
        key for key in begins if CATALOGUE[key].aggregation is Aggregation.COUNTER and begins[key] == begins[key]
    ]
    assert "engine_hours_h" in counters
    for key in counters:
        told = np.array([value for message in sent for value in message["signals"].get(key, []) if value is not None])
        assert (np.diff(told) >= -1e-9).all(), key
        assert told[-1] == pytest.approx(begins[key], abs=max(0.002, 1e-6 * begins[key])), key


def test_messages_are_numbered_from_0_and_hold_a_bounded_number_of_rows(sent):
    assert [message["seq"] for message in sent] == list(range(len(sent))), "no outage was too long for its memory"
    assert {message["boot"] for message in sent} == {"past"}
    assert max(len(message["t"]) for message in sent) <= ROWS_PER_MESSAGE
    assert all(len(values) == len(message["t"]) for message in sent for values in message["signals"].values())


def test_a_machine_at_rest_says_less_than_one_at_work(sent):
    rows = [
        (at, rpm)
        for message in sent
        for at, rpm in zip(message["t"], message["signals"]["engine_speed_rpm"], strict=True)
    ]
    gaps = np.diff([at for at, _ in rows]) / 1_000
    runs = np.array([rpm > 300 for _, rpm in rows])
    assert np.median(gaps[runs[1:] & runs[:-1]]) == 60
    assert np.median(gaps[~runs[1:] & ~runs[:-1]]) == 900


def test_what_a_terminal_had_to_forget_has_numbers_that_never_come():
    fleet = FleetMonth(3, 8, read_spread("tuning"), CATALOGUE)
    _, labels = fleet.month(2)
    assert [outage.is_lost for outage in labels.outages] == [True, False]
    order = HistoryOrder(fleet=fleet, live=3, end_us=round(END.timestamp() * 1e6), seed=1, boot="past", rows_per_s=1)
    messages = [json.loads(gzip.decompress(message.payload)) for message in machine_messages(order, 2, {})]
    numbers = [message["seq"] for message in messages]
    (hole,) = [place for place, (one, other) in enumerate(itertools.pairwise(numbers)) if other - one > 1]
    last, first = messages[hole]["t"][-1], messages[hole + 1]["t"][0]
    assert first - last >= 200 * 10_000, "the rows of the outage"
    assert numbers == [*range(hole + 1), *range(hole + 2, len(messages) + 1)], "one message was lost in it"


def told_at_last(sent: list[dict], key: str) -> list[float]:
    return [value for message in sent for value in message["signals"][key]][-TAIL_ROWS:]


def test_machines_that_are_not_in_the_run_work_to_their_last_row_and_tell_why_they_went_silent():
    order = HistoryOrder(
        fleet=FleetMonth(len(SILENCES), DAYS, read_spread("tuning"), CATALOGUE),
        live=0,
        end_us=round(END.timestamp() * 1e6),
        seed=1,
        boot="past",
        rows_per_s=1,
    )
    why = []
    for index, machine in enumerate(order.fleet.machines):
        *messages, last = machine_messages(order, index, {})
        parting = json.loads(last.payload) if last.topic.endswith("/status") else None
        messages += [] if parting else [last]
        sent = [json.loads(gzip.decompress(message.payload)) for message in messages]
        tail = Tail(sent)
        assert tail.at_us[-1] == order.end_us - QUIET_US
        assert (np.diff(tail.at_us) == 10_000_000).all()
        why.append(judge_silence(tail.evidence(parting, machine.spec.nominal_voltage_v)).reason)
    assert why == [
        SilenceReason.NO_COVERAGE,
        SilenceReason.POWER_CUT,
        SilenceReason.TERMINAL_REMOVED,
        SilenceReason.ENGINE_OFF,
        SilenceReason.UNKNOWN,
    ]


class Tail:
    """The last quarter of an hour of a machine, as the platform would have it."""

    def __init__(self, sent: list[dict]) -> None:
        at_us = np.array([at * 1_000 for message in sent for at in message["t"]])
        assert (np.diff(at_us) > 0).all()
        self.at_us = at_us[-TAIL_ROWS:]
        self.series = {key: np.array(told_at_last(sent, key), np.float64) for key in SIGNALS}
        assert self.series["engine_speed_rpm"][-1] > 300, "who stands is not missed"

    def evidence(self, parting: dict | None, nominal_v: float) -> Evidence:
        how = "none" if parting is None else "goodbye" if "t" in parting else "will"
        return Evidence(at_us=self.at_us, series=self.series, nominal_v=nominal_v, parting=how, heard_before=40)


def test_a_truck_on_an_errand_comes_back():
    fleet = FleetMonth(2, 14, read_spread("tuning"), CATALOGUE)
    end_us = round(END.timestamp() * 1e6)
    first_us = first_midnight_us(fleet.machines[0].site, end_us, 14)
    rows = past_rows(fleet.month(0), {}, CATALOGUE, first_us=first_us, end_us=end_us)
    stayed = rows.column("latitude_deg").copy()
    send_on_errands(rows, first_us, 14)
    away = rows.at_us[(rows.column("latitude_deg") - stayed) > 0.2]
    days = {datetime.fromtimestamp(at / 1e6, UTC).astimezone(ZoneInfo("Asia/Shanghai")).date() for at in away.tolist()}
    assert days == {date(2026, 11, 17), date(2026, 11, 9)}
    assert 0.9 < (rows.column("latitude_deg") == stayed).mean() < 1.0


def test_everything_reaches_the_broker_machine_by_machine(order, broker):
    heard: list[tuple[str, int]] = []
    subscribed = threading.Event()
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.on_message = lambda _client, _user, message: heard.append(
        (message.topic, len(json.loads(gzip.decompress(message.payload))["t"]))
    )
    client.on_subscribe = lambda *_: subscribed.set()
    client.connect(broker.host, broker.port)
    client.loop_start()
    topics = [f"ecc/v1/{machine.terminal}/telemetry" for machine in order.fleet.machines]
    client.subscribe([(topic, 1) for topic in topics])
    assert subscribed.wait(10)
    told: list[tuple[str, int]] = []
    publish_history(
        order,
        Broker(host=broker.host, port=broker.port),
        threading.Event(),
        lambda machine, rows: told.append((machine.terminal, rows)),
    )
    deadline = threading.Event()
    while sum(rows for _, rows in heard) < sum(rows for _, rows in told) and not deadline.wait(0.1):
        pass
    client.disconnect()
    client.loop_stop()
    assert [terminal for terminal, _ in told] == [machine.terminal for machine in order.fleet.machines]
    assert [sum(rows for at, rows in heard if at == topic) for topic in topics] == [rows for _, rows in told]


def test_who_stops_it_is_not_kept_waiting(order, broker):
    stop = threading.Event()
    stop.set()
    told: list[int] = []
    publish_history(
        order, Broker(host=broker.host, port=broker.port), stop, lambda machine, rows: told.append(machine.index)
    )
    assert told == []
