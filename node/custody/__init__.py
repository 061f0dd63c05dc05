from node.custody.errors import KeyFault, KeysUnusable
from node.custody.secrets import Ask, Custody, nobody
from node.custody.vault import Vault, new_vault, open_vault

__all__ = ["Ask", "Custody", "KeyFault", "KeysUnusable", "Vault", "new_vault", "nobody", "open_vault"]
