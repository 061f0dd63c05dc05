"""`celosia keys …`: what keys the node has and what they are sealed under, sealing them anew, and the next signing key."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from node.cli.faults import faults
from node.cli.local import HERE, Folder, asking, asking_twice, need_node
from node.cli.results import report
from node.cli.session import OK, session_of
from node.custody import Vault, open_vault
from node.custody.secrets import make_node_key
from node.custody.uri import FileSecret, SecretUri, parse_uri
from node.entry import key_id
from node.keys import Keys
from node.settings import Settings
from node.signers import NEXT, SIGNING, make_signer
from node.tls.certificates import spki_pin
from node.tls.own import AUTHORITY, LEAF, is_complete, read_certificate
from node.tls.own import NEXT as NEXT_LEAF
from protocol import jws
from protocol.authority import Authority

_DAY = 86400
_CARRIED_AWAY = ("keys/audit.key", "tls/authority.key")
"""What a careful administrator keeps elsewhere, and has to bring back before everything is sealed anew."""


@dataclass(frozen=True)
class KeyShown:
    """One key file. `fingerprint` names its public half, where it has one; `custody` what it is sealed under."""

    file: str
    fingerprint: str | None
    custody: str
    days: int


def show(context: typer.Context, node: Folder = HERE) -> int:
    """Every key file of the node: no secret is shown."""
    session = session_of(context)
    with faults():
        settings = Settings.read(node)
        vault = open_vault(node, settings.keys, asking(session))
        shown = list(_shown(vault, Keys.read(vault), settings.authority))
    if session.general.json:
        session.print_json(json.dumps([asdict(each) for each in shown]))
        return OK
    for each in shown:
        facts = [session.say(f"cli.custody.{each.custody}"), session.say("cli.keys.days", days=each.days)]
        session.pair(each.file, " · ".join(facts if each.fingerprint is None else [each.fingerprint, *facts]))
    return OK


def rewrap(context: typer.Context, node: Folder = HERE) -> int:
    """Seal every key file under the key or passphrase that `[keys]` names now, from the one before."""
    session = session_of(context)
    with faults():
        settings = Settings.read(node)
        vault = open_vault(node, settings.keys, asking_twice(session))
        done = len(list(vault.rewrap()))
    absent = [name for name in _CARRIED_AWAY if not (node / name).exists()]
    report(session, "cli.keys.rewrapped", files=done)
    if absent:
        session.note("cli.keys.carried_away", files=", ".join(absent))
    return OK


def next_signing(
    context: typer.Context,
    token: Annotated[str | None, typer.Option("--token", help="help.keys.token", metavar="URI")] = None,
    node: Folder = HERE,
) -> int:
    """Make the signing key that is to follow."""
    session = session_of(context)
    with faults():
        vault = open_vault(node, Settings.read(node).keys, asking(session))
        made = make_signer(vault, node / "keys" / NEXT, token, os.urandom)
    report(session, "cli.keys.next_made", fingerprint=jws.key_id(made.public))
    return OK


def node_key(
    context: typer.Context,
    uri: Annotated[str, typer.Argument(help="help.keys.uri", metavar="URI")],
    node: Folder = HERE,
) -> int:
    """Make a new node key, in a file or a token: for the node in the folder, or apart from any, for one that is to be founded."""
    session = session_of(context)
    with faults():
        where = parse_uri(uri)
        source = context.get_parameter_source("node")
        nobody_named_one = source is not None and source.name == "DEFAULT"
        if not (nobody_named_one and _lies_apart(where)):
            need_node(node)
        make_node_key(where, node, os.urandom)
    session.tell("cli.keys.node_key_made")
    return OK


def _shown(vault: Vault, keys: Keys, me: Authority) -> Iterator[KeyShown]:
    following = keys.next_signing()
    fingerprints = {
        f"keys/{SIGNING}": jws.key_id(keys.signers.held),
        f"keys/{NEXT}": None if following is None else key_id(following),
        "keys/sealing.key": key_id(bytes(keys.sealing.public)),
        "keys/audit.key": key_id(bytes(keys.audit)),
    }
    for name in (LEAF, NEXT_LEAF, AUTHORITY):
        if is_complete(vault.folder / "tls", name):
            fingerprints[f"tls/{name}.key"] = spki_pin(read_certificate(vault.folder, name))[:16]
    for path in vault.sealed_files():
        name = path.relative_to(vault.folder).as_posix()
        if path.suffix == ".seed":
            list_id, _, epoch = path.stem.partition("-")
            fingerprints[name] = key_id(bytes(keys.epoch_key(me, list_id, int(epoch)).public))
        in_token = vault.read(path).startswith(b"pkcs11:")
        yield KeyShown(name, fingerprints.get(name), "token" if in_token else vault.custody(path), _age(path))


def _lies_apart(where: SecretUri) -> bool:
    """Whether that place is the same whatever the folder is."""
    return not isinstance(where, FileSecret) or where.path.is_absolute()


def _age(path: Path) -> int:
    return max(0, int(time.time() - path.stat().st_mtime)) // _DAY
