"""Old hits in a new manifest: what stands, what is gone, and what nothing is said of. The list is Colombia's own."""

from typing import Any

import pytest
from sqlmodel import select

from node.flows import recheck_hits
from node.store import manifests
from node.store.tables import ExchangeKey, HeldManifest, Hit, Question
from protocol.index.entry import tag_of
from protocol.index.segment import build_segment
from tests.node.conftest import ALICE, phone
from tests.node.flows.conftest import LIST, RECORD, Index
from tests.protocol.federation import CO

STAYS, GOES = "+573015550001", "+573015550002"
QUESTION = "c" * 32
HANDLE = bytes(16)


def held(index: Index) -> HeldManifest:
    with index.database.read() as work:
        newest = manifests.newest(work, CO, LIST, 1)
        assert newest is not None
        return newest


@pytest.fixture
def listed(index: Index) -> Index:
    """Two numbers in the list, and an officer's question that found both."""
    index.list_numbers(STAYS, GOES)
    index.beat()
    with index.database.begin() as work:
        facts: dict[str, Any] = {
            "purpose": "investigate_network",
            "basis": "untoc_police",
            "offence": "tip",
            "urgency": "routine_7d",
        }
        work.session.add(Question(id=QUESTION, officer_id=ALICE, created=0, expires=0, case_sealed=b"", peers=CO, **facts))
        work.session.flush()
    keep_hit(index, 2, STAYS)
    keep_hit(index, 3, GOES)
    return index


def keep_hit(index: Index, line: int, *numbers: str, handle: bytes = HANDLE, record: str = RECORD) -> None:
    now, manifest = index.clock.now, held(index).digest
    with index.database.begin() as work:
        hit = Hit(
            question_id=QUESTION,
            peer=CO,
            list_id=LIST,
            line=line,
            record_id=record,
            handle=handle,
            key_type=1,
            manifest=manifest,
            found=now,
            standing=now,
        )
        outputs = [index.server().evaluate_input(phone(number).oprf_input()) for number in numbers]
        hit.outputs_sealed = recheck_hits.seal_outputs(work, hit, outputs)
        work.session.add(hit)


def rechecked(index: Index) -> dict[int, tuple[int, int | None]]:
    """Of each line, when its entry was last seen, and when it was seen to be gone."""
    seen = recheck_hits.recheck(index.database, index.files, held(index))
    with index.database.begin() as work:
        recheck_hits.keep(work, seen)
    with index.database.read() as work:
        return {hit.line: (hit.standing, hit.gone) for hit in work.session.exec(select(Hit)).all()}


def test_an_entry_that_left_is_gone_since_this_node_learnt_it_and_the_other_was_seen_to_stand(listed: Index) -> None:
    found = listed.clock.now
    listed.take_back(GOES)
    listed.beat()
    learnt = listed.clock.now
    assert rechecked(listed) == {2: (learnt, None), 3: (found, learnt)}
    listed.beat()
    assert rechecked(listed) == {2: (listed.clock.now, None), 3: (found, learnt)}, "it is learnt once"


def test_what_comes_back_does_not_make_an_old_hit_stand_again(listed: Index) -> None:
    listed.take_back(GOES)
    listed.beat()
    gone = rechecked(listed)[3]
    listed.list_numbers(GOES)
    listed.beat()
    assert listed.found(GOES) == [RECORD]
    assert rechecked(listed)[3] == gone


def test_another_entry_under_the_same_identifier_does_not_stand_in_for_the_one_that_was_found(listed: Index) -> None:
    keep_hit(listed, 4, STAYS, handle=b"another entry's ")
    keep_hit(listed, 5, STAYS, record="0" * 32)
    listed.beat()
    assert {line: gone is None for line, (_, gone) in rechecked(listed).items()} == {2: True, 3: True, 4: False, 5: False}


def test_an_entry_of_which_one_key_left_is_not_what_was_found_any_more(listed: Index) -> None:
    keep_hit(listed, 4, STAYS, GOES)
    listed.take_back(GOES)
    listed.beat()
    assert rechecked(listed)[4][1] == listed.clock.now


def test_nothing_is_said_of_hits_whose_outputs_do_not_open_here(listed: Index) -> None:
    keep_hit(listed, 4, GOES)
    with listed.database.begin() as work:
        hits = {hit.line: hit for hit in work.session.exec(select(Hit)).all()}
        hits[2].outputs_sealed = None
        hits[3].outputs_sealed = hits[4].outputs_sealed  # another hit's
        work.session.add_all(hits.values())
    listed.take_back(STAYS, GOES)
    listed.beat()
    assert {line: gone is None for line, (_, gone) in rechecked(listed).items()} == {2: True, 3: True, 4: False}


def test_nothing_is_said_of_hits_whose_question_s_key_was_erased(listed: Index) -> None:
    with listed.database.begin() as work:
        work.session.delete(work.session.get_one(ExchangeKey, (QUESTION, "", "")))
    listed.take_back(GOES)
    listed.beat()
    assert [gone for _, gone in rechecked(listed).values()] == [None, None]


def test_an_index_that_is_broken_where_a_hit_stood_says_nothing(listed: Index) -> None:
    before, newest = rechecked(listed), held(listed)
    listed.clock.now += 60
    manifest = manifests.content(newest)
    tag = tag_of(listed.server().evaluate_input(phone(STAYS).oprf_input()), 0)
    raw = build_segment([tag + bytes(80)])
    segment = manifest.segments[0].model_copy(update={"digest": listed.files.put(raw), "count": 1, "removals": None})
    broken = manifest.model_copy(update={"segments": (segment,)})
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("node.flows.recheck_hits.manifests.content", lambda _: broken)
        assert rechecked(listed) == before


def test_hits_of_another_epoch_or_list_are_not_looked_up(listed: Index) -> None:
    other = held(listed)
    for changes in ({"epoch": 2}, {"list_id": "0" * 32}, {"authority": "PE"}):
        elsewhere = HeldManifest(**{**other.model_dump(), **changes})
        assert recheck_hits.recheck(listed.database, listed.files, elsewhere) == recheck_hits.Rechecked([], [])


def test_outputs_lie_sealed(listed: Index) -> None:
    output = listed.server().evaluate_input(phone(STAYS).oprf_input())
    with listed.database.read() as work:
        hits = list(work.session.exec(select(Hit).order_by("line")).all())
    assert hits[0].outputs_sealed is not None
    assert output.hex().encode() not in hits[0].outputs_sealed
