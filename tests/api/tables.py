"""Every table of the database and how it is guarded, with what seeds a row of it for a tenant.

A table that is not here fails tests/api/test_tables.py: whoever adds one says how tenants are kept apart in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import psycopg

from storage.ids import uuid7
from tests.api.world import NOW


class Guard(Enum):
    """How tenants are kept apart."""

    TENANT = auto()  # row-level security: ecc_api sees the tenant's own rows only
    SHARED = auto()  # the same for everybody: catalogues and code lists
    BY_MACHINE = auto()  # hypertables: read only through machines and periods that storage/sight.py let through
    CLOSED = auto()  # ecc_api may not read it at all
    INTERNAL = auto()  # ecc_api reads it for its own work; it holds nothing of a tenant


@dataclass(frozen=True)
class Table:
    """`seed` inserts one row for the tenant %(organisation)s; statements are run in the order of TABLES."""

    guard: Guard
    seed: str = ""


READING = "INSERT INTO {} (machine_id, bucket_at, signal_id, n, first, last) VALUES (%(machine)s, %(now)s, 0, 1, 1, 1)"
WORK = "INSERT INTO {} VALUES (%(machine)s, %(now)s, 1, 1, 1, 1)"

EMPTY_PACK = (
    "jsonb_build_object('window', jsonb_build_object('from_us', %(us)s::bigint, 'to_us', %(us)s::bigint + 1, "
    "'is_cut', false), 'signals', '[]'::jsonb, 'track', NULL, 'thresholds', NULL, 'quality', NULL, 'regime', NULL, "
    "'freeze_frame', '[]'::jsonb, 'diagnosis', jsonb_build_object('causes', '[]'::jsonb, 'next_check', NULL, "
    "'checks', '[]'::jsonb, 'parts', '[]'::jsonb, 'owner', NULL), 'contributions', '[]'::jsonb, "
    "'codes', '[]'::jsonb, 'trust', '[]'::jsonb, 'similar', '[]'::jsonb)"
)

TABLES: dict[str, Table] = {
    # identity
    "organisation": Table(Guard.TENANT),  # the tenants themselves
    "app_user": Table(Guard.TENANT),
    "app_session": Table(
        Guard.TENANT,
        "INSERT INTO app_session (session_hash, user_id, expires_at) "
        "SELECT sha256(%(tag)s::bytea), %(user)s, now() + interval '1 day'",
    ),
    "company_login": Table(
        Guard.TENANT,
        "INSERT INTO company_login (public_id, organisation_id, name, issuer, client_id, domains, created_at, "
        "updated_at) VALUES (%(id)s, %(organisation)s, %(tag)s, 'https://id.' || %(tag)s, 'ecc', "
        "ARRAY[%(tag)s || '.example'], %(now)s, %(now)s)",
    ),
    "company_identity": Table(
        Guard.TENANT, "INSERT INTO company_identity VALUES ('https://id.' || %(tag)s, 'sub', %(user)s, %(now)s)"
    ),
    "password_link": Table(
        Guard.TENANT,
        "INSERT INTO password_link (user_id, token_hash, created_by, created_at, expires_at) "
        "VALUES (%(user)s, sha256(%(tag)s::bytea), 'seed', %(now)s, %(now)s + interval '3 days')",
    ),
    "sign_in_counter": Table(Guard.INTERNAL),
    "api_client": Table(
        Guard.TENANT,
        "INSERT INTO api_client (public_id, organisation_id, name, role, scopes, created_by, created_at, updated_at) "
        "VALUES (%(id)s, %(organisation)s, %(tag)s, 'integrator', '{fleet:read}', 'seed', %(now)s, %(now)s)",
    ),
    "api_client_secret": Table(
        Guard.TENANT,
        "INSERT INTO api_client_secret (client_id, secret_hash, ending, created_at) "
        "SELECT client_id, sha256(%(tag)s::bytea), 'abcd', %(now)s FROM api_client WHERE name = %(tag)s",
    ),
    "invitation": Table(
        Guard.TENANT,
        "INSERT INTO invitation (public_id, organisation_id, role, language, token_hash, created_by, expires_at, "
        "created_at, updated_at) VALUES (%(id)s, %(organisation)s, 'operator', 'en', sha256(%(tag)s::bytea), 'seed', "
        "%(now)s + interval '7 days', %(now)s, %(now)s)",
    ),
    "idempotency": Table(
        Guard.TENANT,
        "INSERT INTO idempotency (organisation_id, principal, key_hash, fingerprint, created_at) "
        "VALUES (%(organisation)s, %(tag)s, '', '', %(now)s)",
    ),
    # places and people
    "site": Table(
        Guard.TENANT, "INSERT INTO site (name, time_zone, organisation_id) VALUES (%(tag)s, 'UTC', %(organisation)s)"
    ),
    "geofence": Table(
        Guard.TENANT,
        "INSERT INTO geofence (public_id, organisation_id, name, purpose, geometry, radius_m) VALUES (%(id)s, "
        """%(organisation)s, %(tag)s, 'work_area', '{"type": "Point", "coordinates": [121.5, 31.2]}', 500)""",
    ),
    "roster": Table(
        Guard.TENANT,
        "INSERT INTO roster (public_id, organisation_id, name, time_zone) "
        "VALUES (%(id)s, %(organisation)s, %(tag)s, 'Asia/Shanghai')",
    ),
    "duty_seat": Table(
        Guard.TENANT,
        "INSERT INTO duty_seat (public_id, roster_id, organisation_id, place, name, role) "
        "SELECT %(id)s, roster_id, %(organisation)s, 0, %(tag)s, 'expert' FROM roster WHERE name = %(tag)s",
    ),
    # machines
    "machine_kind": Table(Guard.SHARED),
    "machine_model": Table(Guard.SHARED),
    "model_option": Table(
        Guard.SHARED,
        "INSERT INTO model_option (model_id, code, zh, en) SELECT model_id, 'opt' || %(organisation)s, '选装', "
        "'option' FROM machine WHERE machine_id = %(machine)s",
    ),
    "software_version": Table(Guard.SHARED),
    "signal": Table(Guard.SHARED),
    "machine": Table(Guard.TENANT),
    "machine_option": Table(
        Guard.TENANT,
        "INSERT INTO machine_option SELECT %(machine)s, max(option_id) FROM model_option",
    ),
    "machine_software": Table(
        Guard.TENANT,
        "INSERT INTO machine_software VALUES (%(machine)s, 'engine', 'V1', %(now)s, %(now)s, 'seed')",
    ),
    "machine_mode_change": Table(
        Guard.TENANT,
        "INSERT INTO machine_mode_change (machine_id, mode_before, mode, from_at, by_name) "
        "VALUES (%(machine)s, 'transport', 'in_service', %(now)s, 'seed')",
    ),
    "rule_override": Table(
        Guard.TENANT,
        "INSERT INTO rule_override (machine_id, rule, is_off, reason, until, entered_at, entered_by) "
        "VALUES (%(machine)s, 'low_fuel', true, %(tag)s, %(now)s, %(now)s, 'seed')",
    ),
    "terminal": Table(
        Guard.TENANT, "INSERT INTO terminal (name, organisation_id) VALUES ('T-' || %(tag)s, %(organisation)s)"
    ),
    "sim": Table(
        Guard.TENANT,
        "INSERT INTO sim (terminal_id, iccid) "
        "SELECT terminal_id, '8986' || lpad(terminal_id::text, 16, '0') FROM terminal WHERE name = 'T-' || %(tag)s",
    ),
    "installation": Table(
        Guard.TENANT,
        "INSERT INTO installation (terminal_id, machine_id) "
        "SELECT terminal_id, %(machine)s FROM terminal WHERE name = 'T-' || %(tag)s",
    ),
    "ownership": Table(Guard.TENANT),
    "sharing": Table(
        Guard.TENANT,
        "INSERT INTO sharing (machine_id, organisation_id, data_class) VALUES (%(machine)s, %(organisation)s, 'hours')",
    ),
    "machine_transfer": Table(
        Guard.TENANT,
        "INSERT INTO machine_transfer (public_id, machine_id, to_organisation_id, at, recorded_at, recorded_by) "
        "VALUES (%(id)s, %(machine)s, %(organisation)s, '2020-01-01Z', %(now)s, 'seed')",
    ),
    # what machines report
    "machine_state": Table(
        Guard.TENANT,
        "INSERT INTO machine_state VALUES "
        "(%(machine)s, %(now)s, %(now)s, true, 'working', '{0}', '{1500}', ARRAY[%(us)s::bigint])",
    ),
    "machine_attribute": Table(
        Guard.TENANT, "INSERT INTO machine_attribute VALUES (%(machine)s, 'software_id', %(tag)s, %(now)s)"
    ),
    "fault_code": Table(
        Guard.TENANT, "INSERT INTO fault_code VALUES (%(machine)s, 0, 100, 1, %(now)s, %(now)s, 1, true)"
    ),
    "reading": Table(
        Guard.BY_MACHINE,
        "INSERT INTO reading (machine_id, measured_at, received_at, engine_speed_rpm) "
        "VALUES (%(machine)s, %(now)s, %(now)s, %(mark)s)",
    ),
    "reading_extra": Table(
        Guard.BY_MACHINE, "INSERT INTO reading_extra VALUES (%(machine)s, %(now)s, %(tag)s, %(mark)s)"
    ),
    "event": Table(
        Guard.BY_MACHINE,
        "INSERT INTO event (machine_id, measured_at, received_at, kind, text) "
        "VALUES (%(machine)s, %(now)s, %(now)s, 5, %(tag)s)",
    ),
    **{f"rollup_{level}": Table(Guard.BY_MACHINE, READING.format(f"rollup_{level}")) for level in ("1m", "15m", "1h")},
    **{
        f"work_time_{level}": Table(Guard.BY_MACHINE, WORK.format(f"work_time_{level}"))
        for level in ("1m", "15m", "1h")
    },
    "dirty_range": Table(Guard.INTERNAL),
    "reading_conflict": Table(Guard.CLOSED),
    "ledger": Table(
        Guard.BY_MACHINE,
        "INSERT INTO ledger (terminal_id, boot, through, first_received_at, last_received_at) "
        "SELECT terminal_id, 'b' || %(tag)s, 5, %(now)s, %(now)s FROM terminal WHERE name = 'T-' || %(tag)s",
    ),
    # diagnosis and alarms
    "finding": Table(
        Guard.TENANT,
        "INSERT INTO finding (finding_id, machine_id, source_kind, source_key, version, severity, from_at, held_at) "
        "VALUES (%(id)s, %(machine)s, 'rule', 'low_oil_pressure', 'v1', 'critical', %(now)s, %(now)s)",
    ),
    "finding_evidence": Table(
        Guard.TENANT,
        "INSERT INTO finding_evidence (finding_id, machine_id, source_kind, source_key, held_at, revision, made_at, "
        "pack) SELECT finding_id, machine_id, source_kind, source_key, held_at, 1, held_at, " + EMPTY_PACK + " "
        "FROM finding WHERE machine_id = %(machine)s",
    ),
    "evidence_due": Table(Guard.CLOSED),
    "alarm": Table(
        Guard.TENANT,
        "INSERT INTO alarm (alarm_id, machine_id, source_kind, source_key, severity, finding_id, state, raised_at, "
        "committed_at) SELECT %(id)s, machine_id, source_kind, source_key, severity, finding_id, 'active', held_at, "
        "held_at FROM finding WHERE machine_id = %(machine)s",
    ),
    "alarm_transition": Table(
        Guard.TENANT,
        "INSERT INTO alarm_transition (alarm_id, at, kind, version, actor) "
        "SELECT alarm_id, %(now)s, 'raised', 'v1', %(tag)s FROM alarm WHERE machine_id = %(machine)s",
    ),
    "detector": Table(
        Guard.TENANT,
        "INSERT INTO detector (public_id, name, version, kind, machine_id, sha256, card, machines, made_at, made_by) "
        "VALUES (%(id)s, 'default', 1, 'detector', %(machine)s, '', '{}', 1, %(now)s, 'seed')",
    ),
    "detector_file": Table(Guard.CLOSED),
    "detector_switch": Table(
        Guard.TENANT,
        "INSERT INTO detector_switch (name, machine_id, detector_id, action, at, by_name) "
        "SELECT 'default', %(machine)s, detector_id, 'promote', %(now)s, 'seed' FROM detector "
        "WHERE machine_id = %(machine)s",
    ),
    "detector_state": Table(
        Guard.TENANT,
        "INSERT INTO detector_state (machine_id, name, detector_id, standing, marked_at, state) "
        "SELECT %(machine)s, 'default', detector_id, 'own', %(now)s, '' FROM detector WHERE machine_id = %(machine)s",
    ),
    "detector_health": Table(
        Guard.TENANT,
        "INSERT INTO detector_health SELECT detector_id, 'corrupt', %(tag)s, %(now)s FROM detector "
        "WHERE machine_id = %(machine)s",
    ),
    "wear_day": Table(
        Guard.TENANT, "INSERT INTO wear_day VALUES (%(machine)s, 'oil_pressure_hot_idle', %(now)s, 200, 5)"
    ),
    "wear_outlook": Table(
        Guard.TENANT,
        "INSERT INTO wear_outlook (machine_id, index_key, as_of, days, level) "
        "VALUES (%(machine)s, 'oil_pressure_hot_idle', %(now)s, 30, 200)",
    ),
    "signal_trust": Table(
        Guard.TENANT,
        "INSERT INTO signal_trust VALUES (%(machine)s, 3, %(now)s, NULL, 0.1, '{oil_pressure_stuck}')",
    ),
    "event_log": Table(
        Guard.TENANT,
        "INSERT INTO event_log (at, organisation_id, machine_id, kind, payload) "
        "VALUES (%(now)s, %(organisation)s, %(machine)s, 'test.note', jsonb_build_object('text', %(tag)s::text))",
    ),
    "event_log_horizon": Table(Guard.INTERNAL),
    "rule_set": Table(Guard.SHARED),
    "rule_set_switch": Table(Guard.SHARED),
    "finding_verdict": Table(
        Guard.TENANT,
        "INSERT INTO finding_verdict (public_id, finding_id, verdict, given_at, by_name) "
        "SELECT %(id)s, finding_id, 'nuisance', %(now)s, %(tag)s FROM finding WHERE machine_id = %(machine)s LIMIT 1",
    ),
    "rule_replay": Table(Guard.INTERNAL),
    "rule_replay_finding": Table(Guard.INTERNAL),
    "rule_replay_plot": Table(Guard.INTERNAL),
    "shadow_finding": Table(Guard.INTERNAL),
    "rule_state": Table(Guard.CLOSED),
    "fleet_change": Table(Guard.CLOSED),
    "rejudge": Table(Guard.CLOSED),
    # webhooks
    "webhook": Table(
        Guard.TENANT,
        "INSERT INTO webhook (public_id, organisation_id, url, description, created_at, updated_at) "
        "VALUES (%(id)s, %(organisation)s, 'https://hook.example/' || %(tag)s, %(tag)s, %(now)s, %(now)s)",
    ),
    "webhook_secret": Table(
        Guard.TENANT,
        "INSERT INTO webhook_secret (webhook_id, organisation_id, secret) "
        "SELECT webhook_id, organisation_id, 'secret of ' || %(tag)s FROM webhook WHERE description = %(tag)s",
    ),
    "webhook_delivery": Table(
        Guard.TENANT,
        "INSERT INTO webhook_delivery (webhook_id, organisation_id, event, kind, attempt, at, outcome, latency_ms) "
        "SELECT webhook_id, organisation_id, '1-1', 'alarm.raised', 1, %(now)s, 'delivered', 5 FROM webhook "
        "WHERE description = %(tag)s",
    ),
    # the audit
    "audit": Table(
        Guard.TENANT,
        "INSERT INTO audit (at, organisation_id, actor_kind, actor_name, actor_organisation_id, action, entity) "
        "VALUES (%(now)s, %(organisation)s, 'person', %(tag)s, %(organisation)s, 'update', 'site')",
    ),
    "audit_seal": Table(Guard.INTERNAL),
    "audit_horizon": Table(Guard.CLOSED),
    # the platform's own
    "quarantine": Table(Guard.CLOSED),
    "refused_payload": Table(Guard.CLOSED),
    "decode_state": Table(Guard.CLOSED),
    "platform_health": Table(Guard.INTERNAL),
    "config_epoch": Table(Guard.INTERNAL),
    "rollup_epoch": Table(Guard.CLOSED),
    "gateway_epoch": Table(Guard.CLOSED),
    "schema_migrations": Table(Guard.INTERNAL),
    "procrastinate_jobs": Table(Guard.CLOSED),
    "procrastinate_events": Table(Guard.CLOSED),
    "procrastinate_periodic_defers": Table(Guard.CLOSED),
    "procrastinate_workers": Table(Guard.CLOSED),
}


def seed_tenant(conn: psycopg.Connection, **tenant: Any) -> None:
    """One row of every table for a tenant: `organisation`, `machine` and `user` (internal ids), `tag`, `mark`."""
    cursor = psycopg.ClientCursor(conn)  # parameters as literals, which take the type of their place
    for name, table in TABLES.items():
        if table.seed:
            given = tenant | {"id": uuid7(), "now": NOW, "us": round(NOW.timestamp() * 1e6)}
            try:
                cursor.execute(table.seed, given)
            except psycopg.Error as error:
                raise AssertionError(f"the seed of {name} does not fit the table: {error}") from error
