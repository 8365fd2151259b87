"""Whole prompt sections as builders of voice agents write them, and the behaviours they ask for.

Their shapes are those of public guides and repositories: headings, bullets, capitals, emphasis,
tool lists, sample phrases, conditions; the words are ours.
"""

from __future__ import annotations

import time

import pytest

from harness.agent.desk.de.german import GERMAN_DESK
from harness.agent.desk.en.english import ENGLISH_DESK
from harness.agent.desk.rules import MOST_CHARS, Behaviour, PromptWords, Strength, read_rules

B = Behaviour

SECTIONS: dict[str, tuple[str, set[Behaviour]]] = {
    "tools with a line before each": (
        '# Tools\n- Before any tool call, say one short line like "I\'m checking that now."'
        " Then call the tool at once.",
        {B.PREAMBLE, B.SHORT_SPEECH},
    ),
    "in capitals, with sample phrases": (
        "# Tools\n- BEFORE ANY TOOL CALL, SAY ONE NEUTRAL PHRASE, THEN CALL THE TOOL:"
        ' "One moment." / "Let me look."',
        {B.PREAMBLE},
    ),
    "a numbered rule with emphasis": (
        "1. **Plain words only.** No lists.\n2. **Announce before acting.** Before any tool call,"
        " say what you are about to do in one sentence.\n3. **Never act silently.**",
        {B.PREAMBLE},
    ),
    "preambles by name": (
        "## Preambles\nUse a preamble before a lookup that takes time.\nDo not use one for"
        " small talk.",
        {B.PREAMBLE},
    ),
    "no preambles at all": ("# Tools\n- Call tools at once. Do not use preambles.", set()),
    "no need to announce": (
        "## Tool Usage\nYou may call tools immediately without needing to announce what you are"
        " doing first.",
        set(),
    ),
    "when no preamble is wanted": (
        "## Unclear audio\n- Do not guess what the user meant.\n- Do not provide a preamble or"
        " call tools when the audio is unclear.",
        {B.CLARIFY},
    ),
    "a preamble that is not to be heard": (
        "# Tools\n- Never say a preamble before wait_for_user. Be quick.",
        set(),
    ),
    "how preambles sound": (
        "# Language\n- Keep preambles and answers in the language of the user.",
        set(),
    ),
    "unclear audio, silence among it": (
        "## Unclear audio\n- Only respond to clear audio or text.\n- If the audio is not clear"
        " (background noise/silent/unintelligible) or you did not fully hear the user, ask for"
        " clarification.",
        {B.CLARIFY},
    ),
    "unclear audio as a list": (
        "# Unclear Audio\nIf the audio is ambiguous, has background noise, is silent or cannot be"
        " understood:\n- Stop and ask for clarification.",
        {B.CLARIFY},
    ),
    "a noisy line, with phrases": (
        '# Audio\n- If it is garbled or noisy, ask the caller to repeat. Say "There is some noise'
        ' on the line, could you say that again?"\n- NEVER guess what was said.',
        {B.CLARIFY},
    ),
    "silence is nobody's turn": (
        "# Silence\n- If the latest audio is silence, hold music, TV or side conversation, call"
        " `wait_for_user` and say nothing.",
        {B.QUIET_ON_BACKGROUND},
    ),
    "both, told apart": (
        "- Background noise: do not respond.\n- Unclear speech: ask the caller to repeat it.",
        {B.QUIET_ON_BACKGROUND, B.CLARIFY},
    ),
    "a check whether somebody is there": (
        "# Silence\n- After a long silence, ask whether the caller is still there.",
        set(),
    ),
    "numbers and codes": (
        "# Numbers & Codes\n- WHEN READING BACK PHONE NUMBERS OR ORDER IDS, SAY ONE CHARACTER AT"
        ' A TIME. ASK "Is that correct?"',
        {B.READ_BACK},
    ),
    "exact values, with what follows": (
        "## Exact values\n- Read every order number back, digit by digit.\n- If the caller"
        " corrects it, read back the whole new value.",
        {B.READ_BACK},
    ),
    "interrupted while reading": (
        "- If you are interrupted while reading a number, repeat the whole number.",
        {B.REPEAT_INTERRUPTED},
    ),
    "names are spelled": (
        "- If the caller gives a last name, repeat the identifier letter by letter before you use"
        " it.",
        {B.READ_BACK},
    ),
    "no read-back wanted": (
        "# Style\n- Do not read the order number back to the caller.",
        set(),
    ),
    "writes need a yes": (
        "# Tools\n- Read-only tools may be called without asking.\n- Write and irreversible tools"
        " require explicit confirmation.",
        {B.CONFIRM_CHANGES},
    ),
    "a policy of airlines": (
        "Before taking any action that changes the booking, you must list the details and obtain"
        " explicit user confirmation (yes) to proceed.",
        {B.CONFIRM_CHANGES},
    ),
    "no confirmation wanted": (
        "# Tools\n- When calling a tool, do not ask for confirmation. Be proactive.",
        set(),
    ),
    "when to escalate": (
        "## Safety & Escalation\nWhen to escalate to a human (no extra steps):\n- Safety risk"
        " (self-harm, threats)\n- The user explicitly asks for a human\n- Severe frustration or"
        " anger\n- **2** failed tool attempts on the same task",
        {
            *(B.ESCALATE_ON_DANGER, B.ESCALATE_ON_REQUEST),
            *(B.ESCALATE_ON_ANGER, B.ESCALATE_ON_FAILURES),
        },
    ),
    "a tool that hands over": (
        "## escalate_to_human(reason)\nUse when: the user requests a person, or after two failed"
        " attempts.",
        {B.ESCALATE_ON_REQUEST, B.ESCALATE_ON_FAILURES},
    ),
    "angry callers are kept": (
        "# Tone\n- Stay calm with angry callers and do not transfer them to a human.",
        set(),
    ),
    "refunds above a sum": (
        "# Refunds\n- Refunds over $100 must be handed to a specialist.",
        {B.ESCALATE_ABOVE_LIMIT},
    ),
    "phone manners": (
        "CRITICAL VOICE RULES:\n- Keep responses SHORT, 1-2 sentences at most\n- Ask only ONE"
        " question at a time\n- Spell out numbers",
        {B.SHORT_SPEECH, B.ONE_AT_A_TIME},
    ),
    "one thing at a time, as prose": (
        "You are a receptionist. Collect the details one piece at a time. Be concise.",
        {B.SHORT_SPEECH, B.ONE_AT_A_TIME},
    ),
    "nothing that a desk knows": (
        "# Identity\nYou are Sam, a warm host at a museum. Never swear. Speak English.",
        set(),
    ),
}


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_asks_for_what_it_says_and_for_nothing_else(name: str) -> None:
    text, asked = SECTIONS[name]
    found = read_rules(text, ENGLISH_DESK.prompts).strengths
    assert {behaviour for behaviour, how in found.items() if how is Strength.CLEAR} == asked
    assert all(how is Strength.CLEAR for how in found.values())


GERMAN_SECTIONS: list[tuple[str, set[Behaviour]]] = [
    ("# Werkzeuge\n- Vor jedem Aufruf: Sag einen Satz, was du tust.", {B.PREAMBLE}),
    ("- Keine Ansagen vor wait_for_user.", set()),
    (
        "## Undeutliches\n- Bei Stille, Lärm oder Unverständlichem frag nach, was gesagt wurde.",
        {B.CLARIFY},
    ),
    ("- Bei Stille oder Musik rufst du wait_for_user auf.", {B.QUIET_ON_BACKGROUND}),
    ("**Bestellnummern** liest du immer Zeichen für Zeichen vor.", {B.READ_BACK}),
    ("- Vor dem Stornieren brauchst du ein klares Ja, also die Bestätigung.", {B.CONFIRM_CHANGES}),
]


@pytest.mark.parametrize(("text", "asked"), GERMAN_SECTIONS)
def test_a_german_section_asks_for_what_it_says(text: str, asked: set[Behaviour]) -> None:
    assert set(read_rules(text, GERMAN_DESK.prompts).strengths) == asked


def test_a_sentence_that_goes_with_a_hand_over_is_said_without_its_marks() -> None:
    rules = read_rules(
        "When escalating, say:\n- “Thanks for your patience, **I’m connecting you with a"
        " specialist now**.”\n- Then call the tool: `escalate_to_human`",
        ENGLISH_DESK.prompts,
    )
    assert rules.handover == "Thanks for your patience, I’m connecting you with a specialist now."


LONG = {
    "prose": "Always read every order number back. If the caller is angry, call a human. ",
    "one sentence of changes": "refund ",
    "no end of calls": "say what you call before ",
    "interruptions": "when interrupt ",
    "codes": "AB-",
    "one word": "a",
}


@pytest.mark.parametrize("words", [ENGLISH_DESK.prompts, GERMAN_DESK.prompts], ids=["en", "de"])
@pytest.mark.parametrize("kind", LONG)
def test_four_times_the_instructions_take_four_times_as_long(kind: str, words: PromptWords) -> None:
    """A pattern that begins anew at each letter would take sixteen times as long."""

    def least_s(size: int) -> float:
        text = (LONG[kind] * size)[:size]
        took_s = []
        for turn in range(3):
            begun_s = time.process_time()
            read_rules(f"{turn} {text}", words)  # another text each time: none is remembered
            took_s.append(time.process_time() - begun_s)
        return min(took_s)

    read_rules("Be kind.", words)  # makes the patterns
    assert any(least_s(40_000) < 10 * least_s(10_000) for _ in range(3))


def test_what_is_far_beyond_any_prompt_is_not_read() -> None:
    filler = "Be kind to all of them. " * (MOST_CHARS // 24)
    late = f"{filler} Always read every order number back."
    assert B.READ_BACK not in read_rules(late, ENGLISH_DESK.prompts).strengths
