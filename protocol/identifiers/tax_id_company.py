"""Tax numbers of companies. Canonical form "CO:900123456"."""

from protocol.identifiers.kinds import Kind
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.states import issuing_state
from protocol.identifiers.tax_numbers import tax_numbers
from protocol.identifiers.values import RawIdentifier, Reading


def read_tax_id_company(raw: RawIdentifier) -> tuple[Reading, ...]:
    """State and number. Raises needs_country, unknown_country, conflicting_context, is_other_kind and the errors of form."""
    country, text = issuing_state(raw)
    return tuple(Reading(raw.kind, f"{country}:{number}", doubts) for number, doubts in tax_numbers(raw.kind, country, text))


RULE = Rule(
    Kind.TAX_ID_COMPANY,
    2,
    None,
    read_tax_id_company,
    (
        Example("NIT 900.123.456-8", "CO:900123456", country="CO"),
        Example("30-71234567-1", "AR:30712345671", country="AR"),
        Example("12.ABC.345/01DE-35", "BR:12ABC34501DE35", country="BR"),
    ),
)
