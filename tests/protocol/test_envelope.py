"""An envelope is one signed form of one message."""

import json

import pytest
from pydantic import ValidationError

from protocol import jws, limits
from protocol.envelope import ENVELOPE_TYPE, Envelope, Head
from protocol.errors import Malformed
from protocol.messages import Body, ManifestsWanted, ManifestWanted, MatchRequest
from protocol.wire import canonical, parse, sha256
from tests.protocol.federation import CO, EPOCH, PE, envelope, list_id, octets, prepared_question, question, signed, signing_key

CONTENT = envelope(question(prepared_question()))


def test_an_envelope_is_read_back_from_its_bytes() -> None:
    raw = canonical(CONTENT)
    assert parse(Envelope[MatchRequest], raw, limit=4096, where="envelope") == CONTENT


def test_on_the_wire_it_has_the_names_of_the_specification() -> None:
    document = json.loads(canonical(CONTENT))
    assert sorted(document) == ["body", "directory", "exp", "from", "heads", "iat", "salt", "to", "type", "v", "x"]
    assert sorted(json.loads(canonical(envelope(ManifestsWanted(), re="0" * 64)))) == sorted([*document, "re"])


def test_the_name_that_our_code_uses_for_the_sender_is_not_one_of_the_wire() -> None:
    with pytest.raises(Malformed):
        parse(Envelope[MatchRequest], canonical(CONTENT).replace(b'"from"', b'"sender"'), limit=4096, where="envelope")


def test_signing_gives_the_bytes_and_the_digest_that_names_them() -> None:
    done = signed(CONTENT)
    assert done.digest == sha256(done.raw)
    assert done.envelope is CONTENT
    form = jws.open_form(done.raw, ENVELOPE_TYPE, limit=4096, where="envelope")
    form.verify({jws.key_id(signing_key(CO).public): signing_key(CO).public}, "envelope")
    assert form.payload == canonical(CONTENT)


def test_an_envelope_of_any_body_still_prints_all_of_it() -> None:
    fields = {name: getattr(CONTENT, name) for name in type(CONTENT).model_fields}
    assert canonical(Envelope[Body](**fields)) == canonical(CONTENT)


def test_an_envelope_cannot_be_labelled_as_another_message() -> None:
    fields = {name: getattr(CONTENT, name) for name in type(CONTENT).model_fields}
    with pytest.raises(ValidationError, match="not its body's"):
        Envelope[MatchRequest](**{**fields, "type": "manifests_wanted"})


def test_heads_say_which_manifests_the_sender_has_seen() -> None:
    head = Head(authority=PE, list=list_id(PE), epoch=EPOCH, position=0, digest="0" * 64)
    wanted = ManifestWanted(authority=PE, list=list_id(PE), epoch=EPOCH, position=0)
    content = envelope(wanted).model_copy(update={"heads": (head,) * limits.HEADS_AN_ENVELOPE})
    assert parse(Envelope[ManifestWanted], canonical(content), limit=1 << 20, where="envelope") == content
    too_many = content.model_copy(update={"heads": (head,) * (limits.HEADS_AN_ENVELOPE + 1)})
    with pytest.raises(Malformed, match="too_long"):
        parse(Envelope[ManifestWanted], canonical(too_many), limit=1 << 20, where="envelope")


def test_the_salt_that_opens_the_log_entry_is_not_shown() -> None:
    assert repr(octets("salt")) not in repr(CONTENT)
