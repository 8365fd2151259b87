"""Answers that can never be given, because an earlier one is always given in their place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import product
from typing import Any

from harness.scenario.expressions import expression_fault, search
from harness.scenario.pieces import Found, items
from harness.scenario.wording import shown

_CHOICE = re.compile(r"\(\?:([^()]*)\)|\(([^()?][^()]*)\)")
_SPECIAL = re.compile(r"[\\.^$*+?{}\[\]()|]")
_PLACED = re.compile(r"\^|\$|\\[bBAZ]|\(\?[=!<]")
"""What ties an expression to a place in the text: then it need not match a longer one."""

_MOST_WAYS = 64


def answer_faults(data: Mapping[str, Any]) -> Found:
    """Check the answers of a file, in order.

    Where an earlier answer's ``times`` is written, what follows it may well be meant for later.
    """
    earlier: list[tuple[int, Mapping[str, Any]]] = []
    for number, answer in items(data, "answers"):
        for place, first in earlier:
            if "times" not in first and _hides(first, answer):
                problem = (
                    f"answers[{place}] is always given first; put this one before it, or say in "
                    f"answers[{place}] how often it may be used (times: 1)"
                )
                key = "if_agent_asks" if "if_agent_asks" in answer else "if_agent_says_wrong"
                yield ("answers", number, key), f"{problem}, got {shown(answer[key])}"
                break
        earlier.append((number, answer))


def _hides(first: Mapping[str, Any], answer: Mapping[str, Any]) -> bool:
    """Whether an answer's condition holds only where an earlier one's holds too."""
    wrong = answer.get("if_agent_says_wrong")
    if wrong is not None:
        return bool(first.get("if_agent_says_wrong") == wrong)
    earlier, later = first.get("if_agent_asks"), answer.get("if_agent_asks")
    if not isinstance(earlier, str) or not isinstance(later, str):
        return False
    if expression_fault(earlier) or expression_fault(later):
        return False
    if earlier.lower() == later.lower() or search(earlier, ""):
        return True
    ways = _texts_of(later)
    if not ways or _PLACED.search(earlier):
        return False
    return all(search(earlier, way) for way in ways)


def _texts_of(expression: str) -> list[str]:
    """Return all texts that a plain expression finds ("is that (right|correct)"), else none."""
    parts: list[list[str]] = []
    at = 0
    for choice in _CHOICE.finditer(expression):
        inner = choice[1] if choice[1] is not None else choice[2]
        parts += [[expression[at : choice.start()]], inner.split("|")]
        at = choice.end()
    parts.append([expression[at:]])
    if at == 0:
        parts = [expression.split("|")]
    if any(_SPECIAL.search(text) for texts in parts for text in texts):
        return []
    ways = ["".join(way) for way in product(*parts)]
    return ways if len(ways) <= _MOST_WAYS and all(ways) else []
