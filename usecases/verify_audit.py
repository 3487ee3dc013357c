"""Verifying the audit: is every row as it was sealed, none missing, none put in between."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from storage.audit_chain import Link, count_loose, count_seals, get_anchor, hash_of, links
from storage.pool import Connection

MOST_FAULTS = 20
TELL_EVERY = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainFault:
    """One place where the chain does not hold."""

    seal_no: int
    audit_id: int | None
    what: str


@dataclass(slots=True, kw_only=True)
class AuditReport:
    """What verifying found. `head`: the newest seal's number and hash in hex; note it elsewhere and compare later."""

    from_seal: int
    rows: int = 0
    head: tuple[int, str] = (0, "")
    waiting: int = 0
    oldest_waiting: datetime | None = None
    faults: list[ChainFault] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """True when the chain holds from its beginning to its head."""
        return not self.faults


def verify_audit(
    conn: Connection, *, noted: tuple[int, str] | None = None, told: Callable[[int, int], None] = lambda done, of: None
) -> AuditReport:
    """Walk the whole chain, at most MOST_FAULTS faults; `told` hears how many rows have been walked, of how many.

    `noted`: a seal's number and hash (hex) that somebody wrote down earlier: the chain must still go through it, or all
    of it was made anew. Recomputing goes on from the stored hash after a fault, so each fault is named once.
    """
    anchor, total = get_anchor(conn), count_seals(conn)
    report = AuditReport(from_seal=anchor.seal_no)
    before, expected = anchor.hash, anchor.seal_no + 1
    met_noted = noted is None or noted[0] <= anchor.seal_no
    for link in links(conn, after=anchor.seal_no):
        if (what := _fault(link, before, expected)) is not None and len(report.faults) < MOST_FAULTS:
            report.faults.append(ChainFault(seal_no=link.seal_no, audit_id=link.audit_id, what=what))
        met_noted = met_noted or (link.seal_no, link.hash.hex()) == noted
        before, expected = link.hash, link.seal_no + 1
        report.rows += 1
        if report.rows % TELL_EVERY == 0:
            told(report.rows, total)
    report.head = (expected - 1, before.hex())
    if not met_noted:
        report.faults.append(ChainFault(seal_no=expected - 1, audit_id=None, what="the noted hash is not in the chain"))
    _add_loose(conn, report)
    return report


def _fault(link: Link, before: bytes, expected: int) -> str | None:
    """What is wrong with a link that should follow the hash `before` as number `expected`; None when nothing is."""
    if link.seal_no != expected:
        return f"seals {expected} to {link.seal_no - 1} are missing"
    if link.text is None:
        return "the row is gone"
    if hash_of(before, link.text) != link.hash:
        return "the row, or the seal before it, is not what was sealed"
    return None


def _add_loose(conn: Connection, report: AuditReport) -> None:
    loose = count_loose(conn)
    report.waiting, report.oldest_waiting = loose.waiting, loose.oldest_waiting
    if loose.slipped_in:
        what = f"{loose.slipped_in} rows were put in behind the sealer"
        report.faults.append(ChainFault(seal_no=report.head[0], audit_id=None, what=what))
