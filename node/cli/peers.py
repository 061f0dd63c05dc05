"""`celosia peers` and `celosia whoami`: the federation as this node sees it, and who one is signed in as."""

from typing import Annotated

import typer
from pydantic import TypeAdapter

from node.cli.given import authority as authority_of
from node.cli.render import country, moment, reason, tell_left_out
from node.cli.session import OK, Session, session_of
from node.inbound.national.models import DenialShown, FederationShown, Me, PeerShown

_FEDERATION = TypeAdapter(FederationShown)
_ME = TypeAdapter(Me)
_DENIAL = TypeAdapter(DenialShown)

Peer = Annotated[str, typer.Argument(help="help.peers.authority", metavar="PE")]


def peers(context: typer.Context) -> int:
    """All other members: when they were last reached, what is held of them, what waits for them."""
    if context.invoked_subcommand is not None:
        return OK
    session = session_of(context)
    with session.api() as api:
        session.show(api.get(["peers"], _FEDERATION), lambda shown: _show(session, shown))
    return OK


def deny(context: typer.Context, authority: Peer) -> int:
    """Exchange nothing more with a peer."""
    session, code = session_of(context), authority_of(authority)
    with session.api() as api:
        session.show(api.post(["peers", code, "denial"], _DENIAL), lambda shown: _show_denial(session, shown))
    return OK


def allow(context: typer.Context, authority: Peer) -> int:
    """Take a denial back."""
    session, code = session_of(context), authority_of(authority)
    with session.api() as api:
        session.show(api.delete(["peers", code, "denial"], _DENIAL), lambda shown: _show_denial(session, shown))
    return OK


def whoami(context: typer.Context) -> int:
    """Name, authority and roles behind the token."""
    session = session_of(context)
    with session.api() as api:
        session.show(api.get(["me"], _ME), lambda me: _show_me(session, me))
    return OK


def _show_denial(session: Session, shown: DenialShown) -> None:
    state, peer = "denied" if shown.denied else "allowed", country(shown.authority, session.language)
    session.tell(f"cli.peers.{'now' if shown.changed else 'already'}_{state}", peer=peer, code=shown.authority)


def _show(session: Session, shown: FederationShown) -> None:
    session.tell("cli.peers.directory", version=shown.directory_version, expires=moment(shown.directory_expires))
    table = session.table(
        "cli.peer", "cli.state", "cli.peers.last", "cli.peers.records", "cli.peers.entries", "cli.peers.waiting"
    )
    for peer in shown.peers:
        last = session.say("cli.peers.never") if peer.last_success is None else moment(peer.last_success)
        table.add_row(
            country(peer.authority, session.language),
            _state(session, peer),
            last,
            str(peer.records),
            str(peer.list_size),
            str(peer.waiting),
        )
    session.out.print(table)
    tell_left_out(session, shown.left_out)


def _state(session: Session, peer: PeerShown) -> str:
    if peer.forked:
        return session.say("cli.peers.forked")
    if peer.denied:
        return session.say("cli.peers.denied")
    if peer.last_error is not None:
        return reason(session, peer.last_error)
    return session.say("cli.peers.unheard" if peer.last_success is None else "cli.peers.reached")


def _show_me(session: Session, me: Me) -> None:
    roles = ", ".join(session.say(f"cli.role.{role}") for role in me.roles)
    session.tell("cli.whoami", username=me.username, authority=country(me.authority, session.language), roles=roles)
