"""The connection to a dask scheduler: it is asked in threads, so nobody waits who has other things.

A scheduler may go and come back, and it may be there and say nothing (stopped, or its network is).
So may a worker. Dask's own questions have no limit; here each has a thread of its own, and what is
not answered only stays open.
"""

from __future__ import annotations

import queue
import threading
import time
from asyncio import CancelledError
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import distributed
from distributed.comm import CommClosedError

from harness.errors import OperationError, UsageError

CONNECT_S = 5.0
_END_S = 5.0

Question = Callable[[Any], Any]
"""What is asked, given dask's client; it may block for ever."""


class Answer(NamedTuple):
    """What came of a question: its topic, and what it returned, or the OSError that it raised."""

    topic: tuple[str, ...]
    said: Any


class SchedulerLink:
    """A client of a scheduler, and the questions to it that are open."""

    def __init__(self, address: str, inbox: queue.SimpleQueue[Any]) -> None:
        """``inbox`` gets the answers.

        Raises:
            OperationError: no scheduler answers.
            UsageError: dask's settings for TLS do not fit the address.
        """
        check_encryption(address, "client")
        self._address, self._inbox = address, inbox
        self._asked_at: dict[tuple[str, ...], float] = {}
        self.client = self._connected()

    def ask(self, topic: tuple[str, ...], question: Question) -> None:
        """Ask, unless the same is open; the answer comes to the inbox."""
        if topic in self._asked_at:
            return
        self._asked_at[topic] = time.monotonic()
        arguments = (topic, question)
        threading.Thread(target=self._answered, args=arguments, daemon=True).start()

    def open_s(self, topic: tuple[str, ...]) -> float | None:
        """Return for how long a question has been open, None if it is not."""
        asked_at = self._asked_at.get(topic)
        return None if asked_at is None else time.monotonic() - asked_at

    def is_open(self, kind: str) -> bool:
        """Say whether a question is open whose topic begins so."""
        return any(topic[0] == kind for topic in list(self._asked_at))

    def workers(self, _client: Any) -> Mapping[str, Any] | None:
        """Return what the scheduler knows of its workers, None where it has gone; a question.

        It is connected to again, if need be. Raises OSError: it does not answer.
        """
        if self.client.status == "closed":
            try:
                self.client = self._connected()
            except OperationError:
                return None
        if self.client.status != "running":
            return None
        try:
            return dict(self.client.scheduler_info(n_workers=-1)["workers"])
        except (CommClosedError, KeyError):
            return None

    def close(self) -> None:
        """Leave the scheduler; what is under way is forgotten."""
        with suppress(TimeoutError):
            self.client.close(timeout=_END_S)

    def _answered(self, topic: tuple[str, ...], question: Question) -> None:
        said: Any
        try:
            said = question(self.client)
        except (Exception, CancelledError) as error:  # noqa: BLE001  # none may stay open for ever
            said = error if isinstance(error, OSError) else OSError(str(error))
        del self._asked_at[topic]
        self._inbox.put(Answer(topic, said))

    def _connected(self) -> Any:
        try:
            return distributed.Client(self._address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise not_there(self._address, error) from error


def check_encryption(address: str, role: str) -> None:
    """Raise UsageError where dask's settings for TLS do not fit an address; dask has a traceback.

    ``role`` is "client" or "worker", as in the names of the settings.
    """
    settings = (
        f"DASK_DISTRIBUTED__COMM__TLS__CA_FILE, __{role.upper()}__CERT, __{role.upper()}__KEY"
    )
    security = distributed.Security()
    if not address.startswith("tls://"):
        if security.require_encryption:
            raise UsageError(f"dask's settings require encryption: expected tls://, got {address}")
        return
    try:
        context = security.get_connection_args(role)["ssl_context"]
    except OSError as error:
        problem = f"{address}: dask's settings for TLS name no usable file: {error}"
        raise UsageError(f"{problem}; expected PEM files in {settings}") from error
    if context is None:
        raise UsageError(f"{address} needs dask's settings for TLS: {settings}")


def not_there(address: str, error: Exception) -> OperationError:
    """Return the error of a scheduler that does not answer."""
    reason = why_not(error)
    return OperationError(
        f"no dask scheduler answers at {address}: {reason}; start one there with "
        "`dask scheduler`, or leave out --scheduler to use this machine alone"
    )


def why_not(error: Exception) -> str:
    """Return why a scheduler cannot be connected to, in words for whoever gave its address."""
    # Its own text is the connection as dask has it. Hung up on at once, dask tries till its time is
    # over.
    if isinstance(error, CommClosedError) or isinstance(error.__cause__, CommClosedError):
        return "what listens there is no dask scheduler, or has just gone"
    return getattr(error, "strerror", None) or " ".join(str(error).split()) or "no answer"
