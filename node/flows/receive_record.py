"""Receiving a peer's record: verified, its place in its version chain checked, kept, and signed for.

One bad record never stops the stream: it is put aside with a reason that its publisher is told, and the next one comes.
"""

import sys
from typing import cast, get_args

from sqlmodel import col, select

from node.safeguards.checks import Outgoing
from node.safeguards.door import Cleared, Door
from node.store.database import ExchangeRef, Work
from node.store.tables import HeldRecord, Quarantined
from protocol.admission import Admitted
from protocol.authority import Authority
from protocol.errors import ProtocolError, RecordRefused
from protocol.journal import Act
from protocol.messages import QuarantineReason, RecordDelivery, RecordReceipt
from protocol.record import SignedRecord, Withdrawal, read_record
from protocol.wire import sha256


def receive(work: Work, door: Door, admitted: Admitted[RecordDelivery]) -> Cleared:
    """Take or refuse one record, and sign for it either way."""
    sender, x = admitted.envelope.sender, admitted.envelope.x
    act = Act.RECORD_RECEIVED
    digest = sha256(admitted.body.record)
    try:
        signed = read_record(admitted.body.record, sender, admitted.member.record_keys())
        take(work, signed)
    except ProtocolError as error:
        reason = _reason(error)
        work.session.merge(Quarantined(digest=digest, peer=sender, reason=reason, x=x, received=work.now()))
        act = Act.RECORD_QUARANTINED
        receipt = RecordReceipt(digest=digest, outcome="quarantined", reason=reason)
    else:
        refused_before = work.session.get(Quarantined, digest)
        if refused_before is not None:  # its publisher tried again, and what was in the way here is mended
            work.session.delete(refused_before)
        receipt = RecordReceipt(digest=digest, outcome="accepted")
    work.record_envelope(act, ExchangeRef(x, sender, "in"), digest=admitted.digest, salt=admitted.envelope.salt)
    sys.audit("celosia.receive_record.decided")
    return door.reply(work, admitted, Outgoing(sender, receipt))


def holds(work: Work, sender: Authority, record: str) -> bool:
    """Whether a record of `sender` is held under this id, and was not taken back."""
    in_force = select(HeldRecord.digest).where(
        HeldRecord.authority == sender,
        HeldRecord.record_id == record,
        col(HeldRecord.current),
        HeldRecord.kind != "revocation",
    )
    return work.session.exec(in_force).first() is not None


def _reason(error: ProtocolError) -> QuarantineReason:
    """The reason that the publisher is told; what has no word of its own reads `malformed`."""
    for word in (error.facts.get("reason"), error.code):
        if word in get_args(QuarantineReason):
            return cast("QuarantineReason", word)
    return "malformed"


def take(work: Work, signed: SignedRecord) -> None:
    """Keep a peer's record, if its place in its version chain is free. Raises `RecordRefused`."""
    record = signed.record
    if work.session.get(HeldRecord, signed.digest) is not None:
        return
    squatted = select(HeldRecord.digest).where(HeldRecord.record_id == record.id, HeldRecord.authority != record.authority)
    if work.session.exec(squatted).first() is not None:
        raise RecordRefused("record.id", reason="other_authority")
    versions = work.session.exec(
        select(HeldRecord)
        .where(HeldRecord.authority == record.authority, HeldRecord.record_id == record.id)
        .order_by(col(HeldRecord.version).desc())
    ).all()
    if versions:
        newest = versions[0]
        if record.version <= newest.version:
            raise RecordRefused("record.version", reason="not_newer")
        if record.version == newest.version + 1 and record.supersedes != newest.digest:
            raise RecordRefused("record.supersedes", reason="other_predecessor")
        if newest.kind == "revocation":
            raise RecordRefused("record.id", reason="was_withdrawn")
        if not isinstance(record, Withdrawal) and record.kind != newest.kind:
            raise RecordRefused("record.kind", reason="other_kind")
    for earlier in versions:
        earlier.current = False
        if isinstance(record, Withdrawal):
            earlier.raw = b""  # what was taken back is not kept; its digest stays, to answer for it
        work.session.add(earlier)
    work.session.add(
        HeldRecord(
            digest=signed.digest,
            authority=record.authority,
            record_id=record.id,
            version=record.version,
            kind=record.kind,
            raw=signed.raw,
            current=True,
            received=work.now(),
        )
    )
    work.session.flush()
