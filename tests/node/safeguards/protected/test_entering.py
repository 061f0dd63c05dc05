"""Entering somebody: once whatever is repeated, more where there is more, and nothing that could be read back."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import SQLModel, col, select

from node.keys import Keys
from node.safeguards import protected
from node.safeguards.protected import Source
from node.store.database import Database, Work
from node.store.tables import ProtectedEntry, ProtectedForm, ProtectedGeneration, ProtectedMark, ProtectedName, ProtectedVersion
from tests.node.conftest import PHONE, phone, taken_back
from tests.node.people import LUCIA, LUCIA_ELSEWHERE, NAMESAKE, Named

NUMBERS = [phone(f"{PHONE[:-1]}{digit}").oprf_input() for digit in range(6)]
TABLES: tuple[type[SQLModel], ...] = (
    ProtectedEntry,
    ProtectedMark,
    ProtectedName,
    ProtectedForm,
    ProtectedVersion,
    ProtectedGeneration,
)


MUCH = [phone(f"https://invented.example/{number}/{'a' * 4000}").oprf_input() for number in range(20)]
"""More than a text may have that is digested in parts."""


def held(work: Work) -> list[list[dict[str, object]]]:
    """The whole register."""
    rows = ([row.model_dump() for row in work.session.exec(select(table)).all()] for table in TABLES)
    return [sorted(each, key=str) for each in rows]


def test_entering_twice_changes_nothing_and_counts_nothing(work: Work, keys: Keys) -> None:
    somebody = protected.guarded(keys, NUMBERS[:2], [LUCIA.inputs], reference="REG-INVENTED-1")
    assert protected.protect(work, keys, somebody) == 2
    before = held(work)
    assert protected.protect(work, keys, somebody, somebody) == 0
    assert held(work) == before


def test_without_a_reference_the_content_says_who_it_is(work: Work, keys: Keys) -> None:
    for _ in range(2):
        protected.protect(work, keys, protected.guarded(keys, NUMBERS[:2], [LUCIA.inputs]))
    assert len(work.session.exec(select(ProtectedEntry)).all()) == 1
    protected.protect(work, keys, protected.guarded(keys, NUMBERS[:1], [LUCIA.inputs]))
    assert len(work.session.exec(select(ProtectedEntry)).all()) == 2


def test_the_same_reference_with_more_adds_to_its_entry(work: Work, keys: Keys) -> None:
    protected.protect(work, keys, protected.guarded(keys, NUMBERS[:1], [LUCIA.inputs], reference="REG-INVENTED-1"))
    more = protected.guarded(keys, NUMBERS[1:3], [LUCIA_ELSEWHERE.inputs], reference="REG-INVENTED-1")
    assert protected.protect(work, keys, more) == 2
    (entry,) = work.session.exec(select(ProtectedEntry)).all()
    marks = work.session.exec(select(ProtectedMark)).all()
    assert {row.mark for row in marks} == set(map(keys.protected_mark, NUMBERS[:3]))
    assert {row.entry for row in marks} == {entry.id}
    assert len({row.person for row in work.session.exec(select(ProtectedName)).all()}) == 2


def test_a_number_that_two_people_bear_is_each_ones(work: Work, keys: Keys) -> None:
    protected.protect(work, keys, protected.guarded(keys, NUMBERS[:1], reference="REG-INVENTED-1"))
    assert protected.protect(work, keys, protected.guarded(keys, NUMBERS[:1], reference="REG-INVENTED-2")) == 0
    assert len({row.entry for row in work.session.exec(select(ProtectedMark)).all()}) == 2


def test_an_entry_says_where_it_comes_from_who_made_it_and_when(work: Work, keys: Keys) -> None:
    made = protected.guarded(keys, NUMBERS[:1], reference="REG-INVENTED-1", source=Source.OFFICER, officer="c3" * 16)
    protected.protect(work, keys, made)
    (entry,) = work.session.exec(select(ProtectedEntry)).all()
    assert (entry.source, entry.officer_id, entry.created) == ("officer", "c3" * 16, work.now())
    assert "REG-INVENTED-1" not in str(held(work))


def test_the_first_entry_says_which_key_the_marks_are_under(work: Work, keys: Keys) -> None:
    assert held(work)[-1] == []
    protected.protect(work, keys, protected.guarded(keys, NUMBERS[:1]))
    protected.protect(work, keys, protected.guarded(keys, NUMBERS[1:2]))
    assert held(work)[-1] == [{"generation": 1, "check": keys.protected_check()}]


def test_entering_nobody_does_nothing(work: Work, keys: Keys) -> None:
    assert protected.protect(work, keys) == 0
    assert held(work) == [[] for _ in TABLES]


def test_who_is_ready_to_be_entered_shows_nothing(keys: Keys) -> None:
    shown = repr(protected.guarded(keys, NUMBERS[:1], [LUCIA.inputs], reference="REG-INVENTED-1"))
    assert not [each for each in ("REG-INVENTED", PHONE[1:], "lucia", keys.protected_mark(NUMBERS[0])) if each in shown.lower()]


PEOPLE = (LUCIA, LUCIA_ELSEWHERE, NAMESAKE, Named("Ana", "Soto", "1990-01-01"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["A", "B", None]),
            st.sets(st.sampled_from(NUMBERS), max_size=3),
            st.sets(st.sampled_from(PEOPLE), max_size=2),
        ),
        max_size=5,
    )
)
def test_in_whatever_portions_people_are_entered_the_register_holds_the_same(
    database: Database, keys: Keys, those: list[tuple[str | None, set[bytes], set[Named]]]
) -> None:
    """At once, one by one, twice: the same marks of the same references."""
    ready = [protected.guarded(keys, inputs, [each.inputs for each in people], reference=name) for name, inputs, people in those]
    with taken_back(database) as work:
        protected.protect(work, keys, *ready)
        at_once = content(work)
    with taken_back(database) as work:
        for each in [*reversed(ready), *ready]:
            protected.protect(work, keys, each)
        assert content(work) == at_once


def content(work: Work) -> set[tuple[str, str]]:
    """(reference, mark or a writing's marks)."""
    of = {entry.id: entry.reference for entry in work.session.exec(select(ProtectedEntry)).all()}
    found = {(of[row.entry], row.mark) for row in work.session.exec(select(ProtectedMark)).all()}
    people: dict[tuple[str, str], list[str]] = {}
    for row in work.session.exec(select(ProtectedName).order_by(col(ProtectedName.mark))).all():
        people.setdefault((row.entry, row.person), []).append(row.mark)
    writings = [(of[entry], "/".join(marks)) for (entry, _), marks in people.items()]
    assert len(writings) == len(set(writings))
    return found | set(writings)


def test_somebody_who_bears_very_much_is_entered_with_a_reference_and_without_one(keys: Keys, database: Database) -> None:
    with database.begin() as work:
        assert protected.protect(work, keys, protected.guarded(keys, MUCH, reference="REG-INVENTED-1")) == len(MUCH)
        assert protected.protect(work, keys, protected.guarded(keys, MUCH), protected.guarded(keys, MUCH)) == 0
        assert len(work.session.exec(select(ProtectedEntry)).all()) == 2
