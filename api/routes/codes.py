"""What the API's codes and units mean, in words."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response

from api.codes import MACHINE_KINDS, code_list, units, words
from api.dependencies import AskedLanguage, Signed
from api.problems import documented
from api.schemas import codes as schemas
from api.writes import versioned
from fleet.errors import NotFound
from storage.read_codes import list_machine_kinds

router = APIRouter(tags=["codes"], responses=documented("not_authenticated"))
ListPath = Annotated[str, Path(alias="list", pattern=r"^[a-z_]{1,40}$", examples=["severities"])]


@router.get("/units", response_model=schemas.UnitList)
async def list_units(access: Signed, language: AskedLanguage) -> Response:
    """The units of signals and fields, named in the language of Accept-Language."""
    return versioned({"items": units(access.catalogue, language), "next_cursor": None})


@router.get("/codes", response_model=schemas.CodeLists)
async def list_code_lists(access: Signed, language: AskedLanguage) -> Response:
    """The code lists that there are."""
    names = [{"id": name, "name": text["_"][language], **text["_"]} for name, text in words()["list"].items()]
    return versioned({"items": names, "next_cursor": None})


@router.get("/codes/{list}", response_model=schemas.CodeList, responses=documented("not_found"))
async def get_code_list(name: ListPath, access: Signed, language: AskedLanguage) -> Response:
    """The values of one code list in words: severities, roles, machine kinds, problem codes and others."""
    kinds = await list_machine_kinds(access.conn) if name == MACHINE_KINDS else []
    found = code_list(name, language, kinds)
    if found is None:
        raise NotFound
    return versioned(found)
