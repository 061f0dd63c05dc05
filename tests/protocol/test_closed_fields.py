"""No field of a message or record can carry free text: each text has a pattern or a list, or is named here with its bound."""

from collections.abc import Iterator, Mapping
from typing import Any

from protocol.messages import Body
from protocol.record import ModusOperandi, Network, Route, Withdrawal
from protocol.wire import WireModel

RECORDS: tuple[type[WireModel], ...] = (Network, Route, ModusOperandi, Withdrawal)
OTHERWISE_BOUNDED = {
    **dict.fromkeys(("Route.RouteNode.country", "Route.RouteNode.subdivision"), "a code of ISO 3166"),
    **dict.fromkeys(("RecordDelivery.record", "Records.records", "Manifests.manifests"), "bytes signed, of a closed model"),
    **dict.fromkeys(("KeyRevocation.entry", "KeyRevocation.role"), "bytes that a state's officers signed"),
    **dict.fromkeys(("MatchRequest.case", "MatchRequest.commitment", "MatchRequest.officer"), "a digest, by its length"),
    **dict.fromkeys(("MatchRequest.elements", "MatchAnswer.elements", "MatchAnswer.proof"), "elements and scalars of the group"),
}
"""Texts whose bound is no pattern, with what it is instead."""


def models(of: type[WireModel]) -> Iterator[type[WireModel]]:
    for child in of.__subclasses__():
        yield child
        yield from models(child)


def texts(schema: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every place of a JSON schema where a text may stand, with its bounds."""
    if schema.get("type") == "string":
        yield place, schema
    for name, part in {**schema.get("properties", {}), **schema.get("$defs", {})}.items():
        yield from texts(part, f"{place}.{name}")
    for part in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("prefixItems", ())):
        yield from texts(part, place)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from texts(schema[key], place)


def unbounded(model: type[WireModel]) -> set[str]:
    found = texts(model.model_json_schema())
    return {place for place, schema in found if not {"pattern", "enum", "const", "format", "maxLength"} & set(schema)}


def test_every_text_of_every_message_and_record_is_bounded_or_named_here() -> None:
    found = {f"{model.__name__}{place}" for model in (*RECORDS, *_messages()) for place in unbounded(model)}
    assert found == set(OTHERWISE_BOUNDED)


def test_a_field_for_a_remark_would_be_found() -> None:
    """The weakened copy."""

    class Remarked(WireModel):
        remark: str
        words: tuple[str, ...] = ()

    assert unbounded(Remarked) == {".remark", ".words"}


def _messages() -> list[type[WireModel]]:
    return [each for each in models(Body) if each.__module__ == Body.__module__]
