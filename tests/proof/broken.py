"""A broken copy of the program: `celosia`, with one of the mutations in force.

python -m tests.proof.broken register_is_not_asked serve --node …
"""

import sys

from node.__main__ import main
from tests.proof.mutations import MUTATIONS


def broken() -> None:
    """Run the command that follows the mutation's name."""
    name = sys.argv.pop(1)
    (mutation,) = (each for each in MUTATIONS if each.__name__ == name)
    with mutation():
        main()


if __name__ == "__main__":
    broken()
