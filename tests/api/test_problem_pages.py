"""A problem's type leads to a page that says what it means and what to do, and docs/problems.md says the same."""

import re

import pytest

import fleet.errors
from api.problem_pages import TARGET, markdown
from api.problems import TABLE
from fleet.errors import EccError

pytestmark = pytest.mark.asyncio(loop_scope="module")
INSIDE_ONLY = {"error", "fenced_off", "catalogue_error"}  # never leave through the API


async def test_the_document_is_up_to_date():
    assert TARGET.read_text(encoding="utf-8") == markdown(), "run: python -m api.problem_pages"


@pytest.mark.parametrize("code", sorted(TABLE))
async def test_every_row_has_words_and_a_remedy_in_both_languages(code):
    row = TABLE[code]
    assert all((row.title, row.title_zh, row.en, row.zh, row.do_en, row.do_zh))
    for text in (row.title_zh, row.zh, row.do_zh):
        assert re.search("[一-鿿]", text), text


async def test_every_error_of_the_domain_has_a_row():
    known = {
        error.code for error in vars(fleet.errors).values() if isinstance(error, type) and issubclass(error, EccError)
    }
    assert known - INSIDE_ONLY <= set(TABLE)


async def test_the_type_of_a_problem_can_be_opened_in_either_language(clients):
    async with clients.anybody() as http:
        problem = (await http.get("/api/v1/machines")).json()
        assert problem["type"] == "/problems/not_authenticated"
        english = await http.get(problem["type"])
        chinese = await http.get(problem["type"], headers={"accept-language": "zh"})
        index = await http.get("/problems")
        unknown = await http.get("/problems/%3Cscript%3E")
    row = TABLE["not_authenticated"]
    assert english.headers["content-type"] == "text/html; charset=utf-8"
    assert row.en in english.text
    assert "<code>/api/v1/auth/login</code>" in english.text
    assert 'lang="zh"' in chinese.text
    assert row.zh in chinese.text
    assert all(f'href="/problems/{code}"' in index.text for code in TABLE)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    assert "<script>" not in unknown.text


async def test_a_problem_tells_its_particulars_in_either_language(clients):
    async with clients.of("owner", **{"accept-language": "zh"}) as http:
        problem = (await http.get("/api/v1/machines?signals=no_such_signal")).json()
    assert problem["title"] == "输入无效"
    assert problem["detail"] == "没有这样的信号：no_such_signal。"
    assert problem["errors"] == [{"where": "signals", "code": "signals_unknown", "message": problem["detail"]}]


async def test_the_reasons_can_be_read_in_either_language(clients):
    async with clients.anybody() as http:
        english = (await http.get("/problems/reasons")).text
        chinese = (await http.get("/problems/reasons", headers={"accept-language": "zh"})).text
        index = (await http.get("/problems")).text
    assert "<dt><code>signals_unknown</code></dt><dd>No such signal: {keys}.</dd>" in english
    assert "<dt><code>signals_unknown</code></dt><dd>没有这样的信号：{keys}。</dd>" in chinese
    assert "{found} is no IANA time zone" in english
    assert 'href="/problems/reasons"' in index
