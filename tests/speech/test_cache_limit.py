"""The cache keeps to its limit, deletes unused entries, and touches no other file."""

from __future__ import annotations

import os

import numpy as np
import pytest

from harness.audio.pcm import Pcm
from harness.cli.main import run_command
from harness.errors import UsageError
from harness.speech.cache import DEFAULT_LIMIT_MB, ClipCache, default_limit_bytes, key_of
from harness.units import RATE_HZ

CLIP = Pcm(np.arange(478, dtype=np.int16), RATE_HZ)
BYTES = 1000
"""Length of the file of a clip."""


def keys(share: str, count: int) -> list[str]:
    """Return keys that belong to one sub-folder."""
    return [f"{share}{number:062x}" for number in range(count)]


def aged(cache: ClipCache, share: str, count: int) -> list[str]:
    """Store clips, each a second older than the next."""
    made = keys(share, count)
    for number, key in enumerate(made):
        cache.keep_clip(key, CLIP)
        path = cache.folder / share / f"{key}.wav"
        assert path.stat().st_size == BYTES
        os.utime(path, (1_000_000_000 + number,) * 2)
    return made


def there(cache: ClipCache) -> set[str]:
    return {path.stem for path in cache.entries()}


@pytest.mark.parametrize(("fitting", "stay"), [(1, 1), (3, 3), (5, 5), (6, 5)])
def test_what_was_used_longest_ago_goes_when_a_sub_folder_is_over_its_share(
    tmp_path, fitting, stay
):
    made = aged(ClipCache(tmp_path, limit_bytes=10**9), "ab", 4)
    small = ClipCache(tmp_path, limit_bytes=256 * BYTES * fitting)
    newest = keys("ab", 5)[4]
    small.keep_clip(newest, CLIP)
    assert there(small) == {*made, newest} - set(made[: 5 - stay])


def test_what_is_used_stays(tmp_path):
    cache = ClipCache(tmp_path, limit_bytes=256 * BYTES * 3)
    made = aged(cache, "ab", 3)
    assert cache.clip(made[0]) == CLIP
    cache.keep_segments(keys("ab", 4)[3], ())
    assert there(cache) == {made[0], made[2], keys("ab", 4)[3]}


def test_the_newest_stays_even_if_it_is_larger_than_the_share(tmp_path):
    cache = ClipCache(tmp_path, limit_bytes=1)
    key = key_of(text="long")
    cache.keep_clip(key, CLIP)
    assert cache.clip(key) == CLIP


def test_other_sub_folders_and_files_of_others_are_left_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HARNESS_CACHE_DIR", str(tmp_path))
    cache = ClipCache(limit_bytes=1)
    aged(cache, "cd", 1)
    foreign = cache.folder / "ab" / "holiday.wav"
    foreign.parent.mkdir()
    foreign.write_bytes(b"x" * 9000)
    aged(cache, "ab", 2)
    assert there(cache) == {keys("cd", 1)[0], keys("ab", 2)[1]}
    assert run_command(["cache", "show"]) == 0
    told = f"{cache.folder}: 2 entries, 2 kB of {DEFAULT_LIMIT_MB} MB"
    assert told in capsys.readouterr().out
    assert run_command(["cache", "clear"]) == 0
    assert f"{cache.folder}: 2 entries removed" in capsys.readouterr().out
    assert [path for path in cache.folder.rglob("*") if path.is_file()] == [foreign]


@pytest.mark.parametrize(("said", "limit_mb"), [("", 1000), ("50", 50), ("1", 1)])
def test_the_limit_is_a_variable(monkeypatch, said, limit_mb):
    monkeypatch.setenv("HARNESS_CACHE_MB", said)
    assert default_limit_bytes() == limit_mb * 1_000_000


@pytest.mark.parametrize("said", ["0", "-5", "1e3", "much", "٣"])
def test_a_limit_that_is_no_number_is_wrong_usage(monkeypatch, capsys, said):
    monkeypatch.setenv("HARNESS_CACHE_MB", said)
    with pytest.raises(UsageError, match="expected a whole number of megabytes"):
        default_limit_bytes()
    assert run_command(["cache", "show"]) == 2
