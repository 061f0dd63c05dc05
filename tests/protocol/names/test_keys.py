"""The keys of a person. All people are invented."""

import os
import string
import subprocess
import sys
from datetime import date
from importlib.metadata import version

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crypto.derivation import length_prefixed
from protocol.identifiers import Kind
from protocol.names import (
    NAME_KEYS_VERSION,
    NAME_KIND,
    BirthDate,
    Fact,
    NameKey,
    NameKeyType,
    NotComparable,
    PersonReason,
    class_of,
    name_keys,
    read_birth_date,
    read_person,
)
from protocol.names.people import _JOINED, _PARTICLES


def keys_of(given_names: str, surnames: str, born: str = "") -> tuple[NameKey, ...]:
    return name_keys(read_person(given_names, surnames, read_birth_date(born)))


def forms(given_names: str, surnames: str, born: str = "") -> set[str]:
    return {key.canonical for key in keys_of(given_names, surnames, born)}


def test_a_person_with_two_given_names_and_two_surnames_has_ten_keys() -> None:
    keys = keys_of("Rosa Elvira", "Quispe Huamán", "1990-05-31")
    assert [(key.type, key.canonical, set(key.facts)) for key in keys] == [
        (NameKeyType.GIVEN_NAME_AND_DATE, "date/r200/1990-05-31", {Fact.GIVEN_NAME, Fact.BIRTH_DATE}),
        (NameKeyType.GIVEN_NAME_AND_DATE, "date/e416/1990-05-31", {Fact.SECOND_GIVEN_NAME, Fact.BIRTH_DATE}),
        (NameKeyType.SURNAME_AND_DATE, "date/k210/1990-05-31", {Fact.FIRST_SURNAME, Fact.BIRTH_DATE}),
        (NameKeyType.SURNAME_AND_DATE, "date/u550/1990-05-31", {Fact.SECOND_SURNAME, Fact.BIRTH_DATE}),
        (NameKeyType.INITIALS_AND_DATE, "initials/kr/1990-05-31", {Fact.INITIALS, Fact.BIRTH_DATE}),
        (NameKeyType.YEAR_AND_PART, "year/kispe.rosa/1990/05", {Fact.GIVEN_NAME, Fact.FIRST_SURNAME, Fact.YEAR_AND_MONTH}),
        (NameKeyType.YEAR_AND_PART, "year/kispe.rosa/1990/31", {Fact.GIVEN_NAME, Fact.FIRST_SURNAME, Fact.YEAR_AND_DAY}),
        (NameKeyType.YEAR_AND_PART, "year/rosa.uaman/1990/05", {Fact.GIVEN_NAME, Fact.SECOND_SURNAME, Fact.YEAR_AND_MONTH}),
        (NameKeyType.YEAR_AND_PART, "year/rosa.uaman/1990/31", {Fact.GIVEN_NAME, Fact.SECOND_SURNAME, Fact.YEAR_AND_DAY}),
        (NameKeyType.FULL_NAME, "name/kispe.rosa.uaman", {Fact.GIVEN_NAME, Fact.FIRST_SURNAME, Fact.SECOND_SURNAME}),
    ]


def test_a_third_surname_gives_keys_of_its_own_but_is_no_part_of_the_full_name() -> None:
    keys = keys_of("Joana", "Aveiro Brandão Couto", "1990-05-31")
    assert [key.canonical for key in keys if Fact.THIRD_SURNAME in key.facts] == [
        "date/k300/1990-05-31",
        "year/joana.kouto/1990/05",
        "year/joana.kouto/1990/31",
    ]
    assert [key.canonical for key in keys if key.type is NameKeyType.FULL_NAME] == ["name/abeiro.brandao.joana"]


def test_numbers_of_the_types_stand_in_labels_and_never_change() -> None:
    assert {each.name: each.value for each in NameKeyType} == {
        "GIVEN_NAME_AND_DATE": 2,
        "SURNAME_AND_DATE": 3,
        "YEAR_AND_PART": 4,
        "INITIALS_AND_DATE": 5,
        "FULL_NAME": 6,
    }


def test_the_input_of_the_function_is_kind_version_and_canonical_form() -> None:
    key = keys_of("Rosa", "Chávez Quispe")[0]
    assert key.canonical == "name/kispe.rosa.ʃabes"
    assert f"name_dob-2+{version('anyascii')}" == NAME_KEYS_VERSION
    assert key.oprf_input() == length_prefixed(b"name_dob", NAME_KEYS_VERSION.encode(), "name/kispe.rosa.ʃabes".encode())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Rosa", "Muñoz Quispe"), ("ROSA", "MUNXXOZ KISPE")),
        (("José", "Núñez Peña"), ("JOSE", "NUNEZ PENA")),
        (("Ana", "Agüero Luna"), ("ANA", "AGUXXERO LUNA")),
        (("Rosa", "Müller Luna"), ("Rosa", "MULLER LUNA")),
        (("Ana", "de la Cruz Luna"), ("Ana", "Cruz de Luna")),
        (("Ana", "Cruz-Luna"), ("Ana", "Cruz Luna")),
        (("Jeison", "Giménez Souza"), ("Yeison", "Jiménez Sousa")),
        (("Martha", "Carvalho Luna"), ("Marta", "Carvallo Luna")),
    ],
)
@pytest.mark.parametrize("born", ["1990-05-31", "1990-05", "1990-00-17", ""])
def test_two_writings_of_one_person_have_the_same_keys(one: tuple[str, str], other: tuple[str, str], born: str) -> None:
    assert forms(*one, born) == forms(*other, born)


def test_given_name_and_surname_in_each_others_column_have_the_same_keys() -> None:
    assert forms("Rosa", "Quispe", "1990-05-31") == forms("Quispe", "Rosa", "1990-05-31")


def test_surnames_in_another_order_share_all_keys_but_the_initials() -> None:
    one, other = forms("Rosa", "Quispe Luna", "1990-05-31"), forms("Rosa", "Luna Quispe", "1990-05-31")
    assert one ^ other == {"initials/kr/1990-05-31", "initials/lr/1990-05-31"}


def test_a_missing_second_surname_takes_only_its_own_keys_away() -> None:
    both, one = keys_of("Rosa", "Quispe Luna", "1990-05-31"), forms("Rosa", "Quispe", "1990-05-31")
    assert one < {key.canonical for key in both}
    assert {key.canonical for key in both if Fact.SECOND_SURNAME not in key.facts} == one


def test_day_and_month_exchanged_leave_the_keys_of_the_year() -> None:
    one, other = keys_of("Rosa", "Quispe", "1990-05-07"), keys_of("Rosa", "Quispe", "1990-07-05")
    shared = {key.canonical for key in one} & {key.canonical for key in other}
    assert shared == {"year/kispe.rosa/1990/05", "year/kispe.rosa/1990/07"}


def test_a_wrong_or_missing_date_leaves_the_full_name() -> None:
    known = forms("Rosa", "Quispe Luna", "1990-05-31")
    assert known & forms("Rosa", "Quispe Luna", "1971-02-03") == {"name/kispe.luna.rosa"}
    assert known & forms("Rosa", "Quispe Luna") == {"name/kispe.luna.rosa"}


def test_an_unknown_day_leaves_the_month_and_an_unknown_month_the_day() -> None:
    known = forms("Rosa", "Quispe", "1990-05-31")
    assert known & forms("Rosa", "Quispe", "1990-05-00") == {"year/kispe.rosa/1990/05"}
    assert known & forms("Rosa", "Quispe", "1990-00-31") == {"year/kispe.rosa/1990/31"}


def test_where_day_and_month_are_one_number_one_key_is_made_and_claims_the_weaker_fact() -> None:
    keys = [key for key in keys_of("Rosa", "Quispe", "1990-07-07") if key.type is NameKeyType.YEAR_AND_PART]
    assert [(key.canonical, Fact.YEAR_AND_MONTH in key.facts) for key in keys] == [("year/kispe.rosa/1990/07", True)]


def test_two_names_of_one_sound_are_one_key_that_tells_of_both() -> None:
    keys = keys_of("Ana", "Anna Anaya", "1990-05-31")
    of_date = [key for key in keys if key.canonical == "date/a500/1990-05-31"]
    assert [key.facts for key in of_date] == [{Fact.GIVEN_NAME, Fact.FIRST_SURNAME, Fact.SECOND_SURNAME, Fact.BIRTH_DATE}]
    assert [key.type for key in of_date] == [NameKeyType.SURNAME_AND_DATE]


@pytest.mark.parametrize(
    ("given_names", "surnames", "born"),
    [
        ("Rosa", "Quispe", ""),
        ("Rosa Elvira", "", ""),
        ("", "Quispe Luna Anaya", ""),
        ("", "Quispe Luna", "1990"),
        ("Rosa", "Quispe", "1990"),
        ("Rosa", "", "1990-05"),
        ("", "Quispe Luna", "1990-00-31"),
        ("Hh", "Hh", "1990-05-31"),
    ],
)
def test_what_too_many_share_gives_no_key(given_names: str, surnames: str, born: str) -> None:
    with pytest.raises(NotComparable) as refused:
        keys_of(given_names, surnames, born)
    assert refused.value.reason_code is PersonReason.NEEDS_BIRTH_DATE


@pytest.mark.parametrize(
    ("given_names", "surnames", "kept"),
    [("Rosa", "", "date/r200/1990-05-31"), ("", "Quispe", "date/k210/1990-05-31"), ("H", "Quispe", "date/k210/1990-05-31")],
)
def test_one_name_with_a_whole_date_gives_one_key(given_names: str, surnames: str, kept: str) -> None:
    assert forms(given_names, surnames, "1990-05-31") == {kept}


def test_a_surname_of_which_nothing_is_spoken_is_passed_over() -> None:
    assert forms("Rosa", "H Quispe H", "1990-05-31") == forms("Rosa", "Quispe", "1990-05-31")


def test_a_key_does_not_print_what_it_is_made_of() -> None:
    for key in keys_of("Quintasecreta", "Sobrinasecreta Luna", "1977-12-29"):
        assert not any(part in repr(key).lower() for part in ("k532", "s165", "secret", "sekret", "luna", "1977", "initials/"))


BARE = str.maketrans("áéíóúñüãõêÁÉÍÓÚÑ", "aeiounuaoeAEIOUN")
"""Of the letters, ç alone is read in another way without its mark."""
NAMES = st.text(string.ascii_letters + "áéíóúñüçãõêÁÉÍÓÚÑÇ", min_size=2, max_size=12).filter(
    lambda name: name.translate(BARE).lower() not in _PARTICLES.union(_JOINED)
)
BORN = st.one_of(
    st.none(),
    st.builds(
        BirthDate, st.integers(1880, 2100), st.one_of(st.none(), st.integers(1, 12)), st.one_of(st.none(), st.integers(1, 31))
    ),
)
KNOWN = st.sampled_from(["Rosa", "Elvira", "Quispe", "Muñoz", "Agüero", "Gonçalves", "Chávez", "Wilson", "Jean", "Luna", "Anaya"])
ANY_NAMES = st.lists(st.one_of(NAMES, KNOWN), max_size=4).map(" ".join)


@given(ANY_NAMES, ANY_NAMES, BORN)
def test_no_key_is_made_of_a_birth_date_or_a_given_name_alone(given_names: str, surnames: str, born: BirthDate | None) -> None:
    try:
        keys = name_keys(read_person(given_names, surnames, born))
    except NotComparable:
        return
    surnames_told = {Fact.FIRST_SURNAME, Fact.SECOND_SURNAME, Fact.THIRD_SURNAME}
    of_names = {Fact.GIVEN_NAME, Fact.SECOND_GIVEN_NAME, Fact.INITIALS} | surnames_told
    for key in keys:
        assert key.facts & of_names
        assert key.facts - {Fact.GIVEN_NAME, Fact.SECOND_GIVEN_NAME}
        if not key.facts & {Fact.BIRTH_DATE, Fact.YEAR_AND_DAY, Fact.YEAR_AND_MONTH}:
            assert len(key.facts & of_names) >= 3
    assert len({key.canonical for key in keys}) == len(keys) <= 13


@given(
    given_names=ANY_NAMES,
    surnames=ANY_NAMES,
    born=BORN,
    particle=st.sampled_from(["de", "De La", "DOS", "y", "van der", "Vda. de"]),
)
def test_case_accents_hyphens_and_particles_are_no_part_of_a_key(
    given_names: str, surnames: str, born: BirthDate | None, particle: str
) -> None:
    assume(given_names.strip() and surnames.strip())
    bare = f"{given_names}|{surnames}".translate(BARE).upper()
    first, _, last = bare.partition("|")

    def made(one: str, other: str) -> set[str]:
        try:
            return {key.canonical for key in name_keys(read_person(one, other, born))}
        except NotComparable:
            return set()

    assert made(first, f"{particle} {'-'.join(last.split())}") == made(given_names, surnames)


@given(st.dates(date(1900, 1, 1), date(2020, 12, 31)), KNOWN, KNOWN)
def test_exchanged_columns_change_no_key_and_an_exchanged_date_leaves_two(born: date, one: str, other: str) -> None:
    assume(one != other)
    iso = born.isoformat()
    assert forms(one, other, iso) == forms(other, one, iso)
    if born.day <= 12:
        exchanged = forms(one, other, f"{born.year}-{born.day:02}-{born.month:02}")
        assert {form for form in forms(one, other, iso) if form.startswith("year/")} <= exchanged


PEOPLE = (("Íngrid Işıl", "Muñoz Gonçalves"), ("李", "王"), ("José Mª", "İbarra Chávez"))
# Escaped, since a process in the locale C reads its command in ASCII.
PRINTS = f"""
from protocol.names import name_keys, read_birth_date, read_person
for names in {PEOPLE!a}:
    for key in name_keys(read_person(*names, read_birth_date("1990-05-31"))):
        print(key.type.value, key.oprf_input().hex(), *sorted(key.facts))
"""


def test_keys_are_the_same_in_every_process_and_locale() -> None:
    printed = {
        subprocess.run(
            [sys.executable, "-c", PRINTS],
            env={"PATH": os.environ["PATH"], "LC_ALL": locale, "PYTHONHASHSEED": seed, "PYTHONUTF8": utf8},
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout
        for locale, seed, utf8 in (
            ("C", "0", "0"),
            ("tr_TR.UTF-8", "1", "1"),
            ("es_CO.UTF-8", "4294967295", "0"),
            ("C", "77", "1"),
        )
    }
    assert len(printed) == 1
    assert printed.pop().count(b"\n") == 10 + 5 + 10


def test_names_and_identifiers_stand_in_lists_of_two_classes() -> None:
    assert class_of(NAME_KIND) == "name_keys"
    assert {class_of(kind) for kind in Kind} == {"identifiers"}
