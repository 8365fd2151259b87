"""Loading of suites, scenarios and targets, and the sentences for everything that can be wrong."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from support.english import ENGLISH

from harness.caller.utterances import spoken_text, with_values
from harness.errors import FaultyFiles, MissingVariable, UnknownName
from harness.language.values import ValueKind
from harness.scenario.catalog import load_target
from harness.scenario.load import load_scenario, load_suite
from harness.scenario.model import Fact, NormalLatency, ToolMock
from harness.scenario.target import Auth

SUITE = """\
format: 1
suite: desk
instructions: prompt.md
tools:
  - name: look
    kind: read
    exact: [order_id]
    parameters: {type: object, properties: {order_id: {type: string}}}
    mock: {returns: {order_id: "{order_id}"}, latency_s: {normal: [800 ms, 0.2]}}
  - name: hand_over
    kind: escalate
    parameters: {type: object, properties: {}}
"""

MOMENTS = "'after_s', 'after_words', 'on_text', 'on_tool', 'on_event', 'after_silence_s', 'at_s'"
PLAIN_MOMENTS = MOMENTS.replace("'", "")

SCENARIO = """\
format: 1
name: one
facts:
  id: {value: AB-12, kind: id}
caller:
  noise: {bed: cafe, snr_db: 10}
turns:
  - say: "It's {id}."
  - silence: 250 ms
answers:
  - {if_agent_asks: right, say: "Yes."}
expect:
  tools: [{name: look, arguments: {order_id: "{id}"}}]
"""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "suite.yaml").write_text(SUITE)
    (tmp_path / "prompt.md").write_text("Be kind.\n")
    (tmp_path / "family").mkdir()
    (tmp_path / "family" / "one.yaml").write_text(SCENARIO)
    return tmp_path


def faults_of(path: Path) -> list[str]:
    load = load_suite if path.name == "suite.yaml" else load_scenario
    with pytest.raises(FaultyFiles) as caught:
        load(path)
    return [str(fault).replace(f"{path}", path.name) for fault in caught.value.faults]


def edited(path: Path, old: str, new: str) -> Path:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return path


def test_a_scenario_finds_the_nearest_suite_above_it_and_its_prompt(desk: Path) -> None:
    loaded = load_scenario(desk / "family" / "one.yaml")
    assert loaded.suite.suite.suite == "desk"
    assert loaded.suite.instructions == "Be kind.\n"
    assert loaded.suite.folder == desk
    assert loaded.scenario.turns[1].silence == 0.25
    mock = loaded.suite.suite.tools[0].mock
    assert isinstance(mock, ToolMock)
    assert mock.latency_s == NormalLatency(normal=(0.8, 0.2))


# old text, new text, the only fault that it must give (line, key, problem)
SCENARIO_FAULTS = [
    ("snr_db: 10", "snr_db: loud", "6: caller.noise.snr_db: expected a number, got 'loud'"),
    ("snr_db: 10", "snr_db: 70", "6: caller.noise.snr_db: expected at most 60, got 70"),
    (
        "bed: cafe",
        "bed: caffe",
        "6: caller.noise.bed: unknown noise bed 'caffe'; known: babble, babble_words, "
        "baby, cafe, car, hold_music, hold_words, hum, keyboard, pink, radio_words, siren, "
        "street, tv, tv_words, white (did you mean 'cafe'?)",
    ),
    ("noise: {bed: cafe, snr_db: 10}", "line: {loss: {rate: 0.6}}",
     "6: caller.line.loss.rate: expected at most 0.5, got 0.6"),
    ("noise: {bed: cafe, snr_db: 10}", "line: {codec: mp3}",
     "6: caller.line.codec: expected 'pcmu', 'pcma' or 'opus', got 'mp3'"),
    ("noise: {bed: cafe, snr_db: 10}", "line: {codec: opus, bitrate_kbps: 5}",
     "6: caller.line.bitrate_kbps: expected at least 6, got 5"),
    ("noise: {bed: cafe, snr_db: 10}", "line: {codec: pcmu, bitrate_kbps: 16}",
     "6: caller.line: 'bitrate_kbps' needs 'codec: opus'"),
    ("noise: {bed: cafe, snr_db: 10}", "line: {echo: {delay: 20}}",
     "6: caller.line.echo.delay: unknown key; allowed: delay_ms, level_db "
     "(did you mean 'delay_ms'?)"),
    ("noise: {bed: cafe, snr_db: 10}", "second_talker: {say: ['Hi {ids}']}",
     "6: caller.second_talker.say[0]: unknown fact 'ids'; known: id (did you mean 'id'?)"),
    ("noise: {bed: cafe, snr_db: 10}", "second_talker: {say: ['...']}",
     "6: caller.second_talker.say[0]: no voice can say '...'; write words"),
    ("noise: {bed: cafe, snr_db: 10}", "second_talker: {voice: en-us+x9}",
     "6: caller.second_talker.voice: eSpeak has no variant 'x9'; `harness list voices` names them"),
    ("noise: {bed: cafe, snr_db: 10}", "second_talker: {level_db: 3}",
     "6: caller.second_talker.level_db: expected at most 0, got 3"),
    ("noise: {bed: cafe, snr_db: 10}", "line: {network: {}}",
     "6: caller.line.network: 'network' has 'jitter_ms', 'stalls' or both"),
    ("noise: {bed: cafe, snr_db: 10}", "line: {network: {jitter_ms: 5}}",
     "6: caller.line.network.jitter_ms: expected at least 20, got 5"),
    ("snr_db: 10", "snr_db: 10, bursts: {every: 0, for: 1s}",
     "6: caller.noise.bursts.every: expected more than 0, got 0"),
    ("snr_db: 10", "snr_db: 10, bursts: {every: 2s, for: 2s}",
     "6: caller.noise.bursts: 'for' must be shorter than 'every': else leave 'bursts' out"),
    ("name: one", "name: ''", "2: name: expected text, got nothing"),
    ("name: one\n", "", "1: name: this key is required"),
    ("kind: id", "kind: idd", "4: facts.id.kind: expected 'text', 'id', 'phone', 'email', "
     "'amount', 'date', 'time', 'datetime', 'count', 'name' or 'address', got 'idd' (did you mean "
     "'id'?)"),
    ("silence: 250 ms", "silence: soon", "9: turns[1].silence: expected seconds (6, 0.25) or text "
     "like '6s', '250 ms', got 'soon'"),
    ("silence: 250 ms", "silence: 0", "9: turns[1].silence: expected more than 0 seconds"),
    ("silence: 250 ms", "say: ' '", "9: turns[1].say: expected text, got only spaces"),
    ("silence: 250 ms", "say: ''", "9: turns[1].say: expected text, got nothing"),
    ("  - say: \"It's {id}.\"\n  - silence: 250 ms", "  - sey: '{id}'",
     "8: turns[0].sey: unknown key; allowed: say, text, image, audio_item, dtmf, silence, "
     "noise_only, cut_off, barge_in, backchannel, over, aside, sound, disconnect, inject, "
     "session_update, out_of_band, start, when "
     "(did you mean 'say'?)"),
    ("  - say: \"It's {id}.\"\n  - silence: 250 ms", "  - say: 3",
     "8: turns[0].say: expected text, got 3"),
    ("turns:\n  - say: \"It's {id}.\"\n  - silence: 250 ms", "turns: []",
     "7: turns: expected a list with at least one item, got nothing"),
    ("silence: 250 ms", "say: Hi\n    silence: 1",
     "9: turns[1]: a turn has exactly one of 'say', 'text', 'image', 'dtmf', 'silence', "
     "'noise_only', 'backchannel', 'aside', 'sound', 'disconnect', 'inject', 'session_update', "
     "'out_of_band'"),
    ("silence: 250 ms", "text: Hi\n    audio_item: true",
     "9: turns[1]: 'audio_item' needs 'say', and no 'barge_in': nobody hears it come"),
    ("silence: 250 ms", "dtmf: '12'\n  - sound: yodel", "10: turns[2].sound: expected 'cough', "
     "'throat', 'laugh', 'sigh' or 'sniff', got 'yodel'"),
    ("silence: 250 ms", "dtmf: '12e#'",
     "9: turns[1].dtmf: expected keys of a telephone (0-9, A-D, *, #), got '12e#'"),
    ("silence: 250 ms", "dtmf: {keys: '{id}'}",
     "9: turns[1].dtmf.keys: expected keys of a telephone (0-9, A-D, *, #), got 'AB-12'"),
    ("silence: 250 ms", "dtmf: 1234", "9: turns[1].dtmf: expected keys of a telephone ('12#'), or "
     "{keys: …, tone_ms: 70, pause_ms: 70}, got 1234"),
    ("silence: 250 ms", "dtmf: {keys: '1', as: event}",
     "9: turns[1].dtmf.as: unknown key; allowed: keys, tone_ms, pause_ms"),
    ("silence: 250 ms", "dtmf: {keys: '1', tone_ms: 20}",
     "9: turns[1].dtmf.tone_ms: expected at least 40, got 20"),
    ("- say: \"It's {id}.\"", "- sound: cough\n    over: {after_s: 1}\n  - say: \"It's {id}.\"",
     "9: turns[0].over: nobody speaks yet, so the first turn cannot come over them; with 'opening: "
     "agent' here or in the suite, the agent does"),
    ("silence: 250 ms", "inject: {role: system, text: 'No {x}'}",
     "9: turns[1].inject.text: unknown fact 'x'; known: id"),
    ("silence: 250 ms", "inject: {role: boss, text: Hi}", "9: turns[1].inject.role: expected "
     "'system', 'user' or 'assistant', got 'boss'"),
    ("silence: 250 ms", "{inject: {role: user, text: Hi}, barge_in: {after_s: 1}}",
     "9: turns[1]: 'cut_off' and 'barge_in' need 'say'"),
    ("silence: 250 ms", "disconnect: {for: 0}",
     "9: turns[1].disconnect.for: expected more than 0, got 0"),
    ("silence: 250 ms", "disconnect: {for: 2s, how: rudely}",
     "9: turns[1].disconnect.how: expected 'close' or 'drop', got 'rudely'"),
    ("silence: 250 ms", "out_of_band: {instructions: Mood?}",
     "9: turns[1].out_of_band.expect: this key is required"),
    ("silence: 250 ms", "out_of_band: {instructions: Mood?, expect: '('}",
     "9: turns[1].out_of_band.expect: not a regular expression: missing ), unterminated "
     "subpattern, in '('"),
    ("silence: 250 ms", "session_update: {}", "9: turns[1].session_update: expected at least one "
     "of 'instructions', 'instructions_file', 'tools', 'tool_choice', 'parallel_tool_calls', "
     "'prompt', 'voice', 'speed', 'max_output_tokens', 'input_transcription', 'noise_reduction', "
     "'reasoning_effort', 'truncation'"),
    ("silence: 250 ms", "session_update: {instructions: Hi, instructions_file: prompt.md}",
     "9: turns[1].session_update: expected 'instructions' or 'instructions_file', not both"),
    ("silence: 250 ms", "session_update: {instructions_file: ../prompt.md}", "9: turns[1]."
     "session_update.instructions_file: expected a file inside the suite's folder, got "
     "'../prompt.md'"),
    ("silence: 250 ms", "session_update: {tools: [lok]}", "9: turns[1].session_update.tools[0]: "
     "unknown tool 'lok'; known: hand_over, look (did you mean 'look'?)"),
    ("silence: 250 ms", "session_update: {voice: marin, speed: 9}",
     "9: turns[1].session_update.speed: expected at most 1.5, got 9"),
    ("silence: 250 ms", "text: 'No {x}'", "9: turns[1].text: unknown fact 'x'; known: id"),
    ("silence: 250 ms", "{text: Hi, barge_in: {after_s: 1}}", "9: turns[1]: 'cut_off' and "
     "'barge_in' need 'say'"),
    ("silence: 250 ms", "say: Hi\n    over: {after_s: 1}",
     "9: turns[1]: 'over' needs 'backchannel' or 'sound'"),
    ("silence: 250 ms", "backchannel: mm-hm\n    over: {on_text: '(a'}",
     "10: turns[1].over.on_text: not a regular expression: missing ), unterminated subpattern, "
     "in '(a'"),
    ("silence: 250 ms", "backchannel: 'yes {ids}'", "9: turns[1].backchannel: unknown fact 'ids'; "
     "known: id (did you mean 'id'?)"),
    ("  - say: \"It's {id}.\"", "  - backchannel: mm-hm\n  - say: \"It's {id}.\"",
     "8: turns[0].backchannel: nobody speaks yet, so the first turn cannot be one; "
     "with 'opening: agent' here or in the suite, the agent does"),
    ("silence: 250 ms", "silence: 1\n    barge_in: {after_s: 1}",
     "9: turns[1]: 'cut_off' and 'barge_in' need 'say'"),
    ("silence: 250 ms", "say: Hi you\n    cut_off: {after_s: 1, after_word: 1}",
     "10: turns[1].cut_off: cut_off has exactly one of 'after_chars', 'after_s', 'after_word'"),
    ("silence: 250 ms", "say: Hi\n    barge_in: {}",
     f"10: turns[1].barge_in: expected exactly one of {MOMENTS}"),
    ("silence: 250 ms", "say: Hi\n    start: {at_s: 1, on_tool: look}",
     f"10: turns[1].start: expected exactly one of {MOMENTS}, 'after_answer_s'"),
    ("silence: 250 ms", "say: Hi\n    barge_in: {after_answer_s: 1}",
     f"10: turns[1].barge_in.after_answer_s: unknown key; allowed: {PLAIN_MOMENTS}, within "
     "(did you mean 'after_words'?)"),
    ("silence: 250 ms", "say: Hi\n    start: {after_s: 1}\n    barge_in: {after_s: 1}",
     "9: turns[1]: 'start' cannot stand beside 'barge_in', 'backchannel' or 'over'"),
    ("silence: 250 ms", "say: Hi\n    when: {}",
     "10: turns[1].when: expected at least one of 'heard', 'not_heard', 'called', 'not_called'"),
    ("silence: 250 ms", "say: Hi\n    when: {heard: '('}", "10: turns[1].when.heard: not a regular "
     "expression: missing ), unterminated subpattern, in '('"),
    ("silence: 250 ms", "say: Hi\n    start: {on_text: '('}", "10: turns[1].start.on_text: not a "
     "regular expression: missing ), unterminated subpattern, in '('"),
    ("silence: 250 ms", "say: Hi\n    start: {on_tool: lok}", "10: turns[1].start.on_tool: unknown "
     "tool 'lok'; known: hand_over, look (did you mean 'look'?)"),
    ("silence: 250 ms", "say: Hi\n    when: {not_called: lok}", "10: turns[1].when.not_called: "
     "unknown tool 'lok'; known: hand_over, look (did you mean 'look'?)"),
    ("silence: 250 ms", "say: Hi\n    start: {at_s: 300 s}", "10: turns[1].start.at_s: the call is "
     "over by then (limits.call_s: 180 s), got '300 s'"),
    ("- say: \"It's {id}.\"", "- say: \"It's {id}.\"\n    start: {on_text: hello}",
     "9: turns[0].start.on_text: nobody speaks yet, so the first turn cannot wait for that; "
     "with 'opening: agent' here or in the suite, the agent does"),
    ("if_agent_asks: right,", "if_silent_for: 12 s,", "11: answers[0].if_silent_for: the call is "
     "over by then (limits.answer_timeout_s: 12 s), got '12 s'"),
    ("if_agent_asks: right, ", "", "11: answers[0]: an answer has exactly one of 'if_agent_asks', "
     "'if_agent_says_wrong', 'if_silent_for'"),
    ("silence: 250 ms", "say: Hi {ids}", "9: turns[1].say: unknown fact 'ids'; known: id "
     "(did you mean 'id'?)"),
    ("silence: 250 ms", "say: Hi {id", "9: turns[1].say: a brace that belongs to no {fact}, "
     "in 'Hi {id'"),
    ("silence: 250 ms", "aside: {say: '...'}",
     "9: turns[1].aside.say: no voice can say '...'; write words"),
    ("silence: 250 ms", "aside: {say: 'Hi {ids}'}", "9: turns[1].aside.say: unknown fact 'ids'; "
     "known: id (did you mean 'id'?)"),
    ("silence: 250 ms", "aside: {say: Hi, level_db: 3}",
     "9: turns[1].aside.level_db: expected at most 0, got 3"),
    ("silence: 250 ms", "say: [Hi, {pause: 1s}]",
     "9: turns[1]: the pieces of 'say' are words with pauses or sounds between them, no pause "
     "at an end"),
    ("silence: 250 ms", "say: [Hi, {language: zz}, you]", "9: turns[1].say[1].language: eSpeak has "
     "no language 'zz'; it has 'de', 'fr', 'es-419' and many more"),
    ("silence: 250 ms", "say: [Hi, {language: de}]", "9: turns[1]: the pieces of 'say' are words "
     "with pauses or sounds between them, no pause at an end"),
    ("silence: 250 ms", "say: [Hi, {pause: 1s}, '...']",
     "9: turns[1].say[2]: no voice can say '...'; write words"),
    ("silence: 250 ms", "say: [Hi, {pause: 1s}, '{ids}']", "9: turns[1].say[2]: unknown fact "
     "'ids'; known: id (did you mean 'id'?)"),
    ("silence: 250 ms", "say: [Hi, {pause: 50s}, you]",
     "9: turns[1].say[1].pause: expected at most 30, got '50s'"),
    ("silence: 250 ms", "say: [Hi, {pause: 1s}, you]\n    cut_off: {after_s: 1}",
     "9: turns[1]: 'cut_off' needs a 'say' of one piece"),
    ("silence: 250 ms", "say: Hi\n    cut_off: {after_chars: 2}", "10: turns[1].cut_off."
     "after_chars: counts the characters of a {fact}, but there is none in 'Hi'"),
    ("silence: 250 ms", "say: '{id}'\n    cut_off: {after_chars: 5}", "10: turns[1].cut_off."
     "after_chars: cuts nothing off: id has only 4 letters and digits, got 5"),
    ("silence: 250 ms", "say: '{id}'\n    cut_off: {after_chars: 4}", "10: turns[1].cut_off."
     "after_chars: cuts nothing off: id has only 4 letters and digits, got 4"),
    ("silence: 250 ms", "say: 'It is {id}'\n    cut_off: {after_word: 7}", "10: turns[1].cut_off."
     "after_word: cuts nothing off: the line has only 7 words as it is spoken, got 7"),
    ("value: AB-12", "value: 'A*12'", "4: facts.id.value: expected letters A-Z and digits, with "
     "- / _ . + # or spaces between (kind id), got 'A*12'"),
    ("{value: AB-12, kind: id}", "{value: 1984-17-19, kind: date}", "4: facts.id.value: expected "
     "a date of 1900 to 2099 (2026-04-25), or one without a year (--04-25) (kind date), "
     "got '1984-17-19'"),
    ("{value: AB-12, kind: id}", "{value: AB-12, kind: id, spoken: '...'}", "4: facts.id.spoken: "
     "expected words to say, got '...'"),
    ("silence: 250 ms", "say: '...'", "9: turns[1].say: no voice can say '...'; write words"),
    ("{if_agent_asks: right, say: \"Yes.\"}", "{if_agent_asks: right, say: '!'}",
     "11: answers[0].say: no voice can say '!'; write words"),
    ("silence: 250 ms", "say: Hi\n    barge_in: {on_text: '(a'}", "10: turns[1].barge_in.on_text: "
     "not a regular expression: missing ), unterminated subpattern, in '(a'"),
    ("  - say: \"It's {id}.\"", "  - say: \"It's {id}.\"\n    barge_in: {after_s: 1}",
     "9: turns[0].barge_in: nobody speaks yet, so the first turn cannot barge in; "
     "with 'opening: agent' here or in the suite, the agent does"),
    ("  - say: \"It's {id}.\"", "  - disconnect: {for: 1s}\n  - session_update: {voice: ash}\n"
     "  - say: \"It's {id}.\"\n    barge_in: {after_s: 1}",
     "11: turns[2].barge_in: nobody speaks yet, so this turn cannot barge in; "
     "with 'opening: agent' here or in the suite, the agent does"),
    ("if_agent_asks: right", "if_agent_asks: '*'", "11: answers[0].if_agent_asks: not a regular "
     "expression: nothing to repeat, in '*'"),
    ("if_agent_asks: right", "if_agent_says_wrong: other", "11: answers[0].if_agent_says_wrong: "
     "unknown fact 'other'; known: id"),
    ("{name: look,", "{name: lok,", "13: expect.tools[0].name: unknown tool 'lok'; known: look, "
     "hand_over (did you mean 'look'?)"),
    ("order_id: \"{id}\"", "order: \"{id}\"", "13: expect.tools[0].arguments.order: look has no "
     "argument 'order'; it has: order_id (did you mean 'order_id'?)"),
    ("expect:\n", "expect:\n  never: [look]\n", "14: expect.tools[0].name: look is expected here "
     "and stands in 'never' too"),
    ("expect:\n", "expect:\n  never_says: [{matches: 'robot|'}]\n", "13: expect.never_says[0]."
     "matches: matches where nothing is said, so it proves nothing; got 'robot|'"),
    ("expect:\n", "expect:\n  quiet: [1]\n", "13: expect.quiet[0]: turn 1 says something; turns of "
     "silence and noise need no answer"),
    ("expect:\n", "expect:\n  quiet: [9]\n", "13: expect.quiet[0]: the script has "
     "only 2 turns, got 9"),
    ("expect:\n", "expect:\n  says: [{matches: '.*'}]\n", "13: expect.says[0].matches: "
     "matches where nothing is said, so it proves nothing; got '.*'"),
    ("expect:\n", "expect:\n  never: [nope, hand_ovr]\n", "13: expect.never[1]: expected a name "
     "that is not nearly a tool's (hand_over), got 'hand_ovr'"),
    ("expect:\n", "expect:\n  escalation: soon\n", "13: expect.escalation: expected 'none', "
     "'unknown' or {due_after_turn: …}, got 'soon'"),
    ("expect:\n", "expect:\n  escalation: {due_after_turn: 3, tool: hand_over}\n",
     "13: expect.escalation.due_after_turn: the script has only 2 turns, got 3"),
    ("expect:\n", "expect:\n  escalation: {due_after_turn: 1, tool: look}\n",
     "13: expect.escalation.tool: 'look' is no tool that hands over; tools of kind escalate: "
     "hand_over"),
    ("expect:\n", "expect:\n  escalation: {due_after_turn: 1}\n",
     "13: expect.escalation.tool: 'escalate_to_human' (what 'tool' is where it is left out) is no "
     "tool that hands over; tools of kind escalate: hand_over"),
    ("{name: look, arguments: {order_id: \"{id}\"}}", "{name: hand_over}",
     "13: expect.tools[0].name: hands over, but expect.escalation is 'none'"),
    ("expect:\n", "mocks: {lok: {fails: error}}\nexpect:\n", "12: mocks.lok: unknown tool 'lok'; "
     "known: look, hand_over (did you mean 'look'?)"),
    ("expect:\n", "mocks: {look: {fails: error, when: {id: '1'}}}\nexpect:\n", "12: mocks.look."
     "when.id: look has no argument 'id'; it has: order_id"),
    ("expect:\n", "mocks: {look: {fails: error, when: {order_id: '{id}'}}}\nexpect:\n", "12: mocks."
     "look.when.order_id: expected a plain value, got '{id}'"),
    ("expect:\n", "mocks: {look: {returns: {got: '{order}'}}}\nexpect:\n", "12: mocks.look.returns."
     "got: look has no argument 'order'; it has: order_id (did you mean 'order_id'?)"),
    ("expect:\n", "mocks: {look: [{fails: eror}]}\nexpect:\n", "12: mocks.look[0].fails: expected "
     "'timeout', 'error', 'not_found' or 'unavailable', got 'eror' (did you mean 'error'?)"),
    ("expect:\n", "mocks: {look: {fails: error, latency_s: slow}}\nexpect:\n", "12: mocks.look."
     "latency_s: expected seconds (6, 0.25) or text like '6s', '250 ms', got 'slow'"),
    ("expect:\n", "mocks: {look: {fails: error, latency_s: [1]}}\nexpect:\n", "12: mocks.look."
     "latency_s: expected seconds (0.3, '300 ms'), {normal: [mean, deviation]} or {uniform: [low, "
     "high]}, got a list"),
    ("expect:\n", "mocks: {look: {fails: error, latency_s: {normal: [1, x]}}}\nexpect:\n",
     "12: mocks.look.latency_s.normal[1]: expected seconds (6, 0.25) or text like '6s', "
     "'250 ms', got 'x'"),
    ("expect:\n", "history: [{role: user}]\nexpect:\n", "12: history[0]: expected {role, text}, or "
     "{tool, arguments, returns}"),
    ("expect:\n", "history: [{role: user, text: Hi, arguments: {a: 1}}]\nexpect:\n", "12: "
     "history[0]: expected {role, text}, or {tool, arguments, returns}"),
    ("expect:\n", "history: [{role: bot, text: Hi}]\nexpect:\n", "12: history[0].role: expected "
     "'user', 'assistant' or 'system', got 'bot'"),
    ("expect:\n", "history: [{role: user, text: 'No {x}'}]\nexpect:\n", "12: history[0].text: "
     "unknown fact 'x'; known: id"),
    ("expect:\n", "history: [{tool: lok, returns: {}}]\nexpect:\n", "12: history[0].tool: unknown "
     "tool 'lok'; known: look, hand_over (did you mean 'look'?)"),
    ("expect:\n", "history: [{tool: look, arguments: {id: 1}, returns: {}}]\nexpect:\n", "12: "
     "history[0].arguments.id: look has no argument 'id'; it has: order_id"),
    ("expect:\n", "mocks: {look: {fails: error, latencys: 1}}\nexpect:\n", "12: mocks.look."
     "latencys: unknown key; allowed: returns, fails, world, latency_s, when (did you mean "
     "'latency_s'?)"),
    ("expect:\n", "mocks: {look: {latency_s: 1}}\nexpect:\n", "12: mocks.look: a mock has either "
     "'returns' (or 'world'), or 'fails'"),
    ("expect:\n", "mocks: {look: {fails: error, latency_s: {uniform: [2, 1]}}}\nexpect:\n",
     "12: mocks.look.latency_s: expected [low, high], got [2.0, 1.0]"),
    ("expect:\n", "mocks: {look: 3}\nexpect:\n", "12: mocks.look: expected one mock ({returns: …}, "
     "{world: …} or {fails: …}) or a list of them, got 3"),
    ("expect:\n", "limits: {call_s: 5}\nexpect:\n", "12: limits.call_s: call_s (5 s) is below "
     "answer_timeout_s (12 s)"),
    ("expect:\n", "limits: {time_to_first_audio_s: 0}\nexpect:\n", "12: limits."
     "time_to_first_audio_s: expected more than 0 seconds"),
    ("caller:\n", "  no: {value: x}\ncaller:\n", "5: facts.no: nothing uses this fact; write {no} "
     "where it is said"),
    ("caller:\n", "caler: {}\ncaller:\n", "5: caler: unknown key; allowed: format, name, "
     "description, tags, facts, caller, mocks, world, history, turns, stored, answers, expect, "
     "limits, opening, today, scorers, repeat, seed, cases (did you mean 'caller'?)"),
    ("caller:\n", "today: 2026-02-30\ncaller:\n", "5: today: expected a day like 2026-04-25, got "
     "'2026-02-30'"),
    ("caller:\n", "today: 25\ncaller:\n", "5: today: expected a day like 2026-04-25, got 25"),
    ("format: 1", "format: 2", "1: format: format 2 is newer than this harness, which reads 1; "
     "update it"),
    ("format: 1", "format: '1'", "1: format: expected 1, got '1'"),
    ("name: one", "name: one\nname: two", "3: name: the key stands twice (first in line 2)"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "fault"), SCENARIO_FAULTS)
def test_a_fault_names_line_key_value_and_what_is_allowed(
    desk: Path, old: str, new: str, fault: str
) -> None:
    assert faults_of(edited(desk / "family" / "one.yaml", old, new)) == [f"one.yaml:{fault}"]


@pytest.mark.parametrize(
    "turn",
    [
        "{say: Hi, expect: {scorer: unclear_audio}}",
    ],
)
def test_parts_of_the_format_that_come_later_are_unknown_keys_now(desk: Path, turn: str) -> None:
    path = edited(desk / "family" / "one.yaml", "silence: 250 ms", turn)
    assert any("unknown key; allowed: " in fault for fault in faults_of(path))


def test_a_codec_that_is_not_installed_is_told_with_its_line(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = "  noise: {bed: cafe, snr_db: 10}\n"
    path = edited(desk / "family" / "one.yaml", noise, noise + "  line: {codec: opus}\n")
    load_scenario(path)
    monkeypatch.setitem(sys.modules, "av", None)
    (fault,) = faults_of(path)
    assert fault == (
        "one.yaml:7: caller.line.codec: opus needs PyAV; install it with python -m pip install "
        "'voice-agent-harness[opus]', or take another codec"
    )


def test_all_faults_of_a_file_come_at_once_in_the_order_of_its_lines(desk: Path) -> None:
    path = desk / "family" / "one.yaml"
    for old, new in (
        ("snr_db: 10", "snr_db: loud"),
        ("It's {id}", "It's {idd}"),
        ("silence: 250 ms", "silence: soon"),
        ("name: look", "name: lok"),
        ("  - say", "  - barge_in: {after_s: 1}\n    say"),
    ):
        edited(path, old, new)
    keys = [fault.split(": ")[1] for fault in faults_of(path)]
    assert keys == [
        "caller.noise.snr_db",
        "turns[0].barge_in",
        "turns[0].say",
        "turns[1].silence",
        "expect.tools[0].name",
    ]


SUITE_FAULTS = [
    ("suite: desk", "suite: desk\nlanguage: nl",
     "3: language: unknown language 'nl'; known: en, de; "
     "others come with a package (entry points of harness.languages)"),
    ("suite: desk", "suite: desk\nlanguage: [en]", "3: language: expected text, got a list"),
    ("prompt.md", "../prompt.md", "3: instructions: expected a file inside the suite's folder, "
     "got '../prompt.md'"),
    ("prompt.md", "/etc/hostname", "3: instructions: expected a file inside the suite's folder, "
     "got '/etc/hostname'"),
    ("exact: [order_id]", "exact: [id]", "7: tools[0].exact[0]: look has no argument 'id'; it has: "
     "order_id"),
    ("exact: [order_id]", "kinds: {id: id}", "7: tools[0].kinds.id: look has no argument 'id'; it "
     "has: order_id"),
    ("exact: [order_id]", "kinds: {order_id: number}", "7: tools[0].kinds.order_id: expected "
     "'text', 'id', 'phone', 'email', 'amount', 'date', 'time', 'datetime', 'count', 'name' or "
     "'address', got 'number' "
     "(did you mean 'name'?)"),
    ("{type: string}", "{type: strin}", "8: tools[0].parameters.properties.order_id.type: not a "
     "valid JSON Schema: 'strin' is not valid under any of the given schemas"),
    ("type: object", "type: array", "8: tools[0].parameters: expected a JSON Schema with type: "
     "object"),
    ("\"{order_id}\"", "\"{order}\"", "9: tools[0].mock.returns.order_id: look has no argument "
     "'order'; it has: order_id (did you mean 'order_id'?)"),
    ("name: hand_over", "name: look", "10: tools[1].name: 'look' is the name of tools[0] already"),
    ("kind: read", "kind: read\n    say: hello", "7: tools[0].say: only tools of kind escalate "
     "have a mandatory sentence, got read"),
    ("exact: [order_id]", "separators: {id: keep}", "7: tools[0].separators.id: look has no "
     "argument 'id'; it has: order_id"),
    ("exact: [order_id]", "separators: {order_id: keep}", "7: tools[0].separators.order_id: "
     "'order_id' is not read back; add it to 'exact', or leave this out"),
    ("exact: [order_id]", "exact: [order_id]\n    kinds: {order_id: date}\n    "
     "separators: {order_id: keep}", "9: tools[0].separators.order_id: only identifiers have "
     "separators to keep, 'order_id' is of kind date; leave it out"),
    ("exact: [order_id]", "exact: [order_id]\n    separators: {order_id: yes}",
     "8: tools[0].separators.order_id: expected 'ignore' or 'keep', got 'yes'"),
    ("exact: [order_id]", "unspoken: [id]", "7: tools[0].unspoken[0]: look has no argument 'id'; "
     "it has: order_id"),
    ("kind: read", "kind: read\n    unspoken: [order_id]", "7: tools[0].unspoken[0]: 'order_id' "
     "stands in 'exact' too: what must be read back is said aloud"),
    ("kind: read", "kind: read\n    says: [find, '...']", "7: tools[0].says[1]: no voice can say "
     "'...'; write words"),
    ("kind: read", "kind: read\n    consequence: required", "7: tools[0].consequence: only tools "
     "of kind write are agreed to with what follows, got read; leave it out"),
    ("kind: read", "kind: write\n    consequence: always", "7: tools[0].consequence: expected "
     "required, optional, off or {required: true, words: [phrases]}, got 'always'"),
    ("kind: read", "kind: write\n    consequence: {words: ['?']}", "7: tools[0].consequence."
     "words[0]: no voice can say '?'; write words"),
    ("kind: read", "kind: write\n    consequence: {rule: off}", "7: tools[0].consequence.rule: "
     "unknown key; allowed: required, words"),
    ("name: look", "name: look up", "5: tools[0].name: expected 1 to 64 letters, digits, _ "
     "or -, got 'look up'"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "fault"), SUITE_FAULTS)
def test_faults_of_a_suite_name_line_key_and_what_is_allowed(
    desk: Path, old: str, new: str, fault: str
) -> None:
    assert faults_of(edited(desk / "suite.yaml", old, new)) == [f"suite.yaml:{fault}"]


def test_a_missing_and_an_empty_prompt_are_faults_of_the_suite(desk: Path) -> None:
    (desk / "prompt.md").write_text(" \n")
    assert faults_of(desk / "suite.yaml")[0].endswith("prompt.md: the file is empty")
    (desk / "prompt.md").unlink()
    assert "cannot read the file: No such file" in faults_of(desk / "suite.yaml")[0]


def test_a_scenario_tells_the_faults_of_its_suite_and_its_own(desk: Path) -> None:
    edited(desk / "suite.yaml", "kind: read", "kind: reed")
    path = edited(desk / "family" / "one.yaml", "snr_db: 10", "snr_db: loud")
    faults = faults_of(path)
    assert "suite.yaml:6: tools[0].kind: expected 'read'" in faults[0]
    assert "one.yaml:6: caller.noise.snr_db" in faults[1]


def test_a_scenario_of_an_unknown_language_is_checked_as_far_as_none_is_needed(desk: Path) -> None:
    edited(desk / "suite.yaml", "suite: desk", "suite: desk\nlanguage: tlh")
    edited(desk / "family" / "one.yaml", "snr_db: 10", "snr_db: 99")
    edited(desk / "family" / "one.yaml", "AB-12", "'?!'")
    faults = faults_of(desk / "family" / "one.yaml")
    assert [fault.split(": ")[1] for fault in faults] == ["language", "caller.noise.snr_db"]


def test_a_suite_given_as_a_scenario_is_told_so(desk: Path) -> None:
    with pytest.raises(FaultyFiles, match="this is a suite, not a scenario"):
        load_scenario(desk / "suite.yaml")


def test_a_scenario_without_any_suite_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "lone.yaml").write_text(SCENARIO)
    with pytest.raises(FaultyFiles, match=r"no suite.yaml in its folder or above"):
        load_scenario(tmp_path / "lone.yaml")


FACTS = {
    "id": Fact(value="AB-12", kind=ValueKind.ID),
    "shop": Fact(value="Zoë's", spoken="zo eez"),
}


def test_text_is_given_with_values_as_written_and_as_spoken() -> None:
    assert with_values("{id} at {shop}", FACTS) == "AB-12 at Zoë's"
    text, spoken = spoken_text("{id} at {shop}", FACTS, ENGLISH)
    assert text == "AB-12 at Zoë's"
    assert spoken == "A, B, dash, one, two at zo eez"


def test_text_with_an_unknown_fact_is_refused() -> None:
    with pytest.raises(UnknownName, match="unknown fact 'x'; known: id, shop"):
        with_values("{x}", FACTS)


def test_targets_are_built_in_or_urls_or_files_of_the_suite(desk: Path) -> None:
    (desk / "targets").mkdir()
    (desk / "targets" / "mine.yaml").write_text("format: 1\ntarget: mine\nurl: ws://h:1\n")
    assert load_target("reference", None).url is None
    assert load_target("openai", None).auth is not None
    assert load_target("wss://user:word@host:9/v1", None).target == "host:9"
    assert load_target("mine", desk).url == "ws://h:1"
    assert load_target(str(desk / "targets" / "mine.yaml"), None).target == "mine"
    with pytest.raises(UnknownName, match="known: reference, openai, azure, mine, ws://…, wss://…"):
        load_target("other", desk)


def test_a_target_remembers_its_file_where_only_its_path_leads_to_it(desk: Path) -> None:
    (desk / "targets").mkdir()
    for file in (desk / "targets" / "mine.yaml", desk / "elsewhere.yaml"):
        file.write_text("format: 1\ntarget: mine\nurl: ws://h:1\n")
    assert load_target("mine", desk).file == ""
    assert load_target("reference", desk).file == ""
    named = load_target(str(desk / "elsewhere.yaml"), desk)
    assert named.file == (desk / "elsewhere.yaml").as_posix()
    assert "elsewhere" not in named.model_dump_json()


FAULTS = {
    "url: http://x": ["3: url: expected ws://HOST:PORT/PATH or wss://HOST/PATH, got 'http://x'"],
    "auth: {bearer: sk-1}": [
        "3: auth.bearer: unknown key; allowed: bearer_env, key_env, client_secret "
        "(did you mean 'bearer_env'?)"
    ],
    "url: ws://x\nauth: {bearer_env: sk-very-secret}": [
        "4: auth.bearer_env: expected the name of an environment variable (letters, digits, _), "
        "got another text (not shown)"
    ],
    "url: ws://x\nquery: {t: {env: sk-very-secret}}": [
        "4: query.t.env: expected the name of an environment variable (letters, digits, _), "
        "got another text (not shown)"
    ],
    "url: ws://x\nauth: {bearer_env: A, key_env: B}": [
        "4: auth: expected either bearer_env or key_env, got both"
    ],
    "url: ws://x\nauth: {}": [
        "4: auth: expected {bearer_env: VARIABLE} or {key_env: VARIABLE}, got neither"
    ],
    "headers: {X: a}": ["3: headers: needs a url; the embedded agent takes none"],
    "url: ws://x\nheaders:\n  X-Api-Key: sk-very-secret\n  Host: h\n  two words: x\n  Y: 3": [
        "5: headers.X-Api-Key: a key does not stand in a file: put it into the environment, "
        "and write {env: VARIABLE}",
        "6: headers.Host: belongs to the connection itself, and cannot be set",
        "7: headers.two words: is no name of a header: letters, digits and hyphens",
        "8: headers.Y: expected text or {env: VARIABLE}, got 3",
    ],
    "url: ws://x\nheaders: {X: {envi: A}}": [
        "4: headers.X.env: this key is required",
        "4: headers.X.envi: unknown key; allowed: env (did you mean 'env'?)",
    ],
    "session:\n  turn_detection: {type: semantic_vda}": [
        "4: session.turn_detection.type: expected 'server_vad' or 'semantic_vad', "
        "got 'semantic_vda' (did you mean 'semantic_vad'?)",
    ],
    "session:\n  turn_detection: off": [
        "4: session.turn_detection: expected {type: server_vad}, {type: semantic_vad}, 'none' or "
        "'keep', got 'off'",
    ],
    "session:\n  output_format: opus": [
        "4: session.output_format: expected 'pcm16_8k', 'pcm16_16k', 'pcm16_24k', 'pcm16_48k', "
        "'pcmu' or 'pcma', got 'opus'"
    ],
    "session:\n  input_format: pcm16_8k\n  output_format: pcm16_48k": [
        "4: session.input_format: openai_ga has pcm16_24k, pcmu, pcma; got pcm16_8k",
        "5: session.output_format: openai_ga has pcm16_24k, pcmu, pcma; got pcm16_48k",
    ],
    "session: {prompt: keep, tools: keep}": [
        "3: session.prompt: needs a url; the embedded agent has no prompt of its own",
        "3: session.tools: needs a url; the embedded agent has no tools of its own",
    ],
    "session: {prompt: mine}": [
        "3: session.prompt: expected 'suite', 'keep' or {id: …, version: …, "
        "variables: {NAME: TEXT}}, got 'mine'"
    ],
    "dialect: klingon\nsession: {prompt: nobody}": [
        "3: dialect: unknown dialect 'klingon'; known: gemini_live, openai_beta, openai_ga, "
        "openai_live",
        "4: session.prompt: expected 'suite', 'keep' or {id: …, version: …, "
        "variables: {NAME: TEXT}}, got 'nobody'",
    ],
    "dialect: openai_ga\nsession:\n  backend_model: gpt-5.5": [
        "5: session.backend_model: openai_ga has no such setting; take it out"
    ],
    "dialect: openai_live\nsession: {turn_detection: {type: server_vad}, input_format: pcmu}": [
        "4: session.output_format: openai_live has one format for both directions; set "
        "input_format to the same",
        "4: session.turn_detection: openai_live: its voice takes turns by itself, and nothing can "
        "be set about it; take it out",
    ],
    "url: ws://a\ndialect: openai_beta\nauth: {client_secret: true}": [
        "5: auth: expected {bearer_env: VARIABLE} or {key_env: VARIABLE}, got neither",
        "5: auth.client_secret: only openai_ga mints keys; take it out",
    ],
    "auth: {bearer_env: KEY, client_secret: true}": [
        "3: auth.client_secret: needs a url; the embedded agent takes no key",
    ],
    "model: m\nsession:\n  type: transcription\n  voice: marin": [
        "3: model: is not named to a transcription session: session.input_transcription names it",
        "5: session.type: a transcription session needs input_transcription: the model that writes",
        "6: session.voice: a transcription session has no such setting; take it out",
    ],
    "dialect: openai_beta\nurl: ws://a\nsession: {type: transcription, input_transcription: m}": [
        "5: session.type: openai_beta has no such setting; take it out",
    ],
    "session:\n  speed: 2\n  max_output_tokens: 0\n  noise_reduction: loud\n  output: video": [
        "4: session.speed: expected at most 1.5, got 2",
        "5: session.max_output_tokens: expected 1 to 4096, or 'inf', got 0",
        "6: session.noise_reduction: expected 'near_field', 'far_field' or 'off', got 'loud'",
        "7: session.output: expected 'audio' or 'text', got 'video'",
    ],
    "session:\n  prompt: {id: pmpt_1}\n  truncation: never\n  tool_choice: {name: x}": [
        "4: session.prompt: needs a url; the embedded agent has no prompt of its own",
        "5: session.truncation: expected 'auto', 'disabled' or {type: retention_ratio, "
        "retention_ratio: 0 to 1}, got 'never'",
        "6: session.tool_choice.type: this key is required",
    ],
    "dialect: openai_live\nurl: ws://a\nmodel: m\non_expiry: reconnect": [
        "6: on_expiry: openai_live has sessions that cannot be told what was said; leave it out",
    ],
    "dialect: gemini_live\nurl: ws://a\nmodel: m\nsession: {mcp_approval: approve}": [
        "6: session.mcp_approval: gemini_live asks for no approvals; take it out",
    ],
    "session: {mcp_approval: refuse}": [
        "3: session.mcp_approval: needs a url; the embedded agent asks for no approvals",
    ],
    "url: ws://a\nsession: {mcp_approval: ask}": [
        "4: session.mcp_approval: expected 'approve' or 'refuse', got 'ask'",
    ],
    "on_expiry: again": ["3: on_expiry: expected 'end' or 'reconnect', got 'again'"],
    "dialect: gemini_live\nmodel: m\nsession:\n  speed: 1.2\n  noise_reduction: off": [
        "6: session.speed: gemini_live has no such setting; take it out",
        "7: session.noise_reduction: gemini_live has no such setting; take it out",
    ],
    "dialect: openai_live\nurl: wss://x\nsession:\n  max_output_tokens: inf\n  include: [x]": [
        "6: session.max_output_tokens: openai_live has no such setting; take it out",
        "7: session.include: openai_live has no such setting; take it out",
    ],
    "dialect: gemini_live\nmodel: m\nsession:\n  speed: 1.2\n  output: text": [
        "6: session.speed: gemini_live has no such setting; take it out",
        "7: session.output: gemini_live answers in audio only",
    ],
    "dialect: openai_beta\nsession:\n  truncation: {type: retention_ratio, retention_ratio: 1}": [
        "5: session.truncation: openai_beta has no such setting; take it out"
    ],
    "dialect: openai_beta\nsession:\n  reasoning_effort: low": [
        "5: session.reasoning_effort: openai_beta has no such setting; take it out"
    ],
    "tools_from: {file: tools.jsonl}": [
        "3: tools_from: needs a url; the embedded agent runs no tools of its own"
    ],
    "url: ws://x\ntools_from: {wait_s: 3}": [
        "4: tools_from: expected 'file' or 'webhook', or both, got neither"
    ],
    "url: ws://x\ntools_from:\n  webhook: {host: 0.0.0.0, port: 70000, path: tools}": [
        "5: tools_from.webhook.host: '0.0.0.0' is open to others: add secret_env: VARIABLE",
        "5: tools_from.webhook.path: expected a path (/tools), got 'tools'",
        "5: tools_from.webhook.port: expected at most 65535, got 70000",
    ],
    "url: ws://x\ntools_from: {webhook: {host: desk.example, path: /v1/traces}}": [
        "4: tools_from.webhook.host: 'desk.example' is open to others: add secret_env: VARIABLE",
        "4: tools_from.webhook.path: /v1/traces is taken by spans; choose another",
    ],
    "url: ws://x\ntools_from: {webhook: {host: localhost, url: tunnel}, flie: x}": [
        "4: tools_from.flie: unknown key; allowed: file, webhook, wait_s, clock_ahead_s "
        "(did you mean 'file'?)",
        "4: tools_from.webhook.url: expected an address (https://…), got 'tunnel'",
    ],
    "url: ws://x\ntools_from: {webhook: {secret_env: sk-very-secret}}": [
        "4: tools_from.webhook.secret_env: expected the name of an environment variable (letters, "
        "digits, _), got another text (not shown)"
    ],
    "url: ws://x\ntools_from: tools.jsonl": [
        "4: tools_from: expected keys and values, got 'tools.jsonl'"
    ],
    "dialect: ' '": ["3: dialect: expected text, got only spaces"],
}


@pytest.mark.parametrize("lines", FAULTS)
def test_the_faults_of_a_target_are_told_in_plain_words(tmp_path: Path, lines: str) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(f"format: 1\ntarget: t\n{lines}\n")
    with pytest.raises(FaultyFiles) as caught:
        load_target(str(path), None)
    said = [str(fault).removeprefix(f"{path}:") for fault in caught.value.faults]
    assert said == FAULTS[lines]
    assert "very-secret" not in str(caught.value)


def test_azure_takes_its_place_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_OPENAI_ENDPOINT", raising=False)
    with pytest.raises(MissingVariable, match="AZURE_OPENAI_ENDPOINT is not set"):
        load_target("azure", None)
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "https://mine.openai.azure.com/")
    monkeypatch.setenv("AZURE_OPENAI_DEPLOYMENT", "desk")
    target = load_target("azure", None)
    assert (target.url, target.model) == ("wss://mine.openai.azure.com/openai/v1/realtime", "desk")
    assert target.auth == Auth(key_env="AZURE_OPENAI_API_KEY")
