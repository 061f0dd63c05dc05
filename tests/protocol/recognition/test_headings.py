"""Which columns of a table hold people. All people are invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.names import DateOrder, PersonReason
from protocol.recognition import Clue, Confidence, Found, PersonDoubt, Span
from protocol.recognition.headings import Part, Parts, PersonColumns, part_named


def columns(header: str, *rows: str, country: str | None = "CO") -> PersonColumns | None:
    return PersonColumns.of(header.split(";"), [row.split(";") for row in rows], country)


def read(header: str, row: str, *others: str, country: str | None = "CO") -> Found | None:
    people = columns(header, row, *others, country=country)
    assert people is not None
    cells, spans, at = row.split(";"), [], 0
    for cell in cells:
        spans.append(Span(at, at + len(cell)))
        at += len(cell) + 1
    return people.read(cells, spans)


def only(found: Found | None) -> tuple[str | None, Confidence]:
    assert found is not None
    return found.candidates[0].canonical, found.candidates[0].confidence


@pytest.mark.parametrize(
    ("header", "row", "canonical"),
    [
        ("Nombres;Apellidos;Fecha de nacimiento", "Juan;Pérez Gómez;12/03/1990", "juan/perez gomez/1990-03-12"),
        ("nombre;apellido_paterno;apellido_materno;FN", "Juan;Pérez;Gómez;1990-03-12", "juan/perez gomez/1990-03-12"),
        ("APELLIDO(S);NOMBRE(S);F. NAC.", "Pérez;Juan;12-03-1990", "juan/perez/1990-03-12"),
        (
            "Primer apellido;Segundo apellido;Primer nombre;Segundo nombre;Fec. Nac.",
            "Pérez;Gómez;Juan;Luis;12.03.1990",
            "juan luis/perez gomez/1990-03-12",
        ),
        ("Nome;Sobrenome;Data de Nascimento", "João;dos Santos;12/03/1990", "joao/santos/1990-03-12"),
        ("Nom;Prénom;Né(e) le", "Dupont;Marie;12 mars 1990", "marie/dupont/1990-03-12"),
        ("Nom de famille;Prénoms;Date de naissance", "Dupont;Marie;1990/03/12", "marie/dupont/1990-03-12"),
        ("First name;Middle name;Last name;D.O.B.", "Anna;Maria;Smith;1990-03-12 00:00:00", "anna maria/smith/1990-03-12"),
        ("Nombre completo;DOB", "PÉREZ GÓMEZ, JUAN;12/03/1990", "juan/perez gomez/1990-03-12"),
        ("Apellidos y nombres;FN", "Pérez Gómez, Juan;12/03/1990", "juan/perez gomez/1990-03-12"),
    ],
)
def test_headings_of_four_languages_name_the_parts_of_a_person(header: str, row: str, canonical: str) -> None:
    assert only(read(header, row)) == (canonical, Confidence.CERTAIN)


@pytest.mark.parametrize(
    "header",
    [
        "Nombre;Celular",
        "Fecha de nacimiento;Celular",
        "Nombre de la madre;Fecha de nacimiento",
        "Nombre de usuario;Fecha de nacimiento",
        "Nombre;Apellidos;Fecha de ingreso",
        "Nombre;Nombre;FN",
        "Nombre;FN;DOB",
        "Empresa;Data de nascimento",
    ],
)
def test_other_tables_hold_nobody(header: str) -> None:
    assert columns(header) is None


@pytest.mark.parametrize(
    ("named", "parts"),
    [
        ([Part.NAME, None, Part.GIVEN], Parts((2,), (0,))),
        ([Part.NAME, Part.SURNAMES], Parts((0,), (1,))),
        ([Part.NAME, Part.SURNAMES, Part.GIVEN], Parts((2,), (1,))),
        ([Part.WHOLE, Part.SURNAMES], Parts((), (1,))),
        ([Part.NAME], Parts(whole=0)),
        ([Part.WHOLE_SURNAMES_FIRST], Parts(whole=0, surnames_first=True)),
        ([Part.GIVEN, Part.GIVEN], None),
        ([Part.BORN, None], None),
    ],
)
def test_a_column_that_says_name_holds_what_the_others_leave(named: list[Part | None], parts: Parts | None) -> None:
    assert Parts.of(named) == parts


def test_a_whole_name_without_a_comma_is_asked_about() -> None:
    found = read("Nombre completo;FN", "Juan Pérez Gómez;12/03/1990")
    assert only(found) == ("juan/perez gomez/1990-03-12", Confidence.LIKELY)


def test_the_reason_names_the_headings_and_every_cell_has_its_place() -> None:
    found = read("FN;Celular;Apellidos;Nombres", "12/03/1990;;Pérez Gómez; Juan ")
    assert found is not None
    assert (found.span, found.further) == (Span(0, 10), (Span(12, 23), Span(25, 29)))
    (person,) = found.candidates
    assert (person.clues, getattr(person, "headings", ())) == ((Clue.HEADER,), ("FN", "Apellidos", "Nombres"))


@pytest.mark.parametrize(
    ("others", "country", "expected"),
    [
        (["Ana;Ruiz;13/04/1990"], "US", ("juan/perez/1990-04-03", Confidence.CERTAIN)),
        (["Ana;Ruiz;04/13/1990"], "CO", ("juan/perez/1990-03-04", Confidence.CERTAIN)),
        (["Ana;Ruiz;04/13/1990", "Eva;Rey;13/04/1990"], "CO", (None, Confidence.LIKELY)),
        ([], "CO", ("juan/perez/1990-04-03", Confidence.CERTAIN)),
        ([], "US", ("juan/perez/1990-03-04", Confidence.CERTAIN)),
        ([], "PA", (None, Confidence.LIKELY)),
        ([], None, (None, Confidence.LIKELY)),
    ],
)
def test_the_other_dates_of_the_column_tell_the_day_else_the_country_else_nobody(
    others: list[str], country: str | None, expected: tuple[str | None, Confidence]
) -> None:
    assert only(read("Nombre;Apellidos;FN", "Juan;Pérez;03/04/1990", *others, country=country)) == expected


def test_the_order_of_dates_is_not_kept_from_one_column_to_another() -> None:
    people = columns("Nombre;FN", "Ana;13/04/1990")
    assert people is not None
    assert people.order is DateOrder.DAY_FIRST


@pytest.mark.parametrize("row", [";;12/03/1990", "N/N;;12/03/1990", "Se desconoce;-;12/03/1990", "4711;7;12/03/1990", ";;"])
def test_a_row_without_a_name_holds_nobody(row: str) -> None:
    assert read("Nombres;Apellidos;FN", row) is None


def test_a_row_without_a_date_says_what_is_missing() -> None:
    found = read("Nombres;Apellidos;FN", "Juan;Pérez;")
    assert found is not None
    assert (found.candidates[0].needs, found.further) == (PersonReason.NEEDS_BIRTH_DATE, (Span(5, 10),))


def test_a_row_with_one_kind_of_name_only_is_asked_about() -> None:
    found = read("Nombres;Apellidos;FN", "Juan;;12/03/1990")
    assert found is not None
    assert list(found.candidates[0].doubts) == [PersonDoubt.ONE_NAME_ONLY]


@pytest.mark.parametrize(
    ("cell", "name", "canonical"),
    [
        ("Juan Pérez (alias Nadie)", "Juan Pérez", "juan/perez/1990-03-12"),
        ("PÉREZ, Juan 2", "PÉREZ, Juan", "juan/perez/1990-03-12"),
        ("PÉREZ, 2", "PÉREZ", "perez//1990-03-12"),
    ],
)
def test_what_follows_a_name_in_its_cell_is_left_out_and_told(cell: str, name: str, canonical: str) -> None:
    found = read("Nombre completo;FN", f"{cell};12/03/1990")
    assert found is not None
    assert only(found) == (canonical, Confidence.LIKELY)
    assert (found.span, PersonDoubt.NAME_CUT in found.candidates[0].doubts) == (Span(0, len(name)), True)


def test_accents_capitals_and_signs_of_a_heading_do_not_count() -> None:
    assert {part_named(text) for text in ("Prénom(s)", "PRENOMS", "prenom")} == {Part.GIVEN}
    assert part_named("prenom de la mere") is None


@given(st.lists(st.text(alphabet="aÁñ ,.'(1/-", max_size=12), min_size=3, max_size=3))
def test_any_row_gives_a_person_within_its_cells_or_none(cells: list[str]) -> None:
    found = read("Nombre;Apellidos;FN", ";".join(cells))
    if found is not None:
        assert all(span.end <= len(";".join(cells)) for span in (found.span, *found.further))
