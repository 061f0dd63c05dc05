"""`celosia keys …`: what keys the node has and which one signs, what they are sealed under, and the next signing key."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import closing, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from crypto.sealing import StorageKey
from node.cli.faults import faults
from node.cli.given import holder, key_named
from node.cli.local import HERE, Folder, asking, asking_twice, need_node
from node.cli.results import report
from node.cli.session import OK, UsageProblem, session_of
from node.custody import open_vault
from node.custody.secrets import make_node_key
from node.custody.uri import FileSecret, SecretUri, parse_uri
from node.directory.errors import Forged, Malformed
from node.doctor.chart import Chart, NothingAdopted
from node.durable import serving, write_whole
from node.entry import MEMBER_FILE, key_id
from node.flows.name_holders import NameHolders
from node.settings import Settings
from node.signers import LOG, NEXT, SIGNING, WITNESS, NoteSigners, make_next_signer
from node.store.database import Database
from node.store.place import url_of
from node.tls.certificates import spki_pin
from node.tls.own import AUTHORITY, LEAF, is_complete, read_certificate
from node.tls.own import NEXT as NEXT_LEAF
from protocol import jws
from protocol.limits import AUDIT_HOLDERS
from protocol.members import MemberKeys
from protocol.sealed_openings import check_holders

_DAY = 86400
_CARRIED_AWAY = ("tls/authority.key",)
"""What a careful administrator keeps elsewhere, and has to bring back before everything is sealed anew."""


@dataclass(frozen=True)
class KeyShown:
    """One key file. `fingerprint` names its public half, where it has one; `custody` what it is sealed under.

    `signs`: whether it is the key that signs in the state's name now.
    """

    file: str
    fingerprint: str | None
    signs: bool
    custody: str
    days: int


def show(context: typer.Context, node: Folder = HERE) -> int:
    """Every key file of the node, and which key signs now: no secret is shown."""
    session = session_of(context)
    with faults(), closing(Chart(node, int(time.time()), ask=asking(session))) as chart:
        shown = list(_shown(chart))
    if session.general.json:
        session.print_json(json.dumps([asdict(each) for each in shown]))
        return OK
    for each in shown:
        facts = [] if each.fingerprint is None else [each.fingerprint]
        if each.signs:
            facts.append(session.say("cli.keys.signs"))
        facts += [session.say(f"cli.custody.{each.custody}"), session.say("cli.keys.days", days=each.days)]
        session.pair(each.file, " · ".join(facts))
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
    replace: Annotated[str | None, typer.Option("--replace", help="help.keys.replace", metavar="ID")] = None,
    node: Folder = HERE,
) -> int:
    """Make the signing key that is to follow; in place of a stolen one, while the node does not serve."""
    session = session_of(context)
    replaced = None if replace is None else key_named(replace)
    with faults():
        vault = open_vault(node, Settings.read(node).keys, asking(session))
        with nullcontext() if replaced is None else serving(node):
            made = jws.key_id(make_next_signer(vault, token, os.urandom, replaced).public)
    if replaced is None:
        report(session, "cli.keys.next_made", fingerprint=made)
    else:
        report(session, "cli.keys.next_replaced", fingerprint=made, replaced=replaced)
    return OK


def next_log(context: typer.Context, node: Folder = HERE) -> int:
    """Make the log key that is to follow, and tell the member states in `directory-member.json`."""
    return _next_note(context, node, LOG)


def next_witness(context: typer.Context, node: Folder = HERE) -> int:
    """Make the witness key that is to follow, and tell the member states in `directory-member.json`."""
    return _next_note(context, node, WITNESS)


def _next_note(context: typer.Context, node: Path, name: str) -> int:
    with faults():
        settings = Settings.read(node)
        notes = NoteSigners(open_vault(node, settings.keys, asking(session_of(context))))
        made = notes.make_next(name, os.urandom)
        log, witness = (notes.next_public(each) or notes.current(each).public for each in (LOG, WITNESS))
        write_whole(node / MEMBER_FILE, MemberKeys.of(settings.authority, log, witness).to_bytes())
    report(session_of(context), "cli.keys.next_note_made", fingerprint=jws.key_id(made), file=str(node / MEMBER_FILE))
    return OK


def audit_holders(
    context: typer.Context,
    holders: Annotated[list[Path], typer.Argument(help="help.keys.holders", metavar="FILE.pub…")],
    node: Folder = HERE,
) -> int:
    """Name who opens past questions, any two together, while the node does not serve; give up the one key of 0.1."""
    session = session_of(context)
    named = tuple(map(holder, holders))
    try:
        check_holders(named)
    except ValueError:
        raise UsageProblem("usage.holders", most=AUDIT_HOLDERS) from None
    with faults():
        settings = Settings.read(node)
        vault = open_vault(node, settings.keys, asking(session))
        storage = StorageKey.from_bytes(vault.read(node / "keys" / "storage.key"))
        with serving(node), closing(Database(url_of(node, settings), storage, os.urandom, lambda: int(time.time()))) as database:
            database.migrate()
            done = NameHolders(database, vault).name(named)
    facts = {"holders": ", ".join(key_id(bytes(each)) for each in named), **asdict(done)}
    report(session, "cli.keys.holders_named", **facts)
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


def _shown(chart: Chart) -> Iterator[KeyShown]:
    vault, keys, me = chart.vault, chart.keys, chart.me
    following = keys.next_signing()
    fingerprints = {
        f"keys/{SIGNING}": jws.key_id(keys.signers.held),
        f"keys/{NEXT}": None if following is None else key_id(following),
        "keys/sealing.key": key_id(bytes(keys.sealing.public)),
    }
    for name in (LOG, WITNESS):
        fingerprints[f"keys/{name}"] = jws.key_id(keys.notes.current(name).public)
        coming = keys.notes.next_public(name)
        fingerprints[f"keys/next-{name}"] = None if coming is None else jws.key_id(coming)
    for name in (LEAF, NEXT_LEAF, AUTHORITY):
        if is_complete(vault.folder / "tls", name):
            fingerprints[f"tls/{name}.key"] = spki_pin(read_certificate(vault.folder, name))[:16]
    signs = _signs(chart)
    for path in vault.sealed_files():
        name = path.relative_to(vault.folder).as_posix()
        if path.suffix == ".seed":
            list_id, _, epoch = path.stem.partition("-")
            fingerprints[name] = key_id(bytes(keys.epoch_key(me, list_id, int(epoch)).public))
        custody = "token" if vault.read(path).startswith(b"pkcs11:") else vault.custody(path)
        yield KeyShown(name, fingerprints.get(name), fingerprints.get(name) == signs, custody, _age(path))


def _signs(chart: Chart) -> str:
    """The id of the key that a node in this folder signs with, by the rule that it goes by itself."""
    if (chart.folder / "keys" / NEXT).exists():
        try:
            entry = chart.entry
        except (NothingAdopted, Malformed, Forged):  # as `AdoptDirectory.load`: the node waits for another one
            entry = None
        if entry is not None:
            chart.keys.signers.turn(entry.working, chart.now)
    return jws.key_id(chart.keys.signing.public)


def _lies_apart(where: SecretUri) -> bool:
    """Whether that place is the same whatever the folder is."""
    return not isinstance(where, FileSecret) or where.path.is_absolute()


def _age(path: Path) -> int:
    return max(0, int(time.time() - path.stat().st_mtime)) // _DAY
