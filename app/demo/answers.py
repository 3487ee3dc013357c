"""What people made of the alarms of the weeks before: each is answered, most have a verdict, a few are left."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import count, cycle
from typing import Any, NamedTuple

from app.demo.people import People
from app.demo.person import Person
from app.demo.tenants import OFF_DUTY

LEFT_OPEN = timedelta(hours=10)  # before the demo: what came then waits for who sits down at the desk
LOOK_EVERY_S = 10.0
NOT_FOUND_EVERY = 6  # of the faults: somebody looked and found nothing
NOISE = {"long_idle": 8, "fuel_refilled": 8}  # rule -> of so many one gets a verdict


class Found(NamedTuple):
    """What was found: the verdict, the part, how it was solved, and a note."""

    verdict: str
    part: str | None
    solved: str | None
    note: str


FOUND: dict[str, Found] = {
    "coolant_overheat": Found("true_fault", "cooling_fan_drive", "remote", "风扇驱动打滑，指导机手调整后恢复。"),
    "coolant_rising_fast": Found("true_fault", "cooling_fan_drive", "remote", "与水温过高为同一原因。"),
    "hydraulic_oil_overheat": Found("true_fault", "oil_cooler", "visit", "Cooler cleaned, fan belt set."),
    "hydraulic_oil_heats_unloaded": Found("sensor", None, "visit", "Sensor was loose; plugged in again."),
    "transmission_overheat": Found("true_fault", "oil_cooler", "visit", "Cooler was blocked with mud."),
    "charging_weak": Found("true_fault", "battery_cable", "visit", "充电线接头腐蚀，已更换。"),
    "charging_cable_resistance": Found("true_fault", "battery_cable", "visit", "Corroded lug at the starter."),
    "key_switch_voltage_drop": Found("nuisance", None, None, "Lamps and blower on one circuit; nothing wrong."),
    "low_oil_pressure": Found("true_fault", "oil_pump", "visit", "机油泵磨损，已派工更换。"),
    "oil_pressure_low_at_speed": Found("true_fault", "oil_pump", "visit", "与机油压力过低为同一原因。"),
    "engine_oil_overheat": Found("true_fault", "oil_cooler", "remote", "Told to lower the load until it is cleaned."),
    "battery_overvoltage": Found("true_fault", "alternator", "visit", "Regulator replaced."),
    "battery_undervoltage": Found("true_fault", "battery", "visit", "蓄电池老化，已更换。"),
    "low_fuel": Found("true_fault", "unknown", "remote", "已提醒机手加油。"),
    "boost_high": Found("nuisance", None, None, "Short peaks at altitude; the limit is too near."),
    "terminal_supply_loses_voltage": Found("sensor", None, "visit", "终端供电线接触不良。"),
    "left_site": Found("nuisance", None, None, "Sent to another site for an afternoon; the customer knew."),
    "long_idle": Found("true_fault", "unknown", "remote", "与机手沟通，减少怠速。"),
}
# What was over soon was no fault: from it a rule can be tuned.
SOON_OVER = timedelta(minutes=23)
PEAKS: dict[str, Found] = {
    "hydraulic_oil_overheat": Found("nuisance", None, None, "短时峰值，自行恢复；本车队的液压油允许到98 °C。"),
    "coolant_overheat": Found("nuisance", None, None, "Peak on a long ramp; gone by itself."),
}
OTHERS = Found("true_fault", "unknown", "remote", "")


def answer_the_past(people: People) -> None:
    """The alarms that came and went before anybody saw them, as they come in, until the past is in."""
    seats, numbers = cycle([people.person(login) for login in OFF_DUTY]), count()
    while not people.stop.is_set():
        is_last = people.past_is_in.is_set()
        people.attempt(partial(_answer_all, people, seats, numbers))
        if is_last or people.stop.wait(LOOK_EVERY_S):
            return


def _answer_all(people: People, seats: Iterator[Person], numbers: Iterator[int]) -> None:
    before = (people.began - LEFT_OPEN).isoformat()
    waiting = next(seats).every("/alarms", lifecycle="returned_unacknowledged", to=before, sort="raised_at")
    for alarm in tuple(waiting):
        if people.stop.is_set():
            return
        people.attempt(partial(_answer, next(seats), alarm, next(numbers)))


def _answer(expert: Person, alarm: dict[str, Any], number: int) -> None:
    expert.post(f"/alarms/{alarm['id']}/acknowledge")
    key = alarm["source_key"]
    if key in PEAKS or (number % NOISE.get(key, 1) == 0 and number % 4 != 3):  # of a quarter nobody has found out yet
        found = PEAKS[key] if key in PEAKS and _was_soon_over(alarm) else FOUND.get(key, OTHERS)
        if number % NOT_FOUND_EVERY == 5 and found.verdict == "true_fault":
            found = Found("not_found", None, None, "Nothing found.")
        given = {name: value for name, value in found._asdict().items() if value}
        expert.post(f"/findings/{alarm['finding_id']}/verdicts", given)


def _was_soon_over(alarm: dict[str, Any]) -> bool:
    began, ended = alarm["raised_at"], alarm["cleared_at"]
    return ended is not None and datetime.fromisoformat(ended) - datetime.fromisoformat(began) < SOON_OVER
