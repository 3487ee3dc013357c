"""The administration in a real browser: things made and drawn, a conflict told, a message sent again, the audit."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from storage.ids import uuid7
from storage.quarantine_replays import Outcome, claim_replay, finish_replay, save_progress
from tests.api.world import NOW, PASSWORD, World
from tests.dashboards.conftest import ConsoleServer
from tests.dashboards.console_page import AXE_RULES, DESK, PHONE, ConsolePage, console_in
from tests.dashboards.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("english")]
expect.set_options(timeout=20_000)
SOLD = "2027-03-01T00:00:00Z"
PLAN = {
    "name": "Excavators here",
    "kind": "excavator",
    "source": "the manual",
    "items": [{"code": "engine_oil", "zh": "机油", "en": "Oil", "every_h": 500}],
}


@pytest.fixture(scope="module")
def people(world: World) -> World:
    world.person("chief", world.organisations["platform"], "administrator")
    world.conn.execute(
        "INSERT INTO site (public_id, organisation_id, name, time_zone, created_at, updated_at) "
        "SELECT gen_random_uuid(), organisation_id, 'yard of ' || name, 'UTC', now(), now() FROM organisation "
        "WHERE name IN ('North', 'South')"
    )
    return world


@pytest.fixture(scope="module")
def api(people: World, console_server: ConsoleServer) -> Iterator[httpx.Client]:
    """The chief, as a program."""
    address = console_server.address
    signed = httpx.post(f"{address}/api/v1/auth/login", json={"login": "chief", "password": PASSWORD})
    headers = {"authorization": f"Bearer {signed.json()['token']}"}
    with httpx.Client(base_url=f"{address}/api/v1", headers=headers) as http:
        yield http


@pytest.fixture(scope="module")
def chief(people: World, browser: Browser, console_server: ConsoleServer) -> Iterator[ConsolePage]:
    with console_in(browser, console_server.address) as page:
        page.login("chief", PASSWORD)
        page.page.wait_for_url(lambda url: "/login" not in url)
        yield page


def go(console: ConsolePage, path: str) -> Page:
    console.page.goto(f"{console.address}/admin/{path}")
    console.page.locator(".admin-main").wait_for()
    return console.page


def test_a_site_is_made_and_its_geofence_drawn_on_the_map(chief: ConsolePage, api: httpx.Client) -> None:
    page = go(chief, "sites/new")
    page.get_by_role("button", name="Create").click()
    expect(page.locator("[data-field-error=name]")).to_be_visible()
    page.locator("#field-name").fill("New quarry")
    page.get_by_label("Latitude").fill("34.2")
    page.get_by_label("Longitude").fill("117.2")
    page.get_by_role("button", name="Create").click()
    page.wait_for_url(re.compile("/admin/sites/[0-9a-f-]{36}"))
    site = api.get("/sites", params={"q": "New quarry"}).json()["items"][0]
    assert (site["latitude_deg"], site["longitude_deg"], page.url.endswith(site["id"])) == (34.2, 117.2, True)

    page.locator(".admin-parts").get_by_text("Geofences").click()
    page.get_by_role("link", name="New geofence of this site").click()
    area = page.get_by_test_id("fence-map")
    expect(area).to_have_attribute("data-drawn", "true", timeout=30_000)
    page.locator("#field-name").fill("Pit")
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    assert box is not None
    corners = [(0.3, 0.3), (0.6, 0.3), (0.6, 0.7), (0.3, 0.7), (0.3, 0.3)]
    for right, down in corners:
        page.mouse.move(box["x"] + right * box["width"], box["y"] + down * box["height"], steps=3)
        page.mouse.click(box["x"] + right * box["width"], box["y"] + down * box["height"])
    expect(page.get_by_text("Drag corners or the whole")).to_be_visible()
    page.get_by_role("button", name="Create").click()
    page.wait_for_url(re.compile("/admin/geofences/[0-9a-f-]{36}"))
    fence = api.get("/geofences", params={"site": site["id"]}).json()["items"][0]
    ring = fence["geometry"]["coordinates"][0]
    assert (fence["name"], fence["geometry"]["type"], len(ring)) == ("Pit", "Polygon", 5)
    assert all(abs(longitude - 117.2) < 0.3 and abs(latitude - 34.2) < 0.3 for longitude, latitude in ring)
    assert min(longitude for longitude, _ in ring) < 117.2 < max(longitude for longitude, _ in ring)
    assert chief.problems == []


def test_somebody_is_invited_by_a_link_that_is_shown_once(chief: ConsolePage, api: httpx.Client) -> None:
    page = go(chief, "people")
    page.get_by_role("button", name="Invite").click()
    page.locator(".ant-modal #field-role").click()
    page.get_by_title("operator", exact=False).first.click()
    page.locator(".ant-modal #field-organisation_id").fill("Nor")
    page.locator(".ant-select-item-option").get_by_text("North").click()
    page.get_by_role("button", name="Make the link").click()
    link = page.locator(".secret-words").inner_text()
    assert link.startswith(f"{chief.address}/invite/")
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("button", name="Open invitations (1)")).to_be_visible()
    invitations = api.get("/invitations", params={"open": True}).json()["items"]
    assert [(one["organisation_name"], one["role"]) for one in invitations] == [("North", "operator")]
    assert chief.problems == []


def test_a_change_on_somebody_elses_is_told_and_neither_is_lost(chief: ConsolePage, api: httpx.Client) -> None:
    plan = api.post("/maintenance-plans", json=PLAN).raise_for_status().json()
    page = go(chief, f"maintenance-plans/{plan['id']}")
    expect(page.locator("#field-source")).to_have_value("the manual")
    theirs = {"name": "Their name"}
    api.patch(f"/maintenance-plans/{plan['id']}", json=theirs, headers={"if-match": '"1"'}).raise_for_status()
    page.locator("#field-source").fill("my source")
    page.get_by_role("button", name="Save").click()
    told = page.get_by_test_id("conflict")
    expect(told).to_contain_text("Their name")
    expect(told).to_contain_text("my source")
    page.get_by_role("button", name="Save mine on theirs").click()
    expect(page.locator("#field-name")).to_have_value("Their name")
    expect(page.locator(".ant-message-notice")).to_have_count(1)
    expect(page.locator(".ant-message-notice")).to_have_count(0)  # also for who asked for less motion
    kept = api.get(f"/maintenance-plans/{plan['id']}").json()
    assert (kept["name"], kept["source"], kept["version"]) == ("Their name", "my source", 3)
    page.locator(".admin-parts").get_by_text("History").click()
    expect(page.locator(".history > ol > li")).to_have_count(3)
    assert [problem for problem in chief.problems if "412" not in problem] == []
    chief.problems.clear()


def test_a_refused_message_is_read_sent_again_and_in_the_audit(
    chief: ConsolePage, api: httpx.Client, world: World
) -> None:
    payload = b'{"boot": "b", "seq": 1, "t": 1, "signals": {"engine_speed_rpm": 900}}'
    digest = hashlib.sha256(payload).digest()
    world.conn.execute("INSERT INTO refused_payload VALUES (%s, %s, now())", [digest, payload])
    world.conn.execute(
        "INSERT INTO quarantine (quarantine_id, terminal, payload_hash, reason, detail, topic, received_at) "
        "VALUES (%s, 'NEW-1', %s, 'unknown_terminal', 'nobody knows it', 'ecc/v1/NEW-1/telemetry', now())",
        [uuid7(), digest],
    )
    page = go(chief, "quarantine")
    page.locator(".row-name", has_text="NEW-1").click()
    expect(page.get_by_test_id("payload")).to_contain_text('"engine_speed_rpm": 900')
    page.get_by_role("button", name="Send 1 again").click()
    page.locator(".ant-modal").get_by_role("button", name="Send again", exact=True).click()
    shown = page.get_by_test_id("replays").locator("li").first
    expect(shown).to_have_attribute("data-state", "queued")
    claimed = claim_replay(world.conn, now=NOW)
    assert claimed is not None
    save_progress(world.conn, claimed.replay_id, messages=1, sent=1, settled=0, now=NOW)
    expect(shown.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "50", timeout=10_000)
    world.conn.execute("UPDATE quarantine SET replayed_at = now()")
    finish_replay(world.conn, claimed.replay_id, Outcome(messages=1, entries=1, kept=1, refused_again={}), now=NOW)
    expect(shown).to_contain_text("1 of 1 kept", timeout=10_000)
    expect(page.get_by_text("Nothing waits in quarantine")).to_be_visible()

    page = go(chief, "audit?entity=quarantine_replay")
    row = page.locator("tr[data-entity=quarantine_replay]")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("chief")
    row.click()
    told = api.get("/audit", params={"entity": "quarantine_replay"}).json()["items"][0]
    expect(page.locator(".rows-more")).to_contain_text(str(told["after"]["ids"][0]))
    assert chief.problems == []


def left(page: Page, *, leave: bool) -> None:
    """What the console asks before something unsaved is left, answered."""
    asked = page.locator(".ant-modal-confirm").filter(has_text="Leave without saving?", visible=True)
    asked.get_by_role("button", name="Leave" if leave else "Stay", exact=True).click()
    expect(asked).to_have_count(0)


def test_what_is_not_saved_is_not_left_unasked(chief: ConsolePage) -> None:
    page = go(chief, "sites")
    page.locator(".row-name", has_text="yard of North").click()
    name = page.locator("#field-name")
    name.fill("Typed and not saved")
    for leave_by in (
        lambda: page.get_by_role("button", name="Close").click(),
        lambda: page.locator(".row-name", has_text="yard of South").click(),
        lambda: page.locator(".admin-parts").get_by_text("History").click(),
        lambda: page.locator("nav.nav a[href='/trust']").click(),
        page.go_back,
    ):
        leave_by()
        left(page, leave=False)
        expect(name).to_have_value("Typed and not saved")
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.evaluate("setTimeout(() => location.reload())")
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    page.get_by_role("button", name="Close").click()
    left(page, leave=True)
    expect(name).to_have_count(0)
    page.locator(".row-name", has_text="yard of North").click()
    expect(name).to_have_value("yard of North")
    page.get_by_role("button", name="Close").click()  # nothing was changed: nothing is asked
    expect(name).to_have_count(0)
    assert chief.problems == []


def test_the_invitation_offers_what_fits_the_organisation_and_the_inviter(
    chief: ConsolePage, api: httpx.Client
) -> None:
    grants = api.get("/auth/me").json()["grants"]
    words = {one["code"]: one["en"] for one in api.get("/codes/roles").json()["items"]}
    inside, outside = ({words[role] for role in grants[kind]} for kind in ("ecc", "customer"))
    page = go(chief, "people")
    page.get_by_role("button", name="Invite").click()
    role = page.locator(".ant-modal #field-role")

    shown = page.locator(".ant-select-dropdown:has(#field-role_list) .ant-select-item-option")

    def is_offered(wanted: set[str]) -> bool:
        return set(shown.evaluate_all("all => all.map(one => one.title)")) == wanted

    assert inside != outside
    role.click()
    until(lambda: is_offered(inside), within_s=20)
    page.get_by_title(words["lead"], exact=True).click()
    page.locator(".ant-modal #field-organisation_id").fill("Nor")
    page.locator(".ant-select-item-option").get_by_text("North").click()
    role.click()
    until(lambda: is_offered(outside), within_s=20)
    expect(page.locator(".ant-modal [data-field=role]")).not_to_contain_text(words["lead"])  # taken back
    page.keyboard.press("Escape")
    page.locator(".ant-modal-close").click()
    left(page, leave=True)
    expect(page.locator(".ant-modal:visible")).to_have_count(0)
    assert chief.problems == []


def test_a_release_is_entered_and_a_wrong_sale_corrected(chief: ConsolePage, api: httpx.Client, world: World) -> None:
    machine = world.public["digger"]
    page = go(chief, f"machines/{machine}?part=software")
    page.get_by_role("button", name="Enter software").click()
    page.locator(".ant-modal #field-controller").fill("engine")
    page.locator(".ant-modal #field-release").fill("V2.4.1")
    page.locator(".ant-modal").get_by_role("button", name="Save").click()
    expect(page.get_by_test_id("software").locator("tbody tr")).to_contain_text("V2.4.1")
    kept = api.get(f"/machines/{machine}/software").json()["items"]
    assert [(one["controller"], one["release"], one["entered_by"]) for one in kept] == [("engine", "V2.4.1", "chief")]

    north, south = (
        api.get("/organisations", params={"q": name}).json()["items"][0]["id"] for name in ("North", "South")
    )
    api.post(f"/machines/{machine}/transfers", json={"to_organisation": south, "at": SOLD}).raise_for_status()
    page = go(chief, f"machines/{machine}?part=transfers")
    row = page.get_by_test_id("sales").locator("tbody tr").first
    expect(row).to_contain_text("NorthSouth")
    row.get_by_role("button", name="Correct").click()
    page.locator(".ant-modal #field-document_no").fill("INV-7")
    page.locator(".ant-modal").get_by_role("button", name="Correct").click()
    expect(row).to_contain_text("INV-7")
    row.get_by_role("button", name="Take back").click()
    page.locator(".ant-modal:visible").get_by_role("button", name="Take back").click()
    expect(page.get_by_role("button", name="Take back")).to_have_count(0)
    sales = api.get(f"/machines/{machine}/transfers").json()["items"]
    assert [one["corrected_by"] is None for one in sales] == [True, False, False]
    assert sales[0]["to_organisation_id"] == north
    assert chief.problems == []


def test_an_owner_sees_what_is_theirs_and_no_tool_they_may_not_use(
    people: World, browser: Browser, console_server: ConsoleServer
) -> None:
    with console_in(browser, console_server.address) as console:
        console.login("owner", PASSWORD)
        console.page.wait_for_url(lambda url: "/login" not in url)
        page = go(console, "sites")
        expect(page.locator(".row-name")).to_have_text(["yard of North"])
        sections = page.locator(".admin-link").all_inner_texts()
        assert {"Sites", "People", "Audit", "Programs"} <= set(sections)
        assert not {"Quarantine", "Company logins", "Notice texts", "Alarm settings"} & set(sections)
        go(console, "models")
        expect(page.get_by_role("button", name="New")).to_have_count(0)
        go(console, "organisations")
        expect(page.locator(".row-name")).to_have_text(["North"])
        go(console, "quarantine")
        expect(page.get_by_text("There is no such section for you")).to_be_visible()
        assert console.problems == []


LOOKS = [
    pytest.param("zh-CN", "dark", PHONE, ("organisations", "sites/new", "quarantine"), id="phone, Chinese, dark"),
    pytest.param(
        *("en-US", "light", DESK, ("rosters/new", "maintenance-plans/new", "notice-templates/alarm.en")),
        id="desk, English, light",
    ),
]


@pytest.mark.parametrize(("language", "appearance", "size", "paths"), LOOKS)
def test_the_sections_are_accessible_in_both_languages_and_sizes(
    people: World,
    browser: Browser,
    console_server: ConsoleServer,
    language: str,
    appearance: str,
    size: tuple[int, int],
    paths: tuple[str, ...],
) -> None:
    people.conn.execute("UPDATE app_user SET language = %s WHERE login = 'chief'", [language[:2]])
    with console_in(browser, console_server.address, language=language, appearance=appearance, size=size) as console:
        console.login("chief", PASSWORD)
        console.page.wait_for_url(lambda url: "/login" not in url)
        for path in paths:
            page = go(console, path)
            page.locator(".panel:visible").first.wait_for()
            expect(page.locator(".admin-main .page-loading")).to_have_count(0)
            assert console.serious(".admin", rules=(*AXE_RULES, "best-practice")) == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= size[0], path
        assert console.problems == []
