"""Why something cannot be done is told in both languages, wherever an answer of the API may tell it."""

import ast
import string
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from api.validation_words import PATTERNS, REASONS
from fleet.errors import InvalidInput, placed
from fleet.reasons import LANGUAGES, Code, reason, sentences

ROOT = Path(__file__).parents[2]
ROOMS = ("api", "usecases", "alerts", "diagnosis", "storage", "fleet", "dashboards/grafana")
MAKERS = {"reason": set(), "refused": set(), "wrong": {"part", "where"}}  # functions whose first parameter is a key
# Read by who writes the program or trains models, in English: the packaged knowledge, the files of models and states.
IN_ENGLISH = (
    *(f"diagnosis/{name}.py" for name in ("cascades", "evidence_file", "fault_knowledge", "preliminary", "trust")),
    *(f"diagnosis/{name}.py" for name in ("learned", "model_file", "sealed", "snapshot")),
    "diagnosis/detectors/",
    "diagnosis/wear/",
)
# Where the key comes from a table beside it, or is passed on.
DYNAMIC = {
    "diagnosis/cursor.py",
    "diagnosis/slips.py",
    "diagnosis/unit_check.py",
    "fleet/errors.py",
    "fleet/reasons.py",
    "storage/keyset.py",
    "usecases/geofence_shapes.py",
    "usecases/invite.py",
}
OWN_WORDS = {"MigrationFailed"}  # what another program printed


def files() -> list[Path]:
    return [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


@cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


@cache
def errors() -> frozenset[str]:
    """The names of all domain errors whose first parameter is a reason."""
    bases: dict[str, set[str]] = {}
    for path in files():
        for node in nodes(path):
            if isinstance(node, ast.ClassDef):
                has_own = any(isinstance(one, ast.FunctionDef) and one.name == "__init__" for one in node.body)
                bases[node.name] = set() if has_own else {base.id for base in node.bases if isinstance(base, ast.Name)}
    found = {"EccError"}
    while more := {name for name, of in bases.items() if of & found} - found:
        found |= more
    return frozenset(found - OWN_WORDS)


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def calls(path: Path) -> Iterator[tuple[ast.Call, str, list[str] | None]]:
    """What makes an error or a reason, by which name, and with which keys."""
    assigned = [(one.lineno, one.targets[0].id, one.value) for one in nodes(path) if is_plain_assignment(one)]
    for node in nodes(path):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in errors() or name in MAKERS:
                first = node.args[0]
                before = [one for one in assigned if isinstance(first, ast.Name) and one[1] == first.id]
                before = [one for one in before if one[0] < node.lineno]
                yield node, name, keys_of(max(before, key=lambda one: one[0])[2] if before else first)


def is_plain_assignment(node: ast.AST) -> bool:
    return isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)


def keys_of(node: ast.expr) -> list[str] | None:
    """The keys that an expression may be; None when that does not stand there."""
    match node:
        case ast.Constant(value=str(key)):
            return [key]
        case ast.IfExp(body=one, orelse=other):
            first, second = keys_of(one), keys_of(other)
            return None if first is None or second is None else first + second
    return None


def test_every_error_is_raised_with_a_reason_and_what_stands_in_its_sentence():
    wrong = []
    for path in files():
        name = str(path.relative_to(ROOT))
        for call, maker, keys in [] if name.startswith(IN_ENGLISH) else calls(path):
            if keys is None and name not in DYNAMIC:
                wrong.append(f"{name}:{call.lineno}: a sentence that is put together here has one language")
            given = {keyword.arg for keyword in call.keywords} | MAKERS.get(maker, set())
            for key in keys or ():
                if key not in sentences():
                    wrong.append(f"{name}:{call.lineno}: {key!r} is no key of fleet/reasons.toml")
                elif None not in given and (missing := placeholders(sentences()[key]["en"]) - given):
                    wrong.append(f"{name}:{call.lineno}: {key} needs {missing}")
    assert wrong == []


def test_schemas_say_what_is_wrong_with_a_reason_too():
    for path in sorted((ROOT / "api" / "schemas").rglob("*.py")):
        for node in nodes(path):
            assert not (isinstance(node, ast.Raise) and "ValueError" in ast.dump(node)), f"{path.name}:{node.lineno}"


def test_every_reason_has_the_same_sentence_in_both_languages():
    for key, words in sentences().items():
        assert set(words) == set(LANGUAGES), key
        assert placeholders(words["zh"]) == placeholders(words["en"]), key
        assert any("一" <= letter <= "鿿" for letter in words["zh"]), key


def test_every_reason_is_used():
    written = {*REASONS.values(), *PATTERNS.values()}
    for path in files():
        for node in nodes(path):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                written.add(node.value)
    assert set(sentences()) - written == set()


def test_what_stands_in_a_sentence_is_said_in_its_language_and_cut_short():
    found = InvalidInput("choice_unknown", where="seats.0.role", found="猫" * 500, known=["a", "b"])
    assert found.detail == f"seats.0.role '{'猫' * 77}...' is not one of a, b."
    assert found.in_language("zh") == f"seats.0.role 的 “{'猫' * 77}...” 不在可选值之内：a、b。"
    assert len(str(reason("digits_wrong", where="x", found="1", wanted=reason("digits_imsi")))) < 60
    assert str(reason("too_great", le=10**5000)).startswith("It must be at most 0x")
    assert str(reason("terminal_there_since", terminal="T", since=datetime(2026, 1, 2, tzinfo=UTC))).endswith(
        "2026-01-02T00:00:00Z."
    )
    assert "\n" not in InvalidInput("login_absent", login="a\nb").detail


def test_a_code_in_a_sentence_is_said_in_words_in_chinese():
    roles = [Code("roles", "auditor"), Code("roles", "owner")]
    wrong = InvalidInput(
        "role_not_yours",
        where="role",
        role=Code("roles", "dealer"),
        kind=Code("organisation_kinds", "customer"),
        roles=roles,
    )
    assert wrong.in_language("zh") == "您不能在“客户”类组织中授予或收回角色“经销商”；您可授予：审计员（只读）、机主。"
    assert wrong.detail.startswith("The role dealer in an organisation of the kind customer")
    assert wrong.detail.endswith("auditor, owner.")


def test_an_error_of_a_part_says_which():
    with pytest.raises(InvalidInput) as caught, placed("seats.0"), placed("shifts.1"):
        raise InvalidInput("shift_weekdays_or_date")
    wrong = caught.value
    assert str(wrong) == "seats.0.shifts.1: A shift has either weekdays or a date."
    assert [(fault.where, str(fault.reason)) for fault in wrong.faults] == [
        ("seats.0.shifts.1", "A shift has either weekdays or a date.")
    ]
    with pytest.raises(InvalidInput, match=r"^seats\.0\.name is empty\.$"), placed("seats.0"):
        raise InvalidInput("text_empty", where="name")


def test_an_error_without_a_reason_says_its_docstring():
    assert (InvalidInput().detail, InvalidInput().faults) == ("The input cannot be understood.", ())
    assert InvalidInput().in_language("zh") == ""
