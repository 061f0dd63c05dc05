"""Under which versions somebody is looked up, and what waits until the register was fed under the current ones."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from crypto.derivation import length_prefixed
from node.keys import Keys
from node.marking import RegisterFault, RegisterUnusable
from node.safeguards import protected
from node.safeguards.minimisation import listing
from node.safeguards.protected import Fed
from node.safeguards.protected.versions import CURRENT, form_of
from node.store.database import Work
from protocol.identifiers import Identifier, Kind
from protocol.names import NAME_KEYS_VERSION, NAME_KIND
from tests.node.conftest import PHONE, Cases, new_keys
from tests.node.people import LUCIA, LUCIA_ELSEWHERE, NAMESAKE

NOW, BEFORE = CURRENT["phone"], "phone-0"


def number(version: str, canonical: str = PHONE) -> bytes:
    return Identifier(Kind.PHONE, version, canonical).oprf_input()


def in_other_version(value: bytes, version: str) -> bytes:
    """A name key as an earlier release made it."""
    kind, _, canonical = (part for part in _parts(value))
    return length_prefixed(kind, version.encode(), canonical)


def _parts(value: bytes) -> list[bytes]:
    parts, rest = [], value
    while rest:
        size = int.from_bytes(rest[:2])
        parts.append(rest[2 : 2 + size])
        rest = rest[2 + size :]
    return parts


def enter(work: Work, keys: Keys, reference: str, *inputs: bytes, people: tuple[list[bytes], ...] = ()) -> None:
    protected.protect(work, keys, protected.guarded(keys, inputs, people, reference=reference))


def test_an_identifier_is_found_under_every_version_that_the_register_was_ever_fed_with(work: Work, keys: Keys) -> None:
    assert not protected.is_protected(work, keys, number(NOW))
    enter(work, keys, "A", number(BEFORE))
    assert protected.is_protected(work, keys, number(NOW))
    assert not protected.is_protected(work, keys, number(NOW, f"{PHONE[:-1]}9"))
    assert not protected.is_protected(work, keys, Identifier(Kind.IMEI, NOW, PHONE).oprf_input())


def test_a_person_is_found_by_name_keys_of_an_older_version(work: Work, keys: Keys) -> None:
    older = [in_other_version(value, "name_dob-1") for value in LUCIA.inputs]
    enter(work, keys, "A", people=(older,))
    people = protected.ProtectedPeople(work, keys)
    assert people.standing(LUCIA.person) is protected.Standing.PROTECTED
    assert people.standing(LUCIA_ELSEWHERE.person) is not protected.Standing.NOBODY


def test_a_kind_is_behind_until_everybody_who_bears_it_was_fed_anew(work: Work, keys: Keys) -> None:
    enter(work, keys, "A", number(BEFORE))
    enter(work, keys, "B", number(BEFORE, f"{PHONE[:-1]}8"))
    assert Fed.of(work).behind == {"phone"}
    enter(work, keys, "A", number(NOW))
    assert Fed.of(work).behind == {"phone"}  # of one entry nobody can tell what its numbers read as today
    enter(work, keys, "B", number(NOW, f"{PHONE[:-1]}8"))
    assert Fed.of(work).behind == frozenset()
    assert Fed.of(work).versions["phone"] == {BEFORE, NOW}


def test_names_are_a_kind_of_their_own(work: Work, keys: Keys) -> None:
    enter(work, keys, "A", people=([in_other_version(value, "name_dob-1") for value in LUCIA.inputs],))
    assert Fed.of(work).behind == {NAME_KIND}
    enter(work, keys, "A", people=(LUCIA.inputs,))
    assert Fed.of(work).behind == frozenset()


def test_what_cannot_be_looked_up_whole_is_withheld_from_publication_and_a_question_goes_on(
    work: Work, keys: Keys, cases: Cases
) -> None:
    network, others = cases.network(work), Identifier(Kind.PHONE, NOW, f"{PHONE[:-1]}5")
    cases.subject(work, network, named=NAMESAKE, identifiers=(others,))
    enter(work, keys, "A", number(BEFORE), people=([in_other_version(value, "name_dob-1") for value in LUCIA_ELSEWHERE.inputs],))
    assert listing(work, keys, network.digest).withheld == {"review": 2}
    people = protected.ProtectedPeople(work, keys)
    assert protected.standing_of(work, keys, [others.oprf_input()], None, people) is protected.Standing.NOBODY
    enter(work, keys, "A", number(NOW), people=(LUCIA_ELSEWHERE.inputs,))
    assert listing(work, keys, network.digest).withheld == {}


def test_a_register_without_a_kind_withholds_nothing_of_it(work: Work, keys: Keys, cases: Cases) -> None:
    network = cases.network(work)
    cases.subject(work, network, identifiers=(Identifier(Kind.IMEI, "1", "490154203237518"),))
    enter(work, keys, "A", number(BEFORE))
    assert listing(work, keys, network.digest).withheld == {}


def test_the_current_versions_are_those_of_the_rules_and_of_the_names() -> None:
    assert CURRENT[NAME_KIND] == NAME_KEYS_VERSION
    assert set(CURRENT) == {NAME_KIND, *(kind.value for kind in Kind)}


@pytest.mark.parametrize("value", [b"", b"number", length_prefixed(b"a", b"b"), length_prefixed(b"\xff", b"b", b"c")])
def test_bytes_that_are_no_input_have_no_form_and_are_looked_up_as_they_are(work: Work, value: bytes) -> None:
    assert form_of(value) is None
    assert Fed.of(work).forms_of(value) == [value]


def test_a_look_up_with_another_key_than_that_of_the_marks_finds_nobody_and_says_so(
    work: Work, keys: Keys, tmp_path: Path
) -> None:
    other, value = new_keys(tmp_path / "other"), number(NOW)
    assert not protected.is_protected(work, other, value)  # of an empty register there is no key yet
    enter(work, keys, "A", value, people=(LUCIA.inputs,))
    lines = [protected.Line((value,)), protected.Line(person=LUCIA.person)]
    asked: tuple[Callable[[], object], ...] = (
        lambda: protected.is_protected(work, other, value),
        lambda: protected.marked(work, other, [value], Fed.of(work)),
        lambda: protected.ProtectedPeople(work, other).standing(LUCIA.person),
        *(partial(protected.standings_of, work, other, [line], protected.ProtectedPeople(work, other)) for line in lines),
    )
    for ask in asked:
        with pytest.raises(RegisterUnusable) as caught:
            ask()
        assert caught.value.fault is RegisterFault.ANOTHER_KEY


def test_of_several_who_are_entered_none_may_be_marked_under_another_key(work: Work, keys: Keys, tmp_path: Path) -> None:
    """The process that keeps the key may come back with another one between two rows of a file."""
    of_both = [protected.guarded(each, [number(NOW)]) for each in (keys, new_keys(tmp_path / "other"))]
    with pytest.raises(RegisterUnusable) as caught:
        protected.protect(work, keys, *of_both)
    assert caught.value.fault is RegisterFault.ANOTHER_KEY
