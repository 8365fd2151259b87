"""What a call cost: tokens as the service counted them, and seconds of audio both ways.

Tokens are summed over the responses that ended: by kind, and of the cached ones by kind, as far as
the service tells; what it counts in its totals only is kept apart, and so are responses that ended
without any count. Some services tell what was spent apart from responses: then it is that; or how
long a session is that they bill, each time all of it. Seconds
of audio come from the recording itself: what was streamed to the agent, silence included, and what
the agent generated, heard or not. Transcription of the caller by the service is billed for itself,
by seconds or tokens.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from operator import attrgetter

from harness.protocol.events import (
    InputTranscriptDone,
    ResponseDone,
    SessionLasted,
    UsageTold,
)
from harness.protocol.items import ResponseStatus, ResponseUsage, TranscriptionUsage
from harness.recording.model import Recording

_TOLD = (
    *("input_text_tokens", "input_audio_tokens", "input_image_tokens"),
    *("output_text_tokens", "output_audio_tokens"),
)
"""The kinds that add up to all tokens of a response, by field of ``ResponseUsage``."""
_BY_KIND = (
    *_TOLD,
    *("cached_tokens", "cached_text_tokens", "cached_audio_tokens", "cached_image_tokens"),
)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and seconds of one call, or of many; ``responses`` is how many counts there were.

    Of ``cached_tokens``, which are part of the input tokens, ``cached_text_tokens`` and so on are
    those whose kind the service told: all of them, or (as in old results) none.
    """

    responses: int = 0
    input_text_tokens: int = 0
    input_audio_tokens: int = 0
    cached_tokens: int = 0
    """Part of the input tokens that the service had cached."""
    output_text_tokens: int = 0
    output_audio_tokens: int = 0
    caller_s: float = 0.0
    agent_s: float = 0.0
    input_image_tokens: int = 0
    cached_text_tokens: int = 0
    cached_audio_tokens: int = 0
    cached_image_tokens: int = 0
    other_tokens: int = 0
    """In the service's totals, but of no kind that it told."""
    uncounted_responses: int = 0
    """Ended without any usage, failed ones apart."""
    transcribed_s: float = 0.0
    transcription_tokens: int = 0
    """Transcription of the caller, billed by seconds or by tokens."""
    session_s: float = 0.0
    """What a service that bills whole sessions says of their length, the last it said."""

    @property
    def input_tokens(self) -> int:
        """All input tokens of a told kind."""
        return self.input_text_tokens + self.input_audio_tokens + self.input_image_tokens

    @property
    def output_tokens(self) -> int:
        """All output tokens of a told kind."""
        return self.output_text_tokens + self.output_audio_tokens

    @property
    def tokens(self) -> int:
        """All tokens of responses, of whatever kind."""
        return self.input_tokens + self.output_tokens + self.other_tokens


_values = attrgetter(*(field.name for field in fields(Usage)))


def total(usages: Iterable[Usage]) -> Usage:
    """Return what many calls cost together."""
    return Usage(*map(sum, zip(*map(_values, usages), strict=True)))


def usage(recording: Recording) -> Usage:
    """Return what one call cost."""
    ended = [
        each.event.response for each in recording.events if isinstance(each.event, ResponseDone)
    ]
    apart = [each.event.usage for each in recording.events if isinstance(each.event, UsageTold)]
    counted = apart + [response.usage for response in ended if response.usage is not None]
    lasted = [
        each.event.seconds for each in recording.events if isinstance(each.event, SessionLasted)
    ]
    heard = [
        each.event.usage
        for each in recording.events
        if isinstance(each.event, InputTranscriptDone) and each.event.usage is not None
    ]
    summed = {name: sum(getattr(found, name) for found in counted) for name in _BY_KIND}
    return Usage(
        responses=len(counted),
        caller_s=recording.caller.duration_s,
        agent_s=recording.agent_generated.duration_s,
        other_tokens=sum(map(_of_no_kind, counted)),
        uncounted_responses=sum(
            response.usage is None and response.status is not ResponseStatus.FAILED
            for response in ended
            if not apart
        ),
        transcribed_s=sum((found.seconds or 0.0 for found in heard), start=0.0),
        transcription_tokens=sum(map(_all_tokens, heard)),
        session_s=lasted[-1] if lasted else 0.0,
        **summed,
    )


def _of_no_kind(found: ResponseUsage) -> int:
    """Return the tokens of a response that are in its totals, and in none of its details."""
    told: int = sum(getattr(found, name) for name in _TOLD)
    return max(0, _all_tokens(found) - told)


def _all_tokens(found: ResponseUsage | TranscriptionUsage) -> int:
    return max(found.input_tokens + found.output_tokens, found.total_tokens)
