"""Staying signed in without noticing, and the page of an invitation, in a real browser."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.api.world import PASSWORD, World
from tests.dashboards.conftest import ConsoleServer
from tests.dashboards.console_page import ConsolePage, console_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("english")]
expect.set_options(timeout=20_000)


def program_of(address: str, login: str) -> httpx.Client:
    """Somebody, signed in as a program."""
    signed = httpx.post(f"{address}/api/v1/auth/login", json={"login": login, "password": PASSWORD})
    return httpx.Client(base_url=address, headers={"authorization": f"Bearer {signed.json()['token']}"})


def invitation_of(address: str, **values: str) -> str:
    with program_of(address, "owner") as http:
        made = http.post("/api/v1/invitations", json={"role": "operator", **values})
        return str(made.raise_for_status().json()["link"])


def choose_password(page: ConsolePage, button: str) -> None:
    """Type a password twice, first with a slip."""
    first, second = page.page.locator("input[type=password]").all()
    first.fill("a few words of my own")
    second.fill("a few other words")
    page.page.get_by_role("button", name=button).click()
    expect(page.page.locator(".ant-form-item-explain-error")).to_be_visible()
    second.fill("a few words of my own")
    page.page.get_by_role("button", name=button).click()
    page.open_live()


def test_an_access_token_that_is_gone_is_fetched_anew_and_a_session_that_is_over_is_not(
    browser: Browser, console_server: ConsoleServer
) -> None:
    with console_in(browser, console_server.address) as page:
        page.login("expert", PASSWORD)
        page.open_live()
        before = {cookie["name"]: cookie["value"] for cookie in page.page.context.cookies()}
        page.page.context.clear_cookies(name="ecc_session")
        page.page.reload()
        page.open_live()
        after = {cookie["name"]: cookie["value"] for cookie in page.page.context.cookies()}
        assert after["ecc_refresh"] != before["ecc_refresh"]
        assert page.page.evaluate("document.cookie") == "", "scripts see neither token"
        page.page.context.clear_cookies()
        page.page.reload()
        page.page.wait_for_url("**/login")


def test_a_mailed_link_to_a_brief_is_opened_after_signing_in(browser: Browser, console_server: ConsoleServer) -> None:
    link = f"{console_server.address}/api/v1/machines/pin:PIN-digger/brief?from=2026-11-16&to=2026-11-22&format=html"
    with console_in(browser, console_server.address) as page:
        page.page.goto(link)
        page.page.wait_for_url("**/login?to=*")
        page.page.locator("#login").fill("owner")
        page.page.locator("#password").fill(PASSWORD)
        page.page.get_by_role("button", name="Sign in").click()
        page.page.wait_for_url(link)
        expect(page.page.get_by_role("heading", name="Work brief: digger")).to_be_visible()
        page.page.context.clear_cookies(name="ecc_session")  # it ran out; who opens the link is signed in all the same
        page.page.goto(link)
        page.page.wait_for_url(link)
        expect(page.page.get_by_role("heading", name="Work brief: digger")).to_be_visible()


@pytest.mark.parametrize(
    ("language", "title", "says", "enter"),
    [
        ("en", "You are invited", "owner invites you to North as operator.", "Accept and sign in"),
        ("zh", "您收到邀请", "owner 邀请您以“操作员”身份加入 North。", "接受邀请并登录"),
    ],
)
def test_a_colleague_accepts_an_invitation(
    browser: Browser, console_server: ConsoleServer, language: str, title: str, says: str, enter: str
) -> None:
    link = invitation_of(console_server.address, language=language, email=f"liu.{language}@north.example")
    with console_in(browser, console_server.address) as page:
        page.page.goto(link)
        expect(page.page.get_by_role("heading", name=title)).to_be_visible()
        expect(page.page.get_by_test_id("invite-to")).to_have_text(says)
        choose_password(page, enter)
        expect(page.page.get_by_test_id("viewer")).to_have_attribute("aria-label", re.compile(f"liu.{language}@north"))
        assert page.problems == []
        page.page.goto(link)
        expect(page.page.get_by_role("alert")).to_be_visible()


@pytest.mark.parametrize(
    ("language", "title", "says", "enter"),
    [
        ("en", "Choose a password", "owner made this link for made.en of North.", "Keep and sign in"),
        ("zh", "设置密码", "owner为North的 made.zh 生成了此链接。", "保存并登录"),
    ],
)
def test_somebody_made_by_others_chooses_a_password(
    browser: Browser, console_server: ConsoleServer, language: str, title: str, says: str, enter: str
) -> None:
    with program_of(console_server.address, "owner") as http:
        wanted = {"login": f"made.{language}", "name": "Made", "role": "operator", "language": language}
        person = http.post("/api/v1/people", json=wanted).raise_for_status().json()
        link = http.post(f"/api/v1/people/{person['id']}/password-link").raise_for_status().json()["link"]
    assert link.startswith(f"{console_server.address}/password/")
    with console_in(browser, console_server.address) as page:
        page.page.goto(link)
        expect(page.page.get_by_role("heading", name=title)).to_be_visible()
        expect(page.page.get_by_test_id("password-for")).to_have_text(says)
        choose_password(page, enter)
        expect(page.page.get_by_test_id("viewer")).to_have_attribute("aria-label", re.compile(f"made.{language}"))
        assert page.problems == []
        page.page.goto(link)
        expect(page.page.get_by_role("alert")).to_be_visible()


def test_language_and_time_zone_are_the_accounts_in_every_browser(
    browser: Browser, console_server: ConsoleServer, world: World
) -> None:
    world.conn.execute("UPDATE app_user SET time_zone = 'America/Lima' WHERE login = 'colleague'")
    with console_in(browser, console_server.address, language="zh-CN") as page:
        page.login("colleague", PASSWORD, "live")
        page.open_live()
        html, clock = page.page.locator("html"), page.page.locator(".viewer-clock")
        expect(html).to_have_attribute("lang", "en-US")
        expect(clock).to_contain_text("GMT-5")
        page.page.get_by_test_id("viewer").click()
        page.page.get_by_text("Asia/Shanghai").click()
        expect(clock).to_contain_text("GMT+8")
        with page.page.expect_response("**/api/v1/auth/me") as stored:
            page.switch_language()
        assert stored.value.status == 200
        page.page.reload()
        page.open_live()
        expect(html).to_have_attribute("lang", "zh-CN")
        assert page.problems == []
    row = world.conn.execute("SELECT language, time_zone FROM app_user WHERE login = 'colleague'").fetchone()
    assert row == ("zh", "Asia/Shanghai")
    with console_in(browser, console_server.address, language="en-US") as page:
        page.login("colleague", PASSWORD, "live")
        page.open_live()
        expect(page.page.locator("html")).to_have_attribute("lang", "zh-CN")


def test_a_new_password_is_told_what_is_wrong_with_it_and_ends_every_other_session(
    browser: Browser, console_server: ConsoleServer, world: World
) -> None:
    world.person("turner", world.organisations["north"], "operator")
    address = console_server.address
    with (
        program_of(address, "turner") as phone,
        program_of(address, "turner") as laptop,
        console_in(browser, address) as console,
    ):
        page = console.page
        console.login("turner", PASSWORD, "live")
        page.get_by_test_id("viewer").click()
        page.get_by_role("menuitem", name="My account").click()
        expect(page).to_have_title("My account · ECC Telematics")
        sessions = page.locator("[data-session]")
        expect(sessions).to_have_count(3)
        expect(sessions.first).to_contain_text("this browser")
        expect(sessions.first.get_by_role("button")).to_have_count(0)
        sessions.last.get_by_role("button", name="Sign out").click()
        page.get_by_role("tooltip").get_by_role("button", name="Sign out").click()
        expect(sessions).to_have_count(2)
        expect(page.locator(".account-sessions")).to_be_focused()
        alive = [one for one in (phone, laptop) if one.get("/api/v1/auth/me").status_code == 200]
        assert len(alive) == 1
        fill_passwords(page, "not what it is", "a few words of my own")
        expect(field(page, "current")).to_contain_text("The current password is wrong.")
        fill_passwords(page, PASSWORD, "turner2026")
        expect(field(page, "password")).to_contain_text("The password is the login, or made of it.")
        fill_passwords(page, PASSWORD, "a few words of my own")
        expect(page.get_by_role("status").filter(has_text="Your password has been changed.")).to_be_visible()
        expect(sessions).to_have_count(1)
        assert [one.get("/api/v1/auth/me").status_code for one in (phone, laptop)] == [401, 401]
        assert [sign_in(address, "turner", one) for one in (PASSWORD, "a few words of my own")] == [401, 200]
        assert [one for one in console.problems if "403" not in one and "422" not in one] == []


def sign_in(address: str, login: str, password: str) -> int:
    return httpx.post(f"{address}/api/v1/auth/login", json={"login": login, "password": password}).status_code


def field(page: Page, name: str) -> Locator:
    return page.locator(".ant-form-item", has=page.locator(f"#own-password_{name}"))


def fill_passwords(page: Page, current: str, wanted: str) -> None:
    for name, value in {"current": current, "password": wanted, "again": wanted}.items():
        page.locator(f"#own-password_{name}").fill(value)
    page.get_by_test_id("change-password").click()
