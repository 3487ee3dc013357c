"""What the filled database offers to ask about, by person."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg

from bench.api_fleet import Fleet, Int32Array
from bench.api_history import HOUR_US
from bench.api_lines import Known
from bench.api_size import DEALER, EXPERT, OWNER, OWNER_NAME, Size


def find_known(conn: psycopg.Connection, fleet: Fleet, size: Size, *, now_us: int) -> Known:
    """Ids and filter values; each person's machines are its own. `now_us` is that of the history."""
    return Known(
        end=datetime.fromtimestamp(now_us // HOUR_US * HOUR_US / 1e6, UTC),
        machines=_by_person(fleet, fleet.machines),
        hourly=_by_person(fleet, fleet.with_history(size.hourly_machines)),
        minutes=_by_person(fleet, fleet.with_history(size.minute_machines)),
        raw=[fleet.public[int(m)] for m in fleet.with_history(size.minute_machines)[: size.raw_machines]],
        filters=_filters(conn),
    )


def _by_person(fleet: Fleet, machines: Int32Array) -> dict[str, list[str]]:
    wanted = {int(m) for m in machines}
    of = {EXPERT: fleet.machines, DEALER: fleet.dealt, OWNER: fleet.owned}
    return {who: [fleet.public[m] for m in mine.tolist() if m in wanted] for who, mine in of.items()}


def _filters(conn: psycopg.Connection) -> dict[str, dict[str, str]]:
    """Parameters of the machine list that each hold for some of the owner's machines."""
    one = conn.execute(
        "SELECT o.public_id, t.public_id, mm.public_id, m.name FROM organisation o "
        "JOIN ownership w USING (organisation_id) JOIN machine m USING (machine_id) "
        "JOIN site t ON t.site_id = m.site_id JOIN machine_model mm USING (model_id) "
        "WHERE o.name = %s AND mm.kind = 'truck_crane' AND m.mode <> 'stored' ORDER BY machine_id LIMIT 1",
        [OWNER_NAME],
    ).fetchone()
    assert one is not None
    organisation, site, model, name = map(str, one)
    return {
        "kind": {"kind": "truck_crane"},
        "online": {"online": "true"},
        "offline": {"online": "false"},
        "with alarms": {"has_open_alarm": "true"},
        "without alarms": {"has_open_alarm": "false"},
        "q of many": {"q": "crane 0"},
        "q of a tenth": {"q": "12"},
        "q of two letters, none": {"q": "挖机"},
        "q of few": {"q": name[-5:]},
        "q of none": {"q": "no machine is called so"},
        "organisation": {"organisation": organisation},
        "site": {"site": site},
        "model": {"model": model},
        "mode": {"mode": "stored"},
        "severity": {"severity": "critical"},
        "everything": {
            "kind": "truck_crane",
            "online": "false",
            "has_open_alarm": "true",
            "q": "crane",
            "mode": "in_service",
            "severity": "high",
        },
    }
