"""The pages that a problem's `type` leads to; for people, so outside /api/v1 and the OpenAPI document."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.dependencies import AskedLanguage
from api.problem_pages import html_index, html_page
from api.problems import TABLE
from fleet.errors import NotFound

router = APIRouter(prefix="/problems", include_in_schema=False)
_HEADERS = {"Vary": "Accept-Language", "Cache-Control": "no-cache"}


@router.get("")
async def list_problems(language: AskedLanguage) -> HTMLResponse:
    """All problems that the API tells of."""
    return HTMLResponse(html_index(language), headers=_HEADERS)


@router.get("/{code}")
async def explain_problem(code: str, language: AskedLanguage) -> HTMLResponse:
    """What a problem means and what to do about it."""
    if code not in TABLE:
        raise NotFound
    return HTMLResponse(html_page(code, language), headers=_HEADERS)
