"""What the console is told of its site: where Grafana is, and whom that concerns."""

import pytest

from app.settings import load_settings
from tests.api.conftest import running

GRAFANA = "https://example.com/grafana"
PATH = "/api/v1/console-settings"


@pytest.mark.asyncio(loop_scope="module")
async def test_people_of_the_control_centre_are_led_to_grafana_and_nobody_else(world, api_database):
    async with running(api_database.url("ecc_api"), grafana_url=GRAFANA) as clients:
        for login, told in (("expert", GRAFANA), ("dealer", None), ("owner", None)):
            async with clients.of(login) as http:
                assert (await http.get(PATH)).json() == {"grafana_url": told}, login
        async with clients.anybody() as http:
            assert (await http.get(PATH)).status_code == 401


@pytest.mark.asyncio(loop_scope="module")
async def test_without_grafana_there_is_nowhere_to_lead(clients):
    async with clients.of("expert") as http:
        assert (await http.get(PATH)).json() == {"grafana_url": None}


def test_the_address_of_grafana_is_one_that_a_browser_opens():
    assert load_settings(grafana_url=f"{GRAFANA}/").grafana_url == GRAFANA
    for wrong in ("grafana.example.com", "javascript:alert(1)", "https://example.com/?x=1"):
        with pytest.raises(ValueError, match="must look like https"):
            load_settings(grafana_url=wrong)
