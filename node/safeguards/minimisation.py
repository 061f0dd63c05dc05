"""What of a national case may leave, by type. The default is no.

Two questions are answered here and nowhere else: which record fields a network yields, and which of its identifiers may be
listed for matching. Both answers come with a ground for each field and each refusal, for the preview that officers read.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import rfc8785
from pydantic import ValidationError
from sqlalchemy import ColumnElement, func
from sqlmodel import col, select

from node.keys import Keys
from node.safeguards import protected
from node.safeguards.errors import NotMinimal
from node.store.database import Work
from node.store.tables import CaseIdentifier, CaseNetwork, CaseRouteNode, CaseSubject
from protocol.errors import ProtocolError
from protocol.identifiers import Kind
from protocol.index.entry import KEY_TYPE_IDENTIFIER
from protocol.names import NAME_KIND, Fact, Verdict, judge, name_keys
from protocol.record import ModusOperandi, Network, Record, Route, RouteNode, parse_record
from protocol.vocabulary import NetworkRole, SubjectCategory
from protocol.wire import canonical

_Bearing = dict[str, list[tuple[CaseIdentifier, CaseSubject]]]

IDENTITY_DOCUMENTS = frozenset({Kind.PASSPORT, Kind.NATIONAL_ID, Kind.TAX_ID_PERSON})
"""Belong to one person, whoever carries them: never a thing's and never a company's."""

IMPERSONAL_KINDS = frozenset(
    {
        Kind.TAX_ID_COMPANY,
        Kind.DOMAIN,
        Kind.URL,
        Kind.IP,
        Kind.VEHICLE_PLATE,
        Kind.VIN,
        Kind.IMO,
        Kind.AIRCRAFT_REG,
        Kind.CONTAINER,
    }
)
"""Kinds of things and companies. All others belong to whoever uses them: a phone in an advertisement is often the victim's."""

FIELD_GROUNDS: Mapping[str, str] = {
    "v": "format",
    "kind": "format",
    "id": "random",
    "version": "format",
    "authority": "publisher",
    "supersedes": "format",
    "grading": "code",
    "handling": "code",
    "tlp": "code",
    "review": "date",
    "contact": "office",
    "links": "random",
    "acts": "code",
    "means": "code",
    "purposes": "code",
    "sectors": "code",
    "venues": "code",
    "structure": "code",
    "size": "band",
    "roles": "code",
    "recruitment": "code",
    "control": "code",
    "document_fraud": "code",
    "money": "code",
    "platforms": "code",
    "offences": "code",
    "first_activity": "month",
    "last_activity": "month",
    "victims": "band",
    "nodes": "place",
}
"""Why each field of a record may leave; the words for it stand in the language catalogues."""

_SHARED_WITH_MODUS_OPERANDI = (
    "acts",
    "means",
    "recruitment",
    "control",
    "document_fraud",
    "money",
    "platforms",
    "sectors",
    "venues",
)


@dataclass(frozen=True)
class Frame:
    """What the records of one publication share."""

    authority: str
    contact: str
    handling: tuple[str, ...]


@dataclass(frozen=True)
class Listable:
    """An identifier or name key that may be listed: digest, kind and version, and whose it is.

    The OPRF input stays sealed until the index beat. `key_type` is what the label says.
    """

    digest: str
    kind: str
    version: str
    subject: str
    key_type: int
    input_sealed: bytes

    @property
    def bearer(self) -> str | None:
        """Whose it is, of a name key: several people's may be equal, while an identifier is listed once."""
        return None if self.key_type == KEY_TYPE_IDENTIFIER else self.subject


@dataclass(frozen=True)
class Listing:
    """What of a network may be listed, and how many identifiers and people may not, by reason."""

    entries: tuple[Listable, ...]
    withheld: Mapping[str, int]

    @property
    def kinds(self) -> Mapping[str, int]:
        """How many identifiers of each kind, and how many people by their names."""
        identifiers = Counter(entry.kind for entry in self.entries if entry.bearer is None)
        people = {entry.bearer for entry in self.entries if entry.bearer is not None}
        return {**identifiers, NAME_KIND: len(people)} if people else identifiers

    def only(self, digests: Collection[str]) -> "Listing":
        """The part of it that these digests name."""
        kept = set(digests)
        return Listing(tuple(entry for entry in self.entries if entry.digest in kept), self.withheld)

    def of(self, entropy: str) -> "Listing":
        """The part that belongs in a list of this entropy class."""
        names = entropy == "name_keys"
        return Listing(tuple(entry for entry in self.entries if (entry.bearer is not None) is names), self.withheld)


def make_records(
    work: Work, network: CaseNetwork, description: Mapping[str, Any], frame: Frame, versions: Mapping[str, Mapping[str, Any]]
) -> dict[str, Record]:
    """The records that a network yields, by source (`network`, `modus_operandi`, `route:<digest>`).

    `versions` gives each source its id, version and predecessor. Raises `NotMinimal` naming the field that does not fit.
    """
    shared = {
        "authority": frame.authority,
        "contact": frame.contact,
        "handling": sorted({"H0", *frame.handling, *description["handling"]}),
        "grading": description["grading"],
        "tlp": description["tlp"],
        "review": description["review"],
    }
    link = {"relation": "part_of", "authority": frame.authority, "record": versions["network"]["id"]}
    description = {**description, "means": _means(description)}
    described = {name: value for name, value in description.items() if name in Network.model_fields}
    documents: dict[str, dict[str, Any]] = {
        "network": {**described, **shared, **versions["network"], "roles": _roles(work, network.digest), "kind": "network"},
        "modus_operandi": {
            **{name: description[name] for name in _SHARED_WITH_MODUS_OPERANDI if name in description},
            **shared,
            **versions["modus_operandi"],
            "links": [link],
            "kind": "modus_operandi",
        },
    }
    for source, nodes in routes_of(work, network.digest).items():
        if len(nodes) >= 2:
            places = [node.model_dump(mode="json", exclude_none=True) for node in nodes]
            documents[source] = {**shared, **versions[source], "links": [link], "nodes": places, "kind": "route"}
    return {source: _record(source, document) for source, document in documents.items()}


def _record(source: str, document: Mapping[str, Any]) -> Record:
    models: Mapping[str, type[Network] | type[ModusOperandi] | type[Route]]
    models = {"network": Network, "modus_operandi": ModusOperandi, "route": Route}
    model = models[source.partition(":")[0]]
    try:
        return parse_record(canonical(model.model_validate_json(rfc8785.dumps(dict(document)))))
    except ValidationError as error:
        place = error.errors(include_input=False)[0]["loc"]
        raise NotMinimal("field", field=f"{source.partition(':')[0]}.{'.'.join(map(str, place))}") from None


def check_record(payload: bytes) -> Record:
    """The bytes of a draft as the record that they are. Raises `NotMinimal` if they are none that this module makes."""
    try:
        record = parse_record(payload)
    except ProtocolError as error:
        raise NotMinimal(error.where) from None
    if unexplained := set(type(record).model_fields) - set(FIELD_GROUNDS):
        raise NotMinimal("field_without_ground", field=min(unexplained))
    return record


def routes_of(work: Work, network: str) -> dict[str, list[RouteNode]]:
    """The routes of a network by source name, their nodes in order."""
    rows = work.session.exec(
        select(CaseRouteNode).where(CaseRouteNode.network == network).order_by(CaseRouteNode.route, col(CaseRouteNode.position))
    )
    routes: dict[str, list[RouteNode]] = {}
    for row in rows:
        routes.setdefault(f"route:{row.route}", []).append(RouteNode.model_validate_json(row.node))
    return routes


def listing(work: Work, keys: Keys, network: str) -> Listing:
    """Which identifiers and people of a network may be listed for matching.

    Everyone who bears an identifier must be cleared, in any network; so must everyone, anywhere, who may be the same person.
    """
    own = select(CaseIdentifier.digest).join(CaseSubject, col(CaseSubject.digest) == col(CaseIdentifier.subject))
    bearing = _bearing(work, col(CaseIdentifier.digest).in_(own.where(CaseSubject.network == network)))
    reasons: dict[str, str | None] = {}
    listable: dict[tuple[str, str | None], Listable] = {}
    withheld: Counter[str] = Counter()
    for row, subject in (pair for pairs in bearing.values() for pair in pairs if pair[1].network == network):
        entry = Listable(row.digest, row.kind, row.version, subject.digest, row.key_type, row.input_sealed)
        withheld_as = entry.bearer or entry.digest  # a person once, whatever the number of keys
        if withheld_as not in reasons:
            reason = _reason_to_withhold(work, keys, bearing, row, subject)
            reasons[withheld_as] = reason
            if reason is not None:
                # one word for all holds that concern a person: a count of its own would tell that somebody is protected
                withheld["screening" if reason == "protected" else reason] += 1
        if reasons[withheld_as] is None:
            listable.setdefault((entry.digest, entry.bearer), entry)
    return Listing(tuple(listable.values()), dict(withheld))


def cleared(work: Work, keys: Keys, network: str, identifiers: Sequence[str]) -> set[str]:
    """Those of `identifiers` (digests, of name keys too) that somebody in the network bears and nobody holds back.

    Marks are not looked at: what is marked is taken back as it is marked.
    """
    bearing = _bearing(work, col(CaseIdentifier.digest).in_(identifiers))
    return {
        digest
        for digest, pairs in bearing.items()
        if any(bearer.network == network and _bearers_reason(work, keys, bearing, row, bearer) is None for row, bearer in pairs)
    }


def _bearing(work: Work, of: ColumnElement[bool]) -> _Bearing:
    """Identifiers by digest, oldest first, each with everybody who bears it."""
    bearing: _Bearing = {}
    pairs = work.session.exec(
        select(CaseIdentifier, CaseSubject)
        .join(CaseSubject, col(CaseSubject.digest) == col(CaseIdentifier.subject))
        .where(of)
        .order_by(col(CaseIdentifier.id))
    )
    for row, bearer in pairs:
        bearing.setdefault(row.digest, []).append((row, bearer))
    return bearing


def _reason_to_withhold(work: Work, keys: Keys, bearing: _Bearing, row: CaseIdentifier, subject: CaseSubject) -> str | None:
    if reason := _bearers_reason(work, keys, bearing, row, subject):
        return reason
    if row.key_type != KEY_TYPE_IDENTIFIER:
        guarded = protected.is_protected_subject(work, keys, subject.digest)
    else:
        guarded = protected.is_protected(work, keys, work.open_at_rest(row.input_sealed, "case_identifiers"))
    return "protected" if guarded else None


def _bearers_reason(work: Work, keys: Keys, bearing: _Bearing, row: CaseIdentifier, subject: CaseSubject) -> str | None:
    """The first reason of anybody who bears an identifier; of a name, of the person and of whoever may be the same."""
    if row.key_type == KEY_TYPE_IDENTIFIER:
        reasons = (_bearer_reason(bearer, Kind(row.kind)) for _, bearer in bearing[row.digest])
        return next((reason for reason in reasons if reason), None)
    return _bearer_reason(subject, None) or _reason_of_the_same(work, keys, subject)


def _reason_of_the_same(work: Work, keys: Keys, subject: CaseSubject) -> str | None:
    """The reason to hold back somebody else in the case data who may be this person under another reference."""
    person = protected.person_of(work, subject)
    if person is None:
        return None
    told = {keys.digest("identifier", key.oprf_input()): key.facts for key in name_keys(person)}
    agreeing: dict[str, frozenset[Fact]] = {}
    reasons: dict[str, str] = {}
    for digest, pairs in _bearing(work, col(CaseIdentifier.digest).in_(told)).items():
        for _, bearer in pairs:
            if bearer.digest != subject.digest and (reason := _bearer_reason(bearer, None)):
                agreeing[bearer.digest] = agreeing.get(bearer.digest, frozenset()) | told[digest]
                reasons[bearer.digest] = reason
    people = work.session.exec(select(func.count()).select_from(CaseSubject)).one() if agreeing else 0
    same = (other for other, facts in agreeing.items() if judge(person, facts, people).verdict is not Verdict.CHANCE)
    return next((reasons[other] for other in same), None)


def _bearer_reason(subject: CaseSubject, kind: Kind | None) -> str | None:
    """Why nothing of this kind may be listed that `subject` bears; None stands for a person's own name."""
    category = SubjectCategory(subject.category)
    users = (subject.user_screening, subject.registrant_screening)
    if category.protected or (subject.role is not None and not NetworkRole(subject.role).publishable):
        return "protected"
    if "done_indicator" in (subject.screening, *users):
        return "protected"
    if category.is_person:
        # Victim first, offender second: no completed screening without an indicator, no publication (mission rule 3).
        if subject.screening != "done_no_indicator" or "pending" in users:
            return "screening"
    elif kind is None or kind in IDENTITY_DOCUMENTS:
        return "identity_document"
    if (
        kind is not None
        and kind not in IMPERSONAL_KINDS
        and not all(screening in ("done_no_indicator", "not_applicable") for screening in users)
    ):
        return "user_screening"  # a suspect's phone, too, may be used by somebody else
    return None


def _means(description: Mapping[str, Any]) -> list[str]:
    """Below eleven victims even the means "not required: a child" would say that a child was among them."""
    means = list(description["means"])
    if description["victims"]["count"] not in ("lt11", "unknown") or "not_required_minor" not in means:
        return means
    return [code for code in means if code != "not_required_minor"] or ["not_established"]


def _roles(work: Work, network: str) -> list[str]:
    cleared = CaseSubject.screening == "done_no_indicator"
    rows = work.session.exec(select(CaseSubject).where(CaseSubject.network == network, cleared)).all()
    return sorted(
        {
            row.role
            for row in rows
            if row.role is not None and NetworkRole(row.role).publishable and SubjectCategory(row.category).publishable
        }
    )
