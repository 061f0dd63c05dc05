"""Real nodes for tests: each with its own folder, in threads of this process, over real TLS on loopback; one clock for all.

That they also run as separate processes is what the demonstration shows.
"""

import itertools
import json
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from sqlalchemy import func, make_url
from sqlmodel import col, select

from deploy.demo.ceremony import Ports, found_federation
from deploy.demo.states import STATES
from node.app import Node, now
from node.directory.ceremony import load_key
from node.directory.repository import Repository
from node.directory.server import directory_app, server_config, take_submissions
from node.officers import Role
from node.store import jobs
from node.store.jobs import Lane
from node.store.tables import Intake, Job
from protocol.authority import Authority
from protocol.journal import Act
from tests.node.on_record import payload_of
from tests.postgres_server import Server, section
from tests.serving import in_a_thread, wait_until

CO, PE, BR = (state.authority for state in STATES)
GOOD_FOR = timedelta(days=400)
"""What the Secretariat publishes in a test stays good however far the federation's clock is moved."""
BEAT = 600
"""Seconds between two beats of the index, by the federation's clock. The threads' own beats are far too slow to interfere."""
_FIRST_PORT, _RANGES, _PORTS = 10_240, 8, 2_816
_ports = itertools.count(os.getpid() * 97)
BY_HAND = f"""
[beats]
directory = 3600
additions = {BEAT}
removals = {BEAT}
manifests = 3600
outbox = 3600
questions = 3600
checkpoint = 3600
manifest_validity = 3600
"""


class Clock:
    """The federation's clock: this machine's, and what a test has let pass."""

    def __init__(self) -> None:
        self._passed = 0

    def __call__(self) -> int:
        return now() + self._passed

    def forward(self, seconds: int) -> None:
        """Time passes, everywhere at once."""
        self._passed += seconds


class RunningNode:
    """A node that serves, and clients for its officers."""

    def __init__(self, folder: Path, national_port: int, clock: Clock) -> None:
        self.folder, self.clock = folder, clock
        self.url = f"http://127.0.0.1:{national_port}"
        self._clients = ExitStack()
        self._officers = 0
        self.start()

    def start(self) -> None:
        """A node as after a reboot: everything it knows comes from its folder."""
        self.node = Node(self.folder, self.clock)
        if not (self.folder / "directory" / "adopted.json").exists():
            self.node.adopt.refresh()
        self._thread = threading.Thread(target=self.node.run)
        self._thread.start()
        wait_until(lambda: self.node.serving, "the node's servers")

    def stop(self) -> None:
        """The node goes down; its folder stays."""
        self.node.stop()
        self._thread.join()

    def close(self) -> None:
        """The node goes down for good, and every officer hangs up."""
        self.stop()
        self._clients.close()

    @property
    def authority(self) -> Authority:
        """Whose node it is."""
        return self.node.federation.me

    def officer(self, *roles: Role) -> httpx2.Client:
        """A new account with a token, as a client of the national API."""
        self._officers += 1
        number = f"{self.authority}-{self._officers}"
        self.node.officers.create(f"officer-{number}", f"Officer {number} (invented)", f"STAFF-{number}", roles)
        headers = {"Authorization": f"Bearer {self.node.officers.issue_token(f'officer-{number}')}"}
        return self._clients.enter_context(httpx2.Client(base_url=self.url, headers=headers, trust_env=False, timeout=30))

    def count(self, act: Act) -> int:
        """How often an act is on record here."""
        with self.node.database.read() as work:
            return work.session.exec(select(func.count()).select_from(Intake).where(Intake.kind == act.value)).one()

    def payloads(self, act: Act) -> list[dict[str, Any]]:
        """What an act has on record here, oldest first."""
        with self.node.database.read() as work:
            rows = work.session.exec(select(Intake).where(Intake.kind == act.value).order_by(col(Intake.id))).all()
            return [json.loads(payload_of(work, row)) for row in rows]

    def send_records(self) -> None:
        """The beat of the outbox, to its end: until nothing is due, and nothing in the hands of a worker that began by itself."""
        self.node.publish.enqueue_for_newcomers()
        wait_until(self._sent, "the outbox", 120)

    def _sent(self) -> bool:
        lanes = (Lane.REVOCATION, Lane.URGENT, Lane.RECORD)
        wait([*self.node.revoke.tell_all(), *self.node.deliver.deliver_all()])
        with self.node.database.read() as work:
            in_hand = select(Job).where(col(Job.lane).in_(lanes), Job.state == jobs.LEASED, col(Job.lease_until) > work.now())
            return work.session.exec(in_hand).first() is None and not any(jobs.due(work, lane) for lane in lanes)

    def follow_lists(self) -> None:
        """The beat of the lists, to its end."""
        wait(self.node.follow.visit_all())


class Federation:
    """The running federation, and its beats by hand."""

    def __init__(self, nodes: dict[Authority, RunningNode], clock: Clock, folder: Path = Path()) -> None:
        self.nodes, self.clock, self.folder = nodes, clock, folder

    def __getitem__(self, authority: Authority) -> RunningNode:
        return self.nodes[authority]

    def beat(self) -> None:
        """A beat's time passes: indexes, outboxes, and then every list is followed."""
        self.clock.forward(BEAT)
        for node in self.nodes.values():
            node.node.epochs.turn(self.clock())
            node.node.index.beat()
            node.send_records()
        for node in self.nodes.values():
            node.follow_lists()


_copies: list[Callable[[], AbstractContextManager[str]]] = []


@contextmanager
def stores_on(server: Server, template: str) -> Iterator[None]:
    """Federations within keep their stores on `server`, a copy of `template` for each node, in place of a file in its folder."""
    _copies.append(partial(server.database, template))
    yield
    _copies.pop()


def _stores(given_back: ExitStack) -> dict[Authority, str]:
    """Where each node's store is, in its settings; nothing for files."""
    urls = {s.authority: make_url(given_back.enter_context(_copies[-1]())) for s in STATES} if _copies else {}
    return {code: section(url) for code, url in urls.items()}


@contextmanager
def running_federation(folder: Path, settings: str = BY_HAND) -> Iterator[Federation]:
    """Three nodes and the directory, founded in `folder`. Everything is given back at the end."""
    ports = Ports(free_port(), {s.authority: free_port() for s in STATES}, {s.authority: free_port() for s in STATES})
    clock = Clock()
    with ExitStack() as running:
        found_federation(folder, STATES, ports, settings, _stores(running))
        running.enter_context(serving_directory(folder / "secretariat", ports.directory))
        nodes = {}
        for code in (CO, PE, BR):
            nodes[code] = RunningNode(folder / code, ports.national[code], clock)
            running.callback(nodes[code].close)
        for node in nodes.values():  # all are up: each hears from the others what time it is, and issues its first manifests
            node.follow_lists()
            node.node.index.beat()
        yield Federation(nodes, clock, folder)
        for node in nodes.values():
            node.node.stop()  # all at once; `close` then waits for each


@contextmanager
def serving_directory(folder: Path, port: int) -> Iterator[None]:
    """The Secretariat's server, in a thread, over TLS."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "leaf.pem", folder / "leaf.key")
    app = directory_app(folder / "repository")
    online = load_key(folder.parent / "ceremony" / "secretariat" / "online.pem")
    take_submissions(app, Repository(folder / "repository", online, GOOD_FOR))
    with in_a_thread(uvicorn.Server(server_config(app, "127.0.0.1", port, tls))):
        yield


def free_port() -> int:
    """A port that nobody listens on now and that is given to no connection: below those that a system draws from.

    Tests that run side by side draw from ranges of their own, so that none takes a port between here and its server's start.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _RANGES
    while True:
        port = _FIRST_PORT + worker * _PORTS + next(_ports) % _PORTS
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
