"""Asking the conformance check about a server, right or spoilt."""

import re
from dataclasses import replace

from tests.aemp.other_server import NAMESPACE, NOW, TOKEN, Call, Reply, Spoil, serving
from usecases.aemp_check.fetch import Credentials, Limits
from usecases.aemp_check.report import Report, Status
from usecases.aemp_check.run import Question, check_server

QUICK = Limits(pause_s=0, answer_s=1.0, answer_bytes=2_000_000, pages=8, wait_s=3)


async def checked(spoil: Spoil | None = None, *, limits: Limits = QUICK, token: str = TOKEN, path: str = "") -> Report:
    async with serving(spoil) as server:
        question = Question(
            url=server.base + path, credentials=Credentials(token=token), pins=(), limits=limits, now=NOW
        )
        return await check_server(question, lambda step, done: None)


def found(report: Report) -> dict[str, Status]:
    return {o.check.key: o.status for o in report.outcomes() if o.status in {Status.WARN, Status.FAIL}}


def links(old: str, new: str) -> Spoil:
    """Spoils links only."""

    def spoil(call: Call, reply: Reply) -> Reply:
        if not re.match(r"/Fleet/\d", call.path):
            return reply
        return replace(reply, body=re.sub(old.encode(), new.encode(), reply.body))

    return spoil


def status(path: str, code: int, **headers: str) -> Spoil:
    def spoil(call: Call, reply: Reply) -> Reply:
        if not re.search(path, call.path):
            return reply
        return Reply(code, {k.replace("_", "-"): v for k, v in headers.items()})

    return spoil


ZERO_PAGE = (
    f'<Fleet version="1" snapshotTime="2026-01-15T12:00:00Z" xmlns="{NAMESPACE}">'
    "<Links><rel>self</rel><href>/Fleet/0</href></Links><Links><rel>next</rel><href>/Fleet/0</href></Links>"
    "<Equipment><EquipmentHeader><OEMName>T</OEMName><Model>M</Model><PIN>OTHER0001</PIN></EquipmentHeader></Equipment>"
    "</Fleet>"
).encode()


def hours_fall(call: Call, reply: Reply) -> Reply:
    if "/CumulativeOperatingHours/" in call.path:
        return replace(reply, body=reply.body.replace(b"<Hour>1050</Hour>", b"<Hour>3</Hour>"))
    return reply
