"""Whoever changes something is told of it: every noun whose changes are recorded has its history."""

import re
from pathlib import Path

import pytest

from api.policy import ENDPOINTS
from api.routes.changes import NOUNS

pytestmark = pytest.mark.asyncio(loop_scope="module")
CODE = Path(__file__).parents[2] / "usecases"
RECORDED = re.compile(r'entity="(\w+)"|(?:author|by), "(\w+)", ')
ELSEWHERE = {
    "alarm": "its transitions, with the alarm",
    "alarm_settings": "one row: GET /audit?entity=alarm_settings",
    "detector": "a version is never changed; what is done with it is in the audit",
    "finding": "its verdicts, with the finding",
    "installation": "with the machine's",
    "hand_over_note": "never changed, only confirmed, as the note says itself",
    "help_request": "who took it and answered, as it says itself",
    "notice": "its deliveries, with the notice",
    "notice_address": "one's own; in the audit",
    "notice_preference": "one's own; in the audit",
    "notice_template": "by key and language: GET /audit?entity=notice_template",
    "report_subscription": "one's own; in the audit",
    "rule_set": "a set is never changed; what is done with it is in the audit",
    "session": "one's own, at /auth/sessions",
    "share": "with the machine's",
}


async def test_every_noun_whose_changes_are_recorded_tells_them():
    recorded = {a or b for file in CODE.rglob("*.py") for a, b in RECORDED.findall(file.read_text("utf-8"))}
    assert {"webhook", "invitation", "site", "machine"} <= recorded
    assert recorded - set(ELSEWHERE) <= set(NOUNS)
    served = {path.split("/")[3] for path in ENDPOINTS if path.endswith("/changes")}
    assert served == set(NOUNS.values())


async def test_a_webhook_tells_its_history_without_its_secret(clients):
    async with clients.of("owner") as http, clients.of("stranger") as stranger:
        made = (await http.post("/api/v1/webhooks", json={"url": "https://example.com/told"})).json()
        path = f"/api/v1/webhooks/{made['id']}"
        changed = await http.patch(path, json={"description": "planning"}, headers={"if-match": '"1"'})
        assert changed.status_code == 200, changed.text
        await http.post(f"{path}/secret", json={})
        told = await http.get(f"{path}/changes")
        assert [entry["action"] for entry in told.json()["items"]] == ["rotate_secret", "update", "create"]
        assert made["secret"] not in told.text
        assert "whsec_" not in told.text
        assert (await stranger.get(f"{path}/changes")).status_code == 404


async def test_a_client_is_told_of_its_own_webhooks_only(clients):
    async with clients.of("owner") as http:
        asked = {"name": "told", "role": "integrator", "scopes": ["fleet:read", "webhooks"]}
        client = (await http.post("/api/v1/clients", json=asked)).json()
        foreign = (await http.post("/api/v1/webhooks", json={"url": "https://example.com/foreign"})).json()
    async with clients.anybody(**{"x-api-key": client["secret"]}) as program:
        own = (await program.post("/api/v1/webhooks", json={"url": "https://example.com/own"})).json()
        told = await program.get(f"/api/v1/webhooks/{own['id']}/changes")
        assert [entry["action"] for entry in told.json()["items"]] == ["create"]
        assert (await program.get(f"/api/v1/webhooks/{foreign['id']}/changes")).status_code == 404


async def test_an_invitation_tells_its_history(clients):
    async with clients.of("owner") as http:
        made = (await http.post("/api/v1/invitations", json={"role": "operator"})).json()
        path = f"/api/v1/invitations/{made['id']}"
        assert (await http.delete(path, headers={"if-match": '"1"'})).status_code == 204
        told = await http.get(f"{path}/changes")
        assert [entry["action"] for entry in told.json()["items"]] == ["revoke", "create"]
        assert made["link"].rpartition("/")[2] not in told.text
