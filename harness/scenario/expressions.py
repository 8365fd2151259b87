"""Regular expressions of scenario files: either case alike, and never longer than a limit."""

from __future__ import annotations

import re

import regex

from harness.errors import OperationError

LIMIT_S = 0.5
"""How long one search may take. An ordinary one takes microseconds."""


class SlowExpression(OperationError):
    """An expression that backtracks without end on what the agent said."""

    def __init__(self, expression: str) -> None:
        self.expression = expression
        super().__init__(
            f"the regular expression {expression!r} was not done after {LIMIT_S:g} s; "
            "it repeats a repetition, such as (a+)+: write it without"
        )


def search(expression: str, text: str, *, limit_s: float = LIMIT_S) -> bool:
    """Whether the expression matches anywhere in a text.

    Raises:
        SlowExpression: the search took longer than ``limit_s``.
    """
    try:
        return regex.search(expression, text, regex.IGNORECASE, timeout=limit_s) is not None
    except TimeoutError as error:
        raise SlowExpression(expression) from error


def problem_of(expression: str) -> str | None:
    """Say why a text is no regular expression; None when it is one."""
    try:
        re.compile(expression)  # the syntax is Python's; the other engine only keeps time
        regex.compile(expression, regex.IGNORECASE)
    except re.error as error:
        return error.msg
    except regex.error as error:
        return str(error)
    return None
