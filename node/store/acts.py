"""Every act that the audit log will show. An act enters the intake in the transaction in which it happens."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Act(StrEnum):
    """Acts with a counterpart at a peer bear the exchange's id; all others get a local one."""

    IMPORTED = "imported"
    PUBLICATION_PROPOSED = "publication_proposed"
    PUBLICATION_REFUSED = "publication_refused"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    RECORD_SENT = "record_sent"
    RECORD_ACKNOWLEDGED = "record_acknowledged"
    RECORD_RECEIVED = "record_received"
    RECORD_QUARANTINED = "record_quarantined"
    OUTBOX_RETRIED = "outbox_retried"
    INDEX_BEAT = "index_beat"
    RESTORED = "restored"
    RESTORE_FINISHED = "restore_finished"
    RECORDS_SERVED = "records_served"
    EPOCH_STARTED = "epoch_started"
    EPOCH_ENDED = "epoch_ended"
    MANIFESTS_SERVED = "manifests_served"
    MANIFEST_ADOPTED = "manifest_adopted"
    EQUIVOCATION_NOTICED = "equivocation_noticed"
    QUESTION_HELD = "question_held"
    PUBLICATION_HELD = "publication_held"
    HOLD_DECIDED = "hold_decided"
    OFFICER_LOCKED = "officer_locked"
    OFFICER_UNLOCKED = "officer_unlocked"
    QUESTION_ASKED = "question_asked"
    QUESTION_RECEIVED = "question_received"
    QUESTION_ANSWERED = "question_answered"
    ANSWER_RECEIVED = "answer_received"
    ANSWER_VOID = "answer_void"
    OUTCOME = "outcome"
    POLICY_REFUSAL = "policy_refusal"
    DIRECTORY_ADOPTED = "directory_adopted"
    KEY_CHANGED = "key_changed"
    KEYS_REVOKED = "keys_revoked"
    REVOCATION_SENT = "revocation_sent"
    REVOCATION_ACKNOWLEDGED = "revocation_acknowledged"
    PEER_DENIED = "peer_denied"
    PEER_ALLOWED = "peer_allowed"
    OFFICER_CREATED = "officer_created"
    TOKEN_CREATED = "token_created"  # noqa: S105  the name of an act, not a token
    LOGIN_REFUSED = "login_refused"
    PROTECTED_ENTERED = "protected_entered"
    PROTECTED_FED = "protected_fed"
    PROTECTED_FILE_GIVEN_UP = "protected_file_given_up"
    PROTECTED_REMOVAL_PROPOSED = "protected_removal_proposed"
    PROTECTED_REMOVAL_DROPPED = "protected_removal_dropped"
    PROTECTED_REMOVED = "protected_removed"
    PROTECTED_KEY_TURNED = "protected_key_turned"
    PERSONAL_DATA_READ = "personal_data_read"
    ALERT_RAISED = "alert_raised"
    ALERT_SETTLED = "alert_settled"


TOLD: Mapping[Act, tuple[str, ...]] = MappingProxyType(
    {
        Act.PUBLISHED: (),
        Act.WITHDRAWN: (),
        Act.EXPIRED: (),
        Act.PEER_DENIED: ("authority",),
        Act.PEER_ALLOWED: ("authority",),
        Act.OUTBOX_RETRIED: ("authority",),
        Act.RESTORE_FINISHED: ("without",),
        Act.ALERT_RAISED: (),
    }
)
"""Acts that the machine's log tells too, with those facts that name states only: the rest is the audit log's."""
