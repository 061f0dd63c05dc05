"""Which purposes identifiers may be matched for. A floor in code: no setting widens it (mission rules 1, 5, 9)."""

from protocol.errors import PurposeRefused
from protocol.vocabulary import RequestPurpose


def check_purpose(purpose: RequestPurpose) -> None:
    """Return if identifiers may be matched for `purpose`; raise `PurposeRefused` otherwise.

    Immigration enforcement and prosecuting a victim are forbidden outright; missing persons and victim protection go through
    other channels, because a match would point at a victim.
    """
    if not purpose.allowed:
        raise PurposeRefused("purpose", reason="forbidden", purpose=purpose)
    if not purpose.for_matching:
        raise PurposeRefused("purpose", reason="not_for_matching", purpose=purpose)
