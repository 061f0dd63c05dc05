"""Which acts the machine's log tells too, beside the audit log. All acts are in `protocol/journal.py`."""

from collections.abc import Mapping
from types import MappingProxyType

from protocol.journal import Act

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
