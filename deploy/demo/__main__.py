"""`make demo`: found, start, import, publish, ask, compare, tell; then stay up until Ctrl-C, or end with `--once`."""

import argparse
import fcntl
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

from rich.console import Console

from deploy.demo import sight, story
from deploy.demo.ceremony import Ports, found_federation
from deploy.demo.officers import make_accounts
from deploy.demo.processes import Process, ProcessFailed, free_ports, write_json
from deploy.demo.states import BRAZIL, COLOMBIA, PERU, STATES
from deploy.demo.story import NotAsExpected, RunningNode
from node.cli.session import UsageProblem, language_from
from node.language import say
from protocol import audience
from protocol.authority import Authority
from protocol.vocabulary import Language, LegalBasis, Offence, RequestPurpose

FAST_BEATS = """
# The demonstration's beats are seconds, where a national node's are minutes to a day.
[beats]
directory = 10
additions = 6
removals = 3
manifests = 2
outbox = 2
questions = 1
manifest_validity = 300
"""
DIRECTORY_BEAT = 20


class Teller:
    """Says what happens, in the chosen language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.console = Console(highlight=False, soft_wrap=True)

    def text(self, key: str, **facts: str | int) -> str:
        """A text of the demonstration's catalogue."""
        return say(self.language, key, "deploy.demo.language", **facts)

    def tell(self, key: str, **facts: str | int) -> None:
        """A line of the story."""
        self.console.print(f"   {self.text(key, **facts)}", markup=False)

    def step(self, key: str) -> None:
        """A heading."""
        self.console.print(f"\n{self.text(key)}", style="bold", markup=False)

    def state(self, authority: str) -> str:
        """A state's name."""
        return self.text(f"state.{authority}")


def main() -> int:
    """Exit code 0 only if every step gave what was expected."""
    parser = argparse.ArgumentParser(prog="python -m deploy.demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after the last step")
    parser.add_argument("--folder", type=Path, default=Path(".demo"))
    parser.add_argument("--language", help="es, en, pt or fr; otherwise the environment's, else Spanish")
    chosen = parser.parse_args()
    try:
        teller = Teller(language_from(chosen.language, os.environ))
    except UsageProblem as problem:
        parser.error(say(language_from(None, os.environ), problem.key, **problem.facts))
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with _sole_demonstration(chosen.folder.resolve()) as folder, ExitStack() as running:
            if folder is None:
                teller.tell("result.running")
                return 2
            began = time.monotonic()
            teller.console.print(teller.text("title.start"), style="bold", markup=False)
            teller.tell("title.invented")
            processes, nodes = _bring_up(folder, running, teller)
            _tell_story(folder, nodes, teller)
            teller.console.print(
                "\n" + teller.text("result.good", seconds=round(time.monotonic() - began)), style="bold green", markup=False
            )
            if not chosen.once:
                _how_to_go_on(folder, nodes, teller)
                _stay_up(processes, teller)
    except NotAsExpected as fault:
        teller.console.print("\n" + teller.text("result.bad", what=str(fault)), style="bold red", markup=False)
        return 1
    except ProcessFailed as fault:
        told = teller.text("result.process", name=fault.name, log=os.path.relpath(fault.log))
        teller.console.print("\n" + told, style="bold red", markup=False)
        return 1
    except KeyboardInterrupt:
        teller.console.print()
        teller.tell("hand.end")
        teller.tell("hand.again")
        return 130 if chosen.once else 0
    return 0


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextmanager
def _sole_demonstration(folder: Path) -> Iterator[Path | None]:
    """The folder, emptied of an earlier demonstration; None while another one runs in it."""
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        for path in folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != "lock":
                path.unlink()
        yield folder


def _bring_up(folder: Path, running: ExitStack, teller: Teller) -> tuple[list[Process], dict[Authority, RunningNode]]:
    teller.step("step.found")
    numbers = free_ports(1 + 2 * len(STATES))
    codes = [state.authority for state in STATES]
    ports = Ports(numbers[0], dict(zip(codes, numbers[1::2], strict=True)), dict(zip(codes, numbers[2::2], strict=True)))
    found_federation(folder, STATES, ports, FAST_BEATS)
    teller.step("step.start")
    logs, secretariat = folder / "logs", folder / "secretariat"
    logs.mkdir()
    directory = Process(
        "directory",
        [
            *("directory", "serve", "--repository", str(secretariat / "repository")),
            *("--online-key", str(folder / "ceremony" / "secretariat" / "online.pem")),
            *("--certificate", str(secretariat / "leaf.pem"), "--key", str(secretariat / "leaf.key")),
            *("--port", str(ports.directory), "--beat", str(DIRECTORY_BEAT)),
        ],
        logs / "directory.log",
        f"https://127.0.0.1:{ports.directory}/healthz",
        folder / codes[0] / "directory-tls.pem",
        teller.language,
    )
    running.callback(directory.end)
    nodes = {}
    processes = [directory]
    for code in codes:
        url = f"http://127.0.0.1:{ports.national[code]}"
        accounts = make_accounts(folder / code, url)
        process = Process(
            code, ["serve", "--node", str(folder / code)], logs / f"{code}.log", f"{url}/healthz", None, teller.language
        )
        running.callback(process.end)
        processes.append(process)
        nodes[code] = RunningNode(code, folder / code, url, accounts)
    for process in processes:
        process.wait_until_healthy()
    for node in nodes.values():
        story.wait_for_directory(node)
    write_json(folder / "demo.json", _description(folder, ports, processes, nodes))
    return processes, nodes


def _description(
    folder: Path, ports: Ports, processes: list[Process], nodes: Mapping[Authority, RunningNode]
) -> dict[str, object]:
    """What any tool needs to join in."""
    pids = {process.name: process.pid for process in processes}
    return {
        "notice": "Every person, company, number and account of this federation is invented.",
        "directory": {
            "pid": pids["directory"],
            "url": f"https://127.0.0.1:{ports.directory}",
            "folder": str(folder / "secretariat"),
            "tls_authority": str(folder / COLOMBIA.authority / "directory-tls.pem"),
            "log": str(folder / "logs" / "directory.log"),
        },
        "nodes": {
            code: {
                "pid": pids[code],
                "national_url": node.url,
                "peer_url": f"https://127.0.0.1:{ports.peer[code]}",
                "folder": str(node.folder),
                "tls": {
                    "authority": str(node.folder / "tls" / "authority.pem"),
                    "certificate": str(node.folder / "tls" / "leaf.pem"),
                },
                "log": str(folder / "logs" / f"{code}.log"),
                "officers": {
                    account.username: {"roles": list(account.roles), "token": account.token, "env": str(account.env_file)}
                    for account in node.accounts.values()
                },
            }
            for code, node in nodes.items()
        },
    }


def _tell_story(folder: Path, nodes: Mapping[Authority, RunningNode], teller: Teller) -> None:
    teller.step("step.import")
    for code, node in nodes.items():
        shown = story.import_cases(node)
        teller.tell(
            "import.done",
            state=teller.state(code),
            taken=shown["rows_new"] + shown["rows_changed"],
            problems=len(shown["problems"]),
            protected=shown["rows_protected"],
        )
    teller.step("step.publish")
    references: dict[str, str] = {}
    for code, node in nodes.items():
        published = story.publish(node)
        references |= published
        teller.tell("publish.done", state=teller.state(code), networks=len(published))
    for held_by, records in story.wait_for_records(nodes).items():
        teller.tell("publish.held", state=teller.state(held_by), records=records)
    teller.step("step.ask")
    asker = nodes[COLOMBIA.authority]
    peers = {code: nodes[code] for code in (PERU.authority, BRAZIL.authority)}
    of_all = story.LISTS_AN_AUDIENCE
    story.wait_for_lists(asker, peers, {PERU.authority: 2 * of_all, BRAZIL.authority: of_all})
    outcome = story.ask(asker, references, teller.language)
    teller.tell("ask.match", hits=story.check_overlap(outcome))
    teller.step("step.sight")
    story.check_third(nodes)
    _tell_sight(folder, peers, teller)


def _tell_sight(folder: Path, peers: Mapping[Authority, RunningNode], teller: Teller) -> None:
    teller.tell("sight.asker")
    for code, node in peers.items():
        for seen in sight.questions_seen(node.folder):
            teller.tell(
                "sight.holder",
                peer=teller.state(code),
                list=teller.text(f"sight.list.{'all' if seen.audience == audience.ALL else 'set'}.{seen.entropy}"),
                count=seen.elements,
                purpose=RequestPurpose(seen.purpose).label(teller.language),
                basis=LegalBasis(seen.basis).label(teller.language),
                offence=Offence(seen.offence).label(teller.language),
                officer=seen.officer,
            )
    teller.tell("sight.third", peer=teller.state(BRAZIL.authority))
    teller.tell("sight.secretariat")
    found = sight.files_that_hold(
        [*(node.folder for node in peers.values()), folder / "secretariat", folder / "logs"], story.case_file_values()
    )
    teller.tell("sight.clear", files=len(found))
    if found:
        raise NotAsExpected(", ".join(path.name for path in found))


def _how_to_go_on(folder: Path, nodes: Mapping[Authority, RunningNode], teller: Teller) -> None:
    teller.step("step.hand")
    teller.tell("hand.stay")
    celosia = _celosia()
    env_file = os.path.relpath(nodes[COLOMBIA.authority].accounts["investigator"].env_file)
    for line in (f". {env_file}", f"{celosia} peers", f"{celosia} hits", f"{celosia} records --from PE", f"{celosia} --help"):
        teller.console.print(f"      {line}", markup=False)
    teller.tell("hand.environment", path=os.path.relpath(folder / "demo.json"))


def _celosia() -> str:
    return os.path.relpath(Path(sys.executable).with_name("celosia"))


def _stay_up(processes: list[Process], teller: Teller) -> None:
    """Until Ctrl-C. A process that ends is told once, with how to start it again; the others stay."""
    running = list(processes)
    while True:
        for process in [each for each in running if each.ended]:
            running.remove(process)
            teller.console.print()
            teller.tell("hand.ended", name=process.name, log=os.path.relpath(process.log))
            teller.console.print(f"      {_celosia()} {process.command}", markup=False)
        time.sleep(0.5)


if __name__ == "__main__":
    raise SystemExit(main())
