"""A comparison in a terminal: what was measured, the verdict in a sentence, and small print."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from harness.compare.model import Comparison, ComparisonVerdict, Contrast, Finding
from harness.report import figures
from harness.report.compare.findings import (
    calls_text,
    changed_first,
    difference,
    interval,
    label,
    levels,
    outcome,
    probability,
    stated_rate,
)

_STYLES = {
    ComparisonVerdict.WORSE: "bold red",
    ComparisonVerdict.BETTER: "green",
    ComparisonVerdict.NO_EVIDENCE: "dim",
}
_HEADLINE = {**_STYLES, ComparisonVerdict.NO_EVIDENCE: "bold"}


def comparison_table(comparison: Comparison) -> RenderableType:
    """Return each agent beside the first: findings, verdict, what it takes, and small print."""
    parts: list[RenderableType] = []
    for contrast in comparison.contrasts:
        verdict = Text(figures.one_line(contrast.sentence), style=_HEADLINE[contrast.verdict])
        parts += [_findings(contrast), "", verdict]
        parts += [Text(figures.one_line(contrast.takes))] if contrast.takes else []
        parts += [Text(figures.one_line(contrast.losses), "yellow")] if contrast.losses else []
        small = filter(None, (contrast.sees, *contrast.notes))
        parts += [*(Text(figures.one_line(said), style="dim") for said in small), ""]
    parts.append(Text(stated_rate(comparison), style="dim"))
    return Group(*parts)


def _findings(contrast: Contrast) -> Table:
    """Return the table; each measure has a second line, so that it fits into 80 columns."""
    title = Text(figures.one_line(f"{contrast.b} beside {contrast.a}"), style="table.title")
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column("scorer", min_width=20)
    key = contrast.key.upper()
    for name in ("A", key, f"{key} − A", "p"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for finding in changed_first(contrast.findings):
        word, noticed = outcome(finding)
        table.add_row(
            Text.assemble(label(finding), "\n", (_pairs(finding), "dim")),
            *map(_below_each_other, levels(finding)),
            Text.assemble(difference(finding), "\n", (interval(finding), "dim")),
            probability(finding.p_adjusted),
            Text.assemble((word, _STYLES[finding.verdict]), "\n", (noticed, "dim")),
        )
    return table


def _below_each_other(level: str) -> Text:
    """Return "1.24 s ± 12 ms" on two lines: a wider column would not fit."""
    value, sign, off = level.partition(" ± ")
    return Text.assemble(value, "\n", (f"± {off}", "dim")) if sign else Text(value)


def _pairs(finding: Finding) -> str:
    told = calls_text(finding)
    if finding.measure or finding.calls_a is not None:
        return told
    return f"{told}, −{finding.lost} +{finding.gained}"
