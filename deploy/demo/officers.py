"""The demonstration's officers. All are invented.

Each state has two analysts, since publishing takes two people,
and two protection liaisons, since half of the random reviews do. A liaison and an auditor read what was exchanged.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import httpx2

from node.app import Node
from node.officers import Role

ACCOUNTS = (
    ("analyst-1", "Analyst One (invented)", "D-0001", (Role.ANALYST,)),
    ("analyst-2", "Analyst Two (invented)", "D-0002", (Role.ANALYST,)),
    ("investigator", "Investigator (invented)", "D-0003", (Role.INVESTIGATOR,)),
    ("administrator", "Administrator (invented)", "D-0004", (Role.ADMINISTRATOR,)),
    ("protection-1", "Protection Liaison One (invented)", "D-0005", (Role.PROTECTION,)),
    ("protection-2", "Protection Liaison Two (invented)", "D-0006", (Role.PROTECTION,)),
    ("liaison", "Liaison (invented)", "D-0007", (Role.LIAISON,)),
    ("auditor", "Auditor (invented)", "D-0008", (Role.AUDITOR,)),
)


@dataclass(frozen=True)
class Account:
    """An officer's token, and the file that sets it up in a shell."""

    username: str
    roles: tuple[str, ...]
    token: str
    env_file: Path


def make_accounts(folder: Path, url: str) -> dict[str, Account]:
    """All accounts of a node that is not running yet, each with a file `officers/<username>.env`."""
    node = Node(folder)
    (folder / "officers").mkdir(mode=0o700, exist_ok=True)
    accounts = {}
    try:
        for username, name, staff_number, roles in ACCOUNTS:
            node.officers.create(username, name, staff_number, roles)
            token = node.officers.issue_token(username)
            path = folder / "officers" / f"{username}.env"
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(f"export CELOSIA_URL={url}\nexport CELOSIA_TOKEN={token}\n")
            accounts[username] = Account(username, tuple(role.value for role in roles), token, path)
    finally:
        node.close()
    return accounts


def client_of(url: str, account: Account) -> httpx2.Client:
    """The national API as this officer."""
    headers = {"Authorization": f"Bearer {account.token}"}
    return httpx2.Client(base_url=url, headers=headers, trust_env=False, timeout=60)
