"""The key of the protected register, behind one seam: whoever wants marks of it knows neither the key nor where it lies.

`key.py` says what can be asked of it and has the one that lies among the node's own keys.
"""

from node.marking.client import ProcessKey
from node.marking.errors import RegisterFault, RegisterUnusable
from node.marking.key import KEY_FILE, LocalKey, RegisterKey, make_register_key

__all__ = ["KEY_FILE", "LocalKey", "ProcessKey", "RegisterFault", "RegisterKey", "RegisterUnusable", "make_register_key"]
