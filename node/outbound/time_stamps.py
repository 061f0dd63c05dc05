"""Time stamps (RFC 3161) from an authority that a court recognises: it is shown a digest, and says when it saw it.

What comes is looked at only so far that it is a stamp over what was asked for. Whose it is, and whether its signature holds,
openssl says to whoever trusts that authority.
"""

import httpx2
from rfc3161_client import HashAlgorithm, PKIStatus, TimestampRequestBuilder, decode_timestamp_response

from protocol.limits import TIME_STAMP_BYTES
from protocol.wire import sha256

_SECONDS = 30.0


class TimeStampUnusable(Exception):
    """The authority gives no stamp that could be used. `reason`: unreachable, refused, too_large, malformed, other_imprint."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def ask_stamp(address: str, content: bytes) -> bytes:
    """A time-stamp token over `content`, of which only the SHA-256 is sent. Raises `TimeStampUnusable`."""
    asked = TimestampRequestBuilder().data(content).hash_algorithm(HashAlgorithm.SHA256).nonce(nonce=False).build()
    headers = {"Content-Type": "application/timestamp-query", "Accept-Encoding": "identity"}
    answer = bytearray()
    try:
        with (
            httpx2.Client(trust_env=False, timeout=_SECONDS) as client,
            client.stream("POST", address, content=asked.as_bytes(), headers=headers) as response,
        ):
            if not response.is_success:
                raise TimeStampUnusable("refused")
            for part in response.iter_raw():
                answer += part
                if len(answer) > TIME_STAMP_BYTES:
                    raise TimeStampUnusable("too_large")
    except (httpx2.HTTPError, httpx2.InvalidURL):
        raise TimeStampUnusable("unreachable") from None
    return token_in(bytes(answer), content)


def token_in(answer: bytes, content: bytes) -> bytes:
    """The token in an authority's answer, which is over `content`. Raises `TimeStampUnusable`."""
    try:
        read = decode_timestamp_response(answer)
        if read.status not in (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS):
            raise TimeStampUnusable("refused")
        imprint, token = read.tst_info.message_imprint, read.time_stamp_token()
    except ValueError:
        raise TimeStampUnusable("malformed") from None
    if imprint.message.hex() != sha256(content) or imprint.message not in token:
        raise TimeStampUnusable("other_imprint")
    return token
