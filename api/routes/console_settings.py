"""What the console is told of the site that it runs at."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.dependencies import Signed
from api.problems import documented
from api.schemas.console_settings import ConsoleSettings
from api.settings import ApiSettings
from api.writes import versioned

router = APIRouter(tags=["codes"], responses=documented("not_authenticated"))


@router.get("/console-settings", response_model=ConsoleSettings)
async def get_console_settings(request: Request, access: Signed) -> Response:
    """Where the console leads to beside itself: Grafana, for people of the control centre."""
    settings: ApiSettings = request.app.state.settings
    is_staff = access.caller.organisation.kind == "ecc"
    return versioned({"grafana_url": settings.grafana_url if is_staff else None})
