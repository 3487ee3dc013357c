"""Services that are due, in words to plan by: what is left, when, how long it takes, and the parts."""

from collections.abc import Sequence
from uuid import UUID

from alerts.notice_templates import filled, word
from storage.notice_sending import RemindedRow

MOST_NAMED = 3
"""Machines that a subject names; of more it says how many."""


def reminder_values(row: RemindedRow, *, language: str) -> dict[str, str]:
    """The placeholders of one reminder but its link."""
    left = row.detail.get("left") or {}
    comma = _comma(language)
    told = [_amount("over" if value < 0 else "left", unit, value, language) for unit, value in left.items()]
    return {
        "machine": row.machine,
        "machine_no": row.machine_no,
        "site": row.site or word("nothing", "site", language),
        "item": row.item_zh if language == "zh" else row.item_en,
        "state": word("reminder", row.state, language),
        "left": comma.join(told) or word("nothing", "left", language),
        "due": _due_of(row, language) or word("nothing", "due", language),
        "needs": comma.join(_needs_of(row, language)) or word("nothing", "needs", language),
    }


def service_line(row: RemindedRow, *, language: str, name: str = "item") -> str:
    """One service in a list: what it is and how it stands, and below it what to plan it by."""
    return filled(word("service", name, language), reminder_values(row, language=language)).rstrip()


def services_values(rows: Sequence[RemindedRow], *, count: int, address: str, language: str) -> dict[str, str]:
    """The placeholders of several services in one notice, those of a machine together; `count`: of all of them, of
    which `rows` are as many as a notice lists. address: of the console."""
    by_machine: dict[UUID, list[RemindedRow]] = {}
    for row in rows:
        by_machine.setdefault(row.machine_public_id, []).append(row)
    told = []
    for machine, own in by_machine.items():
        values = reminder_values(own[0], language=language) | {"link": _link(address, machine)}
        told.append(filled(word("service", "machine", language), values).strip())
        told += [service_line(row, language=language) for row in own]
    if count > len(rows):
        told.append(f"… +{count - len(rows)}")
    names = [own[0].machine for own in by_machine.values()]
    more = f" +{len(names) - MOST_NAMED}" if len(names) > MOST_NAMED else ""
    link = _link(address, next(iter(by_machine))) if len(by_machine) == 1 else f"{address}/live"
    machines = ("、" if language == "zh" else ", ").join(names[:MOST_NAMED]) + more
    return {"count": str(count), "machines": machines, "list": "\n".join(told), "link": link}


def _link(address: str, machine: UUID) -> str:
    return f"{address}/live?machine={machine}"


def _comma(language: str) -> str:
    return "，" if language == "zh" else ", "


def _amount(group: str, unit: str, value: float, language: str) -> str:
    return filled(word(group, unit, language), {"n": f"{abs(value):g}"})


def _due_of(row: RemindedRow, language: str) -> str:
    """The day, or the range of days, on which it is expected to be due; nothing once it is."""
    low, high = row.detail.get("due_low_at"), row.detail.get("due_high_at")
    if not low or not high or low == high:
        return row.detail.get("due_at") or ""
    return filled(word("due", "range", language), {"due_low": low, "due_high": high})


def _needs_of(row: RemindedRow, language: str) -> list[str]:
    """How long the work takes, and the parts: 'about 60 min', 'Oil filter (LF16352) x 1'."""
    minutes = row.detail.get("minutes")
    takes = [filled(word("needs", "minutes", language), {"minutes": str(minutes)})] if minutes else []
    parts = row.detail.get("parts") or []
    return [*takes, *(f"{part['name']} ({part['code']}) x {part['quantity']:g}" for part in parts)]
