"""Hostile bytes from a member, over real TLS: refused with a code, on record, and the next sound message is answered."""

import json
import os
from collections.abc import Callable
from typing import Any

import pytest
import rfc8785

from protocol import jws, limits
from protocol.envelope import ENVELOPE_TYPE
from protocol.journal import Act
from protocol.messages import ManifestsWanted
from protocol.wire import to_base64url
from tests.federation.running import BR, CO, PE, Federation
from tests.federation.speaking import Speaker, asking, envelope_of, newest_manifest

pytestmark = pytest.mark.federation

Made = Callable[[Federation, Speaker], bytes]


def sound(federation: Federation, speaker: Speaker) -> bytes:
    """A question that every check passes: what is hostile below differs from it in one thing."""
    return speaker.envelope(PE, asking(newest_manifest(federation[PE]))).raw


def signed(speaker: Speaker, payload: bytes) -> bytes:
    return jws.sign(payload, ENVELOPE_TYPE, speaker.keys.signing)


def changed(**changes: Any) -> Made:
    """The sound question with other members, signed again."""

    def make(federation: Federation, speaker: Speaker) -> bytes:
        return signed(speaker, rfc8785.dumps(envelope_of(sound(federation, speaker)) | changes))

    return make


def body(**changes: Any) -> Made:
    """The sound question with other members of its body, signed again."""

    def make(federation: Federation, speaker: Speaker) -> bytes:
        content = envelope_of(sound(federation, speaker))
        return signed(speaker, rfc8785.dumps(content | {"body": content["body"] | changes}))

    return make


def payload(edit: Callable[[bytes], bytes]) -> Made:
    """The sound question's payload with other bytes, signed again."""

    def make(federation: Federation, speaker: Speaker) -> bytes:
        return signed(speaker, edit(rfc8785.dumps(envelope_of(sound(federation, speaker)))))

    return make


def raw(edit: Callable[[bytes], bytes]) -> Made:
    """The sound question with other bytes outside of its signature."""
    return lambda federation, speaker: edit(sound(federation, speaker))


def element(last: bytes) -> Made:
    """Fifteen elements of the group, and one that is none."""

    def make(federation: Federation, speaker: Speaker) -> bytes:
        elements = asking(newest_manifest(federation[PE])).elements[:-32] + last
        return body(elements=to_base64url(elements))(federation, speaker)

    return make


def now(federation: Federation, speaker: Speaker, shift: int) -> bytes:
    at = federation.clock() + shift
    return speaker.envelope(PE, ManifestsWanted(), iat=at, exp=at + 600).raw


def payload_of(federation: Federation) -> bytes:
    return rfc8785.dumps(envelope_of(sound(federation, Speaker(federation, BR))))


def with_signature_of_another(federation: Federation, speaker: Speaker) -> bytes:
    one, another = (json.loads(sound(federation, speaker)) for _ in range(2))
    return rfc8785.dumps(one | {"signature": another["signature"]})


NEGATIVE = (2**255 - 19 - 1).to_bytes(32, "little")
"""p - 1: a field element, canonical, and negative: RFC 9496 section 4.3.1 refuses it."""
TOO_LARGE = (2**255 - 19).to_bytes(32, "little")
"""p itself, a second way to write zero."""

HOSTILE: dict[str, tuple[Made, int, str]] = {
    "malformed": (lambda _f, _s: b"not even JSON", 400, "malformed"),
    "truncated": (raw(lambda whole: whole[:-1]), 400, "malformed"),
    "empty": (lambda _f, _s: b"", 400, "malformed"),
    "deeply nested": (lambda _f, _s: b"[" * 500_000, 400, "malformed"),
    "deeply nested and signed": (payload(lambda whole: b'{"body":' * 20_000 + b"0" + b"}" * 20_000), 400, "malformed"),
    "unknown field": (changed(remark=1), 400, "malformed"),
    "unknown field of the body": (body(remark="a name"), 400, "malformed"),
    "unknown type": (changed(type="invented"), 400, "malformed"),
    "wrong type": (changed(iat="1"), 400, "malformed"),
    "wrong type of the body": (body(attested="true"), 400, "malformed"),
    "duplicate key": (payload(lambda whole: whole.replace(b'"to":', b'"to":"PE","to":')), 400, "malformed"),
    "other order": (payload(lambda whole: json.dumps(dict(reversed(json.loads(whole).items()))).encode()), 400, "malformed"),
    "late": (lambda federation, speaker: now(federation, speaker, -700), 400, "not_fresh"),
    "early": (lambda federation, speaker: now(federation, speaker, 120), 400, "not_fresh"),
    "wrong addressee": (changed(to="CO"), 403, "wrong_addressee"),
    "wrong signer": (lambda federation, _: signed(Speaker(federation, CO), payload_of(federation)), 403, "signature_refused"),
    "signature of another message": (
        with_signature_of_another,
        403,
        "signature_refused",
    ),
    "sender not in the directory": (changed(**{"from": "UY"}), 403, "unknown_sender"),
    "certificate not of the sender": (changed(**{"from": "CO"}), 403, "not_the_sender"),
    "non-canonical point": (element(TOO_LARGE), 400, "malformed"),
    "negative point": (element(NEGATIVE), 400, "malformed"),
    "identity element": (element(bytes(32)), 400, "malformed"),
    "random bytes for a point": (element(b"\xff" * 32), 400, "malformed"),
    "batch over the limit": (body(elements=to_base64url(os.urandom(32 * 2 * limits.BATCH_LARGEST))), 400, "malformed"),
    "batch that is no power of two": (body(elements=to_base64url(os.urandom(32 * 17))), 400, "malformed"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_are_refused_on_record_and_the_next_sound_message_is_answered(federation: Federation, name: str) -> None:
    make, status, code = HOSTILE[name]
    speaker, holder = Speaker(federation, BR), federation[PE]
    before = holder.count(Act.POLICY_REFUSAL)
    answer = speaker.answer(PE, make(federation, speaker))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "a name" not in answer.text
    assert holder.count(Act.POLICY_REFUSAL) == before + 1
    assert holder.payloads(Act.POLICY_REFUSAL)[-1]["cause"] == code
    assert speaker.post(PE, sound(federation, speaker)).types == ["match_receipt", "match_answer"]


def test_an_oversized_message_is_not_even_read_to_its_end(federation: Federation) -> None:
    speaker, holder = Speaker(federation, BR), federation[PE]
    before = holder.count(Act.POLICY_REFUSAL)
    answer = speaker.answer(PE, b"x" * (limits.ENVELOPE_BYTES + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert holder.count(Act.POLICY_REFUSAL) == before
    assert speaker.post(PE, sound(federation, speaker)).types == ["match_receipt", "match_answer"]
