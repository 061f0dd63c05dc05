"""The OpenAPI documents of both APIs, as the wiring of a node makes them.

    python -m tests.architecture.openapi

writes them to `docs/api/`; `test_documents.py` fails while what is there is not current.
"""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

from deploy.demo.ceremony import Ports, found_federation
from deploy.demo.states import STATES
from node.app import Node

FOLDER = Path(__file__).parents[2] / "docs" / "api"


def documents(folder: Path) -> Mapping[str, str]:
    """File name to content, from a node that is founded in the empty `folder` and never serves."""
    ports = dict.fromkeys((state.authority for state in STATES), 1)
    found_federation(folder, STATES, Ports(directory=1, peer=ports, national=ports), "")
    node = Node(folder / STATES[0].authority)
    try:
        apps = {"national.json": node.national_app, "peer.json": node.peer_app}
        return {name: json.dumps(app.openapi(), indent=2, ensure_ascii=False) + "\n" for name, app in apps.items()}
    finally:
        node.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made_for_this:
        for name, content in documents(Path(made_for_this)).items():
            (FOLDER / name).write_text(content, "utf-8")
