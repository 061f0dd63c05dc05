"""What was given on the command line, read once: authorities, codes, numbers, files. `UsageProblem` says what to give instead."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from pydantic import BaseModel, ValidationError

from crypto.sealing import SealingPublicKey
from node.cli.session import Session, UsageProblem
from node.custody.holders import read_public
from protocol.authority import Authority
from protocol.vocabulary import Code, RequestPurpose, code_lists

CodeT = TypeVar("CodeT", bound=Code)
RequestT = TypeVar("RequestT", bound=BaseModel)

_KEY, _KEY_DIGITS = re.compile(r"[0-9a-f]{16}([0-9a-f]{48})?"), 16
_IDENTIFIER = re.compile(r"[0-9a-f]{32}")
_QUESTION = re.compile(r"[0-9a-f]{8}([0-9a-f]{24})?")
_CHUNK = 64 << 10
_AFTER_A_MATCH = "core_48h"
"""The clock of what a peer owes once there is a match: nobody asks under it."""


def authorities(text: str, option: str) -> list[Authority]:
    """`PE,BR` as authorities, each once."""
    try:
        return list(dict.fromkeys(Authority(code.strip().upper()) for code in text.split(",")))
    except ValueError:
        raise UsageProblem("usage.authorities", option=option) from None


def authority(text: str) -> Authority:
    """`PE` as an authority."""
    try:
        return Authority(text.strip().upper())
    except ValueError:
        raise UsageProblem("usage.authority") from None


def identifier(text: str, shown_by: str) -> str:
    """The number of something, as the program shows it: 32 hexadecimal digits. `shown_by`: the command that does."""
    number = text.strip().lower()
    if not _IDENTIFIER.fullmatch(number):
        raise UsageProblem("usage.identifier", command=shown_by)
    return number


def question_named(text: str) -> str:
    """The reference of a question, as the program shows it, or its whole number: 8 hexadecimal digits, or 32."""
    name = text.strip().lower()
    if not _QUESTION.fullmatch(name):
        raise UsageProblem("usage.question")
    return name


def exchange_named(text: str) -> str:
    """The number of an exchange, as `celosia ledger` takes it, or what names its question: 32 hexadecimal digits, or 8."""
    name = text.strip().lower()
    if not _QUESTION.fullmatch(name):
        raise UsageProblem("usage.exchange")
    return name


def key_named(text: str) -> str:
    """The id of a key, as `celosia keys show` prints it, or the pin that begins with it: 16 hexadecimal digits, or 64."""
    name = "".join(text.split()).lower()
    if not _KEY.fullmatch(name):
        raise UsageProblem("usage.key_id")
    return name[:_KEY_DIGITS]


def holder(path: Path) -> SealingPublicKey:
    """The public key that a holder has handed over, as `celosia audit key` writes it."""
    try:
        return read_public(content(path))
    except ValueError:
        raise UsageProblem("usage.holder", file=str(path)) from None


def request(model: type[RequestT], given_as: Mapping[str, str], **fields: Any) -> RequestT:
    """A request to the node. `given_as`: field -> the option or file that it came from, for the problem to name."""
    try:
        return model(**fields)
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        name, bounds = given_as[str(fault["loc"][0])], fault.get("ctx", {})
        if "max_length" in bounds:
            raise UsageProblem("usage.too_long", name=name, most=bounds["max_length"]) from None
        raise UsageProblem("usage.empty" if "min_length" in bounds else "usage.bad_value", name=name) from None


def usable(codes: type[CodeT]) -> Sequence[CodeT]:
    """The codes of a list that an officer can ask under."""
    return [
        each for each in codes.all() if each != _AFTER_A_MATCH and (not isinstance(each, RequestPurpose) or each.for_matching)
    ]


def code(session: Session, codes: type[CodeT], option: str, given: str) -> CodeT:
    """A code of a list; the problem names all that can be given and what they mean.

    A forbidden purpose passes: the node refuses it, and counts that somebody tried (mission rule 5).
    """
    known: Mapping[str, Mapping[str, object]] = code_lists()[codes.list_name]
    if given not in known or given == _AFTER_A_MATCH:
        choices = session.choices({each: each.label(session.language) for each in usable(codes)})
        raise UsageProblem("usage.unknown_code", option=option, choices=choices)
    return codes(given)


def content(path: Path) -> bytes:
    """The bytes of a file."""
    try:
        return path.read_bytes()
    except (OSError, ValueError):  # the latter for a name that no file can have
        raise UsageProblem("usage.file_unreadable", file=str(path)) from None


def opened(path: Path) -> BinaryIO:
    """A file to be read as a stream."""
    try:
        return path.open("rb")
    except (OSError, ValueError):  # the latter for a name that no file can have
        raise UsageProblem("usage.file_unreadable", file=str(path)) from None


def chunks(raw: BinaryIO) -> Iterator[bytes]:
    """What has arrived, as it arrives: somebody may be typing."""
    while chunk := raw.read1(_CHUNK) if hasattr(raw, "read1") else raw.read(_CHUNK):
        yield chunk


def text(path: Path) -> str:
    """The text of a file in UTF-8 that is not empty."""
    try:
        read = content(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageProblem("usage.file_not_utf8", file=str(path)) from None
    if not read.strip():
        raise UsageProblem("usage.file_empty", file=str(path))
    return read
