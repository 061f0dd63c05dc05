"""Two nodes as real processes over real TLS, and their life up to now, kept as folders that each test begins from anew.

Colombia's node is the one that faults befall; Peru's stays up and is what the outcome shows at. Brazil is a member that is never
there. No person, number, company or network in these cases exists.
"""

import json
import shutil
import signal
import sqlite3
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any

import httpx2
import psycopg
from sqlalchemy import URL, make_url

from deploy.demo.ceremony import Ports, found_federation, signed_by_all
from deploy.demo.states import STATES
from node.app import Node
from node.directory import ceremony
from node.officers import Role
from protocol.authority import Authority
from protocol.directory import WorkingEntry
from tests.faults.processes import PATIENCE, Launcher, Started
from tests.federation.cases import Suspect, case_file, export
from tests.federation.running import BR, CO, PE, free_port, serving_directory
from tests.postgres_server import Server, section
from tests.serving import wait_until

BEATS = """
[beats]
directory = 2
additions = 2
removals = 2
manifests = 1
outbox = 0.5
questions = 0.5
checkpoint = 1
manifest_validity = 3600
"""
OFFICERS: Mapping[str, Sequence[Role]] = {
    "first": (Role.ANALYST,),
    "second": (Role.ANALYST,),
    "asker": (Role.INVESTIGATOR,),
    "administrator": (Role.ADMINISTRATOR,),
    "auditor": (Role.AUDITOR,),
}
NETWORK = "NET-1"
THEIR_PHONE, OUR_PHONE, NOBODY_S_PHONE = "+573015551001", "+573015551002", "+573015551003"
"""The first is on Peru's list, the second is imported, published and listed by Colombia. All are invented."""

Deed = Callable[["Life"], bool]
"""Looks where something stands, does what is missing, and says whether it is done: what a person does whose node went away."""


class NodeGone(Exception):
    """A request was not answered: the node died over it."""


class Life:
    """One run of the two nodes, in a folder that holds them, with what their officers do."""

    def __init__(
        self, folder: Path, first: Path, ports: Ports, launcher: Launcher, tokens: Mapping[Authority, Mapping[str, str]]
    ) -> None:
        """`first`: where the federation was founded, and what all lives share: keys of its officers, the Secretariat, Brazil."""
        self.folder, self.first, self.ports, self.tokens, self._launcher = folder, first, ports, tokens, launcher
        self.given_back = ExitStack()
        self.running: dict[Authority, Started] = {}
        self.wanted: dict[tuple[Authority, str], dict[str, int]] = {}
        self._http = httpx2.Client(trust_env=False, timeout=PATIENCE, verify=False)

    def start(self, authority: Authority, *, wait: bool = True, **order: Any) -> Started:
        """`celosia serve` for a node. `order` as in `Launcher.run`."""
        log = self.folder / f"{authority}.log"
        self.running[authority] = started = self._launcher.run("serve", "--node", self.folder / authority, log=log, **order)
        if wait:
            wait_until(lambda: started.status is not None or self._healthy(authority), f"a node: {started.log}", PATIENCE)
        return started

    def run(self, *words: str | Path, **order: Any) -> Started:
        """A command of the administrator on the machine of Colombia's node."""
        return self.launch(*words, "--node", self.folder / CO, **order)

    def launch(self, *words: str | Path, **order: Any) -> Started:
        """A command that needs no node."""
        return self._launcher.run(*words, **{"log": self.folder / "command.log", **order})

    def told(self, *words: str | Path) -> Any:
        """What such a command says, as a program reads it."""
        log = self.folder / "told.log"
        log.unlink(missing_ok=True)
        started = self.run(*words, "--json", log=log)
        assert started.wait() == 0, started.said()
        return json.loads(started.said())

    def _healthy(self, authority: Authority) -> bool:
        try:
            return self._http.get(f"{self.url(authority)}/healthz").status_code == 200
        except httpx2.TransportError:
            return False

    def stop(self) -> None:
        """Both nodes end in order."""
        for started in self.running.values():
            if started.status is None:
                started.send(signal.SIGTERM)
        for started in self.running.values():
            assert started.wait() == 0, started.said()[-4000:]

    def kill(self) -> None:
        """Whatever still runs is gone: for the end of a test that failed."""
        for started in self.running.values():
            if started.status is None:
                started.send(signal.SIGKILL)
                started.wait()
        self._http.close()
        self.given_back.close()

    def has_own_directory(self) -> None:
        """From now on a Secretariat of this life's own is where both nodes look: what is submitted there, no other life sees."""
        for name in ("ceremony", "secretariat"):
            shutil.copytree(self.first / name, self.folder / name, symlinks=True)
        port = free_port()
        for code in (CO, PE):
            settings = self.folder / code / "node.toml"
            there = settings.read_text("utf-8")
            settings.write_text(there.replace(f"127.0.0.1:{self.ports.directory}", f"127.0.0.1:{port}"), "utf-8")
        self.given_back.enter_context(serving_directory(self.folder / "secretariat", port))

    def submit(self, entry: WorkingEntry) -> None:
        """Colombia's two officers sign its second entry, and its administrator hands it in. Needs a directory of its own."""
        role, file = self.folder / "role.json", self.folder / "entry.json"
        raw = entry.to_bytes()
        role.write_bytes(signed_entry(self.first, CO, raw))
        file.write_bytes(raw)
        assert self.run("directory", "submit", role, file).wait() == 0, (self.folder / "command.log").read_text("utf-8")

    def url(self, authority: Authority) -> str:
        """The national API of a node."""
        return f"http://127.0.0.1:{self.ports.national[authority]}"

    def call(self, authority: Authority, officer: str, method: str, path: str, **request: Any) -> httpx2.Response:
        """A request of an officer. Raises `NodeGone` when there is no answer."""
        headers = {"Authorization": f"Bearer {self.tokens[authority][officer]}", **request.pop("headers", {})}
        try:
            return self._http.request(method, self.url(authority) + path, headers=headers, **request)
        except httpx2.TransportError:
            raise NodeGone from None

    def get(self, authority: Authority, officer: str, path: str) -> Any:
        """What a GET shows."""
        answer = self.call(authority, officer, "GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def until(self, deed: Deed) -> None:
        """Do `deed` again and again until it is done."""
        deadline = time.monotonic() + PATIENCE
        while not deed(self):
            assert time.monotonic() < deadline, f"not done in {PATIENCE} s: {deed.__name__}; wanted of lists: {self.wanted}"
            time.sleep(0.1)


def make_officers(folder: Path) -> dict[str, str]:
    """Five accounts of a node that does not run, by their user names, and a token for each."""
    node = Node(folder)
    try:
        for name, roles in OFFICERS.items():
            node.officers.create(name, f"{name} (invented)", f"{folder.name}-{name}", roles)
        return {name: node.officers.issue_token(name) for name in OFFICERS}
    finally:
        node.close()


def import_(life: Life, authority: Authority = CO, phone: str = OUR_PHONE) -> bool:
    """An export with one network and a suspect who used `phone`."""
    networks = life.get(authority, "first", "/v1/networks")
    if any(network["reference"] == NETWORK for network in networks):
        return True
    answer = life.call(authority, "first", "POST", "/v1/imports", files=export(NETWORK, Suspect([phone])))
    assert answer.status_code == 202, answer.text
    place = f"/v1/imports/{answer.json()['id']}"
    life.until(lambda life: life.get(authority, "first", place)["state"] != "running")
    return False


def propose(life: Life, authority: Authority = CO) -> bool:
    """The network, to all members."""
    if life.get(authority, "first", "/v1/publications"):
        return True
    answer = life.call(authority, "first", "POST", "/v1/publications", json={"network": NETWORK, "audience": None})
    assert answer.status_code == 201, answer.text
    return False


def _decide(life: Life, authority: Authority, wanted: str, path: str) -> bool:
    publication = life.get(authority, "second", "/v1/publications")[0]
    if publication["state"] == wanted:
        return True
    answer = life.call(authority, "second", "POST", f"/v1/publications/{publication['id']}/{path}")
    assert answer.status_code == 200, answer.text
    return False


def approve(life: Life, authority: Authority = CO) -> bool:
    """By the second analyst."""
    return _decide(life, authority, "published", "approval")


def refuse(life: Life) -> bool:
    """By the second analyst."""
    return _decide(life, CO, "refused", "refusal")


def withdraw(life: Life) -> bool:
    """Everything of the publication."""
    return _decide(life, CO, "withdrawn", "withdrawal")


def delivered(life: Life, authority: Authority = CO, to: Authority = PE) -> bool:
    """Whether the other node has signed for everything that is published."""
    if not any(each["state"] in ("published", "withdrawn") for each in life.get(authority, "first", "/v1/publications")):
        return False
    records = life.get(to, "asker", f"/v1/records?authority={authority}")
    ours = life.get(authority, "asker", f"/v1/records?authority={authority}")
    states = {record["deliveries"].get(to) for record in ours}
    return {record["digest"] for record in records} == {record["digest"] for record in ours} and states <= {"accepted"}


def ask(life: Life, authority: Authority = CO, phone: str = THEIR_PHONE) -> bool:
    """One question to the other node, until it is answered."""
    held = life.get(authority, "asker", "/v1/questions")
    if held:
        return bool(held[0]["done"])
    question = {
        **{"case_file": case_file(phone, NOBODY_S_PHONE), "purpose": "investigate_network", "basis": "untoc_police"},
        **{"offence": "tip", "case": "INVENTED-1", "attested": True, "peers": [PE if authority == CO else CO]},
    }
    answer = life.call(authority, "asker", "POST", "/v1/questions", json=question)
    assert answer.status_code == 202, answer.text
    return False


def listed(life: Life, authority: Authority = CO, to: Authority = PE) -> bool:
    """Whether no entry waits, and the other node holds what was each list's newest manifest then, or a later one, complete."""
    publications = life.get(authority, "first", "/v1/publications")
    if any(publication["waiting"] for publication in publications):
        return False
    query = "SELECT list_id, max(position) FROM manifests WHERE authority = ? AND audience = 'all' AND usable GROUP BY list_id"
    ours, theirs = (dict(rows(life.folder / code, query, authority)) for code in (authority, to))
    if not ours:
        return False  # a node just founded issues nothing before it has heard what time it is elsewhere
    wanted = life.wanted.setdefault((authority, str([each["state"] for each in publications])), ours)
    return all(theirs.get(listed, -1) >= position for listed, position in wanted.items())


def rows(node: Path, query: str, *values: object) -> list[tuple[Any, ...]]:
    """What a node's database holds; the node may run. `?` in the query stands for a value, on either database."""
    if (place := on_postgresql(node)) is not None:
        with closing(psycopg.connect(**place)) as connection:
            return connection.execute(query.replace("?", "%s").encode(), values).fetchall()
    with closing(sqlite3.connect(f"file:{node / 'database.sqlite'}?mode=ro", uri=True)) as file:
        return file.execute(query, values).fetchall()


def change(node: Path, statement: str, *values: object) -> None:
    """Change a node's database, as time or a disk would; the node does not run."""
    if (place := on_postgresql(node)) is not None:
        with closing(psycopg.connect(**place)) as connection, connection:
            connection.execute(statement.replace("?", "%s").encode(), values)
        return
    with closing(sqlite3.connect(node / "database.sqlite")) as file, file:
        file.execute(statement, values)


def on_postgresql(node: Path) -> dict[str, Any] | None:
    """Where the database of a node is, as libpq wants it; None if it is a file."""
    said = tomllib.loads((node / "node.toml").read_text("utf-8")).get("postgresql")
    if said is None:
        return None
    return {"host": said["host"], "port": said["port"], "dbname": said["name"], "user": said["user"]}


def let_leases_run_out(node: Path) -> None:
    """Minutes pass in which nobody serves: on a PostgreSQL another process might be at work, so a start ends no lease there."""
    change(node, "UPDATE jobs SET lease_until = 1 WHERE state = 'leased'")


def _of(deed: Callable[..., bool], *whose: Any) -> Deed:
    """A deed of others than usual, under its own name."""

    @wraps(deed)
    def done(life: Life) -> bool:
        return deed(life, *whose)

    return done


def signed_entry(first: Path, authority: Authority, entry: bytes) -> bytes:
    """The role of a state's second entry, signed by its two officers."""
    holders = first / "ceremony" / authority
    keys = [ceremony.load_key(holders / f"officer-{number}.pem") for number in (1, 2)]
    return signed_by_all(ceremony.draft_state(authority, 2, datetime.now(UTC) + timedelta(days=30), entry), keys)


class Story:
    """The lives of the two nodes so far: `begin` gives a copy of the one that a name stands for."""

    def __init__(self, folder: Path, launcher: Launcher, server: Server | None = None) -> None:
        """Their stores are files, or databases of a `server`."""
        self._folder, self._launcher, self._server = folder, launcher, server
        self._given_back = ExitStack()
        self._databases: dict[tuple[str, Authority], str] = {}
        self.ports = Ports(
            free_port(), {code: free_port() for code in (CO, PE, BR)}, {code: free_port() for code in (CO, PE, BR)}
        )
        self.first = first = folder / "first"
        first.mkdir()
        stores = {} if server is None else {code: section(self._database(self._given_back, "template0")) for code in (CO, PE)}
        found_federation(first, STATES, self.ports, BEATS, stores)
        self.secretariat = first / "secretariat"
        self._keep(first, "founded")
        self._tokens = {code: make_officers(first / code) for code in (CO, PE)}
        self._keep(first, "staffed")

    def tell(self, record: Path) -> None:
        """Live through it once, undisturbed. `record` then names every point that Colombia's node passed."""
        life = Life(self.first, self.first, self.ports, self._launcher, self._tokens)
        chapters: dict[str, Sequence[Deed]] = {
            "peru_listed": (
                _of(import_, PE, THEIR_PHONE),
                _of(propose, PE),
                _of(approve, PE),
                _of(delivered, PE, CO),
                _of(listed, PE, CO),
            ),
            "imported": (import_,),
            "proposed": (propose,),
            "published": (approve, delivered, listed),
            "asked": (ask,),
        }
        try:
            for name, deeds in chapters.items():
                for code in (PE, CO):
                    life.start(code, record=str(record) if code == CO else None)
                for deed in deeds:
                    life.until(deed)
                life.stop()
                self._keep(life.folder, name)
        finally:
            life.kill()

    def begin(self, name: str, folder: Path) -> Life:
        """A life of its own in `folder`, from the chapter `name` on. Nobody runs yet."""
        life = Life(folder, self.first, self.ports, self._launcher, self._tokens)
        for code in (CO, PE):
            shutil.copytree(self._folder / "chapters" / name / code, folder / code)
            if self._server is not None:
                kept = self._databases[name, code]
                copied = self._database(life.given_back, kept).database
                settings = folder / code / "node.toml"
                settings.write_text(settings.read_text("utf-8").replace(f'name = "{kept}"', f'name = "{copied}"'), "utf-8")
        return life

    def close(self) -> None:
        """Give back what the story is kept in."""
        self._given_back.close()

    def _keep(self, folder: Path, name: str) -> None:
        for code in (CO, PE):
            kept = self._folder / "chapters" / name / code
            shutil.copytree(folder / code, kept)
            place = on_postgresql(kept)
            if place is not None:
                copied = str(self._database(self._given_back, place["dbname"]).database)
                settings = kept / "node.toml"
                settings.write_text(settings.read_text("utf-8").replace(place["dbname"], copied), "utf-8")
                self._databases[name, code] = copied

    def _database(self, given_back: ExitStack, template: str) -> URL:
        """A copy of a database that nobody uses."""
        assert self._server is not None
        return make_url(given_back.enter_context(self._server.database(template)))
