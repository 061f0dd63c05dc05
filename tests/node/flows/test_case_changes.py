"""What an import is going to write: worked out without writing, and with nothing in the clear."""

from node.case_files.mapping import Mapping
from node.case_files.reading import read_rows
from node.case_files.repeats import Settled, settle
from node.flows.case_changes import CaseChanges, find_changes
from node.flows.import_case import ImportCase
from node.keys import Keys
from node.store.database import Database
from tests.federation.cases import Suspect, export
from tests.node.flows.test_import_case import FIRST, OFFICER, SECOND, oprf_input, rows

THIRD = "+573015550003"


def settled(*suspects: Suspect, **changes: str) -> Settled:
    return settle(list(rows(*suspects, **changes)))


def found(database: Database, keys: Keys, *suspects: Suspect, **changes: str) -> CaseChanges:
    """Within a view that cannot write: a finder that wrote would be told that the store is unavailable."""
    with database.read() as work:
        return find_changes(work, keys, settled(*suspects, **changes))


def take_in(database: Database, keys: Keys, *suspects: Suspect) -> None:
    story = ImportCase(database, keys)
    story.run(story.begin(OFFICER, "0" * 64, 1), rows(*suspects))


def digests(keys: Keys, *numbers: str) -> set[str]:
    return {keys.digest("identifier", oprf_input(number)) for number in numbers}


def test_nothing_that_is_to_be_written_stands_in_the_clear(database: Database, keys: Keys) -> None:
    changes = found(
        database, keys, Suspect([FIRST], subject="S-SECRET"), Suspect([SECOND], subject="S-GUARDED", category="victim")
    )
    written = f"{changes.networks} {changes.subjects} {changes.identifiers} {changes.routes} {changes.guarded.marks}"
    assert not [plain for plain in ("S-SECRET", "S-GUARDED", "INVENTED-1", "NET-1", FIRST[1:], SECOND[1:]) if plain in written]
    assert len(changes.identifiers) == 1


def test_the_identifiers_that_a_subject_had_and_has_are_looked_at_again(database: Database, keys: Keys) -> None:
    take_in(database, keys, Suspect([FIRST, SECOND]))
    assert found(database, keys, Suspect([FIRST, SECOND])).touched == set()
    assert found(database, keys, Suspect([SECOND, THIRD])).touched == digests(keys, FIRST, SECOND, THIRD)


def test_of_somebody_who_turns_out_to_be_protected_every_number_known_is_guarded(database: Database, keys: Keys) -> None:
    take_in(database, keys, Suspect([FIRST, SECOND]))
    changes = found(database, keys, Suspect([THIRD], category="victim"))
    assert changes.guarded.identifiers == digests(keys, FIRST, SECOND, THIRD)
    assert changes.guarded.marks == {keys.protected_mark(oprf_input(number)) for number in (FIRST, SECOND, THIRD)}
    assert changes.subjects == {}


def test_a_network_that_is_known_is_described_anew_and_keeps_its_row(database: Database, keys: Keys) -> None:
    take_in(database, keys, Suspect([FIRST]))
    network = keys.digest("network", b"NET-1")
    same, other = found(database, keys, Suspect([FIRST])), found(database, keys, Suspect([FIRST]), size="n11_25")
    assert (same.networks, same.described) == ({}, set())
    assert (set(other.networks), other.described) == ({network}, {network})


def test_a_route_to_no_network_is_an_orphan(database: Database, keys: Keys) -> None:
    upload = export("NET-1", Suspect([FIRST]))
    read = list(read_rows(Mapping.from_json(upload[0][1][1]), {name: raw for _, (name, raw) in upload[1:]}))
    alone = settle(read)
    alone.networks.clear()
    with database.read() as work:
        changes = find_changes(work, keys, alone)
    assert (len(changes.orphans), changes.routes) == (3, {})
