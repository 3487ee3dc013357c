"""What of an OpenAPI document would break the programs that were written against an earlier one, in words.

In answers nothing may go and nothing may be there that was not expected; in what is sent nothing may be asked for or
refused that was fine before. Words that are added to a list of words, members, operations: all additions pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Direction = Literal["sent", "answered"]
Schema = Mapping[str, Any]
STREAMED = ("LiveFrame",)  # shapes that no operation names
_REF = "#/components/schemas/"
_NAME = "x-name"  # a resolved shape remembers its name
_LIMITS = dict.fromkeys(("minLength", "minItems", "minimum", "exclusiveMinimum", "minProperties"), 1)
_LIMITS |= dict.fromkeys(("maxLength", "maxItems", "maximum", "exclusiveMaximum", "maxProperties"), -1)


def breaking_changes(before: Schema, after: Schema) -> list[str]:
    """Every change that breaks, one sentence each; none when old programs go on working."""
    comparison = Comparison(before, after)
    found = list(comparison.operations())
    for name in STREAMED:
        if name in before["components"]["schemas"]:
            ref = {"$ref": _REF + name}
            found += comparison.schemas(ref, ref, name, "answered")
    return list(dict.fromkeys(found))


@dataclass
class Comparison:
    """Two documents; shapes that were compared already are not compared again (they may hold themselves)."""

    before: Schema
    after: Schema
    compared: set[tuple[str, str, Direction]] = field(default_factory=set)

    def operations(self) -> Iterator[str]:
        """What breaks of each operation that there was."""
        for path, operations in self.before["paths"].items():
            for method, was in operations.items():
                name = f"{method.upper()} {path}"
                now = self.after["paths"].get(path, {}).get(method)
                if now is None:
                    yield f"{name} is gone"
                    continue
                yield from self._parameters(was, now, name)
                yield from self._body(was, now, name)
                yield from self._answers(was, now, name)
                yield from _security(was.get("security", []), now.get("security", []), name)

    def _parameters(self, was: Schema, now: Schema, name: str) -> Iterator[str]:
        old, new = _by_place(was), _by_place(now)
        for place, parameter in old.items():
            where = f"{name}: the {place[0]} parameter {place[1]}"
            if place not in new:
                yield f"{where} is gone"
                continue
            if new[place].get("required", False) and not parameter.get("required", False):
                yield f"{where} is required now"
            yield from self.schemas(parameter["schema"], new[place]["schema"], where, "sent")
        for place in new.keys() - old.keys():
            if new[place].get("required", False):
                yield f"{name}: the {place[0]} parameter {place[1]} is new and required"

    def _body(self, was: Schema, now: Schema, name: str) -> Iterator[str]:
        old, new = was.get("requestBody"), now.get("requestBody")
        if new is not None and new.get("required", False) and not (old or {}).get("required", False):
            yield f"{name}: a body is required now"
        if old is None:
            return
        if new is None:
            yield f"{name}: takes no body any more"
            return
        yield from self._contents(old, new, f"{name}: the body", "sent")

    def _answers(self, was: Schema, now: Schema, name: str) -> Iterator[str]:
        for status, old in was["responses"].items():
            if not status.startswith("2"):
                continue
            new = now["responses"].get(status)
            if new is None:
                yield f"{name}: does not answer {status} any more"
            else:
                yield from self._contents(old, new, f"{name}: the answer {status}", "answered")

    def _contents(self, old: Schema, new: Schema, where: str, direction: Direction) -> Iterator[str]:
        for media, content in old.get("content", {}).items():
            if media not in new.get("content", {}):
                yield f"{where} is not {media} any more"
            else:
                yield from self.schemas(
                    content.get("schema", {}), new["content"][media].get("schema", {}), where, direction
                )

    def schemas(self, old: Schema, new: Schema, where: str, direction: Direction) -> list[str]:
        """What breaks between two shapes of one thing."""
        olds, news = _variants(old, self.before), _variants(new, self.after)
        wanted, offered = (news, olds) if direction == "answered" else (olds, news)
        return [said for one in wanted for said in self._fitting(one, offered, where, direction)]

    def _fitting(self, one: Schema, offered: Sequence[Schema], where: str, direction: Direction) -> list[str]:
        """What is wrong with a variant beside the one of the other document that fits it best."""
        tried: list[list[str]] = []
        for other in offered:
            if _fits(one, other):
                was, now = (other, one) if direction == "answered" else (one, other)
                complaints = self._of_pair(was, now, where, direction)
                if not complaints:
                    return []
                tried.append(complaints)
        if tried:
            return min(tried, key=len)
        said = "may be {} now" if direction == "answered" else "is not taken as {} any more"
        return [f"{where} {said.format(_kind(one) or 'anything')}"]

    def _of_pair(self, was: Schema, now: Schema, where: str, direction: Direction) -> list[str]:
        """What breaks between two variants; a pair of named shapes is told of where it is met first."""
        if _NAME in was and _NAME in now:
            pair = (was[_NAME], now[_NAME], direction)
            if pair in self.compared:
                return []
            self.compared.add(pair)
        return list(self._variant(was, now, where, direction))

    def _variant(self, was: Schema, now: Schema, where: str, direction: Direction) -> Iterator[str]:
        yield from _words(was, now, where, direction)
        if was.get("format") != now.get("format") and (direction == "answered" or "format" in now):
            yield f"{where} has the format {now.get('format')} instead of {was.get('format')}"
        if direction == "sent":
            yield from _limits(was, now, where)
        if "items" in was and "items" in now:
            yield from self.schemas(was["items"], now["items"], f"{where}, each item", direction)
        yield from self._members(was, now, where, direction)
        rest = was.get("additionalProperties"), now.get("additionalProperties")
        if isinstance(rest[0], dict) and isinstance(rest[1], dict):
            yield from self.schemas(rest[0], rest[1], f"{where}, each value", direction)

    def _members(self, was: Schema, now: Schema, where: str, direction: Direction) -> Iterator[str]:
        old, new = was.get("properties", {}), now.get("properties", {})
        required = set(was.get("required", [])), set(now.get("required", []))
        for name, schema in old.items():
            if name not in new:
                yield f"{where}: its member {name} is gone"
            else:
                yield from self.schemas(schema, new[name], f"{where}: its member {name}", direction)
        if direction == "answered":
            for name in sorted((required[0] - required[1]) & set(new)):
                yield f"{where}: its member {name} may be absent now"
        else:
            for name in sorted(required[1] - required[0]):
                yield f"{where}: its member {name} is required now"


def _by_place(operation: Schema) -> dict[tuple[str, str], Schema]:
    return {(p["in"], p["name"]): p for p in operation.get("parameters", [])}


def _security(was: Sequence[Schema], now: Sequence[Schema], name: str) -> Iterator[str]:
    """Whoever might call it may still; an empty list lets everybody."""
    if now and not was:
        yield f"{name}: asks for a sign-in now"
    elif now:
        for way in was:
            if way not in now:
                words = [f"{scheme} {' '.join(scopes)}".strip() for scheme, scopes in way.items()]
                yield f"{name}: cannot be called with {' and '.join(words) or 'nothing'} any more"


def _variants(schema: Schema, document: Schema) -> list[Schema]:
    """The shapes that a value may have, each of one type; `{}` for anything."""
    schema = _resolved(schema, document)
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return [variant for part in schema[word] for variant in _variants(part, document)]
    if len(schema.get("allOf", [])) == 1:
        return _variants(schema["allOf"][0], document)
    if isinstance(schema.get("type"), list):
        return [{**schema, "type": kind} for kind in schema["type"]]
    return [schema]


def _resolved(schema: Schema, document: Schema) -> Schema:
    while "$ref" in schema:
        name = schema["$ref"].removeprefix(_REF)
        schema = {**document["components"]["schemas"][name], _NAME: name}
    return schema


def _kind(schema: Schema) -> str | None:
    """The type of a variant, also where only its words tell it."""
    if "type" in schema:
        return str(schema["type"])
    words = _listed(schema)
    return "string" if words and all(isinstance(word, str) for word in words) else None


def _fits(one: Schema, other: Schema) -> bool:
    """Whether two variants are of one type, so that they may be compared; whole numbers are numbers.

    Which of both is the wider is said by `_words`.
    """
    kinds = {_kind(one), _kind(other)}
    return len(kinds) == 1 or None in kinds or kinds == {"integer", "number"}


def _listed(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _words(was: Schema, now: Schema, where: str, direction: Direction) -> Iterator[str]:
    """A word that is gone breaks both ways; a list of words where there was none breaks what is sent."""
    old, new = _listed(was), _listed(now)
    if old is not None and new is not None:
        for word in old:
            if word not in new:
                yield f"{where}: the value {word!r} is gone"
    if old is None and new is not None and direction == "sent":
        yield f"{where} must be one of {', '.join(map(repr, new))} now"
    wider, narrower = (was, now) if direction == "answered" else (now, was)
    if (_kind(narrower), _kind(wider)) in (("number", "integer"), (None, _kind(wider))) and _kind(narrower) != _kind(
        wider
    ):
        said = "may be {} now" if direction == "answered" else "is not taken as {} any more"
        yield f"{where} {said.format(_kind(narrower) or 'anything')}"


def _limits(was: Schema, now: Schema, where: str) -> Iterator[str]:
    for name, sign in _LIMITS.items():
        if (
            name in now
            and (name not in was or sign * now[name] > sign * was[name])
            and not _is_no_limit(name, now[name])
        ):
            yield f"{where}: {name} is {now[name]} now, it was {was.get(name, 'not limited')}"
    if "pattern" in now and now["pattern"] != was.get("pattern"):
        yield f"{where}: the pattern is {now['pattern']} now, it was {was.get('pattern', 'any')}"
    if now.get("additionalProperties") is False and was.get("additionalProperties", True) is not False:
        yield f"{where}: members that it does not know are refused now"


def _is_no_limit(name: str, value: float) -> bool:
    return name in ("minLength", "minItems", "minProperties") and value == 0
