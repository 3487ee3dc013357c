"""What rules ask of machines beside their readings: mode, software, site, geofences, overrides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString, NamedTuple

import psycopg
from psycopg.rows import class_row


class MachinePlace(NamedTuple):
    """A machine's mode, and the site and organisation whose geofences are its own."""

    mode: str
    site_id: int | None
    organisation_id: int | None


class SiteClock(NamedTuple):
    """A site's time zone and its working calendar as it is kept; {}: none."""

    time_zone: str
    working_calendar: dict[str, Any]


class Software(NamedTuple):
    """The release on the engine's controller, and when that was last said, microseconds UTC."""

    release: str
    at_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GeofenceFacts:
    """A geofence of a site, or of a whole organisation (site_id None); in force at from_us <= t < to_us."""

    geofence_id: int
    version: int
    organisation_id: int
    site_id: int | None
    name: str
    purpose: str
    geometry: dict[str, Any]
    radius_m: float | None
    width_m: float | None
    buffer_m: float
    from_us: int
    to_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideFacts:
    """A machine's own limits of a rule, as they were given, or the rule switched off, until an instant."""

    machine_id: int
    rule: str
    limits: Mapping[str, Any]
    is_off: bool
    until_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRows:
    """The facts of all machines, by machine id, at one config_epoch."""

    places: dict[int, MachinePlace]
    software: dict[int, Software]
    geofences: list[GeofenceFacts]
    overrides: list[OverrideFacts]
    sites: dict[int, SiteClock]


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeRows:
    """Where some machines are at home, by machine id, and the geofences and clocks of those homes."""

    places: dict[int, MachinePlace]
    geofences: list[GeofenceFacts]
    sites: dict[int, SiteClock]


PLACES: LiteralString = """
SELECT m.machine_id, m.mode, m.site_id, o.organisation_id
FROM machine m
LEFT JOIN ownership o ON o.machine_id = m.machine_id AND o.from_at <= now() AND now() < o.to_at
"""

# The machine's own word of its engine controller, unless people entered another release later.
SOFTWARE: LiteralString = """
SELECT DISTINCT ON (machine_id) machine_id, release, (extract(epoch FROM at) * 1000000)::bigint
FROM (
    SELECT machine_id, value AS release, at FROM machine_attribute WHERE key = 'software_id'
    UNION ALL
    SELECT machine_id, release, from_at FROM machine_software
    WHERE controller IN ('software_id', 'engine') AND from_at <= now()
) said
ORDER BY machine_id, at DESC
"""

GEOFENCES: LiteralString = """
SELECT geofence_id, version, organisation_id, site_id, name, purpose, geometry, radius_m, width_m, buffer_m,
    CASE WHEN isfinite(valid_from) THEN (extract(epoch FROM valid_from) * 1000000)::bigint ELSE -4611686018427387904
    END AS from_us,
    CASE WHEN isfinite(valid_to) THEN (extract(epoch FROM valid_to) * 1000000)::bigint ELSE 4611686018427387904
    END AS to_us
FROM geofence
"""
ALL_GEOFENCES: LiteralString = f"{GEOFENCES} ORDER BY geofence_id"
GEOFENCES_OF: LiteralString = f"{GEOFENCES} WHERE site_id = ANY(%s) OR site_id IS NULL AND organisation_id = ANY(%s)"

OVERRIDES: LiteralString = """
SELECT machine_id, rule, limits, is_off, (extract(epoch FROM until) * 1000000)::bigint AS until_us
FROM rule_override ORDER BY machine_id, rule
"""


SITES: LiteralString = """
SELECT site_id, time_zone, working_calendar FROM site
WHERE site_id IN (SELECT site_id FROM machine)
"""
PLACES_OF: LiteralString = f"{PLACES} WHERE m.machine_id = ANY(%s)"
SITES_OF: LiteralString = "SELECT site_id, time_zone, working_calendar FROM site WHERE site_id = ANY(%s)"


def load_fact_rows(conn: psycopg.Connection) -> FactRows:
    """Read them all; about 5 us a machine."""
    places = {number: MachinePlace(*place) for number, *place in conn.execute(PLACES)}
    software = {number: Software(*said) for number, *said in conn.execute(SOFTWARE)}
    with conn.cursor(row_factory=class_row(GeofenceFacts)) as cursor:
        geofences = cursor.execute(ALL_GEOFENCES).fetchall()
    with conn.cursor(row_factory=class_row(OverrideFacts)) as cursor:
        overrides = cursor.execute(OVERRIDES).fetchall()
    sites = {number: SiteClock(*clock) for number, *clock in conn.execute(SITES)}
    return FactRows(places=places, software=software, geofences=geofences, overrides=overrides, sites=sites)


def load_home_rows(conn: psycopg.Connection, machines: Sequence[int]) -> HomeRows:
    """Those of these machines."""
    places = {number: MachinePlace(*place) for number, *place in conn.execute(PLACES_OF, [list(machines)])}
    site_ids = [place.site_id for place in places.values() if place.site_id is not None]
    owners = [place.organisation_id for place in places.values() if place.organisation_id is not None]
    with conn.cursor(row_factory=class_row(GeofenceFacts)) as cursor:
        geofences = cursor.execute(GEOFENCES_OF, [site_ids, owners]).fetchall()
    sites = {number: SiteClock(*clock) for number, *clock in conn.execute(SITES_OF, [site_ids])}
    return HomeRows(places=places, geofences=geofences, sites=sites)
