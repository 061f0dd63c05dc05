"""The outbox, from the command line."""

import json
from typing import Any

import pytest

from node.flows.keep_outbox import UnknownJob
from node.inbound.national.models import FOR_PROGRAMS, JobShown, OutboxShown, RefusedRecordShown, Retried
from node.language import say
from protocol.vocabulary import Language
from tests.node.cli import invented
from tests.node.cli.program import Node, Program


def job(number: int, peer: str, **changes: Any) -> JobShown:
    fields: dict[str, Any] = {
        **{"lane": "record", "subject": invented.NETWORK_ID, "version": 1, "state": "waiting", "created": invented.SINCE},
        **{"attempts": 0, "next_try": invented.SINCE, "reason": None},
    }
    return JobShown(id=number, peer=peer, **{**fields, **changes})


def outbox(*jobs: JobShown, total: int | None = None, refused: tuple[RefusedRecordShown, ...] = ()) -> OutboxShown:
    return OutboxShown(jobs=list(jobs), total=len(jobs) if total is None else total, refused=list(refused))


REFUSED = RefusedRecordShown(peer="PE", digest=invented.DIGEST, reason="not_newer", received=invented.SINCE)


def test_what_waits_is_told_by_authority_with_its_state_and_its_reason(celosia: Program, node: Node) -> None:
    node.says(
        "GET /v1/outbox",
        outbox(
            job(7, "PE", state="quarantined", reason="other_kind", attempts=1),
            job(8, "BR", lane="urgent", reason="unreachable", attempts=3),
            job(9, "BR", lane="question", subject=invented.QUESTION_ID, state="leased"),
        ),
    )
    text = celosia("outbox", "--lang", "en").text
    assert text.index("Brazil (BR)") < text.index("8 Withdrawal") < text.index("9 Question") < text.index("Peru (PE)")
    assert "7 Record" in text
    assert "Its kind changed" in text
    assert "Could not connect" in text
    assert "celosia outbox retry" in text


@pytest.mark.parametrize("language", Language)
def test_no_two_columns_have_one_name_and_the_one_that_retry_wants_says_so(
    celosia: Program, node: Node, monkeypatch: pytest.MonkeyPatch, language: Language
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    node.says("GET /v1/outbox", outbox(job(8, "BR", reason="unreachable", attempts=3)))
    text = celosia("outbox", "--lang", language.value).text
    heads = [say(language, f"cli.{each}") for each in ("outbox.job", "outbox.what", "outbox.subject", "state")]
    assert len(set(heads)) == len(heads)
    assert [head for head in heads if "retry" in head] == heads[:1]
    places = [text.index(head) for head in heads]
    assert places == sorted(places)


def test_rows_keep_their_places_whatever_happens_to_the_jobs(celosia: Program, node: Node) -> None:
    aside, other = job(9, "PE", state="quarantined", reason="other_kind", attempts=1), job(9, "PE")
    places = []
    for each in (outbox(aside, job(7, "PE"), job(8, "PE")), outbox(job(8, "PE"), job(7, "PE", state="leased"), other)):
        node.says("GET /v1/outbox", each)
        text = celosia("outbox", "--lang", "en").text
        places.append([text.index(f"{number} Record") for number in (7, 8, 9)])
    assert all(found == sorted(found) for found in places)


def test_an_empty_outbox_says_so(celosia: Program, node: Node) -> None:
    node.says("GET /v1/outbox", outbox())
    assert celosia("outbox").text == say(Language.ES, "cli.outbox.empty")


def test_what_is_not_shown_is_counted(celosia: Program, node: Node) -> None:
    node.says("GET /v1/outbox?peer=PE", outbox(job(1, "PE"), total=9_500))
    assert "Not shown: 9499." in celosia("outbox", "--peer", "pe", "--lang", "en").text


def test_records_that_this_node_put_aside_are_shown_with_what_their_publisher_was_told(
    celosia: Program, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    node.says("GET /v1/outbox", outbox(refused=(REFUSED,)))
    text = celosia("outbox", "--lang", "en").text
    assert "That version or a later one was already held" in text
    assert invented.DIGEST[:16] in text


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (("7",), {"job": 7, "peer": None}),
        (("--peer", "pe"), {"job": None, "peer": "PE"}),
        (("--all",), {"job": None, "peer": None}),
    ],
)
def test_another_try_names_a_job_an_authority_or_everything(
    celosia: Program, node: Node, given: tuple[str, ...], sent: dict[str, Any]
) -> None:
    node.says("POST /v1/outbox/retries", Retried(count=3))
    result = celosia("outbox", "retry", *given, "--lang", "en")
    assert (result.code, result.text) == (0, "Due now: 3")
    assert json.loads(node.received[-1].body) == sent


@pytest.mark.parametrize("given", [(), ("7", "--all"), ("--peer", "PE", "--all"), ("0",), ("x",), ("7", "8")])
def test_another_try_of_nothing_or_of_two_things_is_asked_for_again(celosia: Program, node: Node, given: tuple[str, ...]) -> None:
    assert celosia("outbox", "retry", *given).code == 2
    assert node.received == []


def test_a_job_that_is_done_meanwhile_is_told_so(celosia: Program, node: Node) -> None:
    node.says("POST /v1/outbox/retries", UnknownJob())
    result = celosia("outbox", "retry", "7", "--lang", "en")
    assert result.code == 1
    assert say(Language.EN, "problem.unknown_job.title") in result.text


def test_the_outbox_in_json_comes_as_the_node_gave_it(celosia: Program, node: Node) -> None:
    shown = outbox(job(1, "PE"), refused=(REFUSED,))
    node.says("GET /v1/outbox", shown)
    assert json.loads(celosia("outbox", "--json").out) == shown.model_dump(mode="json", context=FOR_PROGRAMS)
