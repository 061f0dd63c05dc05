"""The one door in for a peer's message: bytes are admitted once, here, and handed to the story that they belong to."""

import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar, cast

from node.federation import Federation
from node.flows import receive_record, serve_lists, serve_log, serve_records
from node.flows.answer_match import AnswerMatch, Books
from node.flows.cosign_logs import CosignLogs, WitnessAnswer
from node.flows.erase_exchanges import EraseExchanges
from node.flows.hear_heads import hear
from node.flows.hear_peer import hear_clock, hear_peer
from node.flows.revoke_keys import RevokeKeys
from node.flows.serve_log import LogSizes
from node.flows.tell_openings import TellOpenings
from node.safeguards import quotas, refusals
from node.safeguards.door import Cleared, ClearedFile, Door
from node.store import jobs
from node.store.archive import archive_digest, archive_request
from node.store.database import Database, Work
from node.store.index_files import IndexFiles
from protocol.admission import Admitted, QuestionDeclined, Repeated, admit_request, verify_request
from protocol.authority import Authority
from protocol.errors import ProtocolError, PurposeRefused, QuotaSpent, WrongQuestion
from protocol.limits import LOG_READING
from protocol.messages import (
    Body,
    CounterpartsWanted,
    ErasureRequest,
    KeyRevocation,
    ManifestsWanted,
    ManifestWanted,
    MatchRequest,
    OpeningTold,
    RecordDelivery,
    RecordsWanted,
)

log = logging.getLogger("celosia.inbox")

GivenT = TypeVar("GivenT")


@dataclass(frozen=True, repr=False)
class Inbox:
    """The parts of the way in."""

    database: Database
    federation: Federation
    door: Door
    answer_match: AnswerMatch
    revoke: RevokeKeys
    witness: CosignLogs
    erase: EraseExchanges
    tell: TellOpenings

    def take(self, raw: bytes, connection: Authority) -> Iterator[Cleared]:
        """The replies to one envelope that came on a connection of `connection`, each as soon as it is cleared.

        Raises `ProtocolError` before the first reply when the envelope is not admitted; that is on record too.
        """
        go_on: Callable[[], None] | None = None
        forbidden: QuestionDeclined | None = None
        try:
            with self.database.read() as work:
                border = self.federation.border(work, connection)
            # outside of any unit of work: nobody waits for the books while an envelope is parsed and its signature checked
            verified = verify_request(raw, border)
            with self.database.begin() as work:
                try:
                    admitted = admit_request(verified, Books(work, self.federation, self.answer_match.keys))
                except QuestionDeclined as declined:
                    forbidden = declined if isinstance(declined.cause, PurposeRefused) else None
                    replies, rest = self._decline(work, declined)
                else:
                    replies, rest = self._begin(work, admitted)
                    if isinstance(admitted, Admitted) and isinstance(admitted.body, KeyRevocation):
                        go_on = self.revoke.go_on
        except ProtocolError as refusal:
            with self.database.begin() as work:
                noted = quotas.note_refusal(work, connection, refusal)
                if forbidden is not None and isinstance(refusal, QuotaSpent):
                    # counted however many refusals the day has seen, as long as it has questions left
                    quotas.charge(work, connection, MatchRequest.type, len(raw))
                    refusals.note_forbidden(work, connection, forbidden.question.purpose)
                hear_clock(work, connection, refusal)
            if noted:
                log.warning("envelope refused", extra={"peer": connection, "code": refusal.code, "where": refusal.where})
            raise
        sys.audit("celosia.inbox.taken")
        if go_on is not None:
            go_on()  # once it is kept, and before the receipt says that we count by it
        yield from replies
        if rest is not None:
            yield from rest

    def give_file(self, files: IndexFiles, digest: str, connection: Authority) -> ClearedFile:
        """An index file that `connection` may see. Raises `ProtocolError`; that its quota is spent is on record once a day."""
        return self._given(
            connection,
            "index_file",
            lambda work: serve_lists.give_index_file(work, self.federation, self.door, files, digest, connection),
        )

    def give_checkpoint(self, connection: Authority) -> Cleared:
        """The newest checkpoint of this node's audit log. Raises, and puts on record, as `give_file`."""
        return self._given(connection, LOG_READING, lambda work: serve_log.give_checkpoint(work, self.door, connection))

    def give_witnessed(self, connection: Authority) -> Cleared:
        """The newest checkpoint that a quorum has cosigned. Raises, and puts on record, as `give_file`."""
        return self._given(connection, LOG_READING, lambda work: serve_log.give_witnessed(work, self.door, connection))

    def give_consistency(self, sizes: LogSizes, connection: Authority) -> Cleared:
        """How this node's log leads from one size to another. Raises, and puts on record, as `give_file`."""
        return self._given(connection, LOG_READING, lambda work: serve_log.give_consistency(work, self.door, sizes, connection))

    def give_proofs(self, x: str, connection: Authority) -> Cleared:
        """The entries of an exchange with `connection`, proved. Raises, and puts on record, as `give_file`."""
        return self._given(
            connection, LOG_READING, lambda work: serve_log.give_proofs(work, self.federation, self.door, x, connection)
        )

    def give_half(self, x: str, connection: Authority) -> Cleared:
        """Our half of a bundle of evidence about an exchange with `connection`. Raises, and puts on record, as `give_file`."""
        return self._given(
            connection, LOG_READING, lambda work: serve_log.give_half(work, self.federation, self.door, x, connection)
        )

    def give_directory(self, snapshot: str, connection: Authority) -> Cleared:
        """A directory that this node had adopted. Raises, and puts on record, as `give_file`."""
        return self._given(connection, LOG_READING, lambda work: serve_log.give_directory(work, self.door, snapshot, connection))

    def _given(self, connection: Authority, type_: str, give: Callable[[Work], GivenT]) -> GivenT:
        try:
            try:
                with self.database.begin() as work:
                    return give(work)
            except WrongQuestion:
                # what is not there costs a request as well, or a peer could search for ids without end
                with self.database.begin() as work:
                    quotas.charge(work, connection, type_, 0)
                raise
        except QuotaSpent as spent:
            with self.database.begin() as work:
                quotas.note_refusal(work, connection, spent)
            raise

    def add_checkpoint(self, raw: bytes, connection: Authority) -> WitnessAnswer:
        """Our cosignature, or where we stand, for the log of `connection`. Raises `ProtocolError`; that is on record too."""
        try:
            return self.witness.cosign(raw, connection)
        except ProtocolError as refusal:
            self._note(connection, refusal)
            raise

    def give_seen(self, digest: str, connection: Authority) -> Cleared:
        """What was cosigned last of the log with this origin's digest. Raises as `add_checkpoint`."""
        try:
            return self.witness.seen(digest, connection)
        except QuotaSpent as spent:
            self._note(connection, spent)
            raise

    def _note(self, connection: Authority, refusal: ProtocolError) -> None:
        with self.database.begin() as work:
            noted = quotas.note_refusal(work, connection, refusal)
        if noted:
            log.warning("checkpoint refused", extra={"peer": connection, "code": refusal.code, "where": refusal.where})

    def _begin(self, work: Work, admitted: Admitted[Body] | Repeated) -> tuple[list[Cleared], Iterator[Cleared] | None]:
        """What is answered within this unit of work, and what follows once it is committed."""
        if isinstance(admitted, Repeated):
            return [], self.answer_match.again(admitted.admitted)
        _archive_whole(work, admitted)
        hear(work, admitted)
        hear_peer(work, admitted)
        jobs.wake(work, admitted.envelope.sender)
        body, me = admitted.body, self.federation.me
        if isinstance(body, MatchRequest):
            question = cast("Admitted[MatchRequest]", admitted)
            return [self.answer_match.receipt(work, question)], (self.answer_match.answer(question) for _ in range(1))
        if isinstance(body, RecordDelivery):
            return [receive_record.receive(work, self.door, cast("Admitted[RecordDelivery]", admitted))], None
        if isinstance(body, KeyRevocation):
            return [self.revoke.receive(work, cast("Admitted[KeyRevocation]", admitted))], None
        if isinstance(body, ErasureRequest):
            return [self.erase.receive(work, cast("Admitted[ErasureRequest]", admitted))], None
        if isinstance(body, OpeningTold):
            return [self.tell.receive(work, cast("Admitted[OpeningTold]", admitted))], None
        if isinstance(body, ManifestsWanted):
            page = serve_lists.give_manifests(work, self.door, self.federation, cast("Admitted[ManifestsWanted]", admitted))
        elif isinstance(body, RecordsWanted):
            page = serve_records.give_records(work, self.door, me, cast("Admitted[RecordsWanted]", admitted))
        elif isinstance(body, CounterpartsWanted):
            page = serve_log.give_counterparts(work, self.door, cast("Admitted[CounterpartsWanted]", admitted))
        else:
            page = serve_lists.give_evidence(work, self.door, me, cast("Admitted[ManifestWanted]", admitted))
        # pages are kept like all that was said, and can be far longer than what asked for them
        quotas.add_octets(work, admitted.envelope.sender, body.type, len(page.raw))
        return [page], None

    def _decline(self, work: Work, declined: QuestionDeclined) -> tuple[list[Cleared], Iterator[Cleared] | None]:
        """A signed refusal, as long as the sender's refusals of the day are few; `QuotaSpent` after that, and nothing is kept."""
        admitted, envelope = declined.admitted, declined.admitted.envelope
        quotas.charge(work, envelope.sender, quotas.REFUSED, 0)
        if isinstance(declined.cause, PurposeRefused):  # who asks for a forbidden purpose is shown its signature before a court
            _archive_whole(work, admitted)
        else:
            archive_digest(work, envelope.x, envelope.sender, envelope.type, admitted.digest)
        return self.answer_match.decline(work, declined)


def _archive_whole(work: Work, admitted: Admitted[Body]) -> None:
    """Keep a peer's request whole, as what was said."""
    envelope = admitted.envelope
    archive_request(work, envelope.x, envelope.sender, "in", envelope.type, admitted.raw, admitted.digest)
