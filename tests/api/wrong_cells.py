"""Cells and properties that are wrong, for every column of every import."""

from usecases.calendars import WEEKDAYS

LONG = "x" * 600
SIM = {"iccid": "123", "imsi": "abc", "msisdn": "xyz", "sim_operator": LONG, "sim_valid_to": "2026-02-30"}
TERMINAL = SIM | {"sim_status": "foo", "hardware": LONG, "firmware": LONG, "clock_offset_s": "late"}
TERMINAL |= {"coordinate_system": "mars"}
MACHINE = {"pin": "CAT0320DJMPBO1234", "name": LONG, "serial_no": LONG, "equipment_id": LONG, "nominal_voltage_v": "13"}
MACHINE |= {"mode": "flying", "mode_reason": LONG, "options": "foo", "maker": LONG, "site": LONG, "time_zone": "Mars"}
MACHINE |= {"terminal": "a b", "parent_organisation": "Nowhere"} | TERMINAL
PERSON = {"login": "w x", "name": "", "role": "boss", "email": "w", "phone": LONG, "language": "fr"}
PERSON |= {"time_zone": "Mars", "active": "maybe"}
SITE = {"name": "", "time_zone": "Mars", "organisation": "Nowhere", "address": LONG}
FENCE = {"name": "", "purpose": "foo", "buffer_m": -1, "valid_from": "x", "valid_to": "y"}
WRONG = [
    # noun, whether a line or a feature, who, a wrong cell of each column, what depends on another wrong one of them
    (
        "organisations",
        "dealer",
        {"kind": "boat", "name": "", "parent": "Nowhere", "external_no": LONG, "language": "xx", "active": "perhaps"}
        | {"contact_name": LONG, "contact_email": "nobody", "contact_phone": LONG},
        set(),
    ),
    ("people", "dealer", PERSON, set()),
    ("people", "dealer", PERSON | {"organisation": "Nowhere"}, {"role"}),
    (
        "sites",
        "dealer",
        SITE | {"latitude_deg": "91", "longitude_deg": "181", "holidays": "soon"} | dict.fromkeys(WEEKDAYS, "8-12"),
        set(),
    ),
    (
        "sites",
        "dealer",
        {"name": "x", "time_zone": "UTC", "latitude_deg": "91", "longitude_deg": "abc"},
        {"name", "time_zone"},
    ),
    (
        "rosters",
        "dealer",
        {"roster": LONG, "seat": "", "organisation": "Nowhere", "time_zone": "Mars", "role": "cook"}
        | {"weekdays": "fooday", "date": "soon", "from": "8", "to": "25:00", "from_date": "x", "to_date": "y"}
        | {"people": "nobody", "note": LONG},
        set(),
    ),
    (
        "machines",
        "dealer",
        MACHINE | {"organisation": "Nowhere", "model": "No such", "kind": "boat"},
        {"options", "parent_organisation"},
    ),
    ("machines", "dealer", MACHINE, set()),
    (
        "models",
        "lead",
        {"name": LONG, "kind": "excavtor", "maker": LONG, "nominal_voltage_v": "13", "slot_s": "-1", "fuel_tank_l": "x"}
        | {"def_tank_l": "-1", "rated_engine_speed_rpm": "1", "preferred_source_addresses": "300"}
        | {"expected_signals": "foo", "options": "a|b"},
        set(),
    ),
    (
        "models",
        "lead",
        {"name": "OK", "kind": "excavtor", "options": "A|b|c", "expected_signals": "foo", "slot_s": "0"},
        {"name"},
    ),
    ("terminals", "dealer", {"name": "a b", "organisation": "Nowhere"} | TERMINAL, set()),
    (
        "transfers",
        "dealer",
        {"pin": "NONE", "to_organisation": "Nowhere", "at": "soon", "document_no": LONG},
        set(),
    ),
]
OPEN = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}
FEATURES = [
    ("sites", OPEN, SITE, set()),
    ("sites", {"type": "Point", "coordinates": [0, 95]}, {}, {"name", "time_zone"}),
    ("geofences", {"type": "Point", "coordinates": [0, 95]}, FENCE | {"radius_m": -10, "site": "Nowhere"}, set()),
    ("geofences", {"type": "LineString", "coordinates": [[0, 95], [1, 1]]}, FENCE | {"width_m": -3}, set()),
    ("geofences", OPEN, FENCE | {"radius_m": 5, "width_m": 5, "organisation": "Nowhere"}, set()),
]
