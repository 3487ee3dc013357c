"""The live stream over broken lines, webhooks' signatures, and the ISO 15143-3 snapshot."""

import threading
import time

import httpx
import pytest

from ecc_client import BadSignature, Client, NotSignedIn, models, verify_signature
from ecc_client.frames import Frames
from tests.api.world import NOW
from usecases.webhook_signing import new_secret, signature


@pytest.fixture
def entries(server, program):
    """The numbers that one subscriber gets, and the stream's own objects, from a thread of its own."""
    got: list[int] = []
    ready = threading.Event()

    def listen():
        with Client(server.address, api_key=program.secret) as client:
            for event in client.live(kinds=["webhook.test"]):
                ready.set()
                if isinstance(event.content, models.LiveEntry):
                    got.append(event.content.payload["number"])
                    if got[-1] == LAST:
                        return

    thread = threading.Thread(target=listen)
    thread.start()
    assert ready.wait(10)
    yield got, thread
    thread.join(20)
    assert not thread.is_alive()


LAST = 59


def test_every_entry_comes_once_over_any_number_of_connections(server, world, entries):
    got, thread = entries
    for number in range(LAST + 1):
        world.log("digger", {"number": number})
        if number in (20, 40):
            server.stop()
            world.log("digger", {"number": 1000 + number})  # while nobody listens
            server.start()
    thread.join(20)
    assert got == [*range(21), 1020, *range(21, 41), 1040, *range(41, LAST + 1)]


def test_it_goes_on_from_a_place_of_an_earlier_run(client, world):
    stream = client.live(kinds=["webhook.paused"])
    assert next(stream).event == "machines"
    world.log("digger", {"number": 2}, kind="webhook.paused")
    place = next(event.id for event in stream if event.event == "entry")
    stream.close()
    world.log("digger", {"number": 3}, kind="webhook.paused")
    later = client.live(kinds=["webhook.paused"], states=False, last_event_id=place)
    assert next(later).data["payload"] == {"number": 3}
    later.close()


def test_who_may_not_listen_is_told_so(server):
    with Client(server.address, api_key="ecc_live_wrong") as client, pytest.raises(NotSignedIn):
        next(client.live())


def test_frames_are_read_line_by_line():
    frames = Frames("before")
    lines = ["event: entry", 'data: {"a":', "data: 1}", "id: 7-1", "", ": heartbeat", "", 'data: {"b": 2}', ""]
    events = [event for line in lines if (event := frames.take(line)) is not None]
    assert [(e.event, e.id, e.data) for e in events] == [("entry", "7-1", {"a": 1}), ("message", None, {"b": 2})]
    assert frames.last_id == "7-1", "a frame without an id moves nothing"


SECRET, OLD = new_secret(), new_secret()
BODY = '{"kind": "alarm.raised", "名": 1}'.encode()


def test_a_webhook_of_the_platform_is_known_by_its_signature():
    at = int(time.time())
    verify_signature(BODY, signature([SECRET], at, BODY), SECRET)
    verify_signature(BODY, signature([OLD, SECRET], at, BODY), SECRET)  # while the sender rotates
    verify_signature(BODY, signature([OLD], at, BODY), [SECRET, OLD])  # while the receiver does


@pytest.mark.parametrize(
    ("body", "header", "late_s"),
    [
        pytest.param(BODY + b" ", signature([SECRET], 1000, BODY), 0, id="another body"),
        pytest.param(BODY, signature([OLD], 1000, BODY), 0, id="another secret"),
        pytest.param(BODY, signature([SECRET], 1000, BODY), 301, id="too old"),
        pytest.param(BODY, signature([SECRET], 1000, BODY), -301, id="from the future"),
        pytest.param(BODY, signature([SECRET], 1000, BODY).replace("t=1000", "t=1001"), 0, id="another time"),
        pytest.param(BODY, signature([SECRET], 1000, BODY).replace("v1=", "v1=é"), 0, id="no hex"),
        pytest.param(BODY, None, 0, id="none"),
        pytest.param(BODY, "t=1000", 0, id="none but a time"),
    ],
)
def test_anything_else_is_not_believed(body, header, late_s):
    with pytest.raises(BadSignature):
        verify_signature(body, header, SECRET, now_s=1000 + late_s)


def test_the_iso_snapshot_is_walked_over_its_pages(client, world):
    for number in range(101):
        name = f"roller-{number:03}"
        if name not in world.machines:
            world.machine(name, owner="north", kind="roller")
            world.state(name, {"engine_hours_h": 5.0}, at=NOW)
    pins = [machine["EquipmentHeader"]["PIN"] for machine in client.iso_fleet()]
    assert sorted(pins) == sorted({"PIN-digger", *(f"PIN-roller-{n:03}" for n in range(101))})


class LeadsElsewhere(httpx.HTTPTransport):
    """Something on the way changes the links in the answers; notes where each request goes."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address, self.asked = address, []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url.copy_with(path="/", query=None)).rstrip("/"))
        answer = super().handle_request(request)
        body = answer.read().replace(self.address.encode(), b"http://elsewhere.invalid")
        answer.close()
        return httpx.Response(answer.status_code, content=body, headers={"Content-Type": "application/json"})


def test_a_link_to_another_server_is_not_followed(server, program):
    transport = LeadsElsewhere(server.address)
    with Client(server.address, api_key=program.secret, http=httpx.Client(transport=transport)) as client:
        assert len(list(client.iso_fleet(edition="2.0"))) > 100
    assert transport.asked == [server.address] * 2
