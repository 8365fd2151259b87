"""Removes from Python the names that Windows lacks; on PYTHONPATH also in every child process.

Names that the standard library itself needs on Linux (SIGKILL, AF_UNIX) stay.
"""

import os
import select
import signal
import sys

for module in ("fcntl", "termios", "tty", "pty", "resource", "pwd", "grp", "readline", "syslog"):
    sys.modules[module] = None  # type: ignore[assignment]  # importing it fails then

for owner, names in (
    (os, "fork forkpty register_at_fork nice getpriority setpriority sched_getaffinity mkfifo"),
    (os, "killpg getpgid setsid"),
    (signal, "pthread_sigmask SIGALRM SIGHUP SIGUSR1 setitimer alarm sigwait"),
    (select, "poll epoll"),
):
    for name in names.split():
        if hasattr(owner, name):
            delattr(owner, name)
