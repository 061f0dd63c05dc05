"""What a refusal may tell a peer: a code, a place and a few facts, each from a closed list. All else is left out.

Errors are made deep inside, where what was received and what is stored lie close by. So an error's own word is not enough: what
goes out is built anew here, out of words that stand in this program and numbers of a known meaning. A text that came from
anywhere else has no way through.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import get_args

from pydantic_core.core_schema import ErrorType

from protocol.wire import WireModel

REASONS = frozenset(
    {
        *("a_request_cites_nothing", "back_in_time", "before_restore", "day", "digest", "does_not_hold", "empty", "entry_size"),
        *("epoch", "forbidden", "fork", "from_the_future", "gap", "header", "length", "lifetime", "missing", "neither_of_us"),
        *("none_adopted", "not_a_proof", "not_a_record_kind", "not_an_element", "not_canonical", "not_expected_here"),
        *("not_for_matching", "not_in_the_directory", "not_newer", "not_of_that_list", "not_representable", "not_served"),
        *("not_this_epoch", "order", "other_authority", "other_chain", "other_count", "other_key", "other_kind"),
        *("other_predecessor", "past_validity", "position", "tag_twice", "unknown_key", "valid_too_long", "was_withdrawn"),
        # of fields that break a rule of their record or list
        *("band_too_fine", "chain", "handling_incomplete", "not_a_sorted_set", "not_outward", "not_padded", "not_publishable"),
        *(
            "key_twice",
            "level",
            "lines",
            "name",
            "no_fork",
            "no_log",
            "not_a_note",
            "not_a_number",
            "not_base64",
            "not_witnessed",
            "number",
        ),
        *("form", "opening", "other_commitment", "other_log", "other_name", "paired", "path", "sides"),
        *("not_required_minor", "not_suppressed", "other_country", "other_type", "time_order", "unknown_authority"),
        *("unknown_code", "unknown_place", "unsound_key", "validity", "version_chain"),
        *get_args(ErrorType),
    }
)
"""Why something is refused, in one word; also those of pydantic for a field of another type, length or form."""

NUMBERS = {
    **dict.fromkeys(("limit", "size", "count", "faults"), 1 << 31),
    **dict.fromkeys(("difference_seconds", "tolerance_seconds", "retry_seconds"), 1 << 40),
}
"""Facts that are numbers, each with what it stays below: sizes of what the peer itself sent, published limits, seconds."""

ROOTS = frozenset(
    {
        *("add_checkpoint", "bundle", "checkpoint", "cosignature", "entry", "extra", "index", "log_policy", "log_proof", "old"),
        *("consistency", "evidence", "directories", "file", "log", "logs", "origin", "quorum", "root", "tile"),
        *("body", "chain", "connection", "content_type", "digest", "directory", "document", "elements", "envelope"),
        *("identifier_kind", "index_file", "label", "manifest", "modus_operandi", "network", "opening", "path", "payload"),
        *("boxes", "count", "handed", "holder", "opened", "openings", "whole_or_part"),
        *("protected", "purpose", "question", "record", "removals", "request", "revocation", "route", "segment", "signature"),
        "typ",
    }
)
"""What a place begins with, or has in it, beside the names of our messages' fields."""

_CODE = re.compile(r"[a-z_]{3,40}")
_PART = re.compile(r"([a-z_]+)(?:\(([a-z_]+)\))?|[0-9]{1,4}")


@dataclass(frozen=True)
class Refusal:
    """An error as it may be told: to an officer as it is, to a peer as `narrowed`."""

    code: str
    where: str | None = None
    facts: Mapping[str, str | int] = field(default_factory=dict)


def narrowed(refusal: Refusal) -> Refusal:
    """What a peer may be told of it. The code is a class's own constant; place and facts are only what the lists here hold."""
    facts = {name: value for name, value in refusal.facts.items() if _may_tell(name, value)}
    where = refusal.where if refusal.where is not None and _is_place(refusal.where) else None
    return Refusal(refusal.code if _CODE.fullmatch(refusal.code) else "internal", where, facts)


def _may_tell(name: str, value: str | int) -> bool:
    if name in NUMBERS:
        return type(value) is int and abs(value) < NUMBERS[name]
    return name == "reason" and value in REASONS


def _is_place(where: str) -> bool:
    parts = [_PART.fullmatch(part) for part in where.split(".")]
    named = [word for part in parts if part is not None for word in part.groups() if word is not None]
    return None not in parts and set(named) <= ROOTS | _fields()


@cache
def _fields() -> frozenset[str]:
    """The names of all fields of all messages, as they stand on the wire."""
    return frozenset(field.alias or name for model in _with_all_below(WireModel) for name, field in model.model_fields.items())


def _with_all_below(model: type[WireModel]) -> Iterator[type[WireModel]]:
    yield model
    for below in model.__subclasses__():
        yield from _with_all_below(below)
