"""`ecc dashboards push` against an HTTP server on loopback that keeps what it is sent, and answers as Grafana does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli.dashboards import app
from dashboards.grafana.boards import BOARDS, boards_called
from dashboards.grafana.build import Made
from dashboards.grafana.push import Database, GrafanaRefused, datasource, push
from fleet.errors import NotFound

TOKEN = "glsa_of_a_test"
DATABASE = Database(host="db:5432", name="ecc", password="s3cret")


class GrafanaServer(ThreadingHTTPServer):
    """Folders, data sources and boards by uid, in memory; `refuse`: a path's beginning -> status and words."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, str, Any]] = []
        self.kept: dict[str, Any] = {}
        self.refuse: dict[str, tuple[int, str]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, method: str, path: str, body: Any, authorization: str) -> tuple[int, Any]:
        if authorization != f"Bearer {TOKEN}":
            return 401, {"message": "Invalid API key"}
        self.asked.append((method, path, body))
        for beginning, (status, message) in self.refuse.items():
            if path.startswith(beginning) and method != "GET":
                return status, {"message": message}
        if method == "GET":
            return (200, self.kept[path]) if path in self.kept else (404, {"message": "not found"})
        if path == "/api/dashboards/db":
            uid = body["dashboard"]["uid"]
            self.kept[f"/api/dashboards/uid/{uid}"] = body
            return 200, {"uid": uid, "url": f"/d/{uid}/board", "status": "success"}
        place = {"/api/folders": "/api/folders/", "/api/datasources": "/api/datasources/uid/"}.get(path)
        self.kept[path if place is None else place + body["uid"]] = body
        return 200, body


class _Handler(BaseHTTPRequestHandler):
    server: GrafanaServer

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        status, said = self.server.answer(self.command, self.path, body, self.headers.get("Authorization", ""))
        data = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = _answer  # noqa: N815 - the names that the server calls

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def grafana() -> Iterator[GrafanaServer]:
    server = GrafanaServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join(5)
    server.server_close()


def test_folder_data_source_and_five_boards_are_put_there(grafana):
    addresses = push(grafana.url, TOKEN, Made(console="https://ecc.example.com/"), database=DATABASE)
    assert addresses == [f"/d/{board.uid}/board" for board in BOARDS]
    assert grafana.kept["/api/folders/ecc"] == {"title": "ECC Telematics", "uid": "ecc"}
    source = grafana.kept["/api/datasources/uid/ecc-timescale"]
    assert source == datasource(DATABASE)
    assert (source["user"], source["jsonData"]["timescaledb"]) == ("ecc_grafana", True)
    for board in BOARDS:
        sent = grafana.kept[f"/api/dashboards/uid/{board.uid}"]
        assert (sent["folderUid"], sent["overwrite"]) == ("ecc", True)
        (console,) = [one for one in sent["dashboard"]["templating"]["list"] if one["name"] == "console"]
        assert console["query"] == "https://ecc.example.com"
        assert all(panel["datasource"]["uid"] == source["uid"] for panel in sent["dashboard"]["panels"])


def test_doing_it_again_replaces_what_is_there_and_boards_only_leaves_the_data_source(grafana):
    push(grafana.url, TOKEN, Made(), database=DATABASE)
    grafana.asked.clear()
    push(grafana.url, TOKEN, Made(language="zh"), database=DATABASE)
    written = [(method, path) for method, path, _ in grafana.asked if method != "GET"]
    assert written[:2] == [("PUT", "/api/folders/ecc"), ("PUT", "/api/datasources/uid/ecc-timescale")]
    assert grafana.kept["/api/dashboards/uid/ecc-overview"]["dashboard"]["title"] == "ECC 总览"
    grafana.asked.clear()
    push(grafana.url, TOKEN, Made(), database=None)
    assert not [path for _, path, _ in grafana.asked if "datasources" in path]


def said(url: str, token: str = TOKEN) -> str:
    with pytest.raises(GrafanaRefused) as refused:
        push(url, token, Made(), database=DATABASE)
    text = str(refused.value)
    assert refused.value.in_language("zh") != text
    assert "s3cret" not in text
    return text


def test_what_goes_wrong_is_told_in_words(grafana):
    assert "does not know this token (401)" in said(grafana.url, "wrong")
    assert grafana.kept == {}
    grafana.refuse = {"/api/folders": (403, "Permissions needed: folders:create")}
    assert "403: Client Error 403: Permissions needed: folders:create" in said(grafana.url)
    grafana.refuse = {"/api/dashboards": (412, "The dashboard has been changed by someone else")}
    assert "changed by someone else" in said(grafana.url)
    grafana.refuse = {"/api/datasources": (500, "out of order")}
    assert "out of order" in said(grafana.url)
    assert "is no address of a Grafana" in said("grafana:3000")


def test_a_grafana_that_does_not_answer_is_named_without_its_password():
    text = said("http://admin:hunter2@127.0.0.1:9")
    assert "No Grafana answers at http://127.0.0.1:9" in text
    assert "hunter2" not in text


def test_the_command_prints_where_the_boards_are(grafana, monkeypatch):
    monkeypatch.setenv("GRAFANA_TOKEN", TOKEN)  # as a person gives it
    ran = CliRunner().invoke(app, ["push", "--grafana", grafana.url, "--boards-only", "--language", "en"])
    assert ran.exit_code == 0, ran.output
    assert ran.stdout.splitlines() == [f"{grafana.url}/d/{board.uid}/board" for board in BOARDS]


def test_boards_are_shown_as_files_for_provisioning(tmp_path):
    ran = CliRunner().invoke(app, ["show", "--out", str(tmp_path), "--console", "https://c", "--language", "zh"])
    assert ran.exit_code == 0, ran.output
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"{board.uid}.json" for board in BOARDS)
    assert json.loads((tmp_path / "ecc-quality.json").read_text())["title"] == "报警与数据质量"
    one = CliRunner().invoke(app, ["show", "overview", "--language", "en"])
    assert json.loads(one.stdout)["uid"] == "ecc-overview"
    with pytest.raises(NotFound, match="There is no board 'overwiew'"):
        boards_called("overwiew")


@pytest.mark.parametrize(
    ("url", "host", "found", "sslmode"),
    [
        ("postgresql://ecc_grafana:p%40ss@db.example.com/ecc", None, "db.example.com:5432", "require"),
        ("postgresql://ecc_grafana:p%40ss@127.0.0.1:6001/ecc", None, "127.0.0.1:6001", "disable"),
        ("postgresql://ecc_grafana:p%40ss@127.0.0.1:6001/ecc", "timescale:5432", "timescale:5432", "require"),
    ],
)
def test_the_data_source_is_found_as_grafana_reaches_it(url, host, found, sslmode):
    database = Database.at(url, host=host)
    assert (database.host, database.name, database.password, database.sslmode) == (found, "ecc", "p@ss", sslmode)
