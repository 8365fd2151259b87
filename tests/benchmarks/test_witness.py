"""The benchmark of the ASR cross-check: its wrong claims are wrong by a single character."""

from __future__ import annotations

import importlib
import random
import sys
from pathlib import Path

import numpy as np
import pytest

from harness.audio.pcm import Pcm
from harness.judging.dialogue.model import Agreement

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def bench():
    sys.path.insert(0, str(FOLDER))
    yield importlib.import_module("witness")
    sys.path.remove(str(FOLDER))
    for name in ("witness", "witness_cells", "witness_voices"):
        del sys.modules[name]


@pytest.fixture(scope="module")
def cells(bench):
    return sys.modules["witness_cells"]


def apart(one: str, other: str) -> bool:
    """Return whether exactly one character was changed, left out or added."""
    longer, shorter = sorted((one, other), key=len, reverse=True)
    if len(longer) == len(shorter):
        return sum(a != b for a, b in zip(one, other, strict=True)) == 1
    cut = (longer[:at] + longer[at + 1 :] for at in range(len(longer)))
    return len(longer) == len(shorter) + 1 and shorter in cut


@pytest.mark.parametrize("kind", ["id", "digits", "phone", "email"])
def test_wrong_claims_differ_in_one_character_and_what_is_said_is_the_value(bench, kind):
    for number in range(50):
        draw = random.Random(number)
        value = bench.made_up(kind, draw)
        said = bench.ENGLISH.normalize(bench.spoken(value, kind), bench.KINDS[kind])
        assert said == value
        assert all(apart(value, other) for _, other in bench.changed(value, kind, draw))


@pytest.mark.parametrize("snr_db", [20, 10])
def test_noise_is_as_far_below_the_speech_as_its_name_says(bench, snr_db):
    tone = Pcm((np.sin(np.arange(48_000) / 9) * 3_000).astype(np.int16), 24_000)
    noisy = bench.with_noise(tone, f"white {snr_db}", 1).as_float()
    left = noisy - tone.as_float() * np.dot(noisy, tone.as_float()) / np.sum(tone.as_float() ** 2)
    assert 10 * np.log10(np.mean(tone.as_float() ** 2) / np.mean(left**2)) == pytest.approx(
        snr_db, abs=1
    )


def test_cells_count_right_and_wrong_claims_apart(cells):
    found = cells.cells(claims(cells))
    (of_voice,) = [ones for cell, ones in found.items() if ("voice", "flite slt") in cell]
    figures = cells.counted(of_voice)
    assert (figures["right"], figures["changed"], figures["lost_or_added"]) == (2, 2, 1)
    assert figures["right_doubted"][:2] == [1, 0.5]
    assert figures["changed_passed"][:2] == figures["changed_cannot_tell"][:2] == [1, 0.5]
    assert figures["lost_or_added_passed"][:2] == [0, 0]
    assert len(found) == 5


@pytest.mark.parametrize(
    ("sure", "unlikely", "decided"),
    [
        (0.95, 0.15, ["agree", "disagree", "agree", "unheard", "disagree"]),
        (0.97, 0.15, ["agree", "disagree", "unheard", "unheard", "disagree"]),
        (0.95, 0.05, ["agree", "unheard", "agree", "unheard", "unheard"]),
    ],
)
def test_kept_claims_are_decided_anew_by_other_thresholds(cells, sure, unlikely, decided):
    again = cells.read_again(cells.kept(claims(cells)), sure=sure, unlikely=unlikely)
    assert [one.agreement.value for one in again] == decided


def claims(cells):
    """Return five claims about the same value, as decided by the shipped thresholds."""
    given = [
        ("", "A1", Agreement.AGREE, 0.99),
        ("", "A1", Agreement.DISAGREE, 0.1),
        ("digit", "A2", Agreement.AGREE, 0.96),
        ("digit", "A3", Agreement.UNHEARD, 0.5),
        ("dropped", "A", Agreement.DISAGREE, 0.1),
    ]
    return [cells.Decided("flite slt", "id", "clean", 8_000, "A1", *one) for one in given]
