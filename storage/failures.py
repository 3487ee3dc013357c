"""What the database may answer, sorted by what its caller can do about it (nobody else imports psycopg)."""

import psycopg

# The server is away, restarting or out of something: the same batch can be tried again.
TRY_AGAIN = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.SerializationFailure,
    psycopg.errors.DeadlockDetected,
)


def is_away(error: BaseException) -> bool:
    """Whether the server is at fault and the same can be tried again; not so of a statement that took too long."""
    return isinstance(error, TRY_AGAIN) and not isinstance(error, psycopg.errors.QueryCanceled)


# A row was there although the high-water mark said it could not be.
ALREADY_THERE = psycopg.errors.UniqueViolation
# A value in the batch is not acceptable to the database: the message that brought it is isolated.
NOT_ACCEPTABLE = (psycopg.DataError,)
# The platform itself is at fault (a missing privilege, table or column, a broken constraint): no message may suffer for
# it. The batch is tried again, loudly, until somebody has put it right.
OUR_FAULT = (psycopg.ProgrammingError, psycopg.IntegrityError, psycopg.NotSupportedError, psycopg.InternalError)


def words_of(error: BaseException) -> str:
    """The database's own words, or its client's, on one line; no statement and no parameters."""
    said = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    return (said or str(error)).partition("\n")[0].replace("\x00", "\\x00")[:300]
