"""Which module serves what: every router of the API, in the order of its document."""

from functools import cache

from fastapi import Depends, FastAPI, Request

from api.aemp import routes as aemp
from api.body_types import require_json
from api.query_names import refuse_unknown
from api.routes import (
    accounts,
    alarm_commands,
    alarm_load,
    alarms,
    audit,
    briefs,
    changes,
    clients,
    codes,
    commissioning,
    company_login,
    console_settings,
    data_trust,
    detectors,
    findings,
    fleet,
    fleet_imports,
    geofences,
    guided,
    hand_over_notes,
    health,
    help_requests,
    import_columns,
    invitations,
    live,
    machine_notes,
    machines,
    machines_write,
    maintenance,
    maintenance_plans,
    models,
    notice_actions,
    notice_templates,
    notices,
    oauth,
    organisations,
    password_links,
    people,
    problems,
    quarantine,
    report_subscriptions,
    rosters,
    rule_checks,
    rule_replays,
    rule_sets,
    shares,
    sites,
    terminals,
    transfers,
    trips,
    trust,
    verdicts,
    webhooks,
)


async def _check(request: Request) -> None:
    await refuse_unknown(request)
    await require_json(request)


# Every endpoint; the console's pages are none. One dependency: FastAPI takes its time for each.
_CHECKED = (Depends(_check),)
_PLAIN = (health.router, problems.router, oauth.router)
_V1 = (
    *(accounts.router, clients.router, company_login.router, invitations.router),
    *(
        machines.router,
        fleet.router,
        alarms.router,
        alarm_commands.router,
        alarm_load.router,
        hand_over_notes.router,
        findings.router,
        guided.router,
        audit.router,
        live.router,
        webhooks.router,
        codes.router,
        console_settings.router,
        import_columns.router,
    ),
    *(fleet_imports.router, machines_write.router, terminals.router, transfers.router, shares.router, models.router),
    *(commissioning.router, detectors.router, trust.router, data_trust.router),
    *(organisations.router, people.router, password_links.router),
    *(sites.router, geofences.router, rosters.router),
    *(notices.router, notice_templates.router, notice_actions.router),
    *(maintenance_plans.router, maintenance.router, briefs.router, report_subscriptions.router),
    *(machine_notes.router, trips.router, help_requests.router),
    *(verdicts.router, rule_checks.router, rule_sets.router, rule_replays.router),
    quarantine.router,
    *(changes.router, company_login.records),
)
# Asked first: a request is held against one router's paths after another's. No path of these is another router's too.
_BUSY = (machines.router, fleet.router, alarms.router)


def include_rooms(app: FastAPI) -> None:
    """Mount every router where it belongs. Imports come before `{id}` paths that would take their name."""
    mounted = _mounted()
    app.router.routes.extend(mounted.router.routes)
    app.dependency_overrides = mounted.dependency_overrides  # where its routes look
    app.state.documented = list(app.router.routes)
    app.router.routes.sort(key=lambda route: getattr(route, "original_router", None) not in _BUSY)


@cache
def _mounted() -> FastAPI:
    """What every application of a process serves. FastAPI makes each route anew where a router is included, more than a
    second for all of them; they hold nothing of the application that they serve."""
    shelf = FastAPI(openapi_url=None)
    for router in _PLAIN:
        shelf.include_router(router, dependencies=_CHECKED)
    for router in _V1:  # each by itself: of routers in routers FastAPI makes every route twice
        shelf.include_router(router, prefix="/api/v1", dependencies=_CHECKED)
    shelf.include_router(aemp.router, dependencies=_CHECKED)
    return shelf
