"""`celosia`, and `python -m node`."""

import gc
import logging
import os
import sys
from contextlib import suppress

_INTERRUPTED = 130


def main() -> None:
    """Run the command that the process was called with, and end with its exit code."""
    # what the parts of a node log is for the log of a node that serves, in JSON (`logs.py`), and no word to who runs a command
    logging.getLogger().addHandler(logging.NullHandler())
    code = _INTERRUPTED
    with suppress(KeyboardInterrupt):
        from node.cli.app import run  # noqa: PLC0415  loading takes a second, in which somebody may press Ctrl-C

        gc.freeze()  # what was loaded stays to the end; looking through it once more there takes half a second
        code = run(sys.argv[1:], os.environ, sys.stdout, sys.stderr)
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # told by `run`; what is left must not be written once more at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


if __name__ == "__main__":
    main()
