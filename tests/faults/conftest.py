"""One story for all tests of faults: told once, and begun from any of its chapters."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.processes import Launcher
from tests.faults.story import Life, Story
from tests.federation.running import serving_directory
from tests.postgres_server import Server


@pytest.fixture(scope="session")
def launcher() -> Iterator[Launcher]:
    """Forks nodes for the whole session."""
    started = Launcher()
    yield started
    started.close()


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory, launcher: Launcher) -> Iterator[Story]:
    """The story, told once, beside the Secretariat's server."""
    folder = tmp_path_factory.mktemp("story")
    told = Story(folder, launcher)
    with serving_directory(told.secretariat, told.ports.directory):
        told.tell(folder / "points")
        yield told


@pytest.fixture(scope="session")
def story_on_postgresql(tmp_path_factory: pytest.TempPathFactory, launcher: Launcher, postgresql: Server) -> Iterator[Story]:
    """The same, of two nodes that keep their stores on a PostgreSQL."""
    folder = tmp_path_factory.mktemp("story")
    told = Story(folder, launcher, postgresql)
    with serving_directory(told.secretariat, told.ports.directory):
        told.tell(folder / "points")
        yield told
    told.close()


@pytest.fixture
def begin(story: Story, tmp_path: Path) -> Iterator[Callable[[str], Life]]:
    """A life from a chapter on; it ends with the test."""
    yield from beginning(story, tmp_path)


@pytest.fixture
def begin_on_postgresql(story_on_postgresql: Story, tmp_path: Path) -> Iterator[Callable[[str], Life]]:
    """The same, on a PostgreSQL."""
    yield from beginning(story_on_postgresql, tmp_path)


def beginning(story: Story, tmp_path: Path) -> Iterator[Callable[[str], Life]]:
    lives: list[Life] = []

    def begun(chapter: str) -> Life:
        lives.append(story.begin(chapter, tmp_path / str(len(lives))))
        return lives[-1]

    yield begun
    for life in lives:
        life.kill()
