"""Beds are rendered once, and a kept one is the same sound."""

from __future__ import annotations

from pathlib import Path

from harness.audio.pcm import silence
from harness.caller.beds import BED_S, seamless
from harness.speech.cache import ClipCache
from harness.units import RATE_HZ


def test_a_kept_bed_is_the_rendered_one_sample_for_sample(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path)
    rendered = seamless("hum", 3, None)
    assert seamless("hum", 3, cache) == rendered
    assert seamless("hum", 3, cache) == rendered
    assert rendered.duration_s == BED_S


def test_a_bed_is_taken_from_the_cache_and_another_seed_is_another_bed(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path)
    seamless("hum", 3, cache)
    (kept,) = tmp_path.rglob("*.wav")
    marked = silence(10, RATE_HZ)
    cache.keep_clip(kept.stem, marked)
    assert seamless("hum", 3, cache) == marked
    assert seamless("hum", 4, cache) != marked
