"""The same readings as JSON, Arrow and CSV; raw exports; spikes; and what a share of one class shows."""

import csv
import io
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from api.media import Media
from tests.api.test_readings import roll_up

pytestmark = pytest.mark.asyncio(loop_scope="module")

BEGIN = datetime(2026, 4, 1, 8, 0, tzinfo=UTC)
KEYS = ["engine_speed_rpm", "engine_hours_h", "latitude_deg"]
SPIKE = 7777.0


@pytest.fixture(scope="module")
def rows(world):
    """Seven hours, a row every two seconds, one spike of one reading."""
    world.machine("shaped", owner="north")
    made = [
        (
            BEGIN + timedelta(seconds=2 * i),
            {
                "engine_speed_rpm": SPIKE if i == 5000 else float(np.float32(900.1 + i % 50)),
                "engine_hours_h": 100 + i / 1800,
                "latitude_deg": 31.0 + i * 1e-6 if i % 3 else None,
            },
        )
        for i in range(7 * 1800)
    ]
    world.readings("shaped", made)
    roll_up(world, "shaped")
    return made


async def get(clients, *, who="owner", machine="shaped", accept=None, expect=200, **parameters):
    query = {
        "from": BEGIN.isoformat().replace("+00:00", "Z"),
        "to": (BEGIN + timedelta(hours=7)).isoformat().replace("+00:00", "Z"),
        "signals": ",".join(KEYS),
    } | {name.rstrip("_"): value for name, value in parameters.items()}
    headers = {"accept": accept} if accept else {}
    async with clients.of(who, **headers) as http:
        answer = await http.get(f"/api/v1/machines/pin:PIN-{machine}/readings", params=query)
    assert answer.status_code == expect, answer.text
    return answer


def table_of(answer):
    assert answer.headers["content-type"] == Media.ARROW
    return pa.ipc.open_stream(answer.content).read_all()


def assert_same(arrow, plain):
    """The same values to the precision of float4, None in the same places."""
    np.testing.assert_allclose(np.array(arrow, np.float64), np.array(plain, np.float64), rtol=1e-6, equal_nan=True)


def lines_of(answer):
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text.count("\r\n") == answer.text.count("\n")
    return list(csv.reader(io.StringIO(answer.text, newline="")))


@pytest.mark.parametrize("max_points", [100, 1000, 20_000])
async def test_the_three_forms_say_the_same(clients, rows, max_points):
    plain = (await get(clients, max_points=max_points)).json()
    table = table_of(await get(clients, max_points=max_points, accept=Media.ARROW))
    head, *lines = lines_of(await get(clients, max_points=max_points, format="csv"))
    assert table.num_rows == len(lines) == len(plain["at"])
    assert head[0] == table.column_names[0] == "bucket_at"
    stamps = [datetime.fromisoformat(at) for at in plain["at"]]
    assert table["bucket_at"].to_pylist() == stamps == [datetime.fromisoformat(line[0]) for line in lines]
    for number, name in enumerate(table.column_names[1:], 1):
        key, _, part = name.rpartition("_")
        shown = plain["signals"][key][part]
        unit = plain["signals"][key]["unit"]
        assert head[number] == f"{name} [{unit}]"
        assert table.schema.field(name).metadata == {b"unit": unit.encode()}
        assert [None if line[number] == "" else float(line[number]) for line in lines] == shown
        assert_same(table[name].to_pylist(), shown)
    assert table.schema.metadata[b"ecc.resolution"].decode() == plain["resolution"]


@pytest.mark.parametrize(
    ("hours", "max_points", "resolution"),
    [(7, 20_000, "1m"), (7, 100, "1m"), (7, 28, "15m"), (7, 8, "1h"), (4, 20_000, "raw"), (4, 900, "raw")],
)
async def test_one_spike_is_seen_at_every_resolution(clients, rows, hours, max_points, resolution):
    to = (BEGIN + timedelta(hours=hours)).isoformat().replace("+00:00", "Z")
    answer = (await get(clients, max_points=max_points, to=to, signals="engine_speed_rpm")).json()
    assert answer["resolution"] == resolution
    series = answer["signals"]["engine_speed_rpm"]
    assert max(v for v in series["max"] or series["mean"] if v is not None) == SPIKE


async def test_raw_json_goes_on_where_it_ended(clients, rows):
    found, begin = [], BEGIN.isoformat().replace("+00:00", "Z")
    while begin is not None:
        page = (await get(clients, resolution="raw", max_points=5000, from_=begin)).json()
        assert len(page["at"]) <= 5000
        found += page["at"]
        begin = page["next_from"]
    assert [datetime.fromisoformat(at) for at in found] == [at for at, _ in rows]


@pytest.mark.parametrize("form", ["arrow", "csv"])
async def test_a_raw_export_is_whole_or_says_where_it_was_cut(clients, rows, form):
    async def export(**more):
        answer = await get(clients, resolution="raw", format=form, **more)
        if form == "arrow":
            table = table_of(answer)
            return answer, table["measured_at"].to_pylist(), table["engine_speed_rpm"].to_pylist()
        _, *lines = lines_of(answer)
        return answer, [datetime.fromisoformat(line[0]) for line in lines], [float(line[1]) for line in lines]

    whole, at, speed = await export()
    assert "ecc-next-from" not in whole.headers
    assert at == [when for when, _ in rows]
    assert np.array_equal(np.float32(speed), np.float32([values["engine_speed_rpm"] for _, values in rows]))
    cut, first, _ = await export(max_points=10_001)
    assert len(first) == 10_001
    _, rest, _ = await export(from_=cut.headers["ecc-next-from"])
    assert first + rest == at


async def test_a_stream_without_its_end_is_seen_to_be_cut(clients, rows):
    answer = await get(clients, resolution="raw", format="arrow")
    assert answer.content.endswith(b"\xff\xff\xff\xff\x00\x00\x00\x00"), "the end-of-stream marker"


async def test_an_export_of_nothing_is_an_empty_table(clients, rows):
    answer = await get(
        clients, resolution="raw", format="arrow", to="2026-04-01T08:00:00.000001Z", from_="2026-03-01T00:00:00Z"
    )
    assert table_of(answer).num_rows == 1
    nothing = await get(
        clients, resolution="raw", format="csv", from_="2026-03-01T00:00:00Z", to="2026-03-02T00:00:00Z"
    )
    assert len(lines_of(nothing)) == 1


async def test_each_class_has_its_own_periods(world, clients, rows):
    half = BEGIN + timedelta(hours=2)
    world.conn.execute(
        "INSERT INTO sharing (machine_id, organisation_id, data_class, from_at, to_at) VALUES "
        "(%(m)s, %(o)s, 'hours', '-infinity', 'infinity'), (%(m)s, %(o)s, 'readings', %(half)s, 'infinity')",
        {"m": world.machines["shaped"], "o": world.organisations["south"], "half": half},
    )
    page = (await get(clients, who="stranger", resolution="raw", max_points=20_000)).json()
    at = [datetime.fromisoformat(when) for when in page["at"]]
    speed, hours = (page["signals"][key]["mean"] for key in KEYS[:2])
    assert at == [when for when, _ in rows], "the hours are seen from the beginning"
    assert all(value is not None for value in hours)
    assert all((value is not None) == (when >= half) for when, value in zip(at, speed, strict=True))
    exported = table_of(await get(clients, who="stranger", resolution="raw", format="arrow"))
    assert_same(exported["engine_speed_rpm"].to_pylist(), speed)
    buckets = (await get(clients, who="stranger", max_points=100)).json()
    assert buckets["signals"]["engine_hours_h"]["mean"][0] is not None
    assert buckets["signals"]["engine_speed_rpm"]["mean"][0] is None


async def test_a_class_that_is_not_shared_is_withheld_in_every_form(world, clients, rows):
    world.machine("counted", owner="north")
    world.share("counted", "south", data_class="hours")
    world.readings("counted", rows[:10])
    plain = (await get(clients, who="stranger", machine="counted")).json()
    assert (list(plain["signals"]), plain["withheld"]) == (["engine_hours_h"], ["engine_speed_rpm", "latitude_deg"])
    for more in ({}, {"resolution": "raw"}):
        answer = await get(clients, who="stranger", machine="counted", format="csv", **more)
        assert answer.headers["ecc-withheld"] == "engine_speed_rpm,latitude_deg"
        assert len(lines_of(answer)[0]) in {2, 3}
        assert "speed" not in answer.text


@pytest.mark.parametrize(
    ("more", "status"),
    [
        pytest.param({"accept": "image/png"}, 406, id="a form that there is not"),
        pytest.param({"format": "xlsx"}, 422, id="no such format"),
        pytest.param({"max_points": 20_001}, 422, id="too many points for buckets"),
        pytest.param({"resolution": "raw", "max_points": 20_001}, 422, id="too many points for JSON"),
        pytest.param({"resolution": "raw", "format": "csv", "max_points": 1_000_001}, 422, id="too long an export"),
    ],
)
async def test_what_is_not_given_is_a_clear_problem(clients, rows, more, status):
    answer = await get(clients, expect=status, **more)
    assert answer.headers["content-type"].startswith("application/problem+json")
