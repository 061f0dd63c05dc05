"""What the register says: right to who holds the key, nothing to anybody else, and alike for found and not found."""

import unicodedata
from collections.abc import Callable
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from node.keys import Keys
from node.safeguards import protected
from node.safeguards.protected import Line, Standing
from node.safeguards.protected.standing import facts_by_input, weighed
from node.store.database import Database, Work
from node.store.tables import CaseIdentifier, IndexItem, ProtectedEntry, ProtectedMark
from protocol.names import Verdict, judge
from tests.node.conftest import PHONE, Cases, in_the_index, new_keys, phone, taken_back
from tests.node.people import LUCIA, LUCIA_ELSEWHERE, NAMESAKE, Named

VALUE = phone().oprf_input()
CANDIDATES = [phone(f"+5730055501{number:02}").oprf_input() for number in range(100)]
"""A hundred guesses, the true one among them: what an attacker with the database would try first."""


def test_a_marked_identifier_is_protected_and_its_neighbours_are_not(work: Work, keys: Keys) -> None:
    assert not protected.is_protected(work, keys, VALUE)
    protected.protect(work, keys, protected.guarded(keys, [VALUE]))
    assert [value for value in CANDIDATES if protected.is_protected(work, keys, value)] == [VALUE]


def test_who_holds_the_database_and_not_the_key_finds_nobody(work: Work, keys: Keys, tmp_path: Path) -> None:
    attacker = new_keys(tmp_path / "attacker")
    protected.protect(work, keys, protected.guarded(keys, [VALUE]))
    (held,) = work.session.exec(select(col(ProtectedMark.mark))).all()
    guesses = {attacker.protected_mark(value) for value in CANDIDATES} | {sha256(value).hexdigest() for value in CANDIDATES}
    assert held not in guesses
    plain_register = sha256(VALUE).hexdigest()  # the same search empties a register of plain hashes
    assert plain_register in guesses


def test_a_mark_meets_no_other_digest_of_the_same_identifier(keys: Keys) -> None:
    assert keys.protected_mark(VALUE) not in (keys.digest("identifier", VALUE), keys.digest("protected", VALUE))


def test_nothing_of_a_marked_identifier_is_on_disk(database: Database, keys: Keys, raw_bytes: Callable[[], bytes]) -> None:
    with database.begin() as work:
        protected.protect(work, keys, protected.guarded(keys, [VALUE]))
    on_disk = raw_bytes()
    assert keys.protected_mark(VALUE).encode() in on_disk
    for trace in (VALUE, b"3005550147", VALUE.hex().encode(), sha256(VALUE).hexdigest().encode(), sha256(VALUE).digest()):
        assert trace not in on_disk


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=40), unique=True, max_size=8), st.binary(min_size=1, max_size=40))
def test_exactly_what_was_marked_is_protected(database: Database, keys: Keys, marked: list[bytes], other: bytes) -> None:
    with taken_back(database) as work:
        protected.protect(work, keys, protected.guarded(keys, marked))
        assert all(protected.is_protected(work, keys, value) for value in marked)
        assert protected.is_protected(work, keys, other) == (other in marked)


# People, by their name keys

MARIA = Named("María Fernanda", "González Rodríguez", "1990-05-12")
"""Of the commonest names: whoever is recognised under these is recognised under rarer ones."""


def mark(work: Work, keys: Keys, *people: Named) -> None:
    protected.protect(work, keys, *(protected.guarded(keys, [], [each.inputs]) for each in people))


def recognised(work: Work, keys: Keys, *asked: str) -> bool:
    return protected.ProtectedPeople(work, keys).may_be(Named(*asked).person)


@pytest.mark.parametrize(
    "written",
    [
        ("María Fernanda", "González Rodríguez", "1990-05-12"),
        ("MARIA FERNANDA", "GONZALEZ RODRIGUEZ", "1990-05-12"),
        ("González Rodríguez", "María Fernanda", "1990-05-12"),
        ("María", "Rodríguez González", "1990-05-12"),
        ("M.", "González Rodríguez", "1990-05-12"),
        ("Maria", "Gonzales", "1990-05-12"),
        ("María Fernanda", "Rodríguez", "1990-05-12"),
        ("Fernanda", "González Rodríguez", "1990-05-12"),
        ("María", "González Rodríguez", "1990-12-05"),
        ("MARIA", "GONZALEZ<RODRIGUEZ", "1990-12-05"),
        ("María", "González Rodríguez de Pérez", "1990-05-00"),
        ("María", "González Rodríguez", "1990-05-21"),
    ],
)
def test_the_same_person_is_recognised_however_an_office_writes_the_name(
    work: Work, keys: Keys, written: tuple[str, str, str]
) -> None:
    assert not recognised(work, keys, *written)
    mark(work, keys, MARIA)
    assert recognised(work, keys, *written)


@pytest.mark.parametrize(
    "other",
    [
        ("María Fernanda", "González Rodríguez", "1973-08-30"),
        ("María Fernanda", "González Rodríguez", ""),
        ("Ana Sofía", "Pérez Torres", "1990-05-12"),
        ("María", "Pérez", "1990-05-30"),
        ("Fernanda", "López González", "1989-05-12"),
    ],
)
def test_a_mere_namesake_and_whoever_was_born_that_day_are_not(work: Work, keys: Keys, other: tuple[str, str, str]) -> None:
    mark(work, keys, MARIA)
    assert not recognised(work, keys, *other)


def test_a_rare_name_alone_stops_nobody_either(work: Work, keys: Keys) -> None:
    mark(work, keys, LUCIA)
    facts = frozenset().union(*(key.facts for key in NAMESAKE.keys if key.oprf_input() in LUCIA.inputs))
    assert judge(NAMESAKE.person, facts, 1).verdict is Verdict.CANDIDATE  # a peer would be shown it, with its reasons
    assert not protected.ProtectedPeople(work, keys).may_be(NAMESAKE.person)


@pytest.mark.parametrize(
    ("written", "standing"),
    [
        (("María Fernanda", "González Rodríguez", "1990-05-12"), Standing.PROTECTED),
        (("María", "Gonzales", "1990-05-21"), Standing.WEAK),
        (("María Fernanda", "González Rodríguez", "1973-08-30"), Standing.NOBODY),
    ],
)
def test_who_is_surely_protected_is_told_apart_from_who_may_be(
    work: Work, keys: Keys, written: tuple[str, str, str], standing: Standing
) -> None:
    mark(work, keys, MARIA)
    asked = Named(*written)
    people = protected.ProtectedPeople(work, keys)
    assert protected.standing_of(work, keys, asked.inputs, asked.person, people) is standing


def test_an_identifier_is_protected_in_any_of_its_forms(work: Work, keys: Keys) -> None:
    protected.protect(work, keys, protected.guarded(keys, [b"former number"]))
    people = protected.ProtectedPeople(work, keys)
    assert protected.standing_of(work, keys, [b"number", b"former number"], None, people) is Standing.PROTECTED
    assert protected.standing_of(work, keys, [b"number"], None, people) is Standing.NOBODY


def test_a_name_of_which_no_key_is_made_is_nobodys(work: Work, keys: Keys) -> None:
    mark(work, keys, MARIA)
    assert not recognised(work, keys, "María", "", "")


def test_keys_of_several_protected_people_do_not_add_up_to_one(work: Work, keys: Keys) -> None:
    """One has a surname and the day, another the given name and the day: neither is the person asked about."""
    asked = ("María", "Pérez González", "1990-01-01")
    mark(work, keys, Named("Ana", "González Soto", "1990-01-01"), Named("María", "Torres", "1990-01-01"))
    assert not recognised(work, keys, *asked)
    mark(work, keys, Named("María", "González Soto", "1990-01-01"))
    assert recognised(work, keys, *asked)


@pytest.mark.parametrize("written", [MARIA, Named("Ana", "González", "1990-05-12"), Named("Ana", "González Soto", "1990-01-01")])
def test_the_weighing_is_as_strict_in_a_register_of_ten_thousand_as_in_one_of_one(work: Work, keys: Keys, written: Named) -> None:
    mark(work, keys, MARIA, Named("María", "González Rodríguez", "1990-01-01"))
    alone = protected.ProtectedPeople(work, keys).may_be(written.person)
    others = [f"{number:032x}" for number in range(9_998)]
    work.insert(ProtectedEntry, [{"id": each, "source": "bulk", "reference": each, "created": 0} for each in others])
    assert protected.ProtectedPeople(work, keys).may_be(written.person) == alone


def test_who_is_listed_leaves_with_the_next_beat_under_every_key_and_in_every_record(
    work: Work, keys: Keys, cases: Cases
) -> None:
    network = cases.network(work)
    lucia = cases.subject(work, network, "lucia", named=LUCIA_ELSEWHERE)
    other = cases.subject(work, network, "namesake", named=NAMESAKE)
    for subject in (lucia, other):
        for record in ("7e" * 16, "3c" * 16):
            for held in work.session.exec(select(CaseIdentifier).where(CaseIdentifier.subject == subject.digest)).all():
                work.session.add(in_the_index(held, record))
    work.session.flush()
    mark(work, keys, LUCIA)
    states = {(row.subject, row.state) for row in work.session.exec(select(IndexItem)).all()}
    assert states == {(lucia.digest, "leaving"), (other.digest, "listed")}


def test_a_subject_is_protected_by_its_name_and_one_that_is_forgotten_must_not_stay(work: Work, keys: Keys, cases: Cases) -> None:
    network = cases.network(work)
    lucia = cases.subject(work, network, "lucia", named=LUCIA_ELSEWHERE, identifiers=(phone(),))
    other = cases.subject(work, network, "namesake", named=NAMESAKE, identifiers=(phone(), phone(f"{PHONE[:-1]}1")))
    nameless = cases.subject(work, network, "nameless")
    company = cases.subject(work, network, "company", category="legal_person", named=LUCIA)
    mark(work, keys, LUCIA)
    people = protected.ProtectedPeople(work, keys)
    assert [people.include(each) for each in (lucia, other, nameless, company)] == [True, False, False, False]
    assert [protected.person_of(work, each) for each in (lucia, nameless, company)] == [LUCIA_ELSEWHERE.person, None, None]

    def digest(value: bytes) -> str:
        return keys.digest("identifier", value)

    (shared,) = set(LUCIA.inputs) & set(NAMESAKE.inputs)
    assert people.bear(digest(phone().oprf_input()), None)  # a number that somebody else bears, too
    assert not people.bear(digest(phone(f"{PHONE[:-1]}1").oprf_input()), None)
    assert people.bear(digest(LUCIA_ELSEWHERE.inputs[0]), lucia.digest)
    assert not people.bear(digest(shared), other.digest)
    assert people.bear(digest(shared), "0" * 64)


def test_nothing_of_a_marked_name_is_on_disk(database: Database, keys: Keys, raw_bytes: Callable[[], bytes]) -> None:
    with database.begin() as work:
        mark(work, keys, LUCIA)
    on_disk = raw_bytes().lower()
    assert keys.protected_mark(LUCIA.inputs[0]).encode() in on_disk
    for key in LUCIA.keys:
        value = key.oprf_input()
        for trace in (value, value.hex().encode(), keys.digest("identifier", value).encode(), sha256(value).hexdigest().encode()):
            assert trace not in on_disk
    assert not [word for word in (b"lucia", b"quispe", b"1990") if word in on_disk]


# Many lines at once

LINES = [
    *(Line((value,)) for value in CANDIDATES[:6]),
    *(Line(person=each.person) for each in (MARIA, LUCIA, LUCIA_ELSEWHERE, NAMESAKE)),
    Line((CANDIDATES[7], VALUE)),
    Line(),
]


def questions_to_the_store(work: Work, ask: Callable[[], object]) -> list[str]:
    """The statements that `ask` makes, without their values."""
    said: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    engine = work.session.connection().engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    return said


def test_many_lines_stand_as_each_of_them_does_alone(work: Work, keys: Keys) -> None:
    mark(work, keys, LUCIA)
    protected.protect(work, keys, protected.guarded(keys, [VALUE, CANDIDATES[2]]))
    together = protected.standings_of(work, keys, LINES, protected.ProtectedPeople(work, keys))
    people = protected.ProtectedPeople(work, keys)
    assert together == [protected.standing_of(work, keys, each.inputs, each.person, people) for each in LINES]
    assert (together.count(Standing.PROTECTED), together.count(Standing.WEAK)) == (3, 1)
    assert together[-1] is Standing.NOBODY


def test_the_store_is_asked_the_same_whoever_is_in_the_register(work: Work, keys: Keys) -> None:
    """Otherwise the time of a question, or a trace of the database, would say that somebody is in it."""
    mark(work, keys, NAMESAKE)

    def ask() -> None:
        protected.standings_of(work, keys, LINES, protected.ProtectedPeople(work, keys))

    before = questions_to_the_store(work, ask)
    mark(work, keys, LUCIA, MARIA)
    protected.protect(work, keys, protected.guarded(keys, [VALUE, CANDIDATES[2]]))
    assert questions_to_the_store(work, ask) == before
    assert len(before) == 5


def test_as_many_questions_go_to_the_store_for_a_long_question_as_for_a_short_one(work: Work, keys: Keys) -> None:
    people = [Named("Ana", f"{word} Soto", "1990-05-12").person for word in ("Quispe", "Mamani", "Condori", "Flores")]
    counted = []
    for lines in ([Line(person=people[0]), Line((VALUE,))], [*(Line(person=each) for each in people), *LINES]):

        def ask(those: list[Line] = lines) -> None:
            protected.standings_of(work, keys, those, protected.ProtectedPeople(work, keys))

        counted.append(len(questions_to_the_store(work, ask)))
    assert counted[0] == counted[1]


# Whatever an office does to a name, with the birth date

GIVEN = ("María", "José Luis", "Ana Sofía", "Juan Carlos", "Luz del Carmen", "João", "Jean-Pierre", "Zoé")
SURNAMES = (
    *("González Rodríguez", "Pérez", "Quispe Ñahuí", "de la Cruz Mamani", "García-Márquez López", "dos Santos Silva"),
    *("Muñoz y Prado", "O'Higgins Riquelme", "Hernández Hernández"),
)
Writing = Callable[[str, str], tuple[str, str]]


def without_accents(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


WRITINGS: dict[str, Writing] = {
    "capitals": lambda given, surnames: (given.upper(), surnames.upper()),
    "no accents": lambda given, surnames: (without_accents(given), without_accents(surnames)),
    "columns exchanged": lambda given, surnames: (surnames, given),
    "all in one column": lambda given, surnames: ("", f"{given} {surnames}"),
    "surnames in another order": lambda given, surnames: (given, " ".join(reversed(surnames.split()))),
    "joined by hyphens": lambda given, surnames: (given, "-".join(surnames.split())),
    "spaces and tabs": lambda given, surnames: (f"  {given} ", "\t" + surnames.replace(" ", "  ")),
    "decomposed letters": lambda given, surnames: (unicodedata.normalize("NFD", given), unicodedata.normalize("NFD", surnames)),
}


@given(
    st.sampled_from(GIVEN),
    st.sampled_from(SURNAMES),
    st.dates(date(1950, 1, 2), date(2015, 12, 30)),
    st.lists(st.sampled_from(sorted(WRITINGS)), max_size=3, unique=True),
)
def test_no_writing_of_a_name_makes_somebody_else_of_the_person(
    given_names: str, surnames: str, born: date, writings: list[str]
) -> None:
    """Held either way: as the protected person, or as somebody alike. Weighed as in a register of 100,000."""
    entered = Named(given_names, surnames, born.isoformat())
    written = (given_names, surnames)
    for each in writings:
        written = WRITINGS[each](*written)
    asked = Named(*written, born.isoformat())
    told = facts_by_input(asked.person)
    agreeing = frozenset().union(*(told.get(value, frozenset()) for value in entered.inputs))
    assert weighed(asked.person, [agreeing], 100_000) is not Standing.NOBODY
    assert weighed(asked.person, [frozenset()], 100_000) is Standing.NOBODY
