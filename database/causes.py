"""Why the database fails, in one line for the log: the cause, and what to check.

Never the text of an error about a statement, which may contain personal data. The text about a
connection names the host, the role and the database, and never the password.
"""

from sqlalchemy.exc import OperationalError, TimeoutError

# By the beginning of the SQLSTATE, or the name of SQLite's error code.
# https://www.postgresql.org/docs/current/errcodes-appendix.html, https://www.sqlite.org/rescode.html
ADVICE = {
    "53100": "the disk of PostgreSQL is full: free space there",
    "53300": "PostgreSQL has no free connection: compare max_connections with docs/scaling.md",
    "57014": "a statement took too long: see what runs and waits in pg_stat_activity",
    "55P03": "a row was locked for too long: see what runs and waits in pg_stat_activity",
    "57P": "PostgreSQL stops or starts: see its log",
    "25006": "the database is read-only: does DATABASE_URL name a standby?",
    "42": "the schema is not this version's: run flask --app app db upgrade",
    "SQLITE_FULL": "the disk is full: free space",
    "SQLITE_BUSY": "another process has been writing for too long: a command, or a backup?",
    "SQLITE_LOCKED": "another process has been writing for too long: a command, or a backup?",
    "SQLITE_READONLY": "the file or its folder cannot be written: check its owner and mode",
    "SQLITE_CANTOPEN": "the file cannot be opened: check DATABASE_URL, its folder's owner and mode",
    "SQLITE_IOERR": "the disk fails or is full: check both",
    "SQLITE_CORRUPT": "the file is damaged: restore a backup",
    "SQLITE_NOTADB": "the file is no database, or damaged: check DATABASE_URL",
    "SQLITE_ERROR": "is the schema this version's? run flask --app app db upgrade",
}
MAX_LENGTH = 300  # of the text about a connection; two hosts make it long


def driver_error(error: Exception) -> str:
    """Return the driver's error, its SQLSTATE or SQLite's code, and what to check."""
    driver = getattr(error, "orig", None) or error
    name = type(driver).__name__
    code = getattr(driver, "sqlstate", None) or getattr(driver, "sqlite_errorname", None)
    if code:
        advice = next((text for start, text in ADVICE.items() if code.startswith(start)), "")
        return f"{name} {code}: {advice}" if advice else f"{name} {code}"
    if isinstance(error, TimeoutError):
        return f"{name}: {error}: see what runs and waits in pg_stat_activity"
    if isinstance(error, OperationalError) and error.statement is None:
        text = " ".join(str(driver).split())[:MAX_LENGTH]
        return f"{name}: {text}: check PostgreSQL and DATABASE_URL"
    if isinstance(error, OperationalError):
        return f"{name}: the server does not respond any more: check PostgreSQL and the network"
    return name
