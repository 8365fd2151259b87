"""What the caller does next, and when: (time, what the agent is doing) -> one action or none.

The caller follows a script, but like a person: it waits for an answer, lets the agent finish,
leaves a natural pause, answers a question that the script did not foresee, interrupts where it is
told to, and hangs up when there is nothing left to say. The director is asked at every border
between two frames and its answer takes effect in the frame that begins there.

::

    state      means                     leaves when
    OPENING    nobody has spoken         OPENING_S passed, the agent is quiet -> next turn
                                         OPENING_S passed, the agent opens -> GREETED
    GREETED    the agent speaks first    its greeting is over -> next turn
                                         the next turn's cue comes -> that turn, over the greeting
                                         nothing came for answer_timeout_s -> hang up
    SPEAKING   a clip is on the line     the clip has ended -> WAITING
    WAITING    the agent has the floor   its answer is over -> answer rule, next turn, or hang up
                                         the next turn's cue comes -> that turn, over the agent
                                         nothing came for answer_timeout_s -> hang up
    HUNG_UP    the call is over

An answer is over when something audible of a response created since the caller's turn began was
heard after the caller's last voiced sample, playback has run dry, no response is open or asked
for, no tool runs, and PAUSE_S of quiet have passed. A ``no_op`` tool call is an answer too, a
silent one: the caller goes on SILENT_PAUSE_S after it. After silence and noise no answer is owed:
UNOWED_PAUSE_S of quiet and the caller goes on, but an agent that speaks is heard out. An agent
that has answered and then seems busy for answer_timeout_s without a sound is taken to be done.

Answer rules come before the script, also before a turn whose cue never came; such a turn is then
spoken as a normal one. The cue ``after_s`` counts from the first audible sample of the answer;
``on_text`` is searched in the words heard so far. The last answer is followed by TAIL_S of
listening before the caller hangs up.

An agent that opens the call is invited to, unless it has begun by itself. Its greeting is over as
an answer is. Answer rules are not for greetings: the caller has a reason to call, and says it.

A backchannel ("mm-hm") takes no floor: what the caller waits for is still the answer to the turn
before it. Nobody owes it an answer, but for UNOWED_PAUSE_S one may come, and is heard out.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from harness.language.language import Language
from harness.recording.model import UtteranceKind
from harness.recording.provenance import CallStatus, EndCause
from harness.scenario.expressions import SlowExpression, search
from harness.scenario.model import Scenario
from harness.scenario.script import BargeIn
from harness.session.agent_side import AgentSide
from harness.session.reactions import Reactions

OPENING_S = 0.5
PAUSE_S = 0.6
SILENT_PAUSE_S = 1.0
UNOWED_PAUSE_S = 2.0
TAIL_S = 1.0
_FORGIVEN_S = 1e-6


class DirectorState(Enum):
    """Where the caller stands; see the table above."""

    OPENING = "opening"
    GREETED = "greeted"
    SPEAKING = "speaking"
    WAITING = "waiting"
    HUNG_UP = "hung_up"


@dataclass(frozen=True, slots=True)
class ClipTimes:
    """How long one clip takes: to its last voiced sample (its end where it has none), and whole."""

    kind: UtteranceKind
    voiced_end_s: float
    length_s: float


@dataclass(frozen=True, slots=True)
class Say:
    """Put a turn of the script on the line from this border on."""

    turn: int
    barge_in: bool = False


@dataclass(frozen=True, slots=True)
class React:
    """Put an answer that the script keeps ready on the line from this border on."""

    answer: int


@dataclass(frozen=True, slots=True)
class Invite:
    """Ask the agent to speak first, if its dialect needs that."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call."""

    status: CallStatus
    detail: str = ""
    cause: EndCause | None = None


Action: TypeAlias = Say | React | Invite | HangUp


class Director:
    """The caller's mind for one call."""

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
        self._next_turn = 0
        self._agent_opens = agent_opens
        # Being called asks for a greeting, as a turn that is over asks for an answer.
        self._clip = ClipTimes(UtteranceKind.SPEECH, 0.0, 0.0)
        self._started_s = 0.0
        self._floor_s = float("-inf")
        """When the caller last took the floor; what the agent began before is no answer."""
        self._nodded_until_s: float | None = None

    @property
    def turn_end_s(self) -> float:
        """When the voiced audio of the last turn that took the floor ends, or ended."""
        return self._started_s + self._clip.voiced_end_s

    @property
    def clip_end_s(self) -> float:
        """When the last clip leaves the line, or left it."""
        if self._nodded_until_s is not None:
            return self._nodded_until_s
        return self._started_s + self._clip.length_s

    @property
    def only_listens(self) -> bool:
        """Whether no answer is asked for: the caller nodded last, or the agent speaks first."""
        return self._nodded_until_s is not None or self.state is DirectorState.GREETED

    def is_done(self, at_s: float, agent: AgentSide) -> bool:
        """Return True if the caller has said all, and got the answers that were owed."""
        over = at_s + _FORGIVEN_S >= self.clip_end_s and self._next_turn >= len(self._turns)
        return over and self._pause_s(at_s, agent) is not None

    @property
    def unsaid(self) -> int:
        """How many turns of the script were not begun."""
        return len(self._turns) - self._next_turn

    def decide(self, at_s: float, agent: AgentSide) -> Action | None:
        """Return what the caller does from the frame border ``at_s`` on; None to go on as is.

        Borders must not run backwards. After ``HangUp`` nothing comes any more. A regular
        expression of the script that does not come to an end ends the call as ``caller_invalid``.
        """
        action: Action | None
        try:
            action = self._decide(at_s + _FORGIVEN_S, agent)
        except SlowExpression as error:
            action = HangUp(CallStatus.CALLER_INVALID, str(error))
        if isinstance(action, HangUp):
            self.state = DirectorState.HUNG_UP
        elif isinstance(action, Say | React):
            self._began(at_s, action)
        return action

    def _decide(self, at_s: float, agent: AgentSide) -> Action | None:
        if self.state is DirectorState.HUNG_UP:
            return None
        limit_s = self._scenario.limits.call_s
        if at_s >= limit_s:
            return self._limit_reached(at_s, limit_s, agent)
        if self.state is DirectorState.OPENING:
            return self._opening(at_s, agent) if at_s >= OPENING_S else None
        if self.state is DirectorState.SPEAKING:
            if at_s < self.clip_end_s:
                return None
            self.state = DirectorState.WAITING
        return self._waiting(at_s, agent)

    def _limit_reached(self, at_s: float, limit_s: float, agent: AgentSide) -> HangUp:
        """A caller who was never let in (noise, a greeting without end) proves nothing."""
        told = f"the call reached its limit of {limit_s:g} s"
        if self._next_turn == 0 and agent.quiet_since_s(at_s) is None:
            never = "the agent was never quiet, so the caller did not begin"
            return HangUp(CallStatus.AGENT_ERROR, f"{told}: {never}")
        return HangUp(CallStatus.COMPLETED, told)

    def _opening(self, at_s: float, agent: AgentSide) -> Action | None:
        if not self._agent_opens:
            return None if agent.quiet_since_s(at_s) is None else self._script()
        self.state = DirectorState.GREETED
        return None if agent.has_begun else Invite()

    def _waiting(self, at_s: float, agent: AgentSide) -> Action | None:
        talking_over = self._talking_over(at_s, agent)
        if talking_over is not None:
            return talking_over
        rest_s = self._rested(at_s, agent)
        if rest_s is not None:
            return self._next(at_s, agent, rest_s)
        return self._given_up(at_s, agent)

    def _talking_over(self, at_s: float, agent: AgentSide) -> Say | None:
        if self._next_turn >= len(self._turns):
            return None
        turn = self._scenario.turns[self._next_turn]
        if turn.cue is None or not self._triggered(turn.cue, at_s, agent):
            return None
        over = agent.speaking(at_s)
        return Say(self._next_turn, barge_in=over and turn.barge_in is not None)

    def _triggered(self, cue: BargeIn, at_s: float, agent: AgentSide) -> bool:
        if cue.after_s is not None:
            first_s = self._answer_heard_s(at_s, agent)
            return first_s is not None and at_s >= first_s + cue.after_s
        words = agent.words(at_s, since_s=self._floor_s)
        return bool(words) and search(cue.on_text or "", words)

    def _answer_heard_s(self, at_s: float, agent: AgentSide) -> float | None:
        return agent.first_heard_s(at_s, since_s=self._floor_s, after_s=self.turn_end_s)

    def _rested(self, at_s: float, agent: AgentSide) -> float | None:
        """Return how long the floor has been free beyond the due pause; None if it is not."""
        quiet_s = agent.quiet_since_s(at_s)
        if quiet_s is None:
            return None
        pause_s = self._pause_s(at_s, agent)
        if pause_s is None:
            return None
        rest_s = at_s - max(quiet_s, self.clip_end_s) - pause_s
        if self._nodded_until_s is not None:
            rest_s = min(rest_s, at_s - self._nodded_until_s - UNOWED_PAUSE_S)
        return rest_s if rest_s >= 0 else None

    def _pause_s(self, at_s: float, agent: AgentSide) -> float | None:
        if self._answer_heard_s(at_s, agent) is not None:
            return PAUSE_S
        if self._clip.kind is not UtteranceKind.SPEECH:
            return UNOWED_PAUSE_S
        if agent.silent_answer_s(self._floor_s) is not None:
            return SILENT_PAUSE_S
        return None

    def _next(self, at_s: float, agent: AgentSide, rest_s: float) -> Action | None:
        if self.state is not DirectorState.GREETED:
            answer = self._reactions.choose(agent.words(at_s, since_s=self._floor_s))
            if answer is not None:
                return React(answer)
        if self._next_turn < len(self._turns):
            return self._script()
        return HangUp(CallStatus.COMPLETED) if rest_s >= TAIL_S - PAUSE_S else None

    def _given_up(self, at_s: float, agent: AgentSide) -> Action | None:
        """Return what follows when the agent has not given a sign for too long."""
        waited_s = at_s - max(self.clip_end_s, agent.last_sign_s(at_s))
        timeout_s = self._scenario.limits.answer_timeout_s
        if waited_s < timeout_s:
            return None
        if self._pause_s(at_s, agent) is not None:
            return self._next(at_s, agent, waited_s)
        failure = agent.failure(self._floor_s)
        if failure is not None:
            return HangUp(CallStatus.AGENT_ERROR, failure)
        wanted, cause = "answer", None
        if self.state is DirectorState.GREETED:
            wanted, cause = "greeting", EndCause.NO_GREETING
        return HangUp(CallStatus.AGENT_SILENT, f"no {wanted} within {timeout_s:g} s", cause)

    def _script(self) -> Say:
        return Say(self._next_turn)

    def _began(self, at_s: float, action: Say | React) -> None:
        self.state = DirectorState.SPEAKING
        if isinstance(action, React):
            clip = self._answers[action.answer]
        else:
            clip = self._turns[action.turn]
            self._next_turn = action.turn + 1
        if clip.kind is UtteranceKind.BACKCHANNEL:
            self._nodded_until_s = at_s + clip.length_s
        else:
            self._started_s = self._floor_s = at_s
            self._clip, self._nodded_until_s = clip, None
