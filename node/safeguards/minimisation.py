"""What of a national case may leave, by type. The default is no.

Two questions are answered here and nowhere else: which record fields a network yields, and which of its identifiers may be
listed for matching. Both answers come with a ground for each field and each refusal, for the preview that officers read.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import rfc8785
from pydantic import ValidationError
from sqlalchemy import ColumnElement, func
from sqlmodel import col, select

from crypto.derivation import parted
from node.keys import Keys
from node.safeguards import protected
from node.safeguards.entropy import is_too_common
from node.safeguards.errors import NotMinimal
from node.safeguards.generalising import check_rare, general_place, is_small
from node.safeguards.grounds import FIELD_GROUNDS
from node.safeguards.holds import NOTHING, Listed
from node.safeguards.listing_reviews import Candidate, find_reviewed, lines_of
from node.safeguards.small_numbers import ROLES, Minimised, tellable
from node.store.database import Work
from node.store.tables import CaseIdentifier, CaseNetwork, CaseRouteNode, CaseSubject, HeldRecord, WaitingChange
from protocol import jws, limits
from protocol.errors import ProtocolError
from protocol.identifiers import Kind
from protocol.index.entry import KEY_TYPE_IDENTIFIER
from protocol.names import NAME_KIND, Fact
from protocol.record import RECORD_TYPE, ModusOperandi, Network, Record, Route, RouteNode, parse_record
from protocol.vocabulary import NetworkRole, SubjectCategory
from protocol.wire import canonical

_Place = tuple[str, str, str | None, str | None]
_Bearing = dict[str, list[tuple[CaseIdentifier, CaseSubject]]]

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

REVIEW = "review"
"""The one word for what the register knows and for what fell to a random review."""

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
class Made:
    """The records that a network yields, by source (`network`, `modus_operandi`, `route:<digest>`), and what they leave out."""

    records: Mapping[str, Record]
    left_out: tuple[Minimised, ...]


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

    @property
    def proposed_as(self) -> str:
        """What two officers agree on: the identifier, or the name key of this person and not an equal one of another."""
        return self.digest if self.bearer is None else f"{self.digest}/{self.bearer}"


@dataclass(frozen=True)
class Listing:
    """What of a network may be listed, and how many identifiers and people may not, by reason."""

    entries: tuple[Listable, ...]
    withheld: Mapping[str, int]
    looked_at: Listed = NOTHING

    @property
    def kinds(self) -> Mapping[str, int]:
        """How many identifiers of each kind, and how many people by their names."""
        identifiers = Counter(entry.kind for entry in self.entries if entry.bearer is None)
        people = {entry.bearer for entry in self.entries if entry.bearer is not None}
        return {**identifiers, NAME_KIND: len(people)} if people else identifiers

    def only(self, proposed: Collection[str]) -> "Listing":
        """The part of it that was proposed (`proposed_as`)."""
        kept = set(proposed)
        return Listing(tuple(entry for entry in self.entries if entry.proposed_as in kept), self.withheld, self.looked_at)

    def of(self, entropy: str) -> "Listing":
        """The part that belongs in a list of this entropy class."""
        names = entropy == "name_keys"
        return Listing(
            tuple(entry for entry in self.entries if (entry.bearer is not None) is names), self.withheld, self.looked_at
        )


def make_records(
    work: Work, network: CaseNetwork, description: Mapping[str, Any], frame: Frame, versions: Mapping[str, Mapping[str, Any]]
) -> Made:
    """The records that a network yields.

    `versions` gives each source its id, version and predecessor. Raises `NotMinimal` naming the field that does not fit.
    """
    waiting = work.session.exec(select(WaitingChange).where(WaitingChange.network == network.digest)).all()
    held = [(each.aspect, json.loads(each.told), each.due) for each in waiting]
    few_known = is_small(description["victims"]["count"])
    description, left_out = tellable(description, [each for each in held if each[0] != ROLES], work.now())
    gone = [role for aspect, told, due in held if aspect == ROLES and work.now() < due for role in told]
    shared = {
        "authority": frame.authority,
        "contact": frame.contact,
        "handling": sorted({"H0", *frame.handling, *description["handling"]}),
        "grading": description["grading"],
        "tlp": description["tlp"],
        "review": description["review"],
    }
    link = {"relation": "part_of", "authority": frame.authority, "record": versions["network"]["id"]}
    roles = sorted({*roles_of(work, network.digest), *gone})
    described = {name: value for name, value in description.items() if name in Network.model_fields}
    documents: dict[str, dict[str, Any]] = {
        "network": {**described, **shared, **versions["network"], "roles": roles, "kind": "network"},
        "modus_operandi": {
            **{name: description[name] for name in _SHARED_WITH_MODUS_OPERANDI if name in description},
            **shared,
            **versions["modus_operandi"],
            "links": [link],
            "kind": "modus_operandi",
        },
    }
    few_told = is_small(description["victims"]["count"])
    for source, nodes in routes_of(work, network.digest).items():
        if len(nodes) >= 2:
            said = [general_place(node) for node in nodes] if few_told else nodes
            if few_known and not few_told:  # a place that was told stays: to lose it would tell that the number fell, and when
                before = _places_in(work, versions[source].get("supersedes"))
                said = [node if _place(node) in before else general_place(node) for node in nodes]
            if said != nodes:
                left_out.append(Minimised("nodes", "small_number"))
            places = [node.model_dump(mode="json", exclude_none=True) for node in said]
            documents[source] = {**shared, **versions[source], "links": [link], "nodes": places, "kind": "route"}
    records = {source: _record(source, document) for source, document in documents.items()}
    for made in records.values():
        if isinstance(made, Network):
            check_rare(made, [each for each in records.values() if isinstance(each, Route)], small=few_told or few_known)
    return Made(records, tuple(dict.fromkeys(left_out)))


def _places_in(work: Work, record: str | None) -> set[_Place]:
    """The places that a version of a route, by its digest, has told."""
    held = None if record is None else work.session.get(HeldRecord, record)
    if held is None:
        return set()
    told = parse_record(jws.open_form(held.raw, RECORD_TYPE, limit=limits.RECORD_BYTES, where="record").payload)
    return {_place(node) for node in told.nodes} if isinstance(told, Route) else set()


def _place(node: RouteNode) -> _Place:
    """What of a node says where it is; how one arrives there is the network's matter."""
    return node.kind, node.country, node.subdivision, node.locode


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

    Everyone who bears an identifier must be cleared, in any network; so must everyone, anywhere, who may be the same person. What
    the protected register knows, and what falls to a random review, is withheld under one word, whatever the cause.
    """
    own = select(CaseIdentifier.digest).join(CaseSubject, col(CaseSubject.digest) == col(CaseIdentifier.subject))
    holds = _Holds(work, keys, col(CaseIdentifier.digest).in_(own.where(CaseSubject.network == network)))
    reasons: dict[str, str | None] = {}
    candidates: dict[str, list[tuple[CaseIdentifier, CaseSubject]]] = {}
    for row, subject in holds.of(network):
        withheld_as = row.digest if row.key_type == KEY_TYPE_IDENTIFIER else subject.digest  # a person once, of all keys
        if withheld_as not in reasons:
            reasons[withheld_as] = holds.not_cleared(row, subject) or holds.says_too_little(row)
        candidates.setdefault(withheld_as, []).append((row, subject))
    to_review = {
        each: Candidate(*rows[0], [bearer for row, subject in rows for bearer in holds.bearers(row, subject)])
        for each, rows in candidates.items()
        if reasons[each] is None
    }
    lines = lines_of(work, to_review)
    reviewed = find_reviewed(work, keys, to_review, lines)
    # of somebody whose screening is missing the register says nothing: that word is the case data's alone
    reasons |= dict.fromkeys(reviewed, REVIEW)
    entries: dict[tuple[str, str | None], Listable] = {}
    for each, rows in candidates.items():
        for row, subject in rows if reasons[each] is None else ():
            entry = Listable(row.digest, row.kind, row.version, subject.digest, row.key_type, row.input_sealed)
            entries.setdefault((entry.digest, entry.bearer), entry)
    withheld = Counter(reason for reason in reasons.values() if reason is not None)
    told = tuple(each for each in reviewed.values() if each is not None)
    return Listing(tuple(entries.values()), dict(withheld), Listed(tuple(lines.values()), told))


def cleared(work: Work, keys: Keys, network: str, identifiers: Sequence[str]) -> set[tuple[str, str | None]]:
    """Those of `identifiers` (digests, of name keys too) that somebody in the network bears and nobody holds back.

    Each as `Listable` tells it apart: digest and bearer. Marks are not looked at: what is marked is taken back as it is marked.
    """
    holds = _Holds(work, keys, col(CaseIdentifier.digest).in_(identifiers))
    return {
        (row.digest, None if row.key_type == KEY_TYPE_IDENTIFIER else subject.digest)
        for row, subject in holds.of(network)
        if holds.not_cleared(row, subject) is None and holds.says_too_little(row) is None
    }


class _Holds:
    """Why identifiers and people are held back. Each person is compared with the others once."""

    def __init__(self, work: Work, keys: Keys, of: ColumnElement[bool]) -> None:
        self._work, self._keys = work, keys
        self._bearing = _bearing(work, of)
        self._same: dict[str, str | None] = {}

    def of(self, network: str) -> Iterator[tuple[CaseIdentifier, CaseSubject]]:
        """What subjects of this network bear."""
        return ((row, subject) for pairs in self._bearing.values() for row, subject in pairs if subject.network == network)

    def not_cleared(self, row: CaseIdentifier, subject: CaseSubject) -> str | None:
        """The first reason of whoever bears it, or may be the same person as one who does."""
        kind = Kind(row.kind) if row.key_type == KEY_TYPE_IDENTIFIER else None
        reasons = (_bearer_reason(each, kind) or self._reason_of_the_same(each) for each in self.bearers(row, subject))
        return next((reason for reason in reasons if reason), None)

    def says_too_little(self, row: CaseIdentifier) -> str | None:
        """Whether it is a value that anybody may bear: a hotline, a placeholder."""
        if row.key_type == KEY_TYPE_IDENTIFIER:
            kind, _, canonical = parted(self._work.open_at_rest(row.input_sealed, "case_identifiers"))
            if is_too_common(Kind(kind.decode()), canonical.decode()):
                return "too_common"
        return None

    def bearers(self, row: CaseIdentifier, subject: CaseSubject) -> list[CaseSubject]:
        """Everybody who bears it; of a name key, whose it is."""
        if row.key_type != KEY_TYPE_IDENTIFIER:
            return [subject]  # others have the same name key, and are others
        return [bearer for _, bearer in self._bearing[row.digest]]

    def _reason_of_the_same(self, subject: CaseSubject) -> str | None:
        """The reason to hold back somebody else in the case data who may be this person under another reference."""
        if subject.digest not in self._same:
            self._same[subject.digest] = _reason_of_the_same(self._work, self._keys, subject)
        return self._same[subject.digest]


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


def _reason_of_the_same(work: Work, keys: Keys, subject: CaseSubject) -> str | None:
    person = protected.person_of(work, subject)
    told = {} if person is None else protected.facts_by_input(person)
    if person is None or not told:
        return None
    by_digest = {keys.digest("identifier", value): facts for value, facts in told.items()}
    agreeing: dict[str, frozenset[Fact]] = {}
    reasons: dict[str, str] = {}
    for digest, pairs in _bearing(work, col(CaseIdentifier.digest).in_(by_digest)).items():
        for _, bearer in pairs:
            if bearer.digest != subject.digest and (reason := _bearer_reason(bearer, None)):
                agreeing[bearer.digest] = agreeing.get(bearer.digest, frozenset()) | by_digest[digest]
                reasons[bearer.digest] = reason
    people = work.session.exec(select(func.count()).select_from(CaseSubject)).one() if agreeing else 0
    same = (other for other, facts in agreeing.items() if protected.may_be(person, facts, people))
    return next((reasons[other] for other in same), None)


def _bearer_reason(subject: CaseSubject, kind: Kind | None) -> str | None:
    """Why nothing of this kind may be listed that `subject` bears; None stands for a person's own name."""
    category = SubjectCategory(subject.category)
    users = (subject.user_screening, subject.registrant_screening)
    if category.protected or (subject.role is not None and not NetworkRole(subject.role).publishable):
        return "screening"
    if "done_indicator" in (subject.screening, *users):
        return "screening"
    if category.is_person:
        # Victim first, offender second: no completed screening without an indicator, no publication (mission rule 3).
        if subject.screening != "done_no_indicator" or (kind is not None and "pending" in users):
            return "screening"
    elif kind is None or kind in protected.IDENTITY_DOCUMENTS:
        return "identity_document"
    if (
        kind is not None
        and kind not in IMPERSONAL_KINDS
        and not all(screening in ("done_no_indicator", "not_applicable") for screening in users)
    ):
        return "user_screening"  # a suspect's phone, too, may be used by somebody else
    return None


def roles_of(work: Work, network: str) -> list[str]:
    """The roles of a network's cleared subjects, as a record may say them."""
    cleared = CaseSubject.screening == "done_no_indicator"
    rows = work.session.exec(select(CaseSubject).where(CaseSubject.network == network, cleared)).all()
    return sorted(
        {
            row.role
            for row in rows
            if row.role is not None and NetworkRole(row.role).publishable and SubjectCategory(row.category).publishable
        }
    )
