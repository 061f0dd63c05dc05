"""The vocabulary file, read once, and the type that all codes share."""

import json
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, ClassVar, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from protocol.errors import UnknownCode


class Language(StrEnum):
    """The four languages of the OAS. Spanish is the default."""

    ES = "es"
    EN = "en"
    PT = "pt"
    FR = "fr"


@cache
def code_lists() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """All lists: list name -> code -> entry (labels, `maps`, and the flags that the list defines)."""
    document = json.loads(files(__package__).joinpath("vocabulary.json").read_text("utf-8"))
    return MappingProxyType(
        {
            name: MappingProxyType({entry["code"]: MappingProxyType(entry) for entry in body["codes"]})
            for name, body in document["lists"].items()
        }
    )


class Code(str):
    """A code of one list. `Act("recruitment")` holds; `Act("invented")` raises `UnknownCode`."""

    __slots__ = ()
    list_name: ClassVar[str]

    def __new__(cls, code: str) -> Self:
        """`code` as a value of this list."""
        if code not in code_lists()[cls.list_name]:
            raise UnknownCode(cls.list_name)
        return super().__new__(cls, code)

    @property
    def entry(self) -> Mapping[str, Any]:
        """The vocabulary's entry of this code."""
        return code_lists()[self.list_name][self]

    def label(self, language: Language) -> str:
        """How the code is shown to a person."""
        return str(self.entry[language.value])

    @property
    def publishable(self) -> bool:
        """False for the codes that are for national use only (`publish: false`)."""
        return bool(self.entry.get("publish", True))

    @classmethod
    def all(cls) -> tuple[Self, ...]:
        """Every code of the list, in the vocabulary's order."""
        return tuple(cls(code) for code in code_lists()[cls.list_name])

    @classmethod
    def _from_wire(cls, code: str) -> Self:
        try:
            return cls(code)
        except UnknownCode:
            raise PydanticCustomError("unknown_code", "not a code of this list") from None

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            cls._from_wire,
            core_schema.str_schema(strict=True),
            serialization=core_schema.to_string_ser_schema(),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "enum": list(code_lists()[cls.list_name])}


def entropy_class_of(identifier_kind: str) -> str:
    """How guessable values of this kind are (`low`, `medium`, `high`, …), for the arithmetic that is shown to officers."""
    entry = code_lists()["identifier_kind"].get(identifier_kind)
    if entry is None:
        raise UnknownCode("identifier_kind")
    return str(entry["entropy"])
