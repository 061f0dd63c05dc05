"""The node's next directory entry, from what it holds: for the two officers to look at, sign and submit.

What the directory says stays as it is where the node has nothing newer: budgets, contact points, the address. A key that was
stolen is named by its id and left out; an entry that would have no key of that kind left is not made (ADR 31).
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from pathlib import Path

from sqlmodel import select

from node.keys import Keys
from node.settings import Settings
from node.store import list_epochs
from node.store.database import Work
from node.store.tables import IndexList
from node.tls.certificates import spki_pin
from node.tls.own import LEAF, NEXT, is_complete
from protocol.audience import ALL
from protocol.authority import Authority
from protocol.directory import ENTROPY_CLASSES, Directory, EpochKey, ListEntry, SigningPeriod, WorkingEntry
from protocol.limits import EPOCHS_A_LIST, SIGNING_PERIODS

ENTRY_FILE = "directory-entry.json"
MEMBER_FILE = "directory-member.json"
"""What founding writes for the member states to sign: the node's log and witness keys."""
DAILY_PER_ASKER = 16_384
DAILY_PER_OFFICER = 8_192
EPOCH_CAP = 1_000_000
"""Budgets of a list that has none in the directory yet, in padded elements.
An officer's day holds one question of the largest size."""
_SIGNING_DAYS = 365
_ID_DIGITS = 16
_DAY = 86400


class EntryFault(StrEnum):
    """Why an entry without a key is not made. The text under `entry.fault.<code>` says it."""

    UNKNOWN_KEY = "unknown_key"
    NO_SIGNING_KEY = "no_signing_key"
    NEXT_SIGNING_KEY = "next_signing_key"
    NO_TLS_KEY = "no_tls_key"
    LIST_KEY = "list_key"
    SEALING_KEY = "sealing_key"


class EntryRefused(Exception):
    """An entry is not made: `fault` says why. Nothing was written."""

    code = "entry_refused"

    def __init__(self, fault: EntryFault, **facts: str | int) -> None:
        self.fault, self.facts = fault, facts
        super().__init__(fault.value)


def key_id(public: bytes) -> str:
    """What names a key that an entry carries: the first 16 hex digits of SHA-256 over its public half, as `jws.key_id`.

    Of a TLS leaf it is the beginning of its pin, which is such a digest of its public key already.
    """
    return hashlib.sha256(public).hexdigest()[:_ID_DIGITS]


def entry_before(folder: Path, me: Authority, directory: Directory | None) -> WorkingEntry:
    """What this state's officers signed last: ahead of the directory, or in it; before that, what founding wrote.

    So what an entry ahead has taken away does not come back with the next one. Raises `ProtocolError`, `OSError`.
    """
    member = None if directory is None else directory.members.get(me)
    if member is None:
        return WorkingEntry.from_bytes((folder / ENTRY_FILE).read_bytes())
    return member.ahead[-1] if member.ahead else member.working


def compose(
    folder: Path,
    settings: Settings,
    keys: Keys,
    work: Work,
    before: WorkingEntry,
    *,
    without: Collection[str] = (),
    keep_records: bool = False,
) -> WorkingEntry:
    """The entry that says what the node in `folder` holds now.

    `without`: ids (`key_id`) of stolen keys, which it does not carry. `keep_records`: the signing keys among them stay, and their
    periods end now: no envelope is taken under them any more, and what they signed before counts on.

    Raises `EntryRefused`, `KeysUnusable`, `OSError`.
    """
    now = work.now()
    pins, signing = _pins(folder / "tls", before), _signing(keys, before, now)
    kinds: Mapping[EntryFault, Collection[str]] = {
        EntryFault.NO_TLS_KEY: [pin[:_ID_DIGITS] for pin in (*before.tls_pins, *pins)],
        EntryFault.NO_SIGNING_KEY: [key_id(period.key) for period in signing],
        EntryFault.LIST_KEY: [key_id(epoch.key) for listed in before.lists for epoch in listed.epochs],
        EntryFault.SEALING_KEY: [key_id(before.sealing_key), key_id(bytes(keys.sealing.public))],
    }
    lists, coming = _lists(settings.authority, keys, work, before), keys.next_signing()
    for key in without:
        if not any(key in ids for ids in kinds.values()):
            raise EntryRefused(EntryFault.UNKNOWN_KEY, key=key)
        if coming is not None and key == key_id(coming):  # what lies there to follow goes into every entry
            raise EntryRefused(EntryFault.NEXT_SIGNING_KEY, key=key)
        if key == key_id(bytes(keys.sealing.public)):
            raise EntryRefused(EntryFault.SEALING_KEY, key=key)
        if any(key_id(epoch.key) == key for listed in lists for epoch in listed.epochs):
            raise EntryRefused(EntryFault.LIST_KEY, key=key)
    kept = tuple(pin for pin in pins if pin[:_ID_DIGITS] not in without)
    if not kept:
        raise EntryRefused(EntryFault.NO_TLS_KEY)
    if without and not any(period.not_after > now and key_id(period.key) not in without for period in signing):
        raise EntryRefused(EntryFault.NO_SIGNING_KEY)
    return WorkingEntry(
        authority=settings.authority,
        peer_url=settings.peer.url or before.peer_url,
        tls_authority=(folder / "tls" / "authority.pem").read_text("ascii"),
        tls_pins=kept,
        signing=tuple(_without(signing, without, now if keep_records else None)),
        sealing_key=bytes(keys.sealing.public),
        lists=lists,
        contacts=before.contacts,
    )


def _pins(folder: Path, before: WorkingEntry) -> tuple[str, ...]:
    """The leaf in use, and the one that is to follow it; that one alone once the officers have signed that the other goes."""
    leaves = [folder / f"{name}.pem" for name in (LEAF, NEXT) if name == LEAF or is_complete(folder, name)]
    pins = tuple(dict.fromkeys(spki_pin(leaf.read_bytes()) for leaf in leaves))
    return pins[1:] if len(pins) > 1 and pins[1] in before.tls_pins and pins[0] not in before.tls_pins else pins


def _signing(keys: Keys, before: WorkingEntry, now: int) -> tuple[SigningPeriod, ...]:
    """Periods that are over stay for as long as there is room: records signed in them are still read by who joins later."""
    periods = list(before.signing)
    coming = keys.next_signing()
    if coming is not None and coming not in [period.key for period in periods]:
        periods.append(SigningPeriod(key=coming, not_before=now, not_after=now + _SIGNING_DAYS * _DAY))
    return tuple(sorted(periods, key=lambda period: period.not_after)[-SIGNING_PERIODS:])


def _without(signing: tuple[SigningPeriod, ...], without: Collection[str], ends: int | None) -> Iterator[SigningPeriod]:
    """The periods of all other keys. With `ends`, also what of the named keys' periods is before that time."""
    for period in signing:
        if key_id(period.key) not in without:
            yield period
        elif ends is not None and period.not_before < ends:
            yield period.model_copy(update={"not_after": min(ends, period.not_after)})


def _lists(me: Authority, keys: Keys, work: Work, before: WorkingEntry) -> tuple[ListEntry, ...]:
    entries = []
    for held in work.session.exec(select(IndexList).order_by(*list_epochs.IN_ORDER)).all():
        said = next((entry for entry in before.lists if entry.list == held.id), None)
        periods = [
            EpochKey(
                epoch=period.epoch,
                key=bytes(keys.epoch_key(me, held.id, period.epoch).public),
                not_before=period.not_before,
                not_after=period.not_after,
            )
            for period in list_epochs.every(work, held.id)
            if period.not_after > work.now() and keys.has_epoch(held.id, period.epoch)
        ]
        if periods:
            entries.append(
                ListEntry(
                    list=held.id,
                    audience="all" if held.audience == ALL else "set",
                    entropy=ENTROPY_CLASSES[held.entropy],
                    daily_per_asker=DAILY_PER_ASKER if said is None else said.daily_per_asker,
                    daily_per_officer=DAILY_PER_OFFICER if said is None else said.daily_per_officer,
                    epoch_cap=EPOCH_CAP if said is None else said.epoch_cap,
                    epochs=tuple(periods[-EPOCHS_A_LIST:]),
                )
            )
    return tuple(entries)
