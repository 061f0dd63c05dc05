"""Changing over to the next signing key and the next TLS leaf, once the adopted directory says so. Without a restart."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from node.federation import Federation
from node.signers import Signers
from node.store.acts import Act
from node.store.database import Database
from node.tls.own import OwnLeaf
from protocol import jws

log = logging.getLogger("celosia.keys")


@dataclass(frozen=True, repr=False)
class RotateKeys:
    """The story's parts."""

    database: Database
    federation: Federation
    signers: Signers
    own: OwnLeaf
    clock: Callable[[], int]

    def beat(self) -> None:
        """Take what our entry in the adopted directory asks for. On record when something changed.

        Raises `KeysUnusable`, `BadMaterial`, `OSError`, `UnknownSender` before this state is a member; what was in use stays so.
        """
        entry, now = self.federation.directory.member(self.federation.me).working, self.clock()
        pin = self.own.turn(entry.tls_pins, datetime.fromtimestamp(now, UTC))
        if pin is not None:
            self._record("tls", pin)
        key = self.signers.turn(entry, now)
        if key is not None:
            self._record("signing", jws.key_id(key))

    def _record(self, what: str, key: str) -> None:
        with self.database.begin() as work:
            work.record(Act.KEY_CHANGED, what=what, key=key)
        log.info("key changed", extra={"what": what})
