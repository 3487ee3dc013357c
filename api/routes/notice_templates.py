"""The texts of notices."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response

from alerts.notice_templates import Template
from api.dependencies import Signed
from api.problems import documented
from api.schemas.accounts import Language
from api.schemas.notices import NoticePreview, NoticeTemplate, NoticeTemplatePage, NoticeText, TemplateKeyName
from api.writes import Fields, IfMatch, as_changed, listed, versioned
from usecases import edit_notice_templates

router = APIRouter(prefix="/notice-templates", tags=["notices"], responses=documented("not_authenticated", "forbidden"))
KeyPath = Annotated[TemplateKeyName, Path(examples=["test"])]
LanguagePath = Annotated[Language, Path(examples=["en"])]


@router.get("", response_model=NoticeTemplatePage)
async def list_templates(access: Signed, fields: Fields = None) -> Response:
    """Every text in force, with the placeholders that may stand in it."""
    return listed(await edit_notice_templates.list_templates(access.conn), fields)


@router.get("/{key}/{language}", response_model=NoticeTemplate)
async def get_template(key: KeyPath, language: LanguagePath, access: Signed) -> Response:
    """One text in force."""
    return versioned(await edit_notice_templates.get_template(access.conn, key, language))


@router.patch(
    "/{key}/{language}",
    response_model=NoticeTemplate,
    responses=documented("precondition_failed", "precondition_required"),
)
async def write_template(
    key: KeyPath, language: LanguagePath, wanted: NoticeText, access: Signed, version: IfMatch
) -> Response:
    """Write a text anew; earlier versions are kept. 422 names the place of each placeholder that is none."""
    text = Template(subject=wanted.subject, body=wanted.body)
    written = await edit_notice_templates.write_template(
        access.conn, access.caller, key, language, text, version=version, now=access.now
    )
    return as_changed(written)


@router.post("/{key}/{language}/preview", response_model=NoticePreview)
async def preview_template(
    key: KeyPath, language: LanguagePath, access: Signed, wanted: NoticeText | None = None
) -> Response:
    """A text with an example in each placeholder, without saving it; without a body the text in force."""
    text = None if wanted is None else Template(subject=wanted.subject, body=wanted.body)
    return versioned(await edit_notice_templates.preview_template(access.conn, key, language, text))
