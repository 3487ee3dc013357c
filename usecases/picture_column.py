"""The column of text beside the curves of a picture of evidence: causes, checks, codes, data, past cases."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from unicodedata import east_asian_width

from diagnosis.part_names import known_part
from usecases.picture_words import Said

CURVE, BORDER, GUARD, EPISODE, INK = "#1f4e79", "#b3261e", "#8a8f98", "#f9dedc", "#22262b"
MOST_CODES, MOST_RULES, MOST_SHARES = 9, 8, 5

Line = tuple[str, float, str, str, float | None]


def lines(found: Mapping[str, Any], said: Said) -> Iterator[Line]:
    """(text, size, weight, colour, share of a bar) of the column's lines."""
    diagnosis = found["diagnosis"]
    yield _title(said.word({"typical": "typical", "order": "order"}.get(diagnosis.get("basis"), "causes")))
    if not diagnosis["causes"]:
        yield _plain(said.word("untold"))
    for cause in diagnosis["causes"][:5]:
        share = "" if cause["share"] is None else f"{100 * cause['share']:.0f} %  "
        yield f"{share}{said.text(cause['text'])}", 9.5, "normal", INK, cause["share"]
        if cause.get("note"):
            yield from _wrapped(f"   {said.text(cause['note'])}", GUARD, 8)
        for key in ("speaks_for", "speaks_against", "unknown"):
            for seen in cause[key][:2]:
                yield from _wrapped(
                    f"   {said.word(key)} {said.text(seen['text'])}", GUARD if key == "unknown" else CURVE, 8
                )
    if diagnosis["next_check"] is not None:
        yield _title(said.word("check"))
        yield from _wrapped(said.text(diagnosis["next_check"]["text"]))
    if found["withdrawn"] is None:
        yield _title(said.word("parts"))
        parts = ", ".join(said.text(part["text"]) for part in diagnosis["parts"][:4])
        yield from _wrapped(parts or said.word("no_parts"))
    yield from _source(found, said)
    yield from _condition(found["thresholds"], said)
    yield from _data(found, said)
    yield _title(said.word("similar"))
    yield from _past(found["similar"], said)


def _source(found: Mapping[str, Any], said: Said) -> Iterator[Line]:
    """What only some sources have: codes of one cause, shares of a model's signals, sensors, rules that are silent."""
    yield from _codes(found["codes"], found["finding"]["source_key"], said)
    names = {signal["key"]: said.text(signal["text"]) for signal in (*found["signals"], *found["freeze_frame"])}
    if found["contributions"]:
        yield _title(said.word("shares"))
        expected = {one["key"]: one for one in found["expected"]}
        for one in found["contributions"][:MOST_SHARES]:
            told = _beside(expected.get(one["key"]), said)
            yield from _wrapped(f"{one['value']:.2f}  {names.get(one['key'], one['key'])}{told}")
    for one in found["trust"]:
        yield _title(said.word("distrusted"))
        reasons = ", ".join(said.code(reason) for reason in one["reasons"])
        yield from _wrapped(f"{names.get(one['key'], one['key'])}: {reasons} ({said.word('score')} {one['score']:.2f})")
    if found["silenced_rules"]:
        yield _title(said.word("silenced"))
        rules = [said.text(rule["text"]) for rule in found["silenced_rules"]]
        more = said.word("more").format(len(rules) - MOST_RULES) if len(rules) > MOST_RULES else ""
        yield from _wrapped(said.word("comma").join(rules[:MOST_RULES]) + more, BORDER, 8)


def _beside(expected: Mapping[str, Any] | None, said: Said) -> str:
    if expected is None:
        return ""
    band = "" if expected["low"] is None else f" ({expected['low']:.4g} - {expected['high']:.4g})"
    return f": {said.word('expected')} {expected['value']:.4g}{band} {expected['unit']}"


def _codes(codes: Sequence[Mapping[str, Any]], root: str, said: Said) -> Iterator[Line]:
    """The codes that one cause has brought, the cause's own first."""
    if not codes:
        return
    yield _title(said.word("codes").format(len(codes)))
    ranked = sorted(codes, key=lambda code: _key(code) != root)
    for code in ranked[:MOST_CODES]:
        is_root = _key(code) == root
        text = f"{said.word('root')} {said.text(code['text'])}" if is_root else said.text(code["text"])
        yield from _wrapped(text, BORDER if is_root else INK, 8)
    if not any(_key(code) == root for code in codes):
        yield from _wrapped(said.word("rootless"), GUARD, 8)
    if len(codes) > MOST_CODES:
        yield _plain(said.word("more").format(len(codes) - MOST_CODES))


def _key(code: Mapping[str, Any]) -> str:
    """As source keys name it (diagnosis/dtc.py)."""
    address = "-" if code["source_address"] is None else code["source_address"]
    return f"{address}/{code['spn']}/{code['fmi']}"


def _condition(thresholds: Mapping[str, Any] | None, said: Said) -> Iterator[Line]:
    if thresholds is None:
        return
    yield _title(said.word("condition"))
    lasting = f"  {said.word('for')} {thresholds['for_s']:g} s" if thresholds["for_s"] else ""
    yield from _wrapped(thresholds["when"] + lasting, size=8)
    for limit in thresholds["limits"]:
        if limit["own"] is not None:
            own = f"{limit['name']} {limit['value']:g} {limit['unit']} ({limit['own']['shipped']:g})"
            yield from _wrapped(f"{said.word('own')}: {own}: {limit['own']['reason']}", BORDER, 8)


def _data(found: Mapping[str, Any], said: Said) -> Iterator[Line]:
    regime, quality = found["regime"], found["quality"]
    if regime is not None:
        yield _title(said.word("regime"))
        name = said.regime(regime["at_held"])
        shares = ", ".join(f"{said.regime(key)} {100 * share:.0f} %" for key, share in regime["shares"].items())
        yield from _wrapped(f"{name}  ({shares})" if shares else name)
    if quality is not None:
        yield _title(said.word("data"))
        ratio = "" if quality["received_ratio"] is None else f"{100 * quality['received_ratio']:.0f} %"
        refused = sum(quality["quarantined"].values())
        parts = [f"{said.word('received')} {ratio}"] if ratio else []
        reasons = Counter(gap["reason"] for gap in quality["gaps"])
        told = ", ".join(f"{said.code(reason)} {count}" for reason, count in reasons.items())
        parts += [f"{said.word('gaps')} ({told})"] if reasons else []
        parts += [f"{said.word('refused')} {refused}"] if refused else []
        yield from _wrapped(", ".join(parts) or "-")


def _past(similar: Sequence[Mapping[str, Any]], said: Said) -> Iterator[Line]:
    if not similar:
        yield _plain(said.word("none"))
    for case in similar:
        held = datetime.fromisoformat(case["held_at"])
        verdict = said.word("nobody") if case["verdict"] is None else said.code(case["verdict"])
        part = _part(case["part"], said) if case["part"] else ""
        yield from _wrapped(f"{held:%Y-%m-%d}  {case['machine']['name']}: {verdict}{part}")


def _part(written: str, said: Said) -> str:
    """The part of a verdict; that nobody else names it so is said."""
    return f" ({written})" if known_part(written) else f" ({said.word('own_part').format(written)})"


def _title(text: str) -> Line:
    return text, 10.5, "bold", INK, None


def _plain(text: str) -> Line:
    return text, 9, "normal", GUARD, None


def _wrapped(text: str, colour: str = INK, size: float = 9) -> Iterator[Line]:
    """The text in lines that fit into the column."""
    for line in wrap(text, 50 * 9 / size):
        yield line, size, "normal", colour, None


def wrap(text: str, room: float) -> Iterator[str]:
    """The text in lines of so many Latin letters: broken between words, Chinese anywhere but before its punctuation."""
    indent = " " * (len(text) - len(text.lstrip()))
    line = indent
    for word in _WORD.findall(text.strip()):
        if _width(line) + _width(word.rstrip()) > room and line.strip():
            yield line.rstrip()
            line = indent + "  " if indent else ""
        line += word
    yield line.rstrip()


_WORD = re.compile(r"[^\x00-\x7f][、，。；：）,;:)]*|[\x00-\x7f]+?(?:\s+|(?=[^\x00-\x7f])|$)")


def _width(text: str) -> int:
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)
