"""An officer's list for a question: what is clear is taken, what is not goes back with the line."""

from pathlib import Path

import pytest

from node.case_files import CaseFileError, Problem, QuestionLine, RowReason, questions, read_questions
from node.case_files.mapping import folded
from protocol.identifiers import Identifier, Kind, Reason
from protocol.names import Person, read_birth_date, read_person
from protocol.vocabulary import Language, code_lists
from tests.node.case_files.conftest import TODAY

HEADER = "kind,value,country,platform,bank,attests_not_protected"


def ask(*lines: str, header: str = HEADER) -> list[QuestionLine | Problem]:
    return list(read_questions("\n".join((header, *lines)).encode(), "CO", TODAY))


def one(line: str) -> QuestionLine:
    (result,) = ask(line)
    assert isinstance(result, QuestionLine)
    return result


def identifier(line: QuestionLine) -> Identifier:
    assert isinstance(line.asked, tuple)
    return line.asked[0]


def canonical(line: QuestionLine) -> str:
    return identifier(line).canonical


def kind(line: QuestionLine) -> Kind:
    return identifier(line).kind


def test_a_line_comes_with_what_was_written_and_what_is_matched() -> None:
    line = one("phone,300 555 0147,,,,yes")
    assert (line.line, kind(line), line.attested, canonical(line)) == (2, Kind.PHONE, True, "+573005550147")
    assert line.written == "300 555 0147"
    assert "300" not in repr(line)


@pytest.mark.parametrize(
    "header",
    [
        "tipo;valor;país;plataforma;banco;declara_no_protegido",
        "TIPO;VALOR;PAIS;PLATAFORMA;BANCO;DECLARA_NAO_PROTEGIDO",
        "type;valeur;pays;plateforme;banque;atteste_non_protégé",
        "kind;value;country;platform;bank;attests_not_protected",
        '"kind";"value";"country";"platform";"bank";"attests_not_protected"',
    ],
)
def test_headers_may_be_in_any_of_the_four_languages(header: str) -> None:
    (line,) = ask("passport;AX 555 147;ve;;;sí", header=header)
    assert isinstance(line, QuestionLine)
    assert (canonical(line), line.attested) == ("VE:AX555147", True)


@pytest.mark.parametrize("language", list(Language))
def test_a_kind_may_be_its_code_or_its_label_in_any_language(language: Language) -> None:
    label = str(code_lists()["identifier_kind"]["phone"][language.value])
    for word in (label, label.upper(), "phone"):
        assert kind(one(f"{word},300 555 0147,,,,yes")) == Kind.PHONE


def test_no_label_stands_for_two_kinds() -> None:
    entries = code_lists()["identifier_kind"]
    spoken = {(folded(str(entries[kind.value][language.value])), kind) for kind in Kind for language in Language}
    assert len({word for word, _ in spoken}) == len(spoken)


@pytest.mark.parametrize("word", ["telefono", "TELÉFONO", "celular", "téléphone", "Numero de telephone", "phone"])
def test_a_kind_may_be_a_short_name_with_or_without_its_accents(word: str) -> None:
    assert kind(one(f"{word},300 555 0147,,,,yes")) == Kind.PHONE


@pytest.mark.parametrize("word", ["tarjeta", "card", "carte", "TARJETA DE CRÉDITO"])
def test_a_word_that_often_goes_with_one_kind_is_enough_in_the_column_of_kinds(word: str) -> None:
    assert kind(one(f"{word},4111 1111 1111 1111,,,,yes")) == Kind.PAYMENT_CARD


@pytest.mark.parametrize("word", ["placa", "plate", "plaque"])
def test_a_plate_has_short_names_too(word: str) -> None:
    assert kind(one(f"{word},ABC-123,PE,,,yes")) == Kind.VEHICLE_PLATE


def test_a_word_for_several_kinds_lets_the_values_form_decide() -> None:
    assert kind(one("RUC,20512333797,PE,,,yes")) == Kind.TAX_ID_COMPANY
    (problem,) = ask("documento,123456,,,,yes")
    assert isinstance(problem, Problem)
    assert problem.reason == RowReason.AMBIGUOUS_KIND


def test_a_word_brings_its_state_and_its_platform_along() -> None:
    assert canonical(one("CPF,111.444.777-35,,,,yes")) == "BR:11144477735"
    assert canonical(one("instagram,nobody.invented,,,,yes")) == "instagram:nobody.invented"


def test_any_word_for_accounts_takes_what_has_a_kind_of_its_own() -> None:
    assert kind(one("cuenta,2850590940090418135201,AR,,,yes")) == Kind.CBU


def test_a_heading_that_names_a_kind_stands_for_the_values() -> None:
    lines = ask("300 555 0147,yes", "300 555 0158,yes", header="celular,declara_no_protegido")
    assert [canonical(line) for line in lines if isinstance(line, QuestionLine)] == ["+573005550147", "+573005550158"]
    (line,) = ask("CPF;111.444.777-35;yes", header="tipo;celular;declara_no_protegido")
    assert isinstance(line, QuestionLine)
    assert kind(line) == Kind.TAX_ID_PERSON


def test_two_headings_that_name_kinds_go_back() -> None:
    with pytest.raises(CaseFileError, match="unreadable_header"):
        ask("300 555 0147,1020304050,yes", header="celular,cédula,declara_no_protegido")


def test_only_two_columns_are_needed() -> None:
    (line,) = ask("nobody@example.org;yes", header="value;attests_not_protected")
    assert isinstance(line, QuestionLine)
    assert kind(line) == Kind.EMAIL


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("nobody@example.org", Kind.EMAIL),
        ("BR61 9900 0147 0041 7000 5550 147C 1", Kind.IBAN),
        ("111.444.777-35", Kind.TAX_ID_PERSON),
    ],
)
def test_a_value_without_a_kind_is_taken_if_it_can_be_one_thing(value: str, found: Kind) -> None:
    assert kind(one(f",{value},,,,yes")) == found


def test_a_value_that_may_be_several_things_goes_back_with_them() -> None:
    (problem,) = ask(",3005550147,,,,yes")
    assert isinstance(problem, Problem)
    assert (problem.line, problem.column, problem.reason) == (2, "kind", RowReason.AMBIGUOUS_KIND)
    assert {Kind.NATIONAL_ID} < set(problem.kinds)


def test_a_handle_without_its_platform_is_not_certain() -> None:
    (problem,) = ask(",@invented.nobody,,,,yes")
    assert isinstance(problem, Problem)
    assert (problem.reason, problem.kinds) == (RowReason.AMBIGUOUS_KIND, (Kind.SOCIAL_HANDLE,))


def test_an_identifier_of_another_kind_than_named_is_read_as_what_it_is() -> None:
    assert kind(one("pix_key,nobody@example.org,BR,,,yes")) == Kind.EMAIL


@pytest.mark.parametrize(
    ("word", "attested"),
    [("yes", True), ("SÍ", True), ("sim", True), ("oui", True), ("no", False), ("não", False), ("non", False), ("", False)],
)
def test_only_a_clear_yes_attests(word: str, attested: bool) -> None:
    assert one(f"phone,300 555 0147,,,,{word}").attested is attested


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        ("phone,,,,,yes", "value", "missing_value"),
        ("phone,12,,,,yes", "value", "not_normalisable:wrong_length"),
        ("account_other,0011-0555,PE,,,yes", "value", "not_normalisable:needs_bank"),
        ("passport,AX555147,ZZ,,,yes", "value", "not_normalisable:unknown_country"),
        ("witness,300 555 0147,,,,yes", "kind", "unknown_kind"),
        (",???,,,,yes", "kind", "unrecognised"),
        ("phone,300 555 0147,,,,perhaps", "attests_not_protected", "bad_attestation"),
        ("phone,300\x01,,,,yes", "value", "control_characters"),
        ("phone,300 555 0147", None, "ragged_row"),
    ],
)
def test_a_line_that_is_not_clear_goes_back_with_its_reason(line: str, column: str | None, code: str) -> None:
    (problem,) = ask(line)
    assert isinstance(problem, Problem)
    assert (problem.line, problem.column, problem.code, problem.row_imported) == (2, column, code, False)


def test_the_normalisers_reason_is_kept_apart() -> None:
    (problem,) = ask("phone,12,,,,yes")
    assert isinstance(problem, Problem)
    assert problem.detail == Reason.WRONG_LENGTH


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("", "no_header"),
        ("value", "missing_column"),
        ("kind,value", "missing_column"),
        ("kind;value,attests_not_protected", "unreadable_header"),
        ("kind,value,attests_not_protected,remark", "unreadable_header"),
        ("kind,value,valor,attests_not_protected", "duplicate_column"),
        ("kind,value,attests_not_protected,\x01", "unreadable_header"),
    ],
)
def test_headers_are_known_or_the_file_goes_back(header: str, reason: str) -> None:
    with pytest.raises(CaseFileError, match=reason):
        ask("phone,300 555 0147,yes", header=header)


def test_a_list_longer_than_a_question_is_refused_before_its_first_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "QUESTION_LINES", 2)
    line = "phone,300 555 0147,,,,yes"
    assert len(ask(line, line)) == 2
    with pytest.raises(CaseFileError, match="line 4: too_many_rows"):
        ask(line, line, line)
    monkeypatch.setattr(questions, "QUESTION_BYTES", 10)
    with pytest.raises(CaseFileError, match="too_many_bytes"):
        ask(line)


PEOPLE = "given_names,surnames,birth_date,attests_not_protected"


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
    assert canonical(phone) == "+573005550147"
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
    (problem,) = ask(f"{word},Rosa Quispe,,,,yes")
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
