"""The one door in for a peer's message: bytes are admitted once, here, and handed to the story that they belong to."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from node.federation import Federation
from node.flows import receive_record, serve_lists
from node.flows.answer_match import AnswerMatch, Books
from node.flows.hear_heads import hear
from node.safeguards.door import Cleared, Door
from node.store.acts import Act
from node.store.archive import archive_request
from node.store.database import Database, Work
from protocol.admission import Admitted, QuestionDeclined, Repeated, admit_request
from protocol.authority import Authority
from protocol.errors import ProtocolError
from protocol.messages import Body, ManifestsWanted, ManifestWanted, MatchRequest, RecordDelivery

log = logging.getLogger("celosia.inbox")


@dataclass(frozen=True, repr=False)
class Inbox:
    """The parts of the way in."""

    database: Database
    federation: Federation
    door: Door
    answer_match: AnswerMatch

    def take(self, raw: bytes, connection: Authority) -> Iterator[Cleared]:
        """The replies to one envelope that came on a connection of `connection`, each as soon as it is cleared.

        Raises `ProtocolError` before the first reply when the envelope is not admitted; that is on record too.
        """
        try:
            with self.database.begin() as work:
                border = self.federation.border(work, connection)
                try:
                    admitted = admit_request(raw, border, Books(work, self.federation))
                except QuestionDeclined as declined:
                    self._archive(work, declined.admitted)
                    replies, rest = [self.answer_match.decline(work, declined)], None
                else:
                    replies, rest = self._begin(work, admitted)
        except ProtocolError as refusal:
            with self.database.begin() as work:
                work.record(Act.POLICY_REFUSAL, peer=connection, cause=refusal.code, where=refusal.where)
            log.warning("envelope refused", extra={"peer": connection, "code": refusal.code, "where": refusal.where})
            raise
        yield from replies
        if rest is not None:
            yield from rest

    def _begin(self, work: Work, admitted: Admitted[Body] | Repeated) -> tuple[list[Cleared], Iterator[Cleared] | None]:
        """What is answered within this unit of work, and what follows once it is committed."""
        if isinstance(admitted, Repeated):
            return [], self.answer_match.again(admitted.admitted)
        self._archive(work, admitted)
        hear(work, admitted)
        body, me = admitted.body, self.federation.me
        if isinstance(body, MatchRequest):
            question = cast("Admitted[MatchRequest]", admitted)
            return [self.answer_match.receipt(work, question)], (self.answer_match.answer(question) for _ in range(1))
        if isinstance(body, RecordDelivery):
            return [receive_record.receive(work, self.door, cast("Admitted[RecordDelivery]", admitted))], None
        if isinstance(body, ManifestsWanted):
            return [serve_lists.give_manifests(work, self.door, me, cast("Admitted[ManifestsWanted]", admitted))], None
        return [serve_lists.give_evidence(work, self.door, me, cast("Admitted[ManifestWanted]", admitted))], None

    @staticmethod
    def _archive(work: Work, admitted: Admitted[Body]) -> None:
        envelope = admitted.envelope
        archive_request(work, envelope.x, envelope.sender, "in", envelope.type, admitted.raw, admitted.digest)
