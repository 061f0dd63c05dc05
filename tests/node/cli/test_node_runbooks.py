"""Epochs, upgrade and restore, word by word, on a node of a running federation. States, offices and numbers are invented."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.federation.cases import publish_phones
from tests.federation.running import PE, Federation, running_federation
from tests.node.cli.runbooks import RUNBOOKS, blocks, of_peru, run, shell_in

pytestmark = pytest.mark.federation
PAGES = ("epochs.md", "upgrade.md", "restore.md")


@pytest.fixture
def federation(tmp_path: Path) -> Iterator[Federation]:
    """Peru's node is down, for the runbooks to run; its peers serve."""
    with running_federation(tmp_path / "federation") as running:
        publish_phones(running[PE], "+573015559901")
        running[PE].send_records()  # the federation's clock stays with the machine's: the runbook's commands know no other
        running[PE].stop()
        yield running


@pytest.mark.timeout(600)
def test_every_block_of_the_three_runbooks_does_what_it_says(federation: Federation, tmp_path: Path) -> None:
    folder = tmp_path / "shell"
    folder.mkdir()
    role = federation.folder / "secretariat" / "repository" / "published" / "metadata" / "1.PE.json"
    shutil.copy(role, folder / "role.json")
    with shell_in(folder, tmp_path, **of_peru(federation, folder)) as shell:
        for page in PAGES:
            run(RUNBOOKS / page, shell)
    federation[PE].start()  # for the federation's own end


@pytest.mark.parametrize("page", PAGES)
def test_no_block_of_a_runbook_stands_apart_from_the_test(page: str) -> None:
    text = (RUNBOOKS / page).read_text("utf-8")
    assert len(re.findall(r"^```", text, re.MULTILINE)) == 2 * len(blocks(text))
