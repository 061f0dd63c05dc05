"""What two halves open, held against request, log and case: every lie about a question is found, and named."""

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from crypto.derivation import length_prefixed
from crypto.sealing import SealingKey
from node.cli import opened
from node.cli.evidence import read_exhibit
from node.cli.opened import Exhibit, Judged, NotEnteredYet, OtherExhibit
from node.flows.opening_terms import Breach
from node.inbound.national.opening_models import AskedLineShown, EnteredShown, MaterialShown
from protocol.envelope import SignedEnvelope
from protocol.journal import Act, commitment, envelope_payload, paired_entry
from protocol.matching import OpeningRefused, Openings, Prepared, answer, blinded_elements, dummy_input, prepare
from protocol.messages import Body, MatchRequest
from protocol.sealed_openings import HandedOn, hand_on, read_sealed, seal_openings
from protocol.wire import canonical
from tests.node.holders import DEPUTY, FIRST, PUBLIC, SECOND
from tests.protocol.bundles import BEFORE, ROOT_DIGEST, SALT, Exchange, X
from tests.protocol.federation import BR, CO, NOW, PE, envelope, question, seeded, server_key, signed

INPUTS = [length_prefixed(b"phone", b"phone-1", f"+57300555{number:04}".encode()) for number in range(3)]
PREPARED = prepare(INPUTS, seeded("judged"))
LINES = [AskedLineShown(line=2 + at, written=f"tel {at}", inputs=[value.hex()]) for at, value in enumerate(INPUTS)]
HOLDERS = (*PUBLIC, DEPUTY.public)


def material(
    request: MatchRequest | None = None,
    openings: Openings | None = None,
    *,
    first: SealingKey = FIRST,
    lines: list[AskedLineShown] | None = LINES,
    logged: MatchRequest | None = None,
    sent: SignedEnvelope[MatchRequest] | None = None,
) -> MaterialShown:
    """What a node hands out of a question: honest, but for what is given."""
    sent = sent or signed(envelope(request or question(PREPARED)))
    entered = signed(envelope(logged)) if logged is not None else sent
    x, salt = sent.envelope.x, sent.envelope.salt
    sealed = seal_openings(openings or PREPARED.openings, x, HOLDERS, seeded("sealed"))
    c = commitment(salt, envelope_payload(entered.digest))
    entry = paired_entry(Act.QUESTION_ASKED, x=x, seq=1, peer=PE, t=NOW, c=c)
    return MaterialShown(
        exchange=x,
        request=sent.raw.decode(),
        sealed=sealed.decode(),
        handed=canonical(HandedOn(boxes=hand_on(read_sealed(sealed).boxes, first))).decode(),
        entered=EnteredShown(log="celosia/CO/log/0f0f0f0f", position=4, entry=entry.to_bytes().decode(), salt=salt.hex()),
        lines=lines,
    )


class Asked(Exchange):
    """The question that is opened here, and its answer, as both logs have them."""

    def envelopes(self) -> tuple[SignedEnvelope[Body], ...]:
        asked = self.asked()
        reply = answer(blinded_elements(asked.envelope.body), server_key(PE), seeded("the answer"))
        return asked, self.envelope(reply, PE, CO, self.iat + 5, asked.digest)

    def asked(self, prepared: Prepared = PREPARED) -> SignedEnvelope[MatchRequest]:
        of_the_exchange = {"x": X, "salt": SALT, "directory": self.ref(BEFORE)}
        return signed(envelope(question(prepared)).model_copy(update=of_the_exchange))


@cache
def asked_bundle() -> bytes:
    return Asked().evidence().to_bytes()


def judge(given: MaterialShown, holder: SealingKey, since: int = 3600, exhibit: Exhibit | None = None) -> Judged:
    """As an officer's program finds it so many seconds after the question was asked."""
    return opened.judge(given, holder, NOW + since, exhibit)


def breaches(judged: Judged) -> list[tuple[Breach, int | None]]:
    return [(each.breach, each.position) for each in judged.outcome.breaches]


def at(values: tuple[bytes, ...], position: int, value: bytes) -> tuple[bytes, ...]:
    return (*values[:position], value, *values[position + 1 :])


@pytest.mark.parametrize(("first", "second"), [(FIRST, SECOND), (SECOND, FIRST), (FIRST, DEPUTY)])
def test_an_honest_question_opens_to_the_lines_of_its_case(first: SealingKey, second: SealingKey) -> None:
    judged = judge(material(first=first), second)
    assert (judged.outcome.identifiers, judged.outcome.dummies, breaches(judged)) == (3, 13, [])
    told = {position: [line.written for line in lines] for position, lines in judged.written.items()}
    assert told == {position: [f"tel {line}"] for line, position in enumerate(PREPARED.order)}


def test_the_same_half_twice_or_another_question_s_half_opens_nothing() -> None:
    with pytest.raises(OpeningRefused):
        judge(material(), FIRST)
    other = material(openings=prepare(INPUTS, seeded("other")).openings).handed
    swapped = seal_openings(PREPARED.openings, "5c" * 16, HOLDERS, seeded("another sealing"))
    handed = canonical(HandedOn(boxes=hand_on(read_sealed(swapped).boxes, FIRST))).decode()
    assert handed != other
    with pytest.raises(OpeningRefused):
        judge(material().model_copy(update={"handed": handed}), SECOND)


def test_openings_that_were_altered_or_moved_are_a_breach() -> None:
    honest = material()
    judged = judge(honest.model_copy(update={"exchange": "5c" * 16}), SECOND)
    assert (breaches(judged), judged.checked) == ([(Breach.BODY, None)], None)


def test_another_question_s_openings_are_a_breach() -> None:
    judged = judge(material(openings=prepare(INPUTS, seeded("another")).openings), SECOND)
    assert (breaches(judged), judged.question) == ([(Breach.OTHER_OPENINGS, None)], None)


def test_openings_without_a_position_are_a_breach() -> None:
    shorter = PREPARED.openings.model_copy(update={"values": PREPARED.openings.values[:-1]})
    assert breaches(judge(material(openings=shorter), SECOND)) == [(Breach.OTHER_OPENINGS, None)]


def test_a_position_that_was_not_what_was_sent_is_named() -> None:
    position = PREPARED.order[1]
    values = at(PREPARED.openings.values, position, dummy_input(PREPARED.openings.seed, position))
    lied = PREPARED.openings.model_copy(update={"values": values})
    request = question(PREPARED).model_copy(update={"commitment": lied.root()})
    assert breaches(judge(material(request, lied), SECOND)) == [(Breach.OTHER_ELEMENT, position)]


def test_what_is_neither_identifier_nor_dummy_is_named() -> None:
    prepared = prepare([b"invented"], seeded("odd"))
    judged = judge(material(question(prepared), prepared.openings), SECOND)
    assert breaches(judged) == [(Breach.NO_INPUT, prepared.order[0])]


def test_an_identifier_that_is_not_of_the_case_is_named_unless_the_case_was_erased() -> None:
    assert breaches(judge(material(lines=LINES[:2]), SECOND)) == [(Breach.NOT_OF_THE_CASE, PREPARED.order[2])]
    judged = judge(material(lines=None), SECOND)
    assert (breaches(judged), judged.compared) == ([], False)


def test_a_log_that_committed_to_another_request_is_named() -> None:
    other = question(prepare(INPUTS, seeded("logged")))
    assert breaches(judge(material(logged=other), SECOND)) == [(Breach.OTHER_REQUEST, None)]
    honest = material()
    assert honest.entered is not None
    for change in ({"salt": "00" * 32}, {"salt": "no"}, {"entry": "{}"}):
        altered = honest.model_copy(update={"entered": honest.entered.model_copy(update=change)})
        assert breaches(judge(altered, SECOND)) == [(Breach.OTHER_REQUEST, None)]


@pytest.mark.parametrize("request_", [None, question(prepare(INPUTS, seeded("made afresh")))])
def test_a_question_that_the_log_does_not_have_is_a_breach_once_it_had_time_to_take_it(request_: MatchRequest | None) -> None:
    missing = material(request_).model_copy(update={"entered": None})
    assert Breach.NOT_ENTERED in [breach for breach, _ in breaches(judge(missing, SECOND))]
    with pytest.raises(NotEnteredYet):
        judge(missing, SECOND, since=3599)


def test_a_question_that_a_node_made_afresh_is_named_by_a_bundle() -> None:
    """Request, entry, salt and boxes all fit each other: whoever has the node and its keys can make them at any time."""
    _, exhibit = read_exhibit(asked_bundle(), ROOT_DIGEST)
    assert exhibit is not None
    innocent = prepare(INPUTS[:1], seeded("what was not asked"))
    afresh = material(sent=Asked().asked(innocent), openings=innocent.openings)
    assert breaches(judge(afresh, SECOND)) == [], "by itself it looks as if it had been asked"
    assert breaches(judge(afresh, SECOND, exhibit=exhibit)) == [(Breach.OTHER_REQUEST, None)]
    honest = material(sent=Asked().asked())
    assert breaches(judge(honest, SECOND, exhibit=exhibit)) == []
    # what the bundle proves needs no word of the node
    assert breaches(judge(honest.model_copy(update={"entered": None}), SECOND, since=0, exhibit=exhibit)) == []


@pytest.mark.parametrize("change", [{"exchange": "5c" * 16}, {"asker": PE}, {"holder": BR}])
def test_a_bundle_of_another_exchange_says_nothing_of_the_question(change: dict[str, Any]) -> None:
    _, exhibit = read_exhibit(asked_bundle(), ROOT_DIGEST)
    assert exhibit is not None
    with pytest.raises(OtherExhibit):
        judge(material(sent=Asked().asked()), SECOND, exhibit=replace(exhibit, **change))
