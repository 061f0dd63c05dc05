"""One federation, founded once, from which all sequences begin."""

import time

import pytest

from tests.proof.machine import Template


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """On its second day."""
    return Template.make(tmp_path_factory.mktemp("template"), int(time.time()))
