"""Officers' accounts and tokens: made by an administrator's command on the node's own machine, checked on every request."""

import base64
import hashlib
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select

from node.keys import Keys
from node.officers import NotAuthenticated, Role, SignedIn
from node.store import repeated_acts
from node.store.database import Database
from node.store.tables import Officer, OfficerToken
from protocol.journal import Act

log = logging.getLogger("celosia.officers")

TOKEN_LIFETIME = 12 * 3600
"""A working day: a token that was left on a screen is worth nothing tomorrow."""
_SHORTEST, _LONGEST = 3, 160
"""Letters and digits of a name or staff number: fewer would let anything pass for one. More characters than any state uses."""
_TOKEN_PREFIX = "celosia_"  # noqa: S105  marks what it is, so that scanners find one that leaked


class AccountRefused(Exception):
    """An account or token cannot be made; `code` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, repr=False)
class KeepOfficers:
    """The story's parts."""

    database: Database
    keys: Keys

    def create(self, username: str, name: str, staff_number: str, roles: Sequence[Role]) -> str:
        """Make an account and return its id.

        Raises `AccountRefused` (no_role, username_missing, name_missing, staff_number_missing,
        staff_number_too_long, username_taken, staff_number_taken).

        One national staff number, one account: nobody is two people here (mission rule 9). So an empty number, or one of signs
        only, is none; blanks and case do not tell two numbers apart.
        """
        if not roles:
            raise AccountRefused("no_role")
        if len(_signs(username)) < _SHORTEST or username.split() != [username]:
            raise AccountRefused("username_missing")
        if len(_signs(name)) < _SHORTEST:
            raise AccountRefused("name_missing")
        if len(_signs(staff_number)) < _SHORTEST:
            raise AccountRefused("staff_number_missing")
        if len(staff_number) > _LONGEST:
            raise AccountRefused("staff_number_too_long")
        with self.database.begin() as work:
            digest = self.keys.digest("staff_number", "".join(staff_number.split()).upper().encode())
            if work.session.exec(select(Officer).where(Officer.username == username)).first():
                raise AccountRefused("username_taken")
            if work.session.exec(select(Officer).where(Officer.staff_number_digest == digest)).first():
                raise AccountRefused("staff_number_taken")
            officer = Officer(
                id=work.new_id(),
                username=username,
                name=name,
                staff_number_digest=digest,
                roles=" ".join(sorted(role.value for role in roles)),
                active=True,
                created=work.now(),
            )
            work.session.add(officer)
            work.record(Act.OFFICER_CREATED, officer=officer.id, roles=officer.roles.split())
            sys.audit("celosia.keep_officers.created")
        return officer.id

    def issue_token(self, username: str, scopes: Sequence[Role] | None = None, lifetime: int = TOKEN_LIFETIME) -> str:
        """A new token for an officer, for some of the officer's roles or all of them. It is shown once and kept as a digest.

        Raises `AccountRefused` (unknown_officer, scope_not_held).
        """
        with self.database.begin() as work:
            officer = work.session.exec(select(Officer).where(Officer.username == username, col(Officer.active))).first()
            if officer is None:
                raise AccountRefused("unknown_officer")
            held = officer.roles.split()
            wanted = held if scopes is None else sorted(role.value for role in scopes)
            if not set(wanted) <= set(held):
                raise AccountRefused("scope_not_held")
            token = _TOKEN_PREFIX + base64.urlsafe_b64encode(work.random(32)).rstrip(b"=").decode()
            work.session.add(
                OfficerToken(
                    digest=_digest(token),
                    officer_id=officer.id,
                    scopes=" ".join(wanted),
                    created=work.now(),
                    expires=work.now() + lifetime,
                )
            )
            work.record(Act.TOKEN_CREATED, officer=officer.id, scopes=wanted)
            sys.audit("celosia.keep_officers.token_made")
        return token

    def sign_in(self, token: str) -> SignedIn:
        """The officer behind a token. Raises `NotAuthenticated`; the refusal is on record, the token is not.

        Anybody can send wrong tokens, so not each has an entry: in one hour the first has one, the second, the fourth, the eighth
        and so on, with the count; for tokens that are nobody's together, and for each officer whose token is not valid any more.
        """
        with self.database.read() as work:
            held = work.session.get(OfficerToken, _digest(token))
            officer = work.session.get(Officer, held.officer_id) if held else None
            if held and officer and officer.active and not held.revoked and work.now() < held.expires:
                roles = frozenset(Role(role) for role in held.scopes.split()) & frozenset(
                    Role(role) for role in officer.roles.split()
                )
                return SignedIn(officer.id, officer.username, roles)
        known = officer.id if officer else None
        with self.database.begin() as work:
            count = repeated_acts.count(work, Act.LOGIN_REFUSED, known, "")
            noted = count & (count - 1) == 0  # powers of two
            if noted:
                work.record(Act.LOGIN_REFUSED, officer=known, count=count)
        if noted:
            log.warning("sign-in refused", extra={"known_officer": officer is not None, "count": count})
        raise NotAuthenticated


def _signs(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _digest(token: str) -> str:
    """A token has 256 random bits: a plain digest cannot be searched."""
    return hashlib.sha256(token.encode()).hexdigest()
