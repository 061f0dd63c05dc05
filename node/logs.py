"""Logs for administrators: one JSON object a line on standard error, with codes and names of kinds, never content.

An exception is told by its type and place. Its message is left out: a library's message may quote what it was given.
"""

import errno
import json
import logging
import sys
import time
from typing import Any

log = logging.getLogger("celosia.machine")

_TELL_AGAIN = 60
"""Seconds."""
_STANDARD = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {
    "message",
    "asctime",
    "taskName",
    "color_message",
}


class JsonLines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "log": record.name,
            "event": _event(record),
        }
        line |= {name: value for name, value in record.__dict__.items() if name not in _STANDARD}
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            trace = record.exc_info[2]
            while trace is not None and trace.tb_next is not None:
                trace = trace.tb_next
            if trace is not None:
                line["place"] = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}"
        return json.dumps(line, ensure_ascii=True, default=str)


def _event(record: logging.LogRecord) -> str:
    """The message's template, without what was filled in.

    A library's message that has no arguments may have been put together from content, so only its place is told.
    """
    if isinstance(record.msg, str) and (record.args or record.name.split(".")[0] == "celosia"):
        return record.msg.split("\n")[0]
    return f"{record.module}:{record.lineno}"


class DescriptorsUsedUp(logging.Filter):
    """asyncio tells of every connection that it cannot take, thousands a second: one line a minute says it, in words."""

    def __init__(self) -> None:
        super().__init__()
        self._told = -float("inf")

    def filter(self, record: logging.LogRecord) -> bool:
        """Pass everything else."""
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, OSError) or error.errno not in (errno.EMFILE, errno.ENFILE):
            return True
        is_due = time.monotonic() - self._told > _TELL_AGAIN
        if is_due:
            self._told = time.monotonic()
            log.error("file descriptors used up")
        return False


def set_up_logs() -> None:
    """From now on this process logs in JSON lines; libraries that log URLs or requests are quiet below warnings."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("asyncio").addFilter(DescriptorsUsedUp())
    for name in ("httpx2", "httpcore2", "httpx", "httpcore", "tuf", "alembic", "asyncio", "uvicorn", "uvicorn.error", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)
