"""Parts of statements that several boards share: which machines are meant, and the names of signals and sources."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from dashboards.grafana.panel import Variable
from dashboards.grafana.sources import ANY, CASCADE, checks, parts, sources
from dashboards.grafana.words import Language, codes
from fleet.data_classes import DataClass, class_of
from fleet.signals import packaged_catalogue

_OWNED = "SELECT o.number FROM dashboard.owned o WHERE o.organisation_id::text IN ($organisation)"
_AT_SITE = "SELECT s.number FROM dashboard.machine s WHERE s.site_id::text IN ($site)"
_OF_MODEL = "SELECT k.number FROM dashboard.machine k WHERE k.model_id::text IN ($model)"

_PARTS = {"organisation": _OWNED, "site": _AT_SITE, "model": _OF_MODEL}


def chosen(number: str) -> str:
    """A condition: the machine in that column is of the chosen organisations, sites and models.

    `$name` is '*' when all are chosen: the condition is then constant, and costs nothing.
    """
    return " AND ".join(f"('*' IN (${name}) OR {number} IN ({of}))" for name, of in _PARTS.items())


def found_by(number: str) -> str:
    """The same where few machines are looked up along an index among very many rows: those of a model."""
    return " AND ".join(f"('*' IN (${name}) OR {number} = ANY (ARRAY({of})))" for name, of in _PARTS.items())


THIS_MACHINE = "(SELECT x.number FROM dashboard.machine x WHERE x.machine_id = nullif('$machine', '')::uuid)"
"""The machine that was chosen, for statements about one."""

LEVEL = "dashboard.level_s($__interval_ms)"
"""The rollup of signals that answers for the panel's points."""

SPAN = "$__timeFrom()::timestamptz, $__timeTo()::timestamptz"
WORK_BY_POINTS = f"dashboard.work_between({SPAN}, $__interval_ms)"
"""What machines did, in pieces that are no wider than the panel's points."""
WORK_IN_TOTAL = f"dashboard.work_between({SPAN}, 86400000)"
"""The same in the widest pieces that there are."""

ORGANISATION = Variable(
    key="organisation",
    sql="""
SELECT name AS "__text", organisation_id::text AS "__value" FROM dashboard.organisation ORDER BY name LIMIT 1000
""",
)
SITE = Variable(
    key="site",
    sql=f"""
SELECT s.name AS "__text", s.site_id::text AS "__value" FROM dashboard.site s
WHERE '*' IN ($organisation) OR s.site_id IN (
    SELECT m.site_id FROM dashboard.machine m WHERE m.number IN ({_OWNED})
)
ORDER BY s.name LIMIT 1000
""",
)
MODEL = Variable(
    key="model",
    sql='SELECT name AS "__text", model_id::text AS "__value" FROM dashboard.model ORDER BY name LIMIT 1000',
)
FLEET = (ORGANISATION, SITE, MODEL)


def signal_names(language: Language) -> str:
    """A relation `signal (signal_id, label)`: the catalogue's signals but places, and those that the site added."""
    rows = [
        f"({signal.id}, '{_quoted(signal.zh if language == 'zh' else signal.en)} [{_quoted(signal.unit)}]')"
        for signal in packaged_catalogue()
        if class_of(signal) is not DataClass.POSITION and signal.key != "heading_deg"
    ]
    own = f"SELECT signal_id, {language} || ' [' || unit || ']' FROM dashboard.own_signal"
    return f"(VALUES {', '.join(rows)} UNION ALL {own}) AS signal (signal_id, label)"


def _quoted(text: str) -> str:
    return text.replace("'", "''").replace("$", "")


def source_names(language: Language) -> str:
    """A relation `source (kind, key, title)`; see looked_up()."""
    return _values("source (kind, key, title)", ((one.kind, one.key, one.title) for one in sources(language)))


def part_names(language: Language) -> str:
    """A relation `part (key, words)`: of parts that are told by their keys."""
    return _values("part (key, words)", parts(language).items())


def check_names(language: Language) -> str:
    """A relation `checked (key, words)`: why a check does not trust a sensor; dropout and errors are of any signal."""
    reasons = codes(language, "distrust_reasons")
    found = dict(reasons) | {key: reasons[reason] for key, reason in checks().items()}
    return _values("checked (key, words)", found.items())


def code_names(of: str, language: Language) -> str:
    """A relation of that name, (code, words): a list of codes."""
    return _values(f"{of} (code, words)", codes(language, of).items())


def _values(relation: str, rows: Iterable[tuple[str, ...]]) -> str:
    told = ", ".join("(" + ", ".join(f"'{_quoted(text)}'" for text in row) + ")" for row in rows)
    return f"(VALUES {told}) AS {relation}"


RELATIONS: Mapping[str, Callable[[Language], str]] = {
    "{signals}": signal_names,
    "{sources}": source_names,
    "{parts}": part_names,
    "{checks}": check_names,
    "{severities}": partial(code_names, "severities"),
    "{source_kinds}": partial(code_names, "source_kinds"),
    "{finding_verdicts}": partial(code_names, "finding_verdicts"),
}
"""What statements may name, and what stands there then, in the board's language."""


def looked_up(row: str) -> str:
    """A condition: `source` is the one that the row names by source_kind and source_key."""
    return f"""source.kind = {row}.source_kind AND source.key = CASE
        WHEN {row}.source_key LIKE '{CASCADE}%' THEN '{CASCADE}' || split_part({row}.source_key, ':', 2)
        WHEN {row}.source_kind = 'model' AND {row}.source_key !~ '^(peers|wear):'
            THEN regexp_replace({row}.source_key, '^.*:', '{ANY}')
        ELSE {row}.source_key END"""


def in_html(text: str) -> str:
    """The text as a browser shows it: what is of people and of machines makes no tags."""
    return f"replace(replace({text}, '&', '&amp;'), '<', '&lt;')"


def linked(text: str, alarm_id: str) -> str:
    """The text, as HTML that leads to the alarm in the console; where there is no alarm, the text."""
    to_alarm = f"""'<a href="$console/alarms/' || {alarm_id} || '" target="_blank">'"""
    return f"coalesce({to_alarm}, '') || {in_html(text)} || CASE WHEN {alarm_id} IS NULL THEN '' ELSE '</a>' END"


_PASSED_S = "extract(epoch FROM least($__timeTo()::timestamptz, now()) - $__timeFrom()::timestamptz)"
USE = f"""
    SELECT w.number, sum(w.working_s + w.travelling_s) / 3600 AS worked_h,
        sum(w.working_s + w.travelling_s + w.idle_s) / 3600 AS ran_h, sum(w.idle_s) / 3600 AS idle_h,
        100 * sum(w.working_s + w.travelling_s) / {_PASSED_S} AS utilisation_pct,
        100 * sum(w.idle_s) / nullif(sum(w.working_s + w.travelling_s + w.idle_s), 0) AS idle_pct
    FROM {WORK_IN_TOTAL} w
    WHERE {chosen("w.number")}
    GROUP BY 1
"""
"""What each machine that was heard did in the span. Utilisation: of the time that has passed, as briefs have it."""

_BEFORE = """coalesce({before}(
            SELECT b.{column} FROM dashboard.meter_day b WHERE b.number = n.number AND b.day_at < n.day_at
            ORDER BY b.day_at DESC LIMIT 1
        ), 0)"""
_LAG = {
    column: _BEFORE.format(before=f"lag(n.{column}) OVER days, ", column=column) for column in ("fuel_l", "hours_h")
}
GROWN_BY_DAY = f"""
    SELECT n.number, n.day_at, n.fuel_l - {_LAG["fuel_l"]} AS fuel_l, n.hours_h - {_LAG["hours_h"]} AS hours_h
    FROM (SELECT * FROM dashboard.meter_day n WHERE $__timeFilter(n.day_at) AND {chosen("n.number")} OFFSET 0) n
    WINDOW days AS (PARTITION BY n.number ORDER BY n.day_at)
"""
"""What each machine's meters grew by in each day of the span (UTC); a silence's growth is the day's that ended it.

OFFSET: what is sorted are four numbers of a row, not its arrays.
"""
GROWN = f"""
    SELECT n.number, n.fuel_l - {_BEFORE.format(before="", column="fuel_l")} AS fuel_l,
        n.hours_h - {_BEFORE.format(before="", column="hours_h")} AS hours_h
    FROM (
        SELECT d.number, min(d.day_at) AS day_at, last(d.fuel_l, d.day_at) AS fuel_l,
            last(d.hours_h, d.day_at) AS hours_h
        FROM dashboard.meter_day d
        WHERE $__timeFilter(d.day_at) AND {chosen("d.number")}
        GROUP BY 1
    ) n
"""
"""The same over the whole span: its last day less the last one before it."""
