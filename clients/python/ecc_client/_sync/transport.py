"""Requests: signed, repeated where that is harmless, and answered with a result or an exception."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from ecc_client._sync.credentials import Credentials
from ecc_client.errors import BadAnswer, NoAnswer, problem_of, retry_after_s
from ecc_client.retries import ONCE, Retries, is_repeatable

Model = TypeVar("Model", bound=BaseModel)
Body = BaseModel | Mapping[str, Any]
API = "/api/v1"


class Transport:
    """One server, one caller."""

    def __init__(self, http: httpx.Client, credentials: Credentials, retries: Retries) -> None:
        self.http, self.retries = http, retries
        self._credentials = credentials

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request and return its good answer, read whole. Raises ProblemError or NoAnswer.

        `options` are httpx's: params, headers, json, content.
        """
        with self.stream(method, path, **options) as answer:
            try:
                answer.read()
            except httpx.TransportError as error:
                raise NoAnswer(_words(error)) from error
            return answer

    @contextmanager
    def stream(self, method: str, path: str, **options: Any) -> Iterator[httpx.Response]:
        """A good answer whose body is still to be read; the repetitions are over when it comes."""
        answer = self._answered(method, path, **options)
        try:
            yield answer
        finally:
            answer.close()

    def _answered(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = dict(options.pop("headers", None) or {})
        attempt, renewed = 1, False
        while True:
            signed: Mapping[str, str] = {}
            try:
                signed = self._credentials.headers(self.http)
                request = self.http.build_request(method, path, headers={**headers, **signed}, **options)
                answer = self.http.send(request, stream=True)
                if answer.status_code >= 400:
                    answer.read()
            except httpx.TransportError as error:
                if attempt >= self.retries.attempts or not is_repeatable(method, headers):
                    raise NoAnswer(f"{method} {path}: {_words(error)}") from error
                time.sleep(self.retries.pause_s(attempt))
                attempt += 1
                continue
            if answer.status_code < 400:
                return answer
            asked_s = retry_after_s(answer.headers.get("retry-after"))
            if answer.status_code == 401 and not renewed and self._credentials.refused(signed):
                renewed = True
            elif self.retries.again(attempt, method, headers, answer.status_code, asked_s):
                time.sleep(self.retries.pause_s(attempt, asked_s))
                attempt += 1
            else:
                raise problem_of(answer)

    def get(self, path: str, model: type[Model], **params: Any) -> Model:
        """GET an answer of this shape."""
        return parsed(model, self.send("GET", path, params=told(params)))

    def pages(self, path: str, page: type[BaseModel], **params: Any) -> Iterator[Any]:
        """The items of every page, each fetched when it is reached."""
        cursor: str | None = None
        while True:
            found: Any = self.get(path, page, **params, cursor=cursor)
            for item in found.items:
                yield item
            cursor = found.next_cursor
            if cursor is None:
                return

    def post(self, path: str, body: Body | None, model: type[Model], *, key: str | None = None) -> Model:
        """POST once: with an Idempotency-Key, made here unless given, so that a repetition changes nothing."""
        headers = {ONCE: key or str(uuid.uuid4())}
        return parsed(model, self.send("POST", path, headers=headers, json=written(body)))

    def patch(self, path: str, body: Body, model: type[Model], *, version: int) -> Model:
        """PATCH what was seen in this version. Raises Stale when somebody else was quicker."""
        headers = {"If-Match": f'"{version}"'}
        return parsed(model, self.send("PATCH", path, headers=headers, json=written(body)))

    def delete(self, path: str, *, version: int) -> None:
        """DELETE what was seen in this version. Raises Stale when somebody else was quicker."""
        self.send("DELETE", path, headers={"If-Match": f'"{version}"'})


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__


def told(params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters as they are sent: those that are None left out, times in RFC 3339, `from_` as `from`."""
    return {name.removesuffix("_"): _text(value) for name, value in params.items() if value is not None}


def _text(value: Any) -> Any:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_text(each) for each in value]
    if hasattr(value, "isoformat"):
        if getattr(value, "tzinfo", None) is None:
            raise ValueError(f"{value!r} has no time zone; use datetime(..., tzinfo=UTC).")
        return value.isoformat()
    return value


def written(body: Body | None) -> Any:
    """A body as JSON can hold it: of a model, what was set."""
    return body.model_dump(mode="json", by_alias=True, exclude_unset=True) if isinstance(body, BaseModel) else body


def parsed(model: type[Model], answer: httpx.Response) -> Model:
    """The answer in its shape. Raises BadAnswer when it has another."""
    try:
        return model.model_validate_json(answer.content)
    except ValidationError as error:
        raise BadAnswer(
            f"{answer.request.method} {answer.request.url.path} answered something else: {error}"
        ) from error
