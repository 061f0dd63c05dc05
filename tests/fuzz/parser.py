"""What a line of the table of parsers is: how one is called, what it may raise, how its value prints."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crypto.errors import CryptoError
from protocol.errors import ProtocolError

CORPORA = Path(__file__).parent / "corpora"
PROTOCOL = (ProtocolError, CryptoError)


@dataclass(frozen=True)
class Parser:
    """One parser. `prints` gives a value's bytes back; `covers` names the functions that it runs, `module:qualified name`."""

    name: str
    run: Callable[[bytes], Any]
    allowed: tuple[type[Exception], ...]
    covers: tuple[str, ...]
    prints: Callable[[Any], bytes] | None = None


def text(run: Callable[[str], Any]) -> Callable[[bytes], Any]:
    """A parser of text."""
    return lambda raw: run(as_text(raw))


def as_text(raw: bytes) -> str:
    """What a parser of text is given; bytes that are none are read as Latin-1, so that every byte reaches it."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
