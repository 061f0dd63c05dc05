"""Hits: which line is known where, to which network it belongs, and whom to call."""

from pathlib import Path

import pytest

from protocol.names import Agreement, Verdict
from tests.node.cli import invented
from tests.node.cli.program import Node, Program

QUESTION = f"GET /v1/questions/{invented.QUESTION_ID}"


@pytest.fixture
def asked(node: Node) -> Node:
    """A question that Peru has answered, and Peru's one route."""
    node.says(QUESTION, invented.question(invented.progress("PE", "answered")))
    node.says("GET /v1/records?authority=PE&kind=route", [invented.record(invented.ROUTE)])
    return node


def hits(celosia: Program, node: Node, *found: object) -> str:
    """What an English reader sees."""
    node.says(f"{QUESTION}/hits", list(found))
    result = celosia("hits", invented.QUESTION_ID, "--lang", "en")
    assert result.code == 0
    return result.text


def test_no_hit_is_said_and_not_left_blank(celosia: Program, asked: Node) -> None:
    text = hits(celosia, asked)
    assert "No hits. All authorities that were asked have answered." in text
    assert "so far" not in text


@pytest.mark.parametrize(
    ("peers", "done", "words"),
    [
        ([("PE", "answered", None), ("BR", "waiting", "unreachable")], False, "No hits so far."),
        ([("PE", "answered", None), ("BR", "refused", "refused_law")], True, "No hits in what was answered."),
        ([("PE", "answered", None), ("BR", "expired", "no_answer_in_time")], True, "No hits in what was answered."),
        ([("PE", "answered", "some_lines_not_compared")], True, "No hits in what was answered."),
    ],
)
def test_while_an_answer_is_missing_no_hit_is_not_said_of_all(
    celosia: Program, node: Node, peers: list[tuple[str, str, str | None]], done: bool, words: str
) -> None:
    shown = [invented.progress(peer, state, reason=reason) for peer, state, reason in peers]
    node.says(QUESTION, invented.question(*shown, done=done))
    text = hits(celosia, node)
    assert words in text
    assert "All authorities" not in text


def test_lines_of_one_record_share_its_number_and_the_record_is_shown_once(celosia: Program, asked: Node) -> None:
    text = hits(celosia, asked, invented.hit(2), invented.hit(5, "vehicle_plate", "ABC-123"))
    assert "Hits: 2. Lines known to another authority: 2." in text
    assert text.count("[1]") == 3  # two lines and the heading
    assert text.count("+5115550100") == 1


def test_a_network_is_shown_with_purposes_places_and_the_contact_point(celosia: Program, asked: Node) -> None:
    text = hits(celosia, asked, invented.hit(2))
    for words in (
        "Criminal network",
        "Purpose of exploitation: Exploitation of the prostitution of others",
        "Nariño, Colombia (Origin) → Brazil (Destination, Bus, Official point, genuine documents, BRMAO)",
        "Contact: +5115550100 · enlace@example.org · Spanish, Portuguese",
    ):
        assert words in text


def test_a_hit_whose_record_has_not_arrived_is_shown_all_the_same(celosia: Program, asked: Node) -> None:
    asked.says("GET /v1/records?authority=PE&kind=route", [])
    text = hits(celosia, asked, invented.hit(2, record=None, contact=None))
    assert "The record has not arrived at this node yet." in text
    assert "No contact point in the directory" in text


def test_a_hit_whose_record_was_withdrawn_says_so_with_the_day_and_shows_nothing_of_it(celosia: Program, asked: Node) -> None:
    text = hits(celosia, asked, invented.hit(2, record=invented.WITHDRAWAL, withdrawn=invented.SINCE))
    assert "Withdrawn on 2026-11-18: do not use." in text
    assert "[1] withdrawn 2026-11-18" in text
    assert "Last seen" not in text
    assert "Purpose of exploitation" not in text
    assert "has not arrived" not in text
    assert "Contact: +5115550100" in text


def test_whatever_the_peer_took_back_and_why_it_reads_the_same(celosia: Program, asked: Node) -> None:
    """An entry that left the list, for protection or for any other cause, and a whole record that was withdrawn."""
    entry = hits(celosia, asked, invented.hit(2, withdrawn=invented.SINCE))
    record = hits(celosia, asked, invented.hit(2, withdrawn=invented.SINCE, record=invented.WITHDRAWAL))
    assert entry == record
    assert "since you asked, the other authority has taken back or changed" in " ".join(entry.split())


def test_a_record_of_which_one_entry_was_taken_back_is_shown_for_the_other(celosia: Program, asked: Node) -> None:
    gone = invented.hit(2, withdrawn=invented.SINCE, subject="99999999")
    text = hits(celosia, asked, invented.hit(2), gone)
    assert text.count("withdrawn 2026-11-18") == 1
    assert "Purpose of exploitation" in text
    assert "do not use." not in text
    assert "Last seen in that authority’s list (of later nothing is known): 2026-11-18" in text


def test_several_people_of_one_record_are_each_told_with_their_code_and_reasons(celosia: Program, asked: Node) -> None:
    sure = invented.hit(3, "name_dob", "Inventada, Nadie", verdict="strong", agreements=["same_birth_date"])
    other = invented.hit(3, "name_dob", "Inventada, Nadie", verdict="candidate", agreements=["other_day"], subject="99999999")
    text = " ".join(hits(celosia, asked, sure, other).split())
    first, second = (
        "Line 3, [1], subject 0a1b2c3d: strong match: ",
        "Line 3, [1], subject 99999999: possible match, to be checked: ",
    )
    assert 0 < text.index(first) < text.index(second)


def test_routes_of_other_networks_are_left_out(celosia: Program, asked: Node) -> None:
    other = {**invented.ROUTE, "links": [{"relation": "same_as", "authority": "PE", "record": invented.NETWORK_ID}]}
    asked.says("GET /v1/records?authority=PE&kind=route", [invented.record(other)])
    assert "Nariño" not in hits(celosia, asked, invented.hit(2))


def test_what_the_case_file_holds_cannot_steer_the_terminal(celosia: Program, asked: Node, tmp_path: Path) -> None:
    text = hits(celosia, asked, invented.hit(2, written="+57\x1b[2J300"))
    assert "\x1b" not in text
    assert "+57\N{REPLACEMENT CHARACTER}[2J300" in text


def test_of_a_person_it_is_said_how_sure_that_is_and_why(celosia: Program, asked: Node) -> None:
    agreements = ["same_given_name", "same_first_surname", "other_second_surname", "day_and_month_exchanged"]
    person = invented.hit(3, "name_dob", "Inventada, Nadie", verdict="strong", agreements=agreements)
    text = hits(celosia, asked, invented.hit(2), person)
    assert (
        "Line 3, [1], subject 0a1b2c3d: strong match: same given name by sound; same first surname by sound; second surname"
        " differs or is missing in the other authority’s register; day and month of birth exchanged."
    ) in " ".join(text.split())
    assert "People: how sure each hit is" in text
    assert "Two people can share a name and a birth date, and relatives and twins share most of both." in " ".join(text.split())


def test_without_people_nothing_is_said_of_them(celosia: Program, asked: Node) -> None:
    assert "People: how sure each hit is" not in hits(celosia, asked, invented.hit(2))


@pytest.mark.parametrize("language", ["es", "en", "pt", "fr"])
def test_every_verdict_and_every_reason_has_words(celosia: Program, asked: Node, language: str) -> None:
    told = [
        invented.hit(line, "name_dob", "Inventada, Nadie", verdict=verdict, agreements=[each.value for each in Agreement])
        for line, verdict in enumerate((Verdict.STRONG, Verdict.CANDIDATE), 2)
    ]
    asked.says(f"{QUESTION}/hits", told)
    result = celosia("hits", invented.QUESTION_ID, "--lang", language)
    assert result.code == 0
    assert not [code for code in (*Agreement, *Verdict) if "_" in code and code.value in result.text]
