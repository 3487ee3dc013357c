"""What the database may answer, sorted by what its caller can do about it (nobody else imports psycopg)."""

import psycopg

# The server is away, restarting or out of something: the same batch can be tried again.
TRY_AGAIN = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.SerializationFailure,
    psycopg.errors.DeadlockDetected,
)
# A row was there although the high-water mark said it could not be.
ALREADY_THERE = psycopg.errors.UniqueViolation
# Something in the batch is not acceptable to the database.
NOT_ACCEPTABLE = (psycopg.DataError, psycopg.IntegrityError, psycopg.ProgrammingError, psycopg.NotSupportedError)
