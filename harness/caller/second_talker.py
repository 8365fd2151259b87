"""Another person near the caller: sentences, and when they come, worked out before the call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from harness.caller.beds import burst_times, speech_level
from harness.caller.model import OtherSentence, SecondTalk
from harness.caller.overheard import bystanders
from harness.caller.spoken import side_speech
from harness.caller.utterances import spoken_text
from harness.language.language import Language
from harness.scenario.model import Fact
from harness.scenario.sound import Caller
from harness.speech.base import Synthesizer, VoiceChoice


def second_talk(
    caller: Caller,
    facts: Mapping[str, Fact],
    *,
    language: Language,
    voice: Callable[[str | None], str],
    engine: Synthesizer,
    seed: int,
) -> SecondTalk | None:
    """Return what somebody near the caller says; ``voice`` gives eSpeak's name.

    Raises:
        SpeechFailed: the engine gave nothing.
        UnknownName: a sentence names a fact that is not there.
    """
    wanted = caller.second_talker
    if wanted is None:
        return None
    level_dbfs = speech_level(caller.noise) + wanted.level_db
    chosen = VoiceChoice(voice(wanted.voice))

    def spoken() -> Iterator[OtherSentence]:
        for say in wanted.say or bystanders(language).chat:
            text, words = spoken_text(say, facts, language)
            sound = side_speech(words, engine, voice=chosen, level_dbfs=level_dbfs)
            yield OtherSentence(text, sound.samples)

    said = tuple(spoken())
    # Lines of the author's own come in their order, those of the stock in one of the seed's.
    order = np.arange(len(said))
    if wanted.say is None:
        order = np.random.default_rng([seed, *b"second talker"]).permutation(len(said))
    ordered = tuple(said[place] for place in order)
    return SecondTalk(ordered, burst_times(wanted.bursts, seed), seed)
