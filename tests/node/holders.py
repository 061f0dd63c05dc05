"""Two people who keep what opens past questions, invented: their keys, and what a node is given of them."""

from crypto.sealing import SealingKey
from tests.protocol.federation import octets

FIRST, SECOND, DEPUTY = (SealingKey.from_bytes(octets(f"holder of a node's tests {number}")) for number in range(3))
PUBLIC = (FIRST.public, SECOND.public)
