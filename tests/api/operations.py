"""Every operation of the OpenAPI document for whoever is signed in, and a tenant's things to call it with."""

import json
from dataclasses import dataclass
from typing import Any

import psycopg

from api.export_openapi import document
from api.policy import ENDPOINTS, Anybody
from api.rights import Right

DOCUMENT = json.loads(document())
# Where a path's {parameter} comes from: the segment before it -> what finds a thing of a tenant.
IDS = {
    "alarms": "SELECT alarm_id FROM alarm WHERE machine_id = %(machine)s",
    "clients": "SELECT public_id FROM api_client WHERE name = %(tag)s",
    "company-logins": "SELECT public_id FROM company_login WHERE name = %(tag)s",
    "detectors": "SELECT public_id FROM detector WHERE machine_id = %(machine)s",
    "findings": "SELECT finding_id FROM finding WHERE machine_id = %(machine)s",
    "geofences": "SELECT public_id FROM geofence WHERE name = %(tag)s",
    "hand-over-notes": "SELECT public_id FROM hand_over_note WHERE note = %(tag)s",
    "help-requests": "SELECT public_id FROM help_request WHERE machine_id = %(machine)s",
    "installations": "SELECT public_id FROM installation WHERE machine_id = %(machine)s",
    "invitations": "SELECT public_id FROM invitation WHERE organisation_id = %(organisation)s",
    "machine-kinds": "SELECT public_id FROM machine_kind WHERE code = 'other'",
    "machines": "SELECT public_id FROM machine WHERE machine_id = %(machine)s",
    "maintenance-plans": "SELECT public_id FROM maintenance_plan",
    "meter-changes": "SELECT public_id FROM meter_change WHERE machine_id = %(machine)s",
    "models": "SELECT mm.public_id FROM machine_model mm JOIN machine USING (model_id) WHERE machine_id = %(machine)s",
    "notes": "SELECT public_id FROM machine_note WHERE machine_id = %(machine)s",
    "addresses": "SELECT public_id FROM notice_address WHERE user_id = %(user)s",
    "mutes": "SELECT m.public_id FROM notice_mute JOIN machine m USING (machine_id) WHERE user_id = %(user)s",
    "notices": "SELECT public_id FROM notice WHERE user_id = %(user)s AND state = 'dead'",
    "organisations": "SELECT public_id FROM organisation WHERE organisation_id = %(organisation)s",
    "people": "SELECT public_id FROM app_user WHERE user_id = %(user)s",
    "quarantine": "SELECT quarantine_id FROM quarantine WHERE terminal = 'T-' || %(tag)s",
    "quarantine-replays": "SELECT max(replay_id) FROM quarantine_replay",
    "reminders": "SELECT public_id FROM reminder WHERE machine_id = %(machine)s",
    "report-subscriptions": "SELECT public_id FROM report_subscription WHERE user_id = %(user)s",
    "rosters": "SELECT public_id FROM roster WHERE name = %(tag)s",
    "rule-replays": "SELECT replay_id FROM rule_replay WHERE kind = 'history'",
    "rule-sets": "SELECT max(rule_set_id) FROM rule_set",
    "rule-tunings": "SELECT replay_id FROM rule_replay WHERE kind = 'tuning'",
    "sessions": "SELECT session_id FROM app_session WHERE user_id = %(user)s",
    "shares": "SELECT public_id FROM sharing WHERE machine_id = %(machine)s",
    "sites": "SELECT public_id FROM site WHERE name = %(tag)s",
    "software-versions": "SELECT public_id FROM software_version",
    "spare terminals": "SELECT public_id FROM terminal WHERE name = 'S-' || %(tag)s",
    "terminals": "SELECT public_id FROM terminal WHERE name = 'T-' || %(tag)s",
    "transfers": "SELECT public_id FROM machine_transfer WHERE machine_id = %(machine)s",
    "webhooks": "SELECT public_id FROM webhook WHERE description = %(tag)s",
}
FIXED = {
    "codes": "severities",
    "aemp": "2.0",
    "Fleet": "1",
    "notice-templates": "test",
    "{key}": "en",
    "rules": "low_oil_pressure",
}
EVERYBODYS = {
    "machine-kinds",
    "maintenance-plans",
    "models",
    "software-versions",
    "codes",
    "aemp",
    "Fleet",
    "notice-templates",
    "{key}",
}  # the same for both tenants
# In a body: the member -> whose id it takes.
MEMBERS = {
    "organisation_id": "organisations",
    "to_organisation": "organisations",
    "parent_id": "organisations",
    "site_id": "sites",
    "model_id": "models",
    "terminal_id": "spare terminals",
    "install": "spare terminals",
}
PARTNERS = ("/shares", "/transfers")  # paths whose organisation is the one to sell to or to share with
# Answers to a permitted call on one's own things that are neither 2xx nor a defect, with the reason.
EXPECTED: dict[str, tuple[int, str]] = {
    "POST /api/v1/auth/password": (403, "the example's password is not the caller's"),
    "DELETE /api/v1/auth/sessions/{session_id}": (404, "a colleague's session, and only one's own can be ended"),
    "GET /api/v1/notices/{notice_id}/attempts": (404, "a colleague's notice"),
    "POST /api/v1/notices/addresses/{address_id}/verify": (404, "a colleague's address"),
    "DELETE /api/v1/notices/addresses/{address_id}": (404, "a colleague's address"),
    "GET /api/v1/report-subscriptions/{subscription_id}": (404, "a colleague's subscription"),
    "DELETE /api/v1/report-subscriptions/{subscription_id}": (404, "a colleague's subscription"),
    "POST /api/v1/notices/mutes": (404, "the example's machine is not there"),
    "POST /api/v1/notices/test": (422, "nobody here has an address"),
    "DELETE /api/v1/notices/mutes/{machine}": (404, "a colleague has muted it, not the caller"),
    "POST /api/v1/clients": (403, "not every role that manages clients may give the role integrator to a customer"),
    "PATCH /api/v1/clients/{client_id}": (403, "nor change what has it; tests/api/test_grants.py"),
    "DELETE /api/v1/clients/{client_id}": (403, "nor revoke it"),
    "POST /api/v1/clients/{client_id}/rotate": (403, "nor have its secret"),
    "POST /api/v1/findings/{finding_id}/answers": (422, "its finding asks nothing"),
    "POST /api/v1/alarms/{alarm_id}/reset": (409, "it does not latch"),
    "POST /api/v1/alarms/{alarm_id}/shelve": (422, "the example's time is past"),
    "POST /api/v1/alarms/{alarm_id}/return-to-service": (409, "it is not out of service"),
    "POST /api/v1/alarms/{alarm_id}/assign": (404, "the example names nobody of the tenant"),
    "POST /api/v1/machines/{machine}/installations": (409, "the machine has a terminal"),
    "POST /api/v1/machines/import": (422, "the example's model is not in the catalogue"),
    "POST /api/v1/organisations": (422, "no customer stands under a customer"),
    "POST /api/v1/organisations/import": (422, "no customer stands under a customer"),
    "DELETE /api/v1/terminals/{terminal_id}": (409, "it has been on a machine"),
    "POST /api/v1/transfers/import": (422, "the buyer of the example's file is not there"),
}


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    description: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def nouns(self) -> list[str]:
        """What each {parameter} stands behind."""
        parts = self.path.split("/")
        return [parts[i - 1] for i, part in enumerate(parts) if part.startswith("{")]

    @property
    def required(self) -> list[dict[str, Any]]:
        """Parameters without which it cannot be called, each with its examples."""
        given = [p for p in self.description.get("parameters", []) if p.get("required") and p["in"] != "path"]
        return [p | {"examples": p["schema"].get("examples") or [p.get("example")]} for p in given]

    @property
    def rule(self) -> Right | Anybody:
        return ENDPOINTS[self.name]


OPERATIONS = [
    Operation(method.upper(), path, described)
    for path, operations in DOCUMENT["paths"].items()
    for method, described in operations.items()
    if ENDPOINTS[f"{method.upper()} {path}"] is not Anybody.PUBLIC
]
# Reading first, then creating, changing and deleting, where longer paths come first: what is deleted is not asked for.
OPERATIONS.sort(
    key=lambda o: (
        ["GET", "POST", "PATCH", "DELETE"].index(o.method),
        len(o.path) * (-1 if o.method == "DELETE" else 1),
    )
)


@dataclass(frozen=True)
class Tenant:
    """A tenant's things by noun, and the organisation it does business with."""

    tag: str
    ids: dict[str, str]
    partner: str

    def id_of(self, noun: str) -> str:
        found = self.ids | FIXED | {"Equipment": f"PIN-{self.tag}"}
        assert noun in found, f"say in IDS how a test finds one of /{noun}/"
        return found[noun]


def found_ids(conn: psycopg.Connection, given: dict[str, Any]) -> dict[str, str]:
    cursor, ids = psycopg.ClientCursor(conn), {}
    for noun, statement in IDS.items():
        row = cursor.execute(statement, given).fetchone()
        assert row is not None, f"{given['tag']} has none of {noun}"
        ids[noun] = str(row[0])
    return ids
