"""Why something long broke off, as a code: for the store, for who looks at it, and for the record."""

from node.marking import RegisterUnusable
from node.store.errors import StoreUnavailable

NODE_STOPPED, INTERNAL = "node_stopped", "internal"
"""Why it broke off, where it was neither the register nor the store."""


def why(error: BaseException) -> str:
    """What is wrong with the register, or one of the three others."""
    if isinstance(error, RegisterUnusable):
        return error.fault.value
    if isinstance(error, StoreUnavailable):
        return error.code
    return INTERNAL if isinstance(error, Exception) else NODE_STOPPED
