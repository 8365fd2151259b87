"""The interface of a model judge, and the registry of judges.

Packages offer judges in the entry-point group ``harness.judges``: a callable that takes the
``JudgeSettings`` and returns a ``ModelJudge``. The harness handles votes, retries, budget and
storage.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from harness.errors import BrokenPlugin, HarnessError, OperationError
from harness.judges.model import JudgePrompt
from harness.plugins import Registry
from harness.scenario.model import JudgeSettings


@dataclass(frozen=True, slots=True)
class JudgeReply:
    """The text that a model answered, and the tokens that the endpoint counted.

    ``refusal`` is the reason for a reply without usable text (the model refused, or its reply was
    truncated or too long): the vote is void. Token counts are None if the endpoint did not report
    them.
    """

    text: str
    refusal: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None


class ModelJudge(Protocol):
    """Sends prompts to one model."""

    async def ask(self, prompt: JudgePrompt) -> JudgeReply:
        """Return the model's reply; cancelling is safe.

        Raises:
            AskAgain: no reply this time; another attempt may succeed.
            JudgeUnavailable: no question will get a reply.
        """
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


JudgeFactory = Callable[[JudgeSettings], ModelJudge]
"""Creates a judge from its settings; raises MissingVariable if its key is not set."""


class JudgeUnavailable(OperationError):
    """A judge that cannot be used: unreachable, wrong key, unknown model, a broken package."""

    def __init__(self, judge: str, detail: str) -> None:
        self.judge, self.detail = judge, detail
        super().__init__(f"judge {judge}: {detail}")


class AskAgain(Exception):
    """A temporary failure; ``after_s`` is the delay that the endpoint requests, if any."""

    def __init__(self, detail: str, *, after_s: float | None = None) -> None:
        self.detail, self.after_s = detail, after_s
        super().__init__(detail)


# The available judges: built in, or offered by packages (group ``harness.judges``).

JUDGES: Registry[JudgeFactory] = Registry(
    "judge", "harness.judges", {"openai_chat": "harness.judges.openai_chat:openai_chat"}
)


def judge_for(settings: JudgeSettings) -> ModelJudge:
    """Return the judge that the settings name.

    Raises:
        UnknownName: no judge of that name is installed.
        MissingVariable: the environment variable of its key is not set.
        BrokenPlugin: its package cannot be loaded, or raises.
    """
    factory = JUDGES.get(settings.use)
    try:
        return factory(settings)
    except HarnessError:
        raise
    except (Exception, SystemExit) as error:
        raise BrokenPlugin(JUDGES.kind, settings.use, error) from error
