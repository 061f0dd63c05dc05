"""`celosia init` and the commands for officers, killed and run again."""

import signal
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.commands import EPOCH_KILLS, FOUNDING_KILLS, OFFICER_KILLS
from tests.faults.processes import Launcher
from tests.faults.story import Life, rows
from tests.federation.running import CO

pytestmark = pytest.mark.federation


def holders(folder: Path, like: Path) -> list[Path]:
    """What the holders of `like` have handed over, a file each."""
    files = []
    for number, line in enumerate((like / "keys" / "audit.pub").read_bytes().splitlines(keepends=True)):
        files.append(folder / f"holder-{number}.pub")
        files[-1].write_bytes(line)
    return files


def init(node: Path, like: Path) -> list[str | Path]:
    """The command that founds a node in the directory that `like` is a member of."""
    directory = tomllib.loads((like / "node.toml").read_text("utf-8"))["directory"]
    return [
        *("init", "CO", "--node", node, "--directory-url", directory["url"], "--root", like / "root.json"),
        *("--directory-certificate", like / "directory-tls.pem", "--root-fingerprint", directory["root_fingerprint"]),
        *(f"--audit-holder={holder}" for holder in holders(node.parent, like)),
        *("--contact-email", "enlace.co@example.org", "--contact-phone", "+576015550100", "--contact-languages", "es"),
    ]


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.suffix != ".seed"}


@pytest.mark.parametrize("point", FOUNDING_KILLS)
def test_a_founding_that_was_killed_is_begun_anew(begin: Callable[[str], Life], launcher: Launcher, point: str) -> None:
    life = begin("founded")
    node, log = life.folder / "new", life.folder / "log"
    assert launcher.run(*init(node, life.folder / CO), log=log, die=[point], nth=3 if "durable" in point else 1).wait() == (
        -signal.SIGKILL
    )
    assert launcher.run("serve", "--node", node, log=log).wait() == 1  # it is no node yet, and says so
    assert "celosia init" in log.read_text("utf-8")
    first_keys = {path.read_bytes() for path in (node / "keys").glob("*.key")} if (node / "keys").exists() else set()

    assert launcher.run(*init(node, life.folder / CO), log=log).wait() == 0
    assert files(node) == files(life.folder / CO)
    assert first_keys.isdisjoint(path.read_bytes() for path in (node / "keys").glob("*.key"))
    assert len(list((node / "keys" / "epochs").iterdir())) == 2  # a list of identifiers and one of people
    # and now that it is one, it is never begun anew
    (node / ".founding").touch()
    assert launcher.run(*init(node, life.folder / CO), log=log).wait() == 1


@pytest.mark.parametrize("point", OFFICER_KILLS)
@pytest.mark.parametrize("after", [(), ("celosia.store.committed",)], ids=["before", "after"])
def test_an_account_or_token_that_was_killed_is_there_once_or_not_at_all(
    begin: Callable[[str], Life], launcher: Launcher, point: str, after: tuple[str, ...]
) -> None:
    life, made = begin("staffed"), bool(after)
    node, log = life.folder / CO, life.folder / "log"
    command: list[str | Path] = ["officer", "token", "asker", "--node", node]
    count = "SELECT count(*) FROM officer_tokens"
    if point.endswith("created"):
        command = ["officer", "add", "new", "--name", "Invented Person", "--role", "analyst", "--node", node]
        count = "SELECT count(*) FROM officers"
    [(before,)] = rows(node, count)
    assert launcher.run(*command, log=log, input="STAFF-NEW\n", die=[point, *after]).wait() == -signal.SIGKILL
    assert rows(node, count) == [(before + made,)]
    again = launcher.run(*command, log=log, input="STAFF-NEW\n").wait()
    account = point.endswith("created")
    assert again == (1 if account and made else 0)  # who exists is not made twice; another token harms nobody
    assert rows(node, count) == [(before + (1 if account else 1 + made),)]
    acts = "SELECT count(*) FROM intake WHERE kind = 'officer_created'"
    assert rows(node, acts) == rows(node, "SELECT count(*) FROM officers")


@pytest.mark.parametrize("point", EPOCH_KILLS)
def test_an_epoch_whose_start_was_killed_is_started_once(begin: Callable[[str], Life], point: str) -> None:
    life = begin("published")
    seeds = life.folder / CO / "keys" / "epochs"
    first = set(seeds.iterdir())
    assert life.run("epoch", "start", "--now", die=[point]).wait() == -signal.SIGKILL
    [lost] = set(seeds.iterdir()) - first
    lost_seed = lost.read_bytes()
    assert life.run("epoch", "start", "--now").wait() == 0
    assert rows(life.folder / CO, "SELECT epoch FROM list_epochs ORDER BY epoch") == [(1,), (1,), (2,), (2,)]
    assert {path.name.partition("-")[2] for path in set(seeds.iterdir()) - first} == {"2.seed"}
    assert len(list(seeds.iterdir())) == 2 * len(first) == 4
    assert lost.read_bytes() != lost_seed
    assert rows(life.folder / CO, "SELECT count(*) FROM intake WHERE kind = 'epoch_started'") == [(2,)]
