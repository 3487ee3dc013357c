"""Importing a file in the console: what is wrong with it is told, what is right is written as it was."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, expect

from tests.api.world import PASSWORD, World
from tests.dashboards.conftest import ConsoleServer
from tests.dashboards.console_page import ConsolePage, console_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HEAD = "pin,name,mode"


@pytest.fixture(scope="module")
def console(world: World, browser: Browser, console_server: ConsoleServer) -> Iterator[ConsolePage]:
    world.person("chief", world.organisations["platform"], "administrator")
    world.conn.execute("UPDATE app_user SET language = 'en', version = version + 1")
    with console_in(browser, console_server.address) as page:
        page.login("chief", PASSWORD)
        page.page.wait_for_url(lambda url: "/login" not in url)
        page.page.goto(f"{console_server.address}/admin/imports?noun=machines")
        yield page


def choose(console: ConsolePage, content: bytes) -> None:
    file: FilePayload = {"name": "machines.csv", "mimeType": "text/csv", "buffer": content}
    console.page.locator("input[type=file]").set_input_files(file)


def names(world: World) -> list[str]:
    rows = world.conn.execute("SELECT name FROM machine WHERE pin LIKE 'FILE-%' ORDER BY pin").fetchall()
    return [row[0] for row in rows]


def test_a_file_in_other_letters_is_refused_with_its_place_and_nothing_of_it_is_taken(
    world: World, console: ConsolePage
) -> None:
    choose(console, f"{HEAD}\nFILE-1,徐工挖掘机,\n".encode("gbk"))
    expect(console.page.get_by_test_id("import-errors")).to_contain_text("not UTF-8 (byte 21); save it as UTF-8")
    assert names(world) == []


def test_every_wrong_cell_stands_in_a_table_with_its_line(console: ConsolePage) -> None:
    choose(console, f"{HEAD}\nFILE-1,x,flying\nFILE-2,y,\nFILE-2,z,\n".encode())
    told = console.page.get_by_test_id("import-errors").locator("tbody tr")
    expect(told).to_have_count(3)
    first = told.nth(0).locator("td")
    expect(first.nth(0)).to_have_text("2")
    expect(first.nth(1)).to_have_text("mode")
    expect(first.nth(2)).to_have_text("flying")


def test_a_table_to_fill_in_has_the_columns_and_is_taken_as_it_is(console: ConsolePage, tmp_path: Path) -> None:
    page = console.page
    page.reload()
    shape = page.get_by_test_id("import-shape")
    expect(shape.locator("code.import-required")).to_have_text(["pin"])
    expect(shape.locator("pre")).to_contain_text("SY365HXCJPB209876")
    with page.expect_download() as got:
        shape.get_by_role("link", name="A table to fill in").click()
    assert got.value.suggested_filename == "machines.csv"
    got.value.save_as(tmp_path / "machines.csv")
    table = (tmp_path / "machines.csv").read_bytes()
    assert table.decode("utf-8-sig").rstrip().split(",")[:2] == ["pin", "name"]
    assert table.startswith(codecs.BOM_UTF8), "else Excel reads it as GBK"
    choose(console, table)
    expect(page.get_by_test_id("import-nothing")).to_contain_text("no entries")
    expect(page.get_by_role("button", name="Import now")).to_have_count(0)


def test_a_kind_of_file_that_is_not_read_is_told_before_it_is_sent(console: ConsolePage) -> None:
    page = console.page
    sheet: FilePayload = {"name": "Fleet.XLSX", "mimeType": "application/octet-stream", "buffer": b"PK"}
    page.locator("input[type=file]").set_input_files(sheet)
    told = page.get_by_role("alert")
    expect(told).to_contain_text("Fleet.XLSX is of a kind that is not read here")
    expect(told).to_contain_text("Read here: .csv. Save a spreadsheet as CSV (UTF-8).")
    choose(console, f"{HEAD}\n".encode())
    expect(told.filter(has_text="Fleet.XLSX")).to_have_count(0)


def test_an_empty_file_is_no_wrong_cell(console: ConsolePage) -> None:
    choose(console, b"")
    told = console.page.get_by_test_id("import-errors")
    expect(told).to_contain_text("The file cannot be taken")
    expect(told).not_to_contain_text("cell")


def test_what_was_checked_for_one_kind_of_things_is_not_written_as_another(console: ConsolePage) -> None:
    page = console.page
    choose(console, f"{HEAD}\nFILE-1,x,\n".encode())
    expect(page.get_by_test_id("import-report")).to_be_visible()
    page.locator("a[href='/admin/imports']").click()  # without a noun: the first one
    expect(page.get_by_test_id("import-shape")).to_contain_text("external_no")
    expect(page.get_by_test_id("import-report")).to_have_count(0)
    page.go_back()
    expect(page.get_by_test_id("import-shape")).to_contain_text("serial_no")


def test_a_right_file_is_checked_first_and_written_when_that_is_wanted(world: World, console: ConsolePage) -> None:
    choose(console, f"\ufeff{HEAD}\nFILE-1,徐工挖掘机,\nFILE-2,y,\n".encode())
    report = console.page.get_by_test_id("import-report")
    expect(report).to_have_attribute("data-dry", "true")
    expect(report).to_contain_text("2")
    assert names(world) == []
    report.get_by_role("button").click()
    expect(report).to_have_attribute("data-dry", "false")
    assert names(world) == ["徐工挖掘机", "y"]
    # the browser tells of every answer that refuses
    assert [one for one in console.problems if "422" not in one] == []
