"""Federations for tests: one that a module's stories share, and one for a story that leaves nothing whole."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.federation.running import Federation, running_federation


@pytest.fixture(scope="module")
def federation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Federation]:
    """Shared by the stories of a module: each uses networks and numbers of its own."""
    with running_federation(tmp_path_factory.mktemp("federation")) as running:
        yield running


@pytest.fixture
def own_federation(tmp_path: Path) -> Iterator[Federation]:
    """For one story only."""
    with running_federation(tmp_path) as running:
        yield running
