"""The same three nodes as processes of their own, over real TLS; on each line to a peer sits a tap that has both ends' keys.

What the test holds the keys of, it can read: the tap shows each caller the called node's certificate, and each node the caller's.
The nodes draw their own randomness here; their blinding factors stand in the openings, which the audit key opens.
"""

import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from sqlmodel import col, select

from crypto.group import Scalar
from deploy.demo.ceremony import AUDIT_HOLDERS, Ports, audit_holder, found_federation
from node.app import Node
from node.flows.keep_officers import AccountRefused
from node.officers import Role
from node.store import manifests
from node.store.kept_openings import kept_openings
from node.store.tables import ListEpoch, QuestionExchange, QuestionToPeer
from protocol.authority import Authority
from protocol.sealed_openings import hand_on, open_openings
from tests.federation.running import free_port, serving_directory
from tests.proof.beginning import give_accounts, list_suspects
from tests.proof.inprocess import CODES, FOUNDERS, Answer, InProcess, Reply, busy
from tests.proof.lines import BYTES, LeafKeys, NodePorts, Tap
from tests.proof.registering import SETTINGS as FEED
from tests.proof.taps import Taps
from tests.proof.turning import turn_epochs
from tests.serving import wait_until

_BEAT = 2
_SETTINGS = f"""
[beats]
directory = 10
additions = {_BEAT}
removals = {_BEAT}
manifests = 2
outbox = 1
questions = 1
manifest_validity = 86400
{FEED}"""
_PATIENCE = 120
_HERE = Path(__file__).parents[2]


class _Opened:
    """The blinding factors that the nodes drew, by the openings that they kept: two holders together open them."""

    def __init__(self, nodes: Mapping[Authority, Node]) -> None:
        self._nodes = nodes

    def scalars(self) -> list[Scalar]:
        """All of all questions."""
        return [Scalar.from_bytes(raw) for node in self._nodes.values() for raw in _factors(node)]


def _factors(node: Node) -> Iterator[bytes]:
    folder = node.vault.folder
    first, second = (audit_holder(folder.parent / "ceremony" / folder.name, number) for number in AUDIT_HOLDERS)
    with node.database.read() as work:
        asked = select(QuestionExchange.x, QuestionToPeer.peer, QuestionExchange.openings_sealed).join(
            QuestionToPeer, col(QuestionToPeer.id) == col(QuestionExchange.question_peer_id)
        )
        for x, peer, raw in work.session.exec(asked).all():
            sealed = kept_openings(work, x, peer, raw)
            yield from open_openings(sealed, x, hand_on(sealed.boxes, first), second).factors


class OverTls:
    """The federation of processes, as `Play` drives it. `nodes` are the same folders, read from here beside them.

    `broken`: the mutation that all of them run with.
    """

    def __init__(self, folder: Path, ports: Mapping[Authority, NodePorts], directory: int, broken: str | None) -> None:
        self.folder, self.taps, self.away, self._ports, self._broken = folder, Taps(), set[Authority](), ports, broken
        self._running = ExitStack()
        self.nodes = {code: Node(folder / code) for code in CODES}
        self.drawn, self._keys = _Opened(self.nodes), LeafKeys(self.nodes, folder)
        self._lines = {code: Tap(code, at, self._keys, self.taps) for code, at in ports.items()}
        self._running.enter_context(serving_directory(folder / "secretariat", directory))
        self._processes: dict[Authority, subprocess.Popen[bytes]] = {}
        self._tokens: dict[tuple[Authority, str], str] = {}
        self._client = httpx2.Client(trust_env=False, timeout=60)

    def officer(self, code: Authority, username: str, *roles: Role) -> str:
        """The token of an officer's account, which is made at the first use."""
        if (code, username) not in self._tokens:
            officers = self.nodes[code].officers
            with suppress(AccountRefused):  # of an earlier life
                officers.create(username, f"{username} (invented)", f"STAFF-{code}-{username}", roles)
            self._tokens[code, username] = officers.issue_token(username)
        return self._tokens[code, username]

    def national(self, code: Authority, token: str, method: str, path: str, **given: Any) -> Answer:
        """One request of an officer to the node's own API."""
        headers = {"Authorization": f"Bearer {token}", **given.pop("headers", {})}
        response = self._client.request(method, f"http://127.0.0.1:{self._ports[code].national}{path}", headers=headers, **given)
        return Answer(Reply(response.status_code, [], bytearray(response.content)))

    def settle(self) -> None:
        """Wait until no process has anything to do: their own beats do it."""
        wait_until(lambda: not any(map(busy, self.nodes.values())), "the processes", _PATIENCE)

    def turn(self) -> int:
        """What was let out before may be on its way still, until nobody is at work."""
        self.settle()
        return self.taps.turn()

    def beat(self, *followers: Authority) -> None:
        """Wait until every list was issued twice from now on, and `followers` have the second; all have if none is named."""
        reached = [code for code in CODES if code not in self.away]
        issued = {chain: position + 2 for code in reached for chain, position in self._chains(code, code).items()}
        wait_until(lambda: all(self._has(code, issued) for code in followers or CODES), "two beats of all lists", _PATIENCE)
        self.settle()

    def cut(self, code: Authority) -> None:
        """A node's line is cut, or mended."""
        self.away ^= {code}
        if code in self.away:
            self._lines[code].cut()
        else:
            self._lines[code].is_cut = False

    def turn_epochs(self, code: Authority, *, overlap: bool) -> None:
        """The next epochs of a state's lists begin, and the processes fetch the directory that says so."""
        self.nodes[code].adopt.load()
        version = turn_epochs(self.folder, self.nodes[code], overlap=overlap)
        wait_until(lambda: all(self._knows(each) >= version for each in self.nodes.values()), "the directory", _PATIENCE)

    @staticmethod
    def _knows(node: Node) -> int:
        node.adopt.load()
        return node.federation.directory.ref.version

    def has_lists(self) -> bool:
        """Whether each node has lists of its own."""
        return all(self._chains(code, code) for code in CODES)

    def _has(self, code: Authority, issued: Mapping[tuple[str, str, int], int]) -> bool:
        held = {chain: at for publisher in CODES for chain, at in self._chains(code, publisher).items()}
        return all(held.get(chain, -1) >= position for chain, position in issued.items())

    def _chains(self, code: Authority, publisher: Authority) -> dict[tuple[str, str, int], int]:
        with self.nodes[publisher].database.read() as work:
            chains = [
                (publisher, period.list_id, period.epoch)
                for period in work.session.exec(select(ListEpoch)).all()
                if period.not_after > work.now()
            ]
        with self.nodes[code].database.read() as work:
            newest = {chain: manifests.newest(work, *chain, usable_only=True) for chain in chains}
        return {chain: held.position for chain, held in newest.items() if held is not None}

    def strange(self, code: Authority, body: bytes) -> Reply:
        """What one of its peers sends to this node, and no node of ours would. While the line is cut nothing comes of it."""
        if code in self.away:
            return Reply()
        peer = next(other for other in CODES if other != code)
        head = f"POST /v1/envelopes HTTP/1.1\r\nHost: x\r\nContent-Type: application/jose+json\r\nContent-Length: {len(body)}\r\n"
        bare = socket.create_connection(("127.0.0.1", self._ports[code].outer))
        with self._keys.context(ssl.PROTOCOL_TLS_CLIENT, peer).wrap_socket(bare) as line:
            line.sendall(head.encode() + b"Connection: close\r\n\r\n" + body)
            answer = bytearray()
            while piece := line.recv(BYTES):
                answer += piece
        return Reply(int(answer.split(b" ", 2)[1]), [], answer)

    def out_of_service(self, code: Authority, work: Callable[[Node], object]) -> None:
        """End a process, do something to its node, and start it."""
        self._end(code)
        work(self.nodes[code])
        self.nodes[code].close()
        self.nodes[code] = Node(self.folder / code)
        self.start(code)

    def start(self, *codes: Authority) -> None:
        """`celosia serve`, until it answers."""
        program = ["node"] if self._broken is None else ["tests.proof.broken", self._broken]
        for code in codes:
            with (self.folder / f"{code}.log").open("ab") as said:
                command = [sys.executable, "-m", *program, "serve", "--node", str(self.folder / code)]
                self._processes[code] = subprocess.Popen(command, stdout=said, stderr=said, cwd=_HERE)
        wait_until(lambda: all(map(self._answers, codes)), "the nodes", _PATIENCE)

    def _answers(self, code: Authority) -> bool:
        try:
            return self._client.get(f"http://127.0.0.1:{self._ports[code].national}/healthz").status_code == 200
        except httpx2.TransportError:
            return False

    def _end(self, code: Authority) -> None:
        process = self._processes.pop(code)
        process.terminate()
        process.wait(_PATIENCE)

    def end(self) -> None:
        """All processes end, and what they logged is noted."""
        for process in self._processes.values():
            process.terminate()
        for code in list(self._processes):
            self._end(code)
        for line in self._lines.values():
            line.close()
        for code in CODES:
            self.taps.note(code, "log", (self.folder / f"{code}.log").read_bytes())

    def close(self) -> None:
        """The test lets go."""
        for process in self._processes.values():
            process.kill()
            process.wait()
        for line in self._lines.values():
            line.close()
        self._client.close()
        for node in self.nodes.values():
            node.close()
        self._running.close()


@dataclass(frozen=True)
class TlsTemplate:
    """A federation whose nodes run as processes. Its ports are in its directory: one copy runs at a time."""

    folder: Path
    ports: Mapping[Authority, NodePorts]
    directory: int

    def begin(self, folder: Path, broken: str | None = None) -> OverTls:
        """A copy: three processes, the directory, and a tap on each line."""
        shutil.copytree(self.folder, folder, symlinks=True)
        federation = OverTls(folder, self.ports, self.directory, broken)
        try:
            federation.start(*CODES)
            wait_until(federation.has_lists, "the first lists", _PATIENCE)
        except BaseException:
            federation.close()
            raise
        return federation

    def broken(self, mutation: str) -> "BrokenTemplate":
        """The same, of processes that run with a mutation."""
        return BrokenTemplate(self, mutation)

    @classmethod
    def make(cls, folder: Path) -> "TlsTemplate":
        """Found one in `folder`, with accounts, first lists and suspects in them: all in one process, before any other runs."""
        ports = {code: NodePorts(free_port(), free_port(), free_port()) for code in CODES}
        outer, national = ({code: getattr(at, name) for code, at in ports.items()} for name in ("outer", "national"))
        directory, began = free_port(), int(time.time())
        found_federation(folder / "founded", FOUNDERS, Ports(directory, outer, national), _SETTINGS)
        first = InProcess(folder / "begun", folder / "founded", 0, began, ports=outer, beat=_BEAT)
        give_accounts(first)
        list_suspects(first)
        first.close()
        for code, at in ports.items():
            settings = folder / "begun" / code / "node.toml"
            moved = re.sub(rf"^port = {at.outer}$", f"port = {at.inner}", settings.read_text(), flags=re.MULTILINE)
            settings.write_text(moved)
        wait_until(lambda: time.time() > first.clock(), "this machine's clock")
        return cls(folder / "begun", ports, directory)


@dataclass(frozen=True)
class BrokenTemplate:
    """From which sequences among broken processes begin."""

    template: TlsTemplate
    mutation: str

    def begin(self, folder: Path) -> OverTls:
        """As `TlsTemplate.begin`."""
        return self.template.begin(folder, self.mutation)
