"""What an import is going to write: worked out without writing, and with nothing in the clear."""

import pytest

from node.case_files.mapping import Mapping
from node.case_files.reading import read_rows
from node.case_files.repeats import Settled, settle
from node.flows.case_changes import CaseChanges, find_changes
from node.flows.import_case import ImportCase
from node.keys import Keys
from node.store.database import Database
from node.store.tables import Publication
from protocol.index.entry import KEY_TYPE_IDENTIFIER
from protocol.names import NAME_KEYS_VERSION, NAME_KIND
from tests.federation.cases import Suspect, export
from tests.node.case_files.conftest import TODAY
from tests.node.conftest import ALICE
from tests.node.flows.test_import_case import FIRST, OFFICER, SECOND, oprf_input, rows
from tests.node.people import Named
from tests.protocol.federation import CO, list_id

THIRD = "+573015550003"


def settled(*suspects: Suspect, **changes: str) -> Settled:
    return settle(list(rows(*suspects, **changes)))


def found(database: Database, keys: Keys, *suspects: Suspect, **changes: str) -> CaseChanges:
    """Within a view that cannot write: a finder that wrote would be told that the store is unavailable."""
    with database.read() as work:
        return find_changes(work, keys, settled(*suspects, **changes), ALICE)


def take_in(database: Database, keys: Keys, *suspects: Suspect) -> None:
    story = ImportCase(database, keys)
    story.run(story.begin(OFFICER, "0" * 64, 1), rows(*suspects))


def digests(keys: Keys, *numbers: str) -> set[str]:
    return {keys.digest("identifier", oprf_input(number)) for number in numbers}


def test_nothing_that_is_to_be_written_stands_in_the_clear(database: Database, keys: Keys) -> None:
    changes = found(
        database, keys, Suspect([FIRST], subject="S-SECRET"), Suspect([SECOND], subject="S-GUARDED", category="victim")
    )
    written = (
        f"{changes.networks} {changes.subjects} {changes.identifiers} {changes.routes} {[each.marks for each in changes.guarded]}"
    )
    assert not [plain for plain in ("S-SECRET", "S-GUARDED", "INVENTED-1", "NET-1", FIRST[1:], SECOND[1:]) if plain in written]
    assert len(changes.identifiers) == 1


def test_a_number_of_victims_is_banded_and_not_kept(database: Database, keys: Keys) -> None:
    kept = {found(database, keys, victim_count=str(number)).networks.popitem()[1]["description"] for number in range(22, 26)}
    (description,) = kept  # whatever the offset, these are between 12 and 25
    assert '"victims":{"count":"v11_25"}' in description


def test_what_changes_of_few_victims_waits_and_what_the_network_does_not(database: Database, keys: Keys) -> None:
    story = ImportCase(database, keys)
    story.run(story.begin(OFFICER, "0" * 64, 1), rows(victim_count="lt11"))
    changed = found(database, keys, victim_count="v11_25", last_activity="2026-09", structure="individual", size="n11_25")
    told = {aspect: None if waiting is None else waiting.told for (_, aspect), waiting in changed.waiting.items()}
    assert {aspect: told[aspect] for aspect in ("count", "months")} == {"count": '"lt11"', "months": '["2025-03","2026-08"]'}
    assert set(told) == {"count", "detail", "months"}
    assert found(database, keys, victim_count="lt11", size="n11_25").waiting == {}


@pytest.mark.parametrize("state", ["proposed", "published", "replaced", "withdrawn", "expired", "refused", None])
def test_a_number_that_falls_waits_where_the_higher_one_was_told_or_still_may_be(
    database: Database, keys: Keys, state: str | None
) -> None:
    story = ImportCase(database, keys)
    story.run(story.begin(OFFICER, "0" * 64, 1), rows(victim_count="v11_25"))
    if state is not None:
        publish(database, keys, state)
    waiting = found(database, keys, victim_count="lt11").waiting
    assert [each for _, each in waiting] == (["detail"] if state in ("refused", None) else ["count", "detail"])


def test_the_identifiers_that_a_subject_had_and_has_are_looked_at_again(database: Database, keys: Keys) -> None:
    take_in(database, keys, Suspect([FIRST, SECOND]))
    assert found(database, keys, Suspect([FIRST, SECOND])).touched == set()
    assert found(database, keys, Suspect([SECOND, THIRD])).touched == digests(keys, FIRST, SECOND, THIRD)


def test_of_somebody_who_turns_out_to_be_protected_every_number_known_is_guarded(database: Database, keys: Keys) -> None:
    take_in(database, keys, Suspect([FIRST, SECOND]))
    changes = found(database, keys, Suspect([THIRD], category="victim"))
    (guarded,) = changes.guarded
    assert guarded.identifiers == digests(keys, FIRST, SECOND, THIRD)
    assert guarded.marks == {keys.protected_mark(oprf_input(number)) for number in (FIRST, SECOND, THIRD)}
    assert changes.subjects == {}


def test_a_network_that_is_known_is_described_anew_and_keeps_its_row(database: Database, keys: Keys) -> None:
    take_in(database, keys, Suspect([FIRST]))
    network = keys.digest("network", b"NET-1")
    same, other = found(database, keys, Suspect([FIRST])), found(database, keys, Suspect([FIRST]), size="n11_25")
    assert (same.networks, same.described) == ({}, set())
    assert (set(other.networks), other.described) == ({network}, {network})


def test_a_route_to_no_network_is_an_orphan(database: Database, keys: Keys) -> None:
    upload = export("NET-1", Suspect([FIRST]))
    read = list(read_rows(Mapping.from_json(upload[0][1][1]), {name: raw for _, (name, raw) in upload[1:]}, TODAY))
    alone = settle(read)
    alone.networks.clear()
    with database.read() as work:
        changes = find_changes(work, keys, alone, ALICE)
    assert (len(changes.orphans), changes.routes) == (3, {})


# People

LUCIA = ("Lucía Marina", "Quispe Ñahuí", "1990-05-12")


def names(keys: Keys, *named: str) -> set[str]:
    return {keys.digest("identifier", value) for value in Named(*named).inputs}


def test_a_suspects_name_keys_stand_beside_the_identifiers(database: Database, keys: Keys) -> None:
    (rows_,) = found(database, keys, Suspect([FIRST], name=LUCIA)).identifiers.values()
    assert {row["digest"] for row in rows_ if row["key_type"] == KEY_TYPE_IDENTIFIER} == digests(keys, FIRST)
    of_names = [row for row in rows_ if row["key_type"] != KEY_TYPE_IDENTIFIER]
    assert {row["digest"] for row in of_names} == names(keys, *LUCIA)
    assert {(row["kind"], row["version"]) for row in of_names} == {(NAME_KIND, NAME_KEYS_VERSION)}
    assert {row["key_type"] for row in of_names} == {key.type.value for key in Named(*LUCIA).keys}


@pytest.mark.parametrize("named", [("", "", ""), ("Lucía", "", ""), ("", "Quispe", "1990"), ("NN", "J.", "1990-05-12")])
def test_of_a_name_that_cannot_be_compared_there_is_no_key_and_everything_else(
    database: Database, keys: Keys, named: tuple[str, str, str]
) -> None:
    (rows_,) = found(database, keys, Suspect([FIRST], name=named)).identifiers.values()
    assert {row["digest"] for row in rows_} == digests(keys, FIRST)


@pytest.mark.parametrize("category", ["legal_person", "thing"])
def test_a_companys_name_and_what_stands_beside_a_thing_are_no_persons(database: Database, keys: Keys, category: str) -> None:
    (rows_,) = found(database, keys, Suspect([FIRST], category=category, name=LUCIA)).identifiers.values()
    assert {row["digest"] for row in rows_} == digests(keys, FIRST)


def test_a_protected_row_with_a_name_only_is_marked_by_it_and_by_what_was_known_under_its_reference(
    database: Database, keys: Keys
) -> None:
    take_in(database, keys, Suspect([FIRST], name=("Lucía", "Quispe", "1990-05-12")))
    (guarded,) = found(database, keys, Suspect([], category="victim", name=LUCIA)).guarded
    marks = {frozenset(map(keys.protected_mark, Named(*each).inputs)) for each in (LUCIA, ("Lucía", "Quispe", "1990-05-12"))}
    assert set(guarded.people) == marks
    assert guarded.names == names(keys, *LUCIA) | names(keys, "Lucía", "Quispe", "1990-05-12")
    assert guarded.marks == {keys.protected_mark(oprf_input(FIRST))}


def test_what_an_older_release_took_in_without_names_changes_when_it_comes_again(
    database: Database, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So do the keys of a name when their rule changes."""
    with monkeypatch.context() as before:
        before.setattr("node.flows.case_changes._name_keys", lambda _: ())
        take_in(database, keys, Suspect([FIRST], name=LUCIA))
    changes = found(database, keys, Suspect([FIRST], name=LUCIA))
    assert changes.tally.changed == 1
    assert changes.touched == names(keys, *LUCIA) | digests(keys, FIRST)


# What is published and changes

LATER = ("Lucía Marina", "Quispe Ñahuí", "1990-05-21")


def publish(database: Database, keys: Keys, state: str = "published") -> None:
    network = keys.digest("network", b"NET-1")
    with database.begin() as work:
        work.session.add(
            Publication(
                id="e" * 32,
                network=network,
                audience="all",
                list_id=list_id(CO),
                state=state,
                proposed_by=ALICE,
                listed="",
                created=0,
            )
        )


def again(changes: CaseChanges) -> list[tuple[str, int]]:
    return [(row.file, row.line) for row in changes.publish_again]


@pytest.mark.parametrize(
    "changed",
    [
        Suspect([FIRST], name=LATER),
        Suspect([FIRST, SECOND], name=LUCIA),
        Suspect([], name=LUCIA),
        Suspect([FIRST]),
    ],
    ids=["another birth date", "one more number", "one number less", "no name"],
)
def test_who_changes_what_is_published_is_told_which_rows_are_to_be_published_again(
    database: Database, keys: Keys, changed: Suspect
) -> None:
    unchanged = Suspect([THIRD], subject="S-0")
    take_in(database, keys, unchanged, Suspect([FIRST], name=LUCIA))
    publish(database, keys)
    assert again(found(database, keys, unchanged, changed)) == [("subjects.csv", 3)]


def test_what_takes_nothing_out_of_a_list_and_brings_nothing_new_is_not_told(database: Database, keys: Keys) -> None:
    """The same row, a screening alone, somebody new, and a network that is not published."""
    take_in(database, keys, Suspect([FIRST], name=LUCIA))
    assert again(found(database, keys, Suspect([FIRST], name=LATER))) == []
    publish(database, keys)
    same, screened = Suspect([FIRST], name=LUCIA), Suspect([FIRST], name=LUCIA, screening="pending")
    for told in ([same], [screened], [same, Suspect([SECOND], subject="S-2")]):
        assert again(found(database, keys, *told)) == []


@pytest.mark.parametrize("state", ["proposed", "refused", "replaced", "withdrawn"])
def test_only_a_network_in_force_is_to_be_published_again(database: Database, keys: Keys, state: str) -> None:
    take_in(database, keys, Suspect([FIRST]))
    publish(database, keys, state)
    assert again(found(database, keys, Suspect([SECOND]))) == []


def test_a_row_is_told_alike_whether_or_not_what_it_changes_is_protected(database: Database, keys: Keys) -> None:
    """Were it told by what is listed, an import would say who is under protection."""
    take_in(database, keys, Suspect([FIRST]))
    publish(database, keys)
    plain = again(found(database, keys, Suspect([FIRST, SECOND])))
    take_in(database, keys, Suspect([FIRST, SECOND], subject="V-1", category="victim"))
    assert again(found(database, keys, Suspect([FIRST, SECOND]))) == plain == [("subjects.csv", 2)]
    assert again(found(database, keys, Suspect([FIRST], screening="pending"))) == []


def test_of_somebody_who_turns_out_to_be_protected_nothing_is_to_be_published(database: Database, keys: Keys) -> None:
    take_in(database, keys, Suspect([FIRST]))
    publish(database, keys)
    assert again(found(database, keys, Suspect([FIRST, SECOND], category="victim"))) == []
