"""What a transaction is for. Its connection bears it, and each database begins accordingly."""

from enum import StrEnum

from sqlalchemy import Connection, Engine

_OPTION = "celosia_purpose"


class Unit(StrEnum):
    """A view that writes nothing; a unit of work, alone among those that write; a change of the schema."""

    READ = "read"
    WRITE = "write"
    MIGRATE = "migrate"

    def on(self, engine: Engine) -> Engine:
        """`engine` for transactions of this kind. Connections are shared with the others."""
        return engine.execution_options(**{_OPTION: self})


def unit_of(connection: Connection) -> Unit:
    """What the transaction that begins on `connection` is for."""
    return Unit(connection.get_execution_options().get(_OPTION, Unit.READ))
