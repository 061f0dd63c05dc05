"""Why something long broke off: a code for each cause, and none says what was in it."""

import pytest

from node.flows.broken_off import INTERNAL, NODE_STOPPED, why
from node.marking import RegisterFault, RegisterUnusable
from node.store.errors import StoreUnavailable, StoreUnusable, Unusable


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RegisterUnusable(RegisterFault.SILENT), "silent"),
        (StoreUnavailable("locked"), "store_unavailable"),
        (StoreUnusable(Unusable.GONE), "store_unavailable"),
        (ValueError("Fulana Inventada"), INTERNAL),
        (KeyboardInterrupt(), NODE_STOPPED),
    ],
)
def test_every_cause_has_its_code(error: BaseException, code: str) -> None:
    assert why(error) == code
