"""Founding a federation as its states would: keys apart, root by two of three, each state's entry by two of its own officers.

In life every key lies with another person, on a machine without network. Here one program plays them all, each with its own
folder under `ceremony/`, so that what a signature needs is still what stands there.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from securesystemslib.signer import CryptoSigner

from crypto.sealing import SealingKey, SealingPublicKey
from crypto.stretching import Cost
from deploy.demo.states import State
from node.custody.holders import make_holder_key, public_line, read_holder_key
from node.custody.secrets import Passphrase
from node.directory import ceremony
from node.directory.repository import Change, Repository
from node.durable import write_whole
from node.entry import MEMBER_FILE
from node.founding import Founding, found
from node.tls.certificates import create_authority, issue_leaf
from protocol.authority import Authority
from protocol.directory import Policy, WorkingEntry
from protocol.members import MemberKeys

_YEAR = timedelta(days=365)
AUDIT_HOLDERS = (1, 2)
_CHEAP = Cost(1, 8 << 20)
"""Of a passphrase that is written beside what it opens."""
POLICY = Policy(
    clock_tolerance=60,
    directory_grace=3 * 86400,
    manifest_validity_most=86400,
    witness_faults=0,
    exchange_retention=5 * 365 * 86400,
    erasure_term=30 * 86400,
)


@dataclass(frozen=True)
class Ports:
    """Where everything listens on loopback."""

    directory: int
    peer: Mapping[Authority, int]
    national: Mapping[Authority, int]


@dataclass(frozen=True)
class Holders:
    """Everybody's keys, by folder: three states' root and targets holders, two officers a state, the Secretariat."""

    root: Mapping[Authority, CryptoSigner]
    targets: Mapping[Authority, CryptoSigner]
    officers: Mapping[Authority, Sequence[CryptoSigner]]
    online: CryptoSigner


def make_holders(folder: Path, states: Sequence[State]) -> Holders:
    """A key a holder, each in a file of its own under `folder`."""

    def key(holder: str, name: str) -> CryptoSigner:
        path = folder / holder / f"{name}.pem"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        ceremony.generate_key(path)
        return ceremony.load_key(path)

    codes = [state.authority for state in states]
    return Holders(
        root={code: key(code, "root") for code in codes},
        targets={code: key(code, "targets") for code in codes},
        officers={code: (key(code, "officer-1"), key(code, "officer-2")) for code in codes},
        online=key("secretariat", "online"),
    )


def make_audit_holders(folder: Path) -> tuple[SealingPublicKey, ...]:
    """Two people's keys under `folder`, `audit-1.key` and `audit-2.key`, each with its passphrase beside it, all invented."""
    made = []
    for number in AUDIT_HOLDERS:
        words = f"an invented passphrase of holder {number}"
        write_whole(folder / f"audit-{number}.passphrase", words.encode() + b"\n")
        passphrase = Passphrase(words.encode(), os.urandom, _CHEAP)
        made.append(make_holder_key(folder / f"audit-{number}.key", passphrase, os.urandom))
        write_whole(folder / f"audit-{number}.pub", public_line(made[-1]))
    return tuple(made)


def audit_holder(folder: Path, number: int) -> SealingKey:
    """One of those keys."""
    words = (folder / f"audit-{number}.passphrase").read_bytes().rstrip()
    return read_holder_key(folder / f"audit-{number}.key", Passphrase(words, os.urandom, _CHEAP))


def found_federation(
    folder: Path, states: Sequence[State], ports: Ports, settings: str, stores: Mapping[Authority, str] | None = None
) -> None:
    """Everything up to the first start: `folder/<CC>` for each node, `folder/secretariat` for the directory.

    `settings` is TOML that every node's settings end with, such as the demonstration's fast beats; `stores` that of one node,
    which says where its store is.
    """
    now = datetime.now(UTC)
    holders = make_holders(folder / "ceremony", states)
    root = signed_by_all(
        ceremony.draft_root(
            version=1,
            expires=now + _YEAR,
            root_keys=[signer.public_key for signer in holders.root.values()],
            targets_keys=[signer.public_key for signer in holders.targets.values()],
            online_key=holders.online.public_key,
        ),
        list(holders.root.values())[:2],
    )
    authority = _secretariat_certificates(folder / "secretariat", now)
    entries: dict[Authority, WorkingEntry] = {}
    members: dict[str, bytes] = {}
    for state in states:
        founding = Founding(
            authority=state.authority,
            peer_host="127.0.0.1",
            peer_port=ports.peer[state.authority],
            national_port=ports.national[state.authority],
            directory_url=f"https://127.0.0.1:{ports.directory}",
            directory_tls_authority=authority,
            directory_root=root,
            root_fingerprint=ceremony.fingerprint(root),
            contact=state.contact,
            audit_holders=make_audit_holders(folder / "ceremony" / state.authority),
            audiences=state.audiences,
            extra_settings=settings + (stores or {}).get(state.authority, ""),
        )
        entries[state.authority] = found(folder / state.authority, founding)
        keys = MemberKeys.from_bytes((folder / state.authority / MEMBER_FILE).read_bytes())
        members[state.authority] = state.member(keys).to_bytes()
    targets = signed_by_all(
        ceremony.draft_targets(
            version=1,
            expires=now + _YEAR,
            members=members,
            policy=POLICY.to_bytes(),
            officers={
                code: ceremony.Officers([signer.public_key for signer in signers]) for code, signers in holders.officers.items()
            },
            root=root,
        ),
        list(holders.targets.values())[:2],
    )
    Repository(folder / "secretariat" / "repository", holders.online).found(
        Change(
            root=root,
            targets=targets,
            states={
                code: signed_by_all(ceremony.draft_state(code, 1, now + _YEAR, entry.to_bytes()), holders.officers[code])
                for code, entry in entries.items()
            },
            files={
                "policy.json": POLICY.to_bytes(),
                **{f"members/{code}.json": entry for code, entry in members.items()},
                **{f"states/{code}.json": entry.to_bytes() for code, entry in entries.items()},
            },
        ),
        now,
    )


def signed_by_all(draft: bytes, signers: Sequence[CryptoSigner]) -> bytes:
    """Each holder reads the fingerprint aloud, signs apart, and the signatures are merged."""
    spoken = ceremony.fingerprint(draft)
    return ceremony.merge(draft, [ceremony.sign(draft, signer, spoken) for signer in signers])


def _secretariat_certificates(folder: Path, now: datetime) -> bytes:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority = create_authority("Celosia directory (demonstration)", now, 3650)
    leaf = issue_leaf(authority, ["127.0.0.1", "localhost"], "OA", now, 365)
    write_whole(folder / "leaf.key", leaf.key)
    write_whole(folder / "leaf.pem", leaf.certificate)
    return authority.certificate
