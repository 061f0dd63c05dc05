"""An officer's list that asks after people: names, births, and the columns that they stand in. All are invented."""

from pathlib import Path

import pytest

from node.case_files import CaseFileError, Problem, QuestionLine, RowReason, read_questions
from protocol.names import Person, read_birth_date, read_person
from protocol.vocabulary import Language, code_lists
from tests.node.case_files.conftest import TODAY

PEOPLE = "given_names,surnames,birth_date,attests_not_protected"


def ask(*lines: str, header: str) -> list[QuestionLine | Problem]:
    return list(read_questions("\n".join((header, *lines)).encode(), "CO", TODAY))


def person(line: QuestionLine | Problem) -> Person:
    assert isinstance(line, QuestionLine)
    assert isinstance(line.asked, Person)
    return line.asked


def test_a_line_may_ask_after_a_person() -> None:
    (line,) = ask("Rosa Elvira,Quispe de la Cruz,1990-05-31,yes", header=PEOPLE)
    assert person(line) == read_person("Rosa Elvira", "Quispe de la Cruz", read_birth_date("1990-05-31"))
    assert isinstance(line, QuestionLine)
    assert (line.written, line.attested) == ("Rosa Elvira Quispe de la Cruz, 1990-05-31", True)
    assert not any(word in repr(line) for word in ("Rosa", "quispe", "1990"))


@pytest.mark.parametrize(
    "header",
    [
        "nombres;apellidos;fecha_de_nacimiento;declara_no_protegido",
        "Nombre;Apellido;Fecha de nacimiento;Declara no protegido",
        "NOMES;SOBRENOMES;DATA DE NASCIMENTO;DECLARA_NÃO_PROTEGIDO",
        "prénoms;nom de famille;date_de_naissance;atteste non protégé",
        "given names;surname;date of birth;attests_not_protected",
    ],
)
def test_the_columns_of_a_person_have_names_in_the_four_languages_too(header: str) -> None:
    (line,) = ask("Rosa;Quispe;1990-05-31;oui", header=header)
    assert person(line) == read_person("Rosa", "Quispe", read_birth_date("1990-05-31"))


def test_first_and_second_surname_may_have_a_column_each() -> None:
    header = "Apellido paterno;Apellido materno;Primer nombre;Segundo nombre;FN;declara_no_protegido"
    (line,) = ask("Quispe;de la Cruz;Rosa;;31/05/1990;sí", header=header)
    assert person(line) == read_person("Rosa", "Quispe de la Cruz", read_birth_date("1990-05-31"))


@pytest.mark.parametrize(
    "header", ["surnames,apellidos,nombres,attests_not_protected", "nombres,apellidos,FN,dob,attests_not_protected"]
)
def test_two_columns_for_one_part_of_a_person_go_back(header: str) -> None:
    with pytest.raises(CaseFileError, match="unreadable_header"):
        ask("x", header=header)


def test_people_and_identifiers_may_stand_in_one_file() -> None:
    header = "value,kind,given_names,surnames,birth_date,attests_not_protected"
    phone, known = ask("300 555 0147,phone,,,,yes", ",,Rosa,Quispe,1990-05-31,yes", header=header)
    assert isinstance(phone, QuestionLine)
    assert isinstance(phone.asked, tuple)
    assert phone.asked[0].canonical == "+573005550147"
    assert person(known).given == ("rosa",)
    (problem,) = ask("300 555 0147,phone,Rosa,Quispe,,yes", header=header)
    assert isinstance(problem, Problem)
    assert (problem.column, problem.reason) == (None, RowReason.PERSON_AND_VALUE)


@pytest.mark.parametrize("header", ["given_names,attests_not_protected", "surnames,birth_date,attests_not_protected"])
def test_half_a_name_goes_back(header: str) -> None:
    with pytest.raises(CaseFileError, match="missing_column"):
        ask("Rosa Quispe,yes", header=header)


WHOLE = ["Nombre completo", "Apellidos y nombres", "NOME COMPLETO", "Nombre", "surname and given names", "Nom et prénoms"]


@pytest.mark.parametrize("heading", WHOLE)
def test_a_whole_name_is_parted_at_its_comma(heading: str) -> None:
    (line,) = ask("Quispe de la Cruz, Rosa Elvira;1990-05-31;sí", header=f"{heading};dob;declara no protegido")
    assert person(line) == read_person("Rosa Elvira", "Quispe de la Cruz", read_birth_date("1990-05-31"))
    assert isinstance(line, QuestionLine)
    assert line.written == "Quispe de la Cruz, Rosa Elvira, 1990-05-31"


@pytest.mark.parametrize("heading", WHOLE)
@pytest.mark.parametrize(
    "written",
    ["Rosa Elvira Quispe", "Quispe Rosa", "Quispe, Luna, Rosa", "Quispe,", ", Rosa", "Quispe Luna, Jr.", "Luna, alias Negra"],
)
def test_a_whole_name_that_no_comma_parts_goes_back_with_what_to_write(heading: str, written: str) -> None:
    (problem,) = ask(f"{written};1990-05-31;sí", header=f"{heading};dob;declara no protegido")
    assert isinstance(problem, Problem)
    assert (problem.reason, problem.column, problem.heading, problem.place) == (RowReason.WHOLE_NAME, "whole_name", heading, 1)


def test_two_people_with_a_comma_between_them_are_not_taken_for_one() -> None:
    (problem,) = ask("Juan Pérez, Ana Ruiz;1990-05-31;sí", header="nombre completo;dob;declara no protegido")
    assert isinstance(problem, Problem)
    assert problem.reason == RowReason.WHOLE_NAME
    (line,) = ask("Rosa, Ana;1990-05-31;sí", header="apellidos y nombres;dob;declara no protegido")
    assert person(line) == read_person("Ana", "Rosa", read_birth_date("1990-05-31"))


SHEET = [["nombres", "apellidos", "fecha de nacimiento", "declara no protegido"], ["Rosa", "Quispe", "31/05/1990", "sí"]]


@pytest.mark.parametrize("delimiter", ["\t", ";", ","])
def test_a_sheet_is_read_as_it_is_copied_or_saved(delimiter: str) -> None:
    header, row = (delimiter.join(cells) for cells in SHEET)
    (line,) = ask(row, header=header)
    assert person(line) == read_person("Rosa", "Quispe", read_birth_date("1990-05-31"))


def test_a_name_with_a_comma_does_not_part_a_row_that_tabs_part() -> None:
    (line,) = ask("Quispe, Rosa\t31/05/1990\tsí", header="Apellidos, nombres\tF. Nac.\tDeclara no protegido")
    assert person(line) == read_person("Rosa", "Quispe", read_birth_date("1990-05-31"))


@pytest.mark.parametrize(
    "word",
    [
        "name_dob",
        "persona",
        "NAME_DOB",
        "Nombre",
        *(str(code_lists()["identifier_kind"]["name_dob"][language.value]) for language in Language),
    ],
)
def test_a_person_is_no_value_and_its_kind_beside_its_columns_is_no_mistake(word: str) -> None:
    (problem,) = ask(f"{word},Rosa Quispe,yes", header="kind,value,attests_not_protected")
    assert isinstance(problem, Problem)
    assert (problem.column, problem.reason) == ("kind", RowReason.PERSON_AS_VALUE)
    header = "kind,given_names,surnames,birth_date,attests_not_protected"
    (line,) = ask(f"{word},Rosa,Quispe,1990-05-31,yes", header=header)
    assert person(line).given == ("rosa",)
    (problem,) = ask("phone,Rosa,Quispe,1990-05-31,yes", header=header)
    assert isinstance(problem, Problem)
    assert problem.reason == RowReason.PERSON_AND_VALUE


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        ("J0sé,Quispe,1990-05-31,yes", "given_names", "wrong_characters"),
        ("Rosa,Qu?spe,1990-05-31,yes", "surnames", "wrong_characters"),
        ("NN,NN,1990-05-31,yes", "given_names", "unknown_name"),
        (",Desconocido,1990-05-31,yes", "surnames", "unknown_name"),
        ("John,Doe,1990-05-31,yes", None, "unknown_name"),
        ("J.,P.,1990-05-31,yes", None, "initials_only"),
        ("Rosa,Quispe,2026-10-01,yes", "birth_date", "future_birth_date"),
        ("Rosa,Quispe,2027,yes", "birth_date", "future_birth_date"),
        ("Rosa,Quispe,01/01/1900,yes", "birth_date", "distant_birth_date"),
        ("Rosa,Quispe,1850,yes", "birth_date", "distant_birth_date"),
        ("Rosa,Quispe,23/06/81,yes", "birth_date", "two_digit_year"),
        ("Rosa,Quispe,23-jun-81,yes", "birth_date", "two_digit_year"),
    ],
)
def test_what_no_person_is_called_and_no_birth_can_be_goes_back(line: str, column: str | None, reason: str) -> None:
    (problem,) = ask(line, header=PEOPLE)
    assert isinstance(problem, Problem)
    assert (problem.column, problem.code) == (column, f"not_comparable:{reason}")


def test_the_known_part_of_a_name_is_asked_after() -> None:
    lines = ask("NN,Quispe,1990-05-31,yes", "Rosa,Pérez NN,1990-05-31,yes", header=PEOPLE)
    assert [(person(line).given, person(line).surnames) for line in lines] == [((), ("quispe",)), (("rosa",), ("perez",))]


def test_only_what_can_be_either_goes_back_from_a_column_of_both_orders() -> None:
    lines = ["Rosa,Quispe,23/06/1981,yes", "Ana,Mamani,06/23/1981,yes", "Luz,Condori,03/04/1990,yes"]
    first, second, problem = ask(*lines, header=PEOPLE)
    assert person(first).born == person(second).born == read_birth_date("1981-06-23")
    assert isinstance(problem, Problem)
    assert problem.code == "not_comparable:mixed_date_orders"


def test_a_problem_names_the_column_as_the_officer_wrote_it_and_its_number() -> None:
    header = "Apellido paterno;Apellido materno;Nombres;F. de Nac.;Declara no protegido"
    (problem, other) = ask("Quispe;de la Cruz;Rosa;ayer;sí", "Quispe;Cr?z;Rosa;1990-05-31;sí", header=header)
    assert isinstance(problem, Problem)
    assert (problem.column, problem.heading, problem.place) == ("birth_date", "F. de Nac.", 4)
    assert isinstance(other, Problem)
    assert (other.column, other.heading, other.place) == ("more_surnames", "Apellido materno", 2)


def test_a_column_that_the_file_does_not_have_has_our_name_only() -> None:
    (problem,) = ask("Rosa,Quispe,yes", header="given_names,surnames,attests_not_protected")
    assert isinstance(problem, Problem)
    assert (problem.code, problem.column, problem.heading, problem.place) == (
        "not_comparable:needs_birth_date",
        "birth_date",
        None,
        None,
    )


def test_a_heading_that_is_not_known_is_told_by_its_number_and_never_repeated() -> None:
    with pytest.raises(CaseFileError, match="column 3: unreadable_header") as refused:
        ask("x", header="value,attests_not_protected,Rosa Quispe")
    assert refused.value.place == 3
    assert "Rosa" not in str(refused.value)


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        ("Rosa,Quispe,,yes", "birth_date", "not_comparable:needs_birth_date"),
        ("Rosa,Quispe,yesterday,yes", "birth_date", "not_comparable:bad_birth_date"),
        ("Rosa,Quispe,03/04/1990,yes", "birth_date", "not_comparable:ambiguous_birth_date"),
        (",,1990-05-31,yes", None, "not_comparable:no_name"),
        (f"{'Rosa ' * 50},Quispe,1990-05-31,yes", "given_names", "not_comparable:too_long"),
        (",,,yes", "surnames", "missing_value"),
        ("Rosa,Quispe,1990-05-31,perhaps", "attests_not_protected", "bad_attestation"),
    ],
)
def test_a_person_that_is_not_clear_goes_back_with_the_reason(line: str, column: str | None, code: str) -> None:
    (problem,) = ask(line, header=PEOPLE)
    assert isinstance(problem, Problem)
    assert (problem.column, problem.code) == (column, code)


def test_day_and_month_are_told_by_the_other_dates_of_the_file() -> None:
    lines = ["Rosa,Quispe,03/04/1990,yes", "Ana,Mamani,31/05/1985,yes"]
    assert [person(line).born for line in ask(*lines, header=PEOPLE)] == [
        read_birth_date("1990-04-03"),
        read_birth_date("1985-05-31"),
    ]
    (problem, _, _) = ask(*lines, "Luz,Condori,05/31/1985,yes", header=PEOPLE)
    assert isinstance(problem, Problem)
    assert problem.code == "not_comparable:mixed_date_orders"


def test_the_demonstrations_lines_are_all_clear(demo: Path) -> None:
    lines = list(read_questions((demo / "CO" / "case_file.csv").read_bytes(), "CO", TODAY))
    assert len(lines) == 48
    assert all(isinstance(line, QuestionLine) and line.attested for line in lines)
