"""`celosia`, and `python -m node`."""

import os
import sys

from node.cli.app import run


def main() -> None:
    """Run the command that the process was called with, and end with its exit code."""
    sys.exit(run(sys.argv[1:], os.environ, sys.stdout, sys.stderr))


if __name__ == "__main__":
    main()
