"""Envelopes: every message between nodes, requests and replies alike, signed whole.

    {v, type, x, from, to, iat, exp, salt, directory: {version, hash}, heads, re?, body}

Opening one is `protocol/admission.py`. `docs/spec/envelope.md` has an example and the exact bytes.
"""

from dataclasses import dataclass
from typing import Annotated, Generic, Literal, Self, TypeVar

from pydantic import ConfigDict, Field, SerializeAsAny, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from crypto.signing import Signer
from protocol import jws, limits
from protocol.authority import Authority
from protocol.directory import DirectoryRef
from protocol.messages import Body, Epoch, Position
from protocol.wire import Digest, ExchangeId, Instant, ListId, Octets32, WireModel, canonical, sha256

ENVELOPE_TYPE = "celosia-envelope+jws"

BodyT_co = TypeVar("BodyT_co", bound=Body, covariant=True)


class Head(WireModel):
    """The newest manifest that the sender has seen of one list and epoch. Two digests at one position prove equivocation."""

    authority: Authority
    list: ListId
    epoch: Epoch
    position: Position
    digest: Digest


class Envelope(WireModel, Generic[BodyT_co]):
    """`x` names the exchange; both sides log a paired act under `salt`; `re` in a reply is the request's digest."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True, serialize_by_alias=True)

    v: Literal[1] = 1
    type: Annotated[str, StringConstraints(pattern=r"^[a-z_]{3,40}$")]
    x: ExchangeId
    sender: Annotated[Authority, Field(alias="from")]
    to: Authority
    iat: Instant
    exp: Instant
    salt: Annotated[Octets32, Field(repr=False)]
    directory: DirectoryRef
    heads: Annotated[tuple[Head, ...], Field(max_length=limits.HEADS_AN_ENVELOPE)] = ()
    re: Digest | None = None
    body: SerializeAsAny[BodyT_co]

    @model_validator(mode="after")
    def _one_type(self) -> Self:
        if self.type != self.body.type:
            raise PydanticCustomError("other_type", "the envelope's type is not its body's")
        return self


@dataclass(frozen=True)
class SignedEnvelope(Generic[BodyT_co]):
    """An envelope with its bytes; `digest` is SHA-256 over `raw`."""

    envelope: Envelope[BodyT_co]
    raw: bytes
    digest: str


def sign_envelope(envelope: Envelope[BodyT_co], key: Signer) -> SignedEnvelope[BodyT_co]:
    """`envelope` signed under its sender's envelope key."""
    raw = jws.sign(canonical(envelope), ENVELOPE_TYPE, key)
    return SignedEnvelope(envelope, raw, sha256(raw))
