"""What the people at the desk do with the alarms of now, while most of them wait for whoever looks at the demo."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from app.demo.people import People
from app.demo.person import Person

LOOK_EVERY_S = 10.0
SIT_FOR = timedelta(hours=1)
Alarm = dict[str, Any]
Deed = Callable[[People, Alarm], None]


@dataclass(frozen=True, slots=True)
class Turn:
    """`deed` is done with the alarm of a machine `after_s` from when it was raised."""

    machine: str
    source_key: str
    after_s: float
    deed: Deed


def _takes_it(people: People, alarm: Alarm) -> None:
    expert = people.person("expert")
    me = expert.get("/auth/me")["id"]
    expert.post(f"/alarms/{alarm['id']}/acknowledge")
    expert.post(f"/alarms/{alarm['id']}/assign", {"to": me})
    expert.post(f"/alarms/{alarm['id']}/investigate", {"begins": True})


def _acknowledges(people: People, alarm: Alarm) -> None:
    expert = people.person("expert")
    expert.post(f"/alarms/{alarm['id']}/acknowledge")
    note = "乌鲁木齐工地沙尘暴，同一工地多台设备空滤报警。已通知现场清理滤芯。"
    expert.post(f"/alarms/{alarm['id']}/comments", {"text": note})


def _shelves(people: People, alarm: Alarm) -> None:
    until = (datetime.now(UTC) + timedelta(hours=4)).isoformat()
    reason = {"until": until, "reason": "加注车已在路上，预计两小时内到达。"}
    people.person("expert").post(f"/alarms/{alarm['id']}/shelve", reason)


def _retires(people: People, alarm: Alarm) -> None:
    reason = {"reason": "Known: the particulate filter is replaced at the next service."}
    people.person("lead").post(f"/alarms/{alarm['id']}/take-out-of-service", reason)


def _blames_the_sensor(people: People, alarm: Alarm) -> None:
    expert = people.person("expert")
    verdict = {"verdict": "sensor", "solved": "remote", "note": "Oil and exhaust are cool: the coolant sensor lies."}
    expert.post(f"/findings/{alarm['finding_id']}/verdicts", verdict)


def _finds_nothing(people: People, alarm: Alarm) -> None:
    expert = people.person("expert")
    verdict = {"verdict": "not_found", "note": "机手检查后未见异常，数值已恢复。"}
    expert.post(f"/findings/{alarm['finding_id']}/verdicts", verdict)


def _calls_it_a_nuisance(people: People, alarm: Alarm) -> None:
    expert = people.person("expert")
    verdict = {"verdict": "nuisance", "note": "沙尘暴期间的短时堵塞，清理后恢复；门限偏严。"}
    expert.post(f"/findings/{alarm['finding_id']}/verdicts", verdict)


def _checks(people: People, alarm: Alarm) -> None:
    """One question of the guide is answered, with the customer on the line."""
    expert = people.person("expert")
    guide = expert.get(f"/findings/{alarm['finding_id']}/guide")
    for question in guide["questions"][:1]:
        answer = {"cause": question["cause"], "check": question["check"], "when": question["when"], "answer": "no"}
        expert.post(f"/findings/{alarm['finding_id']}/answers", answer)


def _sends_somebody(people: People, alarm: Alarm) -> None:
    expert = people.person("expert")
    expert.post(f"/alarms/{alarm['id']}/acknowledge")
    wanted = datetime.now(UTC) + timedelta(days=1)
    order = {"note": "发电机不发电，电池老化；请带发电机和电池。", "wanted_by": wanted.isoformat()}
    expert.post(f"/alarms/{alarm['id']}/visit-hand-overs", order)


def _asks_for_help(people: People, alarm: Alarm) -> None:
    """The owner does, and an expert takes it."""
    owner, expert = people.person("owner"), people.person("expert")
    asked = {"text": "设备报警后动力不足，机手问还能不能继续干活？", "phone": "+8613800000000", "alarm_id": alarm["id"]}
    request = owner.post(f"/machines/{alarm['machine']['id']}/help-requests", asked)
    expert.post(f"/help-requests/{request['id']}/take")


TURNS = (
    Turn("HB62 No. 2", "def_low", 70, _shelves),
    Turn("LW500 No. 7", "low_fuel", 80, _shelves),
    Turn("XMR403 No. 5", "engine_overspeed", 60, _takes_it),
    Turn("XCT25 No. 2", "battery_overvoltage", 75, _takes_it),
    Turn("XCT25 No. 2", "battery_overvoltage", 90, _checks),
    Turn("LW500 No. 4", "battery_undervoltage", 75, _checks),
    Turn("LW500 No. 4", "battery_undervoltage", 90, _sends_somebody),
    Turn("XE215 No. 4", "engine_coolant_temp_degc", 60, _blames_the_sensor),
    Turn("XE215 No. 1", "0/3251/16", 60, _retires),
    Turn("LW500 No. 5", "air_filter_restriction", 60, _acknowledges),
    Turn("HB62 No. 6", "air_filter_restriction", 150, _finds_nothing),
    Turn("HB62 No. 7", "air_filter_restriction", 90, _calls_it_a_nuisance),
    Turn("XE215 No. 5", "coolant_overheat", 150, _asks_for_help),
)


def at_the_desk(people: People) -> None:
    """Every turn once, when its alarm stands for long enough; in the demo's first hour."""
    waiting = list(TURNS)
    while waiting and datetime.now(UTC) - people.began < SIT_FOR and not people.stop.wait(LOOK_EVERY_S):
        people.attempt(partial(_look, people, waiting))


def _look(people: People, waiting: list[Turn]) -> None:
    """Take every turn whose time has come off the list."""
    standing = _standing(people.person("expert"))
    for turn in tuple(waiting):
        alarm = standing.get((turn.machine, turn.source_key))
        if alarm is not None and _age_s(alarm) >= turn.after_s:
            waiting.remove(turn)
            people.attempt(partial(turn.deed, people, alarm))


def _standing(person: Person) -> dict[tuple[str, str], Alarm]:
    alarms = person.every("/alarms", state="active", sort="-raised_at")
    return {(alarm["machine"]["name"], alarm["source_key"]): alarm for alarm in alarms if not alarm["historic"]}


def _age_s(alarm: Alarm) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(alarm["committed_at"])).total_seconds()
