"""Staying signed in without noticing, and the page of an invitation, in a real browser."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.api.world import PASSWORD
from tests.dashboards.conftest import ConsoleServer
from tests.dashboards.console_page import console_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def invitation_of(address: str, **values: str) -> str:
    with httpx.Client(base_url=address) as http:
        signed = http.post("/api/v1/auth/login", json={"login": "owner", "password": PASSWORD}).raise_for_status()
        made = http.post(
            "/api/v1/invitations",
            json={"role": "operator", **values},
            headers={"authorization": f"Bearer {signed.json()['token']}"},
        )
        return str(made.raise_for_status().json()["link"])


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
        first, second = page.page.locator("input[type=password]").all()
        first.fill("a few words of my own")
        second.fill("a few other words")
        page.page.get_by_role("button", name=enter).click()
        expect(page.page.locator(".ant-form-item-explain-error")).to_be_visible()
        second.fill("a few words of my own")
        page.page.get_by_role("button", name=enter).click()
        page.open_live()
        expect(page.page.get_by_test_id("viewer")).to_have_attribute("aria-label", re.compile(f"liu.{language}@north"))
        assert page.problems == []
        page.page.goto(link)
        expect(page.page.get_by_role("alert")).to_be_visible()
