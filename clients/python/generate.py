"""`python clients/python/generate.py`: make models.py from the console's OpenAPI document, and _sync from _async.

Whatever an answer says that this version does not know is passed over: unknown members are ignored, and a word of a
list of words may be any other. What the server checks (lengths, patterns, ranges) is left to the server.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
DOCUMENT = CHECKOUT / "dashboards" / "console" / "openapi.json"
PACKAGE = HERE / "ecc_client"
_REF = "#/components/schemas/"
_LEFT_OUT = frozenset(
    {"title", "example", "examples", "pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum"}
    | {"exclusiveMaximum", "minItems", "maxItems", "multipleOf", "uniqueItems"}
)
_LONG_NAME = re.compile(r"^api__schemas__(\w+?)__(\w+)$")
_SYNC = (
    (r"\bAsync(Client|Transport|Collection|Credentials|ApiKey|ClientCredentials|Password|Tokens)\b", r"\1"),
    (r"\bhttpx\.AsyncClient\b", "httpx.Client"),
    (r"\bAsyncIterator\b", "Iterator"),
    (r"\basynccontextmanager\b", "contextmanager"),
    (r"\basync (def|with|for)\b", r"\1"),
    (r"\bawait ", ""),
    (r"`async with`", "`with`"),
    (
        r"The asynchronous client\. `_sync` is made from this folder by generate\.py\.",
        "Made from _async by generate.py.",
    ),
    (r"\b__a(enter|exit)__\b", r"__\1__"),
    (r"\ba(close|read|iter_lines)\(", r"\1("),
    (r"\basyncio\.sleep\b", "time.sleep"),
    (r"\basyncio\.Lock\b", "threading.Lock"),
    (r"\becc_client\._async\b", "ecc_client._sync"),
    (r"^import asyncio\n", ""),
)


def generated() -> dict[Path, str]:
    """What each generated file should hold."""
    files = {PACKAGE / "models.py": models(json.loads(DOCUMENT.read_text("utf-8")))}
    for source in sorted((PACKAGE / "_async").glob("*.py")):
        files[PACKAGE / "_sync" / source.name] = synchronous(source)
    return files


def models(document: dict[str, Any]) -> str:
    """Pydantic models of every shape in the document."""
    schemas = {name: _plain(schema) for name, schema in document["components"]["schemas"].items()}
    sent = _sent(document)
    for name, schema in schemas.items():
        if name not in sent:
            _widen(schema)
    names = {name: _short(name, schemas) for name in schemas}
    text = json.dumps({names[name]: schema for name, schema in sorted(schemas.items())}, sort_keys=True)
    for long, short in names.items():
        text = text.replace(f'"{_REF}{long}"', f'"{_REF}{short}"')
    small = {"openapi": "3.1.0", "info": {"title": "ECC", "version": "1"}, "paths": {}}
    small["components"] = {"schemas": json.loads(text)}
    with tempfile.TemporaryDirectory() as directory:
        given, made = Path(directory, "openapi.json"), Path(directory, "models.py")
        given.write_text(json.dumps(small), "utf-8")
        options = ["--output-model-type", "pydantic_v2.BaseModel", "--target-python-version", "3.11"]
        options += [
            "--enum-field-as-literal",
            "all",
            "--use-annotated",
            "--disable-timestamp",
            "--collapse-root-models",
        ]
        options += ["--use-schema-description", "--use-field-description", "--formatters", "builtin"]
        options += ["--allow-population-by-field-name", "--use-standard-collections", "--use-union-operator"]
        command = [sys.executable, "-m", "datamodel_code_generator", "--input-file-type", "openapi", *options]
        subprocess.run([*command, "--input", str(given), "--output", str(made)], check=True)
        code = made.read_text("utf-8").partition("from __future__")[2]
    head = '"""The shapes of the API\'s answers and bodies, made by generate.py from its OpenAPI document."""\n\n'
    return _formatted(f"{head}from __future__{code}", PACKAGE / "models.py")


def synchronous(source: Path) -> str:
    """The synchronous twin of an asynchronous module."""
    text = source.read_text("utf-8")
    if "asyncio.sleep" in text and "import time\n" not in text:
        text = text.replace("import asyncio\n", "import time\n", 1)
    if "asyncio.Lock" in text:
        text = text.replace("import asyncio\n", "import threading\n", 1)
    for pattern, replacement in _SYNC:
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    text = text.replace(
        "The asynchronous client. `_sync` is made from this folder by generate.py.", "Made from _async."
    )
    return _formatted(text, PACKAGE / "_sync" / source.name)


def _plain(schema: Any) -> Any:
    """A schema without titles, examples and limits (members that are named so stay)."""
    if isinstance(schema, list):
        return [_plain(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: value for key, value in schema.items() if key not in _LEFT_OUT}
    return {
        key: {name: _plain(part) for name, part in value.items()} if key == "properties" else _plain(value)
        for key, value in kept.items()
    }


def _sent(document: dict[str, Any]) -> set[str]:
    """The names of the shapes that are sent in bodies, and of those inside them."""
    bodies = [
        operation["requestBody"]
        for operations in document["paths"].values()
        for operation in operations.values()
        if "requestBody" in operation
    ]
    answers = [o["responses"] for operations in document["paths"].values() for o in operations.values()]
    schemas = document["components"]["schemas"]
    return _reached(bodies, schemas) - _reached(answers, schemas)


def _reached(part: Any, schemas: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    waiting = list(_references(part))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _references(schemas[name])
    return found


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"].removeprefix(_REF)
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from _references(inner)


def _widen(part: Any) -> None:
    """Let unknown words and unknown members be; in place."""
    if isinstance(part, list):
        for inner in part:
            _widen(inner)
    if not isinstance(part, dict):
        return
    if part.get("additionalProperties") is False:
        del part["additionalProperties"]
    for inner in part.values():
        _widen(inner)
    words = part.pop("enum", None) or ([part.pop("const")] if isinstance(part.get("const"), str) else None)
    if words:
        part.pop("type", None)
        part["anyOf"] = [{"type": "string", "enum": words}, {"type": "string"}]


def _short(name: str, schemas: dict[str, Any]) -> str:
    """The name of a shape, also where two have one name and carry their module's with it."""
    match = _LONG_NAME.match(name)
    if match is None:
        return name
    return f"{match[1].title().replace('_', '')}{match[2]}"


def _formatted(code: str, path: Path) -> str:
    config = ["--config", str(CHECKOUT / "pyproject.toml"), "--stdin-filename", str(path)]
    for command in (["check", "--fix-only", "--exit-zero", "--quiet", "--select", "I"], ["format", "--quiet"]):
        run = [sys.executable, "-m", "ruff", *command, *config, "-"]
        code = subprocess.run(run, input=code, capture_output=True, text=True, check=True).stdout
    return code


if __name__ == "__main__":
    (PACKAGE / "_sync").mkdir(exist_ok=True)
    for path, text in generated().items():
        path.write_text(text, "utf-8")
