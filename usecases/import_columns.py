"""The columns of the files that can be imported, by the noun in the import's path."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from usecases import (
    import_geofences,
    import_machines,
    import_models,
    import_organisations,
    import_people,
    import_rosters,
    import_sites,
    import_terminals,
    import_transfers,
    plan_files,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileColumns:
    """The columns of a table, or the properties of a feature. `required`: without a cell there, the line is wrong."""

    required: Sequence[str]
    optional: Sequence[str]


FILE_COLUMNS: Mapping[str, FileColumns] = {
    "organisations": FileColumns(required=import_organisations.REQUIRED, optional=import_organisations.OPTIONAL),
    "people": FileColumns(required=import_people.REQUIRED, optional=import_people.OPTIONAL),
    "rosters": FileColumns(required=import_rosters.REQUIRED, optional=import_rosters.OPTIONAL),
    "sites": FileColumns(required=import_sites.REQUIRED, optional=import_sites.OPTIONAL),
    "geofences": FileColumns(required=("name",), optional=import_geofences.PROPERTIES[1:]),
    "machines": FileColumns(required=import_machines.REQUIRED, optional=import_machines.OPTIONAL),
    "terminals": FileColumns(required=import_terminals.REQUIRED, optional=import_terminals.OPTIONAL),
    "models": FileColumns(required=import_models.REQUIRED, optional=import_models.OPTIONAL),
    "maintenance-plans": FileColumns(required=plan_files.REQUIRED, optional=(*plan_files.OPTIONAL, *plan_files.LISTS)),
    "transfers": FileColumns(required=import_transfers.REQUIRED, optional=import_transfers.OPTIONAL),
}
