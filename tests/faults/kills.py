"""Where nodes are killed: for every named point, what goes on at that moment. `docs/spec/kill-points.md` says what is true there.

A kill at several points is one at the last of them, passed by a thread that has passed the others before.
"""

from dataclasses import dataclass

from tests.faults.stages import (
    ADOPT,
    ALLOW,
    ANSWER,
    ASK,
    COMPARE,
    DENY,
    END_EPOCH,
    IMPORT,
    PROPOSE,
    PUBLISH,
    READ,
    RECEIVE,
    REFUSE,
    REVOKE,
    ROTATE,
    WITHDRAW,
    Stage,
)

COMMITTED = "celosia.store.committed"


@dataclass(frozen=True)
class Kill:
    """The `nth` time that a thread passes the last of `points`, after the others, in `stage`."""

    stage: Stage
    points: tuple[str, ...]
    nth: int = 1

    def __str__(self) -> str:
        return "-".join((*(point.removeprefix("celosia.") for point in self.points), str(self.nth)))


def _at(stage: Stage, *points: str, nth: int = 1) -> Kill:
    return Kill(stage, tuple(f"celosia.{point}" for point in points), nth)


KILLS = (
    # the directory
    _at(ADOPT, "adopt_directory.fetched"),
    _at(ADOPT, "adopt_directory.assembled"),
    _at(ADOPT, "adopt_directory.assembled", "store.committed"),
    # an import
    _at(IMPORT, "import_case.begun"),
    _at(IMPORT, "import_case.read"),
    _at(IMPORT, "import_case.taken_in"),
    _at(IMPORT, "import_case.taken_in", "store.committed"),
    # a publication
    _at(PROPOSE, "publish.proposed"),
    _at(PROPOSE, "publish.proposed", "store.committed"),
    _at(REFUSE, "publish.refused"),
    _at(REFUSE, "publish.refused", "store.committed"),
    _at(PUBLISH, "publish.approved"),
    _at(PUBLISH, "publish.approved", "store.committed"),
    _at(PUBLISH, "publish.enqueued"),
    _at(WITHDRAW, "publish.withdrawn"),
    _at(WITHDRAW, "publish.withdrawn", "store.committed"),
    # its delivery
    _at(PUBLISH, "job_lane.taken"),
    _at(WITHDRAW, "job_lane.taken"),
    _at(PUBLISH, "deliver_records.acknowledged"),
    _at(PUBLISH, "deliver_records.acknowledged", "store.committed", nth=2),
    _at(WITHDRAW, "deliver_records.acknowledged"),
    # any call of a peer
    _at(PUBLISH, "call_peer.cleared", nth=2),
    _at(PUBLISH, "call_peer.replied", nth=2),
    _at(PUBLISH, "call_peer.archived", nth=2),
    # our own index
    _at(PUBLISH, "prepare_entries.made"),
    _at(PUBLISH, "prepare_entries.made", "store.committed"),
    _at(PUBLISH, "keep_index.removed", nth=2),
    _at(PUBLISH, "keep_index.added", nth=2),
    _at(PUBLISH, "keep_index.signed", nth=2),
    _at(PUBLISH, "keep_index.signed", "store.committed", nth=2),
    _at(PUBLISH, "keep_index.issued", nth=2),
    _at(PUBLISH, "keep_index.named", nth=2),
    _at(PUBLISH, "keep_index.forgotten", nth=2),
    _at(WITHDRAW, "keep_index.signed", nth=2),
    # the audit log
    _at(PROPOSE, "keep_log.signed", nth=2),
    _at(PROPOSE, "keep_log.signed", "store.committed", nth=2),
    _at(PROPOSE, "keep_log.kept", nth=2),
    # witnessing
    _at(PROPOSE, "feed_witnesses.looked"),
    _at(PROPOSE, "feed_witnesses.cosigned"),
    _at(PROPOSE, "cosign_logs.cosigned"),
    _at(PROPOSE, "cosign_logs.cosigned", "store.committed"),
    # comparing with a peer's log
    _at(COMPARE, "reconcile.taken"),
    _at(COMPARE, "reconcile.taken", "store.committed"),
    # the turn of its epochs
    _at(END_EPOCH, "turn_epochs.over"),
    _at(END_EPOCH, "turn_epochs.seed_destroyed"),
    _at(END_EPOCH, "turn_epochs.seed_destroyed", "store.committed"),
    _at(END_EPOCH, "turn_epochs.filled"),
    _at(END_EPOCH, "turn_epochs.filled", "store.committed"),
    _at(END_EPOCH, "turn_epochs.emptied"),
    # the peers' lists
    _at(ASK, "follow_lists.adopted"),
    _at(ASK, "follow_lists.downloaded"),
    _at(ASK, "follow_lists.complete"),
    _at(ASK, "follow_lists.complete", "store.committed"),
    # a question, at the asker
    _at(ASK, "ask_peers.charged"),
    _at(ASK, "ask_peers.kept"),
    _at(ASK, "job_lane.taken"),
    _at(ASK, "ask_list.signed"),
    _at(ASK, "ask_list.asked"),
    _at(ASK, "ask_list.received"),
    _at(ASK, "ask_list.found"),
    _at(ASK, "ask_list.kept", nth=1),
    _at(ASK, "ask_list.kept", nth=2),
    _at(ASK, "ask_peers.settled"),
    _at(ASK, "ask_peers.settled", "store.committed"),
    _at(READ, "show_question.read"),
    # a question, at the holder
    _at(ANSWER, "answer_match.receipted"),
    _at(ANSWER, "answer_match.signed"),
    _at(ANSWER, "answer_match.answered"),
    # whatever comes from a peer
    _at(RECEIVE, "receive_record.decided"),
    _at(RECEIVE, "receive_record.decided", "store.committed", nth=2),
    _at(RECEIVE, "receive_record.decided", "inbox.taken", nth=2),
    _at(ANSWER, "inbox.taken"),
    _at(ANSWER, "serve_lists.gathered"),
    # a revocation
    _at(REVOKE, "revoke_keys.kept"),
    _at(REVOKE, "revoke_keys.kept", "store.committed"),
    _at(REVOKE, "revoke_keys.told"),
    # a change of the node's keys
    _at(ROTATE, "own.key_in_place"),
    _at(ROTATE, "own.in_place"),
    _at(ROTATE, "rotate_keys.recorded"),
    _at(ROTATE, "rotate_keys.recorded", "store.committed"),
    _at(ROTATE, "own.certificate_gone"),
    _at(ROTATE, "signers.taken"),
    _at(ROTATE, "rotate_keys.recorded", nth=2),
    _at(ROTATE, "rotate_keys.recorded", "store.committed", nth=2),
    _at(ROTATE, "vault.moved"),
    # denials
    _at(DENY, "show_federation.denied"),
    _at(DENY, "show_federation.denied", "store.committed"),
    _at(ALLOW, "show_federation.allowed"),
    # files and units of work, whatever they hold
    _at(PUBLISH, "durable.written", nth=3),
    _at(PUBLISH, "durable.renamed", nth=3),
    _at(PUBLISH, "store.commit", nth=7),
    _at(PUBLISH, "store.committed", nth=7),
)

ONCE_A_POINT = tuple({kill.points[-1]: kill for kill in reversed(KILLS)}.values())
"""The first kill at each point. What is killed there at other moments differs less from it than another point does."""
_BETWEEN_NODES = ("keep_log", "job_lane", "deliver_records", "keep_index", "inbox", "receive_record")
_OF_EACH = {kill.points[-1].split(".")[1]: kill for kill in reversed(ONCE_A_POINT)}
ON_BOTH_DATABASES = tuple(_OF_EACH[module] for module in _BETWEEN_NODES)
"""One in each of log, outbox, inbox, index and records: where what one node has committed and what it told another must agree."""
