"""The API process: metrics have a door of their own, and what a header says of an address counts from proxies only."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import httpx
import pytest
from pydantic import ValidationError

from api.app import create_app
from app.api import _config
from app.settings import Settings
from bench.stand import free_port
from tests.api.conftest import settings_for
from tests.conftest import CHECKOUT


def answer_of(url: str) -> httpx.Response:
    """Its first answer."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return httpx.get(url)
        except httpx.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_metrics_are_at_their_own_door_only(database, tmp_path):
    port, door = free_port(), free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ECC_")} | {
        "ECC_DATABASE_URL": database.url("ecc_api"),
        "ECC_MQTT_URL": "mqtt://127.0.0.1:1",
        "ECC_DATA_DIR": str(tmp_path),
        "ECC_HTTP_PORT": str(port),
        "ECC_API_METRICS_PORT": str(door),
        "ECC_SESSION_SECRET": "t" * 40,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "api"],
        cwd=CHECKOUT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert answer_of(f"http://127.0.0.1:{port}/metrics").status_code == 404
        metrics = answer_of(f"http://127.0.0.1:{door}/metrics")
        assert (metrics.status_code, "ecc_api_requests_total" in metrics.text) == (200, True)
        assert httpx.get(f"http://127.0.0.1:{door}/api/v1/machines").status_code == 404
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.parametrize(
    ("proxies", "last"),
    [
        pytest.param({}, 429, id="no proxy: one address, whatever it says"),
        pytest.param({"trusted_proxies": "10.9.9.9"}, 429, id="another proxy"),
        pytest.param({"trusted_proxies": "10.9.9.9, 127.0.0.0/8"}, 200, id="the proxy's word is believed"),
    ],
)
async def test_whom_a_request_counts_for(proxies, last):
    application = create_app(settings_for("", anonymous_reads_per_minute=3))
    config = _config(application, Settings(**proxies))
    config.load()
    transport = httpx.ASGITransport(config.loaded_app, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://ecc.test") as http:
        for n in range(5):
            answer = await http.get("/healthz", headers={"x-forwarded-for": f"198.51.100.{n}"})
    assert answer.status_code == last


@pytest.mark.parametrize("said", ["junk {}", "198.51.100.{}.5", "<{}>", "198.51.100.1, bogus {}"])
async def test_what_is_no_address_counts_for_the_proxy_that_passed_it_on(said):
    application = create_app(settings_for("", anonymous_reads_per_minute=3))
    config = _config(application, Settings(trusted_proxies="127.0.0.0/8"))
    config.load()
    transport = httpx.ASGITransport(config.loaded_app, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://ecc.test") as http:
        for n in range(4):
            answer = await http.get("/healthz", headers={"x-forwarded-for": said.format(n)})
        assert answer.status_code == 429, "one of all of them"
        assert (await http.get("/healthz", headers={"x-forwarded-for": "198.51.100.7"})).status_code == 200


@pytest.mark.parametrize("value", ["proxy.example", "10.0.0.0/33", "*", "10.0.0.1,,10.0.0.2"])
def test_proxies_are_addresses_or_networks(value):
    with pytest.raises(ValidationError, match="addresses or networks"):
        Settings(trusted_proxies=value)
