"""What officers do in the play, on any node, in any order; and the search through all that left."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from sqlmodel import col, func, select

from crypto.group import Scalar
from crypto.oprf import ServerKey
from node.app import Node
from node.flows.rotate_register import RotateRegister
from node.officers import Role
from node.store import manifests
from node.store.tables import CaseIdentifier, CaseSubject, HeldManifest, HeldRecord, IndexItem, ListEpoch, Publication
from protocol.authority import Authority
from protocol.index.entry import KEY_TYPE_IDENTIFIER
from protocol.index.segment import is_removed
from protocol.limits import TAG_BYTES
from protocol.vocabulary import SubjectCategory
from tests.federation.cases import Suspect, export, question
from tests.proof.cast import CAST, Somebody
from tests.proof.inprocess import CODES, Answer, Reply
from tests.proof.needles import Canary, Secrets, values_of
from tests.proof.registering import feed_of, file_of, typed
from tests.proof.search import Found, Search
from tests.proof.taps import Taps
from tests.serving import wait_until

OFFICERS = {
    "analyst-1": Role.ANALYST,
    "analyst-2": Role.ANALYST,
    "investigator": Role.INVESTIGATOR,
    "protection-1": Role.PROTECTION,
    "protection-2": Role.PROTECTION,
    "liaison-1": Role.LIAISON,
    "liaison-2": Role.LIAISON,
}


@dataclass(frozen=True)
class Registered:
    """Since when somebody is protected by a node, and what that node had given to peers before."""

    since: int
    published: frozenset[str]
    """Digests of index files that a signed manifest named already: peers may have them, and may fetch them until it lapses."""


class Draws(Protocol):
    """Who knows what was drawn."""

    def scalars(self) -> list[Scalar]:
        """Every blinding factor, and perhaps more."""


class Stage(Protocol):
    """Where it is played: in one process, or in three over TLS."""

    folder: Path
    taps: Taps
    nodes: dict[Authority, Node]
    away: set[Authority]
    """Whose lines are cut."""

    @property
    def drawn(self) -> Draws:
        """What the nodes drew."""

    def officer(self, code: Authority, username: str, *roles: Role) -> str:
        """The token of an account, which is made at the first use."""

    def national(self, code: Authority, token: str, method: str, path: str, **given: Any) -> Answer:
        """One request to a node's own API."""

    def turn(self) -> int:
        """A point in time, of the taps: what was let out before is gone."""

    def settle(self) -> None:
        """What was begun goes on to its end."""

    def beat(self, *followers: Authority) -> None:
        """Time passes until every list was issued and `followers` have it; all do if none is named."""

    def cut(self, code: Authority) -> None:
        """A node's line is cut, or mended."""

    def turn_epochs(self, code: Authority, *, overlap: bool) -> None:
        """The next epochs of a state's lists begin, in the directory, too; without `overlap` the ones before end."""

    def strange(self, code: Authority, body: bytes) -> Reply:
        """What a peer sends to this node, and no node of ours would."""

    def out_of_service(self, code: Authority, work: Callable[[Node], object]) -> None:
        """Something that is done to a node that does not serve; then it starts from its folder."""

    def end(self) -> None:
        """The federation is over; all that left was noted. What its nodes hold can still be read."""

    def close(self) -> None:
        """Everything is given back."""


@dataclass(repr=False)
class Play:
    """A federation with its officers. Every step ends with an answer that is no fault of the node's."""

    federation: Stage
    protected: dict[tuple[Authority, Canary], Registered] = field(default_factory=dict)
    searched: int = 0
    """Bytes, by `finds`."""
    turned: list[Scalar] = field(default_factory=list)
    """Keys of registers that were replaced."""
    epochs: dict[tuple[Authority, str, int], ServerKey] = field(default_factory=dict)
    """The keys of every epoch there was, by state, list and number: those that ended are destroyed."""
    turns: int = 0
    """Of epochs."""

    def call(self, code: Authority, username: str, method: str, path: str, **given: Any) -> Answer:
        """One request of an officer. An answer of 500 or more is a fault in itself, but for a peer's that is not there (502)."""
        token = self.federation.officer(code, username, OFFICERS[username])
        answer = self.federation.national(code, token, method, path, **given)
        assert answer.status < 500 or answer.status == 502, (method, path.partition("?")[0], answer.status)
        return answer

    def import_case(
        self, code: Authority, network: str, subjects: Sequence[Suspect], *, file_name: str = "subjects", header: str = "x"
    ) -> str:
        """Import an export, wait for its end, and take note of whom it protects. Returns the state of the import."""
        upload = [
            (part, (name.replace("subjects", file_name), raw.replace(b"subjects.csv", f"{file_name}.csv".encode())))
            for part, (name, raw) in export(network, *subjects)
        ]
        answer = self.call(code, "analyst-1", "POST", "/v1/imports", files=upload, headers=headers(header))
        if answer.status != 202:
            return "refused"
        place = f"/v1/imports/{answer.json()['id']}"
        wait_until(lambda: self.call(code, "analyst-1", "GET", place).json()["state"] != "running", "the import")
        shown = self.call(code, "analyst-1", "GET", place).json()
        refused = {each["line"] for each in shown["problems"] if each["file"] == f"{file_name}.csv"}
        for line, each in enumerate(subjects, start=2):
            if SubjectCategory(each.category).protected and line not in refused:
                self.note_row(code, each)
        return str(shown["state"])

    def note_row(self, code: Authority, row: Suspect) -> None:
        """A row of somebody protected protects every number in it, whoever bears it too, and the name and passport if any."""
        for who in CAST:
            number, name, *others = who.canaries()
            if not set(who.numbers()).isdisjoint(row.phones):
                self.note_protected(code, number)
            if row.name in who.names():
                self.note_protected(code, name)
            if row.passport and row.passport == who.passport:
                self.note_protected(code, next(each for each in others if row.passport in each.texts))

    def register(self, code: Authority, who: Somebody, way: int, by: str = "typed") -> None:
        """Enter somebody in the register with all that they bear: typed by the liaison, by a file, or by the signed feed."""
        register = "/v1/protected"
        if by == "typed":
            answer = self.call(code, "protection-1", "POST", f"{register}/entries", json=typed(who, way))
        elif by == "file":
            file = (f"{who.number}.csv", file_of(who, way))
            answer = self.call(code, "protection-1", "POST", f"{register}/imports", files={"file": file})
            answer = self._fed(code, f"{register}/imports/{answer.json()['id']}")
        else:
            sequence = self.call(code, "protection-1", "GET", register).json()["feed"] + 1
            file = (f"{who.number}.jws", feed_of(who, way, code, sequence))
            answer = self.call(code, "protection-1", "POST", f"{register}/feeds", files={"signed": file})
        assert (answer.status, answer.json().get("problems", [])) == (200, []), answer.json()
        for canary in who.canaries():
            self.note_protected(code, canary)

    def _fed(self, code: Authority, place: str) -> Answer:
        wait_until(lambda: self.call(code, "protection-1", "GET", place).json()["state"] != "running", "the file")
        answer = self.call(code, "protection-1", "GET", place)
        assert (answer.json()["state"], answer.json()["rows_taken"]) == ("done", answer.json()["rows_total"])
        return answer

    def note_protected(self, code: Authority, canary: Canary) -> None:
        """From now on nothing of it may leave this node."""
        self.protected.setdefault((code, canary), Registered(self.federation.turn(), self._named(code)))

    def _named(self, code: Authority) -> frozenset[str]:
        with self.federation.nodes[code].database.read() as work:
            own = work.session.exec(select(HeldManifest).where(HeldManifest.authority == code)).all()
        segments = [each for held in own for each in manifests.content(held).segments]
        return frozenset(str(digest) for each in segments for digest in (each.digest, each.removals) if digest is not None)

    def publish(self, code: Authority, network: str) -> str:
        """One analyst proposes, another approves. Returns the state, or the code of the refusal."""
        proposed = self.call(code, "analyst-1", "POST", "/v1/publications", json={"network": network, "audience": None})
        if proposed.status != 201:
            return str(proposed.json()["code"])
        approved = self.call(code, "analyst-2", "POST", f"/v1/publications/{proposed.json()['id']}/approval")
        return str(approved.json()["state" if approved.status == 200 else "code"])

    def publish_alone(self, code: Authority, network: str) -> None:
        """One analyst proposes and wants to approve it, too. Nobody lets that pass."""
        proposed = self.call(code, "analyst-1", "POST", "/v1/publications", json={"network": network, "audience": None})
        if proposed.status == 201:
            approved = self.call(code, "analyst-1", "POST", f"/v1/publications/{proposed.json()['id']}/approval")
            assert approved.status == 403, approved.status

    def withdraw(self, code: Authority) -> None:
        """Whatever is published of this node is taken back."""
        for each in self.call(code, "analyst-1", "GET", "/v1/publications?state=published").json():
            self.call(code, "analyst-1", "POST", f"/v1/publications/{each['id']}/withdrawal")

    def ask(self, code: Authority, lines: Sequence[str], *, case: str = "INVENTED-1", header: str = "x") -> Answer:
        """Ask both peers about lines as `line_about` writes them, until nothing is due any more."""
        case_file = "\n".join(["kind,value,given_names,surnames,birth_date,attests_not_protected,country", *lines])
        body = question(peers=[other for other in CODES if other != code], case_file=case_file, case=case)
        answer = self.call(code, "investigator", "POST", "/v1/questions", json=body, headers=headers(header))
        self.federation.settle()
        return answer

    def garbage(self, code: Authority, text: str) -> None:
        """Requests that cannot be understood, with `text` in them."""
        self.call(
            code, "analyst-1", "POST", "/v1/imports", files=[("mapping", ("m.json", text.encode())), ("files", (text, b"x"))]
        )
        self.call(code, "investigator", "POST", "/v1/questions", content=text.encode(), headers=headers(text))
        self.call(code, "investigator", "GET", f"/v1/questions/{text.encode().hex()}")
        self.call(code, "analyst-1", "GET", "/v1/publications", headers=headers(text))

    def restart(self, code: Authority) -> None:
        """The node stops in whatever it is at, and starts from its folder."""
        self.federation.out_of_service(code, lambda _node: None)

    def noise(self, code: Authority) -> None:
        """A peer sends this node what is no envelope."""
        self.federation.strange(code, b"{}")

    def decide(self, code: Authority) -> None:
        """Two liaisons release every line that may be released; of somebody alike they see who it is, and keep it."""
        for each in self.call(code, "protection-1", "GET", "/v1/holds").json():
            what = "keep" if each["cause"] == "weak" else "release"
            for liaison in ("protection-1", "protection-2"):
                decision = {"decision": what, "note": each["written"]}
                self.call(code, liaison, "POST", f"/v1/holds/{each['id']}/decisions", json=decision)
        self.federation.settle()

    def turn_register(self, code: Authority) -> None:
        """The administrator replaces the register's key; the node does not serve meanwhile."""
        self.federation.out_of_service(code, self._turn)

    def _turn(self, node: Node) -> None:
        self.turned.append(_register_key(node))
        RotateRegister(node.database, node.keys).rotate(lambda _done, _of: None)

    def turn_epochs(self, code: Authority, *, overlap: bool) -> None:
        """Two directory officers sign the next epochs of all lists of their state."""
        self.note_epochs()
        self.federation.turn_epochs(code, overlap=overlap)
        self.note_epochs()
        self.turns += 1

    def note_epochs(self) -> dict[tuple[Authority, str, int], ServerKey]:
        """Keep the keys of all epochs there are; returns those of all there were."""
        for code, each in self.federation.nodes.items():
            with each.database.read() as work:
                periods = work.session.exec(select(ListEpoch)).all()
            for period in periods:
                if each.keys.has_epoch(period.list_id, period.epoch):
                    key = each.keys.epoch_key(code, period.list_id, period.epoch)
                    self.epochs[code, period.list_id, period.epoch] = key
        return self.epochs

    def finds(self) -> list[Found]:
        """Every canary that left the node that protects it, since it does; and how many bytes were searched."""
        secrets = self._secrets()
        found: list[Found] = []
        for code in CODES:
            mine = {canary: held for (node, canary), held in self.protected.items() if node == code}
            if not mine:
                continue
            search = Search({canary: held.since for canary, held in mine.items()}, secrets)
            before = {canary.name: held.published for canary, held in mine.items()}
            since = min(held.since for held in mine.values())
            for left in self.federation.taps.left(code, since):
                digest = hashlib.sha256(left.data).hexdigest()
                found += [each for each in search.finds([left]) if digest not in before[each.canary]]
            found += self._listed(code, mine, secrets)
            self.searched += search.bytes_searched
        return found

    def _listed(self, code: Authority, canaries: Iterable[Canary], secrets: Secrets) -> list[Found]:
        """Who still stands in a list in force. A segment may be older than the protection; what is marked as gone is not."""
        node = self.federation.nodes[code]
        with node.database.read() as work:
            running = [
                (period.list_id, period.epoch)
                for period in work.session.exec(select(ListEpoch)).all()
                if period.not_after > work.now()
            ]
            chains = [chain for chain in manifests.chains(work, code) if chain[1:] in running]
            newest = [held for chain in chains if (held := manifests.newest(work, *chain)) is not None]
        live: set[bytes] = set()
        for held in newest:
            for reference in manifests.content(held).segments:
                bitmap = None if reference.removals is None else node.index.files.read(reference.removals)
                with node.index.files.segment(reference.digest) as segment:
                    live |= {
                        segment.entry(at)[:TAG_BYTES]
                        for at in range(segment.count)
                        if bitmap is None or not is_removed(bitmap, at)
                    }
        tags = {canary.name: {tag for form, tag in values_of(canary, secrets) if form == "tag"} for canary in canaries}
        return [Found(name, "listed", code, "list") for name, those in tags.items() if not live.isdisjoint(those)]

    def unlawful(self) -> list[str]:
        """What is published without a screening of everybody who bears it, or without a second person: written from the rules."""
        return [found for node in self.federation.nodes.values() for found in _unlawful(node)]

    def _secrets(self) -> Secrets:
        nodes = list(self.federation.nodes.values())
        self.note_epochs()
        keys: set[bytes] = set()
        scalars = [*self.federation.drawn.scalars(), *self.turned, *map(_register_key, nodes)]
        for each in nodes:
            files = [path for path in sorted((each.vault.folder / "keys").rglob("*")) if path.suffix in (".key", ".seed")]
            keys |= {each.vault.read(path) for path in files if path.name != "node.key"}
        return Secrets(frozenset(keys), scalars, list(self.epochs.values()), [each.keys.digest for each in nodes])


def listed(node: Node, state: str = "listed") -> int:
    """How many entries of a node's lists are in a state."""
    with node.database.read() as work:
        return work.session.exec(select(func.count()).select_from(IndexItem).where(IndexItem.state == state)).one()


_SUSPECTS = ("suspect", "charged", "convicted")
_USERS_CLEARED = ("done_no_indicator", "not_applicable")


def _unlawful(node: Node) -> Iterator[str]:
    with node.database.read() as work:
        for item in work.session.exec(select(IndexItem).where(IndexItem.state == "listed")).all():
            of_it = select(CaseSubject).join(CaseIdentifier, col(CaseIdentifier.subject) == col(CaseSubject.digest))
            bearers = work.session.exec(of_it.where(CaseIdentifier.digest == item.identifier)).all()
            is_name = item.key_type != KEY_TYPE_IDENTIFIER
            theirs = [each for each in bearers if not is_name or each.digest == item.subject]
            if not theirs or not all(_is_cleared(each, is_name=is_name) for each in theirs):
                yield f"{node.federation.me}: listed without a screening"
        own = select(Publication).join(HeldRecord, col(HeldRecord.publication_id) == col(Publication.id))
        for publication in work.session.exec(own.where(HeldRecord.authority == node.federation.me)).all():
            if publication.decided_by in (None, publication.proposed_by):
                yield f"{node.federation.me}: published by one person"


def _is_cleared(bearer: CaseSubject, *, is_name: bool) -> bool:
    users = (bearer.user_screening, bearer.registrant_screening)
    by_users = is_name or all(each in _USERS_CLEARED for each in users)
    return bearer.category in _SUSPECTS and bearer.screening == "done_no_indicator" and by_users


def _register_key(node: Node) -> Scalar:
    return Scalar.from_bytes(node.vault.read(node.vault.folder / "keys" / "protected.key"))


def headers(text: str) -> dict[str, bytes]:
    """`text` in a header that no code reads, and in one that errors are told by."""
    return {"X-Request-Id": text.encode(), "Accept-Language": text.encode()}


def number_line(number: str) -> str:
    """A line of a case file that asks about a number."""
    return f"phone,{number},,,,yes,CO"


def person_line(given: str, surnames: str, born: str) -> str:
    """A line of a case file that asks about a person."""
    return f",,{given},{surnames},{born},yes,"


def line_about(who: Somebody, way: int, by: int) -> str:
    """A line that asks about somebody by the number, by the name, or by something else that they bear."""
    others = (f"{each.kind},{each.written[way % len(each.written)]},,,,yes,CO" for each in who.others)
    lines = (number_line(who.numbers()[way]), person_line(*who.names()[way % 4]), *others)
    return lines[by % len(lines)]
