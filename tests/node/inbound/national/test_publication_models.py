"""The models of publishing name every state and reason that the code has, and no other."""

from typing import get_args

from node.inbound.national.publication_models import LeftOutShown, PublicationState
from node.language import catalogue
from protocol.vocabulary import Language


def test_every_state_of_a_publication_and_every_reason_to_say_less_has_words() -> None:
    texts = catalogue(Language.ES)
    assert all(f"cli.publication.{state}" in texts for state in get_args(PublicationState))
    assert all(f"left_out.{reason}" in texts for reason in get_args(LeftOutShown.model_fields["reason"].annotation))


def test_a_time_is_one_in_what_is_left_out() -> None:
    schema = LeftOutShown.model_json_schema(mode="serialization")["properties"]["until"]
    assert any("exclusiveMaximum" in each for each in schema["anyOf"])
