"""A question to Grafana's PostgreSQL data source, which the SDK has no class for."""

from dataclasses import dataclass
from typing import Literal

from grafana_foundation_sdk.cog import builder, variants
from grafana_foundation_sdk.models.common import DataSourceRef

DATASOURCE_UID = "ecc-timescale"
DATASOURCE_TYPE = "grafana-postgresql-datasource"
DATASOURCE = DataSourceRef(type_val=DATASOURCE_TYPE, uid=DATASOURCE_UID)


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlQuery(variants.Dataquery, builder.Builder[variants.Dataquery]):
    """One statement, as code; time_series has Grafana make a line of each `metric`."""

    sql: str
    form: Literal["table", "time_series"] = "table"
    ref: str = "A"

    def build(self) -> variants.Dataquery:
        """Itself."""
        return self

    def to_json(self) -> dict[str, object]:
        """As the data source reads it."""
        return {
            "refId": self.ref,
            "datasource": DATASOURCE,
            "editorMode": "code",
            "format": self.form,
            "rawQuery": True,
            "rawSql": self.sql.strip(),
        }
