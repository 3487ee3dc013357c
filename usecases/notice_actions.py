"""What the links of a notice do: looking shows what would be done, and only pressing the button does it.

Mail servers follow every link of a mail to see whether it is harmless, so looking must do nothing. A link stands for
the reader it was sent to and for one alarm; it works once.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fleet.errors import EccError, NotFound
from fleet.signals import Catalogue
from storage.read_notices import TokenRow, find_token, use_token
from storage.read_pool import ReadPool, enter_scope
from storage.users import Caller, caller_of
from usecases.give_verdict import UNKNOWN, give_verdict
from usecases.help_requests import ask_for_help
from usecases.invite import hash_of_token
from usecases.read_alarm_words import RuleBooks, Words

VERDICTS = {"fixed": "true_fault", "wrong": "nuisance"}
CALL = "请给我打电话 / Please call me"
NOTES = {"fixed": "Fixed, says the reader of a notice.", "wrong": "Wrong, says the reader of a notice."}


class NoticeLinkOver(EccError):
    """This link has been used, or is too old."""

    code = "notice_link_over"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeAction:
    """What a link does, for its page."""

    action: str
    machine: str
    alarm_id: UUID
    alarm: Words
    login: str
    language: str
    is_open: bool
    phone: str | None = None


async def show_action(pool: ReadPool, token: str, *, catalogue: Catalogue, now: datetime) -> NoticeAction:
    """What a link would do. Raises NotFound."""
    async with pool.platform() as conn:
        row = await find_token(conn, hash_of_token(token))
        if row is None:
            raise NotFound
        books = await RuleBooks.load(conn, [row.version], catalogue)
    return NoticeAction(
        action=row.action,
        machine=row.machine,
        alarm_id=row.alarm_id,
        alarm=books.words(row.source_kind, row.source_key, row.version),
        login=row.login,
        language=row.language,
        phone=row.phone,
        is_open=row.is_active and row.used_at is None and now < row.expires_at,
    )


async def do_action(pool: ReadPool, token: str, *, catalogue: Catalogue, now: datetime) -> NoticeAction:
    """Do what a link says in the name of its reader: a verdict, or a request for help that asks for a call.

    Raises NotFound, NoticeLinkOver, Forbidden when the machine is not the reader's any more, and Conflict for a call
    about an alarm that was taken back.
    """
    shown = await show_action(pool, token, catalogue=catalogue, now=now)
    async with pool.platform() as conn:
        row = await find_token(conn, hash_of_token(token))
        if row is None or not shown.is_open or not await use_token(conn, hash_of_token(token), now=now):
            raise NoticeLinkOver
        await enter_scope(conn, row.organisation_id)
        caller = _reader(row)
        if row.action in VERDICTS:
            part = UNKNOWN if row.action == "fixed" else None  # which part it was, the expert asks
            given = {"verdict": VERDICTS[row.action], "note": NOTES[row.action], "part": part, "failed_at": None}
            await give_verdict(conn, caller, row.finding_id, given, now=now)
        else:
            asked = {"text": CALL, "phone": row.phone, "alarm_id": row.alarm_id}
            await ask_for_help(conn, caller, str(row.machine_public_id), asked, now=now)
    return shown


def _reader(row: TokenRow) -> Caller:
    return caller_of(
        organisation_id=row.organisation_id,
        organisation_public_id=row.organisation_public_id,
        organisation_name=row.organisation_name,
        organisation_kind=row.organisation_kind,  # type: ignore[arg-type]  # the table's CHECK has these words
        below=row.organisations,
        user_id=row.user_id,
        language=row.language,
        public_id=row.person_id,
        login=row.login,
        role=row.role,
    )
