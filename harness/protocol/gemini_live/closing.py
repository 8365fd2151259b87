"""What a Gemini Live server means by closing the socket: it has no other way to tell of an error.

The codes are not documented by the vendor; what they were seen to stand for is. ``goAway`` comes
about a minute before the end of a connection (about ten minutes) or of a session (15 minutes).
"""

from __future__ import annotations

from harness.protocol.session import CloseMeaning

_ERRORS = {
    1007: "the service takes no such message: look at the model, the key and the settings",
    1008: "the service refuses: look at the name of the model, the key and what it may do",
    1011: "an error inside the service, or its deadline passed",
}
_LIMITS = "a connection lasts about 10 minutes"


def meaning_of(code: int, reason: str, *, leaving: str) -> CloseMeaning | None:
    """Return what a close means; ``leaving`` is the time left that ``goAway`` told, if it came."""
    if leaving:
        told = f"goAway, time left {leaving}; {_LIMITS}"
        words = f"the service ended the session, as it had said ({told})"
        return CloseMeaning(words, failed=False, expired=True)
    if code not in _ERRORS:
        return None
    told = f": {reason}" if reason else ""
    return CloseMeaning(f"the service closed the session with {code}{told} ({_ERRORS[code]})")
