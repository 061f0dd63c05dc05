"""Holds with a rate of their own, and reviews that fall where a test says."""

from collections.abc import Mapping

import pytest

from node.keys import Keys
from node.safeguards import reviews
from node.safeguards.holds import Holding
from node.safeguards.reviews import Review, beside, draw
from tests.node.conftest import phone
from tests.node.safeguards.lines import RATE, Draw


@pytest.fixture
def holding(keys: Keys) -> Holding:
    return Holding(keys, RATE)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Draw:
    """Which numbers fall to a random review."""

    def fall(numbers: Mapping[str, Review]) -> None:
        chosen = {phone(number).oprf_input(): review for number, review in numbers.items()}
        monkeypatch.setattr(
            reviews, "draw", lambda _, inputs, *__: next((chosen[each] for each in inputs if each in chosen), None)
        )

    return fall


@pytest.fixture
def drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The draw as it is: other stories hold nothing by chance."""
    monkeypatch.setattr(reviews, "draw", draw)


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is held beside another is drawn as it is: other stories hold nothing by chance."""
    monkeypatch.setattr(reviews, "beside", beside)
