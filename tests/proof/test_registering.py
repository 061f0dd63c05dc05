"""Whoever is registered, in whatever way, is protected by all that they bear; and each of these is found if it leaves."""

import hashlib
import json
from datetime import date
from pathlib import Path

import pytest

from node.case_files.protected_people import read_protected
from node.case_files.register_feed import Feed, read_feed
from tests.proof.beginning import Template
from tests.proof.cast import CAST, Somebody
from tests.proof.drawn import seeded
from tests.proof.inprocess import CO
from tests.proof.needles import Canary, Secrets
from tests.proof.play import Play, line_about
from tests.proof.registering import WAYS_IN, file_of, typed
from tests.proof.search import Search

CANARIES = [canary for who in CAST for canary in who.canaries()]
SEARCH = Search(dict.fromkeys(CANARIES, 0), Secrets(frozenset(), [], [], []))
NOISE = seeded(3)(500)
TODAY = date(2026, 10, 1)


@pytest.mark.parametrize(("who", "by"), list(zip(CAST, WAYS_IN, strict=False)), ids=WAYS_IN)
def test_whoever_is_registered_is_held_by_all_that_they_bear(tmp_path: Path, template: Template, who: Somebody, by: str) -> None:
    federation = template.begin(tmp_path)
    try:
        play = Play(federation)
        play.register(CO, who, 1, by)
        asked = [line_about(who, 0, each) for each in range(2 + len(who.others))]
        play.ask(CO, asked)
        held = play.call(CO, "protection-1", "GET", "/v1/holds").json()
        assert [each["cause"] for each in held] == ["protected"] * len(asked)
        assert play.finds() == []
    finally:
        federation.close()


@pytest.mark.parametrize("way", range(5))
@pytest.mark.parametrize("who", CAST, ids=lambda who: who.role)
def test_every_writing_is_read_as_what_is_searched_for(who: Somebody, way: int) -> None:
    number, _, *others = who.canaries()
    searched = {each for canary in (number, *others) for each in canary.inputs}
    feed = Feed.model_validate_json(json.dumps({"authority": "CO", "sequence": 1, "entries": [typed(who, way)]}))
    for read in (read_protected(file_of(who, way), "PE", TODAY), read_feed(feed, TODAY)):
        each_row = list(read)
        rows = [row for _, row, _ in each_row if row is not None]
        assert [told for _, _, told in each_row if told] == []
        assert {each.oprf_input() for row in rows for each in row.identifiers} == searched
        assert [row.person is not None for row in rows] == [True, *[False] * (len(rows) - 1)]


@pytest.mark.parametrize("canary", CANARIES, ids=lambda canary: canary.name)
def test_each_identifier_of_the_cast_is_found_as_written_and_as_computed(canary: Canary) -> None:
    plants = [*(text.encode() for text in canary.texts), *(hashlib.sha256(each).digest() for each in canary.inputs)]
    for plant in (*plants, *(hashlib.sha256(each.encode()).digest() for each in canary.whole)):
        assert canary.name in {name for name, _ in SEARCH.look(NOISE + b" " + plant + b" " + NOISE)}


def test_no_identifier_of_the_cast_is_found_for_another() -> None:
    for canary in CANARIES:
        for text in (*canary.texts, *canary.whole):
            assert {name for name, _ in SEARCH.look(text.encode())} == {canary.name}
