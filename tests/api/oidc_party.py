"""A certified OpenID provider on the loopback, and a person at its login form."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

FOLDER = Path(__file__).parent / "oidc_provider"


class Party:
    """The provider's process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.issuer: str = self._told()["issuer"]

    def configure(self, clients: list[dict[str, Any]], people: dict[str, dict[str, Any]], *, new_keys: bool) -> None:
        """Begin anew with these clients and people."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"clients": clients, "people": people, "new_keys": new_keys}) + "\n")
        self._process.stdin.flush()
        self._told()

    def _told(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


@contextmanager
def running_provider() -> Iterator[Party]:
    """The provider, until the block ends; skips the test when npm is missing."""
    if shutil.which("npm") is None:
        pytest.skip("npm is missing: the OpenID provider cannot be installed")
    if not (FOLDER / "node_modules" / ".package-lock.json").is_file():
        subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=FOLDER, check=True, timeout=300
        )
    with subprocess.Popen(
        ["node", "provider.mjs"],
        cwd=FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        yield Party(process)
        process.communicate(timeout=10)


async def pass_login_form(http: httpx.AsyncClient, url: str, login: str, *, back_to: str) -> str:
    """Sign in at the provider's own pages as a browser does; returns the address that leads back to `back_to`."""
    answer = await http.get(url)
    for _ in range(12):
        if answer.is_redirect:
            url = urljoin(url, answer.headers["location"])
            if url.startswith(back_to):
                return url
            answer = await http.get(url)
            continue
        form = re.search(r'<form[^>]*action="([^"]+)"', answer.text)
        assert form, answer.text
        prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
        assert prompt, answer.text
        url = urljoin(url, form[1])
        fields = {"prompt": prompt[1]} | ({"login": login, "password": "any"} if prompt[1] == "login" else {})
        answer = await http.post(url, data=fields)
    raise AssertionError(f"the provider did not lead back: {url}")
