"""Services that are due, in words."""

from uuid import UUID

from storage.notice_sending import RemindedRow
from usecases.service_words import services_values


def reminded(machine: int, item: str, **detail: object) -> RemindedRow:
    return RemindedRow(
        item_zh=f"{item}（中）",
        item_en=item,
        state="overdue",
        detail=detail,
        machine_public_id=UUID(int=machine),
        machine=f"EX-{machine}",
        machine_no=f"PIN{machine}",
        site="North",
    )


def test_services_of_a_machine_stand_together_each_with_what_it_is_planned_by() -> None:
    rows = [reminded(1, "oil", left={"h": -3.0}, minutes=60), reminded(2, "hoses"), reminded(1, "filter")]
    values = services_values(rows, count=5, address="https://ecc", language="zh")
    assert values["list"].splitlines() == [
        f"EX-1（PIN1），工地：North，https://ecc/live?machine={UUID(int=1)}",
        "- oil（中）：已超期；剩余：超过 3 小时；预计到期：未知；所需：约 60 分钟",
        "- filter（中）：已超期；剩余：无；预计到期：未知；所需：计划中未列出",
        f"EX-2（PIN2），工地：North，https://ecc/live?machine={UUID(int=2)}",
        "- hoses（中）：已超期；剩余：无；预计到期：未知；所需：计划中未列出",
        "… +2",
    ]
    assert (values["machines"], values["count"], values["link"]) == ("EX-1、EX-2", "5", "https://ecc/live")


def test_a_subject_names_a_few_machines_and_says_how_many_more() -> None:
    rows = [reminded(number, "oil") for number in range(1, 6)]
    assert services_values(rows, count=5, address="", language="en")["machines"] == "EX-1, EX-2, EX-3 +2"
