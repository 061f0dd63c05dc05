"""`celosia` for the runbook's test: every call is a process of its own, forked from one that has the program loaded already.

The runbook makes more than a hundred calls, and loading the program takes most of the time of each. Run with a socket's path,
this file is the process standing by; `CALL`, as an executable, is the program.
"""

import gc
import json
import os
import signal
import socket
import sys
from types import FrameType

CALL = """#!{python} -IS
import json, os, signal, socket, sys
line = socket.socket(socket.AF_UNIX)
line.connect({path!r})
asked = json.dumps([sys.argv[1:], dict(os.environ), os.getcwd()]).encode()
socket.send_fds(line, [len(asked).to_bytes(4, "big")], [0, 1, 2])
line.sendall(asked)
process = int(line.recv(64))
signal.signal(signal.SIGTERM, lambda *_: os.kill(process, signal.SIGTERM))
sys.exit(int(line.recv(64) or b"1"))
"""


def _serve(line: socket.socket) -> None:
    """One call, in the process forked for it: becomes the caller in all but its number, and tells how it ended."""
    size, descriptors, _, _ = socket.recv_fds(line, 4, 3)
    asked = b""
    while len(asked) < int.from_bytes(size, "big"):
        asked += line.recv(65536)
    argv, environment, folder = json.loads(asked)
    child = os.fork()
    if child:
        line.sendall(str(child).encode())
        _, status = os.waitpid(child, 0)
        ended = os.waitstatus_to_exitcode(status)
        line.sendall(str(ended if ended >= 0 else 128 - ended).encode())
        return
    line.close()
    for standard, descriptor in enumerate(descriptors):
        os.dup2(descriptor, standard)
        os.close(descriptor)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["celosia", *argv]
    from node.__main__ import main

    main()


def stand_by(path: str) -> None:
    """Serves calls until SIGTERM. Says `ready` on standard output."""
    import node.__main__
    import node.cli.app  # noqa: F401  # what this process is for: to have it loaded

    def end(_: int, __: FrameType | None) -> None:
        os._exit(0)

    gc.freeze()  # for what is forked it is there already
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path)
    listening.listen()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, end)
    print("ready", flush=True)  # noqa: T201
    while True:
        line, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            for changed in (signal.SIGCHLD, signal.SIGTERM):
                signal.signal(changed, signal.SIG_DFL)
            _serve(line)
            os._exit(0)
        line.close()


if __name__ == "__main__":
    stand_by(sys.argv[1])
