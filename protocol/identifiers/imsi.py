"""Mobile subscriptions. Source: 3GPP TS 23.003 section 2.2; operators as python-stdnum lists them."""

from stdnum import imsi as stdnum_imsi

from protocol.identifiers.characters import compact, doubts_of, require, written
from protocol.identifiers.kinds import Kind
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.values import RawIdentifier, Reading


def read_imsi(raw: RawIdentifier) -> tuple[Reading, ...]:
    """15 digits; an operator that python-stdnum does not list gives not_assigned."""
    number = compact(written(raw.kind, raw.value)).removeprefix("IMSI")
    require(raw.kind, number, r"\d+", 15, 15)
    return (Reading(raw.kind, number, doubts_of(stdnum_imsi.validate, number)),)


RULE = Rule(
    Kind.IMSI,
    1,
    None,
    read_imsi,
    (
        Example("732 101 234567890", "732101234567890"),
        Example("IMSI: 732101234567890", "732101234567890"),
    ),
)
