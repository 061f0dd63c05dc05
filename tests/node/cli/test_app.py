"""How a call ends: its exit code, and words instead of a traceback."""

import json
from dataclasses import replace

import pytest

from node.case_files.errors import FileDamaged, HeaderRefused
from node.case_files.problems import Problem
from node.case_files.reasons import FileReason, RowReason
from node.cli import peers
from node.flows.draft_publication import PublishingError
from node.inbound.problems import LinesNotReadable
from node.language import say
from node.officers import NotAuthenticated, Role, RoleMissing
from node.safeguards.errors import NotNecessary, OverBudget
from protocol.errors import NotFresh
from protocol.identifiers import Kind
from protocol.identifiers.errors import Reason
from protocol.names import PersonReason
from protocol.vocabulary import Language
from tests.node.cli import invented
from tests.node.cli.program import TOKEN, Node, Program


def test_a_call_that_succeeds_ends_with_zero(celosia: Program, node: Node) -> None:
    node.says("GET /v1/me", invented.ME)
    result = celosia("whoami")
    assert (result.code, result.err) == (0, "")
    assert "inventada" in result.out


@pytest.mark.parametrize("language", Language)
def test_a_refusal_says_what_happened_and_what_to_do_in_the_officers_language(
    celosia: Program, node: Node, language: Language
) -> None:
    node.says("GET /v1/me", NotAuthenticated())
    result = celosia("whoami", "--lang", language.value)
    assert result.code == 1
    assert result.out == ""
    assert say(language, "problem.not_authenticated.title") in result.text
    assert say(language, "problem.not_authenticated.next") in result.text


def test_with_json_the_problem_document_comes_unchanged_on_standard_error(celosia: Program, node: Node) -> None:
    node.says("GET /v1/me", RoleMissing(Role.ADMINISTRATOR))
    result = celosia("--json", "whoami")
    assert (result.code, result.out) == (1, "")
    document = json.loads(result.err)
    assert document["code"] == "role_missing"
    assert document["facts"] == {"role": "administrator"}


@pytest.mark.parametrize("language", Language)
def test_where_several_roles_would_do_all_of_them_are_named(celosia: Program, node: Node, language: Language) -> None:
    node.says("GET /v1/alerts", RoleMissing(Role.LIAISON, {Role.PROTECTION, Role.ADMINISTRATOR}))
    roles = ", ".join(say(language, f"cli.role.{role}") for role in ("liaison", "protection", "administrator"))
    assert say(language, "cli.one_role_needed", role=roles) in celosia("alerts", "list", "--lang", language.value).text


def test_with_json_the_answer_comes_unchanged_on_standard_output(celosia: Program, node: Node) -> None:
    node.says("GET /v1/me", invented.ME)
    assert json.loads(celosia("whoami", "--json").out) == invented.ME.model_dump()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RoleMissing(Role.ANALYST), "Role needed: Analyst"),
        (NotNecessary("line_not_attested", line=7), "these lines: 7."),
        (NotNecessary("looks_like_enumeration", kind="phone", run=8), "even steps (8 or more)"),
        (
            OverBudget("peer_day", peer="PE", left=3, needed=40, refills=1_795_046_400),
            "Peru (PE). Left: 3. Needed: 40. It is whole again on 2026-11-19 00:00 UTC.",
        ),
        (NotFresh("envelope.iat", difference_seconds=400), "For your administrator: envelope.iat"),
        (NotNecessary("line_not_attested", line=3, lines="3-9, 12"), "these lines: 3-9, 12."),
        (PublishingError("decision_pending"), "Another analyst has to approve or refuse it."),
        (FileDamaged(FileReason.UNBALANCED_QUOTES, file="casos.csv", line=12), "file casos.csv, line 12"),
        (ValueError("an invented secret"), "The node had a fault"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_a_refusal_tells_where_and_why(celosia: Program, node: Node, error: Exception, words: str) -> None:
    node.says("GET /v1/me", error)
    result = celosia("whoami", "--lang", "en")
    assert result.code == 1
    assert words in result.text
    assert "an invented secret" not in result.text


def test_lines_that_cannot_be_read_are_told_one_by_one(celosia: Program, node: Node) -> None:
    lines = [
        Problem(
            *("case_file", 3, "value", RowReason.NOT_NORMALISABLE),
            row_imported=False,
            detail=Reason.NEEDS_AREA_CODE,
            heading="Celular",
            place=28,
        ),
        Problem("case_file", 4, "surnames", RowReason.MISSING_VALUE, row_imported=False, place=3),
        Problem("case_file", 5, "birth_date", RowReason.NOT_COMPARABLE, row_imported=False, detail=PersonReason.NEEDS_BIRTH_DATE),
        Problem("case_file", 9, None, RowReason.RAGGED_ROW, row_imported=False),
    ]
    node.says("GET /v1/me", LinesNotReadable(lines))
    result = celosia("whoami", "--lang", "en")
    assert 'line 3, column AB ("Celular"): The area code is missing.' in result.text
    assert "line 4, column C: The value is missing" in result.text
    assert "line 5, column birth date: Too many people bear this name." in result.text
    assert "line 9: The row has another number of columns" in result.text


def test_lines_in_which_the_same_is_wrong_are_told_once(celosia: Program, node: Node) -> None:
    whole = Problem("case_file", 2, "whole_name", RowReason.WHOLE_NAME, row_imported=False, heading="Nombre completo", place=1)
    lines = [replace(whole, line=number) for number in (2, 3, 4, 9)]
    node.says("GET /v1/me", LinesNotReadable([*lines, replace(whole, line=5, reason=RowReason.RAGGED_ROW, column=None)]))
    text = celosia("whoami", "--lang", "en").text
    assert text.count("Where given names end") == 1
    assert 'lines 2-4, 9, column A ("Nombre completo"): Where given names end' in text
    assert "line 5: The row has another number" in text


def test_a_spanish_officer_reads_of_columns_in_spanish(celosia: Program, node: Node) -> None:
    born = Problem("case_file", 3, "birth_date", RowReason.NOT_COMPARABLE, row_imported=False, detail=PersonReason.TWO_DIGIT_YEAR)
    lines = [
        replace(born, heading="F. de nacimiento", place=3),
        Problem("case_file", 4, "kind", RowReason.AMBIGUOUS_KIND, row_imported=False, kinds=(Kind.PHONE,)),
    ]
    node.says("GET /v1/me", LinesNotReadable(lines))
    text = celosia("whoami", "--lang", "es").text
    assert "línea 3, columna C («F. de nacimiento»): El año de nacimiento tiene solo dos cifras" in text
    assert "línea 4, columna tipo: El dato puede ser de varias clases." in text
    assert "birth_date" not in text
    assert "kind" not in text


def test_a_heading_that_is_missing_or_unknown_is_told_in_the_officers_language(celosia: Program, node: Node) -> None:
    node.says("GET /v1/me", HeaderRefused(FileReason.MISSING_COLUMN, file="case_file", line=1, column="attests_not_protected"))
    assert "archivo del caso, línea 1, columna declara no protegido: Falta una columna." in celosia("whoami", "--lang", "es").text
    node.says("GET /v1/me", HeaderRefused(FileReason.UNREADABLE_HEADER, file="case_file", line=1, place=4))
    assert "línea 1, columna D: No se reconocen los encabezados." in celosia("whoami", "--lang", "es").text
    node.says("GET /v1/me", HeaderRefused(FileReason.MISSING_COLUMN, file="casos.csv", line=1, column="birth_date"))
    assert "columna birth_date:" in celosia("whoami", "--lang", "es").text


def test_a_value_that_may_be_several_things_comes_back_with_their_names(celosia: Program, node: Node) -> None:
    kinds = (Kind.NATIONAL_ID, Kind.PHONE)
    node.says(
        "GET /v1/me",
        LinesNotReadable([Problem("case_file", 3, "kind", RowReason.AMBIGUOUS_KIND, row_imported=False, kinds=kinds)]),
    )
    text = celosia("whoami", "--lang", "en").text
    assert "It may be: National identity number (national_id), Phone number (phone)." in text
    assert text.count("line 3") == 1


@pytest.mark.parametrize("reason", [FileReason.MISSING_COLUMN, FileReason.UNREADABLE_HEADER])
def test_a_case_file_with_other_headers_is_answered_with_those_that_are_read(
    celosia: Program, node: Node, reason: FileReason
) -> None:
    node.says("GET /v1/me", HeaderRefused(reason, file="case_file", line=1, column="value"))
    text = celosia("whoami", "--lang", "en").text
    assert "your case file, line 1, column value:" in text
    assert "value, or given_names and surnames of people; attests_not_protected" in text
    assert "mapping names" not in text


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["publsh"], '"publsh"'),
        (["publish", "aprove", "x"], "celosia publish --help"),
        (["whoami", "--colour"], "--colour"),
        (["whoami", "--url"], "--url"),
        (["ask"], "CASE_FILE.csv"),
        (["ask", "x.csv", "--purpose"], "--purpose"),
        (["ask", "x.csv", "--purpose", "investigate_network"], "--basis"),
        (["hits", "one", "two"], "too many words"),
        (["init", "PE", "--peer-port", "many"], "--peer-port"),
        (["peers", "deny", "XX"], "one member state, like PE"),
        (["records", "--from", "XX"], "PE,BR"),
        (["hits", "../peers"], "8 digits"),
        (["records", "show", "../me"], "32 digits"),
        (["publish", "approve", "x"], "32 digits"),
        (["publish", "propose", ""], "Network is missing"),
        (["publish", "propose", "x" * 201], "At most: 200."),
        (["publish", "list", "--state", "maybe"], "withdrawn: Withdrawn"),
        (["codes", "nothing"], "legal_basis"),
        (["whoami", "--url", "http://node.example"], "https://"),
        (["whoami", "--token-file", "/dev/null"], "CELOSIA_TOKEN"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else "",
)
def test_a_wrong_call_is_explained_in_the_officers_language(celosia: Program, argv: list[str], words: str) -> None:
    result = celosia(*argv, CELOSIA_LANG="en")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(say(Language.EN, "usage.title"))
    assert words in result.text
    in_spanish = celosia(*argv)
    assert in_spanish.err.startswith(say(Language.ES, "usage.title"))


def test_a_token_that_is_none_is_not_repeated(celosia: Program) -> None:
    result = celosia("whoami", CELOSIA_TOKEN="not a token")
    assert result.code == 2
    assert "not a token" not in result.text


def test_a_wrong_call_in_json_is_a_document_too(celosia: Program) -> None:
    assert json.loads(celosia("whoami", "--colour", "--json").err)["code"] == "usage"
    assert json.loads(celosia("--json", "--lang", "xx").err)["code"] == "usage"


def test_control_c_ends_cleanly(celosia: Program, node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    node.says("GET /v1/me", invented.ME)
    monkeypatch.setattr(peers, "_show_me", interrupted)
    assert celosia("whoami").code == 130


def test_the_token_stands_in_nothing_that_is_printed(celosia: Program, node: Node) -> None:
    for answer in (invented.ME, NotAuthenticated(), ValueError(TOKEN)):
        node.says("GET /v1/me", answer)
        for argv in (["whoami"], ["whoami", "--json"]):
            result = celosia(*argv)
            assert TOKEN not in result.out + result.err
    assert all(request.headers["authorization"] == f"Bearer {TOKEN}" for request in node.received)
