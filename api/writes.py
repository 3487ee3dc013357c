"""What changes and lists share: versions (ETag, If-Match), keys that make a POST happen once, sparse fields."""

import base64
import hashlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar, get_args, get_type_hints

import msgspec
from cryptography.fernet import Fernet, InvalidToken
from fastapi import Depends, Header, Query, Request
from fastapi.responses import Response

from api.dependencies import Access, Now, Signed
from api.request_limits import BodySeen
from fleet.errors import Conflict, IdempotencyMismatch, InvalidInput, PreconditionFailed, PreconditionRequired
from storage.idempotency import Claim, claim_key, give_back_key, store_answer
from usecases.versions import Versions

REPLAYED: Final = "Idempotency-Replayed"
_JSON: Final = "application/json"
_encoder = msgspec.json.Encoder()
Made = TypeVar("Made")

Fields = Annotated[
    str | None,
    Query(
        max_length=1000,
        pattern=r"^[a-z0-9_]+(,[a-z0-9_]+)*$",
        description="Only these members of each resource, separated by commas; an `id` always comes along.",
        examples=["id"],
    ),
]


async def _if_match(
    value: Annotated[
        str | None,
        Header(
            alias="If-Match",
            max_length=400,
            description="The ETag that the change was made from, or several: their versions are compared. `*`: any.",
            examples=['"3"'],
        ),
    ] = None,
) -> Versions | None:
    """The versions that If-Match names, what else a tag holds left aside: a reading that came in refuses no change.

    `*` is None: whatever version there is. Of several tags those that are no versions of ours match nothing. Raises
    PreconditionRequired without any tag, and PreconditionFailed when none is of ours.
    """
    tags = [tag for text in (value or "").split(",") if (tag := text.strip())]
    if not tags:
        raise PreconditionRequired
    if tags == ["*"]:
        return None
    # proxies that compress make tags weak
    names = {tag.removeprefix("W/").strip('"').partition("-")[0] for tag in tags}
    versions = frozenset(int(name) for name in names if name.isascii() and name.isdecimal() and len(name) <= 9)
    if not versions:
        raise PreconditionFailed
    return versions


IfMatch = Annotated[Versions | None, Depends(_if_match)]


def etag_of(version: int | None, body: bytes) -> str:
    """`"<version>-<digest>"`, which changes with every byte of the body; without a version the digest alone.

    A body may hold more than its version counts: the last readings of a machine, the machine of a terminal.
    """
    digest = hashlib.sha256(body).hexdigest()
    return f'"{digest[:32]}"' if version is None else f'"{version}-{digest[:16]}"'


def versioned(answer: object, fields: str | None = None) -> Response:
    """What a GET read, as JSON with its ETag; only `fields` of it, when given. Raises InvalidInput for unknown fields.

    A GET whose If-None-Match names this ETag becomes 304 in api/not_modified.py.
    """
    body = _encoder.encode(answer if fields is None else _sparse(answer, _chosen(type(answer), fields)))
    return Response(body, media_type=_JSON, headers={"ETag": etag_of(getattr(answer, "version", None), body)})


def as_changed(answer: Any) -> Response:
    """What a PATCH made of a resource, as JSON; its ETag is for the next If-Match: the version alone."""
    return Response(_encoder.encode(answer), media_type=_JSON, headers={"ETag": version_tag(answer.version)})


def version_tag(version: int | None) -> str:
    """The ETag of what was just made or changed; no GET has it, so it is never answered 304."""
    return f'"{version}"'


_INNER: Final = ("end", "numbers")  # members of pages for those who answer with them


def listed(page: Any, fields: str | None = None) -> Response:
    """A page (a dataclass with `items`) as JSON, without its inner members; only `fields` of its items, when given.

    Raises InvalidInput for unknown fields; on an empty page too, unless its class is generic.
    """
    shown = {name: getattr(page, name) for name in _names(type(page)) if name not in _INNER}
    if fields is not None:
        kind = _item_type(type(page)) or (type(page.items[0]) if page.items else None)
        if kind is not None:
            names = _chosen(kind, fields)
            shown["items"] = [_sparse(item, names) for item in page.items]
    return Response(_encoder.encode(shown), media_type=_JSON)


def _sparse(resource: object, names: Iterable[str]) -> dict[str, object]:
    return {name: getattr(resource, name) for name in names}


def _chosen(kind: type[object], wanted: str) -> list[str]:
    known = _names(kind)
    asked = set(wanted.split(","))
    if unknown := sorted(asked - set(known)):
        raise InvalidInput("field_unknown", where="fields", found=unknown[:5], known=known)
    return [name for name in known if name in asked or name == "id"]


def _names(kind: type[object]) -> tuple[str, ...]:
    assert is_dataclass(kind), f"{kind.__name__} is no dataclass"
    return tuple(field.name for field in fields(kind))


def _item_type(kind: type[object]) -> type[object] | None:
    """What a page's `items` are, by its annotation; None for a generic page."""
    arguments = get_args(get_type_hints(kind)["items"])
    kind_of_item = arguments[0] if arguments else None
    return kind_of_item if isinstance(kind_of_item, type) else None


@dataclass(frozen=True, slots=True)
class OnceOnly:
    """One POST, which happens at most once for each Idempotency-Key of its caller within 24 hours."""

    request: Request
    access: Access
    now: datetime
    key: str | None

    async def __call__(
        self, make: Callable[[], Awaitable[Made]], created: Callable[[Made], str] | None = None, *, status: int = 201
    ) -> Response:
        """Call `make` in the access's transaction and answer with what it returns, a frozen dataclass, as JSON.

        ETag comes from its `version` or `revision` where it has one, Location from `created`. The same request sent
        again with the same key gets the first one's answer, and `Idempotency-Replayed: true`; errors are not kept.
        Raises IdempotencyMismatch when the key came with another request, and whatever `make` raises.
        """
        claim = await self._claim()
        if claim is not None and (replayed := await self._find(claim)) is not None:
            return replayed
        made = await make()
        body = _encoder.encode(made)
        headers = {"Location": created(made)} if created else {}
        for counted in ("version", "revision"):
            if hasattr(made, counted):
                headers["ETag"] = version_tag(getattr(made, counted))
        if claim is not None:
            cipher = self._cipher()
            sealed = {name: cipher.encrypt(value.encode()).decode() for name, value in headers.items()}
            await store_answer(self.access.conn, claim, status=status, headers=sealed, body=cipher.encrypt(body))
        return Response(body, status_code=status, media_type=_JSON, headers=headers)

    async def commit_without_answer(self) -> None:
        """Keep what `make` has written although it is about to raise; the key is as if it had never come."""
        if (claim := await self._claim()) is not None:
            await give_back_key(self.access.conn, claim)
        await self.access.conn.commit()

    async def _claim(self) -> Claim | None:
        if self.key is None:
            return None
        actor = self.access.caller.actor
        return Claim(
            organisation_id=self.access.caller.scope.organisation_id,
            principal=f"{actor.kind}:{actor.id}",
            key_hash=hashlib.sha256(self.key.encode()).digest(),
            fingerprint=await _fingerprint(self.request),
        )

    async def _find(self, claim: Claim) -> Response | None:
        stored = await claim_key(self.access.conn, claim, now=self.now)
        if stored is None:
            return None
        if stored.fingerprint != claim.fingerprint:
            raise IdempotencyMismatch
        cipher = self._cipher()
        try:
            body = cipher.decrypt(stored.body)
            headers = {name: cipher.decrypt(value).decode() for name, value in stored.headers.items()}
        except InvalidToken as error:
            raise Conflict("answer_lost") from error
        return Response(body, stored.status, {**headers, REPLAYED: "true"}, _JSON)

    def _cipher(self) -> Fernet:
        """Answers may hold a secret that is shown once (a client's key; a link, in Location too), so what is kept of
        them is encrypted."""
        secret = self.request.app.state.settings.session_secret
        return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"idempotency {secret}".encode()).digest()))


async def _fingerprint(request: Request) -> bytes:
    """The SHA-256 of what is asked: method, path with query, and the body."""
    seen: BodySeen = request.scope["ecc_body"]
    if not seen.complete:
        await request.body()
    target = f"{request.method} {request.url.path}?{request.url.query}\n"
    return hashlib.sha256(target.encode() + seen.digest.digest()).digest()


async def _once(
    request: Request,
    access: Signed,
    now: Now,
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            max_length=200,
            pattern=r"^[!-~]+$",
            description="Printable ASCII characters of your own, no blanks: a request sent again with them is answered "
            "again, not done again.",
            examples=["5f0c9d2b-7e44"],
        ),
    ] = None,
) -> OnceOnly:
    return OnceOnly(request, access, now, key)


Once = Annotated[OnceOnly, Depends(_once)]
