"""Takes from Python what Windows does not have; on PYTHONPATH it holds in every child as well.

What the standard library itself cannot do without on Linux (SIGKILL, AF_UNIX) stays.
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
