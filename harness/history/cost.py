"""What nights cost: tokens and seconds of audio, and money where the user's prices are given.

``cached_tokens`` of a service are part of its input tokens and do not say of which kind. They are
taken from the text first (prompt and tools, which repeat) and from the audio with what remains.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from harness.history.series import Kept
from harness.scenario.document import read_document
from harness.scenario.fields import Model, Text
from harness.scenario.load import model_of
from harness.timeline.usage import Usage

Price = Annotated[float, Field(ge=0, le=1_000_000)]

_MILLION = 1_000_000.0
_MINUTE_S = 60.0


class ModelPrices(Model):
    """Prices of one model: for a million tokens of a kind, or for a minute of audio.

    A kind without a price is not counted, and said to be left out where it was used.
    """

    input_text: Price | None = None
    input_audio: Price | None = None
    cached_input: Price | None = None
    """Without it, cached tokens cost what the others do."""
    output_text: Price | None = None
    output_audio: Price | None = None
    caller_minute: Price | None = None
    """A minute streamed to the agent, silence included."""
    agent_minute: Price | None = None
    """A minute of speech that the agent generated, heard or not."""


class Prices(Model):
    """A file of prices by the name of the model, as target files have it."""

    format: Literal[1]
    currency: Text = "USD"
    models: Annotated[dict[str, ModelPrices], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Cost:
    """What calls used, and its price; ``amount`` is None where no price is known for any of it.

    ``unpriced`` names what was used and is not in the amount.
    """

    usage: Usage
    amount: float | None
    unpriced: tuple[str, ...]


def load_prices(path: Path) -> Prices:
    """Read a file of prices; raises FaultyFiles with all its faults."""
    return model_of(read_document(path), Prices, [])


def cost(calls: Iterable[Kept], prices: Prices | None) -> Cost:
    """Return what calls cost together; calls of which nothing was recorded cost nothing."""
    used: dict[str, Usage] = {}
    for kept in calls:
        if kept.call.usage is not None:
            model = str(kept.entry.results.target_settings.get("model") or "")
            used[model] = _sum(used.get(model, Usage()), kept.call.usage)
    amount: float | None = None
    unpriced: list[str] = []
    for model, usage in used.items():
        known = prices.models.get(model) if prices else None
        if known is None:
            unpriced.append(f"model {model}" if model else "a model without a name")
            continue
        paid, left = _paid(usage, known)
        amount = (amount or 0.0) + paid
        unpriced += [f"{kind} of {model}" for kind in left]
    total = Usage()
    for usage in used.values():
        total = _sum(total, usage)
    return Cost(total, amount, tuple(unpriced))


def _paid(usage: Usage, prices: ModelPrices) -> tuple[float, list[str]]:
    """Return what a usage costs, and the kinds that were used but have no price.

    A service is billed by tokens or by minutes: with a price for minutes, tokens without one are
    not missing, and the other way round.
    """
    by_minute = prices.caller_minute is not None or prices.agent_minute is not None
    tokens, minutes = _tokens(usage, prices), _minutes(usage, prices)
    by_token = any(price is not None for _, price in tokens.values())
    paid = sum(amount / _MILLION * (price or 0.0) for amount, price in tokens.values())
    paid += sum(amount / _MINUTE_S * (price or 0.0) for amount, price in minutes.values())
    due = (tokens if by_token else {}) | (minutes if by_minute else {})
    return paid, [kind for kind, (amount, price) in due.items() if amount and price is None]


def _tokens(usage: Usage, prices: ModelPrices) -> dict[str, tuple[float, float | None]]:
    cached_text = min(usage.cached_tokens, usage.input_text_tokens)
    cached_audio = min(usage.cached_tokens - cached_text, usage.input_audio_tokens)
    if prices.cached_input is None:
        cached_text = cached_audio = 0
    return {
        "input text": (usage.input_text_tokens - cached_text, prices.input_text),
        "input audio": (usage.input_audio_tokens - cached_audio, prices.input_audio),
        "cached input": (cached_text + cached_audio, prices.cached_input),
        "output text": (usage.output_text_tokens, prices.output_text),
        "output audio": (usage.output_audio_tokens, prices.output_audio),
    }


def _minutes(usage: Usage, prices: ModelPrices) -> dict[str, tuple[float, float | None]]:
    return {
        "minutes streamed to the agent": (usage.caller_s, prices.caller_minute),
        "minutes that the agent spoke": (usage.agent_s, prices.agent_minute),
    }


def _sum(one: Usage, other: Usage) -> Usage:
    names = (field.name for field in fields(Usage))
    return Usage(**{name: getattr(one, name) + getattr(other, name) for name in names})
