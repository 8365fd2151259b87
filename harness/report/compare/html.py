"""The pages of a comparison: linked files, or a single file to send.

The single file holds the verdict and changed pairs with audio, in the order of the page, as long as
their audio fits ``MOST_HEARD_S``. Links out of it (the agents' own reports) are left out.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from harness.errors import StorageFailed
from harness.report import figures
from harness.report.compare.view import PairPage, compare_page, heard_per_scenario
from harness.report.pages import Link, PageFrame, copy_assets, inlined, nonce_of, render, write
from harness.report.run.call_rows import AUDIO, write_audio
from harness.report.run.call_view import CallPage, player_data
from harness.report.run.html import MOST_HEARD_S, WAVES, Written, read_call, sound, write_sized
from harness.results.compare.measures import Pair, pair_calls
from harness.results.compare.store import (
    COMPARISON,
    PAIRS,
    Comparison,
    Contrast,
    Flip,
    Variant,
    read_comparison,
)
from harness.results.model import CallResult
from harness.results.store import RESULTS, read_results


def write_comparison_pages(folder: Path) -> Path:
    """Write the pages of a comparison and return the index page; doing it again replaces them.

    Raises RecordingDamaged if ``compare.json`` or a run's results cannot be read, StorageFailed if
    a page cannot be written. A pair whose recordings cannot be read gets a page with the reason.
    """
    comparison = read_comparison(folder / COMPARISON)
    index = folder / "index.html"
    title = folder.resolve().name
    try:
        copy_assets(folder)
        pages = _Pages(folder, title, comparison).write_pairs()
        frame = PageFrame((Link(title),), version=comparison.harness_version)
        page = compare_page(comparison, pages, title=title)
        write(index, render("compare.html.j2", frame, page=page))
    except OSError as error:
        raise StorageFailed(folder, error.strerror or str(error)) from error
    return index


@dataclass(frozen=True, slots=True)
class PlayableSide:
    """A call on a pair's page: its name, its page, and links relative to the pair's page."""

    key: str
    name: str
    page: CallPage
    audio: str
    href: str


class _Pages:
    """The pages of pairs of a comparison."""

    def __init__(self, folder: Path, title: str, comparison: Comparison) -> None:
        self._folder, self._title, self._comparison = folder, title, comparison
        self._first = comparison.variants[0]

    def write_pairs(self) -> list[list[PairPage]]:
        """Write the pages of all pairs worth hearing, per contrast."""
        by_key = {one.key: one for one in self._comparison.variants}
        return [
            [
                self._write_pair(pair, by_key[contrast.key], flipped=flipped)
                for pair, flipped in heard_pairs(self._folder, self._comparison, contrast)
            ]
            for contrast in self._comparison.contrasts
        ]

    def _write_pair(self, pair: Pair, other: Variant, *, flipped: bool) -> PairPage:
        name = f"{_flat(pair.a.recording)}.html"
        place = self._folder / PAIRS / other.key / name
        place.parent.mkdir(parents=True, exist_ok=True)
        sides = [
            self._side(self._first, pair.a, place),
            self._side(other, pair.b, place),
        ]
        said = f"{name} {[side.page.peaks for side in sides]}"
        nonce = nonce_of(said)
        title = figures.call_title(pair.a)
        trail = (Link(self._title, "../../index.html"), Link(title))
        frame = PageFrame(trail, "../../", nonce, self._comparison.harness_version)
        data = {"nonce": nonce, "sides": {s.key: player_data(s.page, nonce) for s in sides}}
        write(place, render("pair.html.j2", frame, title=title, sides=sides, data=data))
        href = f"{PAIRS}/{other.key}/{quote(name)}"
        return PairPage(*spot_of(pair.a), href, flipped)

    def _side(self, one: Variant, call: CallResult, pair_page: Path) -> PlayableSide:
        run = self._folder / one.run
        page, recording = read_call(run, call)
        place = quote(Path(os.path.relpath(run / call.recording, pair_page.parent)).as_posix())
        audio = f"{place}/{AUDIO}"
        if recording is not None and page.has_audio:
            # A stored run is not changed: audio of its calls goes next to the pair's page.
            if one.own:
                write_audio(run / call.recording, recording)
            else:
                heard = pair_page.with_name(f"{pair_page.stem}-{one.key}.flac")
                write_audio(run / call.recording, recording, heard)
                audio = quote(heard.name)
        return PlayableSide(
            key=one.key,
            name=f"{one.key.upper()}: {one.name}",
            page=page,
            audio=audio,
            href=f"{place}/index.html",
        )


def heard_pairs(
    folder: Path, comparison: Comparison, contrast: Contrast
) -> Iterator[tuple[Pair, bool]]:
    """Yield the first pairs with a flip of each scenario, or its first pair if none has.

    Calls of different callers have no pairs.
    """
    if not contrast.paired:
        return
    of_key = {one.key: one for one in comparison.variants}
    sides = (comparison.variants[0], of_key[contrast.key])
    runs = [read_results(folder / one.run / RESULTS) for one in sides]
    pairing = pair_calls(runs[0].calls, runs[1].calls, same_seeds=not comparison.aa)
    flipped = {spot_of(flip) for flip in contrast.flips}
    scenarios = {spot[:3] for spot in flipped}
    written: Counter[tuple[str, str, str]] = Counter()
    heard = heard_per_scenario(contrast)
    for pair in pairing.pairs:
        spot = spot_of(pair.a)
        # A scenario with flips shows flips only; one without shows a single pair, as an example.
        most = heard if spot in flipped else int(spot[:3] not in scenarios)
        if written[spot[:3]] < most and pair.counts:
            written[spot[:3]] += 1
            yield pair, spot in flipped


def spot_of(of: Flip | CallResult) -> tuple[str, str, str, int]:
    """Return the key that two calls of a pair have in common."""
    return of.suite, of.scenario, of.condition, of.repeat


def _flat(recording: str) -> str:
    return recording.removeprefix("calls/").replace("/", "-")


def write_comparison_file(folder: Path, path: Path) -> Written:
    """Write a comparison to ``path``; a file that is there is replaced.

    Raises RecordingDamaged if ``compare.json`` or a run's results cannot be read, StorageFailed if
    the file cannot be written.
    """
    comparison = read_comparison(folder / COMPARISON)
    export = _PairExport(folder, comparison)
    pages = [export.pairs(contrast) for contrast in comparison.contrasts]
    title = folder.resolve().name
    page = compare_page(comparison, pages, title=title)
    # Without the agents' own reports, links to them would be dead.
    page = replace(page, variants=tuple((name, told, "") for name, told, _ in page.variants))
    text = render("compare_single.html.j2", export.frame, page=page, call_texts=export.texts)
    size_bytes = write_sized(path, text)
    heard = sum("<audio" in text for text in export.texts)
    return Written(path, size_bytes, len(export.texts), heard, export.without_room)


class _PairExport:
    """The pairs of the file, collected in order."""

    def __init__(self, folder: Path, comparison: Comparison) -> None:
        self._folder, self._comparison = folder, comparison
        title = folder.resolve().name
        self.frame = PageFrame(
            (Link(title),),
            nonce=nonce_of(f"{title} {comparison.started_at}"),
            version=comparison.harness_version,
            inline=inlined(WAVES, "page.js", "pair.js", "single.js"),
        )
        self.texts: list[str] = []
        self.without_room = 0
        self._left_s = MOST_HEARD_S

    def pairs(self, contrast: Contrast) -> list[PairPage]:
        """Return the pairs of a contrast that are in the file."""
        other = next(one for one in self._comparison.variants if one.key == contrast.key)
        found = []
        for pair, flipped in heard_pairs(self._folder, self._comparison, contrast):
            # Also for a pair that has no room, so that no shorter pair further down is preferred.
            self._left_s -= (pair.a.duration_s or 0.0) + (pair.b.duration_s or 0.0)
            if self._left_s < 0:
                self.without_room += 1
                continue
            found.append(PairPage(*spot_of(pair.a), f"#call={len(self.texts)}", flipped))
            self.texts.append(self._text(pair, other))
        return found

    def _text(self, pair: Pair, other: Variant) -> str:
        sides = [self._side(self._comparison.variants[0], pair.a), self._side(other, pair.b)]
        nonce = self.frame.nonce
        data = {"nonce": nonce, "sides": {s.key: player_data(s.page, nonce) for s in sides}}
        title = figures.call_title(pair.a)
        values = {"title": title, "sides": sides, "data": data, "main_id": "call-main"}
        return render("single_pair.html.j2", self.frame, **values)

    def _side(self, one: Variant, call: CallResult) -> PlayableSide:
        page, recording = read_call(self._folder / one.run, call)
        audio = sound(recording) if recording is not None and page.has_audio else ""
        return PlayableSide(one.key, f"{one.key.upper()}: {one.name}", page, audio, href="")
