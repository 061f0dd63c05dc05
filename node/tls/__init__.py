from node.tls.certificates import (
    Credential,
    create_authority,
    issue_leaf,
    load_authority,
    load_certificate,
    spki_pin,
)
from node.tls.client import ClientLimits, pinned_client, read_limited
from node.tls.connection import PeerProtocol, client_pin
from node.tls.deadlines import ServerLimits
from node.tls.server import peer_server, server_context
from node.tls.trust import PeerIdentity, PeerTrust

__all__ = [
    "ClientLimits",
    "Credential",
    "PeerIdentity",
    "PeerProtocol",
    "PeerTrust",
    "ServerLimits",
    "client_pin",
    "create_authority",
    "issue_leaf",
    "load_authority",
    "load_certificate",
    "peer_server",
    "pinned_client",
    "read_limited",
    "server_context",
    "spki_pin",
]
