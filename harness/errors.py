"""Every exception that the harness raises on purpose, in one tree.

Data is in attributes and the message is made here, once; ``cli`` adds the exit code. Anything
raised outside this tree is a bug and keeps its traceback.

::

    HarnessError
    ├── InputError            the user's files or words are wrong         exit 2
    │   ├── FaultyFiles       all faults of the files, at once
    │   ├── UnknownName       a name that no registry or catalog knows
    │   ├── MissingVariable   an environment variable that a target needs
    │   ├── UsageError        options that do not go together, a folder that is taken
    │   └── FolderInUse       a folder that another process works in
    ├── OperationError        the harness, disk or connection failed      exit 3
    │   ├── ConnectFailed     refused, TLS, 401, time-out at the upgrade
    │   ├── PortTaken
    │   ├── SpeechFailed      a speech engine returned no usable result
    │   ├── StorageFailed     disk full, no permission
    │   └── RecordingDamaged  a stored call cannot be read
    └── Unscorable            a scorer cannot judge this call

Errors used in a single package are defined there, such as ``transport.base.Closed`` (an
OperationError) and ``protocol.wire.WireFault``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path


class HarnessError(Exception):
    """Root of all errors that a user can act on.

    They pickle across process borders. The default would rebuild an exception from its message,
    which these constructors do not accept.
    """

    def __reduce__(self) -> tuple[Callable[..., HarnessError], tuple[object, ...]]:
        return _rebuilt, (type(self), self.args, self.__dict__)


def _rebuilt(
    kind: type[HarnessError], args: tuple[object, ...], state: dict[str, object]
) -> HarnessError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class InputError(HarnessError):
    """The user's files, options or environment are wrong; no call was made."""


class OperationError(HarnessError):
    """The harness, the disk or the connection failed while working."""


_SHOWN = 200
"""Characters of a text that a message quotes: a line may be read aloud for twenty minutes."""
_MOST_PROBLEM = 2000
"""Characters of a fault: it may list many names, and a name in a file can have 100,000."""


def _begun(text: str, most: int = _SHOWN) -> str:
    """Return a text; a long text is cut and its length added."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text):,} characters)"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault at a place of a file.

    ``key`` is the path inside the document (``turns[2].noise.snr_db``), empty for the whole file;
    ``problem`` states the fault and the allowed values in a phrase.
    """

    path: Path
    line: int | None
    key: str
    problem: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line is not None else f"{self.path}"
        key = f"{_begun(self.key)}: " if self.key else ""
        return f"{place}: {key}{_begun(self.problem, _MOST_PROBLEM)}"


class FaultyFiles(InputError):
    """Files have faults; the message lists all of them, never just the first."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))

    @classmethod
    def at(cls, path: Path, problem: str, *, line: int | None = None, key: str = "") -> FaultyFiles:
        """Make the error of a single fault; ``line`` and ``key`` are its place, if it has one."""
        return cls((Fault(path, line, key, problem),))


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """Return `` (did you mean 'x'?)`` for a name close to a known name, else an empty text."""
    near = get_close_matches(name, list(known), n=1, cutoff=0.6) if isinstance(name, str) else ()
    return f" (did you mean {near[0]!r}?)" if near and near[0] != name else ""


class UnknownName(InputError):
    """A name that is not known, with the names that are."""

    def __init__(self, kind: str, name: str, known: tuple[str, ...]) -> None:
        self.kind, self.name, self.known = kind, name, known
        listed = ", ".join(known) if known else "none"
        super().__init__(f"unknown {kind} {name!r}; known: {listed}{did_you_mean(name, known)}")


class MissingVariable(InputError):
    """A target needs an environment variable that is not set (its value is never shown)."""

    def __init__(self, variable: str, needed_by: str) -> None:
        self.variable, self.needed_by = variable, needed_by
        super().__init__(f"environment variable {variable} is not set; {needed_by} needs it")


class UsageError(InputError):
    """Options or arguments that do not go together."""


class BrokenPlugin(UsageError):
    """A package offers something by name that cannot be loaded."""

    def __init__(self, kind: str, name: str, cause: BaseException) -> None:
        why = " ".join(str(cause).split()) or type(cause).__name__
        if not isinstance(cause, ImportError | AttributeError):
            why = f"{type(cause).__name__}: {why}"
        super().__init__(f"{kind} {name!r}: its package cannot be loaded: {why}")


class FolderInUse(InputError):
    """A folder that another process is using; ``holder`` names the process and its start time."""

    def __init__(self, folder: Path, holder: str) -> None:
        self.folder, self.holder = folder, holder
        super().__init__(
            f"{folder} is in use by {holder}; wait until it has ended, or give another folder"
        )


class ConnectFailed(OperationError):
    """No session could be opened; ``kind`` is refused, tls, rejected, timeout, dns or lost.

    ``status`` is that of the HTTP answer, if any. ``again_s`` means that the server is full for now
    and asks for a retry after this many seconds (0: it gives no time).
    """

    def __init__(
        self,
        url: str,
        kind: str,
        detail: str,
        *,
        status: int | None = None,
        again_s: float | None = None,
    ) -> None:
        self.url, self.kind, self.detail = url, kind, detail
        self.status, self.again_s = status, again_s
        super().__init__(f"cannot open a session at {url}: {kind}: {detail}")


class PortTaken(OperationError):
    """The port that the reference agent was asked to serve on is in use."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        super().__init__(
            f"port {port} on {host} is in use; choose another with --port, or 0 for a free one"
        )


class SpeechFailed(OperationError):
    """A speech engine could not speak or hear; ``text`` is the line concerned, if any."""

    def __init__(self, engine: str, detail: str, text: str | None = None) -> None:
        self.engine, self.detail, self.text = engine, detail, text
        at = f" on {_begun(text)!r}" if text is not None else ""
        super().__init__(f"speech engine {engine} failed{at}: {detail}")


class StorageFailed(OperationError):
    """A file could not be written (disk full, no permission)."""

    def __init__(self, path: Path, detail: str) -> None:
        self.path, self.detail = path, detail
        super().__init__(f"cannot write {path}: {detail}")


class RecordingDamaged(OperationError):
    """A stored recording or result cannot be read."""

    def __init__(self, path: Path, detail: str) -> None:
        self.path, self.detail = path, detail
        super().__init__(f"cannot read {path}: {detail}")


class Unscorable(HarnessError):
    """The call lacks the data that a scorer needs; the reason is shown in place of a verdict."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)
