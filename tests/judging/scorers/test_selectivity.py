"""Sounds that are not for the agent: it neither stops for them nor answers them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.call_script import judged_call

from harness.judging.judge import verdicts
from harness.judging.scorers.base import Outcome, ScoredCall
from harness.judging.scorers.selectivity import Selectivity
from harness.recording.provenance import Origin, SourceKind

P, F, R, U, NA = (
    *(Outcome.PASS, Outcome.FAIL, Outcome.REVIEW),
    *(Outcome.UNSCORABLE, Outcome.NOT_APPLICABLE),
)
ASK = "0.0-1.0 caller: How does it work?\n"
NOD = "3.0-3.4 caller: mm-hm [backchannel]\n"
ASIDE = "3.0-5.0 caller: No, not now, dear. [noise]\n"
BURST = "3.0-4.0 caller: [noise]\n"
CUT = "1.8-3.4 agent: You send it back. [of 9.0] [cancelled 3.3]\n"
LONG = "1.8-9.0 agent: You send it back.\n"
SHORT = "1.5-2.5 agent: By post.\n"
END = "12.0-13.0 caller: Thanks.\n12.8-13.5 agent: Bye."

OVER = {
    "an agent that goes on through a backchannel passes": (
        ASK + LONG + NOD + END,
        *(1.0, P, "nothing that was not for the agent changed what it did (1)"),
    ),
    "an agent that stops for one fails": (
        ASK + CUT + NOD + END,
        *(0.0, F, "the agent stopped for the backchannel 'mm-hm' at 0:03.0, 0.40 s after it began"),
    ),
    "an agent that stops for an aside fails, and what it says then is no second fault": (
        ASK + CUT + ASIDE + "5.5-6.5 agent: Pardon?\n" + END,
        *(0.0, F, "stopped for the aside 'No, not now, dear.' at 0:03.0, 0.40 s after it began"),
    ),
    "an agent that stops for a noise fails": (
        ASK + CUT + BURST + END,
        *(0.0, F, "stopped for the noise at 0:03.0, 0.40 s"),
    ),
    "one second after the onset is still at once": (
        ASK + "1.8-4.0 agent: You send it back. [of 9.0] [cancelled 3.9]\n" + NOD + END,
        *(0.0, F, "1.00 s after it began"),
    ),
    "an agent that breaks off later is for a listener": (
        ASK + "1.8-4.8 agent: You send it back. [of 9.0] [cancelled 4.7]\n" + ASIDE + END,
        *(0.0, R, "did the agent stop for the aside 'No, not now, dear.' at 0:03.0? It broke off"),
    ),
    "what it breaks off for well after the sound was not that": (
        ASK + "1.8-6.0 agent: You send it back. [of 9.0] [cancelled 5.9]\n" + ASIDE + END,
        *(1.0, P, "(1)"),
    ),
    "an agent that finished its sentence had nothing to stop": (
        ASK + "1.8-3.6 agent: You send it back. [done 3.5]\n" + NOD + END,
        *(None, NA, "nothing to go on with"),
    ),
    "whether it had finished cannot be told where nobody tells of ends": (
        ASK + "1.8-3.6 agent: You send it back.\n" + NOD + END,
        *(None, U, "nothing tells whether the agent stopped for the backchannel 'mm-hm' at 0:03.0"),
    ),
    "an agent that sounds until the caller interrupts it went on": (
        ASK
        + "1.8-5.3 agent: You send it back. [of 9.0] [cancelled 5.2]\n"
        + NOD
        + "5.0-6.0 caller: Stop. [barge-in]\n6.5-7.0 agent: Yes?",
        *(1.0, P, "(1)"),
    ),
    "who is interrupted at once had no time to show it": (
        ASK
        + "1.8-3.9 agent: You send it back. [of 9.0] [cancelled 3.8]\n"
        + NOD
        + "3.6-4.6 caller: Stop. [barge-in]\n5.0-5.5 agent: Yes?",
        *(None, NA, "nothing to go on with"),
    ),
    "an agent that falls silent as the line goes stopped for nothing": (
        ASK + "1.8-3.4 agent: You send it back. [of 9.0]\n" + NOD + "3.4-5.0 line:\n" + END,
        *(None, NA, "nothing to go on with"),
    ),
    "an agent that breaks off after 1 s may have heard the sound late": (
        ASK + "1.8-4.3 agent: You send it back. [of 9.0] [cancelled 4.2]\n" + NOD
        + "3.0-3.4 network: [late 0.5]\n" + END,
        *(None, U, "came up to 0.50 s late over the network"),
    ),
    "each sound counts": (
        ASK + "1.8-8.0 agent: You send it back. [of 9.0] [cancelled 7.9]\n" + NOD
        + "7.7-8.1 caller: right [backchannel]\n" + END,
        *(0.5, F, "the backchannel 'right' at 0:07.7, 0.30 s"),
    ),
}  # fmt: skip

BED = "3.0-4.5 bed:\n"
BURSTS = {
    "an agent that leaves a burst of noise alone passes": (ASK + SHORT + BED + END, 1.0, P, "(1)"),
    "an agent that answers one fails": (
        ASK + SHORT + BED + "5.0-5.5 agent: Pardon?\n" + END,
        *(0.0, F, "the agent answered the noise at 0:03.0: 'Pardon?'"),
    ),
    "what comes more than two seconds later is no answer": (
        ASK + SHORT + BED + "6.6-7.0 agent: Are you there?\n" + END,
        *(1.0, P, "(1)"),
    ),
    "an agent that goes on through one passes": (ASK + LONG + BED + END, 1.0, P, "(1)"),
    "an agent that stops for one fails": (
        ASK + CUT + BED + END,
        *(0.0, F, "stopped for the noise at 0:03.0, 0.40 s after it began"),
    ),
    "each burst counts, and other sounds beside them, in order": (
        ASK + SHORT + "3.0-3.5 bed:\n5.6-6.0 bed:\n" + "8.0-8.5 caller: [noise]\n"
        + "8.8-9.2 agent: Pardon?\n" + END,
        *(2 / 3, F, "answered the noise at 0:08.0"),
    ),
    "under the caller's words nobody knows what the agent reacts to": (
        ASK + SHORT + "3.0-4.0 caller: And how long?\n3.5-4.5 bed:\n4.6-5.0 agent: A week.\n" + END,
        *(None, NA, "no sound came that was not for the agent"),
    ),
    "nor do they where an aside sounds": (
        ASK + SHORT + ASIDE + "4.9-5.5 bed:\n5.8-6.8 agent: Pardon?\n" + END,
        *(0.0, F, "the agent answered the aside 'No, not now, dear.' at 0:03.0: 'Pardon?'"),
    ),
    "who was spoken to before stops for that": (
        ASK + "1.8-4.2 agent: You send it back. [of 9.0] [cancelled 4.1]\n"
        + "3.0-3.6 caller: Wait. [barge-in]\n3.8-4.4 bed:\n4.8-5.2 agent: Yes?\n" + END,
        *(1.0, P, "(1)"),
    ),
    "an answer that the caller is owed is none to a burst": (
        ASK + "1.2-1.8 bed:\n2.0-3.0 agent: By post.\n" + END, 1.0, P, "(1)",
    ),
    "a silent turn of the script hides none": (
        ASK + SHORT + "2.6-6.0 caller: [silence]\n" + BED + "5.0-5.5 agent: Pardon?\n" + END,
        *(0.0, F, "answered the noise"),
    ),
    "what a closed microphone kept back was never sent": (
        ASK + SHORT + "3.0-4.5 bed: [unsent]\n5.0-5.5 agent: Pardon?\n" + END,
        *(None, NA, "no sound came"),
    ),
    "one before anybody spoke counts as well": (
        "0.5-1.0 bed:\n1.4-2.0 agent: Pardon?\n4.0-5.0 caller: How?\n5.5-6.0 agent: By post.",
        *(0.0, F, "answered the noise at 0:00.5"),
    ),
    "so does one over the greeting": (
        "0.2-1.4 agent: Good morning, and welcome. [of 5.0] [cancelled 1.3]\n1.0-2.0 bed:\n"
        "5.0-6.0 caller: How?\n6.5-7.0 agent: By post.",
        *(0.0, F, "stopped for the noise at 0:01.0"),
    ),
}  # fmt: skip

BESIDE = {
    "an agent that leaves an aside alone passes": (ASK + SHORT + ASIDE + END, 1.0, P, "(1)"),
    "an agent that answers one fails": (
        ASK + SHORT + ASIDE + "5.8-6.8 agent: Pardon?\n" + END,
        *(0.0, F, "the agent answered the aside 'No, not now, dear.' at 0:03.0: 'Pardon?'"),
    ),
    "so does one that answers before the aside is over": (
        ASK + SHORT + ASIDE + "4.0-6.8 agent: Pardon?\n" + END,
        *(0.0, F, "answered the aside"),
    ),
    "two seconds after its end are the limit": (
        ASK + SHORT + ASIDE + "7.0-7.5 agent: Pardon?\n" + END,
        *(0.0, F, "answered the aside"),
    ),
    "what comes later is no answer to it": (
        ASK + SHORT + ASIDE + "7.1-7.5 agent: Are you there?\n" + END,
        *(1.0, P, "(1)"),
    ),
    "an agent that answers a noise fails": (
        ASK + SHORT + BURST + "4.5-5.0 agent: Pardon?\n" + END,
        *(0.0, F, "the agent answered the noise at 0:03.0: 'Pardon?'"),
    ),
    "an answer that finished under an aside leaves it to be answered": (
        ASK + "1.5-3.2 agent: By post. [done 3.1]\n" + ASIDE + "5.8-6.8 agent: Pardon?\n" + END,
        *(0.0, F, "answered the aside"),
    ),
    "an agent that went on through an aside and then answers it fails": (
        ASK + LONG + "3.0-8.5 caller: No, not now, dear. [noise]\n9.2-9.9 agent: Pardon?\n" + END,
        *(0.0, F, "answered the aside"),
    ),
    "an answer that the caller is still owed is none to the aside": (
        ASK + ASIDE + "3.5-5.0 agent: By post.\n" + END,
        *(1.0, P, "(1)"),
    ),
    "an answer to what the caller says next is none to the aside": (
        ASK + SHORT + ASIDE + "6.0-6.4 caller: So?\n6.8-7.5 agent: By post.",
        *(None, NA, "could be answering the caller"),
    ),
    "a tool's result is for the caller": (
        ASK + SHORT + "2.6-5.4 lookup_order\n" + ASIDE
        + "5.8-6.8 agent: It has shipped. [asked 5.5]\n" + END,
        *(1.0, P, "(1)"),
    ),
    "so are words while a tool runs": (
        ASK + SHORT + "2.6-9.0 lookup_order\n" + ASIDE + "5.8-6.8 agent: One moment.\n" + END,
        *(1.0, P, "(1)"),
    ),
    "a tool that came back long before explains nothing": (
        ASK + "1.2-1.4 lookup_order\n" + SHORT + ASIDE + "5.8-6.8 agent: Pardon?\n" + END,
        *(0.0, F, "answered the aside"),
    ),
    "nor is the first that is said behind a result which nobody asked about": (
        ASK + SHORT + "2.6-5.4 lookup_order\n" + BED + "5.8-6.8 agent: It has shipped.\n" + END,
        *(1.0, P, "(1)"),
    ),
    "so it is where the tool was called before the noise": (
        ASK + SHORT + "2.9-6.2 lookup_order\n" + BED + "6.4-6.9 agent: By post.\n" + END,
        *(1.0, P, "(1)"),
    ),
    "so is all of that response": (
        ASK + SHORT + "2.6-5.4 lookup_order\n" + BED + "4.6-4.8 bed:\n"
        + "5.8-6.0 agent: It has shipped. [response b] [created 5.5]\n"
        + "6.2-6.8 agent: By post. [response b]\n" + END,
        *(1.0, P, "(2)"),
    ),
    "what is said after that is a reaction again": (
        ASK + SHORT + "2.6-2.8 lookup_order\n3.1-3.5 agent: It has shipped.\n"
        + "5.0-5.5 caller: [noise]\n5.9-6.8 agent: Pardon?\n" + END,
        *(0.0, F, "answered the noise at 0:05.0"),
    ),
    "nor is what idle time brings that is told late": (
        ASK + SHORT + BED + "5.6-6.5 agent: Are you still there? [timed-out 5.5]\n" + END,
        *(1.0, P, "(1)"),
    ),
    "what the harness asked for is no reaction": (
        ASK + SHORT + ASIDE + "5.8-6.8 agent: Pardon? [asked 5.4]\n" + END,
        *(1.0, P, "(1)"),
    ),
    "what it asked for and was refused explains nothing": (
        ASK + SHORT + ASIDE + "5.8-6.8 agent: Pardon? [refused 5.4 5.5]\n" + END,
        *(0.0, F, "answered the aside"),
    ),
    "what it asked for again does": (
        ASK + SHORT + ASIDE + "5.8-6.8 agent: Pardon? [refused 5.4 5.5] [asked 5.5]\n" + END,
        *(1.0, P, "(1)"),
    ),
    "nor is what idle time brings": (
        ASK + SHORT + ASIDE + "5.8-6.8 agent: Are you there? [timed-out 5.4]\n" + END,
        *(1.0, P, "(1)"),
    ),
    "a backchannel in the silence may be an answer": (
        ASK + SHORT + NOD + "4.0-5.0 agent: Good.\n" + END,
        *(None, NA, "could be answering the caller"),
    ),
    "with push to talk the harness itself tells of the sound": (
        ASK + SHORT + "3.0-5.0 caller: Not now. [noise] [pressed]\n5.8-6.8 agent: Pardon?\n" + END,
        *(None, NA, "could be answering the caller"),
    ),
    "an answer while the line was gone, or had just come back, shows nothing": (
        ASK + SHORT + ASIDE + "4.5-5.5 line:\n5.8-6.8 agent: Pardon?\n" + END,
        *(None, NA, "could be answering the caller"),
    ),
    "a sound of which nobody heard a thing is judged by nobody": (
        ASK + SHORT + "2.8-5.5 line:\n" + ASIDE + END,
        *(None, NA, "could be answering the caller"),
    ),
    "a line that went later takes nothing back": (
        ASK + SHORT + ASIDE + "5.8-6.8 agent: Pardon?\n8.0-9.0 line:\n" + END,
        *(0.0, F, "answered the aside"),
    ),
    "words that the line broke off are the caller's next": (
        ASK + SHORT + "2.6-2.9 caller: [noise]\n3.0-3.6 caller: I am [lost]\n"
        "3.3-3.7 agent: Yes?\n4.5-6.0 line:\n6.5-7.0 caller: I am here.\n7.5-8.0 agent: Good.",
        *(None, NA, "could be answering the caller"),
    ),
    "an answer to a sound that came late over the network may be one": (
        ASK + SHORT + ASIDE + "3.0-5.0 network: [late 0.8]\n7.5-7.9 agent: Pardon?\n" + END,
        *(None, U, "at 0:03.0 came up to 0.80 s late over the network of the scenario"),
    ),
    "one that came at once is one, however late the sound was": (
        ASK + SHORT + ASIDE + "3.0-5.0 network: [late 0.8]\n5.8-6.8 agent: Pardon?\n" + END,
        *(0.0, F, "answered the aside"),
    ),
    "who says that the caller left no time knows it late, too": (
        ASK + SHORT + ASIDE + "3.0-5.0 network: [late 0.8]\n7.5-8.0 caller: So?\n"
        "8.6-9.0 agent: By post.",
        *(None, NA, "could be answering the caller"),
    ),
    "a call that ends too soon shows nothing": (ASK + SHORT + BURST, None, NA, "could be"),
    "silence is no sound": (
        ASK + SHORT + "3.0-6.0 caller: [silence]\n" + END,
        *(None, NA, "no sound came that was not for the agent"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("script", "value", "outcome", "reason"),
    [*OVER.values(), *BURSTS.values(), *BESIDE.values()],
    ids=[*OVER, *BURSTS, *BESIDE],
)
def test_what_is_not_for_the_agent_changes_nothing(
    script: str, value: float | None, outcome: Outcome, reason: str
) -> None:
    (score,) = (each.score for each in verdicts(judged_call(script), (Selectivity(),)))
    assert (score.outcome, score.value, reason in score.reason) == (outcome, value, True), (
        score.reason
    )


ANSWERED = judged_call(ASK + SHORT + ASIDE + "5.8-6.8 agent: Pardon?\n" + END)


@pytest.mark.parametrize(
    ("nods", "told"),
    [
        ((), ""),
        ((9.5,), "; not judged, as nothing would show it: the backchannel 'mm-hm' at 0:09.5"),
        (
            (9.5, 10.0, 10.5, 11.0, 11.5),
            "; not judged, as nothing would show it: the backchannel 'mm-hm' at 0:09.5, "
            "the backchannel 'mm-hm' at 0:10.0, the backchannel 'mm-hm' at 0:10.5 and 2 more",
        ),
    ],
)
def test_a_pass_names_the_sounds_that_were_not_judged(nods: tuple[float, ...], told: str) -> None:
    later = "".join(f"{at}-{at + 0.4} caller: mm-hm [backchannel]\n" for at in nods)
    call = judged_call(ASK + LONG + NOD + later + END)
    (score,) = (each.score for each in verdicts(call, (Selectivity(),)))
    assert score.reason == f"nothing that was not for the agent changed what it did (1){told}"


def test_an_answer_that_sound_alone_bounds_may_be_the_rest_of_the_one_before() -> None:
    agent = tuple(replace(said, inferred=True) for said in ANSWERED.timeline.agent)
    score = Selectivity().score(changed(ANSWERED, agent=agent))
    assert (score.outcome, score.reason) == (
        R,
        "did the agent answer the aside 'No, not now, dear.' at 0:03.0 with 'Pardon?', or go on?",
    )


def test_whom_a_sound_of_a_stored_call_was_for_nobody_tells() -> None:
    ((one,),) = (
        verdicts(
            changed(ANSWERED, origin=Origin(SourceKind.AUDIO, "a.wav", sound=True)),
            (Selectivity(),),
        ),
    )
    told = "nothing tells whom the sound at 0:03.0 was for"
    assert (one.score.outcome, one.score.reason) == (U, told)


def changed(call: ScoredCall, **facts: object) -> ScoredCall:
    return replace(call, timeline=replace(call.timeline, **facts))


def test_the_evidence_is_the_sound_and_what_the_agent_made_of_it() -> None:
    ((one,),) = (verdicts(ANSWERED, (Selectivity(),)),)
    ((start_s, end_s, label),) = ((e.start_s, e.end_s, e.label) for e in one.score.evidence)
    assert (start_s, end_s) == (3.0, pytest.approx(6.8, abs=1e-3))
    assert label == "the aside 'No, not now, dear.' at 0:03.0"
