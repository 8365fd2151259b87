"""What a call cost: tokens as the service counted them, and seconds of audio both ways.

Tokens are summed over ``response.done`` (Realtime API reference, "usage" of a response): by kind,
and of the cached ones by kind, as far as the service tells; what it counts in its totals only is
kept apart, and so are responses that ended without any count. What is no count of tokens adds
nothing. Seconds of audio come from the recording itself: what was streamed to the agent, silence
included, and what the agent generated, heard or not. Transcription of the caller by the service is
billed for itself, by seconds or tokens (``usage`` of its ``completed`` event).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from operator import attrgetter

from harness.protocol.fields import Fields
from harness.recording.model import Direction, Recording

_TRANSCRIBED = "conversation.item.input_audio_transcription.completed"

_DAY_S = 86_400
"""No transcription is longer."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and seconds of one call, or of many; ``responses`` is how many were counted.

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
    responses, transcriptions = _messages(recording)
    counted = [found for each in responses if (found := each.part("usage")).raw]
    inputs = [each.part("input_token_details") for each in counted]
    outputs = [each.part("output_token_details") for each in counted]
    cached = [each.part("cached_tokens_details") for each in inputs]
    return Usage(
        responses=len(counted),
        input_text_tokens=_total(inputs, "text_tokens"),
        input_audio_tokens=_total(inputs, "audio_tokens"),
        cached_tokens=_total(inputs, "cached_tokens"),
        output_text_tokens=_total(outputs, "text_tokens"),
        output_audio_tokens=_total(outputs, "audio_tokens"),
        caller_s=recording.caller.duration_s,
        agent_s=recording.agent_generated.duration_s,
        input_image_tokens=_total(inputs, "image_tokens"),
        cached_text_tokens=_total(cached, "text_tokens"),
        cached_audio_tokens=_total(cached, "audio_tokens"),
        cached_image_tokens=_total(cached, "image_tokens"),
        other_tokens=sum(map(_of_no_kind, counted)),
        uncounted_responses=sum(
            not each.part("usage").raw and each.raw.get("status") != "failed" for each in responses
        ),
        transcribed_s=sum(
            (each.number("seconds", 0.0, least=0, most=_DAY_S) for each in transcriptions),
            start=0.0,
        ),
        transcription_tokens=sum(map(_all_tokens, transcriptions)),
    )


def _messages(recording: Recording) -> tuple[list[Fields], list[Fields]]:
    """Return the responses that ended, and the usages of transcriptions."""
    received = [
        Fields(dict(event.message))
        for event in recording.events
        if event.direction is Direction.RECEIVED
    ]
    done = [each.part("response") for each in received if each.raw.get("type") == "response.done"]
    transcribed = [each.part("usage") for each in received if each.raw.get("type") == _TRANSCRIBED]
    return done, transcribed


def _of_no_kind(found: Fields) -> int:
    """Return the tokens of a response that are in its totals, and in none of its details."""
    given, made = found.part("input_token_details"), found.part("output_token_details")
    told = sum(given.count(f"{kind}_tokens") for kind in ("text", "audio", "image"))
    told += sum(made.count(f"{kind}_tokens") for kind in ("text", "audio"))
    return max(0, _all_tokens(found) - told)


def _all_tokens(found: Fields) -> int:
    apart = found.count("input_tokens") + found.count("output_tokens")
    return max(apart, found.count("total_tokens"))


def _total(details: list[Fields], name: str) -> int:
    return sum(detail.count(name) for detail in details)
