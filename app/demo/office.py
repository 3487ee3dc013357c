"""What is entered when the demo's platform opens: who is on duty, the sites' fences, SIM cards, reports, access."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.demo.mails import DOMAIN
from app.demo.people import People
from fleet.identifiers import luhn_digit
from simulators.machines import WORKSITES

EVERY_DAY = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
CENTRE_ZONE = "Asia/Shanghai"
DAY, NIGHT = ("08:00", "20:00"), ("20:00", "08:00")
NAMES = {"li.wei": "Li Wei", "chen.jing": "Chen Jing"}
ADDRESSES = {
    "Xuzhou Tongshan": "Tongshan Road, Tongshan, Xuzhou, Jiangsu",
    "Chengdu Tianfu": "Tianfu Avenue, Shuangliu, Chengdu, Sichuan",
    "Xi'an Gaoling": "Jingwei Road, Gaoling, Xi'an, Shaanxi",
    "Guangzhou Nansha": "Gangqian Avenue, Nansha, Guangzhou, Guangdong",
    "Urumqi Ganquanpu": "Ganquanpu, Midong, Urumqi, Xinjiang",
    "Krefeld Hafen": "Hafenring, 47809 Krefeld",
}
ALL_DAY = [{"from": "00:00", "to": "24:00"}]  # simulated machines know no night
SITE_RADIUS_M = 9_000  # truck cranes and pump trucks drive between the parts of a site
CARRIERS = ("China Mobile", "China Unicom", "China Telecom")
ABROAD = {"Krefeld Hafen": "Vodafone DE"}


def everybody_on_duty(people: People) -> None:
    """Two seats of two shifts; the demo's own logins have the one that it is now."""
    admin, lead = people.person("admin"), people.person("lead")
    everybody = {person["login"]: person for person in admin.every("/people")}
    for login, name in NAMES.items():
        known = everybody[login]
        admin.patch(f"/people/{known['id']}", {"name": name, "time_zone": CENTRE_ZONE}, version=known["version"])
    ids = {login: person["id"] for login, person in everybody.items()}
    is_day = 8 <= datetime.now(ZoneInfo(CENTRE_ZONE)).hour < 20
    now, then = (DAY, NIGHT) if is_day else (NIGHT, DAY)
    seats = [
        {"name": "1", "role": "expert", "shifts": _shifts(ids, {"expert": now, "li.wei": then})},
        {"name": "2", "role": "lead", "shifts": _shifts(ids, {"lead": now, "chen.jing": then})},
    ]
    lead.post("/rosters", {"name": "ECC", "time_zone": CENTRE_ZONE, "seats": seats})


def _shifts(ids: Mapping[str, str], turns: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    return [
        {"weekdays": EVERY_DAY, "from": begins, "to": ends, "people": [ids[login]]}
        for login, (begins, ends) in turns.items()
    ]


def fences_around_sites(people: People) -> None:
    """Each site's place, address and hours, and a circle around it."""
    dealer = people.person("dealer")
    places = {site.name: site for site in WORKSITES}
    for site in dealer.every("/sites"):
        place = places.get(site["name"])
        if place is not None:
            facts = {
                "address": ADDRESSES[place.name],
                "latitude_deg": place.latitude_deg,
                "longitude_deg": place.longitude_deg,
                "working_calendar": {"weekdays": dict.fromkeys(EVERY_DAY, ALL_DAY), "exceptions": []},
            }
            dealer.patch(f"/sites/{site['id']}", facts, version=site["version"])
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


def cards_in_terminals(people: People) -> None:
    """A SIM card in each terminal, of the carriers of its country."""
    admin = people.person("admin")
    sites = {machine["pin"]: machine["site"] for machine in admin.every("/machines")}
    for number, terminal in enumerate(admin.every("/terminals", sort="name")):
        site = sites.get((terminal["machine"] or {}).get("pin", ""), "")
        operator = ABROAD.get(site or "", CARRIERS[number % len(CARRIERS)])
        digits = f"898600{number:013d}"
        sim = {"iccid": f"{digits}{luhn_digit(digits)}", "operator": operator}
        change = {"sim": sim, "firmware": f"T-Box {3 + number % 2}.{number % 5}"}
        admin.patch(f"/terminals/{terminal['id']}", change, version=terminal["version"])


def reports_on_mondays(people: People) -> None:
    """The owner's week, by mail."""
    people.person("owner").post("/report-subscriptions", {"period": "week", "at": "07:00", "form": "pdf"})


def others_let_in(people: People) -> None:
    """A program that reads the fleet, an engineer who was asked to join, and two ways out of the demo as they are
    before somebody puts the right address in: a webhook that is off, a company login of a domain that nobody has."""
    admin, dealer = people.person("admin"), people.person("dealer")
    admin.post("/clients", {"name": "Fleet report", "scopes": ["fleet:read", "aemp:read"]})
    erp = {"url": "https://erp.central.example/ecc", "description": "ERP (example, off)", "active": False}
    dealer.post("/webhooks", erp)
    trade = dealer.get("/auth/me")["organisation"]["id"]
    own = {"issuer": "https://login.central.example", "client_id": "ecc", "domains": ["central.example"]}
    admin.post("/company-logins", {"organisation_id": trade, "name": "Central Machinery (example)", **own})
    dealer.post("/invitations", {"role": "service_engineer", "email": f"zhao.min@{DOMAIN}"})


OFFICE = (everybody_on_duty, fences_around_sites, cards_in_terminals, reports_on_mondays, others_let_in)
