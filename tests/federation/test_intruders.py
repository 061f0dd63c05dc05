"""What comes in from a peer that does not keep the rules: each attempt is refused with its own code, and on record."""

import os
from datetime import UTC, datetime

import pytest
from sqlmodel import select

from node.officers import Role
from node.store import manifests
from node.store.tables import BudgetSpending
from node.tls.certificates import create_authority, issue_leaf
from node.tls.client import pinned_client
from node.tls.errors import TlsError
from protocol.authority import Authority
from protocol.journal import Act
from protocol.messages import ManifestsWanted
from tests.federation.cases import phone, publish_phones
from tests.federation.running import BR, CO, PE, Federation, RunningNode
from tests.federation.speaking import Speaker, asking, newest_manifest

pytestmark = pytest.mark.federation


def spent(node: RunningNode, asker: Authority) -> int:
    with node.node.database.read() as work:
        rows = work.session.exec(select(BudgetSpending).where(BudgetSpending.side == "asker", BudgetSpending.who == asker))
        return sum(row.elements for row in rows.all())


def causes(node: RunningNode) -> list[str]:
    """The causes of all policy refusals on record, oldest first."""
    return [payload["cause"] for payload in node.payloads(Act.POLICY_REFUSAL)]


def test_the_same_question_bytes_get_the_same_replies_and_are_charged_once(federation: Federation) -> None:
    speaker, before = Speaker(federation, BR), spent(federation[PE], BR)
    raw = speaker.envelope(PE, asking(newest_manifest(federation[PE]))).raw
    first, again = speaker.post(PE, raw), speaker.post(PE, raw)
    assert first.types == ["match_receipt", "match_answer"]
    assert again.raw == first.raw
    assert spent(federation[PE], BR) - before == 16


def test_the_same_exchange_with_other_bytes_is_refused_and_charged_nothing(federation: Federation) -> None:
    speaker, manifest = Speaker(federation, BR), newest_manifest(federation[PE])
    x = os.urandom(16).hex()
    speaker.say(PE, asking(manifest), x=x)
    before = spent(federation[PE], BR)
    heard = speaker.say(PE, asking(manifest), x=x)
    assert (heard.status, heard.code) == (409, "replayed")
    assert spent(federation[PE], BR) == before
    assert causes(federation[PE])[-1] == "replayed"


@pytest.mark.parametrize("purpose", ["immigration_enforcement", "prosecute_victim", "missing_person", "victim_protection"])
def test_a_forbidden_purpose_from_a_modified_asker_is_refused_by_name_and_counted(federation: Federation, purpose: str) -> None:
    before, on_record = spent(federation[PE], BR), federation[PE].count(Act.POLICY_REFUSAL)
    heard = Speaker(federation, BR).say(PE, asking(newest_manifest(federation[PE]), purpose=purpose))
    assert heard.bodies == [{"outcome": "refused_purpose"}]
    assert federation[PE].count(Act.POLICY_REFUSAL) == on_record + 1
    assert causes(federation[PE])[-1] == "purpose_refused"
    assert spent(federation[PE], BR) == before


def test_a_spent_budget_is_declined_and_counted_and_the_asker_is_not_told_which(federation: Federation) -> None:
    manifest, node = newest_manifest(federation[BR]), federation[BR]
    entry = node.node.federation.directory.member(BR).list_entry(manifest.list_id)
    assert entry is not None
    with node.node.database.begin() as work:
        spending = BudgetSpending(side="asker", who=PE, list_id=manifest.list_id, epoch=1, day=work.now() // 86400, elements=0)
        spending.elements = entry.daily_per_asker - 16
        work.session.add(spending)
    speaker = Speaker(federation, PE)
    assert speaker.say(BR, asking(manifest)).types == ["match_receipt", "match_answer"]
    assert speaker.say(BR, asking(manifest)).bodies[1:] == [{"outcome": "declined"}]
    assert causes(node)[-1] == "budget_spent"
    assert Speaker(federation, CO).say(BR, asking(manifest)).types == ["match_receipt", "match_answer"]


def test_a_question_under_a_manifest_past_its_validity_is_declined(own_federation: Federation) -> None:
    old = newest_manifest(own_federation[PE])
    own_federation.clock.forward(3601)
    assert Speaker(own_federation, BR).say(PE, asking(old)).bodies[1:] == [{"outcome": "declined"}]
    assert causes(own_federation[PE])[-1] == "wrong_question"


def test_an_envelope_of_one_state_on_another_s_connection_is_refused(federation: Federation) -> None:
    raw = Speaker(federation, CO).envelope(PE, ManifestsWanted()).raw
    heard = Speaker(federation, BR).post(PE, raw)
    assert (heard.status, heard.code) == (403, "not_the_sender")
    assert Speaker(federation, CO).post(PE, raw).types == ["manifests"]


def test_an_envelope_that_names_its_connection_and_is_signed_by_another_is_refused(federation: Federation) -> None:
    raw = Speaker(federation, CO).envelope(PE, ManifestsWanted(), sender=BR).raw
    heard = Speaker(federation, BR).post(PE, raw)
    assert (heard.status, heard.code) == (403, "signature_refused")


def test_an_envelope_to_another_addressee_is_refused(federation: Federation) -> None:
    raw = Speaker(federation, BR).envelope(CO, ManifestsWanted()).raw
    assert Speaker(federation, BR).post(PE, raw).code == "wrong_addressee"


@pytest.mark.parametrize("shift", [-700, 120])
def test_an_envelope_of_a_wrong_clock_is_refused(federation: Federation, shift: int) -> None:
    now = federation.clock() + shift
    heard = Speaker(federation, BR).say(PE, ManifestsWanted(), iat=now, exp=now + 600)
    assert (heard.status, heard.code) == (400, "not_fresh")


def test_an_envelope_under_another_directory_of_our_version_is_refused(federation: Federation) -> None:
    ours = federation[BR].node.federation.directory.ref
    heard = Speaker(federation, BR).say(PE, ManifestsWanted(), directory=ours.model_copy(update={"hash": "0" * 64}))
    assert (heard.status, heard.code) == (409, "directory_mismatch")


def test_elements_that_are_none_are_refused_and_nothing_is_charged(federation: Federation) -> None:
    before = spent(federation[PE], BR)
    heard = Speaker(federation, BR).say(PE, asking(newest_manifest(federation[PE]), elements=b"\xff" * 512))
    assert (heard.status, heard.code) == (400, "malformed")
    assert spent(federation[PE], BR) == before


def test_a_denied_peer_gets_nothing_and_is_sent_nothing_until_it_is_allowed_again(federation: Federation) -> None:
    administrator = federation[PE].officer(Role.ADMINISTRATOR)
    manifest, speaker = newest_manifest(federation[PE]), Speaker(federation, BR)
    file = manifests.content(manifest).segments[0].digest
    assert speaker.get(PE, file).status_code == 200
    assert administrator.post("/v1/peers/BR/denial").status_code == 200
    try:
        assert speaker.say(PE, ManifestsWanted()).code == "denied_sender"
        assert speaker.say(PE, asking(manifest)).code == "denied_sender"
        assert speaker.get(PE, file).status_code == 403
        sent = federation[PE].count(Act.RECORD_SENT)
        published = publish_phones(federation[PE], phone(), audience=None)
        federation.beat()
        shown = {row["authority"]: row for row in administrator.get("/v1/peers").json()["peers"]}
        assert (shown["BR"]["denied"], shown["BR"]["waiting"]) == (True, len(published["records"]))
        assert federation[PE].count(Act.RECORD_SENT) - sent == len(published["records"])  # to Colombia
    finally:
        assert administrator.delete("/v1/peers/BR/denial").status_code == 200
    federation.beat()
    shown = {row["authority"]: row for row in administrator.get("/v1/peers").json()["peers"]}
    assert (shown["BR"]["denied"], shown["BR"]["waiting"]) == (False, 0)


def test_a_certificate_that_no_member_has_is_refused_before_a_byte_of_the_message(federation: Federation) -> None:
    working = federation[BR].node.federation.directory.member(PE).working
    stranger = create_authority("Celosia BR", datetime.now(UTC), 30)
    leaf = issue_leaf(stranger, ["127.0.0.1"], "BR", datetime.now(UTC), 30)
    refused = federation[PE].count(Act.POLICY_REFUSAL)
    with (
        pinned_client(working.tls_authority.encode(), frozenset(working.tls_pins), leaf, federation.clock) as line,
        pytest.raises(TlsError),
    ):
        line.post(working.peer_url + "/v1/envelopes", content=b"{}")
    assert federation[PE].count(Act.POLICY_REFUSAL) == refused
