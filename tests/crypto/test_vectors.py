"""The published vectors are those whose digests the README states."""

import re
from hashlib import sha256
from pathlib import Path

VECTORS = Path(__file__).parents[1] / "vectors"


def test_every_vector_file_has_the_digest_that_the_readme_states() -> None:
    stated = dict(re.findall(r"^\| `([^`]+)` .* `([0-9a-f]{64})` \|$", (VECTORS / "README.md").read_text(), re.M))
    assert {path.name for path in VECTORS.glob("rfc*.json")} < stated.keys()
    assert {name: sha256((VECTORS / name).read_bytes()).hexdigest() for name in stated} == stated
