"""What holds for all tests: no sockets but where the network is the point, and two lengths of property tests."""

import gc
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from node.safeguards import reviews
from tests.new_stores import at_once
from tests.postgres_server import postgresql, postgresql_template  # noqa: F401  fixtures for all

# What stands beside the tests asserts, too, and says what it saw
pytest.register_assert_rewrite("tests.faults", "tests.federation", "tests.node")

settings.register_profile("fast", max_examples=60, deadline=None)
settings.register_profile("deep", max_examples=3000, deadline=None)
settings.load_profile("fast")

_TESTS = Path(__file__).parent
_NETWORK = (
    *("federation", "faults", "deploy"),
    *(
        "node/tls",
        "node/directory",
        "node/doctor",
        "node/cli",
        "node/inbound",
        "node/outbound",
        "node/store/test_place.py",
        "node/telemetry",
        "node/test_app.py",
        "outside/test_directory.py",
        "proof/test_over_tls.py",
    ),
)
"""Servers of these listen on loopback. Everything else runs with sockets off."""
_LONGEST_FIRST = {folder: place for place, folder in enumerate(("proof", "faults", "federation", "node"))}
"""Files of long tests begin first: at the end all workers have something short to do, and none is waited for."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests of the network use it, and the long ones begin."""
    items.sort(key=lambda item: _LONGEST_FIRST.get(item.path.relative_to(_TESTS).parts[0], len(_LONGEST_FIRST)))
    for item in items:
        place = item.path.relative_to(_TESTS).as_posix()
        if place.startswith(_NETWORK):
            item.add_marker(pytest.mark.enable_socket)


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """A program that ran in this process has set up its logs for good; the next test hears what it heard before."""
    known = [
        logging.getLogger(),
        *(each for each in logging.root.manager.loggerDict.values() if isinstance(each, logging.Logger)),
    ]
    before = [(logger, logger.level, logger.handlers[:], logger.filters[:]) for logger in known]
    yield
    for logger, level, handlers, filters in before:
        if logger.level != level:
            logger.setLevel(level)
        logger.handlers[:], logger.filters[:] = handlers, filters


@pytest.fixture(scope="session", autouse=True)
def _no_random_reviews() -> Iterator[None]:
    """Else one line in 200 of any story would be held by chance. Stories about reviews say themselves which lines are drawn."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reviews, "draw", lambda *_: None)
        patch.setattr(reviews, "beside", lambda *_: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def _new_stores_have_their_schema_at_once() -> Iterator[None]:
    with at_once():
        yield


@pytest.fixture(scope="module", autouse=True)
def _what_stays_is_not_looked_through_again() -> Iterator[None]:
    """After thousands of tests a collection of all that libraries keep takes longer than a test: it is set apart."""
    yield
    gc.freeze()
