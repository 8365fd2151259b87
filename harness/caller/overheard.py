"""What is said around a caller: the sentences of television, radio, hold lines and other people.

They are in the language of the suite where there are some in it, else in English, and none of them
says a value that a call could be about.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.audio.activity import voiced_bounds
from harness.audio.noise import Spoken
from harness.audio.pcm import Pcm
from harness.errors import SpeechFailed
from harness.language.language import Language
from harness.speech.base import Synthesizer, VoiceChoice

VOICES = {
    "tv_words": ("m3", "f4"),
    "radio_words": ("m1",),
    "hold_words": ("f5",),
    "babble_words": ("m2", "f1", "m4", "f3", "m5", "linda", "m6", "steph"),
}
"""Which of eSpeak's variants speak in a bed, none of them the caller's or the agent's own."""

_RATES = (1.0, 1.12, 0.94)
"""Paces, so that voices do not run side by side."""

NEWS = "news"
CHAT = "chat"
HOLD = "hold"

_SAYS = {"tv_words": NEWS, "radio_words": NEWS, "hold_words": HOLD, "babble_words": CHAT}

SENTENCES: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        NEWS: (
            "The city council has agreed on a new plan for the old harbour.",
            "It stays cold in the north, with a little rain towards the evening.",
            "And now to sport, where the home side could not hold its early lead.",
            "Visitors say that the new museum is well worth a long walk.",
            "The trains are running again after the storm of the weekend.",
            "Stay with us, we will be back right after this short break.",
        ),
        HOLD: (
            "Thank you for waiting. Your call is important to us.",
            "All our agents are busy at the moment. Please stay on the line.",
            "You will be connected to the next free member of our team.",
        ),
        CHAT: (
            "And then she said that she would rather stay at home.",
            "Could you pass me the bread, please?",
            "I told him so last summer, but he never listens.",
            "We should really go to the seaside again.",
            "No, that was the other one, with the green door.",
            "Did you see how late it was when they came back?",
        ),
    },
    "de": {
        NEWS: (
            "Der Stadtrat hat sich auf einen neuen Plan für den alten Hafen geeinigt.",
            "Im Norden bleibt es kalt, gegen Abend fällt ein wenig Regen.",
            "Und nun zum Sport: Die Gastgeber konnten ihre Führung nicht halten.",
            "Besucher sagen, das neue Museum sei einen langen Spaziergang wert.",
            "Nach dem Sturm vom Wochenende fahren die Züge wieder.",
            "Bleiben Sie dran, nach einer kurzen Pause sind wir wieder da.",
        ),
        HOLD: (
            "Danke, dass Sie warten. Ihr Anruf ist uns wichtig.",
            "Im Moment sind alle Plätze besetzt. Bitte bleiben Sie in der Leitung.",
            "Sie werden mit dem nächsten freien Mitarbeiter verbunden.",
        ),
        CHAT: (
            "Und dann hat sie gesagt, sie bleibt lieber zu Hause.",
            "Reichst du mir bitte das Brot?",
            "Das habe ich ihm im Sommer schon gesagt, aber er hört ja nie zu.",
            "Wir sollten wirklich wieder einmal ans Meer fahren.",
            "Nein, das war die andere, die mit der grünen Tür.",
            "Hast du gesehen, wie spät es war, als sie heimkamen?",
        ),
    },
}
"""What is said, by language and by the kind of place."""


def sentences(language: Language, kind: str) -> tuple[str, ...]:
    """Return what is said in a kind of place; in English where a language has none."""
    return SENTENCES.get(language.name, SENTENCES["en"])[kind]


@dataclass(frozen=True, slots=True)
class Overheard:
    """Speaks the words of beds in the language of a suite."""

    language: Language
    engine: Synthesizer

    def spoken(self, bed: str) -> Spoken:
        """Return what a bed is made of, by voice; nothing for a bed without words.

        Raises:
            SpeechFailed: the engine gave nothing.
        """
        return tuple(
            tuple(
                self._sentence(sentence, self._voice(variant), _RATES[number % len(_RATES)])
                for sentence in self._sentences(bed)
            )
            for number, variant in enumerate(VOICES.get(bed, ()))
        )

    def key(self, bed: str) -> dict[str, str]:
        """Return what the sound of a bed's words depends on; nothing for a bed without words."""
        if bed not in VOICES:
            return {}
        voices = " ".join(self._voice(variant) for variant in VOICES[bed])
        engine = f"{self.engine.name} {self.engine.version}"
        return {"says": "\n".join(self._sentences(bed)), "voices": voices, "engine": engine}

    def _sentences(self, bed: str) -> tuple[str, ...]:
        return sentences(self.language, _SAYS[bed])

    def _voice(self, variant: str) -> str:
        known = self.language.name in SENTENCES
        return f"{self.language.voice if known else 'en-us'}+{variant}"

    def _sentence(self, text: str, voice: str, rate: float) -> Pcm:
        said = self.engine.speak(text, VoiceChoice(voice, rate))
        bounds = voiced_bounds(said)
        if bounds is None:
            raise SpeechFailed(self.engine.name, "its clip holds no voice", text)
        return said.cut(*bounds)
