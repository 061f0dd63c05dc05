"""One federation, founded once, from which all sequences begin."""

import time

import pytest

from tests.proof.beginning import Template


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """On its second day."""
    return Template.make(tmp_path_factory.mktemp("template"), int(time.time()))


@pytest.fixture(scope="session")
def listed(tmp_path_factory: pytest.TempPathFactory, template: Template) -> Template:
    """On its third, with suspects in the lists."""
    return template.with_suspects(tmp_path_factory.mktemp("listed"))
