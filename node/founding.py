"""Making a node: its folder, keys, certificates, lists and settings, and the directory entry that two officers then sign."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from crypto.signing import SigningKey
from node.durable import write_whole
from node.keys import Keys, make_keys
from node.settings import SETTINGS_FILE, Settings
from node.store.database import Database
from node.store.tables import IndexList, ListEpoch
from node.tls.certificates import create_authority, issue_leaf, spki_pin
from protocol import audience as audiences
from protocol.authority import Authority
from protocol.directory import Contact, EpochKey, ListEntry, SigningPeriod, WorkingEntry

ENTRY_FILE = "directory-entry.json"
_DAY = 86400


class FolderNotEmpty(Exception):
    """A node is founded in a folder of its own, once."""

    code = "folder_not_empty"


@dataclass(frozen=True)
class Founding:
    """What an administrator decides when founding a node.

    `audiences`: named sets that get lists of their own, next to the one for all members. Budgets are in padded elements.
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
    audiences: tuple[tuple[Authority, ...], ...] = ()
    daily_per_asker: int = 16_384
    epoch_cap: int = 1_000_000
    epoch_days: int = 14
    certificate_days: int = 365
    authority_days: int = 3650
    extra_settings: str = ""


def found(folder: Path, founding: Founding) -> WorkingEntry:
    """Make the node in `folder`. Returns its directory entry, which also lies there as `directory-entry.json`.

    Raises `FolderNotEmpty`, `SettingsError` when the settings do not fit, `OSError`.
    """
    if folder.exists() and any(folder.iterdir()):
        raise FolderNotEmpty(str(folder))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)  # an empty folder that was there may be open to others
    write_whole(folder / "root.json", founding.directory_root)
    write_whole(folder / "directory-tls.pem", founding.directory_tls_authority)
    write_whole(folder / SETTINGS_FILE, _settings(founding).encode())
    settings = Settings.read(folder)
    make_keys(folder / "keys", os.urandom)
    keys = Keys.read(folder / "keys")
    pin = _make_certificates(folder / "tls", founding)
    database = Database(f"sqlite:///{folder / settings.database}", keys.storage, os.urandom, lambda: int(time.time()))
    try:
        database.migrate()
        entry = WorkingEntry(
            authority=founding.authority,
            peer_url=f"https://{founding.peer_host}:{founding.peer_port}",
            tls_authority=(folder / "tls" / "authority.pem").read_text("ascii"),
            tls_pins=(pin,),
            signing=(_signing_period(keys.signing, founding),),
            sealing_key=bytes(keys.sealing.public),
            lists=tuple(_make_lists(database, keys, founding)),
            contacts=(founding.contact,),
        )
    finally:
        database.close()
    write_whole(folder / ENTRY_FILE, entry.to_bytes())
    return entry


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
{founding.extra_settings}"""


def _make_certificates(folder: Path, founding: Founding) -> str:
    folder.mkdir(mode=0o700)
    now = datetime.now(UTC)
    authority = create_authority(f"Celosia {founding.authority}", now, founding.authority_days)
    leaf = issue_leaf(authority, [founding.peer_host], founding.authority, now, founding.certificate_days)
    write_whole(folder / "authority.key", authority.key)
    write_whole(folder / "authority.pem", authority.certificate)
    write_whole(folder / "leaf.key", leaf.key)
    write_whole(folder / "leaf.pem", leaf.certificate)
    return spki_pin(leaf.certificate)


def _signing_period(key: SigningKey, founding: Founding) -> SigningPeriod:
    now = int(time.time())
    return SigningPeriod(key=bytes(key.public), not_before=now - 300, not_after=now + founding.certificate_days * _DAY)


def _make_lists(database: Database, keys: Keys, founding: Founding) -> Sequence[ListEntry]:
    entries = []
    now = int(time.time())
    names = [audiences.ALL, *(audiences.name_of(members) for members in founding.audiences)]
    with database.begin() as work:
        for name in names:
            list_id, begins, ends = work.new_id(), now - 300, now + founding.epoch_days * _DAY
            work.session.add(IndexList(id=list_id, audience=name, entropy="identifiers"))
            work.session.flush()
            work.session.add(ListEpoch(list_id=list_id, epoch=1, not_before=begins, not_after=ends))
            key = keys.new_epoch(founding.authority, list_id, 1, os.urandom)
            entries.append(
                ListEntry(
                    list=list_id,
                    entropy="identifiers",
                    daily_per_asker=founding.daily_per_asker,
                    epoch_cap=founding.epoch_cap,
                    epochs=(EpochKey(epoch=1, key=bytes(key.public), not_before=begins, not_after=ends),),
                )
            )
    return entries
