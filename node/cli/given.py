"""What was given on the command line, read once: authorities, codes, files. `UsageProblem` says what to give instead."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from node.cli.session import Session, UsageProblem
from protocol.authority import Authority
from protocol.vocabulary import Code, RequestPurpose, code_lists

CodeT = TypeVar("CodeT", bound=Code)


def authorities(text: str, option: str) -> list[Authority]:
    """`PE,BR` as authorities."""
    try:
        return [Authority(code.strip().upper()) for code in text.split(",")]
    except ValueError:
        raise UsageProblem("usage.authorities", option=option) from None


def code(session: Session, codes: type[CodeT], option: str, given: str) -> CodeT:
    """A code of a list; the problem names all that can be given and what they mean.

    A forbidden purpose passes: the node refuses it, and counts that somebody tried (mission rule 5).
    """
    known: Mapping[str, Mapping[str, object]] = code_lists()[codes.list_name]
    if given not in known:
        usable = [each for each in codes.all() if not isinstance(each, RequestPurpose) or each.for_matching]
        choices = "\n".join(f"  {each}: {each.label(session.language)}" for each in usable)
        raise UsageProblem("usage.unknown_code", option=option, choices=choices)
    return codes(given)


def content(path: Path) -> bytes:
    """The bytes of a file."""
    try:
        return path.read_bytes()
    except OSError:
        raise UsageProblem("usage.file_unreadable", file=str(path)) from None


def text(path: Path) -> str:
    """The text of a file in UTF-8 that is not empty."""
    try:
        read = content(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageProblem("usage.file_not_utf8", file=str(path)) from None
    if not read.strip():
        raise UsageProblem("usage.file_empty", file=str(path))
    return read
