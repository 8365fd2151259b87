"""The pages of ``harness listen`` and ``harness talk``."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.audio.pcm import Pcm
from harness.audio.wav import flac_bytes
from harness.errors import StorageFailed
from harness.files import write_whole
from harness.report import figures
from harness.report.pages import STATIC, Link, PageFrame, inlined, render, write
from harness.report.run.call_timeline import Silhouette, common_scale, outline, silhouette

PAGE = "index.html"


@dataclass(frozen=True, slots=True)
class RehearsedTurn:
    """A clip of the caller; ``when`` is its trigger, ``text`` to ``cut_off`` are as in ``Clip``.

    ``clean`` and ``noisy`` (before the line) are at the harness's own rate; ``sent`` is decoded
    from the bytes on the wire.
    """

    name: str
    called: str
    """The caller's action, in a word."""
    when: str
    text: str
    spoken: str
    intended: str
    cut_off: bool
    clean: Pcm
    noisy: Pcm
    sent: Pcm
    file: str = ""
    """The author's file that is played; empty if a voice speaks."""
    others: tuple[str, ...] = ()
    """Speech of other people meanwhile."""
    pauses: tuple[tuple[int, int], ...] = ()
    """Samples of ``clean`` (first, one past the last) of the script's pauses during the line."""


@dataclass(frozen=True, slots=True)
class SoundlessTurn:
    """A turn without audio: its kind, and its text."""

    name: str
    called: str
    text: str
    when: str


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The caller's side of a call, as received, and every clip in it.

    ``answer_s`` is how long ``whole`` pauses for the agent's answer.
    """

    scenario: str
    facts: tuple[tuple[str, str], ...]
    whole: Pcm
    answer_s: float
    turns: tuple[RehearsedTurn | SoundlessTurn, ...]
    """In the order of the script, its answers last."""


@dataclass(frozen=True, slots=True)
class Playable:
    """Audio with its name, its file, and its data URL for a player."""

    name: str
    file: str
    data: bytes

    @property
    def source(self) -> str:
        """The audio as a data URL."""
        return f"data:audio/flac;base64,{base64.b64encode(self.data).decode()}"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a picture, in per cent of its width, and its meaning."""

    left: float
    width: float
    text: str


@dataclass(frozen=True, slots=True)
class TurnPicture:
    """A clip as the page shows it: its outline over that of all audio, pauses, players."""

    turn: RehearsedTurn
    length_s: float
    speech: Silhouette
    sound: Silhouette
    pauses: tuple[Stretch, ...]
    players: tuple[Playable, ...]
    unsaid: str
    """The full text of a turn that is cut off."""

    @property
    def told(self) -> str:
        """The picture in words."""
        kind = f"{self.turn.called} of {figures.seconds(self.length_s)}"
        pauses = "".join(f"; {pause.text}" for pause in self.pauses)
        return f"{self.turn.name}: {kind}{pauses}{'; cut off at its end' * self.turn.cut_off}"


def write_rehearsal(folder: Path, rehearsal: Rehearsal) -> Path:
    """Write the audio files and the page, which embeds its audio; return the page.

    Every clip has three files, even if two of them are the same; earlier files are replaced. Raises
    StorageFailed.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageFailed(folder, error.strerror or str(error)) from error
    whole = Playable("the whole call", "call.flac", flac_bytes(rehearsal.whole))
    write_whole(folder / whole.file, whole.data)
    heard = [turn for turn in rehearsal.turns if isinstance(turn, RehearsedTurn)]
    # One scale for all pictures, so that their loudness can be compared.
    scale = common_scale(*(track for turn in heard for track in (turn.clean, turn.sent)))
    shown: list[TurnPicture | SoundlessTurn] = []
    for turn in rehearsal.turns:
        if isinstance(turn, SoundlessTurn):
            shown.append(turn)
            continue
        tracks = _tracks(turn)
        for track in tracks:
            write_whole(folder / track.file, track.data)
        shown.append(_picture(turn, tracks, scale))
    frame = PageFrame((Link("Listen"), Link(rehearsal.scenario)), inline=inlined())
    page = folder / PAGE
    write(page, render("listen.html.j2", frame, heard=rehearsal, whole=whole, shown=shown))
    return page


def _tracks(turn: RehearsedTurn) -> tuple[Playable, ...]:
    slug = turn.name.replace(" ", "-")
    return tuple(
        Playable(name, f"{slug}-{end}.flac", flac_bytes(track))
        for name, end, track in (
            ("speech alone", "clean", turn.clean),
            ("with noise", "noisy", turn.noisy),
            ("as the agent receives it", "sent", turn.sent),
        )
    )


def _picture(turn: RehearsedTurn, tracks: Sequence[Playable], scale: float) -> TurnPicture:
    length_s = turn.clean.duration_s
    speech, sound = (
        silhouette(outline(track, duration_s=length_s, scale=scale))
        for track in (turn.clean, turn.sent)
    )
    return TurnPicture(
        turn=turn,
        length_s=length_s,
        speech=speech,
        sound=sound,
        pauses=_pauses(turn),
        players=_distinct(tracks),
        unsaid=turn.intended if turn.cut_off else "",
    )


def _pauses(turn: RehearsedTurn) -> tuple[Stretch, ...]:
    """Return the pauses that the script makes; a breath at a comma is the voice's own."""
    clean = turn.clean
    return tuple(
        Stretch(
            left=round(100 * first / len(clean), 2),
            width=round(100 * (stop - first) / len(clean), 2),
            text=f"pause of {figures.seconds((stop - first) / clean.rate_hz)}",
        )
        for first, stop in turn.pauses
    )


def _distinct(tracks: Sequence[Playable]) -> tuple[Playable, ...]:
    """Return a single player for tracks that are the same, under all their names."""
    same: dict[bytes, list[Playable]] = {}
    for track in tracks:
        # By the bytes: without noise and without a codec, the three files are the same.
        same.setdefault(track.data, []).append(track)
    return tuple(
        Playable(" = ".join(one.name for one in alike), alike[0].file, data)
        for data, alike in same.items()
    )


# The page from which a person calls: their part in the scenario, and the line.

ASSETS = {
    "assets/report.css": "text/css",
    "assets/page.js": "text/javascript",
    "assets/talk.js": "text/javascript",
    "assets/talk_line.js": "text/javascript",
}
"""Files that the page needs, with their content types."""


@dataclass(frozen=True, slots=True)
class TalkPage:
    """Facts for the person: the agent, their role's facts, and the script's text."""

    scenario: str
    description: str
    target: str
    call_s: float
    facts: tuple[tuple[str, str], ...]
    lines: tuple[str, ...]


def talk_page(page: TalkPage) -> str:
    """Return the page; it asks its own server for the line."""
    return render("talk.html.j2", PageFrame((Link("Talk"),), served=True), page=page)


def asset(name: str) -> bytes:
    """Return a file of ``ASSETS``."""
    return (STATIC / name.removeprefix("assets/")).read_bytes()
