"""The workshop of rules: sets are entered, looked at, compared, put in shadow, promoted and rolled back."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from api import cursors
from api.dependencies import Cursor, Limit, Signed
from api.encoding import json_response
from api.problems import documented
from api.schemas.rule_sets import (
    EnteredRuleSet,
    NewRuleSet,
    RuleDifferences,
    RuleSet,
    RuleSetDetail,
    RuleSetPage,
)
from api.schemas.shadow_findings import ShadowFindingPage
from api.writes import Fields, IfMatch, Once, listed
from usecases import read_shadow, rule_workshop
from usecases.read_shadow import ShadowWish
from usecases.rule_workshop import RuleSetRow

router = APIRouter(prefix="/rule-sets", tags=["rules"], responses=documented("not_authenticated", "forbidden"))
REFERENCE = r"^([1-9][0-9]{0,8}|live|shadow|base)$"
SetPath = Annotated[
    str, Path(pattern=REFERENCE, description="A set's number, or `live`, `shadow`, `base`.", examples=["live"])
]
_ORDER, _SHADOW = "-rule_set", "-shadow"


def _tagged(answer: RuleSetRow) -> Response:
    response = json_response(answer)
    response.headers["etag"] = f'"{answer.revision}"'
    return response


@router.get("", response_model=RuleSetPage)
async def list_rule_sets(access: Signed, limit: Limit = 50, cursor: Cursor = None, fields: Fields = None) -> Response:
    """All rule sets, the newest first, with the part that one plays."""
    page = await rule_workshop.list_rule_sets(access.conn, after=cursors.decode(cursor, names=_ORDER), limit=limit)
    return listed(page.with_cursor(cursors.encode([_ORDER, page.end]) if page.end is not None else None), fields)


@router.post("", response_model=EnteredRuleSet, status_code=201, responses=documented("not_found"))
async def enter_edits(body: NewRuleSet, access: Signed, once: Once) -> Response:
    """Lay a site's edits on a shipped set as a new one; it is not live yet.

    422 says of a mistake the rule, the member and the column (`low_fuel.when:12`), and shows the place. The tests of
    what is changed or added are run.
    """
    return await once(
        lambda: rule_workshop.enter_edits(
            access.conn,
            access.caller,
            body.text,
            catalogue=access.catalogue,
            base=body.base,
            note=body.note,
            now=access.now,
        ),
        created=lambda made: f"/api/v1/rule-sets/{made.id}",
    )


@router.post("/rollback", response_model=RuleSet, responses=documented("not_found", "conflict"))
async def roll_back(access: Signed, revision: IfMatch, once: Once) -> Response:
    """Make the set live that was live before. If-Match: the ETag of the live one."""
    return await once(
        lambda: rule_workshop.roll_back(access.conn, access.caller, revision=revision, now=access.now), status=200
    )


@router.get("/{rule_set}", response_model=RuleSetDetail, responses=documented("not_found"))
async def get_rule_set(rule_set: SetPath, access: Signed) -> Response:
    """One set with its rules and the texts that were entered."""
    return _tagged(await rule_workshop.get_rule_set(access.conn, rule_set, access.catalogue))


@router.get("/{rule_set}/differences", response_model=RuleDifferences, responses=documented("not_found"))
async def compare(
    rule_set: SetPath,
    access: Signed,
    against: Annotated[str, Query(pattern=REFERENCE, description="The other set.")] = "live",
) -> Response:
    """What differs between the set (`here`) and another one (`there`), rule by rule."""
    return json_response(await rule_workshop.compare(access.conn, rule_set, against, access.catalogue))


@router.post("/{rule_set}/promote", response_model=RuleSet, responses=documented("not_found", "conflict"))
async def promote(rule_set: SetPath, access: Signed, revision: IfMatch, once: Once) -> Response:
    """Make a replayed set live: the gateway judges by it from its next batch on. 409 when it was never replayed."""
    return await once(
        lambda: rule_workshop.promote(access.conn, access.caller, rule_set, revision=revision, now=access.now),
        status=200,
    )


@router.get("/{rule_set}/shadow-findings", response_model=ShadowFindingPage, responses=documented("not_found"))
async def list_shadow_findings(
    *,
    rule_set: SetPath,
    access: Signed,
    rule: Annotated[str | None, Query(pattern=r"^[a-z0-9_]{1,60}$", description="Of this rule.")] = None,
    machine: Annotated[
        str | None,
        Query(max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$", description="Of a machine: its id or alias (`pin:...`)."),
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    fields: Fields = None,
) -> Response:
    """What the set found in shadow, and rule by rule how many the live set raised in the same time."""
    page = await read_shadow.list_shadow_findings(
        access.conn,
        access.caller.scope,
        ShadowWish(rule_set=rule_set, rule=rule, machine=machine),
        after=cursors.decode(cursor, names=_SHADOW),
        limit=limit,
        catalogue=access.catalogue,
    )
    return listed(page.with_cursor(cursors.encode([_SHADOW, *page.end]) if page.end is not None else None), fields)


@router.post("/{rule_set}/shadow", response_model=RuleSet, responses=documented("not_found", "conflict"))
async def put_in_shadow(rule_set: SetPath, access: Signed, revision: IfMatch, once: Once) -> Response:
    """Let it judge the stream beside the live one: what it finds is recorded and raises nothing."""
    return await once(
        lambda: rule_workshop.put_in_shadow(access.conn, access.caller, rule_set, revision=revision, now=access.now),
        status=200,
    )


@router.delete("/{rule_set}/shadow", status_code=204, responses=documented("not_found", "conflict"))
async def take_out_of_shadow(rule_set: SetPath, access: Signed, revision: IfMatch) -> None:
    """Let it judge in shadow no more."""
    await rule_workshop.take_out_of_shadow(access.conn, access.caller, rule_set, revision=revision, now=access.now)
