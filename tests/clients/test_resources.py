"""Lists over their pages, changes by version, and what is done once however often it is sent."""

import uuid
from datetime import UTC, datetime

import pytest

from ecc_client import Conflict, Forbidden, InvalidInput, NotFound, Stale, models
from ecc_client._sync.collection import Collection


@pytest.fixture
def site(owner):
    return owner.sites.create(models.SiteNew(name=f"Quarry {uuid.uuid4()}", time_zone="Asia/Shanghai"))


def test_a_list_is_walked_over_its_pages(owner):
    names = [owner.sites.create({"name": f"Pit {n}", "time_zone": "Asia/Shanghai"}).name for n in range(5)]
    assert [site.name for site in owner.sites.list(q="Pit ", limit=2)] == names
    assert [site.name for site in owner.sites.list(q="Pit ", limit=2, sort="-name")] == names[::-1]


def test_one_thing_by_id_or_alias(client, world):
    digger = client.machines.get("pin:PIN-digger")
    assert (digger.id, client.machines.get(digger.id).name) == (world.public["digger"], "digger")


def test_what_is_left_out_of_a_change_stays_and_none_clears(owner, site):
    owner.sites.update(site, {"address": "1 Quarry Road"})
    changed = owner.sites.get(site.id)
    assert (changed.name, changed.address, changed.version) == (site.name, "1 Quarry Road", site.version + 1)
    cleared = owner.sites.update(changed, models.SiteChange(address=None))
    assert (cleared.name, cleared.address) == (site.name, None)
    assert [entry.action for entry in owner.sites.changes(site.id)] == ["update", "update", "create"]


def test_a_change_of_what_somebody_else_changed_is_refused(owner, site):
    owner.sites.update(site, {"address": "one"})
    with pytest.raises(Stale):
        owner.sites.update(site, {"address": "two"})
    with pytest.raises(Stale):
        owner.sites.delete(site)
    owner.sites.delete(owner.sites.get(site.id))
    with pytest.raises(NotFound):
        owner.sites.get(site.id)


def test_a_wish_with_a_key_of_its_own_is_granted_once(owner):
    wanted = {"name": f"Once {uuid.uuid4()}", "time_zone": "Asia/Shanghai"}
    assert owner.sites.create(wanted, key="wish-1").id == owner.sites.create(wanted, key="wish-1").id
    with pytest.raises(InvalidInput, match="idempotency_mismatch"):
        owner.sites.create(wanted | {"name": "Other"}, key="wish-1")
    with pytest.raises(Conflict):
        owner.sites.create(wanted)


def test_errors_name_their_code_and_the_part_of_the_input(owner, client):
    with pytest.raises(InvalidInput) as wrong:
        owner.sites.create({"name": "", "time_zone": "Asia/Shanghai"})
    assert (wrong.value.status, wrong.value.code) == (422, "invalid_input")
    assert any("name" in error["where"] for error in wrong.value.errors)
    with pytest.raises(Forbidden):
        client.people.create({"login": "x", "name": "x", "role": "operator"})
    with pytest.raises(NotFound, match="not_found"):
        client.machines.get("pin:PIN-crane")


def test_an_alarm_is_acknowledged_once(owner, server, world):
    from ecc_client import Client
    from tests.api.world import PASSWORD

    alarm = world.alarm("digger")
    with Client.with_password(server.address, "expert", PASSWORD) as expert:
        assert expert.acknowledge(alarm).acknowledged_by is not None
        with pytest.raises(Conflict):
            expert.acknowledge(alarm)


def test_a_time_without_a_zone_is_refused_before_it_is_sent(client):
    with pytest.raises(ValueError, match="time zone"):
        client.readings("pin:PIN-digger", from_=datetime(2026, 1, 1))  # noqa: DTZ001  (the wrong use)
    assert client.readings("pin:PIN-digger", from_=datetime(2026, 1, 1, tzinfo=UTC), to=datetime.now(UTC))


def test_what_collections_send_again_is_kept_apart_by_the_server(owner):
    """Each POST of a collection takes an Idempotency-Key, each PATCH and DELETE an If-Match."""
    paths = owner.transport.send("GET", "/openapi.json").json()["paths"]
    nouns = {c._path for c in vars(owner).values() if isinstance(c, Collection)}
    assert len(nouns) == 9
    wanted = {"post": "Idempotency-Key", "patch": "If-Match", "delete": "If-Match"}
    for path, operations in paths.items():
        noun, _, rest = path.partition("/{")
        if noun in nouns and "/" not in rest:
            for method, header in wanted.items():
                names = [parameter["name"] for parameter in operations.get(method, {}).get("parameters", [])]
                assert method not in operations or header in names, f"{method} {path}"
