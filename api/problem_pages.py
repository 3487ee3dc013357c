"""What each problem means and what to do about it, as web pages and as docs/problems.md.

`python -m api.problem_pages` writes the document (with --check: fails when it is out of date).
"""

import json
import re
import sys
from html import escape
from pathlib import Path

from api.languages import Language
from api.problems import TABLE, Row, type_of
from fleet.reasons import sentences

TARGET = Path(__file__).parent.parent / "docs" / "problems.md"
_FORM = re.compile(r"(?<=\w)(![a-z]|:[^{}]+)(?=\})")  # how a value is shown
_ERRORS: dict[Language, str] = {
    "en": "`errors` of a problem is a list of `where`, `code` and `message`. `where` is the parameter, the member of "
    "the body (`seats.0.name`) or the cell of an import (`line 3, pin`), and empty for the request as a whole; `code` "
    "is the stable name of the reason, to program against; `message` says it in zh or en by `Accept-Language`. The "
    "list is empty when the problem's own `code` says all.",
    "zh": "错误应答的 `errors` 是由 `where`、`code`、`message` 组成的列表。`where` 是参数名、请求体成员"
    "（`seats.0.name`）或导入文件的单元格（`line 3, pin`），针对整个请求时为空；`code` 是原因的固定名称，"
    "供程序判断；`message` 按 `Accept-Language` 以中文或英文说明。若错误的 `code` 已说明一切，则列表为空。",
}
_HEADINGS: dict[Language, str] = {"zh": "错误代码", "en": "Problems"}
_REASONS: dict[Language, str] = {"zh": "具体原因", "en": "Reasons"}
_TO_DO: dict[Language, str] = {"zh": "怎么办", "en": "What to do"}
_EXAMPLE = {
    "code": "invalid_input",
    "status": 422,
    "detail": "seats.0.name is empty.",
    "errors": [{"where": "seats.0.name", "code": "text_empty", "message": "seats.0.name is empty."}],
}


def html_page(code: str, language: Language) -> str:
    """The page of one problem. Raises KeyError when there is no such code."""
    row = TABLE[code]
    title, meaning, remedy = _words(row, language)
    parts = [f"<h1>{escape(title)}</h1>", f"<p><code>{escape(code)}</code> · HTTP {row.status.value}</p>"]
    parts += [f"<p>{_marked(meaning)}</p>", f"<h2>{_TO_DO[language]}</h2>", f"<p>{_marked(remedy)}</p>"]
    parts += [f'<p><a href="/problems">{_HEADINGS[language]}</a></p>']
    return _html(title, parts, language)


def html_index(language: Language) -> str:
    """The list of all problems."""
    lines = [
        f'<li><a href="{type_of(code)}"><code>{code}</code></a> {escape(_words(row, language)[0])}</li>'
        for code, row in sorted(TABLE.items())
    ]
    reasons = f'<p>{_marked(_ERRORS[language])}</p><p><a href="/problems/reasons">{_REASONS[language]}</a></p>'
    return _html(_HEADINGS[language], [f"<h1>{_HEADINGS[language]}</h1>", "<ul>", *lines, "</ul>", reasons], language)


def html_reasons(language: Language) -> str:
    """The list of what `errors` of a problem says, with {names} of what stands in it."""
    lines = [
        f"<dt><code>{key}</code></dt><dd>{escape(_FORM.sub('', words[language]))}</dd>"
        for key, words in sorted(sentences().items())
    ]
    parts = [f"<h1>{_REASONS[language]}</h1>", f"<p>{_marked(_ERRORS[language])}</p>", "<dl>", *lines, "</dl>"]
    return _html(_REASONS[language], parts, language)


def _html(title: str, parts: list[str], language: Language) -> str:
    head = f'<meta charset="utf-8"><title>{escape(title)} · ECC Telematics</title>'
    return "\n".join([f'<!doctype html><html lang="{language}">{head}', *parts, "</html>\n"])


def _marked(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _words(row: Row, language: Language) -> tuple[str, str, str]:
    return (row.title_zh, row.zh, row.do_zh) if language == "zh" else (row.title, row.en, row.do_en)


def markdown() -> str:
    """docs/problems.md."""
    parts = [
        "# Problems",
        "Generated from `api/problems.py` by `python -m api.problem_pages`; do not edit. Every error of the API is "
        "`application/problem+json` (RFC 9457): `code` is the stable name to program against, `type` the address of "
        "its page (`/problems/<code>`, in zh or en by `Accept-Language`), `detail` what was wrong this time.",
        "## errors",
        _ERRORS["en"],
        _ERRORS["zh"],
        "```json\n" + json.dumps(_EXAMPLE, ensure_ascii=False) + "\n```",
        "The reasons stand in `fleet/reasons.toml`, and in words at `/problems/reasons`.",
        "## All problems",
        "| code | status | title | 名称 |\n|---|---|---|---|\n" + "\n".join(map(_line, sorted(TABLE))),
    ]
    return "\n\n".join([*parts, *map(_section, sorted(TABLE))]) + "\n"


def _line(code: str) -> str:
    row = TABLE[code]
    return f"| [`{code}`](#{code}) | {row.status.value} | {row.title} | {row.title_zh} |"


def _section(code: str) -> str:
    row = TABLE[code]
    return f"## {code}\n\n{row.en} {row.do_en}\n\n{row.zh}{row.do_zh}"


def main(arguments: list[str]) -> int:
    """Write the document, or with --check say whether it is what the table says."""
    if "--check" in arguments:
        return 0 if TARGET.exists() and TARGET.read_text(encoding="utf-8") == markdown() else 1
    TARGET.write_text(markdown(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
