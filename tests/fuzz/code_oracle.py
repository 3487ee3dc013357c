"""Which finding fault codes belong to, naively, written from docs/fault-knowledge.md. Data: knowledge/cascades.toml."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

Code = tuple[int, int, int]  # address, spn, fmi
Episode = tuple[Code, int, int | None]
Listed = tuple[int, int, int, int, int | None, bool]  # address, spn, fmi, from, to, apart
CodeFinding = tuple[str, str, int, int, int | None, str, str, tuple[Listed, ...]]

SECOND = 1_000_000
CASCADES = tomllib.loads((Path(__file__).parents[2] / "diagnosis/knowledge/cascades.toml").read_text(encoding="utf-8"))
FAMILY = {
    100: "pressure",
    102: "pressure",
    157: "pressure",
    110: "temperature",
    190: "speed",
    84: "speed",
    91: "position",
}
FAMILY |= {3509: "supply", 639: "network", 168: "battery", 1569: "none", 1109: "none"}
GRADES = ("info", "low", "medium", "high", "critical")
GRADE = {(100, 1): "critical", (110, 16): "medium", (110, 15): "low", (110, 0): "high", (1109, 31): "critical"}
GRADE |= {(639, 9): "low", (84, 9): "low", (91, 9): "low", (168, 18): "low", (1569, 31): "high"}


def grade(code: Code) -> str:
    return GRADE.get(code[1:], "medium")


@dataclass
class Open:
    key: str
    start: int
    grade: str
    cascade: str
    codes: list[list] = field(default_factory=list)  # [code, from, to, apart]

    def holds(self, code: Code) -> bool:
        return any(entry[0] == code and entry[2] is None and not entry[3] for entry in self.codes)

    def told(self, to: int | None) -> CodeFinding:
        listed = tuple((*code, start, end, apart) for code, start, end, apart in self.codes)
        shown = listed if self.cascade or len(listed) > 1 else ()
        return ("dtc", self.key, self.start, self.start, to, self.grade, self.cascade, shown)


def key_of(code: Code) -> str:
    return f"{'-' if code[0] == -1 else code[0]}/{code[1]}/{code[2]}"


def follows(cascade: dict, code: Code) -> bool:
    families = cascade.get("follower_families", [])
    known = code[1] in cascade.get("followers", []) or "any" in families or FAMILY[code[1]] in families
    return known and code[2] in cascade["follower_fmis"]


def explained(cascade: dict, root: Code, code: Code, since: dict[Code, int]) -> bool:
    after = since[code] - since[root]
    near = -cascade["before_s"] * SECOND <= after <= cascade["after_s"] * SECOND
    return near and follows(cascade, code) and (code[0] == root[0] or not cascade["same_address"])


def groups(cascade: dict, left: list[Code], since: dict[Code, int]) -> list[list[Code]]:
    """Followers without a root: those that began together, of one controller and failure mode where that is asked."""
    asked = cascade.get("inferred")
    found: list[list[Code]] = []
    for code in left if asked else ():
        if not follows(cascade, code):
            continue
        for group in found:
            first = group[0]
            alike = (code[0] == first[0] or not cascade["same_address"]) and (
                code[2] == first[2] or not asked.get("same_fmi")
            )
            if alike and since[code] - since[first] <= asked["within_s"] * SECOND:
                group.append(code)
                break
        else:
            found.append([code])
    return [group for group in found if len({code[1] for code in group}) >= asked["least"]]


def gathered(since: dict[Code, int]) -> list[tuple[str, Code | None, list[Code]]]:
    """(cascade, root, all codes with the root first) of every case."""
    left = sorted(since, key=lambda code: (since[code], code))
    cases: list[tuple[str, Code | None, list[Code]]] = []
    for name, cascade in CASCADES.items():
        found: list[tuple[str, Code | None, list[Code]]] = []
        for root in left:
            taken = [code for _, _, codes in found for code in codes]
            if root[1] in cascade["roots"] and root[2] in cascade["root_fmis"] and root not in taken:
                brought = [c for c in left if c != root and c not in taken and explained(cascade, root, c, since)]
                found += [(name, root, [root, *brought])] if brought else []
        if not found:
            found = [(name, None, group) for group in groups(cascade, left, since)]
        cases += found
        left = [code for code in left if not any(code in codes for _, _, codes in found)]
    cases += [("", code, [code]) for code in left]
    return sorted(cases, key=lambda case: min((since[code], code) for code in case[2]))


class CaseWalk:
    """Open findings of one machine, from instant to instant."""

    def __init__(self) -> None:
        self.open: list[Open] = []
        self.done: list[CodeFinding] = []

    def named(self, key: str) -> Open | None:
        return next((case for case in self.open if case.key == key), None)

    def end(self, now: int, ended: set[Code]) -> None:
        for case in list(self.open):
            for entry in case.codes:
                if entry[0] in ended and entry[2] is None and not entry[3]:
                    entry[2] = now
            if all(entry[2] is not None or entry[3] for entry in case.codes):
                self.close(case, now)

    def close(self, case: Open, now: int) -> None:
        self.open.remove(case)
        self.done.append(case.told(now))

    def home(self, name: str, root: Code | None, codes: list[Code], begun: set[Code]) -> Open | None:
        if not name:
            return None
        if root is not None and root not in begun:
            return next(case for case in self.open if case.holds(root))
        case = self.named(inferred_key(name, codes))
        if case is None or (root is not None and not any(case.holds(code) for code in codes if code != root)):
            return None
        return case

    def begin(self, now: int, begun: set[Code], since: dict[Code, int]) -> None:
        for name, root, codes in gathered(since):
            new = [code for code in codes if code in begun]
            if not new:
                continue
            home = self.home(name, root, codes, begun)
            if home is None:
                key = inferred_key(name, codes) if root is None else key_of(root)
                self.start(now, key, name, new, [(code, since[code]) for code in codes if code not in begun])
                continue
            for code in new:
                self.put(now, home, code, name)

    def put(self, now: int, home: Open, code: Code, name: str) -> None:
        grave = grade(code) in ("high", "critical") and GRADES.index(grade(code)) > GRADES.index(home.grade)
        had = any(entry[0] == code and not entry[3] for entry in home.codes)
        if grave or had or len(home.codes) >= 100:
            self.start(now, key_of(code), "", [code], [])
        else:
            home.codes.append([code, now, None, False])
            home.cascade = home.cascade or name

    def start(self, now: int, key: str, name: str, new: list[Code], apart: list[tuple[Code, int]]) -> None:
        before, kept = self.named(key), []
        if before is not None:
            kept = [list(entry) for entry in before.codes if entry[2] is None and not entry[3]]
            self.end(now, {entry[0] for entry in kept})
            name = name or before.cascade
        entries = [*kept, *([code, now, None, False] for code in new)]
        entries += [[code, at, None, True] for code, at in apart if code not in [entry[0] for entry in kept]]
        entries.sort(key=lambda entry: (entry[1], entry[0], entry[3]))
        worst = max((grade(code) for code in new), key=GRADES.index)
        self.open.append(Open(key, now, worst, name, entries))


def inferred_key(name: str, codes: list[Code]) -> str:
    address = "-" if codes[0][0] == -1 else codes[0][0]
    return f"cascade:{name}:{address}" if CASCADES[name]["same_address"] else f"cascade:{name}"


def code_findings(episodes: list[Episode]) -> list[CodeFinding]:
    """The findings of a machine's codes, given when each was active."""
    walk = CaseWalk()
    for now in sorted({at for _, start, end in episodes for at in (start, end) if at is not None}):
        walk.end(now, {code for code, _, end in episodes if end == now})
        begun = {code for code, start, _ in episodes if start == now}
        since = {code: start for code, start, end in episodes if start <= now and (end is None or end > now)}
        walk.begin(now, begun, since)
    return walk.done + [case.told(None) for case in walk.open]
