"""What telemetry is told of a unit of work: how long it took, how long it waited for the database, roughly how many statements.

Statements are counted by hooks of the engine. Their text and values are not looked at: even how many of a kind there were would
tell how many entries left an index with a beat, and only their publisher's officers may know that.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event

from node.telemetry.telling import Telemetry
from node.telemetry.words import MetricName, SpanName, band

_OPTION = "celosia_unit"


@dataclass
class _Unit:
    statements: int = 0
    waited: float = 0
    began: float = 0


def watch(engine: Engine) -> None:
    """From now on statements of `engine` count for the unit of work that they are part of."""

    def before(connection: Any, *_: object) -> None:
        unit = connection.get_execution_options().get(_OPTION)
        if unit is not None:
            unit.began = time.monotonic()

    def after(connection: Any, *_: object) -> None:
        unit = connection.get_execution_options().get(_OPTION)
        if unit is not None:
            unit.statements += 1
            unit.waited += time.monotonic() - unit.began

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)


@contextmanager
def watched(telemetry: Telemetry, *, writes: bool) -> Iterator[Mapping[str, Any]]:
    """Tell of the unit of work within. Yields the execution options that its connection needs."""
    unit = _Unit()
    with telemetry.span(SpanName.UNIT_OF_WORK, leads=False, writes=writes) as span:
        try:
            yield {_OPTION: unit}
        finally:
            span.set_attribute("statements", band(unit.statements))
            telemetry.spread(MetricName.DATABASE_WAIT, unit.waited, writes=writes)
