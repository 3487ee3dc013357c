"""One cause, many fault codes: the active codes of a machine gathered into cases, each with its root.

Pure: codes in, cases out, whatever their order. Cascades are looked for in the order of their file
(diagnosis/knowledge/cascades.toml) and a code belongs to one case only. Where the root's own code is missing, enough
followers at once stand for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from diagnosis.dtc import source_key
from diagnosis.dtc_severity import ORDER
from diagnosis.errors import RuleError
from diagnosis.fault_knowledge import (
    FaultKnowledge,
    Likely,
    Side,
    likely_of,
    packaged_knowledge,
    read_knowledge_file,
)
from diagnosis.rule import Words
from fleet.findings import Severity

_SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveCode:
    """A code that is active now: source address (-1 unknown), since when, the lamps of its DM1 (-1 unknown)."""

    address: int
    spn: int
    fmi: int
    since_us: int
    lamps: int = -1

    @property
    def key(self) -> str:
        """SA/SPN/FMI, the source key of its finding."""
        return source_key(self.address, (self.spn, self.fmi))


@dataclass(frozen=True, slots=True, kw_only=True)
class Inferred:
    """How many followers stand for a root that has no code of its own."""

    least: int
    within_us: int
    same_fmi: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cascade:
    """One cause and the codes it brings along, as knowledge/cascades.toml describes it."""

    key: str
    title: Words
    owner: Words
    expert: Words
    roots: frozenset[int]
    root_fmis: frozenset[int]
    families: frozenset[str]  # of followers; "any": all
    followers: frozenset[int]
    follower_fmis: frozenset[int]
    same_address: bool
    before_us: int
    after_us: int
    inferred: Inferred | None
    likely: Likely  # empty: those of the root's code
    sources: tuple[str, ...]

    def can_root(self, code: ActiveCode) -> bool:
        """Whether a code names the cause."""
        return code.spn in self.roots and code.fmi in self.root_fmis

    def can_follow(self, code: ActiveCode, knowledge: FaultKnowledge) -> bool:
        """Whether a code is of the kind that the cause brings along."""
        if code.fmi not in self.follower_fmis:
            return False
        return code.spn in self.followers or "any" in self.families or knowledge.family(code.spn) in self.families

    def brings(self, root: ActiveCode, code: ActiveCode, knowledge: FaultKnowledge) -> bool:
        """Whether a root explains a code: its kind, controller and time."""
        near = -self.before_us <= code.since_us - root.since_us <= self.after_us
        return near and (not self.same_address or code.address == root.address) and self.can_follow(code, knowledge)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeCase:
    """Codes with one cause. root None: no code of its own, inferred from the followers; cascade None: a single code."""

    cascade: Cascade | None
    root: ActiveCode | None
    followers: tuple[ActiveCode, ...]
    severity: Severity
    side: Side
    likely: Likely

    @property
    def codes(self) -> tuple[ActiveCode, ...]:
        """All its codes, the root first."""
        return self.followers if self.root is None else (self.root, *self.followers)


def gather(
    codes: Sequence[ActiveCode], knowledge: FaultKnowledge | None = None, cascades: Sequence["Cascade"] | None = None
) -> tuple[CodeCase, ...]:
    """The cases of a machine's active codes: each code in exactly one, cases by the time of their first code."""
    known = packaged_knowledge() if knowledge is None else knowledge
    left = sorted(set(codes), key=_in_order)
    cases: list[CodeCase] = []
    for cascade in packaged_cascades() if cascades is None else cascades:
        for case in _cases_of(cascade, left, known):
            cases.append(case)
            taken = set(case.codes)
            left = [code for code in left if code not in taken]
    cases += [_case(None, code, (), known) for code in left]
    return tuple(sorted(cases, key=lambda case: min(map(_in_order, case.codes))))


def _in_order(code: ActiveCode) -> tuple[int, int, int, int, int]:
    return code.since_us, code.address, code.spn, code.fmi, code.lamps


def _cases_of(cascade: Cascade, codes: Sequence[ActiveCode], knowledge: FaultKnowledge) -> list[CodeCase]:
    found: list[CodeCase] = []
    taken: set[ActiveCode] = set()
    for root in filter(cascade.can_root, codes):
        if root in taken:
            continue
        brought = [c for c in codes if c != root and c not in taken and cascade.brings(root, c, knowledge)]
        if brought:
            found.append(_case(cascade, root, tuple(brought), knowledge))
            taken |= {root, *brought}
    if not found and cascade.inferred is not None:
        together = _together(cascade, cascade.inferred, codes, knowledge)
        found += [_case(cascade, None, tuple(group), knowledge) for group in together]
    return found


def _together(
    cascade: Cascade, inferred: Inferred, codes: Sequence[ActiveCode], knowledge: FaultKnowledge
) -> list[list[ActiveCode]]:
    """Followers that began at one time, of one controller (and one failure mode) where the cascade asks for it."""
    alike: dict[tuple[int, int], list[ActiveCode]] = {}
    for code in codes:
        if cascade.can_follow(code, knowledge):
            key = code.address if cascade.same_address else -1, code.fmi if inferred.same_fmi else -1
            alike.setdefault(key, []).append(code)
    groups: list[list[ActiveCode]] = []
    for members in alike.values():
        group: list[ActiveCode] = []
        for code in members:  # in the order of time
            if group and code.since_us - group[0].since_us > inferred.within_us:
                groups.append(group)
                group = []
            group.append(code)
        groups.append(group)
    return [group for group in groups if len({code.spn for code in group}) >= inferred.least]


def _case(
    cascade: Cascade | None, root: ActiveCode | None, followers: tuple[ActiveCode, ...], knowledge: FaultKnowledge
) -> CodeCase:
    codes = followers if root is None else (root, *followers)
    likely = cascade.likely if cascade is not None and cascade.likely.causes else None
    first = codes[0]
    return CodeCase(
        cascade=cascade,
        root=root,
        followers=followers,
        severity=max((knowledge.severity(c.spn, c.fmi, c.lamps) for c in codes), key=ORDER.index),
        side=Side.CIRCUIT if root is None else knowledge.side(root.fmi),
        likely=knowledge.likely(first.spn, first.fmi) if likely is None else likely,
    )


def _cascade(key: str, table: Mapping[str, Any]) -> Cascade:
    where = f"cascades.toml: {key}"
    inferred = table.get("inferred")
    if not table.get("follower_families") and not table.get("followers"):
        raise RuleError(f"{where}: needs followers or follower_families")
    return Cascade(
        key=key,
        title=Words(**table["title"]),
        owner=Words(**table["owner"]),
        expert=Words(**table["expert"]),
        roots=frozenset(table["roots"]),
        root_fmis=frozenset(table["root_fmis"]),
        families=frozenset(table.get("follower_families", ())),
        followers=frozenset(table.get("followers", ())),
        follower_fmis=frozenset(table["follower_fmis"]),
        same_address=table["same_address"],
        before_us=table["before_s"] * _SECOND_US,
        after_us=table["after_s"] * _SECOND_US,
        inferred=None if inferred is None else Inferred(
            least=inferred["least"], within_us=inferred["within_s"] * _SECOND_US,
            same_fmi=inferred.get("same_fmi", False),
        ),
        likely=likely_of(table, where),
        sources=tuple(table["sources"]),
    )  # fmt: skip


@cache
def packaged_cascades() -> tuple[Cascade, ...]:
    """The cascades shipped in diagnosis/knowledge, in the order in which they are asked."""
    return tuple(_cascade(key, table) for key, table in read_knowledge_file("cascades.toml").items())
