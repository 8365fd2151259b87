"""The cost of calls, against bills made by hand of the SDK's usages; no unknown usage is free."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from openai.types.realtime import RealtimeResponseUsage
from support.call_script import record
from support.nights import Nights
from support.stored_messages import decoded

from harness.errors import FaultyFiles
from harness.recording.model import Direction, WireMessage
from harness.results.history.cost import ModelPrices, Prices, cost, load_prices, used_in
from harness.timeline.usage import Usage, total, usage

LIST = {
    "input_text": 4.0, "input_audio": 32.0, "input_image": 5.0,
    "cached_text": 0.4, "cached_audio": 0.4, "cached_image": 0.5,
    "output_text": 16.0, "output_audio": 64.0,
}  # fmt: skip
PREVIEW = {
    "input_text": 5.0, "input_audio": 40.0, "cached_text": 2.5, "cached_audio": 2.5,
    "output_text": 20.0, "output_audio": 80.0,
}  # fmt: skip


def served(**told: Any) -> Usage:
    """Return the stored usage of a response with such a usage, checked by the SDK's own type."""
    RealtimeResponseUsage.model_validate(told, strict=True)
    done = {"type": "response.done", "response": {"status": "completed", "usage": told}}
    message = WireMessage(1.0, Direction.RECEIVED, done)
    return usage(decoded(record("0.0-1.0 caller: A."), [message]))


def details(text: int = 0, audio: int = 0, **more: Any) -> dict[str, Any]:
    return {"text_tokens": text, "audio_tokens": audio, **more}


def cached(text: int = 0, audio: int = 0, image: int = 0) -> dict[str, Any]:
    kinds = details(text, audio, image_tokens=image)
    return {"cached_tokens": text + audio + image, "cached_tokens_details": kinds}


BILLS = {
    # name: (usage as served, prices, least and most in millionths)
    "nothing cached": (
        {"input_token_details": details(1000, 500), "output_token_details": details(100, 200)},
        LIST, 1000 * 4 + 500 * 32 + 100 * 16 + 200 * 64,
    ),
    "audio cached": (
        {"input_token_details": details(10_000, 20_000, **cached(0, 20_000))},
        LIST, 10_000 * 4 + 20_000 * 0.4,
    ),
    "text and audio cached": (
        {"input_token_details": details(1000, 900, **cached(600, 800))},
        LIST, 400 * 4 + 600 * 0.4 + 100 * 32 + 800 * 0.4,
    ),
    "images, some cached": (
        {"input_token_details": details(100, 0, image_tokens=900, **cached(0, 0, 700))},
        LIST, 100 * 4 + 200 * 5 + 700 * 0.5,
    ),
    "cached at other prices": (
        {"input_token_details": details(1000, 900, **cached(600, 800)),
         "output_token_details": details(50, 300)},
        PREVIEW, 400 * 5 + 600 * 2.5 + 100 * 40 + 800 * 2.5 + 50 * 20 + 300 * 80,
    ),
    "one price for all cached": (
        {"input_token_details": details(1000, 900, **cached(600, 800))},
        {"input_text": 4.0, "input_audio": 32.0, "cached_input": 1.0},
        400 * 4 + 100 * 32 + 1400 * 1,
    ),
    "no price for cached": (
        {"input_token_details": details(1000, 900, **cached(600, 800))},
        {"input_text": 4.0, "input_audio": 32.0}, 1000 * 4 + 900 * 32,
    ),
    "more cached than there is": (
        {"input_token_details": details(100, 0, **cached(300, 0))}, LIST, 100 * 0.4,
    ),
    "all zero, cancelled": (
        {"total_tokens": 0, "input_tokens": 0, "output_tokens": 0}, LIST, 0,
    ),
    "given as free": (
        {"input_token_details": details(1000)}, {"input_text": 0.0, "input_audio": 0.0}, 0,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("told", "kinds", "bill"), BILLS.values(), ids=BILLS)
def test_a_bill_is_that_made_by_hand(told, kinds, bill):
    found = cost([("m", served(**told))], prices(**kinds))
    assert found.amount == pytest.approx(bill / 1e6, abs=1e-12)
    assert found.least == pytest.approx(bill / 1e6, abs=1e-12)
    assert found.unpriced == ()


def prices(**kinds: float) -> Prices:
    return Prices(format=1, models={"m": ModelPrices(**kinds)})


def test_cached_tokens_of_no_told_kind_make_a_range_from_the_cheapest_split_to_the_dearest():
    """1,200 of 1,000 text and 500 audio: at best all audio is among them, at worst all text."""
    used = served(input_token_details=details(1000, 500, cached_tokens=1200))
    found = cost([("m", used)], prices(**LIST))
    assert found.least == pytest.approx((300 * 4 + 1200 * 0.4) / 1e6)
    assert found.amount == pytest.approx((300 * 32 + 1200 * 0.4) / 1e6)


def test_what_is_told_of_some_calls_is_used_and_the_others_make_the_range():
    told = served(input_token_details=details(0, 1000, **cached(0, 1000)))
    untold = Usage(1, input_text_tokens=100, input_audio_tokens=100, cached_tokens=100)
    found = cost([("m", told), ("m", untold)], prices(**LIST))
    assert found.least == pytest.approx((1000 * 0.4 + 100 * 4 + 100 * 0.4) / 1e6)
    assert found.amount == pytest.approx((1000 * 0.4 + 100 * 0.4 + 100 * 32) / 1e6)


USED = Usage(
    responses=2, input_text_tokens=1_000_000, input_audio_tokens=500_000,
    output_text_tokens=100_000, output_audio_tokens=200_000, caller_s=120.0, agent_s=60.0,
)  # fmt: skip
TOKENS = ("input text of m", "input audio of m", "output text of m", "output audio of m")
UNPRICED = [
    # (used, prices, amount, usage without a price)
    (USED, {"caller_minute": 0.06, "agent_minute": 0.24}, 2 * 0.06 + 0.24, ()),
    (USED, {"caller_minute": 0.06}, 0.12, ("minutes that the agent spoke of m",)),
    (USED, {"output_audio": 64.0}, 12.8, TOKENS[:3]),
    (USED, {"input_image": 5.0}, None, TOKENS),
    (Usage(caller_s=9.0, agent_s=3.0), LIST, None,
     ("all tokens, which the service does not tell, of m",)),
    (Usage(caller_s=9.0), LIST, 0.0, ()),  # no agent answered
    (replace(USED, other_tokens=1500), LIST, 4 + 16 + 1.6 + 12.8,
     ("1,500 tokens of no told kind of m",)),
    (Usage(responses=1, other_tokens=70), LIST, None, ("70 tokens of no told kind of m",)),
    (replace(USED, uncounted_responses=3), LIST, 34.4, ("3 responses without usage of m",)),
    (replace(USED, transcribed_s=60.0), LIST, 34.4, ("minutes of transcription of m",)),
    (replace(USED, transcribed_s=60.0), LIST | {"transcription_minute": 0.006}, 34.406, ()),
    (Usage(transcribed_s=60.0), {"caller_minute": 1.0}, 0.0, ()),  # billed by minutes: included
    (Usage(session_s=90.0, caller_s=80.0), {"session_minute": 0.05}, 0.075, ()),
    (Usage(session_s=90.0), {"caller_minute": 0.05}, 0.0, ()),
    (replace(USED, transcription_tokens=26), LIST, 34.4, ("26 tokens of transcription of m",)),
]  # fmt: skip


@pytest.mark.parametrize(("used", "kinds", "amount", "unpriced"), UNPRICED)
def test_what_has_no_price_is_named_and_never_free(used, kinds, amount, unpriced):
    found = cost([("m", used)], prices(**kinds))
    assert found.amount == (None if amount is None else pytest.approx(amount))
    assert found.unpriced == unpriced


def test_usages_add_up_over_calls_and_models():
    found = cost([("m", USED), ("m", USED), ("m", None), ("other", USED)], prices(input_text=1.0))
    assert found.usage == total([USED] * 3)
    assert found.amount == pytest.approx(2.0)
    assert "model other" in found.unpriced


def test_without_prices_there_is_no_amount_but_the_usage_is_told():
    found = cost([("m", USED)], None)
    assert (found.amount, found.least, found.usage) == (None, None, USED)
    assert cost([("", USED)], None).unpriced == ("a model without a name",)
    assert cost([], prices(input_text=1.0)).amount is None


def test_a_runs_calls_are_those_of_its_model():
    results = Nights(nights=1, repeats=1, scenarios=("hold music",)).history().entries[0].results
    assert [model for model, _ in used_in(results)] == ["gpt-realtime-2"]


def test_every_kind_of_usage_is_on_some_bill():
    """A field that no price knows would be free for ever."""
    for field in fields(Usage):
        if field.name not in ("responses", "cached_tokens"):
            used = Usage(**{field.name: 10.0})
            every = cost([("m", used)], prices(**dict.fromkeys(ModelPrices.model_fields, 1.0)))
            free = field.name.startswith("cached")  # a part of the input tokens, of which are none
            assert (bool(every.amount) or bool(every.unpriced)) is not free, field.name


def test_a_price_file_is_read_and_its_faults_are_named(tmp_path):
    path = tmp_path / "prices.yaml"
    path.write_text("format: 1\nmodels:\n  gpt-realtime-2: {input_text: 4, output_audio: 64}\n")
    assert load_prices(path).models["gpt-realtime-2"].output_audio == 64
    path.write_text("format: 1\nmodels:\n  x: {input_txt: 4, output_text: -1}\n  y: {}\n")
    with pytest.raises(FaultyFiles) as raised:
        load_prices(path)
    lines = str(raised.value).splitlines()
    assert [line.split("prices.yaml")[1][:3] for line in lines] == [":3:", ":3:", ":4:"]
    assert "did you mean 'input_text'?" in str(raised.value)
    assert "expected at least one price" in str(raised.value)
