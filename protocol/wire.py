"""The one way from bytes to models and back: canonical JSON (RFC 8785), strict models, nothing that prints otherwise.

`parse` refuses what would not print again to the same bytes. That single comparison covers duplicate keys, white space, `null`
for an absent field, other number forms, unsorted members and non-canonical base64.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import takewhile
from typing import Annotated, TypeVar

import rfc8785
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)

from protocol.errors import Malformed, TooLarge


class WireModel(BaseModel):
    """A message or a part of one: immutable, strict types, unknown fields refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


Model = TypeVar("Model", bound=WireModel)


def canonical(model: WireModel) -> bytes:
    """`model` as canonical JSON (RFC 8785), absent fields left out."""
    return rfc8785.dumps(model.model_dump(mode="json", exclude_none=True, by_alias=True))


def parse(model: type[Model], raw: bytes, *, limit: int, where: str) -> Model:
    """`raw` as a `model`. Raises `TooLarge` past `limit` bytes, `Malformed` for anything but the canonical form."""
    if len(raw) > limit:
        raise TooLarge(where, limit=limit, size=len(raw))
    try:
        value = model.model_validate_json(raw)
        printed = canonical(value)
    except ValidationError as error:
        raise Malformed(f"{where}.{_place(model, error)}", reason=error.errors(include_input=False)[0]["type"]) from None
    except rfc8785.CanonicalizationError:
        raise Malformed(where, reason="not_representable") from None
    if printed != raw:
        raise Malformed(where, reason="not_canonical")
    return value


def _place(model: type[WireModel], error: ValidationError) -> str:
    """Where the first fault is. Names that the sender chose are not repeated: only those of our models and positions."""
    found = error.errors(include_input=False, include_url=False)[0]["loc"]
    parts = takewhile(lambda part: isinstance(part, int) or part in _declared(model), found)
    return ".".join(str(part) for part in parts) or "document"


@cache
def _declared(model: type[WireModel]) -> frozenset[str]:
    """Every field name that `model` and the models inside it declare, as it stands on the wire."""
    return frozenset(_properties(model.model_json_schema()))


def _properties(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", ())
        schema = list(schema.values())
    if isinstance(schema, list):
        for part in schema:
            yield from _properties(part)


def sha256(raw: bytes) -> str:
    """Digest of `raw` as 64 lower-case hex digits: the name by which envelopes, records and segments are cited."""
    return hashlib.sha256(raw).hexdigest()


def to_base64url(raw: bytes) -> str:
    """RFC 4648 section 5, without padding, as JWS writes it (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


_BASE64URL = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


def from_base64url(text: str) -> bytes:
    """Back to bytes. Raises `ValueError` for padding, other alphabets and left-over bits that are not zero."""
    if not _BASE64URL.fullmatch(text):
        raise ValueError("not base64url")
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise ValueError("not base64url") from None
    if to_base64url(raw) != text:
        raise ValueError("base64url with left-over bits")
    return raw


def _decode(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return from_base64url(value)
    raise ValueError("base64url text expected")


_BASE64_TYPE = (
    BeforeValidator(_decode),
    PlainSerializer(to_base64url, return_type=str),
    WithJsonSchema({"type": "string", "contentEncoding": "base64url"}),
)

Octets = Annotated[bytes, *_BASE64_TYPE]
"""Any number of bytes, on the wire as unpadded base64url."""
Octets16 = Annotated[bytes, Field(min_length=16, max_length=16), *_BASE64_TYPE]
Octets32 = Annotated[bytes, Field(min_length=32, max_length=32), *_BASE64_TYPE]
Octets64 = Annotated[bytes, Field(min_length=64, max_length=64), *_BASE64_TYPE]

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256, 64 lower-case hex digits."""
ExchangeId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
"""16 random bytes in hex; the `x` of an envelope."""
RecordId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
"""16 random bytes in hex: tells nothing about the case it came from."""
ListId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
"""16 random bytes in hex: tells nothing about the list's audience."""
Instant = Annotated[int, Field(ge=0, lt=253_402_300_800)]
"""POSIX seconds, up to the end of the year 9999: what every calendar can show."""
Month = Annotated[str, StringConstraints(pattern=r"^(19|20)[0-9]{2}-(0[1-9]|1[0-2])$")]


def _real_day(text: str) -> str:
    date.fromisoformat(text)
    return text


Day = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_real_day)]
"""A calendar day, ISO 8601."""
