"""Decisions of ``witness.py``, counted: by condition, rate, kind, voice and change.

``python benchmarks/witness_cells.py CLAIMS [--sure X] [--unlikely Y]`` prints the tables of
``docs/research/asr-crosscheck.md`` from a file that ``witness.py --claims`` kept, at any
thresholds: no audio is heard again. Decisions by words alone stay as they were.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from harness.judging.dialogue.asr_crosscheck import SURE, UNLIKELY
from harness.judging.dialogue.model import Agreement
from harness.results.rates import rate

SWAPS = ("alike", "digit", "letter")
"""Changes that leave a value's length as it is."""

DEVELOPED = frozenset(
    {
        "espeak en-us+robert", "espeak en-gb-x-rp+m3", "espeak en-us+klatt4", "flite rms",
        "flite kal16", "festival ked_diphone", "jackson", "theo",
    }
)  # fmt: skip
"""Voices and speakers on which rules and thresholds were made."""

_CONDITIONS = {
    "clean": "clean",
    "white 20": "white noise, 20 dB",
    "babble 20": "babble, 20 dB",
    "white 10": "white noise, 10 dB",
    "babble 10": "babble, 10 dB",
    "real": "real people's digits",
}
_KINDS = {
    "id": "letters and digits",
    "digits": "digits",
    "phone": "phone numbers",
    "email": "e-mail, spelled",
}
_CHANGES = {
    "digit": "another digit",
    "letter": "another letter",
    "alike": "one that sounds alike",
    "dropped": "one left out",
    "added": "one added",
}
_HEAD = (
    "right: agrees",
    "doubted",
    "cannot tell",
    "changed: passed",
    "cannot tell",
    "left out or added: passed",
    "cannot tell",
)


@dataclass(frozen=True, slots=True)
class Decided:
    """How a claim was decided; ``change`` is the claim's error, empty for a right claim."""

    voice: str
    kind: str
    condition: str
    rate_hz: int
    value: str
    change: str
    claim: str
    agreement: Agreement
    sure: float | None
    """None if words alone decided."""

    @property
    def part(self) -> str:
        """Say whether rules were made on this voice."""
        return "developed" if self.voice in DEVELOPED else "held_out"


Cell = tuple[tuple[str, str | int], ...]


def cells(decided: Iterable[Decided]) -> dict[Cell, list[Decided]]:
    """Return the decisions by condition and, in each, by rate, kind, change and voice."""
    found: dict[Cell, list[Decided]] = defaultdict(list)
    for one in decided:
        ways: list[tuple[str, str | int]] = [
            ("rate_hz", one.rate_hz),
            ("kind", one.kind),
            ("voice", one.voice),
        ]
        if one.change:
            ways.append(("change", one.change))
        for by, which in ways:
            found[("by", by), ("part", one.part), ("condition", one.condition), (by, which)].append(
                one
            )
    return found


def counted(ones: Sequence[Decided]) -> dict[str, object]:
    """Return the figures of a cell."""
    right, *wrong = parted(ones)
    figures: dict[str, object] = {
        "right": len(right),
        "right_doubted": _share(right, Agreement.DISAGREE),
        "right_cannot_tell": _share(right, Agreement.UNHEARD),
    }
    for name, given in zip(("changed", "lost_or_added"), wrong, strict=True):
        figures |= {
            name: len(given),
            f"{name}_passed": _share(given, Agreement.AGREE),
            f"{name}_cannot_tell": _share(given, Agreement.UNHEARD),
        }
    return figures


def parted(ones: Iterable[Decided]) -> tuple[list[Agreement], list[Agreement], list[Agreement]]:
    """Return the decisions on right and changed claims, and those with a character less or more."""
    right: list[Agreement] = []
    changed: list[Agreement] = []
    other: list[Agreement] = []
    for one in ones:
        into = right if not one.change else changed if one.change in SWAPS else other
        into.append(one.agreement)
    return right, changed, other


def _share(of: list[Agreement], which: Agreement) -> list[float] | None:
    """Return count, share and its interval; None without claims."""
    if not of:
        return None
    count = of.count(which)
    found = rate(count, len(of))
    ends = (count / len(of), found.low or 0.0, found.high or 0.0)
    return [count, *(round(end, 3) for end in ends)]


def kept(decided: Iterable[Decided]) -> str:
    """Return claims as lines of JSON."""
    return "".join(
        json.dumps(asdict(one) | {"agreement": one.agreement.value}) + "\n" for one in decided
    )


def read_again(text: str, *, sure: float, unlikely: float) -> Iterator[Decided]:
    """Yield kept claims, decided by these thresholds."""
    for line in text.splitlines():
        given = json.loads(line)
        one = Decided(**given | {"agreement": Agreement(given["agreement"])})
        if one.sure is None:
            yield one
            continue
        below = Agreement.DISAGREE if one.sure <= unlikely else Agreement.UNHEARD
        yield replace(one, agreement=Agreement.AGREE if one.sure >= sure else below)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("claims", type=Path, help="file that witness.py --claims kept")
    parser.add_argument("--sure", type=float, default=SURE)
    parser.add_argument("--unlikely", type=float, default=UNLIKELY)
    options = parser.parse_args()
    text = options.claims.read_text(encoding="utf-8")
    decided = list(read_again(text, sure=options.sure, unlikely=options.unlikely))
    held_out = [one for one in decided if one.part == "held_out"]
    spoken = [one for one in decided if one.condition != "real"]
    for title, ones, label in (
        ("all voices and speakers", decided, _by_condition),
        ("held out", held_out, _by_condition),
        ("at", decided, _by_rate),
        ("kind", decided, _by_kind),
        ("voice, speaker (* held out)", decided, _by_voice),
    ):
        print("\n".join(_table(title, ones, label)), end="\n\n")
    print("\n".join(_changes(spoken, [one for one in decided if one.condition == "real"])))


def _table(
    title: str, ones: Iterable[Decided], label: Callable[[Decided], tuple[int, str]]
) -> Iterator[str]:
    grouped: dict[tuple[int, str], list[Decided]] = defaultdict(list)
    for one in ones:
        grouped[label(one)].append(one)
    yield _line(title, *_HEAD)
    yield "|---" * (1 + len(_HEAD)) + "|"
    for (_, name), group in sorted(grouped.items()):
        right, *wrong = parted(group)
        figures = [f"{right.count(Agreement.AGREE)} of {len(right)}"]
        figures += [_of(right, Agreement.DISAGREE), str(right.count(Agreement.UNHEARD))]
        for given in wrong:
            figures += [_of(given, Agreement.AGREE), str(given.count(Agreement.UNHEARD))]
        yield _line(name, *figures)


def _by_condition(one: Decided) -> tuple[int, str]:
    return list(_CONDITIONS).index(one.condition), _CONDITIONS[one.condition]


def _by_rate(one: Decided) -> tuple[int, str]:
    place, name = _by_condition(one)
    return place, f"{name}, {one.rate_hz // 1000} kHz"


def _by_kind(one: Decided) -> tuple[int, str]:
    where = one.condition if one.condition in ("clean", "real") else "in noise"
    return list(_KINDS).index(one.kind), f"{_KINDS[one.kind]}, {where}"


def _by_voice(one: Decided) -> tuple[int, str]:
    where = one.condition if one.condition in ("clean", "real") else "in noise"
    return int(where == "real"), f"{one.voice}{' *' * (one.part == 'held_out')}, {where}"


def _changes(*groups: Sequence[Decided]) -> Iterator[str]:
    yield _line(
        "the wrong claim has", "passed", "cannot tell", "real people: passed", "cannot tell"
    )
    yield "|---" * 5 + "|"
    for change, name in _CHANGES.items():
        figures = []
        for group in groups:
            given = [one.agreement for one in group if one.change == change]
            figures += [_of(given, Agreement.AGREE), str(given.count(Agreement.UNHEARD))]
        yield _line(name, *figures)


def _of(given: list[Agreement], which: Agreement) -> str:
    """Return count and interval as the page has them."""
    if not given:
        return "–"
    found = rate(given.count(which), len(given))
    ends = f"{100 * (found.low or 0):.0f}–{100 * (found.high or 0):.0f} %"
    return f"{found.passed} of {found.counted} ({ends})"


def _line(*texts: str) -> str:
    return f"| {' | '.join(texts)} |"


if __name__ == "__main__":
    main()
