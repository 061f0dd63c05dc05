"""Taking in an export: whole or not at all, twice as once, and nothing of a protected person but a mark."""

import os
from collections.abc import Callable, Iterator

import pytest
from sqlmodel import SQLModel, select

from crypto.sealing import StorageKey
from node.case_files.mapping import Mapping
from node.case_files.problems import Problem
from node.case_files.reading import Row, read_rows
from node.case_files.repeats import Settled
from node.flows.case_changes import CaseChanges, find_changes
from node.flows.import_case import ImportCase
from node.keys import Keys
from node.officers import Analyst, Role
from node.safeguards import protected
from node.store.acts import Act
from node.store.database import Database, Work
from node.store.tables import (
    CaseIdentifier,
    CaseImport,
    CaseNetwork,
    CaseRouteNode,
    CaseSubject,
    ImportProblem,
    Intake,
    ProtectedMark,
)
from protocol.identifiers import NORMALISER_VERSIONS, Identifier, Kind
from tests.federation.cases import Suspect, export
from tests.node.conftest import ALICE, Clock

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
    return read_rows(Mapping.from_json(upload[0][1][1]), {name: raw for _, (name, raw) in upload[1:]})


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
    with story.database.read() as work:
        assert work.session.get_one(CaseImport, import_id).state == "failed"


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

    def while_another_writes(work: Work, keys: Keys, settled: Settled) -> CaseChanges:
        with impatient.begin() as other:
            other.session.add(ProtectedMark(mark="0" * 64, created=0))
        return find_changes(work, keys, settled)

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
