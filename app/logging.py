"""Logs: one JSON object a line, from structlog and from the standard library alike, without secrets or positions."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from app.settings import Settings

HIDDEN = "[hidden]"
SECRET_KEY = re.compile(r"passw|secret|token$|authori[sz]ation|cookie|api_?key|private_?key|credential", re.IGNORECASE)
POSITION_KEY = re.compile(r"(^|_)(lat|lon|lng|latitude|longitude|position|location|geo)(_|$)", re.IGNORECASE)
IN_TEXT = (
    (re.compile(r"(\w+://[^\s:/@]*:)[^\s@]+@"), rf"\1{HIDDEN}@"),  # a login inside an address
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"(?i)(passw\w*|secret|token)(['\"]?\s*[=:]\s*['\"]?)[^\s'\",&}]+"), rf"\1\2{HIDDEN}"),
    (re.compile(r"(?i)\b(lat|lon|lng|latitude\w*|longitude\w*)(['\"]?\s*[=:]\s*)-?\d+(\.\d+)?"), rf"\1\2{HIDDEN}"),
    # PostgreSQL repeats whole rows, positions among them
    (re.compile(r"(?i)(failing row contains|key) ?\(.*\)"), rf"\1 ({HIDDEN})"),
    (re.compile(r"(?i)(COPY \w+, line \d+).*"), rf"\1 {HIDDEN}"),
)
# what moves a terminal's cursor or ends a line for some readers; line breaks themselves the renderers see to
CONTROLS = {
    code: f"\\u{code:04x}" for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029) if chr(code) not in "\n\t"
}
QUIET = ("uvicorn.access", "httpx", "httpcore", "gmqtt", "procrastinate", "asyncio")


def hide(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Structlog processor: replace secrets and positions, by key and inside texts, at any depth."""
    return {key: _clean(key, value) for key, value in event.items()}


def _clean(key: str, value: Any) -> Any:
    if SECRET_KEY.search(key) or POSITION_KEY.search(key):
        return HIDDEN
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, Mapping):
        return {str(inner): _clean(str(inner), item) for inner, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean("", item) for item in value]
    if isinstance(value, BaseException):
        return clean_text(repr(value))
    return value


def clean_text(text: str) -> str:
    """The text without logins, tokens, passwords, positions and repeated database rows; control characters escaped."""
    for pattern, replacement in IN_TEXT:
        text = pattern.sub(replacement, text)
    return text.translate(CONTROLS)


def set_up_logging(settings: Settings, process: str, stream: TextIO | None = None) -> None:
    """Send every log line of this process, the libraries' included, through one formatter to `stream` (stderr)."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(process=process)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: Processor = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    if not settings.log_json:
        renderer = structlog.dev.ConsoleRenderer(colors=False)
    finish: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        hide,
        renderer,
    ]
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=finish))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        library = logging.getLogger(name)
        library.handlers, library.propagate = [], True


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger; its keyword arguments become fields of the line."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return logger
