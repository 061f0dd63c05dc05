"""A holder that shows two histories is found out by what its peers say to each other, and nobody speaks to it any more."""

import pytest
from sqlmodel import delete, select

from node.officers import Role
from node.store import manifests
from node.store.tables import Equivocation, HeldManifest
from protocol.index.manifest import SignedManifest, read_manifest, sign_manifest
from protocol.journal import Act
from protocol.messages import ManifestsWanted
from tests.federation.cases import ask, phone, progress
from tests.federation.running import BR, CO, PE, Federation, RunningNode
from tests.federation.speaking import Speaker, newest_manifest
from tests.serving import wait_until

pytestmark = pytest.mark.federation


def show_another_history(holder: RunningNode) -> SignedManifest:
    """Brazil's own program replaces its newest manifest by another one at the same position, signed with its real key."""
    held = newest_manifest(holder)
    other = manifests.content(held).model_copy(update={"valid_until": held.valid_until - 1})
    forged = sign_manifest(other, Speaker(Federation({BR: holder}, holder.clock), BR).keys.signing)
    with holder.node.database.begin() as work:
        work.session.exec(delete(HeldManifest).where(HeldManifest.digest == held.digest))  # type: ignore[arg-type]
        manifests.keep(work, forged, usable=True)
    return forged


def proven(node: RunningNode) -> list[Equivocation]:
    with node.node.database.read() as work:
        return list(work.session.exec(select(Equivocation).where(Equivocation.proven)).all())


def test_two_manifests_at_one_position_are_proven_by_gossip_and_the_exchange_stops(own_federation: Federation) -> None:
    own_federation.beat()
    for node in own_federation.nodes.values():
        node.node.index.beat()
    first = newest_manifest(own_federation[BR])
    own_federation[CO].node.follow.visit(BR)
    second = show_another_history(own_federation[BR])
    with own_federation[PE].node.database.begin() as work:
        work.session.exec(delete(HeldManifest).where(HeldManifest.digest == first.digest))  # type: ignore[arg-type]
    own_federation[PE].node.follow.visit(BR)
    assert proven(own_federation[CO]) == proven(own_federation[PE]) == []
    # Colombia and Peru speak about their own lists; each envelope cites what its sender has seen of Brazil's
    own_federation[CO].node.follow.visit(PE)
    own_federation[PE].node.follow.visit(CO)
    own_federation[CO].follow_lists()
    own_federation[PE].follow_lists()
    for code in (CO, PE):
        (found,) = proven(own_federation[code])
        assert (found.authority, {found.ours, found.theirs}) == (BR, {first.digest, second.digest})
        member = own_federation[code].node.federation.directory.member(BR)
        assert found.evidence is not None
        assert read_manifest(found.evidence, member.record_keys(), BR).digest == found.theirs
        assert own_federation[code].count(Act.EQUIVOCATION_NOTICED) == 1
    asker = own_federation[CO].officer(Role.INVESTIGATOR)
    question_id = ask(asker, phone(), peers=[BR])
    wait_until(lambda: progress(asker, question_id)[0]["attempts"] >= 1, "the attempt")
    assert progress(asker, question_id)[0]["reason"] == "denied_sender"
    assert own_federation[CO].count(Act.QUESTION_ASKED) == 0
    assert Speaker(own_federation, BR).say(CO, ManifestsWanted()).code == "denied_sender"
    assert Speaker(own_federation, BR).get(PE, "0" * 64).status_code == 403
    shown = {row["authority"]: row["forked"] for row in asker.get("/v1/peers").json()["peers"]}
    assert shown == {"BR": True, "PE": False}


def test_a_peer_that_only_claims_another_history_proves_nothing_and_is_not_believed(own_federation: Federation) -> None:
    own_federation.beat()
    honest = newest_manifest(own_federation[BR])
    lie = SignedManifest(manifests.content(honest), b"", "0" * 64).head
    Speaker(own_federation, PE).say(CO, ManifestsWanted(), heads=(lie,))
    own_federation[CO].follow_lists()
    assert proven(own_federation[CO]) == []
    assert own_federation[CO].count(Act.EQUIVOCATION_NOTICED) == 1
    assert Speaker(own_federation, BR).say(CO, ManifestsWanted()).types == ["manifests"]


def test_an_accomplice_who_spoke_first_and_then_is_silent_does_not_hide_the_other_history(own_federation: Federation) -> None:
    own_federation.beat()
    first = newest_manifest(own_federation[BR])
    lie = SignedManifest(manifests.content(first), b"", "0" * 64).head
    Speaker(own_federation, BR).say(CO, ManifestsWanted(), heads=(lie,))  # Brazil itself: it will never give the proof
    second = show_another_history(own_federation[BR])
    with own_federation[PE].node.database.begin() as work:
        work.session.exec(delete(HeldManifest).where(HeldManifest.digest == first.digest))  # type: ignore[arg-type]
    own_federation[PE].node.follow.visit(BR)
    own_federation[PE].node.follow.visit(CO)
    own_federation[CO].node.follow.visit(PE)
    own_federation[CO].follow_lists()
    (found,) = proven(own_federation[CO])
    assert found.theirs == second.digest
