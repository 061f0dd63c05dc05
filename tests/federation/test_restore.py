"""A node is lost and comes back from its backup: nobody sees a second history, and what was taken back stays away."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from node.officers import Role
from node.store.tables import Equivocation, HeldManifest, HeldRecord, QuestionToPeer, Restoration
from protocol.authority import Authority
from protocol.journal import Act
from protocol.messages import ManifestsWanted
from tests.federation.cases import (
    Suspect,
    ask,
    export,
    phone,
    progress,
    publish,
    publish_phones,
    reference,
    settled,
    take_in,
)
from tests.federation.running import BR, CO, PE, Federation, RunningNode
from tests.federation.signing import adopt, by_the_federations_clock, long_lived, sign_entry
from tests.federation.speaking import Speaker
from tests.federation.test_epochs import found
from tests.node.cli.program import Program
from tests.serving import wait_until

pytestmark = pytest.mark.federation


def versions(node: RunningNode, record_id: str) -> list[tuple[int, str, bool]]:
    """What a node holds of a record: version, kind, and whether it is the one in force."""
    with node.node.database.read() as work:
        rows = work.session.exec(
            select(HeldRecord).where(HeldRecord.record_id == record_id).order_by(col(HeldRecord.version))
        ).all()
        return [(row.version, row.kind, row.current) for row in rows]


def forks(federation: Federation) -> list[Equivocation]:
    found_: list[Equivocation] = []
    for node in federation.nodes.values():
        with node.node.database.read() as work:
            found_ += work.session.exec(select(Equivocation)).all()
    return found_


def network_id(published: dict[str, list[dict[str, str]]]) -> str:
    return next(record["id"] for record in published["records"] if record["kind"] == "network")


class Loss:
    """Peru backs its node up, lives on, and then loses the machine."""

    def __init__(self, federation: Federation, celosia: Program, folder: Path) -> None:
        self.federation, self.celosia, self.table = federation, celosia, folder
        self.node = federation.folder / PE
        self.staying, self.taken_back, self.late, self.victims, self.changing, self.entered = (phone() for _ in range(6))
        self.numbers = (self.staying, self.taken_back, self.changing, self.victims, self.late, self.entered)
        self.network, self.of_a_victim = reference(), reference()
        (folder / "secret").write_text("an invented secret of this test\n")
        (folder / "secret").chmod(0o600)

    def run(self, *words: str) -> dict[str, Any]:
        """A command on Peru's node; what it reports."""
        result = self.celosia(*words, "--node", str(self.node), "--json")
        assert result.code == 0, result.text
        reported: dict[str, Any] = json.loads(result.out)
        return reported

    def import_(self, network: str, number: str, category: str = "suspect", **changes: str) -> None:
        """An export of one network with one subject, taken in by an analyst of Peru."""
        officer = self.federation[PE].officer(Role.ANALYST)
        take_in(officer, export(network, Suspect([number], category=category), **changes))

    def enter(self) -> None:
        """A protection liaison of Peru enters one person of the register, who bears a number that is published."""
        entry = {
            **{"reference": "R-INVENTADA-1", "given_names": "", "surnames": "", "birth_date": ""},
            "identifiers": [{"kind": "phone", "value": self.entered}],
        }
        done = self.federation[PE].officer(Role.PROTECTION).post("/v1/protected/entries", json=entry)
        assert (done.status_code, done.json()) == (200, {"fresh": 1})

    def publish_and_back_up(self) -> None:
        """Five networks are published and found; then the backup is made, while the node serves."""
        peru = self.federation[PE]
        self.import_(self.network, self.changing)
        self.changed = publish(peru, self.network)
        self.kept, self.withdrawn = publish_phones(peru, self.staying), publish_phones(peru, self.taken_back)
        self.import_(self.of_a_victim, self.victims)
        publish(peru, self.of_a_victim)
        publish_phones(peru, self.entered)
        self.federation.beat()
        made = self.run("backup", "make", str(self.table / "backup"), "--secret", str(self.table / "secret"))
        checked = self.celosia("backup", "check", str(self.table / "backup"), "--secret", str(self.table / "secret"), "--json")
        assert json.loads(checked.out)["rows"] == made["rows"]

    def live_on_and_be_lost(self) -> None:
        """A new version, a withdrawal, a new publication, new victims by an import and by hand, a record that comes from a peer;
        then nothing is left."""
        peru = self.federation[PE]
        self.import_(self.network, self.changing, size="n11_25")
        publish(peru, self.network)
        peru.officer(Role.ANALYST).post(f"/v1/publications/{self.withdrawn['id']}/withdrawal")
        self.orphan, self.theirs = publish_phones(peru, self.late), publish_phones(self.federation[CO], phone())
        self.import_(self.of_a_victim, self.victims, category="victim")
        self.enter()
        for _ in range(3):
            self.federation.beat()
        assert found(self.federation, self.federation[CO], *self.numbers) == [1, 3, 5]
        self.lose()

    def lose(self) -> None:
        """The node goes down, and its folder and database are gone."""
        peru = self.federation[PE]
        peru.stop()
        url = peru.node.database.url
        if not url.startswith("sqlite"):
            engine, tables = sa.create_engine(url), sa.MetaData()
            tables.reflect(engine)
            tables.drop_all(engine)
            engine.dispose()
        shutil.rmtree(self.node)

    def restore(self) -> None:
        """The backup goes into the empty folder, and the node is started."""
        self.run("restore", "start", str(self.table / "backup"), "--secret", str(self.table / "secret"))
        self.federation[PE].start()


@pytest.fixture
def loss(own_federation: Federation, tmp_path: Path) -> Iterator[Loss]:
    long_lived(own_federation)
    with by_the_federations_clock(own_federation) as celosia:
        yield Loss(own_federation, celosia, tmp_path)


@pytest.mark.timeout(600)
def test_a_node_comes_back_from_its_backup_and_no_peer_sees_a_second_history(loss: Loss) -> None:
    federation, peru, colombia, brazil = loss.federation, loss.federation[PE], loss.federation[CO], loss.federation[BR]
    loss.publish_and_back_up()
    loss.live_on_and_be_lost()
    loss.restore()
    federation.beat()
    # nobody publishes, and nobody's question is refused: it waits for the new list
    refused = peru.officer(Role.ANALYST).post("/v1/publications", json={"network": loss.network, "audience": None})
    assert (refused.status_code, refused.json()["code"]) == (409, "restore_unfinished")
    asker = colombia.officer(Role.INVESTIGATOR)
    waiting = ask(asker, loss.staying, peers=[PE])
    wait_until(lambda: progress(asker, waiting)[0]["attempts"] >= 1, "the attempt")
    assert progress(asker, waiting)[0]["state"] == "waiting"
    finish = ("restore", "finish", "--node", str(loss.node), "--json")
    assert loss.celosia(*finish).code == 2  # nobody has said that the imports were repeated
    assert loss.celosia(*finish, "--imports-repeated").code == 2  # nor that the register was fed again
    assert loss.celosia(*finish, "--register-fed").code == 2
    assert json.loads(loss.celosia(*finish, "--imports-repeated", "--register-fed").err)["code"] == "directory_behind"
    sign_entry(federation, loss.celosia, PE, loss.table / "table")
    adopt(federation)
    loss.import_(loss.of_a_victim, loss.victims, category="victim")
    loss.enter()
    learnt = loss.run("restore", "finish", "--imports-repeated", "--register-fed")
    # the new version, the withdrawal and the new publication have three records each
    assert learnt == {"own": 9, "received": len(loss.theirs["records"]), "withdrawn": len(loss.orphan["records"])}
    for _ in range(3):
        federation.beat()
        for node in (colombia, brazil):
            assert found(federation, node, *loss.numbers) == [1, 3]
    assert settled(asker, waiting, beating=colombia)[0]["state"] == "answered"
    for node in federation.nodes.values():
        assert versions(node, network_id(loss.withdrawn)) == [(1, "network", False), (2, "revocation", True)]
        assert versions(node, network_id(loss.orphan))[-1] == (2, "revocation", True)
        assert versions(node, network_id(loss.changed))[-1] == (2, "network", True)
        assert versions(node, network_id(loss.theirs))[-1] == (1, "network", True)
        assert versions(node, network_id(loss.kept)) == [(1, "network", True)]
    # life goes on: a third version of what changed, and the lost publication anew
    loss.import_(loss.network, loss.changing, size="n6_10")
    publish(peru, loss.network)
    publish_phones(peru, loss.late)
    federation.beat()
    assert versions(brazil, network_id(loss.changed))[-1] == (3, "network", True)
    assert found(federation, brazil, *loss.numbers) == [1, 3, 5]
    assert peru.count(Act.RESTORED) == peru.count(Act.RESTORE_FINISHED) == 1
    assert forks(federation) == []
    # the backup had no keys of exchanges, which is on record: what acts before said is lost, and nobody is said to have erased it
    (verdict,) = peru.officer(Role.AUDITOR).get("/v1/audit/verification", timeout=60).json()
    assert (verdict["faults"], verdict["erased"]) == ([], 0)
    assert verdict["lost"] > 0


def positions(node: RunningNode, of: Authority) -> set[tuple[int, int]]:
    with node.node.database.read() as work:
        rows = work.session.exec(select(HeldManifest).where(HeldManifest.authority == of)).all()
        return {(row.epoch, row.position) for row in rows}


def test_a_peer_that_is_down_holds_the_end_of_a_restore_up_until_it_is_given_up_on(loss: Loss) -> None:
    federation, peru, colombia = loss.federation, loss.federation[PE], loss.federation[CO]
    loss.publish_and_back_up()
    colombia.stop()
    ask(peru.officer(Role.INVESTIGATOR), phone(), peers=[CO])
    loss.run("backup", "make", str(loss.table / "later"), "--secret", str(loss.table / "secret"))
    (loss.table / "later").replace(loss.table / "backup")
    colombia.start()
    loss.lose()
    loss.restore()
    with peru.node.database.read() as work:
        assert {row.state for row in work.session.exec(select(QuestionToPeer)).all()} == {"expired"}
    sign_entry(federation, loss.celosia, PE, loss.table / "table")
    adopt(federation)
    federation[BR].stop()
    finish = ("restore", "finish", "--imports-repeated", "--register-fed", "--node", str(loss.node))
    stopped = loss.celosia(*finish, "--lang", "en")
    assert (stopped.code, "Brazil (BR)" in stopped.text, "Colombia" in stopped.text) == (1, True, False)
    before = positions(colombia, PE)
    assert loss.celosia(*finish, "--without", "BR").code == 0
    assert loss.celosia(*finish).code == 1  # there is nothing to finish any more
    federation[BR].start()
    federation.beat()
    new = positions(colombia, PE) - before
    assert new
    assert {epoch for epoch, _ in new}.isdisjoint({epoch for epoch, _ in before})
    assert forks(federation) == []


def test_what_was_said_before_a_restore_is_not_taken_again_after_it(loss: Loss) -> None:
    """The backup has forgotten the exchange; the envelope is still fresh."""
    federation, peru = loss.federation, loss.federation[PE]
    loss.publish_and_back_up()
    speaker = Speaker(federation, CO)
    raw = speaker.envelope(PE, ManifestsWanted()).raw
    assert speaker.post(PE, raw).types == ["manifests"]
    loss.lose()
    loss.restore()
    assert speaker.post(PE, raw).code == "not_fresh"
    with peru.node.database.begin() as work:  # without the mark of the restore, it would be taken a second time
        for row in work.session.exec(select(Restoration)).all():
            work.session.delete(row)
    assert speaker.post(PE, raw).types == ["manifests"]
