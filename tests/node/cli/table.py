"""A ceremony's table for tests of the commands: holders' keys of two invented offices, and what is signed with them."""

from dataclasses import dataclass
from pathlib import Path

from tests.node.cli.program import Program
from tests.protocol.federation import CO, PE, POLICY, member_entry, working_entry

STATES = (CO, PE)


@dataclass
class Table:
    """Files in `folder`, made with the commands themselves, each in English."""

    folder: Path
    program: Program

    def run(self, *argv: str) -> str:
        """A command that has to succeed; what it printed."""
        result = self.program("directory", *argv, "--lang", "en")
        assert result.code == 0, result.err
        return result.out

    def at(self, name: str) -> str:
        return str(self.folder / name)

    def key(self, name: str) -> None:
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        self.run("key", self.at(f"{name}.pem"))

    def sign(self, name: str, *holders: str) -> None:
        """What the ceremony is: heard, signed apart, merged."""
        heard = self.run("fingerprint", self.at(name))
        made = [self.at(f"{name}.{holder.replace('/', '-')}.sig") for holder in holders]
        for holder, out in zip(holders, made, strict=True):
            self.run("sign", self.at(name), "--key", self.at(f"{holder}.pem"), "--fingerprint", heard, "--out", out)
        self.run("merge", self.at(name), *made)

    def root(self, name: str = "1.root.json", *more: str) -> str:
        """A root draft over both states' holders."""
        root = [word for state in STATES for word in ("--root-holder", self.at(f"{state}/root.pub"))]
        targets = [word for state in STATES for word in ("--targets-holder", self.at(f"{state}/targets.pub"))]
        self.run("draft", "root", *root, *targets, "--online", self.at("online.pub"), "--out", self.at(name), *more)
        return name

    def targets(self, name: str = "1.targets.json", *more: str) -> str:
        """A members' list over what lies in `table`."""
        root = self.at("1.root.json")
        self.run("draft", "targets", self.at("table"), "--root", root, "--out", self.at(name), *more)
        return name

    def state(self, state: str, name: str, *more: str) -> str:
        """A state's role over its entry."""
        self.run("draft", "state", self.at(f"{state}/entry.json"), "--out", self.at(name), *more)
        return name


def laid(folder: Path, program: Program) -> Table:
    """Everybody's keys and all entries; nothing drafted yet."""
    table = Table(folder, program)
    table.key("online")
    (folder / "table" / "members").mkdir(parents=True)
    (folder / "table" / "policy.json").write_bytes(POLICY.to_bytes())
    for state in STATES:
        for holder in ("root", "targets", "officer-1", "officer-2"):
            table.key(f"{state}/{holder}")
        (folder / "table" / "members" / f"{state}.json").write_bytes(member_entry(state).to_bytes())
        officers = folder / "table" / "officers" / state
        officers.mkdir(parents=True)
        for number in (1, 2):
            (officers / f"{number}.pub").write_bytes((folder / state / f"officer-{number}.pub").read_bytes())
        (folder / state / "entry.json").write_bytes(working_entry(state).to_bytes())
    return table


def signed(table: Table) -> None:
    """A first directory, signed: root, members' list and both states' roles."""
    table.sign(table.root(), "CO/root", "PE/root")
    table.sign(table.targets(), "CO/targets", "PE/targets")
    for state in STATES:
        table.sign(table.state(state, f"1.{state}.json"), f"{state}/officer-1", f"{state}/officer-2")
