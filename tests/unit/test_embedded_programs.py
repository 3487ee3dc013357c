"""Which server programs are used, where they are fetched from, and what is said when they cannot be had."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.embedded import FetchError, apt, fetch, made
from app.embedded.child import free_port
from app.embedded.places import Account, may_enter, server_account
from app.embedded.programs import installed_mosquitto, installed_postgres
from app.embedded.roles import ROLES, passwords, role_statements

ACCOUNT = Account(name="me", uid=os.geteuid(), gid=os.getegid())


def install_postgres(root: Path, major: str, *, timescale: bool) -> None:
    folder = root / "lib/postgresql" / major / "bin"
    folder.mkdir(parents=True)
    (folder / "initdb").touch()
    extension = root / "share/postgresql" / major / "extension"
    extension.mkdir(parents=True)
    if timescale:
        (extension / "timescaledb.control").touch()


def test_the_newest_installed_postgres_with_timescale_is_taken(tmp_path: Path) -> None:
    install_postgres(tmp_path, "14", timescale=True)
    install_postgres(tmp_path, "15", timescale=True)
    install_postgres(tmp_path, "16", timescale=True)
    install_postgres(tmp_path, "17", timescale=False)
    assert installed_postgres(ACCOUNT, tmp_path) == tmp_path / "lib/postgresql/16/bin"


def test_a_postgres_without_timescale_or_too_old_does_not_fit(tmp_path: Path) -> None:
    install_postgres(tmp_path, "14", timescale=True)
    install_postgres(tmp_path, "17", timescale=False)
    assert installed_postgres(ACCOUNT, tmp_path) is None


@pytest.mark.parametrize(("version", "fits"), [("1.6.9", False), ("2.0.11", True), ("2.1.2", True)])
def test_mosquitto_fits_from_2_0(tmp_path: Path, version: str, fits: bool) -> None:
    program = tmp_path / "sbin/mosquitto"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho 'mosquitto version {version}'\n")
    program.chmod(0o755)
    assert (installed_mosquitto(ACCOUNT, tmp_path) == program) is fits


def test_without_apt_the_error_names_the_way_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FetchError, match=r"no apt-get.*ECC_DATABASE_URL.*ECC_MQTT_URL"):
        fetch.ensure(tmp_path / "cache", print)


def test_what_a_killed_fetch_left_behind_goes_at_the_next_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(made, "LEDGER", tmp_path / ".stamps/made")
    left = tmp_path / "cache/apt-killed/debs/half.deb"
    left.parent.mkdir(parents=True)
    left.touch()
    program = tmp_path / "apt-get"
    program.write_text(
        "#!/bin/sh\n[ $1 = indextargets ] && exec echo 'http://mirror.example/debian/|main|'\nexit 100\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(FetchError, match="package list could not be fetched"):
        fetch.ensure(tmp_path / "cache", print)
    assert list((tmp_path / "cache").glob("apt-*")) == []


def test_a_host_without_a_debian_mirror_is_told_the_way_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "apt-get"
    program.write_text("#!/bin/sh\necho 'http://mirror.example/ubuntu/|main|'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FetchError, match=r"not configured for a Debian mirror.*ECC_DATABASE_URL"):
        apt.host_mirror()


def test_a_failing_mirror_is_reported_with_apts_own_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "apt-get"
    program.write_text("#!/bin/sh\necho 'E: could not resolve the mirror' >&2\nexit 100\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    private = apt.Apt(tmp_path / "scratch", apt.Mirror("http://mirror.example/debian", Path("/k.gpg")), "trixie")
    with pytest.raises(FetchError, match="could not resolve the mirror"):
        private.update()


def test_a_directory_closed_to_the_account_cannot_be_entered(tmp_path: Path) -> None:
    stranger = Account(name="stranger", uid=54321, gid=54321)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    assert not may_enter(closed / "data", stranger)
    assert may_enter(closed / "data", ACCOUNT)


def test_root_hands_the_servers_to_an_unprivileged_account() -> None:
    assert server_account().uid != 0


def test_passwords_are_made_once_and_private(tmp_path: Path) -> None:
    first = passwords(tmp_path)
    assert set(first) == set(ROLES)
    assert len(set(first.values())) == len(ROLES)
    assert passwords(tmp_path) == first
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_only_the_superuser_is_one() -> None:
    statements = role_statements(dict.fromkeys(ROLES, "x"))
    assert [line.split()[2] for line in statements if "SUPERUSER LOGIN" in line] == ["ecc_superuser"]
    assert all("\n" not in line for line in statements)


def test_ports_lie_below_the_range_for_outgoing_connections() -> None:
    first_outgoing = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert first_outgoing <= 12_000 or free_port(None) < first_outgoing


def test_clean_removes_only_what_this_checkout_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(made, "LEDGER", tmp_path / ".stamps/made")
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for path in (ours, theirs):
        path.mkdir()
        made.remember(path)
    (theirs / made.MARKER).write_text("/another/checkout\n")
    assert made.forget_all() == [ours]
    assert theirs.exists()
    assert made.forget_all() == []
