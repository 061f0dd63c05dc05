"""An officer's list for a question: what is clear is taken, what is not goes back with the line."""

import pytest

from node.case_files import CaseFileError, Problem, QuestionLine, RowReason, questions, read_questions
from node.case_files.mapping import folded
from protocol.identifiers import Identifier, Kind, Reason
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
