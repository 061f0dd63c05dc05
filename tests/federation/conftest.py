"""Federations for tests, on both databases: one that a module's stories share, and one for a story that leaves nothing whole."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from node.safeguards import quotas
from protocol.limits import DAILY_QUOTAS, Quota
from tests.federation.running import Federation, running_federation, stores_on
from tests.federation.stores import in_the_long_run


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave to the long run what PostgreSQL has no say in."""
    here = [item for item in items if isinstance(item, pytest.Function) and item.path.parent == Path(__file__).parent]
    for item in here:
        on_postgresql = hasattr(item, "callspec") and item.callspec.params.get("store") == "postgresql"
        if on_postgresql and in_the_long_run(item.path.stem, item.originalname):
            item.add_marker(pytest.mark.deep)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"], autouse=True)
def store(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every story is told on both databases."""
    if request.param == "sqlite":
        yield
    else:
        server, template = (request.getfixturevalue(each) for each in ("postgresql", "postgresql_template"))
        with stores_on(server, template):
            yield


@pytest.fixture(scope="module")
def federation(store: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Federation]:
    """Shared by the stories of a module: each uses networks and numbers of its own."""
    with running_federation(tmp_path_factory.mktemp("federation")) as running:
        yield running


@pytest.fixture
def own_federation(store: None, tmp_path: Path) -> Iterator[Federation]:
    """For one story only."""
    with running_federation(tmp_path) as running:
        yield running


@pytest.fixture
def quota(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], None]:
    """Makes a day of a type as short as a test needs it."""

    def shorten(type_: str, requests: int) -> None:
        monkeypatch.setattr(quotas, "DAILY_QUOTAS", {**DAILY_QUOTAS, type_: Quota(requests, 1 << 30)})

    return shorten
