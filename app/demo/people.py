"""What people do on the demo's platform, through the API, each under their own login.

At the start the office is opened: rosters, fences, SIM cards, reports. Who sits at the desk answers the alarms of the
weeks before as they come in, and some of those of now; most of these are left for whoever looks at the demo.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import httpx

from app.demo.person import Person

Step = Callable[["People"], None]


@dataclass(slots=True)
class People:
    """Who works on the demo: does what has to be done in threads of its own, and tells of what was refused.

    `past_is_in` is set once no more of the weeks before comes.
    """

    address: str
    password: str
    tell: Callable[[str], None]
    stop: threading.Event
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    past_is_in: threading.Event = field(default_factory=threading.Event)
    _people: dict[str, Person] = field(default_factory=dict)
    _choosing: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, *steps: Step) -> None:
        """Do these one after the other, beside everything else."""
        threading.Thread(target=self._work, args=[steps], name="demo-people", daemon=True).start()

    def person(self, login: str) -> Person:
        """That login, whose session all threads share: few may be begun in a short time."""
        with self._choosing:
            return self._people.setdefault(login, Person.at(self.address, login, self.password))

    def attempt(self, step: Callable[[], object]) -> bool:
        """Whether it was done; what is refused or does not arrive is told, and work goes on with the next."""
        try:
            step()
        except httpx.HTTPStatusError as error:
            asked = f"{error.request.method} {error.request.url.path}"
            self._sorry(f"{asked}: {error.response.text[:300]}")
        except httpx.HTTPError as error:
            self._sorry(str(error) or type(error).__name__)
        else:
            return True
        return False

    def _work(self, steps: Sequence[Step]) -> None:
        for step in steps:
            if self.stop.is_set():
                return
            self.attempt(partial(step, self))

    def _sorry(self, why: str) -> None:
        if not self.stop.is_set():
            self.tell(f"the demo's people could not do everything: {why}")
