"""Serving this node's lists: manifests and index files, each to its audience only."""

import sys
from itertools import zip_longest

from node.federation import Federation
from node.flows.call_peer import refuse_denied
from node.safeguards import quotas
from node.safeguards.checks import Outgoing, may_see
from node.safeguards.door import Cleared, ClearedFile, Door
from node.store import manifests
from node.store.database import Work
from node.store.index_files import IndexFiles
from node.store.tables import HeldManifest
from protocol.admission import Admitted
from protocol.authority import Authority
from protocol.errors import WrongQuestion
from protocol.limits import MANIFESTS_A_REPLY, REMOVALS
from protocol.messages import Manifests, ManifestsWanted, ManifestWanted


def give_manifests(work: Work, door: Door, federation: Federation, admitted: Admitted[ManifestsWanted]) -> Cleared:
    """Every manifest after those that the asker knows, of all lists that it may see, a page at a time.

    Of an epoch that the directory lists no more there is nothing to give. Chains take turns: an asker whose directory is older
    than ours passes over a new epoch, and must not find a page full of it before the epochs that it knows.
    """
    asker, me = admitted.envelope.sender, federation.me
    known = {(head.list, head.epoch): head.position for head in admitted.body.known}
    listed = {(entry.list, each.epoch) for entry in federation.directory.member(me).working.lists for each in entry.epochs}
    by_chain: list[list[HeldManifest]] = []
    for authority, list_id, epoch in manifests.chains(work, me):
        if (list_id, epoch) in listed:
            after = manifests.after(work, authority, list_id, epoch, known.get((list_id, epoch), -1), MANIFESTS_A_REPLY + 1)
            by_chain.append([held for held in after if may_see(work, me, held, asker)])
    found = [held for turn in zip_longest(*by_chain) for held in turn if held is not None]
    page = tuple(held.raw for held in found[:MANIFESTS_A_REPLY])
    sys.audit("celosia.serve_lists.gathered")
    body = Manifests(manifests=page, more=len(found) > MANIFESTS_A_REPLY)
    return door.reply(work, admitted, Outgoing(asker, body))


def give_evidence(work: Work, door: Door, me: Authority, admitted: Admitted[ManifestWanted]) -> Cleared:
    """The manifest that is held at one position of somebody's chain, if the asker may see it."""
    asker, wanted = admitted.envelope.sender, admitted.body
    held = manifests.at_position(work, wanted.authority, wanted.list, wanted.epoch, wanted.position)
    page = (held.raw,) if held is not None and may_see(work, me, held, asker) else ()
    return door.reply(work, admitted, Outgoing(asker, Manifests(manifests=page, more=False)))


def give_index_file(
    work: Work, federation: Federation, door: Door, files: IndexFiles, digest: str, asker: Authority
) -> ClearedFile:
    """An index file of this node that a manifest names which `asker` may see, charged to its day with the file's size.

    Raises `WrongQuestion` for any other file, `QuotaSpent`, `DeniedSender` for an asker that this node exchanges nothing with.
    """
    refuse_denied(work, asker)
    for chain in manifests.chains(work, federation.me):
        for held in manifests.still_valid(work, *chain):
            cleared = door.index_file(work, files, held, digest, asker)
            if cleared is not None:
                quotas.charge(work, asker, _quota(held, digest), cleared.path.stat().st_size)
                return cleared
    raise WrongQuestion("index_file")


def _quota(held: HeldManifest, digest: str) -> str:
    """What says which entries are gone has a quota of its own: no list is so large that a removal waits for the next day."""
    removals = [reference.removals for reference in manifests.content(held).segments]
    return REMOVALS if digest in removals else "index_file"
