"""Proofs of an exchange: one form, and never none."""

import pytest

from protocol.errors import Malformed
from protocol.limits import ENTRIES_AN_EXCHANGE
from protocol.log_proofs import ExchangeProofs, ProvenEntry
from protocol.wire import canonical, parse

ONE = ProvenEntry(entry=b"{}", proof=b"c2sp.org/tlog-proof@v1\n")


def test_it_reads_back_as_it_was_written() -> None:
    proofs = ExchangeProofs(entries=(ONE, ONE))
    assert parse(ExchangeProofs, canonical(proofs), limit=1000, where="log") == proofs


@pytest.mark.parametrize("count", [0, ENTRIES_AN_EXCHANGE + 1])
def test_none_and_too_many_are_malformed(count: int) -> None:
    raw = canonical(ExchangeProofs(entries=(ONE,)))
    one = canonical(ONE)
    with pytest.raises(Malformed):
        parse(ExchangeProofs, raw.replace(one, b",".join([one] * count)), limit=10_000, where="log")
