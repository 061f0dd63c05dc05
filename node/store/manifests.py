"""Manifests as this node holds them, its own and its peers': one chain an (authority, list, epoch)."""

from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache

from sqlalchemy import bindparam
from sqlmodel import col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

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
    place = _chain(authority, list_id, epoch) | {"position": position}
    return work.session.exec(_at_position(), params=place).first()


def newest(work: Work, authority: str, list_id: str, epoch: int, *, usable_only: bool = False) -> HeldManifest | None:
    """The last manifest of a chain; with `usable_only`, the last whose segments all lie here."""
    return work.session.exec(_newest(usable_only), params=_chain(authority, list_id, epoch)).first()


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
    return work.session.exec(_still_valid(), params=_chain(authority, list_id, epoch) | {"now": work.now()}).all()


def _chain(authority: str, list_id: str, epoch: int) -> dict[str, str | int]:
    return {"authority": authority, "list": list_id, "epoch": epoch}


# Every visit and every file that is served asks these of every chain: putting them together takes longer than the answer.


@cache
def _of_chain() -> SelectOfScalar[HeldManifest]:
    return select(HeldManifest).where(
        HeldManifest.authority == bindparam("authority"),
        HeldManifest.list_id == bindparam("list"),
        HeldManifest.epoch == bindparam("epoch"),
    )


@cache
def _at_position() -> SelectOfScalar[HeldManifest]:
    return _of_chain().where(HeldManifest.position == bindparam("position"))


@cache
def _newest(usable_only: bool) -> SelectOfScalar[HeldManifest]:
    query = _of_chain().where(col(HeldManifest.usable)) if usable_only else _of_chain()
    return query.order_by(col(HeldManifest.position).desc()).limit(1)


@cache
def _still_valid() -> SelectOfScalar[HeldManifest]:
    newest = _newest(False).with_only_columns(col(HeldManifest.digest)).scalar_subquery()
    return (
        _of_chain()
        .where(or_(col(HeldManifest.valid_until) > bindparam("now"), col(HeldManifest.digest) == newest))
        .order_by(col(HeldManifest.position))
    )


def content(held: HeldManifest) -> Manifest:
    """What a held manifest says. It was checked when it was kept."""
    return _content(held.raw)


@lru_cache(maxsize=256)  # each beat looks into the same ones many times; the longest has 32 KiB
def _content(raw: bytes) -> Manifest:
    form = jws.open_form(raw, MANIFEST_TYPE, limit=limits.MANIFEST_BYTES, where="manifest")
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
