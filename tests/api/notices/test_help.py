"""Asking for help: who is told, by whom it is taken and answered, and who reads it."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")
DIGGER = "/api/v1/machines/pin:PIN-digger/help-requests"
HELP = "/api/v1/help-requests"


async def asked(clients, login="owner", **body):
    async with clients.of(login) as http:
        return await http.post(DIGGER, json={"text": "The boom does not move.", **body})


async def test_it_is_told_at_once_to_the_control_centre_and_the_dealer_and_to_nobody_else(clients, desk, mail):
    made = await asked(clients, phone="+86 138 0000 0000")
    assert made.status_code == 201, made.text
    for login in ("expert", "dealer"):
        (sent,) = await mail.until(1, login)
        assert "The boom does not move." in sent.body
        assert "+86 138 0000 0000" in sent.body
        assert f"/machines/{made.json()['machine_id']}" in sent.body
    assert mail.of("owner") == mail.of("stranger") == []
    async with clients.of("owner") as http:
        (seen,) = (await http.get(HELP, params={"open": "true"})).json()["items"]
    assert seen["told_at"] is not None


async def test_of_two_who_take_it_one_is_told_and_the_answer_is_read_by_who_asked(clients, desk, mail):
    request = (await asked(clients)).json()["id"]
    async with clients.of("expert") as expert, clients.of("dealer") as dealer, clients.of("owner") as owner:
        taken = await expert.post(f"{HELP}/{request}/take")
        assert (taken.status_code, taken.json()["taken_by"]) == (200, "expert")
        late = await dealer.post(f"{HELP}/{request}/take")
        assert (late.status_code, late.json()["errors"][0]["code"]) == (409, "help_taken")
        assert "expert" in late.json()["errors"][0]["message"]
        assert (await owner.post(f"{HELP}/{request}/answer", json={"text": "x"})).status_code == 403
        done = await dealer.post(f"{HELP}/{request}/answer", json={"text": "Pilot lock lever was up."})
        assert (done.status_code, done.json()["answered_by"]) == (200, "dealer")
        again = await expert.post(f"{HELP}/{request}/answer", json={"text": "y"})
        assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "help_answered")
        mine = (await owner.get(HELP, params={"machine": "pin:PIN-digger"})).json()["items"]
        assert [one["answer"] for one in mine if one["id"] == request] == ["Pilot lock lever was up."]
        assert request not in [one["id"] for one in (await owner.get(HELP, params={"open": "true"})).json()["items"]]


async def test_another_owner_neither_asks_nor_reads(clients, desk):
    request = (await asked(clients)).json()["id"]
    assert (await asked(clients, "stranger")).status_code == 404
    async with clients.of("stranger") as http:
        assert (await http.get(HELP)).json()["items"] == []
        assert (await http.post(f"{HELP}/{request}/take")).status_code in (403, 404)


async def test_without_words_it_is_refused(clients, desk):
    empty = await asked(clients, text="  ")
    assert (empty.status_code, empty.json()["errors"][0]["code"]) == (422, "text_empty")
