"""What Peru shares with Colombia only, Brazil never sees, however it asks: no record, no list, no part of it."""

from collections.abc import Iterator

import pytest
from sqlmodel import select

from node.store import manifests
from node.store.tables import HeldManifest, HeldRecord, IndexList
from protocol.authority import Authority
from protocol.directory import WorkingEntry
from protocol.messages import KnownHead, ManifestsWanted, ManifestWanted
from tests.federation.cases import phone, publish_phones
from tests.federation.running import BR, CO, PE, Federation
from tests.federation.speaking import Speaker, asking, newest_manifest

pytestmark = pytest.mark.federation


@pytest.fixture(scope="module")
def shared(federation: Federation) -> Iterator[Federation]:
    """Peru has published a network for Colombia only, and every node has followed every list."""
    publish_phones(federation[PE], phone(), audience=["CO"])
    federation.beat()
    federation.beat()
    yield federation


def files_of(held: HeldManifest) -> set[str]:
    return {digest for part in manifests.content(held).segments for digest in (part.digest, part.removals) if digest is not None}


def test_the_record_reaches_the_audience_and_nobody_else(shared: Federation) -> None:
    with shared[PE].node.database.read() as work:
        own = set(work.session.exec(select(HeldRecord.digest).where(HeldRecord.authority == PE)).all())
    with shared[CO].node.database.read() as work:
        assert own <= set(work.session.exec(select(HeldRecord.digest)).all())
    with shared[BR].node.database.read() as work:
        assert own.isdisjoint(work.session.exec(select(HeldRecord.digest)).all())


def test_no_manifest_of_the_set_is_served_to_the_third_whatever_it_says_it_knows(shared: Federation) -> None:
    hidden = newest_manifest(shared[PE], "set")
    for known in ((), (KnownHead(list=hidden.list_id, epoch=1, position=0),)):
        heard = Speaker(shared, BR).say(PE, ManifestsWanted(known=known))
        assert heard.types == ["manifests"]
        assert hidden.list_id not in heard.raw[0].decode()
    # the member of the set gets it by the same words, so the silence above is not an empty list's
    assert held_by(shared, CO, hidden.list_id) != []
    assert held_by(shared, BR, hidden.list_id) == []


def held_by(federation: Federation, authority: Authority, list_id: str) -> list[HeldManifest]:
    with federation[authority].node.database.read() as work:
        return list(work.session.exec(select(HeldManifest).where(HeldManifest.list_id == list_id)).all())


def test_the_manifest_is_not_given_as_evidence_either_by_its_holder_or_by_its_audience(shared: Federation) -> None:
    hidden = newest_manifest(shared[PE], "set")
    wanted = ManifestWanted(authority=PE, list=hidden.list_id, epoch=1, position=hidden.position)
    for holder in (PE, CO):
        assert Speaker(shared, BR).say(holder, wanted).bodies == [{"manifests": [], "more": False}]
    assert len(Speaker(shared, CO).say(PE, wanted).bodies[0]["manifests"]) == 1


def test_an_index_file_of_the_set_is_not_there_for_the_third_and_answers_as_one_that_never_was(shared: Federation) -> None:
    hidden = newest_manifest(shared[PE], "set")
    for digest in sorted(files_of(hidden) - files_of(newest_manifest(shared[PE]))):
        refused, unknown = Speaker(shared, BR).get(PE, digest), Speaker(shared, BR).get(PE, "0" * 64)
        assert (refused.status_code, refused.content) == (unknown.status_code, unknown.content) == (404, unknown.content)
    segment = manifests.content(hidden).segments[0].digest
    assert Speaker(shared, CO).get(PE, segment).status_code == 200


def test_a_question_to_the_set_s_list_is_declined_as_one_to_a_list_that_never_was(shared: Federation) -> None:
    hidden = newest_manifest(shared[PE], "set")
    question = asking(hidden)
    assert Speaker(shared, CO).say(PE, question).types == ["match_receipt", "match_answer"]
    invented = question.model_copy(update={"list": "0" * 32, "manifest": "0" * 64})
    heard = [Speaker(shared, BR).say(PE, each) for each in (question, invented)]
    assert [each.bodies for each in heard] == [[{"size": 16}, {"outcome": "declined"}]] * 2


def test_a_question_to_the_common_list_that_names_the_set_s_manifest_is_declined(shared: Federation) -> None:
    hidden, common = newest_manifest(shared[PE], "set"), newest_manifest(shared[PE])
    for crossed in (
        asking(common).model_copy(update={"manifest": hidden.digest}),
        asking(hidden).model_copy(update={"manifest": common.digest}),
    ):
        assert Speaker(shared, BR).say(PE, crossed).bodies[1:] == [{"outcome": "declined"}]


def test_no_envelope_to_the_third_cites_a_head_of_the_set_s_list(shared: Federation) -> None:
    hidden = newest_manifest(shared[PE], "set")
    for holder in (PE, CO):
        assert hidden.list_id not in Speaker(shared, BR).say(holder, ManifestsWanted()).raw[0].decode()


def test_the_set_s_lists_name_nobody_in_the_directory(shared: Federation) -> None:
    with shared[PE].node.database.read() as work:
        listed = work.session.exec(select(IndexList.id).where(IndexList.audience != "all")).all()
    entry: WorkingEntry = shared[BR].node.federation.directory.member(PE).working
    assert len(listed) == 2
    assert set(listed) < {each.list for each in entry.lists}  # their keys have to be known; whose lists they are, does not
    assert '"CO"' not in "".join(each.model_dump_json() for each in entry.lists)
