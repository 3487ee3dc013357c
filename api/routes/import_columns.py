"""What files that are imported look like."""

import json
from collections.abc import Mapping

from fastapi import APIRouter
from fastapi.responses import Response

from api.dependencies import Signed
from api.problems import documented
from api.routes import imports
from api.schemas.import_columns import FileColumnsList
from api.writes import versioned
from usecases.import_columns import FILE_COLUMNS

router = APIRouter(tags=["codes"], responses=documented("not_authenticated"))

_TABLES: Mapping[str, str] = {
    "organisations": imports.ORGANISATIONS_CSV,
    "people": imports.PEOPLE_CSV,
    "rosters": imports.ROSTERS_CSV,
    "sites": imports.SITES_CSV,
    "machines": imports.MACHINES_CSV,
    "terminals": imports.TERMINALS_CSV,
    "models": imports.MODELS_CSV,
    "maintenance-plans": imports.PLANS_CSV,
    "transfers": imports.TRANSFERS_CSV,
}
_MAPS: Mapping[str, str] = {
    "geofences": json.dumps(imports.GEOFENCES_GEOJSON, ensure_ascii=False, indent=2),
}


@router.get("/import-columns", response_model=FileColumnsList)
async def list_import_columns(access: Signed) -> Response:
    """The columns of every file that can be imported, with an example of it."""
    return versioned({"items": [_columns(noun) for noun in FILE_COLUMNS]})


def _columns(noun: str) -> dict[str, object]:
    columns = FILE_COLUMNS[noun]
    return {
        "noun": noun,
        "required": columns.required,
        "optional": columns.optional,
        "media_type": imports.GEOJSON if noun in _MAPS else imports.CSV,
        "example": _MAPS.get(noun) or _TABLES[noun],
    }
