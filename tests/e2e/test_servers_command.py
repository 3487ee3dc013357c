"""`ecc servers`: the embedded servers alone, for programs of one's own."""

import json
import os
import signal
import subprocess
from pathlib import Path

import psycopg
import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_addresses_of_broker_and_database_for_each_role_are_printed_and_work(
    number: signal.Signals, server_dir: Path
) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ECC_")}
    with subprocess.Popen(
        ["./ecc", "servers"],
        cwd=CHECKOUT,
        env=environment | {"ECC_DATA_DIR": str(server_dir / "mine")},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            addresses = json.loads(process.stdout.readline())
            assert set(addresses) == {"data_dir", "mqtt_url", "database_urls"}
            assert addresses["data_dir"] == str(server_dir / "mine")
            assert addresses["mqtt_url"].startswith("mqtt://127.0.0.1:")
            for role in ("ecc_owner", "ecc_gateway", "ecc_api", "ecc_sender", "ecc_housekeeping"):
                with psycopg.connect(addresses["database_urls"][role]) as conn:
                    assert conn.execute("SELECT current_user").fetchone() == (role,)
        finally:
            process.send_signal(number)
        assert process.wait(20) == 0
