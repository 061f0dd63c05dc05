"""What this node knows of the federation: adopted directories, manifests, heads, and who is denied.

Manifests and directories are signed by others; corrupting them here shows on the next check.
"""

from sqlmodel import Field, SQLModel, UniqueConstraint

from node.store.columns import big


class AdoptedDirectory(SQLModel, table=True):
    """A directory version that this node adopted, and the act that says so.

    `opening`: salt and payload of that act, in clear. They say what all members know, and a restored node proves by them which
    directory it had; the sealed ones lie under a key that backups leave out.
    """

    __tablename__ = "adopted_directories"
    version: int = big(primary_key=True)  # up to 2^53, as the directory's own format has it
    hash: str = Field(primary_key=True, max_length=64)
    adopted: int = big()
    act: str | None = Field(default=None, max_length=32, index=True)
    opening: bytes | None = None


class KeptDirectory(SQLModel, table=True):
    """A directory that was adopted, whole: which file stands where, by their digests. For evidence about what it was then."""

    __tablename__ = "kept_directories"
    hash: str = Field(primary_key=True, max_length=64)  # of the snapshot, as envelopes and the log cite it
    version: int = big()
    files: bytes


class DirectoryFile(SQLModel, table=True):
    """A file of directories that were adopted, once however many have it. Its name is its digest: another content is found."""

    __tablename__ = "directory_files"
    digest: str = Field(primary_key=True, max_length=64)
    content: bytes


class HeldAhead(SQLModel, table=True):
    """A state's later entry that travels ahead of the directory: what it leaves out is revoked. Forgotten once overtaken."""

    __tablename__ = "entries_ahead"
    digest: str = Field(primary_key=True, max_length=64)
    authority: str = Field(max_length=2, index=True)
    version: int
    role: bytes
    file: bytes
    received: int = big()


class DeniedPeer(SQLModel, table=True):
    """An authority that this node's administrators deny, at once and only here."""

    __tablename__ = "denied_peers"
    authority: str = Field(primary_key=True, max_length=2)
    officer_id: str = Field(foreign_key="officers.id")
    since: int = big()


class HeldManifest(SQLModel, table=True):
    """A signed manifest, own or a peer's. `usable` once every segment it names lies here, checked."""

    __tablename__ = "manifests"
    __table_args__ = (UniqueConstraint("authority", "list_id", "epoch", "position"),)
    digest: str = Field(primary_key=True, max_length=64)
    authority: str = Field(max_length=2, index=True)
    list_id: str = Field(max_length=32)
    epoch: int
    position: int = big(index=True)
    audience: str = Field(max_length=3)
    valid_until: int = big()
    raw: bytes
    usable: bool
    received: int = big()


class HeardHead(SQLModel, table=True):
    """The newest head of somebody's chain that a peer told us of."""

    __tablename__ = "heard_heads"
    reporter: str = Field(primary_key=True, max_length=2)
    authority: str = Field(primary_key=True, max_length=2)
    list_id: str = Field(primary_key=True, max_length=32)
    epoch: int = Field(primary_key=True)
    position: int = big()
    digest: str = Field(max_length=64)
    heard: int = big()


class Equivocation(SQLModel, table=True):
    """Two heads at one position. `proven` once we hold both signed manifests."""

    __tablename__ = "equivocations"
    __table_args__ = (UniqueConstraint("authority", "list_id", "epoch", "position"),)
    id: int | None = Field(default=None, primary_key=True)
    authority: str = Field(max_length=2, index=True)
    list_id: str = Field(max_length=32)
    epoch: int
    position: int = big()
    ours: str = Field(max_length=64)
    theirs: str = Field(max_length=64)
    reporter: str = Field(max_length=2)
    evidence: bytes | None = None
    proven: bool = False
    asked: bool = False  # whether the reporter was asked for what it saw
    noticed: int = big()


class Restoration(SQLModel, table=True):
    """That this database came from a backup. Until that is finished the node publishes nothing: peers know more of it."""

    __tablename__ = "restorations"
    at: int = big(primary_key=True)
    backup_at: int = big()
    finished: int | None = big(default=None)


class PeerContact(SQLModel, table=True):
    """When a peer was last heard of, and what went wrong last."""

    __tablename__ = "peer_contacts"
    authority: str = Field(primary_key=True, max_length=2)
    last_success: int | None = big(default=None)
    last_failure: int | None = big(default=None)
    last_error: str | None = Field(default=None, max_length=64)
