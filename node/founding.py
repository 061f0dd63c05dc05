"""Making a node: its folder, keys, certificates, lists and settings, and what goes into the directory.

That is the entry, which two officers of the state sign, and the keys of log and witness, which the member states sign together.
"""

import json
import os
import re
import shutil
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

from cryptography import x509
from pydantic import ValidationError

from crypto.sealing import SealingPublicKey
from crypto.signing import Signer
from node.custody import Ask, Custody, Vault, new_vault, nobody
from node.directory import ceremony, files
from node.directory.errors import DirectoryError
from node.durable import write_whole
from node.entry import DAILY_PER_ASKER, DAILY_PER_OFFICER, ENTRY_FILE, EPOCH_CAP, MEMBER_FILE
from node.keys import Keys, make_keys
from node.settings import SETTINGS_FILE, Settings
from node.store.database import Database
from node.store.place import url_of
from node.store.tables import IndexList, ListEpoch
from node.tls.certificates import create_authority, issue_leaf, spki_pin
from node.tls.own import AUTHORITY, LEAF, write_credential
from protocol import audience as audiences
from protocol.authority import Authority
from protocol.directory import ENTROPY_CLASSES, Contact, EpochKey, ListEntry, SigningPeriod, WorkingEntry
from protocol.members import MemberKeys
from protocol.sealed_openings import check_holders

_UNDER_WAY = ".founding"
"""Lies in the folder until the node is founded."""
_DAY = 86400
_DIRECTORY_URL = re.compile(r"https://[A-Za-z0-9.-]{1,253}(:[1-9][0-9]{0,4})?/?")


class FolderNotEmpty(Exception):
    """A node is founded in a folder of its own, once."""

    code = "folder_not_empty"


class FoundingRefused(Exception):
    """What an administrator decided cannot make a node; `code` says what. Nothing was written."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class Founding:
    """What an administrator decides when founding a node.

    `audit_holders`: the public keys of those who open past questions, any two together.
    `audiences`: named sets that get lists of their own, next to the one for all members. Budgets are in padded elements.
    `custody`: where the node key or passphrase comes from. `signing_token`: URI of a token that makes and keeps the signing key.
    """

    authority: Authority
    peer_host: str
    peer_port: int
    national_port: int
    directory_url: str
    directory_tls_authority: bytes
    directory_root: bytes
    root_fingerprint: str
    contact: Contact
    audit_holders: tuple[SealingPublicKey, ...]
    audiences: tuple[tuple[Authority, ...], ...] = ()
    daily_per_asker: int = DAILY_PER_ASKER
    daily_per_officer: int = DAILY_PER_OFFICER
    epoch_cap: int = EPOCH_CAP
    epoch_days: int = 14
    certificate_days: int = 365
    authority_days: int = 3650
    custody: Custody = field(default_factory=Custody)
    signing_token: str | None = None
    extra_settings: str = ""


def check(founding: Founding) -> None:
    """Whether what came from outside is what it is meant to be: a node that cannot start is better not founded.

    Raises `FoundingRefused` (root_unusable, root_not_read_aloud, certificate_unusable, directory_url_unusable, address_unusable,
    ports_unusable, holders_unusable).
    """
    # 1 the root is a root of the directory's shape, and the one that was read aloud
    try:
        role = files.read_role(founding.directory_root, "root")
        files.check_shape(role, None, "root")
    except DirectoryError:
        raise FoundingRefused("root_unusable") from None
    if not ceremony.same_fingerprint(ceremony.fingerprint(founding.directory_root), founding.root_fingerprint):
        raise FoundingRefused("root_not_read_aloud")
    # 2 the directory's certificate is one, and its address one that a certificate can stand for
    try:
        x509.load_pem_x509_certificates(founding.directory_tls_authority)
    except ValueError:
        raise FoundingRefused("certificate_unusable") from None
    if not _DIRECTORY_URL.fullmatch(founding.directory_url):
        raise FoundingRefused("directory_url_unusable")
    # 3 the address that peers will read in the directory entry, and a port for each side
    try:
        WorkingEntry.model_validate({"peer_url": _peer_url(founding)})
    except ValidationError as error:
        if any(fault["loc"] == ("peer_url",) for fault in error.errors(include_input=False)):
            raise FoundingRefused("address_unusable") from None
    ports = (founding.peer_port, founding.national_port)
    if ports[0] == ports[1] or not all(1 <= port <= 65535 for port in ports):
        raise FoundingRefused("ports_unusable")
    # 4 nobody opens a question alone
    try:
        check_holders(founding.audit_holders)
    except ValueError:
        raise FoundingRefused("holders_unusable") from None


def found(folder: Path, founding: Founding, ask_passphrase: Ask = nobody) -> WorkingEntry:
    """Make the node in `folder`. Returns its directory entry, which also lies there as `directory-entry.json`.

    Beside it lies `directory-member.json`, with the keys that the member states sign together (`protocol.members.MemberKeys`).

    Raises `FolderNotEmpty`, `SettingsError` when the settings do not fit, `KeysUnusable`, `OSError`. After any of them nothing
    is left behind in the folder; a key that a token has made stays there.
    What an earlier founding left that was killed goes first: nobody has its entry, and without `node.toml` it is no node.
    """
    there = folder.exists()
    if there and any(folder.iterdir()):
        if not (folder / _UNDER_WAY).exists() or (folder / SETTINGS_FILE).exists():
            raise FolderNotEmpty(str(folder))
        _take_back(folder, keep_folder=True)
    with ExitStack() as undo:
        undo.callback(_take_back, folder, keep_folder=there)
        entry = _make(folder, founding, ask_passphrase)
        undo.pop_all()
    return entry


def _take_back(folder: Path, *, keep_folder: bool) -> None:
    """Remove what was made in `folder`, and the folder itself unless it was there before."""
    for path in folder.iterdir() if folder.exists() else ():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    if not keep_folder and folder.exists():
        folder.rmdir()


def _make(folder: Path, founding: Founding, ask_passphrase: Ask) -> WorkingEntry:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)  # an empty folder that was there may be open to others
    write_whole(folder / _UNDER_WAY, b"")
    write_whole(folder / "root.json", founding.directory_root)
    write_whole(folder / "directory-tls.pem", founding.directory_tls_authority)
    settings = Settings.parse(_settings(founding), folder / SETTINGS_FILE)
    vault = new_vault(folder, settings.keys, ask_passphrase)
    make_keys(vault, os.urandom, founding.audit_holders, founding.signing_token)
    keys = Keys.read(vault)
    sys.audit("celosia.founding.keys_made")
    pin = _make_certificates(vault, founding)
    sys.audit("celosia.founding.certified")
    database = Database(url_of(folder, settings), keys.storage, os.urandom, lambda: int(time.time()))
    try:
        if not database.is_empty():
            raise FoundingRefused("store_not_empty")
        database.migrate()
        entry = WorkingEntry(
            authority=founding.authority,
            peer_url=_peer_url(founding),
            tls_authority=(folder / "tls" / "authority.pem").read_text("ascii"),
            tls_pins=(pin,),
            signing=(_signing_period(keys.signing, founding),),
            sealing_key=bytes(keys.sealing.public),
            lists=tuple(_make_lists(database, keys, founding)),
            contacts=(founding.contact,),
        )
    finally:
        database.close()
    sys.audit("celosia.founding.listed")
    write_whole(folder / MEMBER_FILE, MemberKeys.of(founding.authority, keys.log.public, keys.witness.public).to_bytes())
    write_whole(folder / ENTRY_FILE, entry.to_bytes())
    write_whole(folder / SETTINGS_FILE, _settings(founding).encode())  # last: a folder without it is no node
    (folder / _UNDER_WAY).unlink()
    return entry


def _peer_url(founding: Founding) -> str:
    return f"https://{founding.peer_host}:{founding.peer_port}"


def _settings(founding: Founding) -> str:
    return f"""# Settings of this node. docs/configuration.md explains each.
authority = "{founding.authority}"

[peer]
host = "{founding.peer_host}"
port = {founding.peer_port}

[national]
port = {founding.national_port}

[directory]
url = "{founding.directory_url}"
tls_authority = "directory-tls.pem"
root = "root.json"
root_fingerprint = "{founding.root_fingerprint}"
{_key_settings(founding.custody)}{founding.extra_settings}"""


def _key_settings(custody: Custody) -> str:
    """A JSON string is a TOML string."""
    named = custody.model_dump(exclude_none=True)
    return "".join(["\n[keys]\n", *(f"{name} = {json.dumps(uri)}\n" for name, uri in named.items())]) if named else ""


def _make_certificates(vault: Vault, founding: Founding) -> str:
    (vault.folder / "tls").mkdir(mode=0o700)
    now = datetime.now(UTC)
    authority = create_authority(f"Celosia {founding.authority}", now, founding.authority_days)
    leaf = issue_leaf(authority, [founding.peer_host], founding.authority, now, founding.certificate_days)
    write_credential(vault, AUTHORITY, authority)
    write_credential(vault, LEAF, leaf)
    return spki_pin(leaf.certificate)


def _signing_period(key: Signer, founding: Founding) -> SigningPeriod:
    now = int(time.time())
    return SigningPeriod(key=bytes(key.public), not_before=now - 300, not_after=now + founding.certificate_days * _DAY)


def _make_lists(database: Database, keys: Keys, founding: Founding) -> Sequence[ListEntry]:
    entries = []
    now = int(time.time())
    names = [audiences.ALL, *(audiences.name_of(members) for members in founding.audiences)]
    with database.begin() as work:
        for name, entropy in product(names, ENTROPY_CLASSES.values()):
            list_id, begins, ends = work.new_id(), now - 300, now + founding.epoch_days * _DAY
            work.session.add(IndexList(id=list_id, audience=name, entropy=entropy))
            work.session.flush()
            work.session.add(ListEpoch(list_id=list_id, epoch=1, not_before=begins, not_after=ends))
            key = keys.new_epoch(founding.authority, list_id, 1, os.urandom)
            entries.append(
                ListEntry(
                    list=list_id,
                    audience="all" if name == audiences.ALL else "set",
                    entropy=entropy,
                    daily_per_asker=founding.daily_per_asker,
                    daily_per_officer=founding.daily_per_officer,
                    epoch_cap=founding.epoch_cap,
                    epochs=(EpochKey(epoch=1, key=bytes(key.public), not_before=begins, not_after=ends),),
                )
            )
    return entries
