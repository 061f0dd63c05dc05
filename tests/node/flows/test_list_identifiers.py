"""What is listed of a record, in which list, under whose handle: identifiers once, name keys for each person who bears them."""

from collections.abc import Callable

import pytest
from sqlmodel import select

from node.flows import list_identifiers, prepare_entries
from node.safeguards import protected
from node.safeguards.minimisation import Listing, listing
from node.settings import Beats
from node.store.tables import CaseSubject, IndexItem
from protocol.index.entry import Place
from protocol.names import NAME_KEYS_VERSION, NAME_KIND
from tests.node.conftest import PHONE, Cases, phone
from tests.node.flows.conftest import LIST, NAMES, RECORD, Index
from tests.node.people import LUCIA, LUCIA_ELSEWHERE, NAMESAKE, Named
from tests.protocol.federation import CO

ROSA, ELENA = Named("Rosa", "Quispe Ñahuí", "1990-05-12"), Named("Elena", "Quispe Ñahuí", "1990-05-12")
"""Twins: their keys of surname and birth date are equal."""
CARLOS = Named("Carlos", "Huamán Rojas", "1981-11-23")
OTHER = "3c" * 16


@pytest.fixture
def index(make_index: Callable[[Beats], Index]) -> Index:
    """One list of identifiers and one of people, additions and removals hourly."""
    made = make_index(Beats(additions=3600, removals=3600, manifest_validity=7200))
    made.open_names()
    return made


def publish(index: Index, cases: Cases, *people: Named, record: str = RECORD, reference: str = "NET-1") -> None:
    """A network with these suspects, each with a telephone of its own, listed as an approval would."""
    with index.database.begin() as work:
        network = cases.network(work, reference)
        for number, named in enumerate(people):
            numbers = (phone(f"{PHONE[:-1]}{number}"),)
            cases.subject(work, network, f"{reference}/{named.given}/{named.born}", identifiers=numbers, named=named)
        list_identifiers.list_for(work, "all", record, listing(work, index.keys, network.digest))


def rows(index: Index, list_id: str = NAMES) -> list[IndexItem]:
    with index.database.read() as work:
        return [item for item in index.items(work) if item.list_id == list_id]


def test_identifiers_and_people_go_to_the_lists_of_their_class(index: Index, cases: Cases) -> None:
    publish(index, cases, LUCIA)
    assert [item.kind for item in rows(index, LIST)] == ["phone"]
    assert {(item.kind, item.version) for item in rows(index)} == {(NAME_KIND, NAME_KEYS_VERSION)}
    assert {item.key_type for item in rows(index)} == {key.type.value for key in LUCIA.keys}
    index.beat()
    ((found, keys),) = index.people(LUCIA).items()
    assert (found[0], keys) == (RECORD, len(LUCIA.keys))
    assert index.people(LUCIA_ELSEWHERE).keys() == {found}  # under one handle, in another office's writing, too
    assert index.people(Named("Otra", "Persona", "1961-01-01")) == {}
    assert index.newest(1, NAMES).normalisers == {NAME_KIND: NAME_KEYS_VERSION}
    assert NAME_KIND not in index.newest().normalisers


def test_of_two_people_with_equal_keys_each_stands_whole_under_a_handle_of_its_own(index: Index, cases: Cases) -> None:
    publish(index, cases, ROSA, ELENA)
    index.beat()
    equal = len(set(ROSA.inputs) & set(ELENA.inputs))
    assert equal >= 2
    for each in (ROSA, ELENA):
        assert sorted(index.people(each).values()) == [equal, len(each.keys)]
    shared = [item for item in rows(index) if item.j == 1]
    assert len(shared) == equal


def test_one_of_two_namesakes_leaves_whole_and_the_other_stays_whole(index: Index, cases: Cases) -> None:
    publish(index, cases, LUCIA, NAMESAKE)
    index.beat()
    assert sorted(index.people(NAMESAKE).values()) == [1, len(NAMESAKE.keys)]  # the full name is one key of both
    with index.database.begin() as work:
        lucia = work.session.get_one(CaseSubject, subject(index, LUCIA))
        lucia.screening = "pending"
        work.session.add(lucia)
        work.session.flush()
        list_identifiers.list_for(work, "all", RECORD, listing(work, index.keys, lucia.network))
    index.beat()
    assert list(index.people(NAMESAKE).values()) == [len(NAMESAKE.keys)]
    assert {item.subject for item in rows(index)} == {subject(index, NAMESAKE)}


def subject(index: Index, named: Named, reference: str = "NET-1") -> str:
    return index.keys.digest("subject", f"{reference}/{named.given}/{named.born}".encode())


def test_a_record_that_is_published_again_keeps_its_entries_and_its_handles(index: Index, cases: Cases) -> None:
    publish(index, cases, ROSA, ELENA)
    index.beat()
    before = [(item.id, item.handle, item.state) for item in rows(index)]
    with index.database.begin() as work:
        network = work.session.exec(select(CaseSubject.network)).first()
        assert network is not None
        list_identifiers.list_for(work, "all", RECORD, listing(work, index.keys, network))
    assert [(item.id, item.handle, item.state) for item in rows(index)] == before


def test_a_record_that_is_withdrawn_takes_its_people_and_leaves_those_of_another(index: Index, cases: Cases) -> None:
    publish(index, cases, LUCIA)
    publish(index, cases, LUCIA_ELSEWHERE, record=OTHER, reference="NET-2")
    index.beat()
    assert {record for record, _ in index.people(LUCIA)} == {RECORD, OTHER}
    with index.database.begin() as work:
        list_identifiers.list_for(work, "all", RECORD, Listing((), {}))
    for _ in range(4):  # numbers close up behind what left, beat by beat
        index.beat()
        assert {record for record, _ in index.people(LUCIA)} == {OTHER}
    assert index.people(LUCIA_ELSEWHERE) == {next(iter(index.people(LUCIA))): len(LUCIA_ELSEWHERE.keys)}


def test_an_audience_without_a_list_of_people_has_its_identifiers_listed(
    make_index: Callable[[Beats], Index], cases: Cases
) -> None:
    index = make_index(Beats(additions=3600, removals=3600, manifest_validity=7200))
    publish(index, cases, LUCIA)
    assert (len(rows(index, LIST)), rows(index)) == (1, [])


# Protection, at every moment of an entry's life


@pytest.mark.parametrize("when", ["before the beat", "once its entries are prepared", "after the beat"])
def test_who_becomes_protected_is_found_by_nobody_after_the_next_beat(
    index: Index, cases: Cases, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(index, cases, LUCIA_ELSEWHERE, CARLOS)
    if when == "once its entries are prepared":
        monkeypatch.setattr(prepare_entries, "SLICE", 4)
        index.story.prepare.prepare(Place(CO, NAMES, 1))
        assert "listed" in {item.state for item in rows(index)}
    elif when == "after the beat":
        index.beat()
        assert index.people(LUCIA) != {}
    with index.database.begin() as work:
        protected.protect(work, index.keys, protected.guarded(index.keys, [], [LUCIA.inputs]))
    index.beat()
    assert {item.subject for item in rows(index)} == {subject(index, CARLOS)}
    assert index.people(LUCIA) == index.people(LUCIA_ELSEWHERE) == {}
    assert list(index.people(CARLOS).values()) == [len(CARLOS.keys)]


def test_who_was_marked_behind_a_waiting_entry_is_seen_when_the_entry_is_made(index: Index, cases: Cases) -> None:
    """The last look: whatever let a name wait, none becomes an entry while its person is protected, or is not known any more."""
    publish(index, cases, LUCIA, CARLOS)
    with index.database.begin() as work:
        protected.protect(work, index.keys, protected.guarded(index.keys, [], [LUCIA.inputs]))
        gone = work.session.get_one(CaseSubject, subject(index, CARLOS))
        for item in index.items(work):
            item.state = "waiting"
            work.session.add(item)
        work.session.flush()
        for row in index.of_subject(work, gone.digest):
            work.session.delete(row)
        work.session.flush()
        work.session.delete(gone)
    index.beat()
    assert (index.people(LUCIA), index.people(CARLOS)) == ({}, {})
