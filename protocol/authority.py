"""The national authorities: one node for each member state of the OAS, named by the state's ISO 3166-1 alpha-2 code."""

from typing import Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

MEMBER_STATES = frozenset(
    {
        "AG", "AR", "BB", "BO", "BR", "BS", "BZ", "CA", "CL", "CO", "CR", "CU",
        "DM", "DO", "EC", "GD", "GT", "GY", "HN", "HT", "JM", "KN", "LC", "MX",
        "NI", "PA", "PE", "PY", "SR", "SV", "TT", "US", "UY", "VC", "VE",
    }
)  # fmt: skip
"""The 35 states that ratified the Charter. Whether one takes part is for the directory to say."""


class Authority(str):
    """`Authority("CO")`: a member state's authority. Anything else raises `ValueError`."""

    __slots__ = ()

    def __new__(cls, code: str) -> Self:
        """`code` as an authority."""
        if code not in MEMBER_STATES:
            raise ValueError("not the ISO 3166-1 alpha-2 code of a member state of the OAS")
        return super().__new__(cls, code)

    @classmethod
    def _from_wire(cls, code: str) -> Self:
        try:
            return cls(code)
        except ValueError:
            raise PydanticCustomError("unknown_authority", "not a member state of the OAS") from None

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """What documents say of it: one of these codes, and no other two letters."""
        return {"type": "string", "enum": sorted(MEMBER_STATES)}

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            cls._from_wire,
            core_schema.str_schema(strict=True, pattern=r"^[A-Z]{2}$"),
            serialization=core_schema.to_string_ser_schema(),
        )
