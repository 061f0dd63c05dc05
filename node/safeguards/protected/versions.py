"""Under which versions of their rules the protected register was fed, and under which key: so, as what a value is looked up.

A mark is made of kind, version and canonical form. The rule of a kind may change while the register still holds marks of before,
so a value is looked up under its own version and under every older one. That finds whoever's canonical form did not change; of
others nobody can tell, and so nothing of that kind is published until the register has been fed anew (ADR 42).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import exists
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from crypto.derivation import length_prefixed, parted
from crypto.errors import BadInput
from node.keys import CHECK, Keys
from node.marking import RegisterFault, RegisterUnusable
from node.store.database import Work
from node.store.tables import ProtectedForm, ProtectedGeneration, ProtectedVersion
from protocol.identifiers import NORMALISER_VERSIONS
from protocol.names import NAME_KEYS_VERSION, NAME_KIND

Form = tuple[str, str]
"""Kind, and version of its rule."""

CURRENT: Mapping[str, str] = {
    NAME_KIND: NAME_KEYS_VERSION,
    **{kind.value: version for kind, version in NORMALISER_VERSIONS.items()},
}
"""The version of each kind's rule in this release; of name keys, of all types together."""


def form_of(value: bytes) -> Form | None:
    """Kind and version of which an OPRF input was made; None for bytes that are none."""
    parts = _parts(value)
    return None if parts is None else (parts[0].decode(), parts[1].decode())


def _parts(value: bytes) -> tuple[bytes, bytes, bytes] | None:
    try:
        kind, version, canonical = parted(value)
        kind.decode(), version.decode()
    except (BadInput, ValueError):
        return None
    return kind, version, canonical


@dataclass(frozen=True)
class Fed:
    """What was fed, as one unit of work sees it."""

    versions: Mapping[str, frozenset[str]]
    """By kind."""
    _work: Work

    @classmethod
    def of(cls, work: Work) -> "Fed":
        """Read from the store."""
        versions: defaultdict[str, set[str]] = defaultdict(set)
        for held in work.session.exec(select(ProtectedVersion)).all():
            versions[held.kind].add(held.version)
        return cls({kind: frozenset(those) for kind, those in versions.items()}, work)

    def forms_of(self, value: bytes) -> list[bytes]:
        """The OPRF input `value`, and the same canonical form under every other version that was ever fed."""
        parts = _parts(value)
        if parts is None:
            return [value]
        kind, version, canonical = parts
        others = self.versions.get(kind.decode(), frozenset()) - {version.decode()}
        return [value, *(length_prefixed(kind, other.encode(), canonical) for other in sorted(others))]

    def marks_of(self, keys: Keys, forms: Sequence[bytes]) -> list[str]:
        """The marks of OPRF inputs that are to be looked up, in their order.

        Raises `RegisterUnusable` for marks of another key than the register's: nobody would be found by them. The check goes with
        every look-up, since a key that is kept elsewhere may be another one from one moment to the next.
        """
        if not forms:
            return []
        check, *marks = keys.protected_marks([CHECK, *forms])
        if self._check not in (None, check):
            raise RegisterUnusable(RegisterFault.ANOTHER_KEY)
        return marks

    @cached_property
    def _check(self) -> str | None:
        newest = newest_generation(self._work)
        return None if newest is None else newest.check

    @cached_property
    def behind(self) -> frozenset[str]:
        """Kinds of which an entry has marks under an older version only: not all of them can be looked up any more."""
        older = (kind for kind, versions in self.versions.items() if versions != {CURRENT.get(kind)})
        return frozenset(kind for kind in older if self._is_behind(kind))

    def _is_behind(self, kind: str) -> bool:
        anew = aliased(ProtectedForm)
        has = exists().where(col(anew.entry) == col(ProtectedForm.entry), col(anew.kind) == kind)
        renewed = has.where(col(anew.version) == CURRENT.get(kind))
        of_kind = select(ProtectedForm.entry).where(ProtectedForm.kind == kind, ~renewed)
        return self._work.session.exec(of_kind.limit(1)).first() is not None


def newest_generation(work: Work) -> ProtectedGeneration | None:
    """Which key the marks are under; None for an empty register."""
    return work.session.exec(select(ProtectedGeneration).order_by(col(ProtectedGeneration.generation).desc()).limit(1)).first()


def forms_of_all(values: Iterable[bytes]) -> frozenset[Form]:
    """Kind and version of each OPRF input."""
    return frozenset(form for form in map(form_of, values) if form is not None)
