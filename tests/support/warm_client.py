"""``harness`` of a page: hands its arguments, folder, environment and streams to a warm process."""

import marshal
import os
import socket
import sys
from pathlib import Path


def main(place: str, arguments: list[str]) -> int:
    """Return the exit code of the command; 1 if the warm process died of it."""
    line = socket.socket(socket.AF_UNIX)
    line.connect(place)
    told = marshal.dumps((arguments, str(Path.cwd()), dict(os.environ)))
    sent = socket.send_fds(line, [told], [0, 1, 2])
    line.sendall(told[sent:])
    line.shutdown(socket.SHUT_WR)
    return next(iter(line.recv(1)), 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
