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
    "arrival_1h": Table(
        Guard.BY_MACHINE, "INSERT INTO arrival_1h VALUES (%(machine)s, %(now)s, 1, 1, 1, 1, 1, 1, 0.5)"
    ),
    "work_time_1d": Table(Guard.CLOSED),  # housekeeping's, and Grafana's through views
    "arrival_1d": Table(Guard.CLOSED),
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
    "alarm_hold": Table(
        Guard.TENANT,
        "INSERT INTO alarm_hold SELECT machine_id, source_kind, source_key, 'shelved', alarm_id, 'said ' || %(tag)s, "
        "%(now)s, %(now)s::timestamptz + interval '1 day', %(user)s, %(tag)s FROM alarm "
        "WHERE machine_id = %(machine)s",
    ),
    "alarm_rule": Table(Guard.SHARED),
    "alarm_setting": Table(Guard.SHARED),
    "alarm_flood": Table(Guard.INTERNAL),
    "hand_over_note": Table(
        Guard.INTERNAL,
        "INSERT INTO hand_over_note (public_id, from_at, to_at, note, standing, written_at, written_by, by_name) "
        "VALUES (%(id)s, %(now)s::timestamptz - interval '8 hours', %(now)s, %(tag)s, jsonb_build_object('active', 1, "
        "'unacknowledged', 0, 'stale', 0, 'by_design', 0, 'inhibited', 0, 'investigating', 0), %(now)s, %(user)s, "
        "%(tag)s)",
    ),
    "hand_over_confirmation": Table(Guard.INTERNAL),
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
    "check_answer": Table(
        Guard.TENANT,
        "INSERT INTO check_answer (public_id, finding_id, check_key, answer, answered_at, by_name) "
        "SELECT %(id)s, finding_id, 'look', 'yes', %(now)s, %(tag)s FROM finding WHERE machine_id = %(machine)s "
        "LIMIT 1",
    ),
    "visit_hand_over": Table(
        Guard.TENANT,
        "INSERT INTO visit_hand_over (public_id, alarm_id, finding_id, causes, answers, parts, tools, made_at, "
        "by_name) SELECT %(id)s, alarm_id, finding_id, '[]', '[]', '[]', '[]', %(now)s, %(tag)s FROM alarm "
        "WHERE machine_id = %(machine)s LIMIT 1",
    ),
    "rule_replay": Table(Guard.INTERNAL),
    "rule_replay_finding": Table(Guard.INTERNAL),
    "rule_replay_plot": Table(Guard.INTERNAL),
    "shadow_finding": Table(Guard.INTERNAL),
    "rule_state": Table(Guard.CLOSED),
    "fleet_change": Table(Guard.CLOSED),
    "rejudge": Table(Guard.CLOSED),
    # maintenance
    "maintenance_plan": Table(
        Guard.SHARED,
        "INSERT INTO maintenance_plan (public_id, name, model_id, version, created_at, updated_at) "
        "SELECT %(id)s, 'the plan', model_id, 1, %(now)s, %(now)s FROM machine WHERE machine_id = %(machine)s "
        "ON CONFLICT DO NOTHING",
    ),
    "maintenance_plan_version": Table(
        Guard.SHARED,
        "INSERT INTO maintenance_plan_version SELECT plan_id, 1, jsonb_build_object('name', 'the plan', 'kind', NULL, "
        "'model', 'excavator-1', 'source', '', 'tell', '[]'::jsonb, 'stages', "
        "jsonb_build_array(jsonb_build_object('key', 'due', 'h', 0)), 'items', jsonb_build_array(jsonb_build_object("
        "'code', 'engine_oil', 'zh', '机油', 'en', 'Oil', 'every_h', 500, 'parts', '[]'::jsonb, "
        "'checks', '[]'::jsonb))), %(now)s, 'seed' FROM maintenance_plan "
        "ON CONFLICT DO NOTHING",
    ),
    "maintenance_machine": Table(
        Guard.TENANT,
        "INSERT INTO maintenance_machine (machine_id, as_of, next_at, hours_h) "
        "VALUES (%(machine)s, %(now)s, %(now)s, %(mark)s)",
    ),
    "meter_day": Table(
        Guard.TENANT,
        "INSERT INTO meter_day VALUES (%(machine)s, %(now)s, ARRAY[%(mark)s, 0, 0, 1, 0, 'NaN', 0, 0], "
        "'{0, 0, NaN, NaN, 0, NaN, 0, 0}', '{0, 0, NaN, NaN, 0, NaN, 0, 0}')",
    ),
    "meter_change": Table(
        Guard.TENANT,
        "INSERT INTO meter_change (public_id, machine_id, meter, kind, at, new_value, entered_at, by_name) "
        "VALUES (%(id)s, %(machine)s, 'engine_hours_h', 'set', %(now)s, %(mark)s, %(now)s, %(tag)s)",
    ),
    "maintenance_item": Table(
        Guard.TENANT,
        "INSERT INTO maintenance_item (machine_id, item, plan_id, plan_version, zh, en, task, cycle, began_at, "
        "from_day, evaluated_at) SELECT %(machine)s, 'engine_oil', min(plan_id), 1, '机油', %(tag)s, 'service', 1, "
        "%(now)s, %(now)s, %(now)s FROM maintenance_plan",
    ),
    "maintenance_done": Table(
        Guard.TENANT,
        "INSERT INTO maintenance_done (public_id, service_id, machine_id, item, zh, en, cycle, done_at, recorded_at, "
        "by_name, before) VALUES (%(id)s, %(id)s, %(machine)s, 'fuel_filter', '', '', 1, %(now)s, %(now)s, %(tag)s, "
        "'{}')",
    ),
    "reminder": Table(
        Guard.TENANT,
        "INSERT INTO reminder (public_id, machine_id, item, item_zh, item_en, cycle, stage, state, at, tell, detail) "
        "VALUES (%(id)s, %(machine)s, 'engine_oil', '机油', %(tag)s, 1, 'due', 'due', %(now)s, '{owner}', '{}')",
    ),
    "machine_note": Table(
        Guard.TENANT,
        "INSERT INTO machine_note (public_id, machine_id, organisation_id, from_at, text, written_at, by_name) "
        "VALUES (%(id)s, %(machine)s, %(organisation)s, %(now)s, 'seen by ' || %(tag)s, %(now)s, %(tag)s)",
    ),
    "help_request": Table(
        Guard.TENANT,
        "INSERT INTO help_request (public_id, machine_id, organisation_id, user_id, asked_by, text, asked_at) "
        "VALUES (%(id)s, %(machine)s, %(organisation)s, %(user)s, %(tag)s, %(tag)s || ' asks', %(now)s)",
    ),
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
    # notices
    "notice_due": Table(Guard.CLOSED),
    "notice_preference": Table(
        Guard.TENANT,
        "INSERT INTO notice_preference VALUES "
        "(%(user)s, '{}', NULL, NULL, '{critical}', 'off', '{}', 480, 30, true, 1, %(now)s)",
    ),
    "notice_mute": Table(
        Guard.TENANT,
        "INSERT INTO notice_mute (user_id, machine_id, muted_at) VALUES (%(user)s, %(machine)s, %(now)s)",
    ),
    "notice_address": Table(
        Guard.TENANT,
        "INSERT INTO notice_address (public_id, user_id, channel, address, code_hash, code_until, created_at, "
        "updated_at) VALUES (%(id)s, %(user)s, 'email', %(tag)s || '@example.com', "
        "sha256(convert_to(%(user)s::text || ':123456', 'UTF8')), now() + interval '1 day', %(now)s, %(now)s)",
    ),
    "notice": Table(
        Guard.TENANT,
        "INSERT INTO notice (public_id, user_id, channel, kind, severity, language, state, made_at, due_at) "
        "VALUES (%(id)s, %(user)s, 'email', 'test', 'high', 'en', 'dead', %(now)s, %(now)s)",
    ),
    "report_subscription": Table(
        Guard.TENANT,
        "INSERT INTO report_subscription (public_id, user_id, machine_id, period, at_minute, form, next_at, "
        "created_at) VALUES (%(id)s, %(user)s, %(machine)s, 'week', 420, 'pdf', %(now)s, %(now)s)",
    ),
    "notice_told": Table(
        Guard.TENANT,
        "INSERT INTO notice_told SELECT 'alarm', t.transition_id, n.user_id, n.channel, n.notice_id FROM notice n, "
        "alarm_transition t JOIN alarm a USING (alarm_id) WHERE n.user_id = %(user)s AND a.machine_id = %(machine)s",
    ),
    "notice_delivery": Table(
        Guard.TENANT,
        "INSERT INTO notice_delivery (notice_id, attempt, first_at, at, outcome) "
        "SELECT notice_id, 1, %(now)s, %(now)s, 'refused' FROM notice WHERE user_id = %(user)s",
    ),
    "notice_template": Table(Guard.SHARED),
    "notice_token": Table(
        Guard.TENANT,
        "INSERT INTO notice_token SELECT sha256(%(tag)s::bytea), n.notice_id, n.user_id, a.alarm_id, 'wrong', "
        "now() + interval '1 day' FROM notice n, alarm a WHERE n.user_id = %(user)s AND a.machine_id = %(machine)s",
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
    "refused_payload": Table(
        Guard.INTERNAL, "INSERT INTO refused_payload VALUES (sha256(%(tag)s::bytea), %(tag)s::bytea, %(now)s)"
    ),
    "quarantine": Table(
        Guard.INTERNAL,
        "INSERT INTO quarantine (quarantine_id, terminal, payload_hash, reason, detail, topic, received_at) "
        "VALUES (%(id)s, 'T-' || %(tag)s, sha256(%(tag)s::bytea), 'unknown_terminal', '', '', %(now)s)",
    ),
    "quarantine_replay": Table(
        Guard.INTERNAL,
        "INSERT INTO quarantine_replay (again, offset_ms, asked_at, asked_by, heard_at) "
        "VALUES (false, 0, %(now)s, 'seed', %(now)s)",
    ),
    "decode_state": Table(Guard.CLOSED),
    "platform_health": Table(Guard.INTERNAL),
    "platform_behind": Table(Guard.INTERNAL),
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
