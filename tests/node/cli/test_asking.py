"""Asking from the command line: each peer's answer as it arrives, and what an officer gets to know while waiting."""

import json
from pathlib import Path

import openpyxl
import pytest

from node.cli import asking
from node.inbound.national.models import FOR_PROGRAMS, DoubtfulShown, NotComparedShown
from node.language import say
from protocol.vocabulary import Language
from tests.node.cli import invented
from tests.node.cli.invented import progress, question
from tests.node.cli.program import Node, Program

ASK = ["--purpose", "investigate_network", "--basis", "untoc_police", "--offence", "tip", "--case", "CASO-INVENTADO", "--attest"]
ASKED = {"id": invented.QUESTION_ID, "reference": invented.REFERENCE}
QUESTION = f"GET /v1/questions/{invented.QUESTION_ID}"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr(asking, "_POLL_SECONDS", 0)


@pytest.fixture
def case_file(tmp_path: Path) -> str:
    path = tmp_path / "case.csv"
    path.write_text("kind,value,attests_not_protected\nphone,+57 300 555 0147,yes\n", "utf-8-sig")
    return str(path)


@pytest.fixture
def taken(node: Node) -> Node:
    """A node that takes the question in."""
    node.says("POST /v1/questions", ASKED)
    node.says(f"{QUESTION}/hits", [])
    return node


def test_the_question_carries_its_reasons_and_the_officers_word(celosia: Program, taken: Node, case_file: str) -> None:
    celosia("ask", case_file, *ASK, "--to", "pe,br", "--urgency", "urgent_8h", "--no-wait")
    body = json.loads(taken.received[0].body)
    assert body.pop("case_file").startswith("kind,value")  # without the byte order mark
    assert body == {
        "purpose": "investigate_network",
        "basis": "untoc_police",
        "offence": "tip",
        "urgency": "urgent_8h",
        "case": "CASO-INVENTADO",
        "peers": ["PE", "BR"],
        "attested": True,
    }


def test_without_the_officers_word_the_question_says_so(celosia: Program, taken: Node, case_file: str) -> None:
    celosia("ask", case_file, *ASK[:-1], "--no-wait")
    assert json.loads(taken.received[0].body)["attested"] is False


def test_without_waiting_the_program_says_how_to_look(celosia: Program, taken: Node, case_file: str) -> None:
    result = celosia("ask", case_file, *ASK, "--no-wait")
    assert result.code == 0
    assert f"celosia hits {invented.REFERENCE}" in result.out
    assert json.loads(celosia("ask", case_file, *ASK, "--no-wait", "--json").out) == ASKED


def test_each_step_of_each_peer_is_told_once(celosia: Program, taken: Node, case_file: str) -> None:
    taken.says(
        QUESTION,
        question(progress("PE", "waiting"), progress("BR", "waiting"), done=False),
        question(progress("PE", "received"), progress("BR", "waiting", attempts=1), done=False),
        question(progress("PE", "received"), progress("BR", "waiting", attempts=2), done=False),
        question(progress("PE", "answered", hits=2), progress("BR", "refused", reason="refused_law"), hits=2),
    )
    result = celosia("ask", case_file, *ASK, "--lang", "en")
    assert result.code == 0
    assert [line.split("  ")[1] for line in result.err.splitlines()] == [
        "Peru (PE): Waiting. Hits: 0",
        "Brazil (BR): Waiting. Hits: 0",
        "Peru (PE): Signed for the question. Hits: 0",
        "Peru (PE): Has answered. Hits: 2",
        "Brazil (BR): Will not answer: Refused under national law. Hits: 0",
    ]


def test_a_peer_that_is_down_does_not_keep_the_officer_waiting_for_a_day(celosia: Program, taken: Node, case_file: str) -> None:
    down = progress("BR", "waiting", attempts=3, reason="unreachable")
    taken.says(QUESTION, question(progress("PE", "answered"), down, done=False))
    result = celosia("ask", case_file, *ASK, "--lang", "en")
    assert result.code == 0
    assert "Brazil (BR): Waiting: Could not connect" in result.err
    assert "The node goes on trying until" in result.out


def test_control_c_says_that_the_question_goes_on(
    celosia: Program, taken: Node, case_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("node.cli.asking.time.sleep", interrupted)
    taken.says(QUESTION, question(progress("PE", "asked"), done=False))
    result = celosia("ask", case_file, *ASK)
    assert result.code == 130
    assert say(Language.ES, "cli.ask.interrupted", reference=invented.REFERENCE).splitlines()[0] in result.err


def test_with_json_the_last_state_comes_and_nothing_else(celosia: Program, taken: Node, case_file: str) -> None:
    taken.says(QUESTION, question(progress("PE", "asked"), done=False), question(progress("PE", "answered")))
    result = celosia("ask", case_file, *ASK, "--json")
    assert (json.loads(result.out), result.err.strip()) == (
        question(progress("PE", "answered")).model_dump(mode="json", context=FOR_PROGRAMS),
        "",
    )


def test_a_second_list_of_a_peer_is_no_step_back(celosia: Program, taken: Node, case_file: str) -> None:
    first, second = invented.listed(), invented.listed("2" * 32)
    taken.says(
        QUESTION,
        question(progress("PE", "asked", lists=[first], lists_known=2), done=False),
        question(progress("PE", "received", lists=[first], lists_known=2), done=False),
        question(progress("PE", "asked", lists=[first, second], lists_known=2), done=False),
        question(progress("PE", "answered", lists=[first, second], lists_known=2)),
    )
    result = celosia("ask", case_file, *ASK, "--lang", "en")
    assert [line.split("  ")[1] for line in result.err.splitlines()] == [
        "Peru (PE): Asked (list 1 of 2). Hits: 0",
        "Peru (PE): Signed for the question (list 1 of 2). Hits: 0",
        "Peru (PE): Asked (list 2 of 2). Hits: 0",
        "Peru (PE): Has answered. Hits: 0",
    ]


@pytest.mark.parametrize(("case", "words"), [("", "--case is missing"), ("x" * 201, "--case is too long. At most: 200.")])
def test_a_reference_that_is_none_is_refused_in_words(
    celosia: Program, node: Node, case_file: str, case: str, words: str
) -> None:
    result = celosia("ask", case_file, *ASK, "--case", case, "--lang", "en")
    assert (result.code, result.out) == (2, "")
    assert words in result.text
    assert node.received == []


def test_a_case_file_that_is_too_long_is_refused_by_its_name(celosia: Program, node: Node, tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("x" * ((4 << 20) + 1))
    result = celosia("ask", str(path), *ASK, "--lang", "en", COLUMNS="400")
    assert (result.code, node.received) == (2, [])
    assert "long.csv is too long. At most: 4194304." in result.text


def test_the_clock_of_what_is_owed_after_a_match_is_nobodys_to_ask_under(celosia: Program, node: Node, case_file: str) -> None:
    result = celosia("ask", case_file, *ASK, "--urgency", "core_48h", "--lang", "en")
    assert (result.code, node.received) == (2, [])
    assert "urgent_8h" in result.text


def test_a_wrong_code_is_answered_with_the_codes_that_can_be_used(celosia: Program, node: Node, case_file: str) -> None:
    result = celosia("ask", case_file, *ASK[:1], "curiosity", *ASK[2:], "--lang", "en")
    assert result.code == 2
    assert "investigate_network: Investigate a network" in result.text
    assert "immigration_enforcement" not in result.text
    assert "missing_person" not in result.text
    assert node.received == []


def test_a_forbidden_purpose_goes_to_the_node_to_be_refused_and_counted(celosia: Program, taken: Node, case_file: str) -> None:
    celosia("ask", case_file, *ASK[:1], "immigration_enforcement", *ASK[2:], "--no-wait")
    assert json.loads(taken.received[0].body)["purpose"] == "immigration_enforcement"


@pytest.mark.parametrize("content", [b"", b" \n", b"kind,value\nphone,\x81\n"])
def test_a_file_that_cannot_be_a_case_file_is_not_sent(celosia: Program, node: Node, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "case.csv"
    path.write_bytes(content)
    for name in (str(path), str(tmp_path / "missing.csv")):
        assert celosia("ask", name, *ASK).code == 2
    assert node.received == []


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_case_file_of_another_encoding_is_read_and_what_was_assumed_is_told(
    celosia: Program, taken: Node, tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "case.csv"
    path.write_bytes("tipo;valor;declara_no_protegido\r\nteléfono;+57 300 555 0147;sí\r\n".encode(encoding))
    result = celosia("ask", str(path), *ASK, "--no-wait", "--lang", "es")
    assert json.loads(taken.received[0].body)["case_file"] == "tipo;valor;declara_no_protegido\nteléfono;+57 300 555 0147;sí"
    assert "Codificación supuesta" in " ".join(result.err.split())
    assert "555" not in result.err


def test_a_list_that_was_saved_as_a_workbook_is_asked(celosia: Program, taken: Node, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (["tipo", "valor", "declara no protegido"], ["teléfono", "+57 300 555 0147", "sí"]):
        sheet.append(row)
    book.save(tmp_path / "lista.xlsx")
    assert celosia("ask", str(tmp_path / "lista.xlsx"), *ASK, "--no-wait").code == 0
    sent = json.loads(taken.received[0].body)["case_file"]
    assert sent == "tipo\tvalor\tdeclara no protegido\nteléfono\t+57 300 555 0147\tsí\n"


def test_a_workbook_that_is_none_is_refused_by_its_name(celosia: Program, node: Node, tmp_path: Path) -> None:
    (tmp_path / "lista.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    result = celosia("ask", str(tmp_path / "lista.xlsx"), *ASK, "--lang", "en")
    assert (result.code, node.received) == (1, [])
    assert "lista.xlsx" in result.text


def test_the_officers_questions_are_listed(celosia: Program, node: Node) -> None:
    node.says("GET /v1/questions", [question(hits=2), question(progress("PE", "asked"), done=False)])
    text = celosia("hits", "--lang", "en").text
    assert text.count(f"celosia hits {invented.REFERENCE}") == 2
    assert "Investigate a network Done. Lines: 3. Hits: 2." in text
    assert "Done" in text
    assert "Under way" in text


def test_the_list_of_questions_fits_into_eighty_columns(celosia: Program, node: Node) -> None:
    node.says("GET /v1/questions", [question(hits=2)])
    for language in Language:
        lines = celosia("hits", "--lang", language.value, COLUMNS="80").out.splitlines()
        assert (len(lines), max(map(len, lines)) <= 80) == (3, True)


def test_an_officer_without_questions_is_told_so(celosia: Program, node: Node) -> None:
    node.says("GET /v1/questions", [])
    assert celosia("hits").text == say(Language.ES, "cli.ask.no_questions")


def test_a_question_is_shown_with_its_peers_and_its_hits(celosia: Program, node: Node) -> None:
    skipped = [NotComparedShown(kind="iban", why="other_version", lines="2-4, 7")]
    answered = progress("PE", "answered", hits=1, lists=[invented.listed()], not_compared=skipped)
    node.says(QUESTION, question(answered, hits=1))
    node.says(f"{QUESTION}/hits", [invented.hit(2)])
    node.says("GET /v1/records?authority=PE&kind=route", [invented.record(invented.ROUTE)])
    result = celosia("hits", invented.QUESTION_ID, "--lang", "en")
    assert result.code == 0
    assert "Has answered" in result.text
    for word in ("IBAN: not compared in lines 2-4, 7", "+57 300 555 0147", "+5115550100"):
        assert word in result.text


def test_hits_in_json_come_as_the_node_gave_them(celosia: Program, node: Node) -> None:
    node.says(f"{QUESTION}/hits", [invented.hit(2)])
    assert json.loads(celosia("hits", invented.QUESTION_ID, "--json").out) == [
        invented.hit(2).model_dump(mode="json", context=FOR_PROGRAMS)
    ]


def test_two_questions_of_one_minute_are_told_apart_by_case_and_reference(celosia: Program, node: Node) -> None:
    other = question(case="OTRO-INVENTADO").model_copy(update={"id": "9" * 32, "reference": "9" * 8})
    node.says("GET /v1/questions", [question(), other])
    text = celosia("hits", "--lang", "en").text
    for words in (f"{invented.REFERENCE} · CASO-INVENTADO · ", "99999999 · OTRO-INVENTADO · ", "celosia hits 99999999"):
        assert words in text


def test_the_questions_of_one_case_are_chosen_without_its_reference_in_the_address(celosia: Program, node: Node) -> None:
    node.says("GET /v1/questions", [question(), question(case="OTRO-INVENTADO")])
    text = celosia("hits", "--case", "OTRO-INVENTADO", "--lang", "en").text
    assert ("OTRO-INVENTADO" in text, "CASO-INVENTADO" in text) == (True, False)
    chosen = json.loads(celosia("hits", "--case", "OTRO-INVENTADO", "--json").out)
    assert [each["case"] for each in chosen] == ["OTRO-INVENTADO"]
    none = celosia("hits", "--case", "NINGUNO", "--lang", "en")
    assert (none.code, "You have asked nothing under that case reference." in none.text) == (0, True)
    assert json.loads(celosia("hits", "--case", "NINGUNO", "--json").out) == []
    assert {request.path for request in node.received} == {"/v1/questions"}


def test_a_question_is_named_by_its_reference_as_by_its_number(celosia: Program, node: Node) -> None:
    node.says(f"GET /v1/questions/{invented.REFERENCE}", question(progress("PE", "answered")))
    node.says(f"GET /v1/questions/{invented.REFERENCE}/hits", [])
    result = celosia("hits", f" {invented.REFERENCE.upper()} ", "--lang", "en")
    assert (result.code, f"{invented.REFERENCE} · CASO-INVENTADO · " in result.text) == (0, True)


@pytest.mark.parametrize("given", [["cccc"], ["c" * 31], ["c" * 8, "--case", "CASO-INVENTADO"]])
def test_what_names_no_question_or_two_things_at_once_is_refused_in_words(celosia: Program, node: Node, given: list[str]) -> None:
    result = celosia("hits", *given, "--lang", "en")
    assert (result.code, node.received) == (2, [])
    assert "reference" in result.text


def test_the_case_file_that_was_asked_is_named_with_its_hits(celosia: Program, taken: Node, case_file: str) -> None:
    taken.says(QUESTION, question(progress("PE", "answered")))
    assert f"{invented.REFERENCE} · CASO-INVENTADO · " in celosia("ask", case_file, *ASK, "--lang", "en").text


def test_lines_that_may_be_slips_of_the_pen_are_named_when_asked_and_whenever_hits_are_read(
    celosia: Program, taken: Node, case_file: str
) -> None:
    doubtful = (DoubtfulShown(doubt="check_digit_failed", lines="2-3, 7"),)
    taken.says(QUESTION, question(progress("PE", "answered"), doubtful=doubtful))
    for argv in (["ask", case_file, *ASK], ["hits", invented.QUESTION_ID]):
        told = celosia(*argv, "--lang", "en").text
        assert "Compare with the source, lines 2-3, 7: The check digit does not fit" in told


def test_lines_that_are_held_are_named_when_asked_and_whenever_hits_are_read_and_no_hit_is_not_said_of_them(
    celosia: Program, taken: Node, case_file: str
) -> None:
    taken.says(QUESTION, question(progress("PE", "answered"), held="2-3, 7"))
    for argv in (["ask", case_file, *ASK], ["hits", invented.QUESTION_ID]):
        told = celosia(*argv, "--lang", "en").text
        assert "Held for review, lines 2-3, 7: nobody was asked about them" in told
        assert "No hits among the lines that were asked." in told


def test_lines_that_were_released_too_late_are_named_and_no_hit_is_not_said_of_them(celosia: Program, taken: Node) -> None:
    taken.says(QUESTION, question(progress("PE", "answered"), not_asked="2-3"))
    told = celosia("hits", invented.QUESTION_ID, "--lang", "en").text
    assert "only after the question had ended, lines 2-3: nobody was asked" in told
    assert "No hits. All authorities" not in told
