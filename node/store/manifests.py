"""Manifests as this node holds them, its own and its peers': one chain an (authority, list, epoch)."""

from collections import Counter
from collections.abc import Sequence

from sqlmodel import col, select

from node.store.database import Work
from node.store.tables import HeldManifest, IndexList
from protocol import jws, limits
from protocol.audience import includes
from protocol.authority import Authority
from protocol.envelope import Head
from protocol.index.manifest import MANIFEST_TYPE, Manifest, SignedManifest


def keep(work: Work, signed: SignedManifest, *, usable: bool) -> HeldManifest:
    """Keep a manifest whose place in its chain was checked."""
    manifest = signed.manifest
    held = HeldManifest(
        digest=signed.digest,
        authority=manifest.authority,
        list_id=manifest.list,
        epoch=manifest.epoch,
        position=manifest.position,
        audience=manifest.audience,
        valid_until=manifest.valid_until,
        raw=signed.raw,
        usable=usable,
        received=work.now(),
    )
    work.session.add(held)
    work.session.flush()
    return held


def at_position(work: Work, authority: str, list_id: str, epoch: int, position: int) -> HeldManifest | None:
    """The manifest at a position of a chain."""
    return work.session.exec(
        select(HeldManifest).where(
            HeldManifest.authority == authority,
            HeldManifest.list_id == list_id,
            HeldManifest.epoch == epoch,
            HeldManifest.position == position,
        )
    ).first()


def newest(work: Work, authority: str, list_id: str, epoch: int, *, usable_only: bool = False) -> HeldManifest | None:
    """The last manifest of a chain; with `usable_only`, the last whose segments all lie here."""
    query = select(HeldManifest).where(
        HeldManifest.authority == authority, HeldManifest.list_id == list_id, HeldManifest.epoch == epoch
    )
    if usable_only:
        query = query.where(col(HeldManifest.usable))
    return work.session.exec(query.order_by(col(HeldManifest.position).desc()).limit(1)).first()


def chains(work: Work, authority: str | None = None) -> list[tuple[str, str, int]]:
    """All chains held, as (authority, list, epoch); of one authority if named."""
    # every chain held begins at position 0: `check_successor` takes no other first manifest
    query = select(HeldManifest.authority, HeldManifest.list_id, HeldManifest.epoch).where(HeldManifest.position == 0)
    if authority is not None:
        query = query.where(HeldManifest.authority == authority)
    return sorted(work.session.exec(query).all())


def after(work: Work, authority: str, list_id: str, epoch: int, position: int, limit: int) -> Sequence[HeldManifest]:
    """Up to `limit` manifests of a chain that come after `position`, in order."""
    return work.session.exec(
        select(HeldManifest)
        .where(
            HeldManifest.authority == authority,
            HeldManifest.list_id == list_id,
            HeldManifest.epoch == epoch,
            HeldManifest.position > position,
        )
        .order_by(col(HeldManifest.position))
        .limit(limit)
    ).all()


def still_valid(work: Work, authority: str, list_id: str, epoch: int) -> Sequence[HeldManifest]:
    """The manifests of a chain that are not past their validity, and its newest, which the next one will build on."""
    valid = work.session.exec(
        select(HeldManifest).where(
            HeldManifest.authority == authority,
            HeldManifest.list_id == list_id,
            HeldManifest.epoch == epoch,
            HeldManifest.valid_until > work.now(),
        )
    ).all()
    last = newest(work, authority, list_id, epoch)
    return [*valid, *([last] if last is not None and last not in valid else [])]


def content(held: HeldManifest) -> Manifest:
    """What a held manifest says. It was checked when it was kept."""
    form = jws.open_form(held.raw, MANIFEST_TYPE, limit=limits.MANIFEST_BYTES, where="manifest")
    return Manifest.model_validate_json(form.payload)


def heads_for(work: Work, me: Authority, to: Authority) -> tuple[Head, ...]:
    """The newest heads that `to` may hear of: chains for all members, `to`'s own, and ours that it belongs to the audience of.

    An envelope has room for `HEADS_AN_ENVELOPE`, each authority for `HEADS_AN_AUTHORITY` of them: past that, the chains whose
    newest manifest came longest ago are left out.
    """

    def may_hear(held: HeldManifest) -> bool:
        ours = work.session.get(IndexList, held.list_id) if held.authority == me else None
        return held.audience == "all" or held.authority == to or (ours is not None and includes(ours.audience, to))

    told = [held for chain in chains(work) if (held := newest(work, *chain)) is not None and may_hear(held)]
    told.sort(key=lambda held: (held.authority != me, -held.received))
    counts: Counter[str] = Counter()
    chosen = []
    for held in told:
        counts[held.authority] += 1
        if counts[held.authority] <= limits.HEADS_AN_AUTHORITY:
            chosen.append(held)
    return tuple(
        Head(authority=Authority(held.authority), list=held.list_id, epoch=held.epoch, position=held.position, digest=held.digest)
        for held in chosen[: limits.HEADS_AN_ENVELOPE]
    )
