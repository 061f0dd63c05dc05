"""`celosia`, and `python -m node`."""

import logging
import os
import sys

from node.cli.app import run


def main() -> None:
    """Run the command that the process was called with, and end with its exit code."""
    # what the parts of a node log is for the log of a node that serves, in JSON (`logs.py`), and no word to who runs a command
    logging.getLogger().addHandler(logging.NullHandler())
    sys.exit(run(sys.argv[1:], os.environ, sys.stdout, sys.stderr))


if __name__ == "__main__":
    main()
