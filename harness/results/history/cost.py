"""The cost of calls: tokens, seconds of audio, and money if the user gives prices.

Every kind has its own price: input text, audio and images, the same from the service's cache,
output text and audio. If a service reports how many input tokens were cached but not of which kind,
the amount is a range, from the cheapest way to split them to the dearest; ``amount`` is its upper
end, so that the reported cost is never too low. Usage without a price is named: an unknown price is
never 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from harness.results.model import RunResults
from harness.scenario.document import read_document
from harness.scenario.fields import Model, Text
from harness.scenario.load import model_of
from harness.timeline.usage import Usage, total

Price = Annotated[float, Field(ge=0, le=1_000_000)]
Used = tuple[str, Usage | None]
"""A model, empty if the target names none, and the usage of one of its calls."""

_MILLION = 1_000_000.0
_MINUTE_S = 60.0
_KINDS = ("text", "audio", "image")


class ModelPrices(Model):
    """Prices of one model: for a million tokens of a kind, or for a minute of audio.

    A kind without a price is not counted, and said to be left out where it was used.
    """

    input_text: Price | None = None
    input_audio: Price | None = None
    input_image: Price | None = None
    cached_text: Price | None = None
    cached_audio: Price | None = None
    cached_image: Price | None = None
    cached_input: Price | None = None
    """For cached tokens of kinds without a cached price of their own; without either they cost
    what the others do."""
    output_text: Price | None = None
    output_audio: Price | None = None
    caller_minute: Price | None = None
    """A minute streamed to the agent, silence included."""
    agent_minute: Price | None = None
    """A minute of speech that the agent generated, heard or not."""
    session_minute: Price | None = None
    """A minute of a session as the service counts it, where it bills sessions by their length."""
    transcription_minute: Price | None = None
    """A minute of the caller that the service transcribed, where it bills that by length."""

    @model_validator(mode="after")
    def _not_empty(self) -> ModelPrices:
        if not self.model_fields_set:
            raise ValueError("expected at least one price; for a model that is free, give 0")
        return self

    def cached(self, kind: str) -> float | None:
        """Return the price of cached tokens of a kind, None if they cost the same as others."""
        own: float | None = getattr(self, f"cached_{kind}")
        return self.cached_input if own is None else own

    @property
    def by_token(self) -> bool:
        """Whether tokens are billed."""
        names = ("input", "cached", "output")
        return any(name.startswith(names) for name in self._given)

    @property
    def by_minute(self) -> bool:
        """Whether the seconds of a call are billed."""
        return bool({"caller_minute", "agent_minute"} & self._given)

    @property
    def _given(self) -> set[str]:
        return {name for name, price in self.model_dump().items() if price is not None}


class Prices(Model):
    """A file of prices by the name of the model, as target files have it."""

    format: Literal[1]
    currency: Text = "USD"
    models: Annotated[dict[str, ModelPrices], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Cost:
    """The usage of calls, and its price; ``amount`` is None if no price is known for any of it.

    ``least`` is below ``amount`` if the service did not report which tokens were cached.
    ``unpriced`` names the usage that is in neither.
    """

    usage: Usage
    amount: float | None
    least: float | None
    unpriced: tuple[str, ...]


def load_prices(path: Path) -> Prices:
    """Read a file of prices; raises FaultyFiles with all its faults."""
    return model_of(read_document(path), Prices, [])


def model_name(target_settings: dict[str, Any]) -> str:
    """Return the model of a stored target, which is its name in the prices; empty for none."""
    return str(target_settings.get("model") or "")


def used_in(results: RunResults) -> Iterator[Used]:
    """Return the usage of each call of a run."""
    model = model_name(results.target_settings)
    return ((model, call.usage) for call in results.recorded)


def cost(used: Iterable[Used], prices: Prices | None) -> Cost:
    """Return the total cost of calls; calls without recorded usage add 0."""
    by_model: dict[str, list[Usage]] = {}
    for model, usage in used:
        if usage is not None:
            by_model.setdefault(model, []).append(usage)
    return together(
        [_cost(model, total(usages), prices) for model, usages in sorted(by_model.items())]
    )


def together(parts: Iterable[Cost]) -> Cost:
    """Return the sum of several costs; each kind of usage without a price is named once."""
    known = list(parts)
    amounts = [one.amount for one in known if one.amount is not None]
    least = [one.least for one in known if one.least is not None]
    return Cost(
        total(one.usage for one in known),
        sum(amounts) if amounts else None,
        sum(least) if least else None,
        tuple(dict.fromkeys(what for one in known for what in one.unpriced)),
    )


@dataclass(frozen=True, slots=True)
class _BillItem:
    """An amount of a kind and its unit price; None if unknown."""

    kind: str
    amount: float
    price: float | None


def without_price(used: Used, prices: Prices) -> tuple[str, ...]:
    """Name the usage of a known model for which no price is given."""
    model, usage = used
    known = prices.models.get(model)
    if known is None or usage is None:
        return ()
    lines = _bill(usage, known, cheapest=False)
    kinds = (line.kind for line in lines if line.amount and line.price is None)
    return tuple(f"{kind} of {model}" for kind in kinds)


def _cost(model: str, usage: Usage, prices: Prices | None) -> Cost:
    known = prices.models.get(model) if prices else None
    if prices is None or known is None:
        return Cost(usage, None, None, (f"model {model}" if model else "a model without a name",))
    most, least = (_bill(usage, known, cheapest=cheapest) for cheapest in (False, True))
    uncounted = (f"{kind} of {model}" for kind in _uncounted(usage, known))
    unpriced = (*without_price((model, usage), prices), *uncounted)
    # Without any price the amount is unknown, and must not look like a cost of 0.
    if unpriced and not any(line.amount and line.price is not None for line in most):
        return Cost(usage, None, None, unpriced)
    return Cost(usage, _paid(most), _paid(least), unpriced)


def _paid(lines: list[_BillItem]) -> float:
    return sum(line.amount * (line.price or 0.0) for line in lines)


def _bill(usage: Usage, prices: ModelPrices, *, cheapest: bool) -> list[_BillItem]:
    """Return the bill of a usage.

    A service bills by tokens or by minutes: with a price for minutes, a missing price for tokens
    is no gap, and the reverse.
    """
    lines = list(_tokens(usage, prices, cheapest=cheapest)) if prices.by_token else []
    if prices.by_minute:
        lines += [
            _minutes("minutes streamed to the agent", usage.caller_s, prices.caller_minute),
            _minutes("minutes that the agent spoke", usage.agent_s, prices.agent_minute),
        ]
    if prices.session_minute is not None:
        lines.append(_minutes("minutes of session", usage.session_s, prices.session_minute))
    if prices.by_token or prices.transcription_minute is not None:
        seconds, price = usage.transcribed_s, prices.transcription_minute
        lines.append(_minutes("minutes of transcription", seconds, price))
    return lines


def _minutes(kind: str, seconds: float, price: float | None) -> _BillItem:
    return _BillItem(kind, seconds / _MINUTE_S, price)


def _tokens(usage: Usage, prices: ModelPrices, *, cheapest: bool) -> Iterator[_BillItem]:
    cached = _cached(usage, prices, cheapest=cheapest)
    for kind in _KINDS:
        price, cached_price = getattr(prices, f"input_{kind}"), prices.cached(kind)
        read = getattr(usage, f"input_{kind}_tokens")
        # Without a cached price, cached tokens cost the same as others.
        hit = cached[kind] if cached_price is not None else 0
        yield _BillItem(f"input {kind}", (read - hit) / _MILLION, price)
        yield _BillItem(f"cached {kind}", hit / _MILLION, cached_price)
    yield _BillItem("output text", usage.output_text_tokens / _MILLION, prices.output_text)
    yield _BillItem("output audio", usage.output_audio_tokens / _MILLION, prices.output_audio)


def _cached(usage: Usage, prices: ModelPrices, *, cheapest: bool) -> dict[str, int]:
    """Return the cached tokens by kind; those of unknown kind go where they save most, or least."""
    read = {kind: int(getattr(usage, f"input_{kind}_tokens")) for kind in _KINDS}
    found = {kind: min(read[kind], getattr(usage, f"cached_{kind}_tokens")) for kind in _KINDS}
    left = usage.cached_tokens - sum(found.values())
    for kind in sorted(_KINDS, key=lambda kind: _saving(kind, prices), reverse=cheapest):
        more = max(0, min(left, read[kind] - found[kind]))
        found[kind], left = found[kind] + more, left - more
    return found


def _saving(kind: str, prices: ModelPrices) -> float:
    cached = prices.cached(kind)
    return 0.0 if cached is None else (getattr(prices, f"input_{kind}") or 0.0) - cached


def _uncounted(usage: Usage, prices: ModelPrices) -> Iterator[str]:
    """Name usage that is billed by tokens without a count, or without a count by kind."""
    if not prices.by_token:
        return
    if usage.other_tokens:
        yield f"{usage.other_tokens:,} tokens of no told kind"
    if usage.uncounted_responses:
        yield f"{usage.uncounted_responses:,} responses without usage"
    elif not usage.responses and usage.agent_s:
        yield "all tokens, which the service does not tell,"
    if usage.transcription_tokens:
        yield f"{usage.transcription_tokens:,} tokens of transcription"
