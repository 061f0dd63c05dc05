"""Manifests: what an authority's list consists of right now, signed, valid for hours, and chained so that a fork shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from crypto.signing import Signer, VerifyKey
from protocol import jws, limits
from protocol.authority import Authority
from protocol.directory import Directory, EntropyClass, Member
from protocol.envelope import Head
from protocol.errors import ManifestRefused
from protocol.index.entry import Place
from protocol.messages import Epoch, Position
from protocol.wire import Digest, Instant, ListId, Octets32, WireModel, canonical, parse, sha256

MANIFEST_TYPE = "celosia-manifest+jws"

Count = Annotated[int, Field(ge=0, le=limits.SEGMENT_ENTRIES)]
NormaliserVersion = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.+-]{1,64}$")]
KindName = Annotated[str, StringConstraints(pattern=r"^[a-z_]{2,40}$")]


class SegmentRef(WireModel):
    """A segment and the bitmap of what was removed from it since."""

    digest: Digest
    count: Count
    removals: Digest | None = None


class Manifest(WireModel):
    """`audience` is `all` for the members' common lists and `set` for a named set, which is not told.

    `normalisers` are the rule versions of the identifier kinds under which entries were made: who normalises otherwise must not
    take a miss for an answer. `previous` is the digest of the manifest at `position - 1`.
    """

    v: Literal[1] = 1
    authority: Authority
    list: ListId
    audience: Literal["all", "set"]
    entropy: EntropyClass
    epoch: Epoch
    position: Position
    previous: Digest | None = None
    issued: Instant
    valid_until: Instant
    key: Octets32
    format: Literal[1] = 1
    normalisers: Annotated[dict[KindName, NormaliserVersion], Field(max_length=limits.MANIFEST_NORMALISERS)]
    segments: Annotated[tuple[SegmentRef, ...], Field(max_length=limits.MANIFEST_SEGMENTS)]

    @model_validator(mode="after")
    def _chained(self) -> "Manifest":
        if (self.position == 0) != (self.previous is None):
            raise PydanticCustomError("chain", "position 0 follows nothing, every later one its predecessor")
        if self.valid_until <= self.issued:
            raise PydanticCustomError("validity", "valid until before it was issued")
        return self

    @property
    def place(self) -> Place:
        """The index that this manifest describes."""
        return Place(self.authority, self.list, self.epoch)

    @property
    def size(self) -> int:
        """Entries, padding included: what an asker may know of the list's size."""
        return sum(segment.count for segment in self.segments)


@dataclass(frozen=True)
class SignedManifest:
    """A manifest with its bytes; `digest` is SHA-256 over `raw`."""

    manifest: Manifest
    raw: bytes
    digest: str

    @property
    def head(self) -> Head:
        """How an envelope cites this manifest."""
        m = self.manifest
        return Head(authority=m.authority, list=m.list, epoch=m.epoch, position=m.position, digest=self.digest)


def sign_manifest(manifest: Manifest, key: Signer) -> SignedManifest:
    """`manifest` signed under its authority's key."""
    raw = jws.sign(canonical(manifest), MANIFEST_TYPE, key)
    return SignedManifest(manifest, raw, sha256(raw))


def read_manifest(raw: bytes, keys: Mapping[str, VerifyKey], authority: Authority) -> SignedManifest:
    """A manifest of `authority`. Raises `TooLarge`, `Malformed`, `SignatureRefused`, `ManifestRefused`."""
    # 1 size and form, 2 strict model
    form = jws.open_form(raw, MANIFEST_TYPE, limit=limits.MANIFEST_BYTES, where="manifest")
    manifest = parse(Manifest, form.payload, limit=limits.MANIFEST_BYTES, where="manifest")
    # 3 whose it is said to be
    if manifest.authority != authority:
        raise ManifestRefused("manifest.authority", reason="other_authority")
    # 4 signature
    form.verify(keys, "manifest")
    return SignedManifest(manifest, raw, sha256(raw))


def check_successor(manifest: Manifest, before: SignedManifest | None) -> None:
    """Return if `manifest` follows `before` in its chain (None: it must be the first); raise `ManifestRefused` otherwise."""
    if before is None:
        if manifest.position != 0:
            raise ManifestRefused("manifest.position", reason="gap")
        return
    if manifest.place != before.manifest.place:
        raise ManifestRefused("manifest.list", reason="other_chain")
    if manifest.position != before.manifest.position + 1:
        raise ManifestRefused("manifest.position", reason="gap")
    if manifest.previous != before.digest:
        raise ManifestRefused("manifest.previous", reason="fork")
    if manifest.issued < before.manifest.issued:
        raise ManifestRefused("manifest.issued", reason="back_in_time")


def check_listed(manifest: Manifest, member: Member, directory: Directory, now: int) -> None:
    """Return if the directory knows what `manifest` describes; raise `ManifestRefused` otherwise. For every one that is kept.

    Its key must be the directory's for that list and epoch: a holder who tags askers with different keys shows himself here. Its
    audience must be, too: a holder who calls a common list somebody's own would hide its heads from comparison.
    """
    if manifest.issued > now + directory.policy.clock_tolerance:
        raise ManifestRefused("manifest.issued", reason="from_the_future", difference_seconds=manifest.issued - now)
    if manifest.valid_until - manifest.issued > directory.policy.manifest_validity_most:
        raise ManifestRefused("manifest.valid_until", reason="valid_too_long")
    entry = member.list_entry(manifest.list)
    epoch = next((period for period in entry.epochs if period.epoch == manifest.epoch), None) if entry else None
    if entry is None or epoch is None or (entry.entropy, entry.audience) != (manifest.entropy, manifest.audience):
        raise ManifestRefused("manifest.list", reason="not_in_the_directory")
    if epoch.key != manifest.key:
        raise ManifestRefused("manifest.key", reason="other_key")


def check_usable(manifest: Manifest, member: Member, directory: Directory, now: int) -> None:
    """Return if answers may rest on `manifest` at `now`; raise `ManifestRefused` otherwise."""
    check_listed(manifest, member, directory, now)
    if now >= manifest.valid_until:
        raise ManifestRefused("manifest.valid_until", reason="past_validity", seconds_over=now - manifest.valid_until)
    if member.epoch_key(manifest.list, manifest.epoch, now) is None:
        raise ManifestRefused("manifest.epoch", reason="not_this_epoch")
