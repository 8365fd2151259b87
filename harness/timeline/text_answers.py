"""Answers that came as text: what of them the caller read, and what it could not hear.

A session that was asked for text is read: every text is an utterance, said whole, from its first
piece to its last. In a session that was asked for sound, a text was not heard by anybody.
"""

from __future__ import annotations

from collections.abc import Iterable

from harness.recording.model import Recording
from harness.recording.provenance import Manifest
from harness.timeline.claims import Claims, PartKey
from harness.timeline.intervals import TICK_S, on_grid
from harness.timeline.model import AgentUtterance, Span, TextAnswer


def is_text_session(manifest: Manifest) -> bool:
    """Return whether the target asked its sessions for text, so that the caller reads."""
    session = manifest.target.get("session")
    return isinstance(session, dict) and session.get("output") == "text"


def unheard_texts(recording: Recording, claims: Claims) -> tuple[TextAnswer, ...]:
    """Return the responses that came as text alone and were not heard, in order of time."""
    if is_text_session(recording.manifest):
        return ()
    spoken = {part.response_id for part in recording.generated}
    by_response: dict[str, list[tuple[float, str]]] = {}
    for (name, *_), parts in claims.texts.items():
        if name not in spoken:
            by_response.setdefault(name, []).extend(parts)
    found = (
        TextAnswer(name, min(at_s for at_s, _ in parts), _once(text for _, text in parts))
        for name, parts in by_response.items()
    )
    return tuple(sorted(found, key=lambda answer: answer.at_s))


def answers_as_text(recording: Recording, claims: Claims) -> tuple[AgentUtterance, ...]:
    """Return what the caller read in a session that answers in text; nothing of any other."""
    if not is_text_session(recording.manifest):
        return ()
    found: dict[tuple[str, str], AgentUtterance] = {}
    for key in claims.texts:
        utterance = _as_text(claims, key)
        if utterance is not None:  # the end of a response repeats what its items told
            found.setdefault((utterance.response_id, utterance.claimed), utterance)
    return tuple(found.values())


def _as_text(claims: Claims, key: PartKey) -> AgentUtterance | None:
    arrived_s, text = claims.texts[key][0]
    words = " ".join(text.split())
    if not words:
        return None
    pieces = [at_s for at_s, _ in claims.pieces_of_text.get(key, ())]
    start_s, end_s = on_grid(min((*pieces, arrived_s))), on_grid(max((*pieces, arrived_s)))
    span = Span(start_s, max(end_s, start_s + TICK_S))
    return AgentUtterance(
        item_id=key[1],
        response_id=key[0],
        span=span,
        sounds=(span,),
        claimed=words,
        claimed_heard=words,
        recognized=None,
        generated_s=0.0,
        heard_s=0.0,
        phase=claims.phase(key[:2]),
        as_text=True,
        created_s=claims.created_s.get(key[0]),
    )


def _once(texts: Iterable[str]) -> str:
    """Join texts; a service tells each up to three times, by stream, item and response."""
    return " ".join(dict.fromkeys(text.strip() for text in texts))
