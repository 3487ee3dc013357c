"""What people enter: from the books at once; notes, replays and rules once the weeks before are in."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple

from app.demo.people import People
from app.demo.person import Person

REPLAYED = 45  # refused messages of the clock that was wrong
WRONG_CLOCK, ITS_OFFSET = "XCT25-0007", "-8h"
TUNED_RULE = "coolant_overheat"
EDITS = """language = 1

[long_idle]
severity = "info" # asks nobody for an answer: the weekly report tells of it

[hydraulic_oil_overheat]
limits = { highest = "98 degC" } # this fleet's oil is made for it

[[hydraulic_oil_overheat.tests]]
name = "96 degC: silent"
readings = [
  { at = "0s", hydraulic_oil_temp_degc = 96, engine_speed_rpm = 1900 },
  { at = "60s", hydraulic_oil_temp_degc = 97, engine_speed_rpm = 1900 },
]
raises = []

[[hydraulic_oil_overheat.tests]]
name = "ten seconds above the limit fire, 90 degC is cool"
readings = [
  { at = "0s", hydraulic_oil_temp_degc = 99, engine_speed_rpm = 1900 },
  { at = "10s", hydraulic_oil_temp_degc = 100, engine_speed_rpm = 1900 },
  { at = "60s", hydraulic_oil_temp_degc = 90, engine_speed_rpm = 900 },
]
raises = [{ from = "0s", held = "10s", to = "60s" }]
"""


class Work(NamedTuple):
    """An item of a machine's plan that was done so many days ago, `used_h` of its engine's hours ago."""

    machine: str
    item: str
    days: int
    used_h: float
    note: str


WORK_DONE = (  # and so when it is due again: long ago, now, or not for a while
    Work("XE215 No. 2", "engine_oil", 200, 560, "交机前保养记录补录。"),
    Work("LW500 No. 1", "engine_oil", 210, 590, "交机前保养记录补录。"),
    Work("XE215 No. 6", "fuel_filter", 190, 548, "Entered from the paper book."),
    Work("XE215 No. 8", "engine_oil", 150, 507, "Entered from the paper book."),
    Work("LW500 No. 3", "engine_oil", 140, 504, "Entered from the paper book."),
    Work("XE215 No. 1", "grease_250", 1, 6, "Pivots greased, battery checked."),
    Work("XE215 No. 4", "grease_250", 2, 12, "Belts and battery in order."),
    Work("LW500 No. 2", "engine_oil", 4, 25, "机油和滤清器已更换。"),
)
EVERY_MORNING = "grease_50"
WEEKS_BEFORE_DAYS = 28
METERS_RUN_S = 90.0  # from the demo's start: each machine has told its hours
SNOOZED = 2
LOOK_EVERY_S = 10.0


def services_done(people: People) -> None:
    """What the dealer has in its books, each as soon as the machine's meter is known."""
    dealer = people.person("dealer")
    machines = {machine["name"]: machine["id"] for machine in dealer.every("/machines")}
    waiting = [work for work in WORK_DONE if work.machine in machines]
    if people.stop.wait(METERS_RUN_S):
        return
    for name in dict.fromkeys(work.machine for work in waiting):
        people.attempt(partial(_grease, dealer, machines[name]))
    while waiting and not people.stop.wait(LOOK_EVERY_S):
        for work in tuple(waiting):
            if work.days <= WEEKS_BEFORE_DAYS and not people.past_is_in.is_set():
                continue  # what its meter showed then is on its way
            people.attempt(partial(_enter, dealer, machines[work.machine], work, waiting))


def _grease(dealer: Person, machine: str) -> None:
    """Done this morning; what is recorded has the machine's meters looked at anew."""
    for item in dealer.get(f"/machines/{machine}/maintenance")["items"]:
        if item["item"] == EVERY_MORNING:
            done = {
                "items": [{"item": item["item"], "cycle": item["cycle"]}],
                "minutes": 20,
                "note": "班前润滑，已完成。",
            }
            dealer.post(f"/machines/{machine}/maintenance/done", done)


def _enter(dealer: Person, machine: str, work: Work, waiting: list[Work]) -> None:
    """Take it off `waiting` unless the meter is not known yet; an item that is not in the plan is passed over."""
    plan = dealer.get(f"/machines/{machine}/maintenance")
    hours = plan["meters"]["engine_hours_h"]
    if hours is None or not plan["items"]:
        return
    waiting.remove(work)
    for item in plan["items"]:
        if item["item"] == work.item:
            done = {
                "items": [{"item": item["item"], "cycle": item["cycle"]}],
                "done_at": (datetime.now(UTC) - timedelta(days=work.days)).isoformat(),
                "hours_h": round(hours - work.used_h, 1),
                "minutes": 45,
                "note": work.note,
            }
            dealer.post(f"/machines/{machine}/maintenance/done", done)


def reminders_snoozed(people: People) -> None:
    """Two of the services are put off, with a reason."""
    dealer = people.person("dealer")
    until = (datetime.now(UTC) + timedelta(days=5)).isoformat()
    for reminder in dealer.get("/reminders", is_open=True, limit=SNOOZED)["items"]:
        put_off = {"until": until, "reason": "等浇筑完成后再保养，已与客户商定。"}
        people.attempt(partial(dealer.post, f"/reminders/{reminder['id']}/snooze", put_off))


def notes_on_charts(people: People) -> None:
    """What somebody wanted to be remembered beside the signals."""
    expert = people.person("expert")
    machines = {machine["name"]: machine["id"] for machine in expert.every("/machines")}
    now = datetime.now(UTC)
    notes = (
        ("XE215 No. 1", 2.0, "液压软管已更换，留意回油温度。"),
        ("XE215 No. 7", 6.0, "Cooler cleaned with low pressure only; fins are bent on the left."),
        ("XE215 No. 7", 0.3, "机手反映下午动作变慢，油温偏高。"),
        ("LW500 No. 4", 1.2, "Battery measured: 11.9 V a cell pair, ordered a new one."),
    )
    for name, days, text in notes:
        body = {"text": text, "from_at": (now - timedelta(days=days)).isoformat()}
        if name in machines:
            people.attempt(partial(expert.post, f"/machines/{machines[name]}/notes", body))


def wrong_clock_replayed(people: People) -> None:
    """Some of what the terminal with the wrong clock sent goes in with its right time; the rest still waits."""
    lead = people.person("lead")
    waiting = lead.get("/quarantine", terminal=WRONG_CLOCK, reason="clock_future", limit=REPLAYED)["items"]
    if waiting:
        lead.post("/quarantine-replays", {"ids": [entry["id"] for entry in waiting], "offset": ITS_OFFSET})


def rules_worked_on(people: People) -> None:
    """A rule that alarmed wrongly is tuned, a set of edits is entered and replayed."""
    lead, now = people.person("lead"), datetime.now(UTC)
    month = {"from_at": (now - timedelta(days=28)).isoformat(), "to_at": now.isoformat()}
    people.attempt(partial(lead.post, "/rule-tunings", {"rule": TUNED_RULE, **month}))
    entered = lead.post("/rule-sets", {"text": EDITS, "note": "长怠速只进周报；本车队液压油温限值98 °C。"})
    days = {"from_at": (now - timedelta(days=10)).isoformat(), "to_at": now.isoformat()}
    lead.post("/rule-replays", {"rule_set": str(entered["id"]), **days})


def shift_handed_over(people: People) -> None:
    """The note of the shift before."""
    note = (
        "XE215 No. 7：清洗散热器后液压油温仍偏高，请今天复查。LW500 No. 4：新蓄电池在途。\n"
        "XE215 No. 7: the hydraulic oil is still warm after the cooler was cleaned; look again today. "
        "LW500 No. 4: its new battery is on the way."
    )
    from_at = (datetime.now(UTC) - timedelta(hours=8)).isoformat()
    people.person("lead").post("/hand-over-notes", {"note": note, "from_at": from_at})


BOOKS = (shift_handed_over, services_done)
RECORDS = (notes_on_charts, wrong_clock_replayed, rules_worked_on, reminders_snoozed)
