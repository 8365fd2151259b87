"""The process that speaks with eSpeak NG through pyttsx3: one forked child per clip.

Run as ``python -m harness.speech.espeak_process``. The audio of eSpeak depends on earlier requests
and on the second in which it was started (it seeds its noise from the clock), and the C library may
hang or end its process. So this process loads the library and does not speak itself; it forks a
child for each clip, which sets the seed: 25 ms instead of 300, bit-identical.

A request is a line of JSON: {"text", "voice", "words_per_minute", "word_gap", "limit_s"}. A reply
is a line {"rate_hz", "bytes"} with that much PCM16 after it, or {"error"}.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import tempfile
import threading
import wave
from pathlib import Path
from typing import Any

CAN_FORK = hasattr(os, "fork")

_SEED = 1

_WORD_GAP = 7
"""espeakWORDGAP of speak_lib.h, which pyttsx3 does not name."""


def main() -> None:
    """Answer requests from standard input until it ends."""
    with os.fdopen(os.dup(1), "wb") as replies:
        # pyttsx3 prints, and so may the library: only this code may write to the reply pipe.
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 1)
        _load_library()
        for line in sys.stdin.buffer:
            header, samples = _served(line)
            replies.write(json.dumps(header).encode() + b"\n" + samples)
            replies.flush()
            # Without fork, each request needs a new process: the owner starts it.
            if not CAN_FORK:
                return


def _load_library() -> None:
    """Make pyttsx3 find the wheel's own library and data, whatever the machine has installed.

    Without a data path the C library ends its process. pyttsx3 opens the library's SONAME by name
    afterwards, and the loader then gives it the library that is loaded already.
    """
    import espeakng_loader

    os.environ["ESPEAK_DATA_PATH"] = espeakng_loader.get_data_path()
    _library()
    import pyttsx3.drivers.espeak  # noqa: F401  # the import is the slow part that children share


def _library() -> ctypes.CDLL:
    """Return the wheel's library; loading it again gives the loaded library."""
    import espeakng_loader

    return ctypes.CDLL(espeakng_loader.get_library_path(), mode=getattr(ctypes, "RTLD_GLOBAL", 0))


def _served(line: bytes) -> tuple[dict[str, Any], bytes]:
    request = json.loads(line)
    with tempfile.TemporaryDirectory(prefix="harness-espeak-") as folder:
        path = Path(folder) / "clip.wav"
        failure = _forked(request, path) if CAN_FORK else _spoken(request, path)
        if failure:
            return {"error": failure}, b""
        with wave.open(str(path), "rb") as clip:
            samples = clip.readframes(clip.getnframes())
            return {"rate_hz": clip.getframerate(), "bytes": len(samples)}, samples


def _forked(request: dict[str, Any], path: Path) -> str:
    """Speak in a child and return the error message, empty on success."""
    reason = path.with_name("failure")
    child = os.fork()
    if child == 0:
        status = 1
        try:
            signal.setitimer(signal.ITIMER_REAL, request["limit_s"])  # ends a child that hangs
            reason.write_text(_spoken(request, path))
            status = 0
        finally:
            os._exit(status)  # never unwinds into the parent's loop or cleans up for it
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status == 0:
        return reason.read_text()
    return "it hung" if status == -signal.SIGALRM else f"it ended with status {status}"


def _spoken(request: dict[str, Any], path: Path) -> str:
    """Speak into a file and return the error message, empty on success."""
    import pyttsx3
    from pyttsx3.drivers import _espeak

    done = threading.Event()
    faults: list[str] = []
    engine = pyttsx3.init("espeak")
    _library().espeak_ng_SetRandSeed(ctypes.c_long(_SEED))  # after init, which seeds by the clock
    engine.connect("finished-utterance", lambda **_: done.set())
    engine.connect("error", lambda exception, **_: faults.append(str(exception)))
    # The library sets parameters on its own thread while it changes voices on ours: each must be
    # through before the next, or a clip in some dozens differs. Not busy means set at once.
    engine.proxy.setBusy(False)
    for name, value in (("voice", request["voice"]), ("rate", request["words_per_minute"])):
        _espeak.Synchronize()
        engine.setProperty(name, value)
    _espeak.Synchronize()
    _espeak.SetParameter(_WORD_GAP, request["word_gap"], 0)
    _espeak.Synchronize()
    engine.proxy.setBusy(True)
    engine.save_to_file(request["text"], str(path))
    engine.runAndWait()
    if faults:
        return faults[0]
    # runAndWait returns while the library still speaks on its own thread. The alarm of a forked
    # child comes first: leaving here under a speaking library ends the process anyway.
    if not done.wait(request["limit_s"] + 5.0):
        return "it hung"
    return "" if path.exists() else "it wrote no file"


if __name__ == "__main__":
    main()
