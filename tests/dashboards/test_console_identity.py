"""Staying signed in without noticing, and the page of an invitation, in a real browser."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.api.world import PASSWORD, World
from tests.dashboards.conftest import ConsoleServer
from tests.dashboards.console_page import ConsolePage, console_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("english")]


def as_owner(address: str) -> httpx.Client:
    """North's owner, as a program."""
    signed = httpx.post(f"{address}/api/v1/auth/login", json={"login": "owner", "password": PASSWORD})
    return httpx.Client(base_url=address, headers={"authorization": f"Bearer {signed.json()['token']}"})


def invitation_of(address: str, **values: str) -> str:
    with as_owner(address) as http:
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
        ("zh", "您收到邀请", "owner邀请您以“操作员”身份加入North。", "接受邀请并登录"),
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
    with as_owner(console_server.address) as http:
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
