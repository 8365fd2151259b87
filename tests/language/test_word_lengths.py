"""Which words were heard when only part of the audio was played."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.audio.activity import audible_spans
from harness.language.sounds import (
    Fit,
    fit,
    heard_words,
    spoken_share,
    usual_length_s,
    written_before,
)
from harness.speech.base import VoiceChoice
from harness.speech.pyttsx3_tts import EspeakSynthesizer

ORDER = "I have O, R, D, dash, four, seven, one, five, B. Is that right?"


@given(st.floats(0, 8), st.floats(0, 8))
def test_more_audio_never_means_fewer_words(a: float, b: float) -> None:
    short, long = sorted((a, b))
    less = heard_words(ORDER, heard_s=short, generated_s=8.0)
    assert heard_words(ORDER, heard_s=long, generated_s=8.0).startswith(less)


@pytest.mark.parametrize(
    ("heard_s", "words"),
    [
        (0.0, ""),
        (0.05, ""),
        (2.53, "I have O, R, D,"),
        (4.69, "I have O, R, D, dash, four, seven, one,"),
        (5.78, ORDER.partition(" Is")[0]),
    ],
)
def test_words_are_those_that_a_recognizer_hears_of_the_cut_audio(
    heard_s: float, words: str
) -> None:
    """Cut points of a real read-back (eSpeak en-us+robert, 7.22 s), judged by listening."""
    assert heard_words(ORDER, heard_s=heard_s, generated_s=7.22) == words


def test_an_identifier_takes_as_long_as_its_characters() -> None:
    text = "Your order ORD-4715B left"
    assert spoken_share(text, len(text)) == 1.0
    assert spoken_share(text, text.index("left")) - spoken_share(text, text.index("ORD")) > 0.5


def test_nothing_has_no_share_and_no_words() -> None:
    assert spoken_share("", 0) == 0.0
    assert heard_words("", heard_s=1.0, generated_s=0.0) == ""


def test_words_count_as_written_when_their_piece_has_arrived() -> None:
    pieces = [(1.0, "I have"), (1.5, " O,"), (2.0, " R.")]
    assert [written_before(pieces, at) for at in (0.5, 1.0, 1.7, 9.0)] == [0, 2, 3, 4]


# --- do words fit the length of their audio

FITS, TOO_MANY, TOO_FEW = Fit
SHIPPED = "I have found your order, and it was shipped this morning."
VOICED = {
    "en-us": (
        SHIPPED,
        ORDER,
        "Your number is 4711 0815 2342, and the amount is 1,250.99 dollars.",
        "The tracking number is 1Z999AA10123456784.",
        "Call 1-800-555-0199 between 9:00 and 17:30 on 2026-11-26.",
    ),
    "de": (
        "Ich habe Ihre Bestellung gefunden, sie wurde heute Morgen verschickt.",
        "Die Donaudampfschifffahrtsgesellschaft schreibt Ihnen eine Rechnung.",
    ),
}


@pytest.mark.parametrize("rate", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("voice", VOICED)
def test_what_a_slow_or_fast_voice_says_fits_its_audio(voice: str, rate: float) -> None:
    """From 75 to 300 words a minute: no listener follows a voice outside of these."""
    for text in VOICED[voice]:
        said = EspeakSynthesizer().speak(text, VoiceChoice(voice, rate))
        speech_s = sum(stop - start for start, stop in audible_spans(said)) / said.rate_hz
        assert fit(text, speech_s) is FITS, (text, speech_s)
        assert fit(" ".join([text] * 20), speech_s) is TOO_MANY
        assert fit("Yes.", 2 * speech_s) is TOO_FEW


@pytest.mark.parametrize(
    ("text", "speech_s", "fits"),
    [
        # 14 syllables: 10 a second at the most, and 1 at the least
        (SHIPPED, 1.41, FITS),
        (SHIPPED, 1.39, TOO_MANY),
        (SHIPPED, 0.0, TOO_MANY),
        (SHIPPED, 13.9, FITS),
        (SHIPPED, 14.1, TOO_FEW),
        # short words prove nothing
        ("Yes, I have found it now.", 0.1, FITS),
        ("One two three four five six se.", 0.1, FITS),
        ("One two three four five six se eight.", 0.1, TOO_MANY),
        ("Yes.", 2.4, FITS),
        ("Yes.", 2.6, TOO_FEW),
        ("", 9.0, FITS),
        ("", 0.0, FITS),
        # a number may be said in words or digit by digit
        ("15,000,000", 0.6, FITS),
        ("It is 4711.", 0.5, FITS),
        ("1,000,000,000,000,000", 0.5, TOO_MANY),
        ("4711 0815 2342", 12.0, FITS),
        ("4711 0815 2342", 15.0, TOO_FEW),
        # scripts whose syllables are not counted here
        ("您的订单已经发货了，预计明天下午六点之前送到您的家里，请您耐心等待。", 0.1, FITS),
        ("您的订单已经发货了。", 60.0, FITS),
        ("Ваш заказ был отправлен сегодня утром и прибудет в четверг.", 0.1, FITS),
        ("Ваш заказ был отправлен.", 60.0, FITS),
        ("तुम्हारा ऑर्डर भेज दिया गया है", 60.0, FITS),
        ("OK, Ваш заказ был отправлен сегодня утром.", 60.0, FITS),
        # and those that are counted: letters with marks are letters
        ("Votre commande a été expédiée très tôt ce matin, à la première heure.", 0.9, TOO_MANY),
        ("Você já recebeu a confirmação por e-mail.", 60.0, TOO_FEW),
    ],
)
def test_words_fit_a_length_that_somebody_can_say_them_in(
    text: str, speech_s: float, fits: Fit
) -> None:
    assert fit(text, speech_s) is fits


def test_the_usual_length_of_words_fits_them() -> None:
    assert usual_length_s(SHIPPED) == pytest.approx(14 / 4.0)
    assert fit(SHIPPED, usual_length_s(SHIPPED)) is FITS
