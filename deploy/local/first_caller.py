"""
Listen on a port until somebody calls, then become the program that serves it.

    python -S first_caller.py FOLDER PORT COMMAND...

Costs 10 MiB instead of the program's hundreds. The first caller is cut off and has to
call again, as clients of gRPC do by themselves. A FOLDER that holds something says that
the program was needed before: then it is started at once, and nobody has to wait.
"""

import os
import select
import signal
import socket
import sys


def wait(port: int) -> None:
    """Return when somebody calls."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen()
        select.select([listening], [], [])


def main() -> None:
    """Wait, then be the program: the process stays the same."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # without a traceback
    folder, port, *command = sys.argv[1:]
    if not os.listdir(folder):
        wait(int(port))
    os.execv(command[0], command)  # noqa: S606 - no shell


if __name__ == "__main__":
    main()
