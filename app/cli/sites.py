"""`ecc sites` and `ecc geofences`."""

from app.cli.master_data import Noun, commands
from usecases import edit_geofences, edit_sites
from usecases.import_geofences import import_geofences
from usecases.import_sites import import_sites

SITES = Noun(
    plural="sites",
    columns=("id", "name", "time_zone", "organisation_name", "address"),
    members={
        "name": "text",
        "time_zone": "text",
        "organisation": "organisation",
        "address": "text",
        "latitude_deg": "number",
        "longitude_deg": "number",
        "working_calendar": "json",
    },
    list=lambda conn, scope, q, wish: edit_sites.list_sites(conn, scope, edit_sites.SiteFilter(q=q), wish),
    get=edit_sites.get_site,
    create=lambda conn, by, values, now: edit_sites.create_site(conn, by, values, now=now),
    change=lambda conn, by, thing, changes, now: edit_sites.change_site(
        conn, by, thing, changes, version=None, now=now
    ),
    delete=lambda conn, by, thing, now: edit_sites.delete_site(conn, by, thing, version=None, now=now),
    load=import_sites,
    geojson=True,
)
GEOFENCES = Noun(
    plural="geofences",
    columns=("id", "name", "purpose", "site_name", "organisation_name"),
    members={
        "name": "text",
        "purpose": "text",
        "organisation": "organisation",
        "site_id": "text",
        "geometry": "json",
        "radius_m": "number",
        "width_m": "number",
        "buffer_m": "number",
    },
    unchanging=frozenset({"organisation", "site_id"}),
    list=lambda conn, scope, q, wish: edit_geofences.list_geofences(
        conn, scope, edit_geofences.GeofenceFilter(q=q), wish
    ),
    get=edit_geofences.get_geofence,
    create=lambda conn, by, values, now: edit_geofences.create_geofence(conn, by, values, now=now),
    change=lambda conn, by, thing, changes, now: edit_geofences.change_geofence(
        conn, by, thing, changes, version=None, now=now
    ),
    delete=lambda conn, by, thing, now: edit_geofences.delete_geofence(conn, by, thing, version=None, now=now),
    load=import_geofences,
)
app = commands(SITES)
geofences = commands(GEOFENCES)
