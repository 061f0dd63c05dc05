from pathlib import Path

import pytest

from tests.node.conftest import clock, database, keys, store_url
from tests.node.directory.conftest import client, federation, http, published
from tests.outside.tiles_program import built

__all__ = ["client", "clock", "database", "federation", "http", "keys", "published", "store_url"]


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checker of tile trees."""
    return built(tmp_path_factory.mktemp("go"))
