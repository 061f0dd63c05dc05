"""Manifests as held: one chain an authority, list and epoch, and who may hear of which head."""

from collections.abc import Callable

import pytest
from sqlalchemy.exc import IntegrityError

from node.keys import Keys
from node.store import manifests
from node.store.database import Database, Work
from node.store.tables import HeldManifest, IndexList
from protocol import limits
from protocol.authority import Authority
from protocol.index.manifest import SignedManifest
from tests.node.conftest import Clock, manifest_of
from tests.protocol.federation import BR, CO, EPOCH, NOW, PE, list_id, octets

SET_LIST = octets("list of a set").hex()[:32]
Chain = Callable[..., list[SignedManifest]]


@pytest.fixture
def chain(work: Work, keys: Keys) -> Chain:
    """Keeps a chain of manifests, an hour apart and each valid for an hour."""

    def make(length: int = 4, *, authority: Authority = CO, list_: str = list_id(CO), **changes: object) -> list[SignedManifest]:
        made: list[SignedManifest] = []
        for position in range(length):
            before = made[-1].digest if made else None
            issued = NOW + position * 3600
            fields = {"authority": authority, "issued": issued, "valid_until": issued + 3600, **changes}
            made.append(manifest_of(keys, list_=list_, position=position, previous=before, **fields))
            manifests.keep(work, made[-1], usable=position < 2)
        return made

    return make


def digests(held: list[HeldManifest | None] | tuple[HeldManifest, ...]) -> list[str | None]:
    return [None if each is None else each.digest for each in held]


def test_a_manifest_is_kept_with_what_it_says(work: Work, chain: Chain) -> None:
    (signed,) = chain(1)
    held = work.session.get_one(HeldManifest, signed.digest)
    assert manifests.content(held) == signed.manifest
    assert (held.authority, held.list_id, held.epoch, held.position) == (CO, list_id(CO), EPOCH, 0)
    assert (held.audience, held.valid_until, held.usable, held.received) == ("all", NOW + 3600, True, NOW)


def test_no_two_manifests_are_kept_at_one_position(database: Database, keys: Keys) -> None:
    with pytest.raises(IntegrityError), database.begin() as work:
        manifests.keep(work, manifest_of(keys, list_=list_id(CO)), usable=False)
        manifests.keep(work, manifest_of(keys, list_=list_id(CO), valid_until=NOW + 7200), usable=False)


def test_a_position_is_found_or_there_is_none(work: Work, chain: Chain) -> None:
    made = chain()
    place = (CO, list_id(CO), EPOCH)
    assert digests([manifests.at_position(work, *place, position) for position in range(5)]) == [
        *(signed.digest for signed in made),
        None,
    ]


def test_the_newest_is_the_last_and_the_newest_usable_the_last_whose_files_are_here(work: Work, chain: Chain) -> None:
    made = chain()
    newest = manifests.newest(work, CO, list_id(CO), EPOCH)
    usable = manifests.newest(work, CO, list_id(CO), EPOCH, usable_only=True)
    assert digests([newest, usable]) == [made[3].digest, made[1].digest]
    assert manifests.newest(work, CO, list_id(CO), EPOCH + 1) is None


def test_chains_are_listed_in_order_and_for_one_authority(work: Work, chain: Chain) -> None:
    chain(2)
    chain(1, epoch=EPOCH + 1)
    chain(1, authority=PE, list_=list_id(PE))
    ours = [(CO, list_id(CO), EPOCH), (CO, list_id(CO), EPOCH + 1)]
    assert manifests.chains(work) == [*ours, (PE, list_id(PE), EPOCH)]
    assert manifests.chains(work, CO) == ours
    assert manifests.chains(work, BR) == []


def test_who_catches_up_gets_what_follows_a_page_at_a_time(work: Work, chain: Chain) -> None:
    made = [signed.digest for signed in chain(5)]
    place = (CO, list_id(CO), EPOCH)
    assert digests(tuple(manifests.after(work, *place, -1, 3))) == made[:3]
    assert digests(tuple(manifests.after(work, *place, 2, 3))) == made[3:]
    assert manifests.after(work, *place, 4, 3) == []


def test_what_is_past_its_validity_is_left_out_but_never_the_newest(work: Work, chain: Chain, clock: Clock) -> None:
    made = [signed.digest for signed in chain(4)]
    place = (CO, list_id(CO), EPOCH)
    assert set(digests(tuple(manifests.still_valid(work, *place)))) == set(made)
    clock.now = NOW + 2 * 3600
    assert set(digests(tuple(manifests.still_valid(work, *place)))) == set(made[2:])
    clock.now = NOW + 100 * 3600
    assert digests(tuple(manifests.still_valid(work, *place))) == [made[3]]
    assert manifests.still_valid(work, PE, list_id(PE), EPOCH) == []


# Heads


def test_the_newest_head_of_each_chain_for_all_members_is_told_to_everybody(work: Work, chain: Chain) -> None:
    ours, theirs = chain(3), chain(2, authority=PE, list_=list_id(PE))
    for peer in (PE, BR):
        assert set(manifests.heads_for(work, CO, peer)) == {ours[-1].head, theirs[-1].head}


def test_a_set_s_chain_of_ours_is_told_to_its_members_only(work: Work, chain: Chain) -> None:
    work.session.add(IndexList(id=SET_LIST, audience="CO PE", entropy="identifiers"))
    (only,) = chain(1, list_=SET_LIST, audience="set")
    assert manifests.heads_for(work, CO, PE) == (only.head,)
    assert manifests.heads_for(work, CO, BR) == ()


def test_a_peer_s_chain_for_a_set_is_told_to_that_peer_only(work: Work, chain: Chain) -> None:
    (only,) = chain(1, authority=PE, list_=SET_LIST, audience="set")
    assert manifests.heads_for(work, CO, PE) == (only.head,)
    assert manifests.heads_for(work, CO, BR) == ()


def test_nobody_fills_the_envelope_with_his_own_heads(work: Work, keys: Keys, chain: Chain) -> None:
    for epoch in range(1, limits.HEADS_AN_AUTHORITY + 11):
        signed = manifest_of(keys, list_=list_id(CO), epoch=epoch, valid_until=NOW + (1 << 30))
        manifests.keep(work, signed, usable=True).received = NOW + epoch
    (other,) = chain(1, authority=PE)
    told = manifests.heads_for(work, CO, PE)
    assert other.head in told
    ours = {head.epoch for head in told if head.authority == CO}
    assert ours == set(range(11, limits.HEADS_AN_AUTHORITY + 11))
