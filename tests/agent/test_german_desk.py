"""The desk in German: its words, its ears and its reading of a prompt, as text."""

from __future__ import annotations

import json
import re
import string

import pytest
from support.desk_call import DeskCall

from harness.agent.desk.de.german import GERMAN_DESK, address_in
from harness.agent.desk.en.english import ENGLISH_DESK
from harness.agent.desk.intents import Intent, read_intents
from harness.agent.desk.rules import Behaviour, Strength, read_rules
from harness.agent.desk.speech_acts import desk_named
from harness.cli.init import STARTERS
from harness.errors import UnknownName
from harness.judging.dialogue.actions import Named, claims_done, names_action, names_consequence
from harness.judging.dialogue.proposals import asks_for
from harness.language.questions import asks_to_act
from harness.language.values import ValueKind
from harness.scenario.load import load_scenario

PROMPT = (STARTERS / "de/scenarios/prompt.md").read_text(encoding="utf-8")
FOUND = json.dumps({"status": "shipped", "eta": "2026-04-25"})
DOWN = json.dumps({"error": "unavailable"})
DONE = json.dumps({"ok": True})
NUMBER = "B, E, Bindestrich, vier, sieben, eins, fünf, B"
B, S = Behaviour, Strength

DIALOGUES: dict[str, list[tuple[str, str]]] = {
    "eine Auskunft": [
        (f"caller: Guten Tag, wo ist meine Ware? Die Nummer ist {NUMBER}.", f"{NUMBER}.*\\?$"),
        ("caller: Ja, das stimmt.", "(sehe|prüfe|suche|schaue).* CALL lookup_order.*BE-4715B"),
        (f"tool: {FOUND}", "verschickt.*am fünfundzwanzigsten April.*\\?$"),
        ("caller: Nein, danke, das war alles. Auf Wiederhören.", "Auf Wiederhören\\.$"),
    ],
    "buchstabiert": [
        ("caller: Ich möchte mich nach einer Bestellung erkundigen.", "[Nn]ummer"),
        ("caller: Berta, Emil, Minus, neun, eins, vier, null, Xanthippe", "eins, vier, null, X"),
    ],
    "berichtigt": [
        (f"caller: wo ist meine Bestellung, die Nummer ist {NUMBER}", NUMBER),
        (
            "caller: Nein, die Nummer ist B, E, Minus, drei, fünf, acht, zwei, M.",
            "drei, fünf, acht, zwei, M.*\\?$",
        ),
        ("caller: Ja.", "CALL lookup_order.*BE-3582M"),
    ],
    "abgeschnitten": [
        ("caller: Ich möchte mich nach einer Bestellung erkundigen.", "[Nn]ummer"),
        (
            "caller: Die Nummer ist B, E, Minus, sechs, null,",
            "^(?!.*CALL).*(holen|noch ein|lang)",
        ),
    ],
    "storniert": [
        (f"caller: bitte stornieren Sie meine Bestellung. Die Nummer ist {NUMBER}", NUMBER),
        ("caller: Ja, das stimmt.", "stornieren.*rückgängig.*\\?$"),
        ("caller: Ja, bitte stornieren Sie sie.", "^ CALL cancel_order .*BE-4715B"),
        (f"tool: {DONE}", "storniert.*\\?$"),
    ],
    "nicht storniert": [
        (f"caller: ich möchte meine Bestellung stornieren. Die Nummer ist {NUMBER}", NUMBER),
        ("caller: Ja.", "stornieren.*\\?$"),
        ("caller: Nein, bitte nicht stornieren.", "^(?!.*CALL)(?!.*ist storniert).*noch"),
    ],
    "neue Adresse": [
        (f"caller: bitte ändern Sie die Adresse der Bestellung. Die Nummer ist {NUMBER}", NUMBER),
        ("caller: Ja.", "[Aa]dresse|geliefert"),
        (
            "caller: Die neue Adresse ist Gärtnerstraße elf, eins null eins eins fünf Berlin.",
            "Gärtnerstraße 11, 10115 Berlin.*\\?$",
        ),
        (
            "caller: Ja, bitte tun Sie das.",
            'CALL change_address .*"Gärtnerstraße 11, 10115 Berlin"',
        ),
    ],
    "Erstattung": [
        (
            "caller: ich möchte zwölf Euro fünfzig für meine Bestellung erstattet haben. "
            f"Die Nummer ist {NUMBER}",
            NUMBER,
        ),
        ("caller: Ja.", "zwölf Euro.*fünfzig.*\\?$"),
        ("caller: Ja, bitte tun Sie das.", 'CALL refund_order .*"amount": 12.5'),
    ],
    "zu hohe Erstattung": [
        (
            "caller: Ich möchte achtzig Euro erstattet haben.",
            "^Ich verbinde Sie mit einem Mitarbeiter. CALL escalate_to_human .*über der Grenze",
        ),
    ],
    "ein Mensch": [
        (
            "caller: Ich möchte bitte mit einem Menschen sprechen.",
            "^Ich verbinde Sie mit einem Mitarbeiter. CALL escalate_to_human",
        ),
    ],
    "kein Mensch": [("caller: Ich brauche keinen Menschen.", "^(?!.*CALL)")],
    "zwei Fehler": [
        (f"caller: wo ist meine Bestellung, die Nummer ist {NUMBER}", NUMBER),
        ("caller: Ja.", "CALL lookup_order"),
        (f"tool: {DOWN}", "tut mir leid.*noch einmal.*\\?$"),
        ("caller: Ja, bitte.", "noch einmal.* CALL lookup_order"),
        (f"tool: {DOWN}", "CALL escalate_to_human"),
    ],
    "Stille": [("caller: ", "^ CALL wait_for_user"), ("caller: ähm", "^ CALL wait_for_user")],
}


@pytest.mark.parametrize("name", DIALOGUES)
@pytest.mark.parametrize("seed", [7, 8, 9])
def test_a_german_call_goes_as_the_german_prompt_asks(name: str, seed: int) -> None:
    call = DeskCall(words=GERMAN_DESK, prompt=PROMPT, seed=seed)
    for line, expected in DIALOGUES[name]:
        shown = call.hear(line)
        assert re.search(expected, shown, re.S), (line, shown)


@pytest.mark.parametrize(
    ("text", "behaviour", "strength"),
    [
        ("Bevor du ein Werkzeug aufrufst, sage immer einen kurzen Satz.", B.PREAMBLE, S.CLEAR),
        ("Sage möglichst, was du tust.", B.PREAMBLE, S.VAGUE),
        ("Sei freundlich.", B.PREAMBLE, S.ABSENT),
        ("Keine Ankündigung, wenn die Leitung schlecht ist.", B.PREAMBLE, S.ABSENT),
        ("Lies jede Nummer Zeichen für Zeichen vor.", B.READ_BACK, S.CLEAR),
        ("Lies die Telefonnummer Ziffer für Ziffer vor.", B.READ_BACK, S.ABSENT),
        ("Lies die Telefonnummer und die Bestellnummer vor.", B.READ_BACK, S.CLEAR),
        ("Wiederhole immer die E-Mail-Adresse.", B.READ_BACK, S.ABSENT),
        ("Du solltest die Nummer wiederholen.", B.READ_BACK, S.VAGUE),
        ("Es ist nicht nötig, Nummern vorzulesen.", B.READ_BACK, S.ABSENT),
        ("Storniere nie ohne ein klares Ja.", B.CONFIRM_CHANGES, S.CLEAR),
        ("Rate nie.", B.CLARIFY, S.CLEAR),
        ("Wer einen Menschen verlangt, den leite weiter.", B.ESCALATE_ON_REQUEST, S.CLEAR),
        ("Übergib wütende Anrufer an einen Kollegen.", B.ESCALATE_ON_ANGER, S.CLEAR),
        ("Bleib bei wütenden Anrufern ruhig.", B.ESCALATE_ON_ANGER, S.ABSENT),
        ("Leite wütende Anrufer nie an einen Menschen weiter.", B.ESCALATE_ON_ANGER, S.ABSENT),
        ("Bei Stille sage nichts.", B.QUIET_ON_BACKGROUND, S.CLEAR),
        ("Frage nur nach einer Sache auf einmal.", B.ONE_AT_A_TIME, S.CLEAR),
        ("Antworte nach Möglichkeit kurz.", B.SHORT_SPEECH, S.VAGUE),
    ],
)
def test_a_german_wording_asks_for_a_behaviour_as_strongly_as_it_sounds(
    text: str, behaviour: Behaviour, strength: Strength
) -> None:
    assert read_rules(text, GERMAN_DESK.prompts).strength(behaviour) is strength


def test_limit_and_sentence_of_the_hand_over_come_from_the_german_text() -> None:
    rules = read_rules(
        "Eskaliere mit „ich verbinde Sie mit meinem Kollegen“, wenn der Anrufer eine Erstattung "
        "über 49,50 Euro möchte.",
        GERMAN_DESK.prompts,
    )
    assert rules.refund_limit == 49.5
    assert rules.handover == "Ich verbinde Sie mit meinem Kollegen."


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Meine neue Anschrift lautet Am Alten Markt drei in Köln.", "Am Alten Markt 3 in Köln"),
        ("Bitte liefern Sie sie an die Jahnallee siebenundvierzig.", "Jahnallee 47"),
        ("Gärtnerstraße 11, 10115 Berlin", "Gärtnerstraße 11, 10115 Berlin"),
        ("Ja.", None),
    ],
)
def test_an_address_is_taken_as_it_is_written(text: str, address: str | None) -> None:
    assert address_in(text, GERMAN_DESK.language) == address


def test_it_says_in_german_whatever_it_says_in_english() -> None:
    def blanks(ways: tuple[str, ...]) -> set[str]:
        return {name for way in ways for _, name, _, _ in string.Formatter().parse(way) if name}

    german, english = GERMAN_DESK.sayings, ENGLISH_DESK.sayings
    assert {key: blanks(ways) for key, ways in german.items()} == {
        key: blanks(ways) for key, ways in english.items()
    }
    assert set(GERMAN_DESK.reasons) == set(ENGLISH_DESK.reasons)
    assert set(GERMAN_DESK.intents.patterns) == set(Intent)
    assert set(GERMAN_DESK.prompts.triggers) == set(Behaviour)
    ways = [way for each in german.values() for way in each]
    assert len(ways) == len(set(ways))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Brechen Sie die Stornierung ab.", {Intent.CANCEL}),
        ("Bitte stornieren Sie die Bestellung nicht.", set()),
        ("Meine Lieferung ist noch nicht da.", {Intent.LOOK_UP, Intent.CORRECTION}),
        ("Wiederhören.", {Intent.GOODBYE}),
        ("Das Wetter ist schön.", set()),
    ],
)
def test_wishes_are_read_from_german(text: str, wanted: set[Intent]) -> None:
    found = read_intents(text, GERMAN_DESK.intents)
    assert wanted <= found
    assert wanted or not found - {Intent.CORRECTION}


def test_the_desk_is_found_by_a_tag_with_or_without_a_region() -> None:
    assert desk_named("de") is desk_named("de-AT") is GERMAN_DESK
    with pytest.raises(UnknownName, match="known: de, en"):
        desk_named("fr")


LOADED = load_scenario(STARTERS / "de/scenarios/auskunft/einfache_auskunft.yaml").suite
WAYS = {"spoken": NUMBER, "address": "Gärtnerstraße 11, 10115 Berlin", "amount": "zwölf Euro"}


def _ways(key: str) -> list[str]:
    return [way.format(**WAYS) for way in GERMAN_DESK.sayings[key]]


def test_the_judges_understand_all_that_it_says_of_tools() -> None:
    tools = {tool.name: tool for tool in LOADED.suite.tools}
    language = LOADED.language
    for said in (*_ways("preamble"), *_ways("preamble_retry")):
        assert names_action(said, tools["lookup_order"], language) is Named.YES, said
        assert not claims_done(said, tools["lookup_order"], language), said
    for key, name in (
        ("cancel", "cancel_order"),
        ("change_address", "change_address"),
        ("refund", "refund_order"),
    ):
        for said in _ways(key):
            assert asks_for(said, tools[name], language), said
            assert names_consequence(said, tools[name], language), said
        for said in _ways(f"done_{key}"):
            claim = language.sentences(said)[0]
            assert claims_done(claim, tools[name], language), claim
    for said in _ways("read_back"):
        assert not asks_to_act(said, language), said
        assert [one.value for one in language.find(said, ValueKind.ID)] == ["BE4715B"], said
