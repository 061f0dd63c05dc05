"""Column types that mean something on every database."""

from typing import Any

from sqlalchemy import BigInteger
from sqlmodel import Field


def big(**options: Any) -> Any:
    """A 64-bit integer: POSIX seconds (a 32-bit column ends in 2038), manifest positions, counts of elements."""
    return Field(sa_type=BigInteger, **options)
