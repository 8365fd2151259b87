"""Tests of compare.json and noise floors on disk."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest
from support.two_runs import calls, pairs, run

from harness.errors import RecordingDamaged
from harness.results.compare.measures import Pairing
from harness.results.compare.noise_floor import measure_floor
from harness.results.compare.store import (
    FORMAT,
    Comparison,
    ComparisonVerdict,
    Variant,
    read_comparison,
    read_floor,
    write_comparison,
    write_floor,
)
from harness.results.compare.verdict import Names, Terms, judge

A, B = calls("one", rule="++++++"), calls("one", rule="------")
COMPARISON = Comparison(
    format=FORMAT, harness_version="0.1.0", started_at="2026-01-01T00:00:00+00:00", level=0.95,
    look=1, looks=1, repeats=6, aa=False, interrupted=False,
    variants=tuple(Variant(k, k, k, "reference", "Be kind.", 6, 6, own=True) for k in "ab"),
    contrasts=judge([(Names("A", "B", "b"), Pairing(pairs(A, B), 0), ())], Terms()),
)  # fmt: skip


def test_a_comparison_comes_back_as_it_was(tmp_path):
    path = write_comparison(tmp_path, COMPARISON)
    again = read_comparison(path)
    assert again.contrasts[0].verdict is ComparisonVerdict.WORSE
    assert again.worse
    assert again.contrasts[0].flips == COMPARISON.contrasts[0].flips
    before = path.read_bytes()
    write_comparison(tmp_path, again)
    assert path.read_bytes() == before
    assert orjson.loads(before)["contrasts"][0]["verdict"] == "worse"


def test_a_noise_floor_comes_back_as_it_was(tmp_path):
    floor = measure_floor(run(A), pairs(A, B))
    path = tmp_path / "baselines" / "noise.json"
    write_floor(path, floor)
    again = read_floor(path)
    assert again.floors[0].difference == pytest.approx(floor.floors[0].difference, abs=1e-6)
    assert (again.prompts, again.scenarios, again.versions) == (("p1",), ("s1",), {"rule": 1})
    before = path.read_bytes()
    write_floor(path, again)
    assert path.read_bytes() == before


FIRST, SECOND = COMPARISON.variants
(CONTRAST,) = COMPARISON.contrasts
FOREIGN = [
    (
        {"variants": (replace(FIRST, key="../x", run="../x"), SECOND)},
        "'../x': expected a key from a to z",
    ),
    ({"variants": (FIRST, replace(SECOND, key="B"))}, "'B': expected a key"),
    ({"variants": (FIRST, replace(SECOND, key="b\n"))}, "expected a key"),
    (
        {"variants": (FIRST, replace(SECOND, run="../../other"))},
        r"b: own run '../../other' is elsewhere",
    ),
    ({"variants": (FIRST, replace(SECOND, run="/b"))}, "b: own run '/b' is elsewhere"),
    ({"variants": (FIRST, replace(FIRST, own=False))}, r"a key each, got \['a', 'a'\]"),
    ({"variants": (), "contrasts": ()}, r"a key each, got \[\]"),
    (
        {"contrasts": (replace(CONTRAST, key="../../x"),)},
        "contrast '../../x' is not of any variant",
    ),
]


@pytest.mark.parametrize(("change", "message"), FOREIGN)
def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path, change, message):
    path = write_comparison(tmp_path, replace(COMPARISON, **change))
    with pytest.raises(RecordingDamaged, match=message):
        read_comparison(path)


def test_a_run_that_was_not_made_for_the_comparison_may_lie_anywhere(tmp_path):
    variants = (FIRST, replace(SECOND, run="../other", own=False))
    path = write_comparison(tmp_path, replace(COMPARISON, variants=variants))
    assert read_comparison(path).variants == variants


FINDING = CONTRAST.findings[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"level": 5.0}, r"level: expected more than 0 and less than 1, got 5\.0"),
        ({"level": 0.0}, "level: expected more than 0"),
        ({"looks": 0}, "looks: expected at least 1, got 0"),
        ({"look": 0}, "look: expected 1 to 1, got 0"),
        ({"earlier": [{"repeats": 4, "alpha": 1.5}]}, "earlier: expected looks with repeats"),
        ({"look": 2}, "look: expected 1 to 1, got 2"),
        ({"repeats": -1}, "repeats: expected at least 0, got -1"),
        ({"variants": (FIRST, replace(SECOND, counted=7))}, "variant b: 7 of 6 calls cannot count"),
        ({"variants": (FIRST, replace(SECOND, counted=-1))}, "variant b: -1 of 6 calls"),
        ({"findings": {"pairs": -1}}, r"contrast b: findings\[0\].pairs: expected at least 0"),
        ({"findings": {"lost": -1}}, r"findings\[0\].lost: expected at least 0, got -1"),
    ],
    ids=str,
)
def test_a_comparison_with_a_number_out_of_its_range_is_refused(tmp_path, change, message):
    if "findings" in change:
        finding = replace(FINDING, **change["findings"])
        change = {"contrasts": (replace(CONTRAST, findings=(finding,)),)}
    path = write_comparison(tmp_path, replace(COMPARISON, **change))
    with pytest.raises(RecordingDamaged, match=message):
        read_comparison(path)


@pytest.mark.parametrize("name", ["a", "difference", "low", "p_adjusted", "noise_floor"])
def test_a_finding_that_is_no_finite_number_is_refused(tmp_path, name):
    path = write_comparison(tmp_path, COMPARISON)
    document = orjson.loads(path.read_bytes())
    document["contrasts"][0]["findings"][0][name] = "inf"
    path.write_bytes(orjson.dumps(document))
    with pytest.raises(RecordingDamaged, match=rf"\.{name}: expected a finite number, got inf"):
        read_comparison(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pairs": -4}, r"noise\.json: floors\[0\] \(rule\).pairs: expected at least 1, got -4"),
        ({"pairs": 0}, r"floors\[0\] \(rule\).pairs: expected at least 1, got 0"),
        ({"difference": "inf"}, "difference: expected a share from 0 to 1, got inf"),
        ({"difference": "nan"}, "difference: expected a share from 0 to 1, got nan"),
        ({"difference": -0.1}, r"difference: expected a share from 0 to 1, got -0\.1"),
        ({"difference": 5}, r"difference: expected a share from 0 to 1, got 5\.0"),
        ({"difference": "inf", "unit": "s"}, "difference: expected s from 0 up, got inf"),
    ],
    ids=str,
)
def test_a_noise_floor_with_an_absurd_number_is_refused(tmp_path, change, message):
    path = tmp_path / "noise.json"
    write_floor(path, measure_floor(run(A), pairs(A, B)))
    document = orjson.loads(path.read_bytes())
    document["floors"][0].update(change)
    path.write_bytes(orjson.dumps(document))
    with pytest.raises(RecordingDamaged, match=message):
        read_floor(path)


@pytest.mark.parametrize("read", [read_comparison, read_floor])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file"),
        (b"{", "not JSON"),
        (b'{"format": 9}', r"format 9 is newer than this harness reads \(2\)"),
        (b'{"format": 1}', r"format 1 is older than this harness reads \(2\); make it again"),
        (b'{"format": 2}', "Field required"),
        (b"[]", "cannot read"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, read, content, message):
    path = tmp_path / "some.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RecordingDamaged, match=message):
        read(path)
