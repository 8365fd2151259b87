"""A call in another language than the suite's is judged by times and tools, never by words."""

from __future__ import annotations

import pytest
from support.call_script import judged_call

from harness.judging.judge import verdicts
from harness.judging.scorers.registry import scorers_for
from harness.language.language import language_named

SPANISH = (
    "0.0-4.0 caller: Hola, quisiera cancelar mi pedido, es el cuatro siete uno cinco.\n"
    "4.5-14.0 agent: Claro, he encontrado su pedido y puedo cancelarlo ahora mismo. Tenga en cuenta"
    " que no se puede deshacer. ¿Quiere que cancele el pedido cuatro siete uno cinco?\n"
    "14.5-15.5 caller: Sí, por favor.\n"
    "16.0-16.5 cancel_order order_id=ORD-4715B\n"
    "17.0-19.0 agent: Su pedido está cancelado.\n"
)
ENGLISH = SPANISH.replace(
    "Hola, quisiera cancelar mi pedido, es el cuatro siete uno cinco.", "Cancel ORD-4715B."
).replace(
    "Claro, he encontrado su pedido y puedo cancelarlo ahora mismo. Tenga en cuenta que no se puede"
    " deshacer. ¿Quiere que cancele el pedido cuatro siete uno cinco?",
    "I have found it.",
)


def outcomes(script: str) -> dict[str, tuple[str, str]]:
    call = judged_call(script)
    found = verdicts(call, scorers_for(call.scenario))
    return {one.scorer.scorer_name: (one.score.outcome.value, one.score.reason) for one in found}


def test_what_hangs_on_words_cannot_be_told() -> None:
    found = outcomes(SPANISH)
    for name in ("write_confirmation", "entity_confirmation"):
        assert found[name] == (
            "unscorable",
            "the agent does not speak the suite's language, 'en'",
        )
    assert found["time_to_first_audio"][0] == "pass"
    assert outcomes(ENGLISH)["write_confirmation"][0] != "unscorable"  # too few words for a verdict


@pytest.mark.parametrize(
    ("text", "english", "german"),
    [
        ("yes " * 25, False, True),
        ("ja bitte " * 13, True, False),
        ("O, R, D, dash, four, seven, one, five, B. " * 4, False, True),
        (
            "Pepperoni, margherita, garlic bread. Nine Elm Lane, apartment two, floor six. " * 3,
            False,
            True,
        ),
        ("vier sieben eins fünf, Hauptstraße neun, " * 5, True, False),
        ("Cuatro siete uno cinco, Calle Mayor nueve. " * 5, True, True),
        ("I have O, R, D, dash, four, seven, one, five, B. Is that right? " * 3, False, True),
        ("Mi pedido está en camino. " * 4, False, False),
        ("Mi pedido no ha llegado todavía. " * 5, True, True),
    ],
)
def test_common_words_tell_a_language(text: str, english: bool, german: bool) -> None:
    found = language_named("en").is_foreign(text), language_named("de").is_foreign(text)
    assert found == (english, german)
