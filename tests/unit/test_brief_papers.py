"""Briefs as files, the days that are asked for, and when they are mailed."""

import base64
import csv
import io
import json
import re
import time
import zlib
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from fontTools.ttLib import TTFont

from api.schemas.briefs import _BRIEF
from fleet.errors import InvalidInput
from usecases.briefs.charts import language_drawn
from usecases.briefs.paper import cut
from usecases.briefs.peers import others_told
from usecases.briefs.periods import Days, chosen_days, last_mail, next_mail
from usecases.briefs.show_brief import show_brief
from usecases.briefs.spans import spans_of
from usecases.briefs.tables import tables_of
from usecases.briefs.words import _words, number, period, remarks, service
from usecases.picture_words import chinese_font


def a_brief(machines: int = 1, days: int = 30, **changes):
    one = _BRIEF["machines"][0]
    numbers = _BRIEF["numbers"]
    return (
        _BRIEF
        | {
            "kind": "machine" if machines == 1 else "fleet",
            "days": [{"day": f"2026-10-{day + 1:02}", "numbers": numbers} for day in range(days)],
            "machines": [one | {"id": str(n) if n else one["id"], "name": f"挖掘机 {n} <b>"} for n in range(machines)],
        }
        | changes
    )


def shown(brief, form, language="zh"):
    return show_brief(json.dumps(brief).encode(), form, language)


def test_a_paper_holds_its_fonts_and_is_made_within_two_seconds():
    shown(a_brief(), "pdf")  # loads fonts
    begun = time.process_time()
    paper, language = shown(a_brief(), "pdf")
    assert time.process_time() - begun < 2
    assert language == language_drawn("zh")
    assert paper.startswith(b"%PDF")
    text = paper + b"".join(streams(paper))
    fonts = re.findall(rb"/Subtype\s*/(Type1|TrueType|Type0|Type3|CIDFontType[02])\b", text)
    assert set(fonts) == {b"Type3"}, "every glyph is drawn in the file"
    if chinese_font() is not None:
        assert language == "zh"


def streams(paper: bytes):
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", paper, re.S):
        try:
            yield zlib.decompress(found.group(1))
        except zlib.error:
            continue


def test_a_paper_of_many_machines_has_pages_and_an_end():
    few, _ = shown(a_brief(machines=60), "pdf", "en")
    many, _ = shown(a_brief(machines=1000, days=1), "pdf", "en")
    assert 3 <= few.count(b"/Type /Page\n") + few.count(b"/Type /Page ") <= 6
    assert many.count(b"/Type /Page\n") + many.count(b"/Type /Page ") == 4


def test_a_page_needs_nothing_else_and_takes_no_name_for_markup():
    page = shown(a_brief(machines=3), "html", "zh")[0].decode()
    assert "挖掘机 1 &lt;b&gt;" in page
    assert "<script" not in page
    assert "<svg" in page
    assert not re.search(r'(src|href)="(?!#)', page)
    assert "加油" in page
    assert 'lang="zh"' in page


@pytest.mark.skipif(chinese_font() is None, reason="this host has no font with Chinese")
def test_a_page_carries_the_letters_that_it_uses():
    page = shown(a_brief(machines=3), "html", "zh")[0].decode()
    (font,) = re.findall(r"data:font/woff;base64,([^)]+)\)", page)
    with TTFont(io.BytesIO(base64.b64decode(font))) as found:
        letters = set(map(chr, found.getBestCmap()))
    text = re.sub(r"<(style|svg).*?</\1>|<[^>]*>", "", page, flags=re.S)
    assert {sign for sign in text if sign >= "\u0250"} <= letters
    assert "挖" in letters
    assert len(font) < 60_000


def test_a_day_is_told_by_its_hours_and_a_long_period_by_its_weeks():
    numbers = _BRIEF["numbers"]
    hours = [{"begins": f"{hour:02}:00", "numbers": numbers} for hour in range(24)]
    step, spans = spans_of(a_brief(days=1, hours=hours))
    assert (step, len(spans), spans[7].tick) == ("hour", 24, "07:00")
    assert spans_of(a_brief(days=31))[0] == "day"
    first = date(2026, 1, 1)  # a Thursday
    untold = numbers | {"fuel_used_l": None}
    days = [
        {"day": f"{date.fromordinal(first.toordinal() + n)}", "numbers": untold if n < 4 else numbers}
        for n in range(365)
    ]
    step, spans = spans_of(a_brief() | {"days": days})
    assert (step, len(spans)) == ("week", 53)
    assert [(span.name, span.numbers["working_h"], span.numbers["fuel_used_l"]) for span in spans[:2]] == [
        ("2026-01-01 – 01-04", 4 * 31.5, None),
        ("2026-01-05 – 01-11", 7 * 31.5, pytest.approx(7 * 610.4)),
    ]
    for key in ("working_h", "off_h", "unheard_h", "idle_fuel_l"):
        assert sum(span.numbers[key] for span in spans) == pytest.approx(365 * numbers[key]), key


def test_nothing_heard_is_not_nought_and_losses_of_fuel_come_first():
    silent = _BRIEF["numbers"] | dict.fromkeys(("working_h", "travelling_h", "idle_h", "off_h"), 0.0)
    silent |= {"unheard_h": silent["length_h"], "fuel_used_l": None}
    refuel = _BRIEF["fuel"][0]
    stolen = refuel | {"kind": "suspected_theft", "litres": 60.0}
    brief = a_brief(days=2, fuel=[refuel, stolen, refuel])
    brief["days"][1] = {"day": "2026-10-02", "numbers": silent}
    days, fuel, _ = tables_of(brief, "en")
    assert days.rows[1] == ["2026-10-02", "–", "–", "–", "–", "168.0", "–", "49.2", "–"]
    assert [row[2] for row in fuel.rows] == ["Suspected theft", "Refuelled", "Refuelled"]
    assert "Refuelled: 2 (560.0 L); Suspected theft: 1 (60.0 L)" in remarks(brief, "en")
    assert "加油 2 次（560.0 L）；疑似盗油 1 次（60.0 L）" in remarks(brief, "zh")
    assert "Refuelled: none; Suspected theft: none" in remarks(a_brief(fuel=[]), "en")
    for form in ("html", "pdf"):
        assert shown(brief | {"days": brief["days"][1:], "numbers": silent}, form)[0]


def test_the_next_service_is_told_by_how_urgent_it_is_and_what_is_left():
    item = {
        "state": "soon",
        "text": {"zh": "更换机油", "en": "Change engine oil"},
        "left": {"h": 12.4, "km": None, "l": None, "days": 40.0},
        "due_on": "2026-11-28",
    }
    assert service(item, "en") == "due soon, 12 h left, about 2026-11-28: Change engine oil"
    assert service(item, "zh") == "即将到期，余 12 h，预计 2026-11-28：更换机油"
    late = item | {"state": "overdue", "left": item["left"] | {"h": None, "days": -3.0}, "due_on": None}
    assert service(late, "en") == "overdue, 3 d over: Change engine oil"
    assert service(None, "en") == "–"


def test_csv_has_the_numbers_of_days_machines_and_the_sum_as_in_the_json():
    brief = a_brief(machines=2, days=3)
    brief["machines"][0] = brief["machines"][0] | {"name": "=1+1"}
    rows = list(csv.DictReader(io.StringIO(shown(brief, "csv")[0].decode())))
    assert [row["row"] for row in rows] == ["day", "day", "day", "machine", "machine", "total"]
    assert rows[3]["machine"] == "'=1+1"
    assert rows[0]["distance_km"] == ""
    for key, value in brief["numbers"].items():
        assert rows[-1][key] == ("" if value is None else str(value)), key


def test_every_word_is_there_in_both_languages():
    assert all(set(texts) == {"zh", "en"} and all(texts.values()) for texts in _words().values())
    assert number("idle_ratio", 0.256) == "26 %"
    assert number("fuel_used_l", None) == "–"
    assert number("fuel_used_l", 25_854.2) == "25,854"
    assert period(a_brief(is_over=False, time_zone=None), "en") == (
        "2026-11-16 to 2026-11-22 (each machine by its site's clock), the period is not over yet"
    )


def test_a_cell_is_cut_to_its_room_and_chinese_is_twice_as_wide():
    assert cut("short", 1.0) == "short"
    assert cut("a" * 40, 1.0).endswith("…")
    assert len(cut("挖" * 40, 1.0)) < len(cut("a" * 40, 1.0))


@pytest.mark.parametrize(
    ("length", "zone", "after", "expected"),
    [
        ("week", "Asia/Shanghai", "2026-11-22T22:59:00+00:00", "2026-11-22T23:00:00+00:00"),  # Monday 07:00 there
        ("week", "Asia/Shanghai", "2026-11-22T23:00:00+00:00", "2026-11-29T23:00:00+00:00"),
        ("week", "Asia/Kolkata", "2026-11-18T00:00:00+00:00", "2026-11-23T01:30:00+00:00"),
        ("month", "Europe/Berlin", "2026-10-15T00:00:00+00:00", "2026-11-01T06:00:00+00:00"),
        ("day", "Europe/Berlin", "2026-10-24T05:00:00+00:00", "2026-10-25T06:00:00+00:00"),  # an hour later than 24 h
    ],
)
def test_briefs_are_mailed_by_the_readers_own_clock(length, zone, after, expected):
    found = next_mail(length, 420, ZoneInfo(zone), after=datetime.fromisoformat(after))
    assert found == datetime.fromisoformat(expected)
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("length", "by", "expected"),
    [
        ("week", "2026-11-22T22:59:00+00:00", date(2026, 11, 16)),  # Monday 06:59 in Shanghai
        ("week", "2026-11-22T23:00:00+00:00", date(2026, 11, 23)),
        ("day", "2026-11-22T20:00:00+00:00", date(2026, 11, 22)),
        ("month", "2026-10-31T20:00:00+00:00", date(2026, 10, 1)),
    ],
)
def test_a_brief_that_was_missed_is_of_the_days_before_it_was_due(length, by, expected):
    found = last_mail(length, 420, ZoneInfo("Asia/Shanghai"), by=datetime.fromisoformat(by))
    assert found == expected


def test_days_are_chosen_by_both_ends_by_a_day_in_them_or_as_the_last_that_are_over():
    today = date(2026, 11, 22)
    assert chosen_days(None, None, None, today=today) == Days(date(2026, 11, 9), date(2026, 11, 15))
    assert chosen_days(None, None, "month", today=today) == Days(date(2026, 10, 1), date(2026, 10, 31))
    assert chosen_days(date(2026, 11, 4), None, "week", today=today) == Days(date(2026, 11, 2), date(2026, 11, 8))
    assert chosen_days(date(2026, 11, 4), today, None, today=today) == Days(date(2026, 11, 4), today)
    for first, last, length, reason in (
        (None, today, None, "brief_from_missing"),
        (today, today, "week", "brief_period_and_to"),
        (date(1900, 1, 1), None, None, "time_out_of_range"),
    ):
        with pytest.raises(InvalidInput) as refused:
            chosen_days(first, last, length, today=today)
        assert refused.value.reason.key == reason


def test_a_strangers_machine_counts_only_among_five():
    assert others_told([1, 2, 3, 4, 5], {1}) == [1]
    assert others_told([1, 2, 3, 4, 5, 6], {1}) == [1, 2, 3, 4, 5, 6]
    assert others_told([], {1}) == []
