"""Where the caller is in the script: the turn that comes next, and the turns that were left out."""

from __future__ import annotations

from harness.scenario.cues import Start
from harness.scenario.script import Turn
from harness.session.moves import Say, TakeStep


class ScriptPlace:
    """A place in the turns of a scenario."""

    def __init__(self, turns: tuple[Turn, ...]) -> None:
        self._turns = turns
        self.number = 0
        """Of the turn that comes next, counted from 0."""
        self._left_out: list[int] = []

    @property
    def coming(self) -> Turn | None:
        """The turn that comes next."""
        return self._turns[self.number] if self.number < len(self._turns) else None

    @property
    def awaited(self) -> Start | None:
        """What the turn that comes next waits for, if that is not the end of the answer."""
        return None if self.coming is None else self.coming.start

    @property
    def unsaid(self) -> int:
        """How many turns were not begun, and may not be left out either."""
        return sum(turn.when is None for turn in self._turns[self.number :])

    def taken(self, turn: Turn, *, over: bool = False) -> Say | TakeStep:
        """Return what the caller does in the turn that comes next; ``over`` the agent or not."""
        if turn.step is not None:
            return TakeStep(self.number)
        return Say(self.number, barge_in=over)

    def begun(self, turn: int) -> None:
        """Go on behind a turn."""
        self.number = turn + 1

    def leave_out(self) -> None:
        """Go on behind the turn that comes next, which is not said."""
        self._left_out.append(self.number)
        self.number += 1

    def take_left_out(self) -> tuple[int, ...]:
        """Return the turns that were left out since this was asked last."""
        left_out, self._left_out = tuple(self._left_out), []
        return left_out
