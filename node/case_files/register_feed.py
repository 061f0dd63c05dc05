"""A feed of the protected register by the national system: a signed list of people, in its order, taken whole or not at all.

    {"payload": {"v": 1, "authority", "sequence", "entries": [...]}, "protected", "signature"}

as a flattened JWS (`protocol/jws.py`) over canonical JSON. `docs/spec/protected.md` has an example and vectors.
"""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from crypto.signing import VerifyKey
from node.case_files.limits import VALUES_A_CELL
from node.case_files.problems import Problem
from node.case_files.protected_people import ProtectedRow, read_entry, unknown_kind
from protocol import jws
from protocol.authority import Authority
from protocol.errors import Malformed, SignatureRefused, TooLarge
from protocol.identifiers import Kind
from protocol.wire import WireModel, parse

FEED_TYPE = "celosia-feed+jws"
FEED_BYTES = 4 << 20
"""A thousand entries of four kilobytes each; a system with more to say says it in the next feed."""
FEED_ENTRIES = 1000
_WHERE = "feed"
_TEXTS = {"given_names", "surnames", "birth_date", "country", "platform", "bank"}
_Text = Annotated[str, StringConstraints(min_length=1, max_length=2048)]


class FeedFault(StrEnum):
    """Why a feed was not taken. The text under `feed.fault.<code>` says it and what to do."""

    NO_KEY = "no_key"
    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    SIGNATURE = "signature"
    OTHER_AUTHORITY = "other_authority"
    REPLAYED = "replayed"
    OUT_OF_ORDER = "out_of_order"


class FeedRefused(Exception):
    """Nothing of a feed was taken. `facts` are safe to print."""

    code = "feed_refused"

    def __init__(self, fault: FeedFault, **facts: str | int) -> None:
        self.reason, self.facts = fault, facts
        super().__init__(f"{self.code}: {fault}")


class FedIdentifier(WireModel):
    """An identifier as the national system has it."""

    kind: Annotated[str, StringConstraints(pattern=r"^[a-z_]{2,32}$")]
    value: Annotated[_Text, Field(repr=False)]


class FedPerson(WireModel):
    """One person. `birth_date` is ISO 8601; country, platform and bank are for how the identifiers are read."""

    reference: Annotated[str, Field(min_length=1, max_length=200, repr=False)]
    given_names: Annotated[_Text | None, Field(repr=False)] = None
    surnames: Annotated[_Text | None, Field(repr=False)] = None
    birth_date: Annotated[_Text | None, Field(repr=False)] = None
    country: _Text | None = None
    platform: _Text | None = None
    bank: _Text | None = None
    identifiers: Annotated[tuple[FedIdentifier, ...], Field(max_length=4 * VALUES_A_CELL)] = ()


class Feed(WireModel):
    """`sequence` is one higher than that of the feed before; the first is 1."""

    v: Literal[1] = 1
    authority: Authority
    sequence: Annotated[int, Field(ge=1, lt=1 << 53)]
    entries: Annotated[tuple[FedPerson, ...], Field(min_length=1, max_length=FEED_ENTRIES)]


def open_feed(raw: bytes, key: VerifyKey | None, authority: Authority) -> Feed:
    """The feed in `raw`, signed by the national system and meant for this node. Raises `FeedRefused`.

    Whether it is the next one, the register knows.
    """
    # 1 there is somebody to trust
    if key is None:
        raise FeedRefused(FeedFault.NO_KEY)
    try:
        # 2 size and form; 3 signature; 4 content
        signed = jws.open_form(raw, FEED_TYPE, limit=FEED_BYTES, where=_WHERE)
        signed.verify({jws.key_id(key): key}, _WHERE)
        feed = parse(Feed, signed.payload, limit=FEED_BYTES, where=_WHERE)
    except TooLarge:
        raise FeedRefused(FeedFault.TOO_LARGE, most=FEED_BYTES) from None
    except Malformed as error:
        raise FeedRefused(FeedFault.MALFORMED, where=error.where) from None
    except SignatureRefused:
        raise FeedRefused(FeedFault.SIGNATURE) from None
    # 5 of this state
    if feed.authority != authority:
        raise FeedRefused(FeedFault.OTHER_AUTHORITY)
    return feed


def read_feed(feed: Feed, today: date) -> Iterator[tuple[int, ProtectedRow | None, tuple[Problem, ...]]]:
    """(number from 1, what is to be entered if anything, what was wrong) of each entry, as of the rows of a file."""
    for number, person in enumerate(feed.entries, 1):
        texts = person.model_dump(include=_TEXTS, exclude_none=True)
        known = [(Kind(each.kind), each.value) for each in person.identifiers if each.kind in list(Kind)]
        row, problems = read_entry(person.reference, texts, known, feed.authority, today, number)
        unknown = [each.kind for each in person.identifiers if each.kind not in list(Kind)]
        yield number, row, (*problems, *(unknown_kind(number, taken=row is not None) for _ in unknown))
