"""Published records: codes, bands, months and places no finer than a municipality. No free text, nothing about one person.

A record is a signed object of its own: the same bytes and digest for every peer, with no addressee and no expiry. It is
carried inside envelopes. `docs/spec/record.md` has the example and the exact bytes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, TypeVar

import pycountry
from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from crypto.signing import Signer, VerifyKey
from protocol import jws, limits
from protocol.authority import Authority
from protocol.errors import Malformed, ProtocolError, RecordRefused
from protocol.vocabulary import (
    Act,
    BorderCrossing,
    Code,
    ControlMethod,
    DocumentFraud,
    HandlingCode,
    InformationEvaluation,
    Means,
    MoneyMovement,
    NetworkRole,
    NetworkSizeBand,
    NetworkStructure,
    Offence,
    PlatformKind,
    Purpose,
    RecruitmentMethod,
    RouteNodeKind,
    Sector,
    SourceEvaluation,
    Tlp,
    TransportMode,
    Venue,
    VictimAgeBand,
    VictimCountBand,
)
from protocol.wire import Day, Digest, Month, RecordId, WireModel, canonical, parse, sha256

RECORD_TYPE = "celosia-record+jws"

AnyCode = TypeVar("AnyCode", bound=Code)


def _publishable(code: AnyCode) -> AnyCode:
    if not code.publishable:
        raise PydanticCustomError("not_publishable", "a code for national use only")
    return code


def _sorted_set(codes: tuple[AnyCode, ...]) -> tuple[AnyCode, ...]:
    """Set-valued fields have one order, so that one content has one byte form."""
    if list(codes) != sorted(set(codes)):
        raise PydanticCustomError("not_a_sorted_set", "codes must be sorted and each stand once")
    for code in codes:
        _publishable(code)
    return codes


Codes = Annotated[tuple[AnyCode, ...], Field(max_length=limits.CODES_A_FIELD), AfterValidator(_sorted_set)]
SomeCodes = Annotated[tuple[AnyCode, ...], Field(min_length=1, max_length=limits.CODES_A_FIELD), AfterValidator(_sorted_set)]

_COUNTRIES = frozenset(country.alpha_2 for country in pycountry.countries)
_SUBDIVISIONS = frozenset(subdivision.code for subdivision in pycountry.subdivisions)


def _one_of(codes: frozenset[str], list_name: str) -> Callable[[str], str]:
    def check(code: str) -> str:
        if code not in codes:
            raise PydanticCustomError("unknown_place", f"not a code of {list_name}")
        return code

    return check


Country = Annotated[str, AfterValidator(_one_of(_COUNTRIES, "ISO 3166-1"))]
Subdivision = Annotated[str, AfterValidator(_one_of(_SUBDIVISIONS, "ISO 3166-2"))]
Locode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[A-Z2-9]{3}$")]
"""UN/LOCODE by form: a municipality or coarser. The list itself is not carried."""
ContactId = Annotated[str, StringConstraints(pattern=r"^cp-[0-9]{1,2}$")]
"""A contact point of the publishing authority; its details stand in the directory."""


class Grading(WireModel):
    """Evaluation of the evidence, 4x4."""

    source: SourceEvaluation
    information: InformationEvaluation


class Link(WireModel):
    """This record's relation to another, of this authority or of a peer."""

    relation: Literal["same_as", "part_of", "successor_of"]
    authority: Authority
    record: RecordId


class VictimProfile(WireModel):
    """Victims in bands only, and below eleven nothing but the band (mission rule 6)."""

    count: Annotated[VictimCountBand, AfterValidator(_publishable)]
    ages: Codes[VictimAgeBand] = ()

    @property
    def suppressed(self) -> bool:
        """Whether nothing but the band may be said of the victims."""
        return self.count in ("lt11", "unknown")

    @model_validator(mode="after")
    def _suppress(self) -> "VictimProfile":
        if self.ages and self.suppressed:
            raise PydanticCustomError("not_suppressed", "ages are published from eleven victims up")
        if any(band not in ("adult", "minor", "unknown") for band in self.ages):
            raise PydanticCustomError("band_too_fine", "only adult and minor are published")
        return self


class Published(WireModel):
    """What every published record carries."""

    v: Literal[1] = 1
    id: RecordId
    version: Annotated[int, Field(ge=1, lt=1 << 31)]
    authority: Authority
    supersedes: Digest | None = None
    grading: Grading
    handling: SomeCodes[HandlingCode]
    tlp: Tlp
    review: Day
    contact: ContactId
    links: Annotated[tuple[Link, ...], Field(max_length=limits.LINKS_A_RECORD)] = ()

    @model_validator(mode="after")
    def _versions(self) -> "Published":
        if "H0" not in self.handling:
            raise PydanticCustomError("handling_incomplete", "H0 always applies")
        if (self.version == 1) != (self.supersedes is None):
            raise PydanticCustomError("version_chain", "version 1 supersedes nothing, every later one its predecessor")
        return self


class ModusOperandi(Published):
    """How a network recruits, controls, moves and pays."""

    kind: Literal["modus_operandi"] = "modus_operandi"
    acts: SomeCodes[Act]
    means: SomeCodes[Means]
    recruitment: Codes[RecruitmentMethod] = ()
    control: Codes[ControlMethod] = ()
    document_fraud: Codes[DocumentFraud] = ()
    money: Codes[MoneyMovement] = ()
    platforms: Codes[PlatformKind] = ()
    sectors: Codes[Sector] = ()
    venues: Codes[Venue] = ()


class Network(Published):
    """A criminal network. Its routes and modus operandi are records of their own, linked `part_of`."""

    kind: Literal["network"] = "network"
    acts: SomeCodes[Act]
    means: SomeCodes[Means]
    purposes: SomeCodes[Purpose]
    sectors: Codes[Sector] = ()
    venues: Codes[Venue] = ()
    structure: NetworkStructure
    size: Annotated[NetworkSizeBand, AfterValidator(_publishable)]
    roles: Codes[NetworkRole] = ()
    recruitment: Codes[RecruitmentMethod] = ()
    control: Codes[ControlMethod] = ()
    document_fraud: Codes[DocumentFraud] = ()
    money: Codes[MoneyMovement] = ()
    platforms: Codes[PlatformKind] = ()
    offences: SomeCodes[Offence]
    first_activity: Month
    last_activity: Month
    victims: VictimProfile

    @model_validator(mode="after")
    def _in_time(self) -> "Network":
        if self.first_activity > self.last_activity:
            raise PydanticCustomError("time_order", "the first activity is after the last")
        if "not_required_minor" in self.means and self.victims.suppressed:
            raise PydanticCustomError("not_suppressed", "that means says that a child was among fewer than eleven victims")
        return self


class RouteNode(WireModel):
    """One place of a route; `transport` and `crossing` say how one arrives there."""

    kind: RouteNodeKind
    country: Country
    subdivision: Subdivision | None = None
    locode: Locode | None = None
    transport: TransportMode | None = None
    crossing: BorderCrossing | None = None

    @model_validator(mode="after")
    def _one_country(self) -> "RouteNode":
        if self.subdivision is not None and not self.subdivision.startswith(f"{self.country}-"):
            raise PydanticCustomError("other_country", "the subdivision lies in another country")
        if self.locode is not None and not self.locode.startswith(self.country):
            raise PydanticCustomError("other_country", "the UN/LOCODE lies in another country")
        return self


class Route(Published):
    """An ordered route of a network."""

    kind: Literal["route"] = "route"
    nodes: Annotated[tuple[RouteNode, ...], Field(min_length=2, max_length=limits.ROUTE_NODES)]


class Withdrawal(WireModel):
    """Takes a record back. It gives no cause: all withdrawals look alike (mission rule 4)."""

    v: Literal[1] = 1
    kind: Literal["revocation"] = "revocation"
    id: RecordId
    version: Annotated[int, Field(ge=2, lt=1 << 31)]
    authority: Authority
    supersedes: Digest


Record = Network | Route | ModusOperandi | Withdrawal


class _Kind(WireModel):
    """Only as much of a record as says which model reads it."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)
    kind: Literal["network", "route", "modus_operandi", "revocation"]


_MODELS: Mapping[str, type[Network] | type[Route] | type[ModusOperandi] | type[Withdrawal]] = {
    "network": Network,
    "route": Route,
    "modus_operandi": ModusOperandi,
    "revocation": Withdrawal,
}


@dataclass(frozen=True)
class SignedRecord:
    """A record with the bytes that its authority signed. `digest` is SHA-256 over `raw` and identifies this version."""

    record: Record
    raw: bytes
    digest: str


def sign_record(record: Record, key: Signer) -> SignedRecord:
    """`record` signed under its authority's envelope key."""
    raw = jws.sign(canonical(record), RECORD_TYPE, key)
    return SignedRecord(record, raw, sha256(raw))


def read_record(raw: bytes, authority: Authority, keys: Mapping[str, VerifyKey]) -> SignedRecord:
    """Check a record that `authority` is said to have published; `keys` are all record keys that the directory has for it.

    Raises `TooLarge`, `Malformed`, `SignatureRefused`; `RecordRefused` if the record names another authority.
    """
    # 1 size and form of the signed object
    form = jws.open_form(raw, RECORD_TYPE, limit=limits.RECORD_BYTES, where="record")
    # 2 the record itself: strict model of its kind
    record = parse_record(form.payload)
    # 3 the publisher is who it is said to be
    if record.authority != authority:
        raise RecordRefused("record.authority", reason="other_authority")
    # 4 signature
    form.verify(keys, "record")
    return SignedRecord(record, raw, sha256(raw))


def parse_record(payload: bytes) -> Record:
    """The bytes inside a signed record as its model. Raises `Malformed`."""
    try:
        kind = _Kind.model_validate_json(payload).kind
    except ValueError:
        raise Malformed("record.kind", reason="not_a_record_kind") from None
    return parse(_MODELS[kind], payload, limit=limits.RECORD_BYTES, where=f"record({kind})")


def withdrawn_by(raw: bytes) -> str | None:
    """The id that these bytes take back, if they have the form of a signed withdrawal. Whether they count, `read_record` says."""
    try:
        record = parse_record(jws.open_form(raw, RECORD_TYPE, limit=limits.RECORD_BYTES, where="record").payload)
    except ProtocolError:
        return None
    return record.id if isinstance(record, Withdrawal) else None


def past_review(record: Record, today: date) -> bool:
    """True when the review date is over: the record must leave the index and be withdrawn unless renewed."""
    return not isinstance(record, Withdrawal) and date.fromisoformat(record.review) < today
