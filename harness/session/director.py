"""Decides the caller's next action and its time: (time, agent state) -> an action or none.

The caller follows a script, but like a person: it waits for an answer, lets the agent finish,
leaves a natural pause, answers a question that is not in the script, barges in if the script
requires it, and hangs up after its last turn. The director is asked at every border between two
frames and its answer takes effect in the frame that begins there.

::

    state      means                     leaves when
    OPENING    no speech yet             OPENING_S passed, the agent is quiet -> next turn
                                         no sign for answer_timeout_s -> hang up
                                         OPENING_S passed, the agent opens -> GREETED
    GREETED    the agent speaks first    its greeting is over -> next turn
                                         the next turn's cue comes -> that turn, over the greeting
                                         no sign for answer_timeout_s -> hang up
    SPEAKING   a clip is on the line     the clip has ended -> WAITING
    WAITING    the agent has the floor   its answer is over -> answer rule, next turn, or hang up
                                         the next turn's cue comes -> that turn, over the agent
                                         the next turn's start event -> that turn
                                         no sign for if_silent_for -> that answer
                                         no sign for answer_timeout_s -> hang up
    HUNG_UP    the call is over

``caller_actions.py`` defines when an answer is over and which clips take the floor. An agent that
has answered and then seems busy for answer_timeout_s without a sound is taken to be done.

Answer rules come before the script, also before a turn whose cue never came; such a turn is then
spoken as a normal turn. A turn with a ``start`` comes then, or never: if its event can no longer
come, the call ends. Turns whose ``when`` does not hold are left out as their time comes. The last
answer is followed by TAIL_S of listening before the caller hangs up.

An agent that opens the call is invited to speak, unless it has already begun. Its greeting ends as
an answer does. Answer rules do not apply to greetings: the caller has a reason to call, and says
it.

A turn that is typed, or sent in one piece, has no length: its end, from which the wait for the
answer counts, is when it was sent.

A step is something that the script does to the session. Its time comes as a turn's does, but it
does not change the caller's state: the caller waits for the same event as before.

During a lost line (``session_lost``) the caller is silent. If it is lost during an utterance, the
caller repeats the utterance from its beginning, OPENING_S after the line is back.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import Enum

from harness.language.language import Language
from harness.language.values import ValueKind
from harness.recording.model import CallerUtterance, UtteranceKind
from harness.recording.provenance import CallStatus
from harness.scenario.fault_text import SlowExpression, search
from harness.scenario.model import Fact, Scenario
from harness.scenario.script import Answer
from harness.session.agent_side import AgentSide
from harness.session.caller_actions import (
    FORGIVEN_S,
    PAUSE_S,
    Action,
    CallersFloor,
    ClipTimes,
    HangUp,
    Invite,
    Patience,
    React,
    Say,
    ScriptPlace,
    TakeStep,
    has_come,
    is_taken,
    limit_reached,
)

# How a caller reacts to the agent: the scenario's ``answers``, tried in order.

_AMONG_OTHERS = (ValueKind.TIME, ValueKind.DATETIME, ValueKind.COUNT)
"""Kinds of which a sentence may hold several independent values."""


class Reactions:
    """The answer rules of a call, with how often each may still be used."""

    def __init__(
        self, answers: tuple[Answer, ...], facts: Mapping[str, Fact], language: Language
    ) -> None:
        self._answers = answers
        self._facts = facts
        self._language = language
        self._left = [answer.times for answer in answers]
        for answer in answers:
            if answer.if_agent_says_wrong is not None:
                kind = facts[answer.if_agent_says_wrong].kind
                language.find("0", kind)  # compiles its patterns now, not during a call

    def to_words(self, words: str) -> int | None:
        """Return the first rule that this text of the agent triggers, and use it up once.

        Raises:
            SlowExpression: a rule's regular expression does not finish on this text.
        """
        return self._first(lambda answer: self._applies(answer, words)) if words else None

    def to_silence(self, waited_s: float) -> int | None:
        """Return the first rule that a silence of this length triggers, and use it up once."""
        return self._first(
            lambda answer: answer.if_silent_for is not None and waited_s >= answer.if_silent_for
        )

    @property
    def next_silence_s(self) -> float:
        """The shortest silence that triggers a rule which may still be used."""
        left = (
            rule.if_silent_for for rule, left in zip(self._answers, self._left, strict=True) if left
        )
        return min((silence_s for silence_s in left if silence_s is not None), default=math.inf)

    def _first(self, applies: Callable[[Answer], bool]) -> int | None:
        for index, answer in enumerate(self._answers):
            if self._left[index] and applies(answer):
                self._left[index] -= 1
                return index
        return None

    def _applies(self, answer: Answer, words: str) -> bool:
        if answer.if_silent_for is not None:
            return False
        if answer.if_agent_asks is not None:
            return search(answer.if_agent_asks, words)
        fact = self._facts[answer.if_agent_says_wrong or ""]
        right = self._language.normalize(fact.value, fact.kind)
        found = self._language.find(words, fact.kind)
        wrong = [not one.may_be(right, fact.kind) for one in found]
        # A sentence may well hold other times and counts: "a table for 4 at 7, for 2 hours".
        return any(wrong) and (fact.kind not in _AMONG_OTHERS or all(wrong))


OPENING_S = 0.5
TAIL_S = 1.0


class DirectorState(Enum):
    """The caller's state; see the table above."""

    OPENING = "opening"
    GREETED = "greeted"
    SPEAKING = "speaking"
    WAITING = "waiting"
    HUNG_UP = "hung_up"


class Director:
    """The caller's decisions in one call."""

    def __init__(
        self,
        scenario: Scenario,
        language: Language,
        *,
        turns: tuple[ClipTimes, ...],
        answers: tuple[ClipTimes, ...],
        agent_opens: bool = False,
    ) -> None:
        self.state = DirectorState.OPENING
        self._scenario = scenario
        self._turns, self._answers = turns, answers
        self._reactions = Reactions(scenario.answers, scenario.facts, language)
        self._script = ScriptPlace(scenario.turns)
        self._agent_opens = agent_opens
        self._floor = CallersFloor()
        self._patience = Patience(self._floor, self._script, scenario.limits.answer_timeout_s)
        self._considered = ""
        """Words that no answer rule matches."""
        self._said_last: Say | React | None = None
        self._line_gone = False
        self._again: Say | React | None = None
        """The utterance that the lost line cut off; it is repeated from its beginning."""

    @property
    def only_listens(self) -> bool:
        """Whether no answer is expected: after a backchannel, or if the agent speaks first."""
        return self._floor.nodded or self.state is DirectorState.GREETED

    def is_done(self, at_s: float, agent: AgentSide) -> bool:
        """Return True if the caller has finished the script, and got the owed answers."""
        over = at_s + FORGIVEN_S >= self._floor.clip_end_s and not self.unsaid
        over = over and self._again is None
        return over and self._floor.answered_pause_s(at_s, agent) is not None

    @property
    def unsaid(self) -> int:
        """How many turns of the script were not begun, apart from turns that may be left out."""
        return self._script.unsaid

    def take_left_out(self) -> tuple[int, ...]:
        """Return the turns that were left out since the last call."""
        return self._script.take_left_out()

    def session_lost(self, at_s: float, said: CallerUtterance | None, agent: AgentSide) -> None:
        """Note that the line is gone: until it is back, the caller is silent.

        After it, as after a silence, no answer is owed; but the caller still reacts to an answer
        heard to its end before. ``said`` is the utterance that the caller broke off.
        """
        self._line_gone = True
        if said is not None:
            self.state = DirectorState.WAITING
            self._again = self._said_last if said.lost else None
        quiet = agent.quiet_since_s(at_s) is not None
        heard_out = said is None and quiet and self._floor.due_pause_s(at_s, agent) is not None
        if self.state is not DirectorState.SPEAKING and not heard_out:
            self._floor.take(at_s, ClipTimes(UtteranceKind.SILENCE, 0.0, 0.0))

    def line_changes(self) -> None:
        """Note that another connection takes over; until it does, the caller is silent."""
        self._line_gone = True

    def line_back(self, at_s: float) -> None:
        """Note that the line is back."""
        self._line_gone, self._floor.back_s = False, at_s

    def decide(self, at_s: float, agent: AgentSide) -> Action | None:
        """Return the caller's action from the frame border ``at_s`` on; None to continue as is.

        Borders must not run backwards. After ``HangUp`` there is no further action. A regular
        expression of the script that does not finish ends the call as ``caller_invalid``.
        """
        action: Action | None
        try:
            action = self._decide(at_s + FORGIVEN_S, agent)
        except SlowExpression as error:
            action = HangUp(CallStatus.CALLER_INVALID, str(error))
        if isinstance(action, HangUp):
            self.state = DirectorState.HUNG_UP
        elif isinstance(action, Say | React):
            self._began(at_s, action)
        elif isinstance(action, TakeStep):
            self._script.begun(action.turn)
        return action

    def idle_until(self, at_s: float, agent: AgentSide) -> float:
        """Return until when there is no decision to make if no event about the agent comes.

        At borders before that time ``decide`` would return None and have no effect. Return ``at_s``
        if every border has to be asked.
        """
        until_s = at_s
        if self._line_gone or self._again is not None:
            return until_s
        if self.state is DirectorState.OPENING:
            until_s = OPENING_S
        elif self.state is DirectorState.SPEAKING:
            until_s = self._floor.clip_end_s
        elif self.state is not DirectorState.HUNG_UP and not agent.time_tells:
            until_s = self._listens_until(at_s, agent)
        return min(until_s, self._scenario.limits.call_s) - FORGIVEN_S

    def _listens_until(self, at_s: float, agent: AgentSide) -> float:
        turn = self._script.coming
        if turn is not None and (turn.start or turn.cue) is not None:
            return at_s
        timeout_s, silence_s = self._scenario.limits.answer_timeout_s, math.inf
        if self.state is not DirectorState.GREETED:
            silence_s = self._reactions.next_silence_s
        return self._floor.listens_until_s(at_s, agent, timeout_s=timeout_s, silence_s=silence_s)

    def _decide(self, at_s: float, agent: AgentSide) -> Action | None:
        if self.state is DirectorState.HUNG_UP:
            return None
        limit_s = self._scenario.limits.call_s
        if at_s >= limit_s:
            shut_out = self._script.number == 0 and agent.quiet_since_s(at_s) is None
            return limit_reached(limit_s, let_in=not shut_out)
        if self._line_gone:
            return None
        if self._again is not None:
            return self._said_again(at_s, self._again, agent)
        if self.state is DirectorState.OPENING:
            return self._opening(at_s, agent) if at_s >= OPENING_S else None
        if self.state is DirectorState.SPEAKING:
            if at_s < self._floor.clip_end_s:
                return None
            self.state = DirectorState.WAITING
        return self._waiting(at_s, agent)

    def _said_again(self, at_s: float, again: Say | React, agent: AgentSide) -> Say | React | None:
        """Return the utterance that the lost line broke off, once the caller notices its return."""
        if at_s < self._floor.back_s + OPENING_S:
            return None
        if isinstance(again, Say):
            return replace(again, barge_in=agent.speaking(at_s))
        return again

    def _opening(self, at_s: float, agent: AgentSide) -> Action | None:
        if self._agent_opens:
            self.state = DirectorState.GREETED
            return None if agent.has_begun else Invite()
        if self._script.awaited is not None:
            return self._cued(at_s, agent) or self._patience.in_vain(at_s, agent)
        if agent.quiet_since_s(at_s) is not None:
            return self._goes_on(at_s, agent, 0.0)
        # The agent works silently: a tool's result may be owed before the caller's first turn.
        return self._patience.given_up(at_s, agent, answered=False, greeted=False)

    def _waiting(self, at_s: float, agent: AgentSide) -> Action | None:
        turn = self._script.coming
        if (turn is None or (turn.start or turn.cue) is None) and agent.playout.sounds_at(at_s):
            return None  # same result, sooner: true for nearly every frame of an answer
        cued = self._cued(at_s, agent)
        if cued is not None:
            return cued
        rest_s = self._floor.free_s(at_s, agent)
        if rest_s is not None:
            return self._next(at_s, agent, rest_s)
        return self._given_up(at_s, agent)

    def _cued(self, at_s: float, agent: AgentSide) -> Say | TakeStep | None:
        """Return the next turn if its moment has come."""
        while (turn := self._script.coming) is not None:
            moment = turn.start or turn.cue
            if moment is None or not has_come(moment, at_s, agent, self._floor.last_turn):
                return None
            if turn.when is None or is_taken(turn.when, at_s, agent, self._floor.last_turn):
                return self._script.taken(turn, over=agent.speaking(at_s) and turn.say is not None)
            if turn.start is None:
                return None  # the rule may match later, while the agent still speaks
            self._script.leave_out()
        return None

    def _next(self, at_s: float, agent: AgentSide, rest_s: float) -> Action | None:
        words = agent.words(at_s, since_s=self._floor.taken_s)
        if self.state is not DirectorState.GREETED and words != self._considered:
            answer = self._reactions.to_words(words)
            if answer is not None:
                return React(answer)
            self._considered = words
        return self._goes_on(at_s, agent, rest_s)

    def _goes_on(self, at_s: float, agent: AgentSide, rest_s: float) -> Action | None:
        """Return the script's next action; ``rest_s`` is how long the floor has been free."""
        while (turn := self._script.coming) is not None:
            if turn.start is not None:
                return self._patience.in_vain(at_s, agent)
            if turn.when is None or is_taken(turn.when, at_s, agent, self._floor.last_turn):
                return self._script.taken(turn)
            self._script.leave_out()
        if agent.asked_out_of_band and not self._patience.is_over(at_s, agent):
            return None
        return HangUp(CallStatus.COMPLETED) if rest_s >= TAIL_S - PAUSE_S else None

    def _given_up(self, at_s: float, agent: AgentSide) -> Action | None:
        """Return the action after the agent has not given a sign for too long."""
        greeted = self.state is DirectorState.GREETED
        waited_s = self._patience.waited_s(at_s, agent)
        answered = self._floor.due_pause_s(at_s, agent) is not None
        if not answered and not greeted:
            answer = self._reactions.to_silence(waited_s)
            if answer is not None:
                return React(answer)
        if answered and self._script.awaited is None:
            over = self._patience.is_over(at_s, agent)
            return self._next(at_s, agent, waited_s) if over else None
        return self._patience.given_up(at_s, agent, answered=answered, greeted=greeted)

    def _began(self, at_s: float, action: Say | React) -> None:
        self.state = DirectorState.SPEAKING
        self._said_last, self._again = action, None
        if isinstance(action, React):
            self._floor.begins(at_s, self._answers[action.answer])
            return
        turn = self._scenario.turns[action.turn]
        own_moment = turn.start is not None or turn.over is not None
        self._floor.begins(at_s, self._turns[action.turn], own_moment=own_moment)
        self._script.begun(action.turn)
