"""Heads that peers cite: two at one position are noticed once, asked for, and proven by a signed manifest only."""

import pytest
from sqlmodel import select

from node.federation import Federation
from node.flows import hear_heads
from node.keys import Keys
from node.store import manifests
from node.store.database import Work
from node.store.tables import Equivocation, HeardHead, Intake
from protocol.admission import Admitted, admit_request, verify_request
from protocol.authority import Authority
from protocol.envelope import Head
from protocol.index.manifest import SignedManifest
from protocol.journal import Act
from protocol.messages import Body, ManifestsWanted
from tests.node.conftest import manifest_of
from tests.protocol.federation import BR, CO, NOW, PE, Books, border, envelope, list_id, signed


def cited_by(sender: Authority, *heads: Head) -> Admitted[Body]:
    """An admitted envelope of a peer that cites these heads."""
    content = envelope(ManifestsWanted(), sender=sender, to=CO).model_copy(update={"heads": heads})
    admitted = admit_request(verify_request(signed(content).raw, border(me=CO, connection=sender)), Books())
    assert isinstance(admitted, Admitted)
    return admitted


def other(head: Head) -> Head:
    return head.model_copy(update={"digest": "0" * 64})


@pytest.fixture
def held(work: Work, keys: Keys) -> SignedManifest:
    """The manifest that is held here at a position."""
    made = manifest_of(keys, list_=list_id(CO))
    manifests.keep(work, made, usable=True)
    return made


def suspicions(work: Work) -> list[Equivocation]:
    return list(work.session.exec(select(Equivocation)).all())


def test_the_same_head_at_both_ends_is_no_suspicion(work: Work, held: SignedManifest) -> None:
    hear_heads.hear(work, cited_by(PE, held.head))
    assert suspicions(work) == []
    (heard,) = work.session.exec(select(HeardHead)).all()
    assert (heard.reporter, heard.digest) == (PE, held.digest)


def test_two_heads_at_one_position_are_on_record_once_and_who_spoke_last_is_asked(work: Work, held: SignedManifest) -> None:
    hear_heads.hear(work, cited_by(PE, other(held.head)))
    hear_heads.hear(work, cited_by(BR, held.head.model_copy(update={"digest": "1" * 64})))
    (found,) = suspicions(work)
    assert (found.ours, found.theirs, found.reporter, found.proven) == (held.digest, "1" * 64, BR, False)
    noticed = select(Intake).where(Intake.kind == Act.EQUIVOCATION_NOTICED.value)
    assert len(work.session.exec(noticed).all()) == 1


def test_only_another_signed_manifest_of_that_position_proves_it(work: Work, keys: Keys, held: SignedManifest) -> None:
    hear_heads.prove(work, held, reporter=PE)
    hear_heads.prove(work, manifest_of(keys, list_=list_id(CO), position=7, previous="0" * 64), reporter=PE)
    assert suspicions(work) == []
    second = manifest_of(keys, list_=list_id(CO), valid_until=NOW + 60)
    hear_heads.prove(work, second, reporter=PE)
    (found,) = suspicions(work)
    assert (found.proven, found.evidence, found.theirs) == (True, second.raw, second.digest)


def test_what_is_proven_is_not_changed_by_later_talk(work: Work, keys: Keys, held: SignedManifest) -> None:
    second = manifest_of(keys, list_=list_id(CO), valid_until=NOW + 60)
    hear_heads.prove(work, second, reporter=PE)
    hear_heads.hear(work, cited_by(BR, other(held.head)))
    (found,) = suspicions(work)
    assert (found.theirs, found.reporter) == (second.digest, PE)


def test_the_newest_head_that_a_peer_has_seen_is_remembered_and_an_older_one_does_not_replace_it(
    held: SignedManifest, work: Work
) -> None:
    later = held.head.model_copy(update={"position": 5, "digest": "5" * 64})
    for head in (later, held.head):
        hear_heads.hear(work, cited_by(PE, head))
    (heard,) = work.session.exec(select(HeardHead)).all()
    assert (heard.position, heard.digest) == (5, "5" * 64)


def test_no_peer_s_word_alone_makes_another_one_denied(work: Work, held: SignedManifest, member: Federation) -> None:
    hear_heads.hear(work, cited_by(PE, other(held.head)))
    assert member.border(work, BR).denied == frozenset()
