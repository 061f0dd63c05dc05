"""What a sequence begins with: a copy of a federation on its third day, with accounts, and suspects in two states' lists."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.federation.cases import Suspect
from tests.proof.cast import CAST
from tests.proof.inprocess import BR, CO, CODES, PE, InProcess, found_template
from tests.proof.play import OFFICERS, Play, Stage, listed

LISTED = ((CO, CAST[0]), (CO, CAST[1]), (PE, CAST[2]), (PE, CAST[3]))
"""Who is listed from the first day on, number and name, and where."""
FIRST = "NET-A"
"""In which network."""


class Beginning(Protocol):
    """From which sequences begin."""

    def begin(self, folder: Path) -> Stage:
        """A federation of its own in `folder`, which is not there yet."""


@dataclass(frozen=True)
class Template:
    """A federation whose nodes run in one process."""

    folder: Path
    began: int

    def begin(self, folder: Path) -> InProcess:
        """A copy, at the time that it had."""
        return InProcess(folder, self.folder, 1, self.began)

    def with_suspects(self, folder: Path) -> "Template":
        """The same, a day later: suspects are listed by two states, and everybody has the lists."""
        federation = InProcess(folder, self.folder, 2, self.began)
        list_suspects(federation)
        federation.close()
        return Template(folder, federation.clock())

    @classmethod
    def make(cls, folder: Path, now: int) -> "Template":
        """Found one in `folder`, with accounts and its first lists."""
        found_template(folder / "founded")
        first = InProcess(folder / "begun", folder / "founded", seed=0, began=now)
        give_accounts(first)
        first.close()
        return cls(folder / "begun", first.clock())


def give_accounts(federation: InProcess) -> None:
    """Everybody's account on each node, and the first lists."""
    for code in CODES:
        for username, role in OFFICERS.items():
            federation.officer(code, username, role)
    for _ in range(2):  # at the second everybody has heard from the others what time it is
        federation.beat()


def list_suspects(federation: InProcess) -> None:
    """Suspects are published by two states, and everybody has their lists."""
    play = Play(federation)
    for code in (CO, PE):
        suspects = [Suspect([who.number], who.role, name=who.name, passport=who.passport) for at, who in LISTED if at == code]
        play.import_case(code, FIRST, suspects)
        assert play.publish(code, FIRST) == "published"
    federation.beat()
    assert all(listed(node) for code, node in federation.nodes.items() if code != BR)
