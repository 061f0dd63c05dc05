"""What the invented node answers. Nobody here exists."""

import json
from typing import Any

from node.inbound.national.models import (
    ContactShown,
    DoubtfulShown,
    FederationShown,
    HitShown,
    ImportedRow,
    ImportProblemShown,
    ImportShown,
    ListShown,
    Me,
    PeerProgressShown,
    PeerShown,
    QuestionShown,
    RecordShown,
)
from node.inbound.national.publication_models import (
    FieldShown,
    GoneShown,
    LeftOutShown,
    NetworkShown,
    PreviewShown,
    PublicationShown,
    RecordPreview,
)
from node.safeguards.grounds import FIELD_DIRECTIVES, FIELD_GROUNDS

NETWORK_ID, ROUTE_ID, QUESTION_ID, PUBLICATION_ID = "a" * 32, "b" * 32, "c" * 32, "d" * 32
REFERENCE = QUESTION_ID[:8]
DIGEST = "e" * 64
SINCE = 1_795_000_000

NETWORK: dict[str, Any] = {
    "v": 1,
    "kind": "network",
    "id": NETWORK_ID,
    "version": 1,
    "authority": "PE",
    "grading": {"source": "B", "information": "2"},
    "handling": ["H0"],
    "tlp": "amber",
    "review": "2027-09-21",
    "contact": "cp-1",
    "acts": ["recruitment"],
    "means": ["deception"],
    "purposes": ["sexual_prostitution"],
    "structure": "core_group",
    "size": "n6_10",
    "offences": ["tip_sexual"],
    "first_activity": "2025-03",
    "last_activity": "2026-08",
    "victims": {"count": "v11_25", "ages": ["adult"]},
}
ROUTE: dict[str, Any] = {
    "v": 1,
    "kind": "route",
    "id": ROUTE_ID,
    "version": 1,
    "authority": "PE",
    "grading": {"source": "B", "information": "2"},
    "handling": ["H0"],
    "tlp": "amber",
    "review": "2027-09-21",
    "contact": "cp-1",
    "links": [{"relation": "part_of", "authority": "PE", "record": NETWORK_ID}],
    "nodes": [
        {"kind": "origin", "country": "CO", "subdivision": "CO-NAR"},
        {"kind": "destination", "country": "BR", "locode": "BRMAO", "transport": "bus", "crossing": "official_genuine_docs"},
    ],
}
WITHDRAWAL: dict[str, Any] = {
    "v": 1,
    "kind": "revocation",
    "id": NETWORK_ID,
    "version": 2,
    "authority": "PE",
    "supersedes": DIGEST,
}
CONTACT = ContactShown(id="cp-1", email="enlace@example.org", phone="+5115550100", languages=["es", "pt"])
ME = Me(username="inventada", roles=["analyst", "investigator"], authority="CO")


def record(document: dict[str, Any], **deliveries: str) -> RecordShown:
    """A record as the API shows it."""
    return RecordShown(
        digest=DIGEST, authority="PE", received=SINCE, record=document, contact=CONTACT, deliveries=dict(deliveries)
    )


def preview(document: dict[str, Any]) -> RecordPreview:
    """A record as it would leave."""
    return RecordPreview(
        kind=document["kind"],
        id=document["id"],
        version=1,
        changed="new",
        bytes=json.dumps(document, separators=(",", ":"), sort_keys=True),
        fields=[
            FieldShown(name=name, value=value, ground=FIELD_GROUNDS[name], directives=list(FIELD_DIRECTIVES[name]))
            for name, value in document.items()
        ],
    )


def publication(state: str = "proposed", audience: str = "all", waiting: int = 0) -> PublicationShown:
    """A publication of a network and its route."""
    return PublicationShown(
        id=PUBLICATION_ID,
        network="RED-INVENTADA",
        audience=audience,
        state=state,
        proposed_by="1" * 32,
        decided_by=None,
        records=[preview(NETWORK), preview(ROUTE)],
        gone=[GoneShown(kind="route", id="9" * 32)],
        review="2027-09-21",
        listed={"phone": 12, "vehicle_plate": 3},
        withheld={"screening": 4, "review": 2},
        left_out=[LeftOutShown(field="victims", reason="waits", until=SINCE), LeftOutShown(field="means", reason="small_number")],
        waiting=waiting,
    )


def look() -> PreviewShown:
    """What a network would send, one of its records changed."""
    shown = publication()
    first, *others = shown.records
    size = next(each for each in first.fields if each.name == "size")
    fields = [each if each != size else size.model_copy(update={"before": "n3_5"}) for each in first.fields]
    records = [first.model_copy(update={"changed": "changed", "fields": fields}), *others]
    kept = {name: getattr(shown, name) for name in PreviewShown.model_fields}
    return PreviewShown(**{**kept, "records": records})


def networks() -> list[NetworkShown]:
    """One network that was published to two audiences, and one that was not."""
    return [
        NetworkShown(reference="RED-INVENTADA", publications={"all": "published", "BR CO": "proposed"}),
        NetworkShown(reference="OTRA-RED", publications={}),
    ]


def imported(
    state: str = "done",
    read: int = 20,
    problems: tuple[ImportProblemShown, ...] = (),
    publish_again: tuple[ImportedRow, ...] = (),
) -> ImportShown:
    """An import."""
    return ImportShown.model_validate(
        {
            "id": "f" * 32,
            "state": state,
            "rows_total": 20,
            "rows_read": read,
            "rows_new": 11,
            "rows_changed": 3,
            "rows_unchanged": 4,
            "rows_protected": 2,
            "publish_again": publish_again,
            "problems": problems,
        }
    )


def progress(peer: str, state: str, **changes: Any) -> PeerProgressShown:
    """Where a peer stands."""
    fields: dict[str, Any] = {
        "reason": None,
        "since": SINCE,
        "attempts": 0,
        "next_try": SINCE,
        "hits": 0,
        "lists": [],
        "lists_known": 1,
        "not_compared": [],
    }
    return PeerProgressShown(peer=peer, state=state, **{**fields, **changes})


def question(
    *peers: PeerProgressShown,
    done: bool = True,
    hits: int = 0,
    case: str = "CASO-INVENTADO",
    doubtful: tuple[DoubtfulShown, ...] = (),
    held: str = "",
    not_asked: str = "",
) -> QuestionShown:
    """Where a question stands."""
    return QuestionShown(
        id=QUESTION_ID,
        reference=REFERENCE,
        case=case,
        created=SINCE,
        expires=SINCE + 86400,
        purpose="investigate_network",
        lines=3,
        hits=hits,
        done=done,
        held=held,
        not_asked=not_asked,
        doubtful=list(doubtful),
        peers=list(peers),
    )


def listed(list_id: str = "1" * 32) -> ListShown:
    """A list that was asked."""
    return ListShown(x="e" * 32, list_id=list_id, state="answered", lines=2, list_size=40)


def hit(line: int, kind: str = "phone", written: str = "+57 300 555 0147", **changes: Any) -> HitShown:
    """A hit on the invented network."""
    fields: dict[str, Any] = {"peer": "PE", "subject": "0a1b2c3d", "record_id": NETWORK_ID, "record": NETWORK, "contact": CONTACT}
    fields |= {"withdrawn": None, "standing": SINCE, "verdict": None, "agreements": []}
    return HitShown(line=line, kind=kind, written=written, **{**fields, **changes})


def peer(authority: str, **changes: Any) -> PeerShown:
    """A member, reached and at peace unless changed."""
    fields: dict[str, Any] = {
        "names": {"es": "Fiscalía inventada", "en": "Invented office", "pt": "Órgão inventado", "fr": "Service inventé"},
        "denied": False,
        "forked": False,
        "last_success": SINCE,
        "last_failure": None,
        "last_error": None,
        "records": 4,
        "lists": 1,
        "list_size": 120,
        "issued": SINCE,
        "valid_until": SINCE + 60,
        "waiting": 0,
    }
    return PeerShown(authority=authority, **{**fields, **changes})


def federation(*peers: PeerShown) -> FederationShown:
    """The federation."""
    return FederationShown(
        authority="CO",
        directory_version=3,
        directory_hash=DIGEST,
        directory_expires=SINCE + 86400,
        peers=list(peers),
        left_out={},
    )
