"""What can go wrong with the store, told without its content.

StoreUnavailable      the store did not take or give; later it may
└─ StoreUnusable      it must not be used as it is: an administrator has to change something first
NotStorable           what was to be stored does not fit its place
"""

from enum import StrEnum

from sqlalchemy.exc import DatabaseError, DataError, DBAPIError, IntegrityError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

_INSUFFICIENT_PRIVILEGE = "42501"
_UNAVAILABLE = (OperationalError, InterfaceError, InternalError)


class StoreUnavailable(Exception):
    """The database did not take or give: locked past the wait, disk full, read-only, gone. Nothing was half written.

    Where the connection broke in the very moment of the commit, the unit of work is either wholly there or not at all, and the
    store alone knows which.
    """

    code = "store_unavailable"


class Unusable(StrEnum):
    """Why a database must not be used as it is."""

    NOT_DURABLE = "store_not_durable"
    NOT_UTF8 = "store_not_utf8"
    OTHER_ORDER = "store_other_order"
    TOO_OLD = "store_too_old"
    NO_RIGHT = "store_no_right"
    NEWER_SCHEMA = "store_newer_schema"
    NOT_MOVED = "store_not_moved"
    GONE = "store_gone"


class StoreUnusable(StoreUnavailable):
    """The database is there, and what it would keep would not be safe, or not the same, as on any other. `reason` says why."""

    def __init__(self, reason: Unusable) -> None:
        self.reason = reason
        super().__init__(reason.value)


class NotStorable(Exception):
    """A value does not fit its column: too long a text, a number out of its range, a NUL in a text. Nothing was written."""

    code = "not_storable"


def told(error: DBAPIError | NoConnectionFree) -> Exception:
    """What a driver's error means, without the values that PostgreSQL repeats in its messages.

    A broken rule of the schema stays what it is, `IntegrityError`, with the name of the rule alone.
    """
    if isinstance(error, NoConnectionFree):
        return StoreUnavailable(type(error).__name__)
    # the driver's own name of what happened, such as SQLITE_FULL, or PostgreSQL's code: names, and no content
    names = (getattr(error.orig, name, None) for name in ("sqlite_errorname", "sqlstate"))
    cause = next((str(name) for name in names if name), type(error.orig).__name__)
    # a plain `DatabaseError` is what SQLite says of a file that is damaged or no database
    if isinstance(error, _UNAVAILABLE) or error.connection_invalidated or type(error) is DatabaseError:
        return StoreUnavailable(cause)
    if isinstance(error, DataError):
        return NotStorable(cause)
    if getattr(error.orig, "sqlstate", None) == _INSUFFICIENT_PRIVILEGE:
        return StoreUnusable(Unusable.NO_RIGHT)
    rule = getattr(getattr(error.orig, "diag", None), "constraint_name", None) or cause
    kind = IntegrityError if isinstance(error, IntegrityError) else type(error)
    return kind(error.statement, None, Exception(rule))
