"""What can be wrong with what another authority sent, or with what we were about to send.

    ProtocolError
    ├── Malformed            form: size, JSON, unknown fields, other bytes when printed again
    │   └── TooLarge
    ├── UnknownCode          a code that the vocabulary does not hold
    ├── SenderRefused
    │   ├── UnknownSender    not in the directory
    │   ├── DeniedSender     denied here, locally
    │   └── NotTheSender     the TLS identity is another authority's
    ├── SignatureRefused     no known key, or the signature does not hold
    ├── WrongAddressee
    ├── NotFresh             late or early; carries the measured difference in seconds
    ├── Replayed             the same exchange id with other bytes
    ├── NotTheReply          a reply that does not belong to its request
    ├── DirectoryMismatch    the peer cites another directory under our version number
    ├── DirectoryTooOld      our directory is past its expiry and past the policy's grace
    ├── QuotaSpent           the sender's requests or bytes of the day are used up
    ├── TooManyAtOnce        the sender has as many requests under way as one may have
    ├── PurposeRefused       a purpose that is forbidden, or not one for matching
    ├── BudgetSpent          the asker's budget for this list does not cover the batch
    ├── EpochUnavailable     the holder has no key for this list and epoch: it is over, or a restored node has a new one
    ├── WrongQuestion        list, epoch or manifest are not those that the holder serves
    ├── RecordRefused        a record that breaks a rule of its kind
    ├── ManifestRefused      a manifest that is stale, forked or not its authority's
    ├── SegmentRefused       index bytes that are not what the manifest names
    ├── CheckpointRefused    a checkpoint of another log, or one that too few witnesses cosigned
    ├── LogProofRefused      a proof or an opening that does not show what it should of a log's entry
    └── LogForked            a log's own signature stands under two histories

Every error has a stable `code` (documented in `docs/errors.md`, worded in four languages by the node) and `facts`: values that
may be shown to anybody. No identifier, no personal data and no received bytes ever stand in either.
"""

from typing import ClassVar


class ProtocolError(Exception):
    """Base of all. `where` names the place (a field, a check); `facts` are safe to print."""

    code: ClassVar[str] = "protocol"

    def __init__(self, where: str, **facts: str | int) -> None:
        self.where = where
        self.facts = facts
        told = ", ".join(f"{name}={value}" for name, value in facts.items())
        super().__init__(f"{self.code} at {where}" + (f" ({told})" if told else ""))


class Malformed(ProtocolError):
    """The bytes do not have the one form that the specification allows."""

    code = "malformed"


class TooLarge(Malformed):
    """More bytes or items than `limits.py` allows."""

    code = "too_large"


class UnknownCode(ProtocolError):
    """A code that the named vocabulary list does not hold."""

    code = "unknown_code"


class SenderRefused(ProtocolError):
    """The sender may not speak to us."""

    code = "sender_refused"


class UnknownSender(SenderRefused):
    """The authority is not in the directory that this node has adopted."""

    code = "unknown_sender"


class DeniedSender(SenderRefused):
    """This node's administrators have denied the authority."""

    code = "denied_sender"


class NotTheSender(SenderRefused):
    """The client certificate of the connection belongs to another authority than the envelope's `from`."""

    code = "not_the_sender"


class SignatureRefused(ProtocolError):
    """The key is not one of the signer's, or the signature does not hold under it."""

    code = "signature_refused"


class WrongAddressee(ProtocolError):
    """The envelope is addressed to somebody else."""

    code = "wrong_addressee"


class NotFresh(ProtocolError):
    """The envelope is from the past or the future; `facts["difference_seconds"]` is how far."""

    code = "not_fresh"


class Replayed(ProtocolError):
    """The exchange id was used before with other bytes."""

    code = "replayed"


class NotTheReply(ProtocolError):
    """The reply does not cite the request it came for."""

    code = "not_the_reply"


class DirectoryMismatch(ProtocolError):
    """Two directories under one version number: somebody shows different members different directories."""

    code = "directory_mismatch"


class DirectoryTooOld(ProtocolError):
    """The adopted directory has expired and the policy's grace is over."""

    code = "directory_too_old"


class PurposeRefused(ProtocolError):
    """The purpose is forbidden by the rules that protect people, or is not a purpose for matching."""

    code = "purpose_refused"


class QuotaSpent(ProtocolError):
    """The sender has had its day's requests or bytes of one type; `facts["retry_seconds"]` is when the next day begins."""

    code = "quota_spent"


class TooManyAtOnce(ProtocolError):
    """The sender has as many requests under way as one may have; `facts["retry_seconds"]` is when to try again."""

    code = "too_many_at_once"


class BudgetSpent(ProtocolError):
    """The batch does not fit in what is left of a budget."""

    code = "budget_spent"


class WrongQuestion(ProtocolError):
    """The question names a list, an epoch or a manifest that the holder does not serve to this asker."""

    code = "wrong_question"


class EpochUnavailable(ProtocolError):
    """The holder has no key for this list and epoch any more. The list goes on under another one: follow it and ask again."""

    code = "epoch_unavailable"


class RecordRefused(ProtocolError):
    """A record breaks a rule of its kind."""

    code = "record_refused"


class ManifestRefused(ProtocolError):
    """A manifest is past its validity, breaks its chain, or is not what the directory says."""

    code = "manifest_refused"


class SegmentRefused(ProtocolError):
    """A segment or a removal bitmap is not what its manifest names."""

    code = "segment_refused"


class CheckpointRefused(ProtocolError):
    """A checkpoint is another log's, too few witnesses cosigned it, or two of them are no evidence of a fork."""

    code = "checkpoint_refused"


class LogProofRefused(ProtocolError):
    """A proof does not lead from the entry to the root, or an opening is not what the entry commits to."""

    code = "log_proof_refused"


class LogForked(ProtocolError):
    """A checkpoint under a log's own key does not go on from what a witness has cosigned of that log."""

    code = "log_forked"
