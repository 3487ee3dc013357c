"""What each problem means and what to do about it, as web pages and as docs/problems.md.

`python -m api.problem_pages` writes the document (with --check: fails when it is out of date).
"""

import re
import sys
from html import escape
from pathlib import Path

from api.languages import Language
from api.problems import TABLE, Row, type_of

TARGET = Path(__file__).parent.parent / "docs" / "problems.md"
_HEADINGS: dict[Language, str] = {"zh": "错误代码", "en": "Problems"}
_TO_DO: dict[Language, str] = {"zh": "怎么办", "en": "What to do"}


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
    return _html(_HEADINGS[language], [f"<h1>{_HEADINGS[language]}</h1>", "<ul>", *lines, "</ul>"], language)


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
        "its page (`/problems/<code>`, in zh or en by `Accept-Language`), `detail` what was wrong this time, `errors` "
        "the single parameters.",
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
