"""The node's next directory entry, from what it holds: for the two officers to look at, sign and submit.

What the directory says stays as it is where the node has nothing newer: budgets, contact points, the address.
"""

from pathlib import Path

from sqlmodel import col, select

from node.keys import Keys
from node.settings import Settings
from node.store import list_epochs
from node.store.database import Work
from node.store.tables import IndexList
from node.tls.certificates import spki_pin
from protocol.audience import ALL
from protocol.authority import Authority
from protocol.directory import Directory, EpochKey, ListEntry, SigningPeriod, WorkingEntry
from protocol.limits import EPOCHS_A_LIST, SIGNING_PERIODS

ENTRY_FILE = "directory-entry.json"
DAILY_PER_ASKER = 16_384
EPOCH_CAP = 1_000_000
"""Budgets of a list that has none in the directory yet, in padded elements."""
_SIGNING_DAYS = 365
_DAY = 86400


def entry_before(folder: Path, me: Authority, directory: Directory | None) -> WorkingEntry:
    """What the directory says of this node; before it says anything, what founding wrote. Raises `ProtocolError`, `OSError`."""
    member = None if directory is None else directory.members.get(me)
    return WorkingEntry.from_bytes((folder / ENTRY_FILE).read_bytes()) if member is None else member.working


def compose(folder: Path, settings: Settings, keys: Keys, work: Work, before: WorkingEntry) -> WorkingEntry:
    """The entry that says what the node in `folder` holds now. Raises `KeysUnusable`, `OSError`."""
    return WorkingEntry(
        authority=settings.authority,
        peer_url=settings.peer.url or before.peer_url,
        tls_authority=(folder / "tls" / "authority.pem").read_text("ascii"),
        tls_pins=_pins(folder / "tls"),
        signing=_signing(keys, before, work.now()),
        sealing_key=bytes(keys.sealing.public),
        lists=_lists(settings.authority, keys, work, before),
        contacts=before.contacts,
    )


def _pins(folder: Path) -> tuple[str, ...]:
    """The leaf in use, and the one that is to follow it."""
    leaves = [folder / name for name in ("leaf.pem", "next-leaf.pem")]
    return tuple(dict.fromkeys(spki_pin(leaf.read_bytes()) for leaf in leaves if leaf.exists()))


def _signing(keys: Keys, before: WorkingEntry, now: int) -> tuple[SigningPeriod, ...]:
    """Periods that are over stay for as long as there is room: records signed in them are still read by who joins later."""
    periods = list(before.signing)
    coming = keys.next_signing()
    if coming is not None and coming not in [period.key for period in periods]:
        periods.append(SigningPeriod(key=coming, not_before=now, not_after=now + _SIGNING_DAYS * _DAY))
    return tuple(sorted(periods, key=lambda period: period.not_after)[-SIGNING_PERIODS:])


def _lists(me: Authority, keys: Keys, work: Work, before: WorkingEntry) -> tuple[ListEntry, ...]:
    entries = []
    for held in work.session.exec(select(IndexList).order_by(col(IndexList.audience))).all():
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
                    entropy="identifiers",
                    daily_per_asker=DAILY_PER_ASKER if said is None else said.daily_per_asker,
                    epoch_cap=EPOCH_CAP if said is None else said.epoch_cap,
                    epochs=tuple(periods[-EPOCHS_A_LIST:]),
                )
            )
    return tuple(entries)
