"""What goes wrong at a place that fsspec knows by its URL, told as one error of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from harness.errors import OperationError


@contextmanager
def store_trouble(doing: str) -> Iterator[None]:
    """Make an OperationError of what a store's client raises: "cannot ``doing``: why", one line.

    Only calls of the client belong inside. An OperationError passes as it is.
    """
    try:
        yield
    except OperationError:
        raise
    # Clients raise what they like, of no common kind: without a key s3fs raises no OSError.
    except Exception as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        place = getattr(error, "filename", None)
        reason = f"{place}: {reason}" if place else reason
        raise OperationError(f"cannot {doing}: {reason or type(error).__name__}") from error
