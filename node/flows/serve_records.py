"""Serving records to who has lost them: our own to their audience, and a restored peer's own back to it."""

from sqlmodel import col, select

from node.safeguards.checks import Outgoing, may_receive
from node.safeguards.door import Cleared, Door
from node.store.database import Work
from node.store.tables import HeldRecord
from protocol.admission import Admitted
from protocol.authority import Authority
from protocol.errors import Malformed
from protocol.limits import RECORDS_A_REPLY
from protocol.messages import Records, RecordsWanted


def give_records(work: Work, door: Door, me: Authority, admitted: Admitted[RecordsWanted]) -> Cleared:
    """The newest version of each record that was asked for, a page at a time. Raises `Malformed` for a third state's records."""
    asker, wanted = admitted.envelope.sender, admitted.body
    if wanted.authority not in (me, asker):
        raise Malformed("body.authority", reason="neither_of_us")
    query = select(HeldRecord).where(
        HeldRecord.authority == wanted.authority, col(HeldRecord.current), HeldRecord.record_id > (wanted.after or "")
    )
    page: list[bytes] = []
    for held in work.session.exec(query.order_by(col(HeldRecord.record_id))):
        if wanted.authority == asker or may_receive(work, held.raw, asker):
            page.append(held.raw)
        if len(page) > RECORDS_A_REPLY:
            break
    body = Records(records=tuple(page[:RECORDS_A_REPLY]), more=len(page) > RECORDS_A_REPLY)
    return door.reply(work, admitted, Outgoing(asker, body))
