"""What an administrator does with keys and certificates, killed and run again: one next leaf, one next key, every key opens."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from node.entry import key_id
from protocol.directory import WorkingEntry
from tests.faults.commands import RENEWAL_KILLS, REWRAP_KILLS
from tests.faults.story import Life
from tests.federation.running import CO

pytestmark = pytest.mark.federation

ONCE_MORE = [("celosia.durable.written", 1), ("celosia.durable.renamed", 1)]


def composed(life: Life) -> WorkingEntry:
    """The entry that the node would have its officers sign."""
    file = life.folder / "composed.json"
    file.unlink(missing_ok=True)
    assert life.run("entry", "--write", file).wait() == 0
    return WorkingEntry.from_bytes(file.read_bytes())


def keys(life: Life) -> dict[str, dict[str, Any]]:
    """Every key file: its fingerprint, and what it is sealed under. A file that does not open ends the command."""
    return {each["file"]: each for each in life.told("keys", "show")}


def fingerprints(shown: dict[str, dict[str, Any]]) -> dict[str, str | None]:
    return {name: each["fingerprint"] for name, each in shown.items()}


@pytest.mark.parametrize(
    ("point", "nth"), [(point, 1) for point in RENEWAL_KILLS] + [("celosia.durable.renamed", 1), ("celosia.durable.renamed", 2)]
)
def test_a_renewal_that_was_killed_leaves_a_whole_next_leaf_or_none(begin: Callable[[str], Life], point: str, nth: int) -> None:
    life = begin("published")
    before = keys(life)
    assert life.run("tls", "renew", die=[point], nth=nth).wait() == -signal.SIGKILL
    made = len(composed(life).tls_pins) == 2
    assert made is (nth == 2)  # the key comes last, and with it the leaf is there
    assert {each["name"] for each in life.told("tls", "show")} == {"leaf", "authority", *(["next-leaf"] if made else [])}
    life.start(CO)  # what was left half made is in nobody's way
    assert life.run("tls", "renew").wait() == (1 if made else 0)
    life.stop()
    assert len(composed(life).tls_pins) == 2
    after = keys(life)
    [new] = after.keys() - before.keys()
    assert (new, fingerprints(before).items() <= fingerprints(after).items()) == ("tls/next-leaf.key", True)
    assert [path for path in (life.folder / CO / "tls").iterdir() if path.name.startswith(".new-")] == []


@pytest.mark.parametrize(("point", "nth"), ONCE_MORE)
def test_a_next_signing_key_whose_making_was_killed_is_there_once(begin: Callable[[str], Life], point: str, nth: int) -> None:
    life = begin("published")
    before = keys(life)
    assert life.run("keys", "next-signing", die=[point], nth=nth).wait() == -signal.SIGKILL
    made = keys(life)
    there = "keys/next-signing.key" in made
    assert there is (point == "celosia.durable.renamed")
    assert life.run("keys", "next-signing").wait() == (1 if there else 0)
    after = keys(life)
    assert after.keys() - before.keys() == {"keys/next-signing.key"}
    assert {name: after[name] for name in made} == made
    assert len(composed(life).signing) == 2


@pytest.mark.parametrize(("point", "nth"), ONCE_MORE)
def test_a_stolen_next_signing_key_whose_replacing_was_killed_is_there_or_replaced_whole(
    begin: Callable[[str], Life], point: str, nth: int
) -> None:
    life = begin("published")
    assert life.run("keys", "next-signing").wait() == 0
    before = fingerprints(keys(life))
    stolen = str(before["keys/next-signing.key"])
    assert life.run("keys", "next-signing", "--replace", stolen, die=[point], nth=nth).wait() == -signal.SIGKILL
    cut = fingerprints(keys(life))
    replaced = cut["keys/next-signing.key"] != stolen
    assert replaced is (point == "celosia.durable.renamed")
    assert life.run("keys", "next-signing", "--replace", stolen).wait() == (1 if replaced else 0)
    after = fingerprints(keys(life))
    assert {name for name, each in after.items() if before[name] != each} == {"keys/next-signing.key"}
    assert not replaced or after == cut
    assert stolen not in {key_id(period.key) for period in composed(life).signing}
    assert [path for path in (life.folder / CO / "keys").iterdir() if path.name.startswith(".new-")] == []


@pytest.mark.parametrize(("point", "nth"), [(REWRAP_KILLS[0], 1), (REWRAP_KILLS[0], 4), *ONCE_MORE])
def test_a_new_sealing_of_all_keys_that_was_killed_loses_none_and_goes_on(
    begin: Callable[[str], Life], point: str, nth: int
) -> None:
    life = begin("published")
    before = keys(life)
    settings, mount = life.folder / CO / "node.toml", life.folder / "mount"
    mount.mkdir(mode=0o700)
    assert life.run("keys", "node-key", f"file:{mount / 'node.key'}").wait() == 0
    there = settings.read_text("utf-8")
    new = f'{there}\n[keys]\nnode = "file:{mount / "node.key"}"\n'
    settings.write_text(f'{new}previous_node = "file:keys/node.key"\n', "utf-8")
    assert life.run("keys", "rewrap", die=[point], nth=nth).wait() == -signal.SIGKILL
    half = keys(life)
    assert {name: each["fingerprint"] for name, each in half.items()} == {
        name: each["fingerprint"] for name, each in before.items()
    }
    assert "previous_node_key" in {each["custody"] for each in half.values()}
    life.start(CO)  # under both
    assert life.run("keys", "rewrap").wait() == 0
    life.stop()
    settings.write_text(new, "utf-8")
    destroyed: Path = life.folder / CO / "keys" / "node.key"
    destroyed.unlink()
    after = keys(life)
    assert {name: each["fingerprint"] for name, each in after.items()} == {
        name: each["fingerprint"] for name, each in before.items()
    }
    assert {each["custody"] for each in after.values()} == {"node_key"}
    assert list((life.folder / CO).rglob(".new-*")) == []
