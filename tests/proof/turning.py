"""A turn of the epochs of a state's lists, with all that it takes: seeds, an entry, two officers' signatures, a publication."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.demo.ceremony import signed_by_all
from node.app import Node
from node.directory import ceremony
from node.directory.repository import Change, Repository
from node.entry import compose, entry_before
from node.flows.turn_epochs import EpochRefused


def turn_epochs(folder: Path, node: Node, *, overlap: bool) -> int:
    """The next epochs of all lists of `node` begin, in the directory of the federation in `folder`, too.

    Returns the directory's version. Without `overlap` the seeds before are given up, as after a theft. Where a list has as many
    epochs as it may, none begins.
    """
    code = node.federation.me
    with suppress(EpochRefused):
        node.epochs.start(at_once=True, overlap=overlap)
    with node.database.read() as work:
        before = entry_before(node.vault.folder, code, node.federation.directory)
        entry = compose(node.vault.folder, node.settings, node.keys, work, before).to_bytes()
    keys, secretariat = folder / "ceremony", folder / "secretariat" / "repository"
    roles = [int(path.name.partition(".")[0]) for path in (secretariat / "published" / "metadata").glob(f"*.{code}.json")]
    now = datetime.now(UTC)
    draft = ceremony.draft_state(code, max(roles) + 1, now + timedelta(days=365), entry)
    officers = [ceremony.load_key(keys / code / f"officer-{number}.pem") for number in (1, 2)]
    change = Change(states={code: signed_by_all(draft, officers)}, files={f"states/{code}.json": entry})
    online = ceremony.load_key(keys / "secretariat" / "online.pem")
    return Repository(secretariat, online).publish(change, now).assemble().ref.version
