"""What people do on the demo's platform before anybody looks: through the API, each under their own login.

At the start whoever is on duty is entered, the sites' fences are drawn and a weekly report is ordered; once the weeks
before have come in, their alarms are looked through as a control centre does.
"""

import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from simulators.machines import WORKSITES

EVERY_DAY = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
SITE_RADIUS_M = 9_000  # truck cranes drive between the parts of a site
LOOKED_THROUGH = 120  # alarms of the past that get an answer; the newest few are left for who sits down at the desk
LEFT_OPEN = 12
# What was found, by rule: verdict, the part, how it was solved, a note. The first that fits; others are true, unknown.
FOUND: dict[str, tuple[str, str | None, str | None, str]] = {
    "coolant_overheat": ("true_fault", "radiator_core", "remote", "散热器堵塞，指导机手清洗后恢复。"),
    "coolant_rising_fast": ("true_fault", "radiator_core", "remote", "与水温过高为同一原因。"),
    "hydraulic_oil_overheat": ("true_fault", "hydraulic_oil_cooler", "visit", "Cooler cleaned on site, fan belt set."),
    "transmission_overheat": ("true_fault", "transmission_cooler", "visit", "Cooler was blocked with mud."),
    "charging_weak": ("true_fault", "charging_cable", "visit", "充电线接头腐蚀，已更换。"),
    "low_oil_pressure": ("true_fault", "oil_pump", "visit", "机油泵磨损，已派工更换。"),
    "engine_oil_overheat": ("true_fault", None, "remote", "Told to lower the load until the cooler is cleaned."),
    "boost_high": ("nuisance", None, None, "Short peaks at altitude; the limit is too near."),
    "long_idle": ("true_fault", None, "remote", "与机手沟通，减少怠速。"),
    "fuel_refilled": ("not_found", None, None, "Refuelled by the site's own tanker."),
    "battery_overvoltage": ("sensor", "voltage_regulator", "visit", "Regulator replaced."),
}


@dataclass(slots=True)
class Person:
    """Somebody who is signed in to the API of the demo."""

    login: str
    client: httpx.Client

    @classmethod
    def signed_in(cls, address: str, login: str, password: str) -> "Person":
        """Raises httpx.HTTPError when the API does not let them in."""
        client = httpx.Client(base_url=address, timeout=30.0, headers={"X-ECC-Request": "demo"})
        client.post("/api/v1/auth/login", json={"login": login, "password": password}).raise_for_status()
        return cls(login, client)

    def get(self, path: str, **query: Any) -> Any:
        """The answer's JSON. Raises httpx.HTTPError."""
        return self.client.get(f"/api/v1{path}", params=query).raise_for_status().json()

    def post(self, path: str, body: Any = None) -> Any:
        """The answer's JSON, None of an empty one. Raises httpx.HTTPError."""
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        answer = self.client.post(f"/api/v1{path}", json=body, headers=headers).raise_for_status()
        return answer.json() if answer.content else None

    def patch(self, path: str, body: Any, *, version: int) -> Any:
        """The answer's JSON. Raises httpx.HTTPError."""
        headers = {"If-Match": f'"{version}"'}
        return self.client.patch(f"/api/v1{path}", json=body, headers=headers).raise_for_status().json()


@dataclass(slots=True)
class People:
    """Who works on the demo: does what has to be done in a thread of its own, and tells of what was refused."""

    address: str
    password: str
    tell: Callable[[str], None]
    stop: threading.Event
    _threads: list[threading.Thread] = field(default_factory=list)

    def open_office(self) -> None:
        """Duty rosters, fences and reports, beside everything else."""
        self._begin(OFFICE)

    def look_through_the_past(self) -> None:
        """Answers to the alarms of the weeks before."""
        self._begin(PAST)

    def join(self) -> None:
        """Wait until nobody works any more."""
        for thread in self._threads:
            thread.join(5.0)

    def _begin(self, steps: tuple[Callable[["People"], None], ...]) -> None:
        thread = threading.Thread(target=self._work, args=[steps], name="demo-people", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self, steps: tuple[Callable[["People"], None], ...]) -> None:
        for step in steps:
            if self.stop.is_set():
                return
            try:
                step(self)
            except httpx.HTTPStatusError as error:
                self.tell(f"the demo's people could not do everything: {error.response.text[:300]}")
            except httpx.HTTPError as error:
                if not self.stop.is_set():
                    self.tell(f"the demo's people could not do everything: {error}")

    def person(self, login: str) -> Person:
        """That login, signed in."""
        return Person.signed_in(self.address, login, self.password)


def _everybody_on_duty(people: People) -> None:
    lead = people.person("lead")
    ids = {person["login"]: person["id"] for person in lead.get("/people", limit=200)["items"]}
    day = {"weekdays": EVERY_DAY, "from": "08:00", "to": "20:00"}
    night = {"weekdays": EVERY_DAY, "from": "20:00", "to": "08:00"}
    lead.post(
        "/rosters",
        {
            "name": "ECC",
            "time_zone": "Asia/Shanghai",
            "seats": [
                {
                    "name": "1",
                    "role": "expert",
                    "shifts": [{**part, "people": [ids["expert"]]} for part in (day, night)],
                },
                {"name": "2", "role": "lead", "shifts": [{**part, "people": [ids["lead"]]} for part in (day, night)]},
            ],
        },
    )


def _fences_around_sites(people: People) -> None:
    """Each site where it is, and a circle around it."""
    dealer = people.person("dealer")
    places = {site.name: site for site in WORKSITES}
    for site in dealer.get("/sites", limit=200)["items"]:
        place = places.get(site["name"])
        if place is not None:
            where = {"latitude_deg": place.latitude_deg, "longitude_deg": place.longitude_deg}
            dealer.patch(f"/sites/{site['id']}", where, version=site["version"])
            dealer.post(
                "/geofences",
                {
                    "name": site["name"],
                    "purpose": "site",
                    "geometry": {"type": "Point", "coordinates": [place.longitude_deg, place.latitude_deg]},
                    "radius_m": SITE_RADIUS_M,
                    "site_id": site["id"],
                    "organisation_id": site["organisation_id"],
                },
            )


def _reports_on_mondays(people: People) -> None:
    people.person("owner").post("/report-subscriptions", {"period": "week", "at": "07:00", "form": "pdf"})


def _verdicts_on_the_past(people: People) -> None:
    expert = people.person("expert")
    for number, alarm in enumerate(_past_alarms(expert)):
        if people.stop.is_set():
            return
        if number >= LEFT_OPEN:
            _answer(expert, alarm, number)


def _past_alarms(expert: Person) -> Iterator[dict[str, Any]]:
    """The newest alarms of the past, at most LOOKED_THROUGH + LEFT_OPEN."""
    left, cursor = LOOKED_THROUGH + LEFT_OPEN, None
    while left > 0:
        query = {"state": "cleared", "sort": "-raised_at", "limit": min(left, 100)}
        page = expert.get("/alarms", **query, **({"cursor": cursor} if cursor else {}))
        yield from page["items"]
        cursor = page["next_cursor"]
        left = left - len(page["items"]) if cursor else 0


def _answer(expert: Person, alarm: dict[str, Any], number: int) -> None:
    verdict, part, solved, note = FOUND.get(alarm["source_key"], ("true_fault", None, "remote", ""))
    if alarm["lifecycle"] == "returned_unacknowledged":
        expert.post(f"/alarms/{alarm['id']}/acknowledge")
    if number % 5 == 4 and verdict == "true_fault":  # one in five was nothing: rules have a price
        verdict, part, solved, note = "not_found", None, None, "Nothing found."
    if number % 3 == 2:
        return  # acknowledged, and nobody has found out yet
    given = {"verdict": verdict, "part": part or ("unknown" if verdict == "true_fault" else None), "note": note or None}
    expert.post(f"/findings/{alarm['finding_id']}/verdicts", {**given, "solved": solved} if solved else given)


def _services_done(people: People) -> None:
    dealer = people.person("dealer")
    for item in dealer.get("/maintenance", limit=100)["items"]:
        if item["state"] in ("overdue", "due") and item["task"] == "service":
            done = {"items": [{"item": item["item"], "cycle": item["cycle"]}], "minutes": 45}
            dealer.post(f"/machines/{item['machine_id']}/maintenance/done", done)
            return


def _note_on_a_chart(people: People) -> None:
    expert = people.person("expert")
    machine = expert.get("/machines", limit=1)["items"][0]
    at = datetime.now(UTC) - timedelta(days=2)
    body = {"text": "Hydraulic hose replaced; watch the return temperature.", "from_at": at.isoformat()}
    expert.post(f"/machines/{machine['id']}/notes", body)


def _hand_over(people: People) -> None:
    from_at = datetime.now(UTC) - timedelta(hours=8)
    note = "XE215 No. 3: 机油压力低，已通知客户停机，等待工程师。Krefeld: two machines without coverage."
    people.person("lead").post("/hand-over-notes", {"note": note, "from_at": from_at.isoformat()})


OFFICE = (_everybody_on_duty, _fences_around_sites, _reports_on_mondays)
PAST = (_verdicts_on_the_past, _services_done, _note_on_a_chart, _hand_over)
