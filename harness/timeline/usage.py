"""The usage of a call: tokens as the service counted them, and seconds of audio both ways.

Tokens are summed over the responses that ended: by kind, and cached tokens by kind, as far as the
service reports it; tokens that appear only in its totals are kept apart, and so are responses that
ended without any count. Seconds of audio come from the recording itself: audio streamed to the
agent, silence included, and audio that the agent generated, heard or not. Transcription of the
caller by the service is billed separately, by seconds or tokens.
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
    """Tokens and seconds of a call, or of many; ``responses`` is how many counts there were.

    Of ``cached_tokens``, which are part of the input tokens, ``cached_text_tokens`` and so on are
    those whose kind the service reported: all of them, or (as in old results) none.
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
    """In the service's totals, but of no kind that it reported."""
    uncounted_responses: int = 0
    """Ended without any usage, excluding failed responses."""
    transcribed_s: float = 0.0
    transcription_tokens: int = 0
    """Transcription of the caller, billed by seconds or by tokens."""
    session_s: float = 0.0
    """Session length that a service billing whole sessions reported, its last report."""

    @property
    def input_tokens(self) -> int:
        """All input tokens of a reported kind."""
        return self.input_text_tokens + self.input_audio_tokens + self.input_image_tokens

    @property
    def output_tokens(self) -> int:
        """All output tokens of a reported kind."""
        return self.output_text_tokens + self.output_audio_tokens

    @property
    def tokens(self) -> int:
        """All tokens of responses, of any kind."""
        return self.input_tokens + self.output_tokens + self.other_tokens


_values = attrgetter(*(field.name for field in fields(Usage)))


def total(usages: Iterable[Usage]) -> Usage:
    """Return the usage of many calls together."""
    return Usage(*map(sum, zip(*map(_values, usages), strict=True)))


def usage(recording: Recording) -> Usage:
    """Return the usage of a call."""
    ended = [
        each.event.response for each in recording.events if isinstance(each.event, ResponseDone)
    ]
    # Some services report usage apart from responses: then that is used.
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
        # Each report contains the length of the whole session so far.
        session_s=lasted[-1] if lasted else 0.0,
        **summed,
    )


def _of_no_kind(found: ResponseUsage) -> int:
    """Return the tokens of a response that are in its totals, but in none of its details."""
    told: int = sum(getattr(found, name) for name in _TOLD)
    return max(0, _all_tokens(found) - told)


def _all_tokens(found: ResponseUsage | TranscriptionUsage) -> int:
    return max(found.input_tokens + found.output_tokens, found.total_tokens)
