"""Many faults of one kind are told in one sentence with their number."""

from __future__ import annotations

import pytest

from harness.scorers.base import merged


@pytest.mark.parametrize(
    ("reasons", "told"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b", "a"], "a (2 times); b"),
        (["no answer at 0:01.2"] * 115, "no answer at 0:01.2 (115 times)"),
        ([f"said 'x{n}'" for n in range(3)], "said 'x0'; said 'x1'; said 'x2'"),
        ([f"said 'x{n}'" for n in range(9)],
         "said 'x0'; said 'x1'; said 'x2'; and 6 more of this kind"),
        (["a was late", *(f"at 0:0{n}.5 b" for n in range(5)), "a was late"],
         "a was late (2 times); at 0:00.5 b; at 0:01.5 b; at 0:02.5 b; and 2 more of this kind"),
    ],
)  # fmt: skip
def test_reasons_of_a_kind_are_told_once(reasons: list[str], told: str) -> None:
    assert merged(reasons) == told
