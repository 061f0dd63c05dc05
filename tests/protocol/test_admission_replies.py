"""A reply belongs to one request: the one that it cites, from whom it was asked."""

import pytest

from protocol import admission
from protocol.admission import Admitted, admit_reply
from protocol.authority import Authority
from protocol.envelope import Envelope, SignedEnvelope
from protocol.errors import Malformed, NotTheReply, NotTheSender, ProtocolError
from protocol.messages import ANSWERS, REPLIES, Body, ManifestsWanted, MatchReceipt, MatchRefusal, RecordDelivery
from protocol.vocabulary import MatchOutcome
from tests.protocol.federation import BR, CO, PE, border, envelope, prepared_question, question, signed

REQUEST: SignedEnvelope[Body] = signed(envelope(question(prepared_question())))
DECLINED = MatchRefusal(outcome=MatchOutcome("declined"))
RECEIPT = MatchReceipt(size=16)


def reply(body: Body = RECEIPT, to: SignedEnvelope[Body] = REQUEST, sender: Authority = PE) -> Envelope[Body]:
    base: Envelope[Body] = envelope(body, sender=sender, to=CO, re=to.digest)
    return base.model_copy(update={"x": to.envelope.x, "salt": to.envelope.salt})


def admit(content: Envelope[Body], request: SignedEnvelope[Body] = REQUEST) -> Admitted[Body]:
    return admit_reply(signed(content).raw, border(me=CO, connection=content.sender), request)


def test_a_receipt_for_another_number_of_elements_is_not_the_reply() -> None:
    with pytest.raises(NotTheReply) as caught:
        admit(reply(MatchReceipt(size=32)))
    assert (caught.value.where, caught.value.facts) == ("body.size", {"size": 32})


def test_the_reply_that_was_made_for_the_request_is_admitted() -> None:
    assert admit(reply()).body == RECEIPT
    assert admit(reply(DECLINED)).body == DECLINED


def without_the_binding(content: Envelope[Body], request: SignedEnvelope[Body]) -> Admitted[Body]:
    """The weakened copy: everything that `admit_reply` checks, except that the reply belongs to the request."""
    admitted = admission._open(signed(content).raw, border(me=CO, connection=content.sender), REPLIES)
    if not isinstance(admitted.body, ANSWERS[type(request.envelope.body)]):
        raise NotTheReply("envelope.type")
    return admitted


def test_yesterdays_refusal_does_not_answer_todays_question_and_would_without_the_binding() -> None:
    today: SignedEnvelope[Body] = signed(envelope(question(prepared_question()), x="exchange 2", salt="salt 2"))
    yesterdays = reply(DECLINED)
    assert without_the_binding(yesterdays, today).body == DECLINED
    with pytest.raises(NotTheReply):
        admit(yesterdays, today)


def test_another_member_cannot_answer_in_the_addressees_place_and_could_without_the_binding() -> None:
    intruder = reply(DECLINED, sender=BR)
    assert without_the_binding(intruder, REQUEST).body == DECLINED
    with pytest.raises(NotTheReply):
        admit(intruder)


@pytest.mark.parametrize("change", [{"re": "0" * 64}, {"re": None}, {"x": "0" * 32}, {"salt": bytes(32)}])
def test_a_reply_that_cites_anything_else_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(NotTheReply) as caught:
        admit(reply().model_copy(update=change))
    assert caught.value.where == "envelope.re"


@pytest.mark.parametrize("asked", [ManifestsWanted(), RecordDelivery(record=b"")])
def test_a_reply_of_a_type_that_does_not_answer_the_request_is_refused(asked: Body) -> None:
    request: SignedEnvelope[Body] = signed(envelope(asked))
    with pytest.raises(NotTheReply) as caught:
        admit(reply(to=request), request)
    assert caught.value.facts == {"type": "match_receipt"}


def test_a_request_is_no_reply() -> None:
    with pytest.raises(Malformed, match="not_expected_here"):
        admit(reply(ManifestsWanted()))


def test_a_reply_passes_the_checks_of_every_envelope_first() -> None:
    stolen = signed(reply().model_copy(update={"re": "0" * 64})).raw
    with pytest.raises(NotTheSender):
        admit_reply(stolen, border(me=CO, connection=BR), REQUEST)
    with pytest.raises(ProtocolError):
        admit_reply(b"", border(me=CO, connection=PE), REQUEST)
