"""Hits: which line is known where, to which network it belongs, and whom to call."""

from pathlib import Path

import pytest

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
    assert "No hits in what was answered so far." in hits(celosia, asked)


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
    assert "[1] withdrawn" in text
    assert "Purpose of exploitation" not in text
    assert "has not arrived" not in text
    assert "Contact: +5115550100" in text


def test_routes_of_other_networks_are_left_out(celosia: Program, asked: Node) -> None:
    other = {**invented.ROUTE, "links": [{"relation": "same_as", "authority": "PE", "record": invented.NETWORK_ID}]}
    asked.says("GET /v1/records?authority=PE&kind=route", [invented.record(other)])
    assert "Nariño" not in hits(celosia, asked, invented.hit(2))


def test_what_the_case_file_holds_cannot_steer_the_terminal(celosia: Program, asked: Node, tmp_path: Path) -> None:
    text = hits(celosia, asked, invented.hit(2, written="+57\x1b[2J300"))
    assert "\x1b" not in text
    assert "+57\N{REPLACEMENT CHARACTER}[2J300" in text
