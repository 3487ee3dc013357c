"""The workshop's editor: edits checked without being kept, a rule with its tests, and who switched sets."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response

from api import cursors
from api.dependencies import Cursor, Limit, Signed
from api.encoding import json_response
from api.problems import documented
from api.routes.rule_sets import SetPath
from api.schemas.rule_checks import CheckedEdits, RuleDraft, RuleSetSwitchPage, WholeRule
from api.writes import Fields, listed
from usecases import check_rules, read_switches, show_rule

router = APIRouter(prefix="/rule-sets", tags=["rules"], responses=documented("not_authenticated", "forbidden"))
_SWITCHES = "-switch"


@router.post("/check", response_model=CheckedEdits, responses=documented("not_found"))
async def check_edits(body: RuleDraft, access: Signed) -> Response:
    """Check a site's edits and run the tests of what they change or add; nothing is kept.

    All mistakes are told, rule by rule, with their lines and columns; the answer is 200 whatever they are.
    """
    found = await check_rules.check_edits(
        access.conn, access.caller, body.text, catalogue=access.catalogue, base=body.base, rule=body.rule
    )
    return json_response(found)


@router.get("/switches", response_model=RuleSetSwitchPage)
async def list_switches(access: Signed, limit: Limit = 50, cursor: Cursor = None, fields: Fields = None) -> Response:
    """Which set was live or in shadow from when on and by whom, the newest first."""
    page = await read_switches.list_switches(access.conn, after=cursors.decode(cursor, names=_SWITCHES), limit=limit)
    return listed(page.with_cursor(cursors.encode([_SWITCHES, page.end]) if page.end is not None else None), fields)


@router.get("/{rule_set}/rules/{rule}", response_model=WholeRule, responses=documented("not_found"))
async def get_rule(
    rule_set: SetPath,
    rule: Annotated[str, Path(pattern=r"^[a-z0-9_]{1,60}$", examples=["low_oil_pressure"])],
    access: Signed,
) -> Response:
    """One rule of a set with the text to begin an edit with, and its tests as they go."""
    return json_response(await show_rule.get_rule(access.conn, rule_set, rule, access.catalogue))
