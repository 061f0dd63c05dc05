"""Keys and certificates that change while three nodes serve: nobody restarts anything, and exchange goes on throughout."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from node.officers import Role
from node.tls.certificates import load_certificate, spki_pin
from protocol import jws
from protocol.journal import Act
from protocol.messages import ManifestsWanted
from tests.federation.cases import hits, phone, publish_phones
from tests.federation.running import BR, CO, PE, Federation
from tests.federation.signing import adopt, by_the_federations_clock, long_lived, sign_entry
from tests.federation.speaking import Speaker
from tests.node.cli.program import Program
from tests.serving import wait_until

pytestmark = pytest.mark.federation

DAY = 86400


def leaf_pin(federation: Federation) -> str:
    return spki_pin((federation[PE].folder / "tls" / "leaf.pem").read_bytes())


def exchange(federation: Federation) -> None:
    """Peru publishes, both peers take it and find it; then Peru asks and is answered: both ways, over Peru's new key or old."""
    number = phone()
    received = {peer: federation[peer].count(Act.RECORD_RECEIVED) for peer in (CO, BR)}
    published = publish_phones(federation[PE], number)
    federation.beat()
    for peer, before in received.items():
        assert federation[peer].count(Act.RECORD_RECEIVED) == before + len(published["records"]), peer
        assert [hit["line"] for hit in hits(federation[peer].officer(Role.INVESTIGATOR), number, peers=[PE])] == [2]
    assert hits(federation[PE].officer(Role.INVESTIGATOR), number, peers=[CO, BR]) == []


def renew(federation: Federation, celosia: Program) -> str:
    """Peru's next leaf, made while Peru serves: its pin."""
    made = celosia("tls", "renew", "--node", str(federation[PE].folder), "--json")
    assert made.code == 0, made.text
    return str(json.loads(made.out)["pin"])


def asks(line: httpx2.Client, federation: Federation) -> str:
    """The code with which Colombia answers whoever asks on this connection for a file that there is not."""
    url = federation[PE].node.federation.directory.member(CO).working.peer_url
    return str(line.get(f"{url}/v1/index/{'0' * 64}").json()["code"])


def test_two_certificates_follow_each_other_without_a_restart(own_federation: Federation, tmp_path: Path) -> None:
    federation, peru, thief = own_federation, own_federation[PE], Speaker(own_federation, PE)
    long_lived(federation)
    with by_the_federations_clock(federation) as celosia:
        for round_ in range(2):
            old, copied = leaf_pin(federation), thief.leaf()
            with thief.line(CO, copied) as living:
                assert asks(living, federation) == "wrong_question"
                pin = renew(federation, celosia)
                sign_entry(federation, celosia, PE, tmp_path / f"both-{round_}")
                peru.node.rotate.beat()
                assert leaf_pin(federation) == old  # Peru has not adopted the directory that has the new pin
                adopt(federation)
                peru.node.rotate.beat()
                assert leaf_pin(federation) == pin
                assert not list((peru.folder / "tls").glob("next-*"))
                exchange(federation)
                assert asks(living, federation) == "wrong_question"  # both pins stand in the directory
                sign_entry(federation, celosia, PE, tmp_path / f"one-{round_}")
                adopt(federation)
                assert asks(living, federation) == "not_a_peer"
            with thief.line(CO, copied) as again:
                assert asks(again, federation) == "not_a_peer"
            exchange(federation)
    assert peru.count(Act.KEY_CHANGED) == 2


def test_the_next_signing_key_signs_once_the_directory_has_it(own_federation: Federation, tmp_path: Path) -> None:
    federation, peru = own_federation, own_federation[PE]
    long_lived(federation)
    exchange(federation)
    before, other_hand = peru.node.keys.signing.public, Speaker(federation, PE)
    with by_the_federations_clock(federation) as celosia:
        made = celosia("keys", "next-signing", "--node", str(peru.folder), "--json")
        assert made.code == 0, made.text
        peru.node.rotate.beat()
        assert peru.node.keys.signing.public == before
        sign_entry(federation, celosia, PE, tmp_path / "table")
    federation.clock.forward(1)  # its period begins when the entry was written
    adopt(federation)
    peru.node.rotate.beat()
    assert jws.key_id(peru.node.keys.signing.public) == json.loads(made.out)["fingerprint"]
    exchange(federation)
    assert other_hand.say(CO, ManifestsWanted()).types == ["manifests"]  # the key before is good until its period ends
    peru.stop()
    peru.start()
    peru.node.adopt.load()
    wait_until(lambda: peru.node.keys.signing.public != before, "the key that signed before the restart")
    exchange(federation)
    assert peru.count(Act.KEY_CHANGED) == 1  # the start takes the next key anew, and it is on record already


def test_a_certificate_that_ends_is_refused_on_the_connection_that_it_was_good_for(own_federation: Federation) -> None:
    federation = own_federation
    long_lived(federation)
    leaf = load_certificate((federation[PE].folder / "tls" / "leaf.pem").read_bytes())
    left = int((leaf.not_valid_after_utc - datetime.now(UTC)) / timedelta(seconds=1))
    with Speaker(federation, PE).line(CO) as line:
        assert asks(line, federation) == "wrong_question"
        # Colombia's clock goes on; the caller's own program looks at no date of Colombia's
        federation.clock.forward(left + 60)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("node.tls.client.in_force", lambda *_: True)
            assert asks(line, federation) == "not_a_peer"
