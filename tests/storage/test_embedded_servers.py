"""The embedded servers: started, killed, restarted, cleaned up."""

from __future__ import annotations

import psycopg

from tests.conftest import Database


def test_each_role_logs_in_to_a_database_of_its_own(empty_database: Database) -> None:
    for role in (
        "ecc_owner",
        "ecc_gateway",
        "ecc_diagnose",
        "ecc_sender",
        "ecc_housekeeping",
        "ecc_api",
        "ecc_grafana",
    ):
        with psycopg.connect(empty_database.url(role)) as connection:
            assert connection.execute("SELECT current_user, current_database()").fetchone() == (
                role,
                empty_database.name,
            )


def test_the_owner_creates_the_timescale_extension(empty_database: Database) -> None:
    with psycopg.connect(empty_database.owner_url) as connection:
        connection.execute("CREATE EXTENSION timescaledb")
