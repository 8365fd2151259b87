"""Regular expressions of scenario files: either case alike, and never longer than a limit."""

from __future__ import annotations

import re
import warnings

import regex

from harness.errors import OperationError
from harness.scenario.wording import shown

LIMIT_S = 0.5
"""How long one search may take. An ordinary one takes microseconds."""


MOST_PLACES = 100_000
"""How long an expression may be once its counted repeats are written out, as engines do."""

_PIECE = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*+\]?|\{(\d+)(?:,(\d*))?\}|.", re.DOTALL)
"""One piece: an escape, a set, a counted repeat (least, most), or a character."""


class SlowExpression(OperationError):
    """An expression that backtracks without end on what the agent said."""

    def __init__(self, expression: str) -> None:
        self.expression = expression
        super().__init__(
            f"the regular expression {expression!r} was not done after {LIMIT_S:g} s; "
            "it repeats a repetition, such as (a+)+: write it without"
        )


def proof_fault(pattern: object) -> str | None:
    """Say why an expression cannot show that something was said; None if it can."""
    problem = expression_fault(pattern)
    if problem is None and isinstance(pattern, str) and pattern and search(pattern, ""):
        return f"matches where nothing is said, so it proves nothing; got {shown(pattern)}"
    return problem


def search(expression: str, text: str, *, limit_s: float = LIMIT_S) -> bool:
    """Whether the expression matches anywhere in a text.

    Raises:
        SlowExpression: the search took longer than ``limit_s``.
    """
    return first_match(expression, text, limit_s=limit_s) is not None


def first_match(expression: str, text: str, *, limit_s: float = LIMIT_S) -> tuple[int, int] | None:
    """Return where the expression first matches, as characters [start, stop); raises as above."""
    try:
        match = regex.search(expression, text, regex.IGNORECASE, timeout=limit_s)
    except TimeoutError as error:
        raise SlowExpression(expression) from error
    return None if match is None else match.span()


def expression_fault(expression: object) -> str | None:
    """Say why a text is no regular expression; None when it is one (or no text at all)."""
    problem = _problem(expression) if isinstance(expression, str) else None
    return f"not a regular expression: {problem}, in {shown(expression)}" if problem else None


def _places(expression: str) -> int:
    """Return how many characters, sets and escapes there are with counted repeats written out."""
    groups, last = [0], 0
    for piece in _PIECE.finditer(expression):
        least, most = piece.groups()
        if piece[0] == "(":
            groups.append(0)
            last = 0
        elif piece[0] == ")" and len(groups) > 1:
            last = groups.pop()
            groups[-1] += last
        elif least is not None:
            repeated = last * max(int((most or least)[:9]), 1)  # more digits are as much too many
            groups[-1] += repeated - last
            last = repeated
        else:
            last = 1
            groups[-1] += 1
    return sum(groups)


def _problem(expression: str) -> str | None:
    if _places(expression) > MOST_PLACES:
        return f"its repeats, written out, are longer than {MOST_PLACES:,} places"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # "[[": Python may read it as a set
            re.compile(expression)  # the syntax is Python's; the other engine only keeps time
            regex.compile(expression, regex.IGNORECASE)
    except re.error as error:
        return error.msg
    except regex.error as error:
        return str(error)
    except (RecursionError, OverflowError):
        return "its groups are nested too deeply"
    return None
