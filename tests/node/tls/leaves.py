"""A node's own leaf on disk, for tests: sealed files in a folder of their own, under an authority of an invented state."""

from datetime import UTC, datetime
from pathlib import Path

from node.custody import Custody, Vault, new_vault
from node.tls.certificates import Credential, create_authority, issue_leaf
from node.tls.own import LEAF, OwnLeaf, write_credential


def vault_with(folder: Path, leaf: Credential) -> Vault:
    """The vault of a node that has this leaf and nothing else."""
    (folder / "tls").mkdir(mode=0o700, parents=True)
    folder.chmod(0o700)
    vault = new_vault(folder, Custody())
    write_credential(vault, LEAF, leaf)
    return vault


def own_leaf(folder: Path, leaf: Credential | None = None) -> OwnLeaf:
    """That node's leaf; a fresh one if none is given."""
    now = datetime.now(UTC)
    made = leaf or issue_leaf(create_authority("Autoridad inventada CO", now, 90), ["localhost"], "CO", now, 30)
    return OwnLeaf(vault_with(folder / "own-leaf", made))
