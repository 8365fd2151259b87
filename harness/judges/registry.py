"""The available judges: built in, or offered by packages (group ``harness.judges``)."""

from __future__ import annotations

from harness.errors import BrokenPlugin, HarnessError
from harness.judges.base import JudgeFactory, ModelJudge
from harness.plugins import Registry
from harness.scenario.judge_settings import JudgeSettings

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
