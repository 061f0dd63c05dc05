"""What officers send of erasures and legal holds: forms that are refused."""

import pytest
from pydantic import ValidationError

from node.inbound.national.erasure_models import ErasureDecision, ErasureProposal, LegalHoldRequest


@pytest.mark.parametrize("subject", ["", "0a1b2c3", "0A1B2C3D", "../../../x", "0" * 33])
def test_a_subject_is_digits(subject: str) -> None:
    with pytest.raises(ValidationError):
        ErasureProposal(subject=subject)
    with pytest.raises(ValidationError):
        LegalHoldRequest(subject=subject, reference="JUZGADO-INVENTADO")


def test_an_order_has_a_reference_and_a_decision_is_one_of_two() -> None:
    assert LegalHoldRequest(subject=None, reference="JUZGADO-INVENTADO").subject is None
    for reference in ("", "x" * 121):
        with pytest.raises(ValidationError):
            LegalHoldRequest(subject=None, reference=reference)
    with pytest.raises(ValidationError):
        ErasureDecision.model_validate({"decision": "forget"})
