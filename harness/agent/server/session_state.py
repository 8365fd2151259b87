"""State that the parts of a session share: checked settings, memory, ids, output."""

from __future__ import annotations

import random
import string
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TypeAlias

from harness.agent.desk.toolbox import LastWords, Terms
from harness.agent.server.memory import Memory, Refused, SpokenItem
from harness.audio.pcm import Pcm
from harness.protocol.commands import (
    DOCUMENTED_VAD,
    OFF,
    TRANSCRIPTION,
    ResponseOptions,
    SemanticVad,
    ServerVad,
    SessionConfig,
    Tool,
    documented,
)
from harness.protocol.events import ItemAdded, ItemDone, ServerError, ServerEvent
from harness.protocol.fields import without_none
from harness.protocol.items import AudioFormat, ErrorInfo, Item, Json
from harness.units import RATE_HZ

# The settings of a session: the defaults, and updates that are checked value by value.

MODEL = "reference"
_VENDORS = ("gpt-", "whisper", "tts-", "o1", "o3", "o4", "chatgpt")
_REALTIME = ("gpt-realtime", "gpt-4o-realtime", "gpt-4o-mini-realtime", "gpt-audio")
_NOT_REALTIME = ("gpt-realtime-whisper", "gpt-realtime-translate")
DEFAULTS = SessionConfig(
    instructions="",
    tools=(),
    tool_choice="auto",
    voice="alloy",
    speed=1.0,
    input_format=AudioFormat.PCM16_24K,
    output_format=AudioFormat.PCM16_24K,
    turn_detection=DOCUMENTED_VAD,
    modalities=("audio",),
    max_output_tokens="inf",
    parallel_tool_calls=True,
    truncation="auto",
    model=MODEL,
)

_MOST_TOKENS = 4096
_SWITCHED = ("transcription_model", "noise_reduction", "tracing")
_INCLUDABLE = ("item.input_audio_transcription.logprobs",)


def not_served(model: str | None) -> Refused | None:
    """Return the refusal of a model, None if the service serves it in realtime.

    Names of the vendor are checked as the vendor does; names of the user's own are accepted.
    """
    if model is None or not model.startswith(_VENDORS):
        return None
    if model.startswith(_REALTIME) and not model.startswith(_NOT_REALTIME):
        return None
    problem = f'Model "{model}" is not supported in realtime mode.'
    return Refused("invalid_model", problem, "model")


def updated(now: SessionConfig, asked: SessionConfig, *, has_spoken: bool) -> SessionConfig:
    """Return the settings after an update; settings that the update omits stay.

    Raises:
        Refused: a value that this server does not support; no setting is changed then.
    """
    _check_update(now, asked, has_spoken=has_spoken)
    changes = {
        f.name: value
        for f in fields(asked)
        if (value := getattr(asked, f.name)) is not None and f.name != "turn_detection_off"
    }
    changes.pop("model", None)
    changes |= {name: None for name in _SWITCHED if changes.get(name) == OFF}
    if asked.include == ():
        changes["include"] = None
    if asked.transcription_model is not None:  # its related settings come with it
        language, prompt = asked.transcription_language, asked.transcription_prompt
        changes |= {"transcription_language": language, "transcription_prompt": prompt}
    if asked.turn_detection_off:
        changes |= {"turn_detection": None, "turn_detection_off": True}
    elif asked.turn_detection is not None:
        detection = documented(asked.turn_detection)
        changes |= {"turn_detection": detection, "turn_detection_off": False}
    merged = replace(now, **changes)
    _check_choice(merged.tool_choice, merged.tools, "session.tool_choice")
    return merged


def _check_update(now: SessionConfig, asked: SessionConfig, *, has_spoken: bool) -> None:
    if asked.type != now.type:
        told, held = asked.type or "realtime", now.type or "realtime"
        problem = f"Passing a {told} session update event to a {held} session is not allowed."
        raise Refused("invalid_value", problem, "session.type")
    check_modalities(asked.modalities)
    _check_detection(asked.turn_detection)
    _check_tools(asked.tools)
    _check_token_limit(asked.max_output_tokens, "session")
    unknown = sorted(set(asked.include or ()) - set(_INCLUDABLE))
    if unknown:
        raise _invalid("session.include", unknown[0], ", ".join(_INCLUDABLE))
    if asked.speed is not None and not 0.25 <= asked.speed <= 1.5:
        raise _invalid("session.audio.output.speed", asked.speed, "0.25 to 1.5")
    if has_spoken:
        _check_voice(asked.voice, now, "session.audio.output.voice")
    if asked.prompt is not None:
        raise Refused("invalid_value", "Stored prompts are not supported here.", "session.prompt")


def check_modalities(modalities: tuple[str, ...] | None) -> None:
    """Refuse anything but audio alone or text alone."""
    if modalities is not None and modalities not in (("audio",), ("text",)):
        raise _invalid("session.output_modalities", list(modalities), "['audio'] or ['text']")


def check_options(options: ResponseOptions, session: SessionConfig, *, has_spoken: bool) -> None:
    """Refuse values of response.create that this server does not support in such a session."""
    check_modalities(options.modalities)
    _check_tools(options.tools)
    _check_token_limit(options.max_output_tokens, "response")
    if options.conversation not in (None, "auto", "none"):
        raise _invalid("response.conversation", options.conversation, "'auto' or 'none'")
    if has_spoken and options.conversation != "none":
        _check_voice(options.voice, session, "response.audio.output.voice")
    tools = options.tools if options.tools is not None else session.tools
    _check_choice(options.tool_choice, tools, "response.tool_choice")


def terms_of(options: ResponseOptions, session: SessionConfig, context: str) -> Terms:
    """Return the desk's terms for a response; ``context`` is the conversation so far."""
    chosen = options.tool_choice or session.tool_choice
    tools = (options.tools if options.tools is not None else session.tools) or ()
    must_call = chosen == "required"
    if isinstance(chosen, Mapping):
        named = tuple(tool for tool in tools if tool.name == chosen.get("name"))
        # A named tool that does not exist cannot be forced.
        tools, must_call = named or tools, bool(named)
    elif chosen == "none":
        tools = ()
    asked = options.parallel_tool_calls
    together = session.parallel_tool_calls is not False if asked is None else asked
    return Terms(tools, must_call, together, options.instructions, context)


def served(session: SessionConfig, expires_at: int | None) -> Json:
    """Return the fields of a served session object that have no setting of ours."""
    told = without_none(expires_at=expires_at)
    heard = {"transcription": None, "noise_reduction": None}
    if session.type == TRANSCRIPTION:
        return {
            **told,
            "object": "realtime.transcription_session",
            "include": None,
            "audio": {"input": heard},
        }
    return {**told, "tracing": None, "prompt": None, "include": None, "audio": {"input": heard}}


def _check_detection(detection: ServerVad | SemanticVad | None) -> None:
    at = "session.audio.input.turn_detection"
    if isinstance(detection, SemanticVad):
        if detection.eagerness not in (None, "low", "medium", "high", "auto"):
            raise _invalid(f"{at}.eagerness", detection.eagerness, "low, medium, high or auto")
    elif detection is not None:
        if not 0.0 <= (detection.threshold or 0.0) <= 1.0:
            raise _invalid(f"{at}.threshold", detection.threshold, "0 to 1")
        if (detection.silence_duration_ms or 0) < 0 or (detection.prefix_padding_ms or 0) < 0:
            raise _invalid(at, "a negative duration", "durations of 0 ms or more")
        idle_ms = detection.idle_timeout_ms
        if idle_ms is not None and not 5_000 <= idle_ms <= 30_000:
            raise _invalid(f"{at}.idle_timeout_ms", idle_ms, "5000 to 30000")


def _check_voice(voice: str | None, now: SessionConfig, param: str) -> None:
    if voice is not None and voice != now.voice:
        problem = "Cannot update a conversation's voice if assistant audio is present."
        raise Refused("cannot_update_voice", problem, param)


def _check_token_limit(limit: int | str | None, param: str) -> None:
    if isinstance(limit, int) and limit > _MOST_TOKENS:
        raise _invalid(f"{param}.max_output_tokens", limit, f"1 to {_MOST_TOKENS}, and 'inf'")


def _check_tools(tools: tuple[Tool, ...] | None) -> None:
    names = [tool.name for tool in tools or ()]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Refused(
            "invalid_value", f"Duplicate tool names: {', '.join(twice)}.", "session.tools"
        )


def _check_choice(choice: str | Json | None, tools: tuple[Tool, ...] | None, param: str) -> None:
    if isinstance(choice, Mapping) and choice.get("type") == "function":
        names = [tool.name for tool in tools or ()]
        if choice.get("name") not in names:
            allowed = ", ".join(names) or "none, as there are no tools"
            raise _invalid(param, choice.get("name"), allowed)


def _invalid(param: str, value: object, allowed: str) -> Refused:
    message = f"Invalid value: {value!r}. Supported values are: {allowed}."
    return Refused("invalid_value", message, param)


_ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits
_CLOCK_CHARS = 5
_LENGTH = 21
_CALL_LENGTH = 16


class Ids:
    """Makes ids for a connection; ``seed`` decides all of them."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(f"ids {seed}")

    def new(self, prefix: str, now_s: float) -> str:
        """Return e.g. ``item_AAAsK8f…`` (prefix ``item``): clock first, then random characters."""
        return f"{prefix}_{_clock(now_s)}{self._tail(_LENGTH - _CLOCK_CHARS)}"

    def call(self) -> str:
        """Return the id of a function call: ``call_`` and 16 random characters."""
        return f"call_{self._tail(_CALL_LENGTH)}"

    def _tail(self, count: int) -> str:
        return "".join(self._random.choices(_ALPHABET, k=count))


def _clock(now_s: float) -> str:
    seconds, digits = int(now_s), []
    for _ in range(_CLOCK_CHARS):
        seconds, digit = divmod(seconds, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


@dataclass(frozen=True, slots=True)
class Emit:
    """Send this event now."""

    event: ServerEvent


@dataclass(frozen=True, slots=True)
class Listen:
    """Recognize this audio, then call ``recognized`` with the same job number."""

    job: int
    audio: Pcm


@dataclass(frozen=True, slots=True)
class Speak:
    """Voice these words, then call ``spoken`` with the same job number."""

    job: int
    text: str
    voice: str
    speed: float


@dataclass(frozen=True, slots=True)
class HangUp:
    """Close the connection after sending all earlier output."""

    code: int
    reason: str


Output: TypeAlias = Emit | Listen | Speak | HangUp


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session may last: until ``ends_s`` on its own clock."""

    limit_s: float
    ends_s: float
    expires_at: int
    """The same as reported to clients: seconds since 1970 if time is real."""

    @property
    def told(self) -> str:
        """The service's message when it is over."""
        minutes, seconds = divmod(self.limit_s, 60)
        words = f"{self.limit_s:g} seconds" if seconds else f"{minutes:g} minutes"
        return f"Your session hit the maximum duration of {words}."


@dataclass(slots=True)
class Playing:
    """The agent's newest spoken words and how much of them the caller can have heard."""

    item_id: str
    spoken: SpokenItem
    began_s: float
    """When the first audio left."""
    heard_samples: int | None = None
    """None until the caller interrupts or the client reports playback: then all of it counts."""

    @property
    def ends_s(self) -> float:
        """When the last sample is heard by a client that plays without delay."""
        return self.began_s + self.spoken.samples / RATE_HZ

    def interrupted(self, now_s: float, sent_samples: int) -> None:
        """Record that the caller spoke: audio beyond the part sent and played was not heard."""
        if self.heard_samples is None:
            played = round(max(0.0, now_s - self.began_s) * RATE_HZ)
            self.heard_samples = min(played, sent_samples, self.spoken.samples)

    def last_words(self) -> LastWords:
        """Return the words and the part of them that counts as heard."""
        if self.heard_samples is None:
            return LastWords(self.spoken.text, self.spoken.text)
        return LastWords(self.spoken.text, self.spoken.heard_until(self.heard_samples))

    @property
    def heard_s(self) -> float:
        """Seconds that count as heard."""
        heard = self.spoken.samples if self.heard_samples is None else self.heard_samples
        return heard / RATE_HZ


class SessionState:
    """One client's connection, seen from inside the session."""

    def __init__(self, ids: Ids, now_s: float) -> None:
        self.ids = ids
        self.now_s = now_s
        self.config: SessionConfig = DEFAULTS
        self.memory = Memory()
        self.outbox: deque[Output] = deque()
        self.playing: Playing | None = None
        self.conversation_id = ids.new("conv", now_s)
        self._jobs = 0

    @property
    def output_format(self) -> AudioFormat:
        """Format of audio to the client."""
        return self.config.output_format or AudioFormat.PCM16_24K

    @property
    def transcribes(self) -> bool:
        """Whether the session writes the caller's words as text, without answers."""
        return self.config.type == TRANSCRIPTION

    def new_id(self, prefix: str) -> str:
        """Return a fresh id that contains the time."""
        return self.ids.new(prefix, self.now_s)

    def new_job(self) -> int:
        """Return a fresh number for an engine job."""
        self._jobs += 1
        return self._jobs

    def emit(self, event: ServerEvent) -> None:
        """Send an event; items are remembered as they pass."""
        if isinstance(event, ItemAdded):
            previous = self.memory.add(event.item)
            event = replace(event, previous_item_id=previous)
        elif isinstance(event, ItemDone):
            self.memory.put(event.item)
            event = replace(event, previous_item_id=self.memory.before(event.item.id))
        self.outbox.append(Emit(event))

    def add_item(self, item: Item, after: str | None = None) -> None:
        """Put a complete item into the conversation and report it; raises Refused."""
        previous = self.memory.add(item, after)
        self.outbox.append(Emit(ItemAdded(item, previous)))
        self.outbox.append(Emit(ItemDone(item, previous)))

    def refuse(self, error: ErrorInfo, event_id: str | None) -> None:
        """Answer a command with an error event."""
        self.outbox.append(Emit(ServerError(replace(error, event_id=event_id))))
