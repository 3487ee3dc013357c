"""The pages that a problem's `type` leads to; for people, so outside /api/v1."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse

from api.dependencies import AskedLanguage
from api.problem_pages import html_index, html_page, html_reasons
from api.problems import TABLE, documented
from fleet.errors import NotFound

router = APIRouter(prefix="/problems", tags=["problems"], default_response_class=HTMLResponse)
_HEADERS = {"Vary": "Accept-Language", "Cache-Control": "no-cache"}


@router.get("")
async def list_problems(language: AskedLanguage) -> HTMLResponse:
    """All problems that the API tells of."""
    return HTMLResponse(html_index(language), headers=_HEADERS)


@router.get("/reasons")
async def list_reasons(language: AskedLanguage) -> HTMLResponse:
    """What the entries of `errors` say, by their code."""
    return HTMLResponse(html_reasons(language), headers=_HEADERS)


@router.get("/{code}", responses=documented("not_found"))
async def explain_problem(code: Annotated[str, Path(examples=["not_found"])], language: AskedLanguage) -> HTMLResponse:
    """What a problem means and what to do about it."""
    if code not in TABLE:
        raise NotFound
    return HTMLResponse(html_page(code, language), headers=_HEADERS)
