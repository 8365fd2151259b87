"""A comparison as one HTML file to send: the verdict, and changed pairs to be heard.

Pairs are taken in the order of the page, as long as their sound fits ``MOST_HEARD_S``. What leads
out of the file (the agents' own reports) is left out.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.compare.model import Comparison, Contrast, Variant
from harness.compare.pairing import Pair
from harness.compare.store import COMPARISON, read_comparison
from harness.report.compare.html import HeardSide, heard_pairs, spot_of
from harness.report.compare.view import PairPage, compare_page
from harness.report.pages import Link, PageFrame, inlined, nonce_of, render
from harness.report.run.call_view import player_data
from harness.report.run.html import read_call
from harness.report.run.single_file import MOST_HEARD_S, WAVES, Written, sound, write_sized
from harness.results.model import CallResult


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
    page = replace(page, variants=tuple((name, told, "") for name, told, _ in page.variants))
    text = render("compare_single.html.j2", export.frame, page=page, call_texts=export.texts)
    size_bytes = write_sized(path, text)
    heard = sum("<audio" in text for text in export.texts)
    return Written(path, size_bytes, len(export.texts), heard, export.without_room)


class _PairExport:
    """The pairs of the file, collected one by one."""

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
        """Return the pairs of one contrast that are in the file."""
        other = next(one for one in self._comparison.variants if one.key == contrast.key)
        found = []
        for pair, flipped in heard_pairs(self._folder, self._comparison, contrast):
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
        title = f"{pair.a.scenario}, repeat {pair.a.repeat + 1}"
        values = {"title": title, "sides": sides, "data": data, "main_id": "call-main"}
        return render("single_pair.html.j2", self.frame, **values)

    def _side(self, one: Variant, call: CallResult) -> HeardSide:
        page, recording = read_call(self._folder / one.run, call)
        audio = sound(recording) if recording is not None and page.has_audio else ""
        return HeardSide(one.key, f"{one.key.upper()}: {one.name}", page, audio, href="")
