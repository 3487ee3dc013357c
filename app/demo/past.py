"""The weeks before the demo: filled in beside it, looked through by its people, learned from."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.demo.answers import answer_the_past
from app.demo.children import HISTORY, Learning, history_arguments
from app.demo.desk import at_the_desk
from app.demo.office import OFFICE
from app.demo.order import DemoOrder
from app.demo.people import People
from app.demo.records import BOOKS, RECORDS
from app.demo.sight import Sight
from app.supervisor import Supervisor


@dataclass(slots=True)
class Past:
    """Begins with the demo and tells how it goes on."""

    supervisor: Supervisor
    environment: dict[str, str]
    order: DemoOrder
    people: People
    learning: Learning = field(init=False)
    is_in: bool = False

    def __post_init__(self) -> None:
        self.learning = Learning(self.supervisor, self.environment, self.order.history_days)

    def begin(self) -> None:
        """Let the weeks before come in beside the live readings, and people work."""
        self.people.begin(*OFFICE)
        self.people.begin(at_the_desk)
        self.people.begin(*BOOKS)
        self.people.begin(answer_the_past)
        self.people.tell(f"filling in the last {self.order.history_days} days beside it, machine by machine")
        self.supervisor.add(HISTORY, history_arguments(self.order), self.environment, restart=False)

    def go_on(self, sight: Sight) -> Iterator[str]:
        """What comes after the weeks are in; sentences of what was done since the last call."""
        history = self.supervisor.children.get(HISTORY)
        if history is not None and not history.running:
            del self.supervisor.children[HISTORY]
            self.is_in = history.exit_code == 0
            self.people.past_is_in.set()
            if self.is_in:
                yield f"the last {self.order.history_days} days are in"
                self.people.begin(*RECORDS)
            else:
                yield f"the past could not be filled in; see {history.log}"
        if self.is_in and (said := self.learning.go_on(sight)) is not None:
            yield said
