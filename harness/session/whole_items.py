"""What is sent in one piece instead of being on the line: typed words, a picture, sound as an item.

A recording holds none of the pictures and sounds themselves, but what they are told by: a name of
hash and size in their place, in every message, event and command in which they stand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from harness.audio.codec import encode_base64
from harness.audio.resample import resample
from harness.caller.model import CallerScript, Clip
from harness.protocol.items import AudioFormat, Content, ContentKind
from harness.protocol.sound import bytes_of


def contents(clip: Clip, wire: AudioFormat) -> tuple[Content, ...]:
    """Return what a clip that is sent in one piece holds: words, then picture; or its sound."""
    if clip.item is not None:
        sound = bytes_of(resample(clip.item, wire.rate_hz).samples, wire)
        return (Content(ContentKind.INPUT_AUDIO, audio=sound),)
    words = Content(ContentKind.INPUT_TEXT, text=clip.text)
    if clip.picture is None:
        return (words,)
    shown = Content(ContentKind.INPUT_IMAGE, image_url=clip.picture.url, detail=clip.picture.detail)
    return (words, shown) if clip.text else (shown,)


def without_blobs(script: CallerScript, wire: AudioFormat) -> Callable[[bytes], bytes]:
    """Return what puts hash and size in the place of the script's pictures and sounds."""
    marks = {}
    for clip in script.turns:
        for part in contents(clip, wire) if clip.item or clip.picture else ():
            if part.audio is not None:
                marks[encode_base64(part.audio).encode()] = _mark(part.audio)
            elif clip.picture is not None and part.image_url is not None:
                mark = _mark(clip.picture.data)
                marks[part.image_url.encode()] = mark
                marks[encode_base64(clip.picture.data).encode()] = mark  # some send it bare

    def marked(line: bytes) -> bytes:
        for blob, mark in marks.items():
            line = line.replace(blob, mark)
        return line

    return marked


def _mark(data: bytes) -> bytes:
    return f"sha256:{hashlib.sha256(data).hexdigest()} ({len(data)} bytes)".encode()
