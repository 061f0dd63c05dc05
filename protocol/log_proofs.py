"""What a peer is given of a log: the entries of an exchange that it has the other side of, each with its proof.

{"entries":[{"entry":<Octets>,"proof":<Octets>}, …],"v":1}
"""

from typing import Annotated, Literal

from pydantic import Field

from protocol import limits
from protocol.wire import Octets, WireModel


class ProvenEntry(WireModel):
    """An entry's bytes and its proof, as the file of `protocol/tlog_proof.py`."""

    entry: Annotated[Octets, Field(max_length=limits.LOG_ENTRY_BYTES)]
    proof: Annotated[Octets, Field(max_length=limits.LOG_PROOF_BYTES)]


class ExchangeProofs(WireModel):
    """All entries of one exchange that have another side, in the order in which they happened."""

    v: Literal[1] = 1
    entries: Annotated[tuple[ProvenEntry, ...], Field(min_length=1, max_length=limits.ENTRIES_AN_EXCHANGE)]
