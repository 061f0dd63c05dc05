"""The node's next directory entry: what it holds, and what the directory says where the node has nothing newer."""

import os
from datetime import UTC, datetime
from itertools import islice, product
from pathlib import Path

import pytest

from crypto.signing import SigningKey
from node.custody import Custody, open_vault
from node.durable import write_whole
from node.entry import (
    DAILY_PER_ASKER,
    DAILY_PER_OFFICER,
    ENTRY_FILE,
    EPOCH_CAP,
    EntryFault,
    EntryRefused,
    compose,
    entry_before,
    key_id,
)
from node.flows.turn_epochs import TurnEpochs
from node.settings import Settings
from node.signers import make_next_signer
from node.store.tables import IndexList
from node.tls.certificates import Credential, create_authority, issue_leaf, spki_pin
from protocol.audience import name_of
from protocol.directory import WorkingEntry
from protocol.limits import SIGNING_PERIODS
from protocol.matching import padded_size
from tests.node.flows.conftest import LIST, Index, index, make_index, turn
from tests.node.people import Named
from tests.protocol.federation import BR, CO, DAY, NOW, PE, list_entry, octets, signing_periods, working_entry

__all__ = ["index", "make_index", "turn"]

SETTINGS = {
    "authority": "CO",
    "peer": {"port": 1},
    "national": {"port": 2},
    "directory": {"url": "https://directory.example:1", "tls_authority": "d.pem", "root": "r.json", "root_fingerprint": "0"},
}


@pytest.fixture
def authority(tmp_path: Path) -> Credential:
    made = create_authority("Invented authority", datetime.now(UTC), 10)
    (tmp_path / "tls").mkdir()
    write_whole(tmp_path / "tls" / "authority.pem", made.certificate)
    leaf(tmp_path, made, "leaf.pem")
    return made


def leaf(folder: Path, authority: Credential, name: str) -> str:
    made = issue_leaf(authority, ["node.co.example"], "CO", datetime.now(UTC), 5)
    write_whole(folder / "tls" / name, made.certificate)
    return spki_pin(made.certificate)


def composed(index: Index, folder: Path, before: WorkingEntry | None = None, **peer: object) -> WorkingEntry:
    settings = Settings.model_validate({**SETTINGS, "peer": {"port": 1, **peer}})
    with index.database.read() as work:
        return compose(folder, settings, index.keys, work, before or index.member.directory.member(CO).working)


@pytest.mark.usefixtures("authority")
def test_a_node_about_which_nothing_is_new_says_what_the_directory_says(index: Index, tmp_path: Path) -> None:
    first = composed(index, tmp_path)
    assert composed(index, tmp_path, first) == first
    before = index.member.directory.member(CO).working
    assert (first.peer_url, first.contacts, first.lists, first.signing) == (
        before.peer_url,
        before.contacts,
        before.lists,
        before.signing,
    )


def test_the_leaf_that_is_to_follow_stands_beside_the_one_in_use(index: Index, tmp_path: Path, authority: Credential) -> None:
    (current,) = composed(index, tmp_path).tls_pins
    following = leaf(tmp_path, authority, "next-leaf.pem")
    assert composed(index, tmp_path).tls_pins == (current,)  # without its key it is what a crash left of one
    (tmp_path / "tls" / "next-leaf.key").touch()
    assert composed(index, tmp_path).tls_pins == (current, following)


@pytest.mark.usefixtures("authority")
def test_the_signing_key_that_is_to_follow_gets_a_period_once(index: Index, tmp_path: Path) -> None:
    before = composed(index, tmp_path)
    key = SigningKey.from_seed(octets("the next signing key"))
    open_vault(tmp_path, Custody()).write(tmp_path / "keys" / "next-signing.key", key.seed())
    entry = composed(index, tmp_path)
    assert entry.signing[: len(before.signing)] == before.signing
    added = entry.signing[-1]
    assert (added.key, added.not_before, added.not_after) == (bytes(key.public), NOW, NOW + 365 * DAY)
    index.clock.now += DAY
    assert composed(index, tmp_path, entry).signing == entry.signing


@pytest.mark.usefixtures("authority")
def test_periods_that_are_over_stay_while_there_is_room_and_the_oldest_goes(index: Index, tmp_path: Path) -> None:
    """Who joins later still reads records that were signed in them."""
    past = signing_periods(CO)[0]
    old = tuple(past.model_copy(update={"not_after": past.not_after - n}) for n in range(SIGNING_PERIODS))
    before = working_entry(CO, signing=old)
    assert composed(index, tmp_path, before).signing == tuple(reversed(old))
    open_vault(tmp_path, Custody()).write(tmp_path / "keys" / "next-signing.key", octets("the next signing key"))
    assert len(composed(index, tmp_path, before).signing) == SIGNING_PERIODS
    assert min(old, key=lambda period: period.not_after) not in composed(index, tmp_path, before).signing


@pytest.mark.usefixtures("authority")
def test_epochs_that_run_or_come_are_listed_and_those_that_are_over_are_not(
    index: Index, turn: TurnEpochs, tmp_path: Path
) -> None:
    (started,) = turn.start()
    (entry,) = composed(index, tmp_path).lists
    assert [(epoch.epoch, epoch.not_before, epoch.not_after) for epoch in entry.epochs][1:] == [
        (2, started.not_before, started.not_after)
    ]
    assert entry.epochs[1].key == bytes(index.server(2).public)
    index.clock.now = entry.epochs[0].not_after
    (entry,) = composed(index, tmp_path).lists
    assert [epoch.epoch for epoch in entry.epochs] == [2]


@pytest.mark.usefixtures("authority")
def test_an_epoch_without_its_seed_and_a_list_without_an_epoch_are_not_listed(index: Index, tmp_path: Path) -> None:
    with index.database.begin() as work:
        work.session.add(IndexList(id="0" * 32, audience=name_of([PE, BR]), entropy="identifiers"))
    index.keys.destroy_epoch(LIST, 1)
    assert composed(index, tmp_path).lists == ()


@pytest.mark.usefixtures("authority")
def test_a_list_keeps_its_budgets_and_a_new_one_gets_the_usual(index: Index, turn: TurnEpochs, tmp_path: Path) -> None:
    opened, of_names = turn.open_lists([PE, BR])
    budgets = {entry.list: entry.daily_per_asker for entry in composed(index, tmp_path).lists}
    assert budgets == {LIST: list_entry(CO).daily_per_asker, opened.list_id: DAILY_PER_ASKER, of_names.list_id: DAILY_PER_ASKER}
    officers = {entry.list: entry.daily_per_officer for entry in composed(index, tmp_path).lists}
    assert officers == {
        LIST: list_entry(CO).daily_per_officer,
        opened.list_id: DAILY_PER_OFFICER,
        of_names.list_id: DAILY_PER_OFFICER,
    }
    assert {entry.list: entry.audience for entry in composed(index, tmp_path).lists}[opened.list_id] == "set"


@pytest.mark.usefixtures("authority")
def test_the_lists_of_an_audience_stand_together_identifiers_first(index: Index, turn: TurnEpochs, tmp_path: Path) -> None:
    turn.open_lists([BR, PE])
    turn.turn(NOW)  # and the list of people for all, which was not there
    entry = composed(index, tmp_path)
    assert [(each.audience, each.entropy) for each in entry.lists] == [
        *(("set", "identifiers"), ("set", "name_keys")),
        *(("all", "identifiers"), ("all", "name_keys")),
    ]
    assert all(each.epochs for each in entry.lists)


def test_a_case_file_of_five_hundred_people_fits_one_question_of_an_officers_day_and_two_the_authoritys() -> None:
    """Of people of whom everything is known, with two surnames each: the most that a usual name costs."""
    syllables = [one + other for one in "bdfglmprtv" for other in "aeiou"]
    people = [
        Named(f"{first}{second}n", f"{second}{first}s {first}{first}lo", f"19{60 + number % 40}-0{1 + number % 9}-1{number % 10}")
        for number, (first, second) in enumerate(islice(product(syllables, syllables), 500))
    ]
    inputs = {value for each in people for value in each.inputs}
    assert 4000 < len(inputs) <= 9 * 500
    assert padded_size(len(inputs)) <= DAILY_PER_OFFICER
    assert 2 * padded_size(len(inputs)) <= DAILY_PER_ASKER
    assert EPOCH_CAP // padded_size(len(inputs)) == 122


def key_for(folder: Path) -> SigningKey:
    """The next signing key, made in the node's folder."""
    key = SigningKey.from_seed(octets("the next signing key"))
    open_vault(folder, Custody()).write(folder / "keys" / "next-signing.key", key.seed())
    return key


def said(index: Index) -> WorkingEntry:
    """What the directory says."""
    return index.member.directory.member(CO).working


def without(
    index: Index, folder: Path, *ids: str, before: WorkingEntry | None = None, keep_records: bool = False
) -> WorkingEntry:
    settings = Settings.model_validate(SETTINGS)
    with index.database.read() as work:
        return compose(folder, settings, index.keys, work, before or said(index), without=ids, keep_records=keep_records)


def refusal(index: Index, folder: Path, *ids: str, before: WorkingEntry | None = None) -> EntryFault:
    with pytest.raises(EntryRefused) as refused:
        without(index, folder, *ids, before=before)
    return refused.value.fault


@pytest.mark.usefixtures("authority")
def test_a_stolen_signing_key_is_left_out_and_nothing_else_changes(index: Index, tmp_path: Path) -> None:
    fresh, stolen = key_for(tmp_path), said(index).signing[-1].key
    whole, entry = composed(index, tmp_path), without(index, tmp_path, key_id(stolen))
    assert stolen in {period.key for period in whole.signing}
    assert stolen not in {period.key for period in entry.signing}
    assert bytes(fresh.public) in {period.key for period in entry.signing}
    rest = tuple(period for period in whole.signing if period.key != stolen)
    assert entry == whole.model_copy(update={"signing": rest})


@pytest.mark.usefixtures("authority")
def test_records_that_a_stolen_key_signed_before_can_be_kept(index: Index, tmp_path: Path) -> None:
    key_for(tmp_path)
    stolen = said(index).signing[-1]
    entry = without(index, tmp_path, key_id(stolen.key), keep_records=True)
    (kept,) = (period for period in entry.signing if period.key == stolen.key)
    assert (kept.not_before, kept.not_after) == (stolen.not_before, NOW)
    later = without(index, tmp_path, key_id(stolen.key), before=composed(index, tmp_path, entry), keep_records=True)
    assert later.signing == entry.signing
    before = said(index).model_copy(update={"signing": (stolen.model_copy(update={"not_before": NOW, "not_after": NOW + DAY}),)})
    signing = without(index, tmp_path, key_id(stolen.key), before=before, keep_records=True).signing
    assert stolen.key not in {period.key for period in signing}


def test_a_stolen_leaf_is_left_out_and_does_not_come_back_before_it_is_out_of_use(
    index: Index, tmp_path: Path, authority: Credential
) -> None:
    (stolen,) = composed(index, tmp_path).tls_pins
    following = leaf(tmp_path, authority, "next-leaf.pem")
    (tmp_path / "tls" / "next-leaf.key").touch()
    entry = without(index, tmp_path, stolen[:16])
    assert entry.tls_pins == (following,)
    assert composed(index, tmp_path, entry).tls_pins == (following,)
    assert composed(index, tmp_path).tls_pins == (stolen, following)


@pytest.mark.usefixtures("authority")
def test_an_entry_that_would_have_no_key_of_a_kind_left_is_not_made(index: Index, tmp_path: Path) -> None:
    entry = composed(index, tmp_path)
    assert refusal(index, tmp_path, entry.tls_pins[0][:16]) is EntryFault.NO_TLS_KEY
    assert refusal(index, tmp_path, *(key_id(period.key) for period in entry.signing)) is EntryFault.NO_SIGNING_KEY
    assert refusal(index, tmp_path, key_id(entry.sealing_key)) is EntryFault.SEALING_KEY
    assert refusal(index, tmp_path, "0" * 16) is EntryFault.UNKNOWN_KEY


@pytest.mark.usefixtures("authority")
def test_a_next_signing_key_is_left_out_once_it_was_replaced_and_not_before(index: Index, tmp_path: Path) -> None:
    """Else the entry after this one would have it again: whatever lies there to follow goes in."""
    stolen, old = key_for(tmp_path), said(index).signing[-1]
    before = composed(index, tmp_path)
    name = key_id(bytes(stolen.public))
    assert refusal(index, tmp_path, name, before=before) is EntryFault.NEXT_SIGNING_KEY
    assert refusal(index, tmp_path, key_id(old.key), name, before=before) is EntryFault.NEXT_SIGNING_KEY
    fresh = make_next_signer(open_vault(tmp_path, Custody()), None, os.urandom, name)
    entry = without(index, tmp_path, name, before=before)
    for later in (entry, composed(index, tmp_path, entry)):
        assert {period.key for period in later.signing} >= {old.key, bytes(fresh.public)}
        assert bytes(stolen.public) not in {period.key for period in later.signing}
    both = {period.key for period in without(index, tmp_path, key_id(old.key), name, before=before).signing}
    assert bytes(fresh.public) in both
    assert not both & {old.key, bytes(stolen.public)}


@pytest.mark.usefixtures("authority")
def test_a_signing_key_whose_period_is_over_does_not_take_the_stolen_one_s_place(index: Index, tmp_path: Path) -> None:
    past, running = signing_periods(CO)
    before = said(index).model_copy(update={"signing": (past, running)})
    assert refusal(index, tmp_path, key_id(running.key), before=before) is EntryFault.NO_SIGNING_KEY


@pytest.mark.usefixtures("authority")
def test_the_key_of_a_list_goes_by_the_end_of_its_epoch(index: Index, turn: TurnEpochs, tmp_path: Path) -> None:
    stolen = key_id(composed(index, tmp_path).lists[0].epochs[0].key)
    assert refusal(index, tmp_path, stolen) is EntryFault.LIST_KEY
    turn.start(at_once=True, overlap=False)
    (listed,) = without(index, tmp_path, stolen).lists
    assert stolen not in {key_id(epoch.key) for epoch in listed.epochs}


def test_what_the_officers_signed_ahead_of_the_directory_is_what_comes_before_the_next(index: Index, tmp_path: Path) -> None:
    directory = index.member.directory
    first = directory.member(CO).working
    second, third = (first.model_copy(update={"peer_url": f"https://n{number}.example:1"}) for number in (2, 3))
    assert entry_before(tmp_path, CO, directory.narrowed({CO: (second, third)})) == third


@pytest.mark.usefixtures("authority")
def test_the_address_changes_when_the_settings_say_so(index: Index, tmp_path: Path) -> None:
    assert composed(index, tmp_path, url="https://moved.example:8471").peer_url == "https://moved.example:8471"


def test_before_the_directory_says_anything_the_founding_s_entry_counts(index: Index, tmp_path: Path) -> None:
    founded = working_entry(CO, peer_url="https://founded.example:1")
    (tmp_path / ENTRY_FILE).write_bytes(founded.to_bytes())
    assert entry_before(tmp_path, CO, None) == founded
    assert entry_before(tmp_path, CO, index.member.directory) == index.member.directory.member(CO).working
