"""Taking in an export: whole or not at all, twice as once, and nothing of a protected person but a mark."""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import SQLModel, select, update

from crypto.sealing import StorageKey
from node.case_files.mapping import Mapping
from node.case_files.problems import Problem
from node.case_files.reading import Row, read_rows
from node.case_files.repeats import Settled
from node.federation import Federation
from node.flows.case_changes import CaseChanges, find_changes
from node.flows.import_case import ImportCase
from node.flows.keep_register import KeepRegister
from node.flows.publish import Publish
from node.keys import Keys
from node.officers import Analyst, ProtectionLiaison, Role
from node.safeguards import protected
from node.safeguards.protected import UnknownEntry
from node.store.database import Database, Work
from node.store.tables import (
    CaseIdentifier,
    CaseImport,
    CaseNetwork,
    CaseRouteNode,
    CaseSubject,
    ImportProblem,
    IndexItem,
    IndexList,
    Intake,
    ListEpoch,
    ProtectedEntry,
    ProtectedMark,
)
from protocol.identifiers import NORMALISER_VERSIONS, Identifier, Kind
from protocol.journal import Act
from tests.federation.cases import Suspect, export
from tests.node.case_files.conftest import TODAY
from tests.node.conftest import ALICE, BEATRIZ, Clock
from tests.node.on_record import payload_of
from tests.node.people import Named

OFFICER = Analyst(ALICE, "alice", frozenset({Role.ANALYST}))
FIRST, SECOND = "+573015550001", "+573015550002"
CASE_TABLES: tuple[type[SQLModel], ...] = (CaseNetwork, CaseSubject, CaseIdentifier, CaseRouteNode, ProtectedMark)


def oprf_input(number: str) -> bytes:
    return Identifier(Kind.PHONE, NORMALISER_VERSIONS[Kind.PHONE], number).oprf_input()


@pytest.fixture
def story(database: Database, keys: Keys) -> ImportCase:
    return ImportCase(database, keys)


def rows(*suspects: Suspect, **changes: str) -> Iterator[Row | Problem]:
    upload = export("NET-1", *suspects, **changes)
    return read_rows(Mapping.from_json(upload[0][1][1]), {name: raw for _, (name, raw) in upload[1:]}, TODAY)


@pytest.fixture
def take_in(story: ImportCase) -> Callable[..., CaseImport]:
    def run(*suspects: Suspect, **changes: str) -> CaseImport:
        import_id = story.begin(OFFICER, "0" * 64, 1)
        story.run(import_id, rows(*suspects, **changes))
        with story.database.read() as work:
            return work.session.get_one(CaseImport, import_id)

    return run


def stored(database: Database) -> list[list[dict[str, object]]]:
    with database.read() as work:
        return [[row.model_dump() for row in work.session.exec(select(table)).all()] for table in CASE_TABLES]


def failures(database: Database) -> list[dict[str, object]]:
    """What is on record of imports that failed."""
    with database.read() as work:
        failed = work.session.exec(select(Intake).where(Intake.kind == Act.IMPORT_FAILED.value)).all()
        return [json.loads(payload_of(work, row)) for row in failed]


def test_an_export_is_taken_in_and_put_on_record(take_in: Callable[..., CaseImport], database: Database) -> None:
    done = take_in(Suspect([FIRST, SECOND]))
    assert (done.state, done.rows_new, done.rows_changed, done.rows_unchanged, done.rows_protected) == ("done", 2, 0, 0, 0)
    networks, subjects, identifiers, nodes, marks = stored(database)
    assert [len(table) for table in (networks, subjects, identifiers, nodes, marks)] == [1, 1, 2, 3, 0]
    with database.read() as work:
        assert len(work.session.exec(select(Intake).where(Intake.kind == Act.IMPORTED.value)).all()) == 1


def test_the_same_export_again_changes_nothing(take_in: Callable[..., CaseImport], database: Database) -> None:
    take_in(Suspect([FIRST, SECOND]))
    before = stored(database)
    again = take_in(Suspect([FIRST, SECOND]))
    assert (again.rows_new, again.rows_changed, again.rows_unchanged) == (0, 0, 2)
    assert stored(database) == before


def test_a_changed_row_replaces_the_earlier_one(take_in: Callable[..., CaseImport], database: Database, keys: Keys) -> None:
    take_in(Suspect([FIRST, SECOND]))
    changed = take_in(Suspect([SECOND]), size="n11_25")
    assert (changed.rows_new, changed.rows_changed) == (0, 2)
    (network,), (_,), (identifier,), *_ = stored(database)
    assert '"size":"n11_25"' in str(network["description"])
    assert identifier["digest"] == keys.digest("identifier", oprf_input(SECOND))


def test_an_import_that_breaks_off_leaves_nothing_but_its_failure(story: ImportCase) -> None:
    class DiskFull(Exception):
        pass

    def broken() -> Iterator[Row | Problem]:
        yield from rows(Suspect([FIRST]), Suspect([SECOND], subject="S-2", category="victim"))
        raise DiskFull

    import_id = story.begin(OFFICER, "0" * 64, 2)
    with pytest.raises(DiskFull):
        story.run(import_id, broken())
    assert stored(story.database) == [[], [], [], [], []]
    with story.database.read() as work:
        assert work.session.get_one(CaseImport, import_id).state == "failed"
        assert work.session.exec(select(Intake).where(Intake.kind == Act.IMPORTED.value)).all() == []
    (told,) = failures(story.database)
    file = story.keys.digest("case files", b"0" * 64)
    assert told == {"file": file, "import_id": import_id, "of": 2, "officer": ALICE, "reason": "internal", "rows": 0}
    assert file != "0" * 64  # who has the store, and not the key, tests no guess of what was in a file


def test_an_import_that_breaks_off_while_it_is_taken_in_leaves_nothing_either(
    story: ImportCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    class PowerCut(Exception):
        pass

    def cut(*_: object) -> None:
        raise PowerCut

    import_id = story.begin(OFFICER, "0" * 64, 2)
    monkeypatch.setattr("node.flows.import_case.ImportCase._record", cut)
    with pytest.raises(PowerCut):
        story.run(import_id, rows(Suspect([FIRST]), Suspect([SECOND], subject="S-2", category="victim")))
    assert stored(story.database) == [[], [], [], [], []]


def test_an_import_that_a_stop_interrupted_is_failed_at_the_next_start(story: ImportCase) -> None:
    import_id = story.begin(OFFICER, "0" * 64, 2)
    story.fail_unfinished()
    story.fail_unfinished()
    with story.database.read() as work:
        assert work.session.get_one(CaseImport, import_id).state == "failed"
    assert [(told["import_id"], told["reason"]) for told in failures(story.database)] == [(import_id, "node_stopped")]


@pytest.mark.parametrize("category", ["victim", "presumed_victim", "witness", "relative"])
def test_of_a_protected_person_only_a_mark_is_kept(
    take_in: Callable[..., CaseImport], database: Database, keys: Keys, raw_bytes: Callable[[], bytes], category: str
) -> None:
    done = take_in(Suspect([FIRST], subject="S-PROTECTED", category=category))
    assert done.rows_protected == 1
    _, subjects, identifiers, _, (mark,) = stored(database)
    assert subjects == identifiers == []
    assert mark["mark"] == keys.protected_mark(oprf_input(FIRST))
    assert b"S-PROTECTED" not in raw_bytes()
    assert FIRST.encode() not in raw_bytes()


def test_somebody_known_as_a_suspect_who_turns_out_to_be_a_victim_is_forgotten_with_every_number_known(
    take_in: Callable[..., CaseImport], database: Database, keys: Keys
) -> None:
    take_in(Suspect([FIRST, SECOND]))
    take_in(Suspect([FIRST], category="victim"))
    _, subjects, identifiers, *_ = stored(database)
    assert subjects == identifiers == []
    with database.read() as work:
        for number in (FIRST, SECOND):
            assert protected.is_protected(work, keys, oprf_input(number))


def test_what_could_not_be_read_is_reported_by_place_and_never_by_content(
    take_in: Callable[..., CaseImport], database: Database, raw_bytes: Callable[[], bytes]
) -> None:
    take_in(Suspect(["no number INVENTED-CELL"]), Suspect([FIRST], subject="S-2"))
    with database.read() as work:
        (problem,) = work.session.exec(select(ImportProblem)).all()
    assert (problem.file, problem.line, problem.column) == ("subjects.csv", 2, "phones")
    assert b"INVENTED-CELL" not in raw_bytes()


def test_a_route_is_replaced_whole(take_in: Callable[..., CaseImport], database: Database) -> None:
    take_in(Suspect([FIRST]))
    with database.begin() as work:
        extra = work.session.exec(select(CaseRouteNode)).first()
        assert extra is not None
        work.session.add(CaseRouteNode(**{**extra.model_dump(), "position": 9}))
    take_in(Suspect([FIRST]))
    assert [node["position"] for node in stored(database)[3]] == [0, 1, 2]


def test_others_write_while_an_import_works_out_what_it_changes(
    story: ImportCase, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred thousand rows take a minute: a question that comes in meanwhile does not wait for them."""
    impatient = Database(store_url, StorageKey.generate(os.urandom), os.urandom, Clock(), patience=1)

    def while_another_writes(work: Work, keys: Keys, settled: Settled, officer: str) -> CaseChanges:
        with impatient.begin() as other:
            other.session.add(ProtectedMark(mark="0" * 64, entry="somebody"))
        return find_changes(work, keys, settled, officer)

    monkeypatch.setattr("node.flows.import_case.find_changes", while_another_writes)
    import_id = story.begin(OFFICER, "0" * 64, 1)
    story.run(import_id, rows(Suspect([FIRST])))
    with story.database.read() as work:
        assert work.session.get_one(CaseImport, import_id).state == "done"
    impatient.close()


def test_a_network_that_is_described_twice_in_one_export_counts_once(
    take_in: Callable[..., CaseImport], database: Database
) -> None:
    upload = Suspect([FIRST])
    assert take_in(upload).rows_new == 2
    assert take_in(upload, upload).rows_unchanged == 3
    assert [len(table) for table in stored(database)] == [1, 1, 1, 3, 0]


# People: what an import takes back of those who are listed

LUCIA = ("Lucía Marina", "Quispe Ñahuí", "1990-05-12")
ELSEWHERE = ("LUCIA", "NAHUI KISPE", "1990-12-05")
NAMESAKE = ("Lucía Marina", "Quispe Ñahuí", "1973-08-30")
"""The full name of another person: one key of both is equal."""


@pytest.fixture
def list_network(database: Database, keys: Keys, member: Federation) -> Callable[[], None]:
    """Publishes what is imported: two officers, and a beat that has listed it."""

    def listed() -> None:
        story = Publish(database, keys, member)
        proposed = story.propose(OFFICER, "NET-1", None)
        story.approve(Analyst(BEATRIZ, "beatriz", frozenset({Role.ANALYST})), proposed.publication)
        with database.begin() as work:
            work.session.exec(update(IndexItem).values(state="listed"))

    with database.begin() as work:
        lists = [work.session.exec(select(IndexList)).one(), IndexList(id="9a" * 16, audience="all", entropy="name_keys")]
        work.session.add(lists[1])
        work.session.flush()
        for each in lists:
            work.session.add(ListEpoch(list_id=each.id, epoch=1, not_before=0, not_after=1 << 40))
    return listed


def staying(database: Database, keys: Keys) -> dict[str, int]:
    """By subject's reference, how many entries are not about to leave."""
    names = {keys.digest("subject", f"NET-1/S-{number}".encode()): f"S-{number}" for number in (1, 2, 3)}
    with database.read() as work:
        items = work.session.exec(select(IndexItem).where(IndexItem.state == "listed")).all()
    return dict(Counter(names[item.subject] for item in items))


def test_whoever_is_not_cleared_any_more_leaves_whole_and_a_namesake_stays_whole(
    take_in: Callable[..., CaseImport], list_network: Callable[[], None], database: Database, keys: Keys
) -> None:
    both = [Suspect([FIRST], name=LUCIA), Suspect([SECOND], subject="S-2", name=NAMESAKE)]
    take_in(*both)
    list_network()
    assert staying(database, keys) == {"S-1": 1 + len(Named(*LUCIA).keys), "S-2": 1 + len(Named(*NAMESAKE).keys)}
    take_in(Suspect([FIRST], name=LUCIA, screening="pending"), both[1])
    assert staying(database, keys) == {"S-2": 1 + len(Named(*NAMESAKE).keys)}


@pytest.mark.parametrize("other", [{"screening": "pending"}, {"category": "victim"}, {"screening": "done_indicator"}])
def test_somebody_who_comes_in_uncleared_under_another_reference_takes_all_of_the_listed_one_along(
    take_in: Callable[..., CaseImport], list_network: Callable[[], None], database: Database, keys: Keys, other: dict[str, Any]
) -> None:
    """Under another spelling: only some of the keys are equal, and all of them leave."""
    take_in(Suspect([FIRST], name=LUCIA), Suspect([SECOND], subject="S-2", name=("Carlos", "Huamán Rojas", "1981-11-23")))
    list_network()
    assert set(Named(*LUCIA).inputs) - set(Named(*ELSEWHERE).inputs)
    take_in(Suspect([], subject="S-3", name=ELSEWHERE, **other))
    assert staying(database, keys).keys() == {"S-2"}  # the telephone left, too


@pytest.mark.parametrize("version", [None, "name_dob-0+0.1"], ids=["no keys yet", "keys of another release"])
def test_whoever_is_listed_from_before_an_upgrade_leaves_when_protected_though_no_key_is_equal(
    take_in: Callable[..., CaseImport],
    list_network: Callable[[], None],
    database: Database,
    keys: Keys,
    monkeypatch: pytest.MonkeyPatch,
    version: str | None,
) -> None:
    with monkeypatch.context() as before:
        if version is None:
            before.setattr("node.flows.case_changes._name_keys", lambda _: ())
        else:
            for place in ("protocol.names.keys", "node.flows.case_changes"):
                before.setattr(f"{place}.NAME_KEYS_VERSION", version)
        take_in(Suspect([FIRST], name=LUCIA), Suspect([SECOND], subject="S-2", name=NAMESAKE))
        list_network()
    take_in(Suspect([], subject="V-1", category="victim", name=ELSEWHERE))
    assert staying(database, keys).keys() == {"S-2"}


@pytest.mark.parametrize("told", [{"passport": "AX123456"}, {"name": LUCIA}], ids=["a document", "a name"])
def test_who_turns_out_to_be_protected_by_what_an_import_adds_leaves_with_every_number(
    take_in: Callable[..., CaseImport], list_network: Callable[[], None], database: Database, keys: Keys, told: dict[str, Any]
) -> None:
    """The register knew the person, and the case data did not say that it was this one."""
    number = Identifier(Kind.PASSPORT, NORMALISER_VERSIONS[Kind.PASSPORT], "CO:AX123456").oprf_input()
    with database.begin() as work:
        protected.protect(work, keys, protected.guarded(keys, [number], [Named(*LUCIA).inputs], reference="R-INVENTED"))
    first = Suspect([FIRST], name=("Rosa", "Chávez Ortiz", "1979-01-31"))
    other = Suspect([SECOND], subject="S-2", name=("Carlos", "Huamán Rojas", "1981-11-23"))
    take_in(first, other)
    list_network()
    assert staying(database, keys).keys() == {"S-1", "S-2"}
    take_in(replace(first, **told), other)
    assert staying(database, keys).keys() == {"S-2"}


def test_whoever_was_imported_as_somebody_protected_by_mistake_is_taken_out_by_two_who_can_see_who_imported_it(
    take_in: Callable[..., CaseImport], database: Database, keys: Keys
) -> None:
    suspect = Suspect([FIRST], name=LUCIA)
    take_in(replace(suspect, category="victim"))
    with database.read() as work:
        (entry,) = work.session.exec(select(ProtectedEntry)).all()
        (act,) = work.session.exec(select(Intake).where(Intake.kind == Act.IMPORTED.value)).all()
        assert (entry.officer_id, json.loads(payload_of(work, act))["protected"]) == (ALICE, 1)
    take_in(suspect)
    assert stored(database)[-1] != []  # a later row takes nobody out
    first, second = (ProtectionLiaison(each, "invented", frozenset({Role.PROTECTION})) for each in (ALICE, BEATRIZ))
    register = KeepRegister(database, keys)
    with pytest.raises(UnknownEntry):
        register.remove(first, "NET-1/S-2")
    assert [register.remove(each, "NET-1/S-1") for each in (first, second)] == [False, True]
    assert stored(database)[-1] == []


def test_a_name_that_is_corrected_leaves_with_what_was_wrong_and_keeps_what_was_not(
    take_in: Callable[..., CaseImport], list_network: Callable[[], None], database: Database, keys: Keys
) -> None:
    take_in(Suspect([FIRST], name=LUCIA))
    list_network()
    corrected = ("Lucía Marina", "Quispe Ñahuí", "1990-05-13")
    take_in(Suspect([FIRST], name=corrected))
    kept = set(Named(*LUCIA).inputs) & set(Named(*corrected).inputs)
    assert 0 < len(kept) < len(Named(*LUCIA).keys)
    assert staying(database, keys) == {"S-1": 1 + len(kept)}


def test_people_who_were_published_before_there_was_a_list_of_them_join_it_with_the_next_approval_and_not_before(
    take_in: Callable[..., CaseImport],
    list_network: Callable[[], None],
    database: Database,
    keys: Keys,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as before:  # as a release took it in that made no name keys
        before.setattr("node.flows.case_changes._name_keys", lambda _: ())
        take_in(Suspect([FIRST], name=LUCIA))
    list_network()
    take_in(Suspect([FIRST], name=LUCIA))
    assert staying(database, keys) == {"S-1": 1}
    list_network()
    assert staying(database, keys) == {"S-1": 1 + len(Named(*LUCIA).keys)}


def test_what_one_officer_proposed_of_one_person_lists_no_equal_key_of_another(
    take_in: Callable[..., CaseImport], list_network: Callable[[], None], database: Database, keys: Keys, member: Federation
) -> None:
    take_in(Suspect([FIRST], name=LUCIA), Suspect([SECOND], subject="S-2", name=NAMESAKE, screening="pending"))
    story = Publish(database, keys, member)
    proposed = story.propose(OFFICER, "NET-1", None)
    assert proposed.listed == {"phone": 1, "name_dob": 1}
    take_in(Suspect([FIRST], name=LUCIA), Suspect([SECOND], subject="S-2", name=NAMESAKE))
    approved = story.approve(Analyst(BEATRIZ, "beatriz", frozenset({Role.ANALYST})), proposed.publication)
    assert approved.listed == {"phone": 1, "name_dob": 1}
    with database.read() as work:
        subjects = set(work.session.exec(select(IndexItem.subject)).all())
    assert subjects == {keys.digest("subject", b"NET-1/S-1")}
