"""What a script does to the session beside the caller's words: steps that nobody hears.

A step takes no floor and has no length: the caller goes on with the next turn at once.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from harness.protocol.commands import SessionConfig
from harness.scenario.fields import Model, Text
from harness.scenario.session_settings import (
    RetentionRatio,
    StoredPrompt,
    ToolChoice,
    TranscriptionSettings,
    as_sent,
    transcription,
)


class Inject(Model):
    """Words that are put into the conversation, which nobody said; no answer is asked for."""

    role: Literal["system", "user", "assistant"]
    """Whose words they are taken for."""
    text: Text


class SessionChange(Model):
    """What of the session is another from here on; what is not given stays as it is."""

    instructions: Text | None = None
    instructions_file: Text | None = None
    """A prompt in the suite's folder, in place of ``instructions``."""
    tools: tuple[Text, ...] | None = None
    """Those of the suite's tools that the agent has from here on."""
    tool_choice: Literal["none", "auto", "required"] | ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    prompt: StoredPrompt | None = None
    """A prompt that is stored at the service, another version of it, or other variables."""
    voice: Text | None = None
    speed: Annotated[float, Field(ge=0.25, le=1.5)] | None = None
    max_output_tokens: Annotated[int, Field(ge=1, le=4096)] | Literal["inf"] | None = None
    input_transcription: Text | TranscriptionSettings | None = None
    noise_reduction: Literal["near_field", "far_field", "off"] | None = None
    reasoning_effort: Literal["minimal", "low", "medium", "high", "xhigh"] | None = None
    truncation: Literal["auto", "disabled"] | RetentionRatio | None = None

    @model_validator(mode="after")
    def _something_once(self) -> Self:
        if not self.given:
            known = ", ".join(map(repr, type(self).model_fields))
            raise ValueError(f"expected at least one of {known}")
        if self.instructions is not None and self.instructions_file is not None:
            raise ValueError("expected 'instructions' or 'instructions_file', not both")
        return self

    @property
    def given(self) -> tuple[str, ...]:
        """The settings that are changed, by name."""
        return tuple(name for name in type(self).model_fields if getattr(self, name) is not None)

    def wanted(self) -> SessionConfig:
        """Return what is changed, the tools left out: the suite describes them."""
        return SessionConfig(
            instructions=self.instructions,
            tool_choice=as_sent(self.tool_choice),
            parallel_tool_calls=self.parallel_tool_calls,
            prompt=as_sent(self.prompt),
            voice=self.voice,
            speed=self.speed,
            max_output_tokens=self.max_output_tokens,
            noise_reduction=self.noise_reduction,
            reasoning_effort=self.reasoning_effort,
            truncation=as_sent(self.truncation),
            **transcription(self.input_transcription),
        )


class OutOfBand(Model):
    """A question to the model beside the conversation, answered in text that nobody hears."""

    instructions: Text
    """What is asked, and in which words to answer."""
    input: Literal["conversation", "none"] = "conversation"
    """What it is asked about: all that was said, or nothing but the question."""
    expect: Text
    """Regular expression on the answer; case is ignored."""


Step: TypeAlias = Inject | SessionChange | OutOfBand

STEPS = ("inject", "session_update", "out_of_band")
"""Keys of a turn that are steps."""
