"""Answers read leniently, XML and JSON, so that what is wrong can be said; nothing is resolved or fetched."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import as_file, files
from typing import Any

from lxml import etree

NAMESPACES = {
    "http://standards.iso.org/iso/15143/-3": "2016",
    "http://www.jcmanet.or.jp/english2017/ISO/15143/-3/20190501": "2020",
}
_DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_DATETIMES = {"datetime", "dateTime", "Datetime", "DateTime"}


class Unreadable(Exception):
    """An answer that is no document; `key` is the check that says why."""

    def __init__(self, key: str, said: str) -> None:
        self.key = key
        super().__init__(said)


@dataclass(frozen=True, slots=True)
class Item:
    """One observation as it stands: texts, whatever they are. `inside`: datetime was a child, not an attribute."""

    name: str
    at: str | None
    fields: Mapping[str, str]
    inside: bool = False


@dataclass(frozen=True, slots=True)
class Machine:
    """One Equipment; `items` in the order in which they stand."""

    header: Mapping[str, str]
    items: Sequence[Item]

    @property
    def name(self) -> str:
        """What it is told from others by: its PIN, or make, model and serial number."""
        keys = ("OEMName", "Model", "SerialNumber")
        return self.header.get("PIN") or " ".join(self.header.get(key, "?") for key in keys)

    @property
    def by_name(self) -> dict[str, Item]:
        """Items by their elements."""
        return {item.name: item for item in self.items}


@dataclass(frozen=True, slots=True)
class Document:
    """One answer. `machines` of snapshots, `records` of time series; `texts`: JSON numbers that came as texts."""

    root: str
    namespace: str | None
    snapshot_time: str | None
    links: Sequence[tuple[str, str]]
    machines: Sequence[Machine] = ()
    records: Sequence[Item] = ()
    texts: Sequence[str] = field(default=())
    tree: Any = None

    @property
    def hrefs(self) -> dict[str, str]:
        """Links by rel, the first of each."""
        return dict(reversed([*self.links]))


def parse_xml(body: bytes) -> Document:
    """Raises Unreadable for a document type, an entity, or what is no XML."""
    if _DOCTYPE.search(body) or _DOCTYPE.search(body.replace(b"\0", b"")):  # UTF-16 has a NUL in every other byte
        raise Unreadable("well_formed", "DOCTYPE or ENTITY")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        tree = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable("well_formed", str(error)) from error
    if tree.getroottree().docinfo.internalDTD is not None:
        raise Unreadable("well_formed", "DOCTYPE")
    name = etree.QName(tree)
    children = [(etree.QName(child).localname, child) for child in tree.iterchildren(tag=etree.Element)]
    machines = [_machine(child) for tag, child in children if tag == "Equipment"]
    if name.localname == "Equipment":
        machines = [_machine(tree)]
    snapshot = name.localname in {"Fleet", "Equipment"}
    links = [_texts(child) for tag, child in children if tag == "Links"]
    return Document(
        root=name.localname,
        namespace=name.namespace,
        snapshot_time=tree.get("snapshotTime"),
        links=[(link.get("rel", ""), link.get("href", "")) for link in links],
        machines=machines,
        records=() if snapshot else [_item(child) for tag, child in children if tag != "Links"],
        tree=tree,
    )


def _machine(element: Any) -> Machine:
    header: dict[str, str] = {}
    items = []
    for child in element.iterchildren(tag=etree.Element):
        if etree.QName(child).localname == "EquipmentHeader":
            header = _texts(child)
        else:
            items.append(_item(child))
    return Machine(header, items)


def _item(element: Any) -> Item:
    texts = _texts(element)
    attribute = next((element.get(name) for name in _DATETIMES if element.get(name) is not None), None)
    inside = next((texts.pop(name) for name in _DATETIMES if name in texts), None)
    at = attribute if attribute is not None else inside
    return Item(etree.QName(element).localname, at, texts, inside=inside is not None)


def _texts(element: Any) -> dict[str, str]:
    return {etree.QName(c).localname: (c.text or "").strip() for c in element.iterchildren(tag=etree.Element)}


@cache
def _schema(edition: str) -> etree.XMLSchema:
    with as_file(files("usecases.aemp_check").joinpath("schema")) as folder:
        return etree.XMLSchema(etree.parse(folder / f"{edition}.xsd"))


def schema_errors(document: Document) -> Iterator[tuple[int, str]]:
    """What the XSD of the document's edition says against it: (line, words). Nothing for an unknown namespace."""
    edition = NAMESPACES.get(document.namespace or "")
    if edition is None:
        return
    schema = _schema(edition)
    if not schema.validate(document.tree):
        for entry in list(schema.error_log):  # type: ignore[call-overload]  # the stubs forget that it is a list
            yield entry.line, entry.message.replace(f"{{{document.namespace}}}", "")


def parse_json(body: bytes) -> Document:
    """Wrapped in the root's name or not, with any capitals of links. Raises Unreadable."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable("json", str(error)) from error
    if not isinstance(given, dict):
        raise Unreadable("json", "not an object")
    root, inside = "", given
    if len(given) == 1 and isinstance(next(iter(given.values())), dict):
        root, inside = next(iter(given.items()))
    found = _Json()
    listed = inside.get("Equipment", [])
    single = root == "Equipment" or "EquipmentHeader" in inside
    return Document(
        root=root or ("Fleet" if "Equipment" in inside else ""),
        namespace=None,
        snapshot_time=_text(inside.get("snapshotTime") or inside.get("SnapshotTime")),
        links=[found.link(link) for link in _list(inside.get("Links"), "Links", found)],
        machines=[found.machine(m) for m in ([inside] if single else _list(listed, "Equipment", found))],
        records=() if single or "Equipment" in inside else found.records(inside),
        texts=found.texts,
    )


class _Json:
    """Reads parts of a JSON answer and remembers which were of the wrong kind."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def link(self, given: Any) -> tuple[str, str]:
        members = {str(k).lower(): _text(v) or "" for k, v in given.items()} if isinstance(given, dict) else {}
        return members.get("rel", "").lower(), members.get("href", "")

    def machine(self, given: Any) -> Machine:
        members = given if isinstance(given, dict) else {}
        header = members.get("EquipmentHeader")
        items = [self.item(name, value) for name, value in members.items() if _is_observation(name, value)]
        return Machine({k: _text(v) or "" for k, v in (header or {}).items()}, items)

    def records(self, inside: Mapping[str, Any]) -> list[Item]:
        lists = {name: value for name, value in inside.items() if name != "Links" and isinstance(value, list | dict)}
        return [self.item(name, one) for name, value in lists.items() for one in _list(value, name, self)]

    def item(self, name: str, given: Any) -> Item:
        members = dict(given) if isinstance(given, dict) else {}
        at = next((members.pop(key) for key in _DATETIMES if key in members), None)
        for key, value in members.items():
            if isinstance(value, str) and _NUMBER.fullmatch(value) and key not in _NAMES:
                self.texts.append(f"{name}.{key} = {value!r}")
        return Item(name, _text(at), {k: _text(v) or "" for k, v in members.items()})


_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_NAMES = {"EngineNumber", "SwitchNumber", "CodeIdentifier", "CodeSource", "CodeSeverity", "CodeDescription"}


def _is_observation(name: str, value: object) -> bool:
    return name not in {"EquipmentHeader", "Links"} and isinstance(value, dict)


def _list(value: Any, name: str, found: _Json) -> list[Any]:
    if isinstance(value, list):
        return value
    if value is None:
        return []
    found.texts.append(f"{name} is no list")
    return [value]


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
