"""Redacted calls: no personal data in any file, in any spelling; audio of clean lines is kept."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.call_plans import manifest
from support.english import ENGLISH
from support.stored_sound import track

from harness.errors import Unscorable
from harness.importing.assemble import assemble
from harness.importing.model import SourceKind, Speaker, StoredCall, StoredLine, StoredTool
from harness.importing.redaction import PersonalData, anonymous, personal_data, redacted
from harness.judging.judge import REDACTED, judge
from harness.language.values import ValueKind
from harness.recording.model import (
    Direction,
    Recognition,
    RecognizedWords,
    Recording,
    Violation,
    WeighedValue,
    WireMessage,
)
from harness.recording.provenance import Estimate
from harness.recording.saving import write_recording
from harness.recording.store import read_recording
from harness.runs.call_result import redacted_result, rescore, result_of
from harness.scenario.model import Fact, Scenario
from harness.scenario.script import Turn
from harness.transport.redaction import pattern_of

CALLER, AGENT = Speaker.CALLER, Speaker.AGENT
TOOLS = [
    {
        "name": "cancel_order",
        "kind": "write",
        "description": "Cancel an order",
        "exact": ["order"],
        "parameters": {"type": "object", "properties": {"order": {"type": "string"}}},
    }
]
PHONE, EMAIL, CARD = "+1 555 0123 456", "jane.miller@example.com", "4929 1234 5678 9012"


def call_with(order: str, name: str = "Jane Miller", *, sound: bool = True) -> Recording:
    """Return a call in which values are said, spelled, called with, answered, and sent."""
    spelled = ENGLISH.speak(order, ValueKind.ID)
    lines = (
        StoredLine(CALLER, f"Cancel my order {order}. I'm {name}.", 1.0, 2.0),
        StoredLine(AGENT, f"So cancel {spelled}?", 3.0, 4.0),
        StoredLine(CALLER, "Yes, please.", 5.0, 5.5),
        StoredLine(AGENT, "It is cancelled.", 6.0, 7.0),
        StoredLine(CALLER, f"Call {PHONE} or write to {EMAIL}, card {CARD}.", 7.5, 8.0),
    )
    arguments = json.dumps({"order": order, "number": 471_155})
    output = json.dumps({"ok": True, "note": json.dumps({"for": name, "id": order})})
    tool = StoredTool("cancel_order", arguments, 3, output)
    said = ((1.0, 2.0), (5.0, 5.5), (7.5, 8.0), (9.0, 9.5))
    tracks = (track(*said), track((3.0, 4.0), (6.0, 7.0))) if sound else (None, None)
    stored = StoredCall("c", SourceKind.AUDIO, f"calls/{order}.wav", lines, (tool,), *tracks)
    facts = {"order_id": {"value": order, "kind": "id"}, "name": {"value": name, "kind": "name"}}
    scenario = {"format": 1, "name": "c", "turns": [{"silence": 0.0}], "facts": facts}
    suite = {"format": 1, "suite": "s", "instructions": "-", "tools": TOOLS}
    made = assemble(stored, manifest(scenario=scenario, suite=suite), ENGLISH)
    heard = RecognizedWords(3.0, 4.0, f"so cancel {spelled}")
    raw: dict[str, Any] = {
        "type": "response.output_audio_transcript.delta",
        "item_id": "item_AAAQbx04pk1whyR49H64P",
        "delta": order[:3],
        "text": quote(f"order {order}", safe=""),
        "more": [base64.b64encode(f"for {order}".encode()).decode(), {"n": spelled}],
    }
    return replace(
        made,
        messages=(WireMessage(3.0, Direction.RECEIVED, raw),),
        violations=(Violation(3.0, "x", f"odd: {order}"),),
        recognition=Recognition(
            "e", "1", (heard,), (WeighedValue(3.0, 4.0, "id", order, 0.9, f"{order[:-1]}X"),)
        ),
    )


def stored_anew(folder: Path, recording: Recording) -> tuple[bytes, Recording]:
    """Write a redacted recording and its result; return all text bytes, and the recording read."""
    personal = personal_data(recording, ENGLISH)
    result = redacted_result(result_of(judge(recording), "calls/c/001"), personal)
    write_recording(folder, redacted(recording, personal))
    files = [path.read_bytes() for path in folder.iterdir() if path.suffix in (".json", ".jsonl")]
    files.append(json.dumps(asdict(result), default=str).encode())
    return b"\n".join(files), read_recording(folder)


def spellings(value: str, kind: ValueKind) -> list[str]:
    spoken = ENGLISH.speak(value, kind)
    letters = [sign for sign in value if sign.isalnum()]
    ways = [value, value.lower(), spoken, ", ".join(letters), " ".join(letters), "-".join(letters)]
    return [way.lower() for way in (*ways, quote(value, safe=""), json.dumps(value)[1:-1])]


SIGNS = st.sampled_from("ABCDEFGHJKLMNPQRSTUVWXYZ")
ORDERS = st.builds(
    lambda letters, digits, last: f"{''.join(letters)}-{digits}{last}",
    st.lists(SIGNS, min_size=2, max_size=3),
    st.integers(1000, 99_999),
    SIGNS,
)


@settings(max_examples=5)
@given(order=ORDERS, name=st.sampled_from(["Jane Miller", "José Ortega", "Li Wei"]))
def test_no_file_of_a_redacted_call_holds_a_secret_in_any_spelling(
    tmp_path_factory: pytest.TempPathFactory, order: str, name: str
) -> None:
    folder = tmp_path_factory.mktemp("redacted")
    data, read = stored_anew(folder / "call", call_with(order, name))
    text = data.decode().lower()
    secrets = [(order, ValueKind.ID), (PHONE, ValueKind.PHONE), (EMAIL, ValueKind.EMAIL)]
    for value, kind in (*secrets, (CARD, ValueKind.ID)):
        assert [way for way in spellings(value, kind) if way in text] == []
        found = pattern_of((value,))
        assert found is not None
        assert not found.search(data)
    assert name.lower() not in text
    assert "471155" not in text
    assert read.damage == ""


def test_verdicts_stand_and_are_not_made_again(tmp_path: Path) -> None:
    recording = call_with("ORD-4715B")
    result = result_of(judge(recording), "call")
    personal = personal_data(recording, ENGLISH)
    clean = redacted_result(result, personal)
    assert [score.outcome for score in clean.scores] == [score.outcome for score in result.scores]
    assert clean.passed == result.passed
    write_recording(tmp_path / "call", redacted(recording, personal))
    assert rescore(tmp_path, clean) == clean
    again = judge(read_recording(tmp_path / "call")).judgements
    assert {(one.score.outcome.value, one.score.reason) for one in again} == {
        ("unscorable", REDACTED)
    }


def test_what_is_left_can_be_read(tmp_path: Path) -> None:
    _, read = stored_anew(tmp_path / "call", call_with("ORD-4715B"))
    timeline = judge(read).timeline
    assert [turn.text for turn in timeline.caller if turn.text] == [
        "Cancel my order [redacted order_id]. I'm [redacted name].",
        "Yes, please.",
        "Call +[redacted number] or write to [redacted email], card [redacted number].",
    ]
    assert [one.claimed for one in timeline.agent] == [
        "So cancel [redacted order_id]?",
        "It is cancelled.",
    ]
    (tool,) = timeline.tools
    assert tool.arguments == {"order": "[redacted order_id]", "number": "[redacted id]"}
    assert read.messages[0].message["item_id"] == "item_AAAQbx04pk1whyR49H64P"
    assert read.messages[0].message["delta"] == ""
    assert read.recognition is not None
    assert [line.text for line in read.recognition.lines] == ["[redacted line]"]
    assert read.recognition.weighed == ()


def test_only_clean_lines_sound(tmp_path: Path) -> None:
    recording = call_with("ORD-4715B")
    _, read = stored_anew(tmp_path / "call", recording)
    for now, before, clean, gone in (
        (read.caller, recording.caller, (5.1, 5.4), [(0.0, 4.9), (7.4, 10.0)]),
        (read.agent, recording.agent, (6.1, 6.9), [(0.0, 5.7), (7.4, 10.0)]),
    ):
        start, stop = (round(at * 24_000) for at in clean)
        assert np.array_equal(now.samples[start:stop], before.samples[start:stop])
        assert before.samples[start:stop].any()
        for first, last in gone:
            assert not now.samples[round(first * 24_000) : round(last * 24_000)].any()
    assert len(read.caller) == len(recording.caller)
    assert read.manifest.origin is not None
    assert read.manifest.origin.notes[-1] == (
        "redacted: of 4 lines of the caller 3, and of 2 of the agent 1, are silent as a whole; "
        "so is all sound that no words are known of"
    )


def test_a_call_of_text_has_nothing_to_silence(tmp_path: Path) -> None:
    _, read = stored_anew(tmp_path / "call", call_with("ORD-4715B", sound=False))
    assert read.manifest.origin is not None
    assert read.manifest.origin.notes == ()


def test_what_a_recognizer_heard_silences_a_line_whose_transcript_is_clean(tmp_path: Path) -> None:
    recording = call_with("ORD-4715B")
    heard = RecognizedWords(6.0, 7.0, "it is cancelled four seven one five b")
    _, read = stored_anew(
        tmp_path / "call", replace(recording, recognition=Recognition("e", "1", (heard,)))
    )
    assert not read.agent.samples.any()


def test_words_that_a_recognizer_heard_keep_no_sound(tmp_path: Path) -> None:
    recording = call_with("ORD-4715B")
    origin = recording.manifest.origin
    assert origin is not None
    heard = replace(origin, estimated=(*origin.estimated, Estimate.WORDS))
    guessed = replace(recording, manifest=replace(recording.manifest, origin=heard), messages=())
    _, read = stored_anew(tmp_path / "call", guessed)
    assert not read.caller.samples.any()
    assert not read.agent.samples.any()


OWN = Scenario(format=1, name="-", turns=(Turn(silence=0.0),))
NAMED = {
    "name": Fact(value="Jane Müller-Lüdenscheidt", kind=ValueKind.NAME),
    "order": Fact(value="ORD-4715B", kind=ValueKind.ID),
}


@pytest.mark.parametrize(
    "text",
    [
        "Frau Müller",
        "LÜDENSCHEIDT, JANE",
        "Mueller Luedenscheidt",
        "call of jane-muller",
        "https://x.y/?n=Jane%20M%C3%BCller-L%C3%BCdenscheidt&a=1",
        "M&uuml;ller",
        "ord%2D4715b",
    ],
)
def test_names_are_found_as_other_keyboards_and_programs_write_them(text: str) -> None:
    facts = {name: (fact.value, fact.kind) for name, fact in NAMED.items()}
    shown = PersonalData(facts, (text,), ENGLISH).text(text).lower()
    for part in ("jane", "ller", "denscheidt", "4715"):
        assert part not in shown


def test_a_call_and_its_tags_are_known_by_a_name_of_its_facts_kind() -> None:
    call = StoredCall("müller 0017", SourceKind.CHAT, "in/mueller.json", tags=("jane", "vip"))
    told = anonymous(call, OWN.model_copy(update={"facts": NAMED}), ENGLISH)
    assert (told.name, told.tags) == ("redacted-name-redacted-id", ("[redacted name]", "vip"))
    assert "mueller" not in told.source


def test_names_of_calls_tell_nothing() -> None:
    call = StoredCall(
        "2026 jane.miller@example.com", SourceKind.CHAT, "in/ORD-4715B.json", tags=("ORD-4715B",)
    )
    told = anonymous(replace(call, facts={"order": "ORD-4715B"}), OWN, ENGLISH)
    assert (told.name, told.source) == ("redacted-id-redacted-email", "in/[redacted order].json")
    assert told.tags == ("[redacted order]",)
    assert told.facts == {"order": "ORD-4715B"}


def test_a_call_of_our_own_is_not_redacted() -> None:
    recording = call_with("ORD-4715B")
    own = replace(recording, manifest=replace(recording.manifest, origin=None))
    with pytest.raises(Unscorable, match="made itself"):
        redacted(own, personal_data(own, ENGLISH))
