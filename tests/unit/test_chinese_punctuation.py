"""Chinese sentences have Chinese commas, colons and question marks, wherever they are written down."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("alerts", "api", "app", "diagnosis", "fleet", "gateway", "ingest", "simulators", "storage", "usecases")
HAN = "[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
GAP = r"[\s{}\d.%]*"  # values that are put in between
WRONG = re.compile(rf"{HAN}{GAP}(?!(?<=\d).\d)[,;:?!]{GAP}{HAN}")
NOTATION = ("[经度, 纬度]", "以 ; 分隔", "、? 和 #")  # the sign itself is meant
TABLES = {"api/routes/imports.py", "api/schemas/maintenance_plans.py"}  # with lines of CSV


def written(path: Path) -> Iterator[str]:
    """Every text of a TOML file or of a Python module; what is put into one is {}."""
    text = path.read_text(encoding="utf-8")
    return _values(tomllib.loads(text)) if path.suffix == ".toml" else _literals(ast.parse(text))


def _values(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _values(one)


def _literals(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.JoinedStr):
        yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    else:
        for child in ast.iter_child_nodes(node):
            yield from _literals(child)


def wrong(text: str) -> list[str]:
    for sign in NOTATION:
        text = text.replace(sign, "")
    return [found.group() for found in WRONG.finditer(text)]


def test_no_ascii_sign_stands_between_two_chinese_characters() -> None:
    files = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*")) if path.suffix in (".toml", ".py")]
    looked = [(str(path.relative_to(ROOT)), text) for path in files for text in written(path)]
    assert sum(bool(re.search(HAN, text)) for _, text in looked) > 3_000
    assert [(name, text) for name, text in looked if name not in TABLES and wrong(text)] == []


@pytest.mark.parametrize(
    ("text", "is_wrong"),
    [
        ("请停机,继续", True),
        ("持续{}秒;0 % 视为", True),
        ("原因: 未知", True),
        ("值{}, 请检查", True),
        ("请停机，继续", False),
        ("在 10:30 之后", False),
        ("SPN 110, FMI 0：过热", False),
        ("应为 [经度, 纬度]", False),
    ],
)
def test_what_counts_as_wrong(text: str, is_wrong: bool) -> None:
    assert bool(wrong(text)) is is_wrong
