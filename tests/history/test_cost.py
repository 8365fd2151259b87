"""What nights cost, by the user's prices; nothing is priced silently at zero."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.nights import Nights

from harness.errors import FaultyFiles
from harness.history.cost import ModelPrices, Prices, cost, load_prices
from harness.history.series import Kept
from harness.timeline.usage import Usage

ENTRY = Nights(nights=1, repeats=1, scenarios=("hold music",), spoilt=0.0).history().entries[0]
USED = Usage(
    responses=2, input_text_tokens=1_000_000, input_audio_tokens=500_000, cached_tokens=1_200_000,
    output_text_tokens=100_000, output_audio_tokens=200_000, caller_s=120.0, agent_s=60.0,
)  # fmt: skip


def kept(usage: Usage | None, model: str | None = "m") -> Kept:
    settings = {} if model is None else {"model": model}
    entry = replace(ENTRY, results=replace(ENTRY.results, target_settings=settings))
    return Kept(entry, replace(ENTRY.results.calls[0], usage=usage))


def prices(**kinds: float) -> Prices:
    return Prices(format=1, models={"m": ModelPrices(**kinds)})


CASES = [
    # (prices, amount, unpriced)
    (
        {"input_text": 4.0, "input_audio": 32.0, "output_text": 16.0, "output_audio": 64.0},
        4.0 + 16.0 + 1.6 + 12.8, (),
    ),
    # 1,000,000 of the 1,200,000 cached tokens are text, the others audio
    (
        {"input_text": 4.0, "input_audio": 32.0, "cached_input": 0.4, "output_text": 16.0,
         "output_audio": 64.0},
        0.3 * 32.0 + 1.2 * 0.4 + 1.6 + 12.8, (),
    ),
    ({"caller_minute": 0.06, "agent_minute": 0.24}, 2 * 0.06 + 0.24, ()),
    ({"caller_minute": 0.06}, 0.12, ("minutes that the agent spoke of m",)),
    ({"output_audio": 64.0}, 12.8, ("input text of m", "input audio of m", "output text of m")),
    ({}, 0.0, ()),
]  # fmt: skip


@pytest.mark.parametrize(("kinds", "amount", "unpriced"), CASES)
def test_a_usage_is_priced_by_kind(kinds, amount, unpriced):
    found = cost([kept(USED)], prices(**kinds))
    assert found.amount == pytest.approx(amount)
    assert found.unpriced == unpriced


def test_usages_add_up_over_calls_and_models():
    found = cost([kept(USED), kept(USED), kept(None), kept(USED, "other")], prices(input_text=1.0))
    assert found.usage.input_text_tokens == 3_000_000
    assert found.usage.agent_s == 180.0
    assert found.amount == pytest.approx(2.0)
    assert "model other" in found.unpriced


def test_without_prices_there_is_no_amount_but_the_usage_is_told():
    found = cost([kept(USED)], None)
    assert (found.amount, found.usage) == (None, USED)
    assert cost([kept(USED, None)], None).unpriced == ("a model without a name",)
    assert cost([], prices(input_text=1.0)).amount is None


def test_a_price_file_is_read_and_its_faults_are_named(tmp_path):
    path = tmp_path / "prices.yaml"
    path.write_text("format: 1\nmodels:\n  gpt-realtime-2: {input_text: 4, output_audio: 64}\n")
    assert load_prices(path).models["gpt-realtime-2"].output_audio == 64
    path.write_text("format: 1\nmodels:\n  x: {input_txt: 4, output_text: -1}\n")
    with pytest.raises(FaultyFiles) as raised:
        load_prices(path)
    lines = str(raised.value).splitlines()
    assert [line.split("prices.yaml")[1][:3] for line in lines] == [":3:", ":3:"]
    assert "did you mean 'input_text'?" in str(raised.value)
