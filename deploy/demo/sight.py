"""What each side could see, read from what it really holds: the peer's own archive, and every byte of its folder."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import col, select

from node.app import now
from node.custody import open_vault
from node.keys import Keys
from node.settings import Settings
from node.store.archive import find_request
from node.store.database import Database
from node.store.place import url_of
from node.store.tables import Exchange, IndexList
from protocol import jws, limits
from protocol.authority import Authority
from protocol.envelope import ENVELOPE_TYPE, Envelope
from protocol.messages import MatchRequest


@dataclass(frozen=True)
class Seen:
    """A question as its holder's archive has it. `audience`, `entropy`: whose the list is that was asked, and of what."""

    purpose: str
    basis: str
    offence: str
    officer: str
    elements: int
    audience: str
    entropy: str


def questions_seen(folder: Path) -> list[Seen]:
    """Every question that the node in `folder` has received, from its archive."""
    settings = Settings.read(folder)
    keys = Keys.read(open_vault(folder, settings.keys))
    database = Database(url_of(folder, settings), keys.storage, os.urandom, now)
    try:
        with database.read() as work:
            rows = work.session.exec(
                select(Exchange)
                .where(Exchange.direction == "in", Exchange.type == MatchRequest.type)
                .order_by(col(Exchange.at), col(Exchange.x))
            ).all()
            said = [find_request(work, row.x, Authority(row.peer), "in") for row in rows]
            lists = {row.id: (row.audience, row.entropy) for row in work.session.exec(select(IndexList)).all()}
    finally:
        database.close()
    return [_seen(request.raw, lists) for request in said if request is not None]


def _seen(raw: bytes, lists: Mapping[str, tuple[str, str]]) -> Seen:
    form = jws.open_form(raw, ENVELOPE_TYPE, limit=limits.ENVELOPE_BYTES, where="envelope")
    question = Envelope[MatchRequest].model_validate_json(form.payload).body
    officer = question.officer.hex()[:8]
    return Seen(question.purpose, question.basis, question.offence, officer, question.size, *lists[question.list])


def files_that_hold(folders: Iterable[Path], texts: Sequence[str]) -> list[Path]:
    """Files in which one of `texts` stands in clear: none may be a peer's, and none a log."""
    needles = [text.encode() for text in texts]
    return [
        path
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and any(needle in raw for raw in (path.read_bytes(),) for needle in needles)
    ]
