"""How much of each named voice the recognizer of the reference agent mishears: words in a hundred.

Twelve sentences of callers, in words alone, spoken by every voice of ``harness list voices`` that
has a plain name, heard by moonshine tiny. Errors are substituted, added and left out words of all
twelve over the words said, in lower case and without punctuation. Prints a JSON line;
``--write`` puts the figures into the table of ``docs/reference/caller-audio.md``. Two minutes.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import jiwer

from harness.speech.base import VoiceChoice
from harness.speech.moonshine_asr import MoonshineRecognizer
from harness.speech.pyttsx3_tts import VOICES, EspeakSynthesizer

PAGE = Path(__file__).parents[1] / "docs/reference/caller-audio.md"
SENTENCES = (
    "Hello, I'm calling about a parcel that has not arrived.",
    "Could you please check where my order is right now?",
    "I would like to cancel it if it has not been sent yet.",
    "No, that's not the right address, we moved in March.",
    "Yes, please go ahead and change it for me.",
    "The blue jacket is too small, so I want my money back.",
    "How long does a refund usually take with my bank?",
    "Sorry, there is a lot of noise here, can you say that again?",
    "I have been waiting for almost two weeks now.",
    "Is there somebody I can talk to about this?",
    "My husband paid for it with his credit card.",
    "That's all for today, thank you very much for your help.",
)


def main() -> None:
    """Measure every voice, print the figures, and write them if asked."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--write", action="store_true", help="put them into the table")
    written = options.parse_args().write
    shares = {name: share(name) for name in VOICES}
    print(json.dumps({"benchmark": "voice_errors", "word_error_rate": shares}))
    if written:
        PAGE.write_text(with_figures(PAGE.read_text(encoding="utf-8"), shares), encoding="utf-8")


def share(voice: str) -> float:
    """Return the word error rate of a voice."""
    speaker, ears = EspeakSynthesizer(), MoonshineRecognizer()
    heard = [
        " ".join(part.text for part in ears.hear(speaker.speak(text, VoiceChoice(voice))))
        for text in SENTENCES
    ]
    return round(jiwer.wer([plain(text) for text in SENTENCES], [plain(text) for text in heard]), 4)


def plain(text: str) -> str:
    """Return words as they are compared; an empty transcript is a single word that was not said."""
    return " ".join(re.findall(r"[\w']+", text.lower())) or "-"


def with_figures(page: str, shares: dict[str, float]) -> str:
    """Return the page with the figures in the last column of its table."""
    for name, rate in shares.items():
        row = re.compile(rf"^(\| `{name}` \| .* \|) [^|]+ \|$", re.M)
        page = row.sub(rf"\g<1> {100 * rate:.0f} % |", page, count=1)
    return page


if __name__ == "__main__":
    main()
