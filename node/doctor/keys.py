"""The node's keys: whether each file is there, its owner's alone and a key, and whether the directory has its public half."""

import os
import stat
from collections.abc import Iterator

from node.custody import Custody, KeyFault, KeysUnusable
from node.doctor.chart import Chart, NothingAdopted
from node.doctor.findings import Fault, Finding, Moment, critical, note, warning
from node.keys import HOLDERS, WHOLE_AUDIT_KEY
from node.marking import KEY_FILE
from node.signers import LOG, WITNESS
from protocol.directory import SigningPeriod, WorkingEntry

_NEEDED = (
    *("signing.key", "log.key", "witness.key", "sealing.key", "storage.key", "digest.key", "pseudonym.key", "protected.key"),
    HOLDERS,
)
_NODE_KEY = "node.key"
"""What opens the others, where founding puts it when nobody names another place."""
_WHOLE_AUDIT_KEY = f"keys/{WHOLE_AUDIT_KEY}"
_TO_BE_ELSEWHERE = ("tls/authority.key",)
"""Files of founding that belong into a safe, not on a machine that answers the network (docs/runbook/start.md)."""
_NOT_HERE = (KeyFault.NO_TERMINAL, KeyFault.VARIABLE_MISSING)
"""What opens the keys is typed when the node starts, or in its environment: it need not be in the doctor's."""
DAY = 86400
ENDS_SOON, ENDS_NOW = 30 * DAY, 7 * DAY
"""Two officers have to sign the successor of a key or certificate, and the Secretariat has to publish it: a month is in time."""


def examine(chart: Chart) -> Iterator[Finding]:
    """Findings of the key folder, and of the keys against the directory."""
    faults = list(_files(chart))
    yield from faults
    if (chart.folder / _WHOLE_AUDIT_KEY).exists():
        yield critical("audit_key_whole", file=_WHOLE_AUDIT_KEY)
    for name in _TO_BE_ELSEWHERE:
        if (chart.folder / name).exists():
            yield note("key_to_put_away", file=name)
    try:
        keys = chart.keys
    except KeysUnusable as error:
        detail = Fault(f"keys.fault.{error.fault}", error.facts)
        another = error.fault is KeyFault.NOT_OURS and chart.folder.stat().st_uid != os.geteuid()
        if another or error.fault in _NOT_HERE:
            yield note("keys_not_opened", detail=detail)
        elif not faults:
            yield critical("keys_unusable", detail=detail)
        return
    try:
        entry = chart.entry
    except NothingAdopted:
        return
    if entry is None:
        return
    yield from _signing(entry.working, bytes(keys.signing.public), chart.now)
    if entry.working.sealing_key != bytes(keys.sealing.public):
        yield critical("sealing_key_differs")
    # a key that follows is taken up by the node at its next look at the directory
    if entry.log.key not in (keys.log.public, keys.notes.next_public(LOG)):
        yield critical("log_key_differs")
    if entry.witness.key not in (keys.witness.public, keys.notes.next_public(WITNESS)):
        yield critical("witness_key_differs")


def _files(chart: Chart) -> Iterator[Finding]:
    folder, owner = chart.folder, chart.folder.stat().st_uid
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & 0o077:
        yield critical("folder_open", folder=str(folder), mode=f"{mode:04o}")
    needed = [name for name in _NEEDED if name != KEY_FILE or chart.settings.register_socket is None]
    for name in (*needed, *([_NODE_KEY] if _is_beside(chart.settings.keys) else ())):
        if not (folder / "keys" / name).is_file():
            yield critical("key_missing", file=f"keys/{name}")
    private = [folder / "keys", folder / "tls", *(folder / "keys").rglob("*"), *(folder / "tls").glob("*.key")]
    for path in sorted(path for path in private if path.exists()):
        name, held = path.relative_to(folder).as_posix(), path.stat()
        if stat.S_IMODE(held.st_mode) & 0o077:
            yield critical("key_open", file=name, mode=f"{stat.S_IMODE(held.st_mode):04o}")
        if held.st_uid != owner:
            yield critical("key_of_another", file=name)


def _is_beside(custody: Custody) -> bool:
    """Whether the node key lies among the files that it seals."""
    return custody.node is None and custody.passphrase is None


def _signing(entry: WorkingEntry, key: bytes, now: int) -> Iterator[Finding]:
    ours = [period for period in entry.signing if period.key == key]
    if not any(period.not_before <= now < period.not_after for period in ours):
        yield critical("signing_key_not_in_force")
        return
    end = _covered_until(entry.signing, now)
    if end - now < ENDS_SOON:
        told = critical if end - now < ENDS_NOW else warning
        yield told("signing_period_ends", ends=Moment(end))


def _covered_until(periods: tuple[SigningPeriod, ...], now: int) -> int:
    """Until when, without a gap, some key signs for this state."""
    end = now
    for period in sorted(periods, key=lambda period: period.not_before):
        if period.not_before <= end < period.not_after:
            end = period.not_after
    return end
