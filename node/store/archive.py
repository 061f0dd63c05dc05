"""The archive of what was said: every envelope, in and out, sealed under its exchange's key. Also the memory against replays."""

from dataclasses import dataclass

from sqlmodel import col, select

from node.store.database import Side, Work
from node.store.tables import Exchange, ExchangeReply
from protocol.authority import Authority
from protocol.journal import Direction


@dataclass(frozen=True, repr=False)
class ArchivedRequest:
    """A request as it was said."""

    type: str
    digest: str
    raw: bytes


def archive_request(work: Work, x: str, peer: Authority, direction: Direction, type_: str, raw: bytes, digest: str) -> None:
    """Keep a request. A second one under the same exchange id, peer and direction breaks the unit of work."""
    sealed = work.seal(x, raw, f"request:{direction}:{peer}", Side(peer, direction))
    work.session.add(
        Exchange(x=x, peer=peer, direction=direction, type=type_, digest=digest, request_sealed=sealed, at=work.now())
    )
    work.session.flush()


def archive_digest(work: Work, x: str, peer: Authority, type_: str, digest: str) -> None:
    """Keep of a peer's request that it came, and not what it said: nobody needs the blinded elements of a refused question."""
    work.session.add(Exchange(x=x, peer=peer, direction="in", type=type_, digest=digest, request_sealed=None, at=work.now()))
    work.session.flush()


def find_digest(work: Work, x: str, peer: Authority, direction: Direction) -> str | None:
    """Digest of the request under this exchange id, if there was one."""
    held = work.session.get(Exchange, (x, peer, direction))
    return None if held is None else held.digest


def find_request(work: Work, x: str, peer: Authority, direction: Direction) -> ArchivedRequest | None:
    """The request under this exchange id; None if there was none, only its digest was kept, or its key was erased."""
    held, side = work.session.get(Exchange, (x, peer, direction)), Side(peer, direction)
    if held is None or held.request_sealed is None or not work.can_open(x, side):
        return None
    return ArchivedRequest(held.type, held.digest, work.open(x, held.request_sealed, f"request:{direction}:{peer}", side))


def archive_reply(work: Work, x: str, peer: Authority, direction: Direction, type_: str, raw: bytes, digest: str) -> bool:
    """Keep a reply after those already kept of its exchange. Returns False, and keeps nothing, if it is one of them."""
    kept = work.session.exec(
        select(ExchangeReply.digest).where(ExchangeReply.x == x, ExchangeReply.peer == peer, ExchangeReply.direction == direction)
    ).all()
    if digest in kept:
        return False
    work.session.add(
        ExchangeReply(
            x=x,
            peer=peer,
            direction=direction,
            position=len(kept),
            type=type_,
            digest=digest,
            reply_sealed=work.seal(x, raw, f"reply:{direction}:{peer}", Side(peer, direction)),
            at=work.now(),
        )
    )
    work.session.flush()
    return True


def find_replies(work: Work, x: str, peer: Authority, direction: Direction) -> list[tuple[str, bytes]]:
    """All kept replies of an exchange, as (type, bytes), in order; none once its key was erased."""
    side = Side(peer, direction)
    if not work.can_open(x, side):
        return []
    rows = work.session.exec(
        select(ExchangeReply)
        .where(ExchangeReply.x == x, ExchangeReply.peer == peer, ExchangeReply.direction == direction)
        .order_by(col(ExchangeReply.position))
    ).all()
    return [(row.type, work.open(x, row.reply_sealed, f"reply:{direction}:{peer}", side)) for row in rows if row.reply_sealed]
