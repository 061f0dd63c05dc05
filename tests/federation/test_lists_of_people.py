"""Nodes founded before there were lists of people, and nodes of other releases: what was not compared is said, then mended.

All names are invented.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from node.officers import Role
from node.store.tables import Hit, IndexList, QuestionSkip
from protocol.errors import Malformed
from protocol.messages import MatchAnswer
from protocol.names import NAME_KEYS_VERSION
from tests.federation.cases import Suspect, ask, hits, people, phone, publish_suspects, reference, settled
from tests.federation.running import BEAT, CO, PE, Federation, running_federation
from tests.federation.signing import adopt, by_the_federations_clock, long_lived, sign_entry

pytestmark = pytest.mark.federation

SUSPECT = ("Eulogia", "Paucarmayta Rimachi", "1977-04-19")
NO_LIST = {"kind": "name_dob", "why": "no_list", "lines": "2"}


@pytest.fixture
def founded_before(store: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Federation]:
    """Nodes that a release has founded which knew lists of identifiers only."""
    monkeypatch.setattr("node.founding.ENTROPY_CLASSES", {"identifiers": "identifiers"})
    with running_federation(tmp_path) as running:
        yield running


def test_a_node_that_was_founded_with_identifiers_only_says_so_opens_its_list_and_then_finds_people(
    founded_before: Federation, tmp_path: Path
) -> None:
    federation = founded_before
    long_lived(federation)
    peru, officer, network, number = federation[PE], federation[CO].officer(Role.INVESTIGATOR), reference(), phone()
    published = publish_suspects(peru, network, Suspect((number,), name=SUSPECT))
    assert published["listed"] == {"phone": 1, "name_dob": 1}
    federation.beat()
    # 1 nothing can be compared, and neither a missing list nor one that the directory lacks reads as "no hit"
    (alone,) = settled(officer, ask(officer, peers=[PE], case_file=people(SUSPECT)))
    assert (alone["state"], alone["reason"], alone["not_compared"]) == ("failed", "no_list_of_this_class", [NO_LIST])
    header = "kind,value,given_names,surnames,birth_date,attests_not_protected"
    mixed = f"{header}\n,,{','.join(SUSPECT)},yes\nphone,{number},,,,yes"
    (some,) = settled(officer, ask(officer, peers=[PE], case_file=mixed))
    assert (some["state"], some["reason"], some["hits"]) == ("answered", "some_lines_not_compared", 1)
    assert some["not_compared"] == [NO_LIST]
    # 2 the lists are there by themselves; the officers sign, and the directory takes them in
    peru.node.epochs.turn(federation.clock())
    with peru.node.database.read() as work:
        lists = work.session.exec(select(IndexList.audience, IndexList.entropy)).all()
    assert len(lists) == 2 * len({audience for audience, _ in lists})
    with by_the_federations_clock(federation) as celosia:
        sign_entry(federation, celosia, PE, tmp_path / "table")
    adopt(federation)
    federation.clock.forward(BEAT)
    peru.node.index.beat()
    # 3 nobody has joined by that: the list is asked, and empty
    (empty,) = settled(officer, ask(officer, peers=[PE], case_file=people(SUSPECT)))
    assert (empty["state"], empty["reason"], empty["hits"], empty["not_compared"]) == ("answered", None, 0, [])
    # 4 two officers publish again
    publish_suspects(peru, network, Suspect((number,), name=SUSPECT))
    federation.beat()
    assert [hit["verdict"] for hit in hits(officer, peers=[PE], case_file=people(SUSPECT))] == ["strong"]


def test_people_whose_keys_are_of_another_release_are_not_compared_and_that_is_said(
    own_federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The holder's list is of an older release; then the asker's question is."""
    federation, officer = own_federation, own_federation[CO].officer(Role.INVESTIGATOR)
    older = "name_dob-0+0.1"
    assert older != NAME_KEYS_VERSION
    publish_suspects(federation[PE], reference(), Suspect(name=SUSPECT))
    with monkeypatch.context() as before:
        before.setattr("node.flows.keep_index.NAME_KEYS_VERSION", older)
        before.setattr("node.flows.keep_index._versions", lambda *_: {"name_dob": older})
        federation.beat()
    (shown,) = settled(officer, ask(officer, peers=[PE], case_file=people(SUSPECT)))
    assert (shown["state"], shown["reason"]) == ("failed", "other_versions")
    assert shown["not_compared"] == [{"kind": "name_dob", "why": "other_version", "lines": "2"}]
    federation.beat()
    assert [hit["verdict"] for hit in hits(officer, peers=[PE], case_file=people(SUSPECT))] == ["strong"]
    with monkeypatch.context() as upgraded:  # the question was taken in before the upgrade, and goes out after it
        upgraded.setattr("node.flows.ask_list.NAME_KEYS_VERSION", "name_dob-2+9.9")
        (late,) = settled(officer, ask(officer, peers=[PE], case_file=people(SUSPECT)))
    assert (late["state"], late["reason"], late["hits"]) == ("failed", "other_versions", 0)


def test_a_peer_whose_only_list_that_was_asked_declines_has_not_answered(
    own_federation: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    federation, officer, number = own_federation, own_federation[CO].officer(Role.INVESTIGATOR), phone()
    publish_suspects(federation[PE], reference(), Suspect((number,), name=SUSPECT))
    federation.beat()
    lists = federation[PE].node.federation.directory.member(PE).working.lists

    def decline(*_: object) -> MatchAnswer:
        raise Malformed("elements", reason="invented")

    monkeypatch.setattr("protocol.matching.answer", decline)
    (shown,) = settled(officer, ask(officer, number, peers=[PE]))
    assert (shown["state"], shown["hits"]) == ("refused", 0)
    assert len(lists) > len(shown["lists"])
    with federation[CO].node.database.read() as work:
        assert (work.session.exec(select(Hit)).all(), work.session.exec(select(QuestionSkip)).all()) == ([], [])
