"""`python -m bench.live`: how many subscribers of the live stream one API process serves, and how late.

5,000 streams on one process, 200 committed events a second of which each stream's filter takes a hundredth; the streams
are held by another process on the same two cores. Every stream must get exactly its events, each once; the time is from
the commit in the database to the arrival at the client. Before that the same with one stream and one event a second.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

import httpx
import numpy as np
from rich.console import Console

from app.embedded import EmbeddedServers
from bench import usage
from bench.api_report import LIVE_MS
from bench.live_world import EXPERTS, PASSWORD, Events, Group, build, commit_times
from bench.stand import CHECKOUT, POSTGRES_CONFIG, free_port, temporary_data_dir
from storage.migrate import migrate

SETTLE_S = 3.0
READY_WITHIN_S = 60.0


@dataclass(frozen=True)
class Load:
    """One run: how many streams, events a second, for how long."""

    subscribers: int
    rate: float
    seconds: float
    with_states: float


class Api:
    """One API process on a free port."""

    def __init__(self, servers: EmbeddedServers, directory: Path) -> None:
        self.port = free_port()
        self._log = (directory / "api.log").open("wb")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ECC_")} | {
            "ECC_DATABASE_URL": servers.database_url("ecc_api"),
            "ECC_MQTT_URL": servers.mqtt_url,
            "ECC_DATA_DIR": str(directory),
            "ECC_HTTP_PORT": str(self.port),
            "ECC_SESSION_SECRET": "b" * 40,
            "ECC_LIVE_STREAMS_PER_CALLER": "0",  # ten experts hold thousands of them
            "ECC_LIVE_STREAMS_PER_ORGANISATION": "0",
        }
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "api"], cwd=CHECKOUT, env=environment, stdout=self._log, stderr=self._log
        )
        self.pid = self._popen.pid
        deadline = time.monotonic() + READY_WITHIN_S
        while not self._is_ready():
            if time.monotonic() > deadline or self._popen.poll() is not None:
                raise RuntimeError(f"the API does not start; see {self._log.name}")
            time.sleep(0.1)

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/readyz", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def tokens(self, logins: list[str]) -> dict[str, str]:
        """A token of each."""
        with httpx.Client(base_url=f"http://127.0.0.1:{self.port}/api/v1", timeout=30) as client:
            answers = {
                login: client.post("/auth/login", json={"login": login, "password": PASSWORD}) for login in logins
            }
        return {login: answer.raise_for_status().json()["token"] for login, answer in answers.items()}

    def stop(self) -> None:
        """SIGTERM."""
        self._popen.send_signal(signal.SIGTERM)
        self._popen.wait(20)
        self._log.close()


def requests_for(groups: list[Group], load: Load, tokens: dict[str, str]) -> tuple[list[str], list[int]]:
    """The request of each stream, and the number of the group that its filter takes."""
    chance = random.Random(2)
    requests, wanted = [], []
    for number in range(load.subscribers):
        at = number % len(groups)
        group, expert = groups[at], f"expert{chance.randrange(EXPERTS)}"
        forms: list[tuple[str, dict[str, Any]]] = [
            (group.login or expert, {} if group.login else {"site": group.site}),
            (expert, {"site": group.site, "kinds": "alarm.*", "severity": ["critical", "high"]}),
            (expert, {"site": group.site}),
            (expert, {"organisation": group.organisation, "kinds": ["alarm.revised", "alarm.raised"]}),
            (expert, {"machine_kind": group.kind}),
            (expert, {"model": group.model}),
            (expert, {"machine": group.machines}),
        ]
        login, parameters = forms[number // len(groups) % len(forms)]
        states = chance.random() < load.with_states
        query = urlencode({**parameters, "states": str(states).lower()}, doseq=True)
        requests.append(
            f"GET /api/v1/live?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {tokens[login]}\r\n\r\n"
        )
        wanted.append(at)
    return requests, wanted


def run(servers: EmbeddedServers, groups: list[Group], load: Load) -> dict[str, float]:
    """Hold the streams open, commit events, compare. Raises RuntimeError when a stream missed or doubled one."""
    with tempfile.TemporaryDirectory() as scratch:
        api = Api(servers, Path(scratch))
        try:
            return _measured(servers, groups, load, api, Path(scratch) / "heard")
        finally:
            api.stop()


def _measured(servers: EmbeddedServers, groups: list[Group], load: Load, api: Api, out: Path) -> dict[str, float]:
    logins = [*(group.login for group in groups if group.login), *(f"expert{number}" for number in range(EXPERTS))]
    requests, wanted = requests_for(groups, load, api.tokens(logins))
    empty_bytes, opening = usage.memory_bytes(api.pid), time.monotonic()
    with Listeners(api.port, requests, out) as listeners:
        opened_s = time.monotonic() - opening
        time.sleep(SETTLE_S)
        held_bytes = usage.memory_bytes(api.pid)
        events = Events(servers.database_url(), groups, rate=load.rate, seconds=load.seconds)
        pids = {"api": api.pid, "client": listeners.pid, "postgres": servers.postgres.pid or 0}
        before, began = {name: usage.cpu_seconds(pid) for name, pid in pids.items()}, time.monotonic()
        events.start()
        events.join()
        lasted_s = time.monotonic() - began
        cpu = {name: (usage.cpu_seconds(pid) - before[name]) / lasted_s for name, pid in pids.items()}
        time.sleep(SETTLE_S)
        listeners.stop()
    late = _late(servers, events, wanted, out)
    return {
        "subscribers": load.subscribers,
        "events_per_s": len(events.written) / lasted_s,
        "deliveries_per_s": len(late) / lasted_s,
        **{f"p{q}_ms": float(np.percentile(late, q)) * 1e3 for q in (50, 95, 99)},
        "max_ms": max(late) * 1e3,
        **{f"cpu_{name}": share for name, share in cpu.items()},
        "opened_per_s": load.subscribers / opened_s,
        "kib_per_subscriber": (held_bytes - empty_bytes) / 1024 / load.subscribers,
    }


class Listeners:
    """The process that holds the streams; entering it waits until all are open."""

    def __init__(self, port: int, requests: list[str], out: Path) -> None:
        self._order = {"host": "127.0.0.1", "port": port, "requests": requests, "out": str(out)}
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "bench.live_client"],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pid = self._popen.pid

    def __enter__(self) -> Self:
        if self._said(json.dumps(self._order)) != "ready":
            self._popen.wait()
            raise RuntimeError("the streams could not be opened; the reason is above")
        return self

    def __exit__(self, *_: object) -> None:
        with self._popen:  # closes the pipes, which ends it, and waits
            pass

    def stop(self) -> None:
        """Have what was heard written down. Raises RuntimeError when the server closed a stream."""
        lost = json.loads(self._said("stop"))["lost"]
        if lost:
            raise RuntimeError(f"{lost} streams were closed meanwhile")

    def _said(self, line: str) -> str:
        """What it answers to a line."""
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        self._popen.stdin.write(line + "\n")
        self._popen.stdin.flush()
        return self._popen.stdout.readline().strip()


def _late(servers: EmbeddedServers, events: Events, wanted: list[int], out: Path) -> list[float]:
    """Seconds from commit to arrival of every delivery."""
    committed = commit_times(servers.database_url(), sorted({xact for xact, _ in events.written.values()}))
    heard: Counter[tuple[int, str]] = Counter()
    late = []
    for line in out.read_text().splitlines():
        number, place, at = line.split()
        known = events.written.get(place)
        if known is None:
            continue  # a greeting, or a place to resume from
        heard[int(number), place] += 1
        late.append(float(at) - committed[known[0]])
        if wanted[int(number)] != known[1]:
            raise RuntimeError(f"stream {number} was told of {place}, which is not its")
    expected = Counter(group for _, group in events.written.values())
    due = sum(expected[group] for group in wanted)
    if len(heard) != due or max(heard.values()) > 1:
        raise RuntimeError(f"{due} deliveries were due, {len(heard)} came, one {max(heard.values())} times")
    return late


@dataclass(frozen=True)
class Size:
    """Streams, events a second and for how long; machines in groups, of which each stream's filter takes one."""

    subscribers: int = 5_000
    rate: float = 200.0
    seconds: float = 30.0
    idle_seconds: float = 10.0
    machines: int = 5_000
    groups: int = 100
    with_states: float = 0.2


QUICK = Size(subscribers=200, rate=20.0, seconds=5.0, idle_seconds=3.0, machines=200, groups=20)


def measure(size: Size) -> dict[str, float]:
    """Servers of its own, one stream and one event a second, then the whole; what was found, by name."""
    with (
        temporary_data_dir() as directory,
        EmbeddedServers(Path(directory) / "data", postgres_config=POSTGRES_CONFIG) as servers,
    ):
        migrate(servers.database_url())
        groups = build(servers.database_url(), groups=size.groups, machines=size.machines)
        idle = run(servers, groups, Load(1, 1.0, size.idle_seconds, 0.0))
        full = run(servers, groups, Load(size.subscribers, size.rate, size.seconds, size.with_states))
    compared = {"idle_p95_ms": idle["p95_ms"], "p95_vs_idle": full["p95_ms"] / idle["p95_ms"]}
    return full | compared | {"load_average": os.getloadavg()[0]}


def show(found: Mapping[str, float], console: Console) -> None:
    """Print the numbers."""
    for name, value in found.items():
        console.print(f"{name:20} {value:12,.1f}" if abs(value) >= 10 else f"{name:20} {value:12.3f}")


def options(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.live", description=__doc__)
    parser.add_argument("--subscribers", type=int, default=Size.subscribers)
    parser.add_argument("--rate", type=float, default=Size.rate, help="events a second")
    parser.add_argument("--seconds", type=float, default=Size.seconds)
    parser.add_argument("--machines", type=int, default=Size.machines)
    parser.add_argument("--groups", type=int, default=Size.groups, help="one is what a stream's filter takes")
    parser.add_argument(
        "--with-states", type=float, default=Size.with_states, help="share of streams that also follow values"
    )
    parser.add_argument("--results", type=Path, help="write the numbers there as JSON")
    parser.add_argument("--check", action="store_true", help=f"exit 1 when p95 is above {LIVE_MS / 1e3:.0f} s")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Run the bench; 1 when --check is given and the aim is missed."""
    chosen = options(arguments)
    usage.pin_to_two_cores()
    found = measure(Size(**{name: value for name, value in vars(chosen).items() if name in Size.__dataclass_fields__}))
    show(found, Console(soft_wrap=True, width=None if sys.stdout.isatty() else 120))
    if chosen.results is not None:
        chosen.results.write_text(json.dumps(found, indent=1) + "\n")
    return 1 if chosen.check and found["p95_ms"] > LIVE_MS else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
