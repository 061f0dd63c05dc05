"""What officers' programs send and get: times are one thing, in the API as POSIX seconds and in the program's JSON as text."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from node.inbound.national import models
from node.inbound.national.models import FOR_PROGRAMS, Moment, rfc3339

MOMENT = TypeAdapter(Moment)
LAST = 253_402_300_799
TIMES = {
    "since",
    "next_try",
    "created",
    "expires",
    "received",
    "directory_expires",
    "withdrawn",
    "last_success",
    "last_failure",
    "issued",
    "valid_until",
    "standing",
}


@given(st.integers(0, LAST))
def test_a_time_is_the_same_in_both_forms(seconds: int) -> None:
    assert MOMENT.dump_json(seconds) == str(seconds).encode()
    text = MOMENT.dump_python(seconds, mode="json", context=FOR_PROGRAMS)
    assert text == rfc3339(seconds)
    assert datetime.fromisoformat(text).timestamp() == seconds


@pytest.mark.parametrize("seconds", [-1, LAST + 1, 10**30])
def test_a_time_that_no_calendar_has_is_no_time(seconds: int) -> None:
    with pytest.raises(ValidationError):
        MOMENT.validate_python(seconds)


def test_every_time_of_an_answer_is_one() -> None:
    ours = [each for each in vars(models).values() if isinstance(each, type) and each.__module__ == models.__name__]
    shown = [each for each in ours if issubclass(each, BaseModel)]
    schemas = [each.model_json_schema(mode="serialization").get("properties", {}) for each in shown]
    fields = [(name, schema) for properties in schemas for name, schema in properties.items()]
    assert {name for name, schema in fields if is_time(schema)} == TIMES
    assert all(is_time(schema) for name, schema in fields if name in TIMES)


def is_time(schema: Mapping[str, Any]) -> bool:
    return any(each.get("exclusiveMaximum") == LAST + 1 for each in (schema, *schema.get("anyOf", ())))
