"""Publishing, as the two officers see it: what concerns victims waits, for every audience alike. Everybody here is invented."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlmodel import col, select

from node.federation import Federation
from node.flows.draft_publication import PublishingError
from node.flows.import_case import ImportCase
from node.flows.publish import Preview, Publish
from node.keys import Keys
from node.officers import Analyst, Role
from node.safeguards import protected
from node.safeguards.errors import NotMinimal
from node.settings import Beats
from node.store.database import Database
from node.store.tables import HeldRecord, IndexList, Intake
from protocol.identifiers import NORMALISER_VERSIONS, Identifier, Kind
from protocol.journal import Act
from tests.federation.cases import Suspect
from tests.node.conftest import ALICE, BEATRIZ, Clock
from tests.node.flows.conftest import Index
from tests.node.flows.test_import_case import rows
from tests.node.people import Named
from tests.node.safeguards.test_readings import noted
from tests.protocol.federation import DAY

FIRST, SECOND = (Analyst(each, name, frozenset({Role.ANALYST})) for each, name in ((ALICE, "alice"), (BEATRIZ, "beatriz")))
NETWORK = "NET-1"
FOR_PERU = "5e" * 16


@pytest.fixture
def story(database: Database, keys: Keys, member: Federation) -> Publish:
    with database.begin() as work:
        work.session.add(IndexList(id=FOR_PERU, audience="PE", entropy="identifiers"))
    return Publish(database, keys, member)


@pytest.fixture
def take_in(database: Database, keys: Keys) -> Callable[..., None]:
    story = ImportCase(database, keys)

    def run(*suspects: Suspect, **changes: str) -> None:
        story.run(story.begin(FIRST, "0" * 64, 1), rows(*suspects, **changes))

    return run


def publish(story: Publish, audience: list[Any] | None = None) -> Preview:
    return story.approve(SECOND, story.propose(FIRST, NETWORK, audience).publication)


def victims(preview: Preview) -> str:
    return str(json.loads(preview.records[0].payload)["victims"]["count"])


def test_a_band_that_is_crossed_is_told_weeks_later_and_to_every_audience_alike(
    story: Publish, take_in: Callable[..., None], clock: Clock
) -> None:
    take_in(victim_count="lt11")
    assert victims(publish(story)) == "lt11"
    take_in(victim_count="v11_25")
    seen = []
    for _ in range(65):
        clock.now += DAY
        seen.append((victims(publish(story)), victims(publish(story, ["PE"]))))
    assert {each[0] == each[1] for each in seen} == {True}
    waited = seen.index(("v11_25", "v11_25"))
    assert 29 <= waited < 60
    assert set(seen[:waited]) == {("lt11", "lt11")}
    assert set(seen[waited:]) == {("v11_25", "v11_25")}


@pytest.mark.parametrize("change", [{"purposes": "forced_labour"}, {"means": "force"}, {"review_date": "2029-12-31"}])
def test_what_is_not_so_any_more_as_it_is_approved_is_not_signed(
    story: Publish, take_in: Callable[..., None], change: dict[str, str]
) -> None:
    take_in(victim_count="v11_25")
    proposed = story.propose(FIRST, NETWORK, None)
    take_in(**{"victim_count": "v11_25", **change})
    with pytest.raises(PublishingError) as refused:
        story.approve(SECOND, proposed.publication)
    assert refused.value.code == "case_changed"
    assert story.preview(SECOND, proposed.publication).state == "proposed"
    story.refuse(SECOND, proposed.publication)
    assert publish(story).state == "published"


def test_an_import_that_says_the_same_again_is_in_nobody_s_way(story: Publish, take_in: Callable[..., None]) -> None:
    take_in(victim_count="v11_25")
    proposed = story.propose(FIRST, NETWORK, None)
    take_in(victim_count="v11_25")
    assert story.approve(SECOND, proposed.publication).records == proposed.records


def test_both_officers_see_what_waits_and_until_when(story: Publish, take_in: Callable[..., None], clock: Clock) -> None:
    take_in(victim_count="lt11")
    take_in(victim_count="v11_25")
    proposed = story.propose(FIRST, NETWORK, None)
    (waits,) = proposed.left_out
    assert (waits.field, waits.reason) == ("victims", "waits")
    assert waits.until is not None
    assert 30 <= (waits.until - clock.now) / DAY < 60
    assert story.preview(SECOND, proposed.publication).left_out == proposed.left_out


def test_a_network_taken_back_and_published_anew_goes_on_waiting(
    story: Publish, take_in: Callable[..., None], clock: Clock
) -> None:
    take_in(victim_count="lt11")
    first = publish(story)
    take_in(victim_count="v11_25")
    story.withdraw(FIRST, first.publication)
    clock.now += DAY
    assert victims(publish(story)) == "lt11"


def test_the_role_of_who_turns_out_to_be_a_victim_stays_in_the_record_for_weeks(
    story: Publish, take_in: Callable[..., None], clock: Clock
) -> None:
    def roles() -> object:
        return json.loads(publish(story).records[0].payload)["roles"]

    take_in(Suspect(["+573015550001"]))
    assert roles() == ["recruiter"]
    take_in(Suspect(["+573015550001"], category="victim"))
    seen = []
    for _ in range(95):
        clock.now += DAY
        seen.append(roles())
    assert 59 <= seen.index([]) < 90
    assert seen == [["recruiter"]] * seen.index([]) + [[]] * (95 - seen.index([]))


def test_what_is_past_its_review_date_is_taken_back_by_itself_and_a_renewed_one_stays(
    story: Publish, take_in: Callable[..., None], clock: Clock, database: Database
) -> None:
    take_in(Suspect(["+573015550001"]), review_date="2026-10-10")
    publish(story)
    renewed = publish(story, ["PE"])
    clock.now += DAY * (date(2026, 10, 10) - datetime.fromtimestamp(clock.now, UTC).date()).days
    story.expire()
    assert story.networks(FIRST)[0].publications == {"all": "published", "PE": "published"}
    take_in(Suspect(["+573015550001"]), review_date="2027-10-10")
    renewed = publish(story, ["PE"])
    clock.now += DAY
    story.expire()
    assert story.networks(FIRST)[0].publications == {"all": "expired", "PE": "published"}
    with database.read() as work:
        current = {row.kind for row in work.session.exec(select(HeldRecord).where(col(HeldRecord.current))).all()}
        assert current == {"revocation", "network", "modus_operandi", "route"}
        acts = work.session.exec(select(Intake).where(Intake.kind == Act.EXPIRED.value)).all()
    assert len(acts) == 1
    story.expire()
    assert story.preview(FIRST, renewed.publication).state == "published"
    with pytest.raises(PublishingError):
        story.withdraw(FIRST, next(each.publication for each in story.previews(FIRST, "expired")))


def test_a_proposal_to_follow_what_expires_is_refused_with_it(story: Publish, take_in: Callable[..., None], clock: Clock) -> None:
    take_in(review_date="2026-10-10")
    publish(story)
    pending = story.propose(FIRST, NETWORK, None)
    clock.now += 30 * DAY
    story.expire()
    shown = story.preview(SECOND, pending.publication)
    assert (shown.state, shown.decided_by) == ("refused", None)


def test_red_goes_to_named_authorities_only_and_nothing_past_its_review_to_any(
    story: Publish, take_in: Callable[..., None], clock: Clock
) -> None:
    take_in(tlp="red")
    with pytest.raises(NotMinimal) as red:
        story.propose(FIRST, NETWORK, None)
    assert (red.value.reason, red.value.facts) == ("red_to_all", {"field": "network.tlp"})
    assert story.propose(FIRST, NETWORK, ["PE"]).state == "proposed"  # type: ignore[list-item]  # the API reads states
    take_in(review_date="2026-01-31")
    clock.now += 365 * DAY
    with pytest.raises(NotMinimal) as past:
        story.propose(FIRST, NETWORK, None)
    assert past.value.reason == "review_past"
    assert story.networks(FIRST)[0].publications == {"PE": "proposed"}


# What waits for the beat


HOURLY = Beats(additions=DAY, removals=3600, manifest_validity=7200)
NUMBERS = ["+573015550001", "+573015550002"]


@pytest.fixture
def to_all(database: Database, keys: Keys, member: Federation) -> Publish:
    return Publish(database, keys, member)


@pytest.fixture
def index(make_index: Callable[[Beats], Index]) -> Index:
    """A list whose day has begun: what is approved now comes to it tomorrow, and an hour brings removals only."""
    made = make_index(HOURLY)
    made.beat()
    return made


def protect(index: Index, number: str) -> None:
    with index.database.begin() as work:
        value = Identifier(Kind.PHONE, NORMALISER_VERSIONS[Kind.PHONE], number).oprf_input()
        protected.protect(work, index.keys, protected.guarded(index.keys, [value]))


@pytest.mark.parametrize("when", ["never", "before the approval", "after it", "before the addition"])
def test_how_much_waits_was_settled_as_it_was_proposed_whoever_becomes_protected(
    to_all: Publish, take_in: Callable[..., None], index: Index, when: str
) -> None:
    def waiting() -> int:
        return to_all.preview(FIRST, publication).waiting

    take_in(Suspect(NUMBERS))
    publication = to_all.propose(FIRST, NETWORK, None).publication
    seen = [waiting()]
    if when == "before the approval":
        protect(index, NUMBERS[0])
    seen.append(to_all.approve(SECOND, publication).waiting)
    if when == "after it":
        protect(index, NUMBERS[0])
    for _ in range(22):
        index.beat()
        seen.append(waiting())
    if when == "before the addition":
        protect(index, NUMBERS[0])
    for _ in range(3):
        index.beat()
        seen.append(waiting())
    assert seen == [0] + [2] * 24 + [0] * 2
    assert index.found(NUMBERS[0]) == ([] if when != "never" else index.found(NUMBERS[1]))
    seen = [to_all.withdraw(FIRST, publication).waiting, waiting()]
    index.beat()
    assert [*seen, waiting()] == [2, 2, 0]


def test_what_was_marked_as_it_was_to_be_listed_does_not_go_on_waiting(
    to_all: Publish, take_in: Callable[..., None], index: Index
) -> None:
    """The last look of the addition: its row leaves an hour later, and nobody is to read that."""
    take_in(Suspect(NUMBERS))
    publication = publish(to_all).publication
    protect(index, NUMBERS[0])
    with index.database.begin() as work:
        for item in index.items(work):
            item.state = "waiting"
            work.session.add(item)
    index.beat(DAY)
    with index.database.read() as work:
        assert [item.state for item in index.items(work)].count("leaving") == 1
    assert to_all.preview(FIRST, publication).waiting == 0


def test_of_a_new_version_only_what_the_one_before_did_not_propose_waits(
    to_all: Publish, take_in: Callable[..., None], index: Index
) -> None:
    take_in(Suspect(NUMBERS[:1]))
    first = publish(to_all)
    assert first.waiting == publish(to_all).waiting == 1  # the same once more, and it still waits
    index.beat(DAY)
    assert publish(to_all).waiting == 0
    take_in(Suspect(NUMBERS))
    second, third = publish(to_all), publish(to_all)
    assert (second.waiting, third.waiting) == (1, 1)
    assert [to_all.preview(FIRST, each.publication).waiting for each in (first, second)] == [0, 0]


def test_people_wait_key_by_key_where_they_have_a_list(to_all: Publish, take_in: Callable[..., None], index: Index) -> None:
    take_in(Suspect(NUMBERS, name=("Lucía Marina", "Quispe Ñahuí", "1990-05-12")))
    assert publish(to_all).waiting == 2
    index.open_names()
    take_in(Suspect(NUMBERS, subject="S-2", name=("Carlos", "Huamán Rojas", "1981-11-23")))
    assert publish(to_all).waiting == 2 + len(Named("Carlos", "Huamán Rojas", "1981-11-23").keys)


def test_every_look_at_what_would_leave_is_on_record_and_lists_once_an_hour(
    story: Publish, take_in: Callable[..., None], database: Database, keys: Keys
) -> None:
    take_in(Suspect(["+573015550001"]))
    digest = keys.digest("network", NETWORK.encode())
    for _ in range(2):
        story.look(FIRST, NETWORK, None)
    assert noted(database) == [{"audience": "all", "network": digest, "officer": ALICE}] * 2
    with pytest.raises(PublishingError):
        story.look(FIRST, "NET-2", None)
    proposed = story.propose(FIRST, NETWORK, None).publication  # an act of its own
    assert len(noted(database)) == 2
    for _ in range(3):
        story.networks(SECOND)
        story.previews(SECOND)
        story.previews(SECOND, "proposed")
        story.preview(SECOND, proposed)
    assert noted(database)[2:] == [
        {"networks": 1, "officer": BEATRIZ},
        {"count": 1, "officer": BEATRIZ, "publications": [proposed]},
        {"officer": BEATRIZ, "publication": proposed},
    ]
    assert NETWORK not in json.dumps(noted(database))
