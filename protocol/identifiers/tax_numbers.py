"""Tax numbers, held against the forms of persons and of companies."""

from collections.abc import Mapping, Sequence

from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.kinds import Kind
from protocol.identifiers.national_forms import GENERIC
from protocol.identifiers.number_forms import LENGTH_RULE_ONLY, NumberForm, read_forms
from protocol.identifiers.tax_forms import COMPANY_FORMS, PERSON_FORMS
from protocol.identifiers.values import Doubt

_FORMS: Mapping[Kind, Mapping[str, Sequence[NumberForm]]] = {
    Kind.TAX_ID_PERSON: PERSON_FORMS,
    Kind.TAX_ID_COMPANY: COMPANY_FORMS,
}
_OTHER = {Kind.TAX_ID_PERSON: Kind.TAX_ID_COMPANY, Kind.TAX_ID_COMPANY: Kind.TAX_ID_PERSON}


def tax_numbers(kind: Kind, country: str, text: str) -> list[tuple[str, frozenset[Doubt]]]:
    """(number without its country, doubts) for each form of a tax number issued by `country` that the text may be of.

    Raises is_other_kind when only the other table's forms take the number, and the errors of form.
    """
    try:
        return read_forms(kind, _FORMS[kind].get(country, GENERIC), text)
    except NotNormalisable as mismatch:
        other = _OTHER[kind]
        try:
            _, doubts = read_forms(other, _FORMS[other].get(country, GENERIC), text)[0]
        except NotNormalisable:
            raise mismatch from None
        if doubts - LENGTH_RULE_ONLY:
            raise
        raise NotNormalisable(kind, Reason.IS_OTHER_KIND, other) from None
