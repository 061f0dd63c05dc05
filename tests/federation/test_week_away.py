"""A node that was down for a week has, soon after it is back, exactly what is in force: no more requests than that takes."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlmodel import col, select

from node.directory.ceremony import load_key
from node.directory.repository import Repository
from node.officers import Role
from node.store import manifests
from node.store.tables import Exchange, HeldRecord, Quarantined
from protocol.limits import MANIFESTS_A_REPLY
from tests.federation.cases import Suspect, export, hits, phone, publish, publish_phones, reference, take_in
from tests.federation.running import BR, CO, GOOD_FOR, PE, Federation, RunningNode
from tests.serving import wait_until

pytestmark = [pytest.mark.federation, pytest.mark.deep]

HOUR, HOURS = 3600, 7 * 24


def sign_for_long(federation: Federation) -> None:
    """The Secretariat signs its timestamp again, as it does every hour, and every node that is up fetches it."""
    online = load_key(federation.folder / "ceremony" / "secretariat" / "online.pem")
    Repository(federation.folder / "secretariat" / "repository", online, GOOD_FOR).resign(datetime.now(UTC))
    for node in federation.nodes.values():
        node.node.adopt.refresh()


def in_force(node: RunningNode) -> set[tuple[str, int, str]]:
    """Peru's records in force, as a node holds them."""
    with node.node.database.read() as work:
        rows = work.session.exec(select(HeldRecord).where(HeldRecord.authority == PE, col(HeldRecord.current))).all()
        return {(row.record_id, row.version, row.kind) for row in rows}


def versions(node: RunningNode, publication: dict[str, Any]) -> set[tuple[int, ...]]:
    """The versions that a node has ever had of each record of a publication."""
    with node.node.database.read() as work:
        rows = work.session.exec(select(HeldRecord).where(HeldRecord.authority == PE).order_by(col(HeldRecord.version))).all()
        ids = [record["id"] for record in publication["records"]]
        return {tuple(row.version for row in rows if row.record_id == each) for each in ids}


def newest(node: RunningNode) -> dict[str, tuple[int, str, bool]]:
    """The newest manifest of each list of Peru that Brazil may see: position, digest, usable."""
    with node.node.database.read() as work:
        chains = [manifests.newest(work, *chain) for chain in manifests.chains(work, PE)]
        return {held.list_id: (held.position, held.digest, held.usable) for held in chains if held and held.audience == "all"}


def said(node: RunningNode, *, since: int) -> Counter[tuple[str, str]]:
    """How many requests of each type a node has sent and taken since a time."""
    with node.node.database.read() as work:
        rows = work.session.exec(select(Exchange.direction, Exchange.type).where(Exchange.at >= since)).all()
        return Counter((direction, type_) for direction, type_ in rows)


def test_a_node_that_was_away_for_a_week_catches_up(own_federation: Federation) -> None:
    publisher, away, number = own_federation[PE], own_federation[BR], phone()
    network = reference()
    take_in(publisher.officer(Role.ANALYST), export(network, Suspect([phone()])))
    corrected = publish(publisher, network)
    gone = publish_phones(publisher, phone())
    own_federation.beat()
    assert versions(away, corrected) == versions(away, gone) == {(1,)}
    sign_for_long(own_federation)
    before = newest(away)
    away.stop()

    withdrawn_early = publish_phones(publisher, phone())
    added = publish_phones(publisher, number)
    for hour in range(0, HOURS, 2):
        own_federation.clock.forward(2 * HOUR)
        publisher.node.index.beat()
        if hour % 12 == 0:
            publisher.send_records()
        if hour in (30, 60, 90):
            changed = export(network, Suspect([phone()]), first_activity=f"2025-0{hour // 30}")
            take_in(publisher.officer(Role.ANALYST), changed)
            corrected = publish(publisher, network)
        if hour in (50, 100):
            taken_back = withdrawn_early if hour == 50 else gone
            publisher.officer(Role.ANALYST).post(f"/v1/publications/{taken_back['id']}/withdrawal").raise_for_status()
    missed = sum(position - before[list_id][0] for list_id, (position, _, _) in newest(publisher).items())
    assert missed >= HOURS // 2

    back = own_federation.clock()
    away.start()
    away.node.adopt.refresh()
    away.follow_lists()  # by which it is heard, or by the visit that it began with
    wait_until(lambda: newest(away) == newest(publisher), "the lists", 200)
    publisher.send_records()
    assert in_force(away) == in_force(publisher)
    assert versions(away, corrected) == {(1, 4)}
    assert versions(away, gone) == {(1, 2)}
    assert versions(away, withdrawn_early) == {(2,)}
    assert versions(away, added) == {(1,)}
    assert newest(away) == newest(publisher)
    with away.node.database.read() as work:
        assert work.session.exec(select(Quarantined)).all() == []
    requests = said(away, since=back)
    assert requests["in", "record_delivery"] == sum(
        len(each["records"]) for each in (corrected, gone, withdrawn_early, added)
    )  # each once, its last version
    # a page for every ten manifests; at most twice, since the visit with which the node began may be under way
    assert requests["out", "manifests_wanted"] <= 2 * missed // MANIFESTS_A_REPLY + 3 * 2
    assert len(hits(away.officer(Role.INVESTIGATOR), number, peers=[PE])) == 1
    assert in_force(own_federation[CO]) == in_force(publisher)
