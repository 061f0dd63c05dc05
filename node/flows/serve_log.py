"""Serving the audit log to a peer: the newest checkpoint, and the entries of its own exchanges, one by one proved or all told.

An exchange of somebody else, an act of this node alone and an exchange that never was look alike.
"""

from sqlmodel import col, select

from node.flows.call_peer import refuse_denied
from node.flows.prove_entry import proven
from node.safeguards import quotas
from node.safeguards.checks import Outgoing
from node.safeguards.door import Cleared, Door
from node.store import audit_log, counterparts
from node.store.database import Work
from node.store.tables import Intake
from protocol.admission import Admitted
from protocol.authority import Authority
from protocol.errors import WrongQuestion
from protocol.journal import PAIRED
from protocol.limits import ENTRIES_AN_EXCHANGE, LOG_READING
from protocol.log_proofs import ExchangeProofs, ProvenEntry
from protocol.messages import CounterpartsWanted


def give_checkpoint(work: Work, door: Door, asker: Authority) -> Cleared:
    """The newest checkpoint of the log that is written now, charged to the asker's day.

    Raises `WrongQuestion` before the first one, `QuotaSpent`, `DeniedSender` for an asker that this node exchanges nothing with.
    """
    refuse_denied(work, asker)
    held = audit_log.current(work)
    newest = None if held is None else audit_log.newest_checkpoint(work, held.origin)
    if newest is None:
        raise WrongQuestion("log")
    quotas.charge(work, asker, LOG_READING, len(newest.raw))
    return door.checkpoint(newest.raw, asker)


def give_proofs(work: Work, door: Door, x: str, asker: Authority) -> Cleared:
    """The entries that have their other side at `asker`, of the exchange of this id with it. It is charged, and raises, alike."""
    refuse_denied(work, asker)
    entered = select(Intake).where(
        Intake.x == x,
        Intake.peer == asker,
        col(Intake.kind).in_([kind.value for kind in PAIRED]),
        col(Intake.position).is_not(None),
    )
    found: list[ProvenEntry] = []
    for act in work.session.exec(entered.order_by(col(Intake.id)).limit(ENTRIES_AN_EXCHANGE)).all():
        position = act.position or 0
        over = audit_log.checkpoint_over(work, act.log or "", position)
        if over is not None:
            found.append(proven(work, over, position))
    if not found:
        raise WrongQuestion("log")
    quotas.charge(work, asker, LOG_READING, sum(len(each.entry) + len(each.proof) for each in found))
    return door.log_entries(ExchangeProofs(entries=tuple(found)), asker)


def give_counterparts(work: Work, door: Door, admitted: Admitted[CounterpartsWanted]) -> Cleared:
    """A page of the entries that have their other side at the asker, after those that it has read."""
    asker, wanted = admitted.envelope.sender, admitted.body
    return door.reply(work, admitted, Outgoing(asker, counterparts.page(work, asker, wanted.log, wanted.after)))
