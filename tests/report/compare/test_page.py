"""The comparison's pages as text and data: effects in place, flips, prompts, all text escaped."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from support.compared_runs import write_comparison_of_two_runs
from support.late_results import late_call
from support.synthetic_run import write_run
from support.two_runs import calls, pairs

from harness.errors import RecordingDamaged, StorageFailed
from harness.report.compare import view as findings
from harness.report.compare.html import write_comparison_pages
from harness.report.compare.view import (
    HEARD_PER_SCENARIO,
    SHOWN,
    PairPage,
    compare_page,
    heard_per_scenario,
)
from harness.report.pages import Link, PageFrame, render
from harness.results.aggregate import summarize
from harness.results.compare.measures import Pairing
from harness.results.compare.noise_floor import Floor, NoiseFloor, TwoSets
from harness.results.compare.store import (
    Comparison,
    EarlierLook,
    Variant,
    read_comparison,
    write_comparison,
)
from harness.results.compare.verdict import Names, Terms, judge
from harness.results.model import diff_lines
from harness.results.store import read_results, write_results
from harness.runs.comparison import compare_stored

WAITS = {"waits": [1.0, 1.1, 1.2, 1.0, 1.3, 1.1, 1.2, 1.0, 1.1, 1.2]}


def comparison(a, b, *, prompts=("Be kind.", "Be brief."), terms=None, **more) -> Comparison:
    contrasts = judge(
        [(Names("A (x)", "B (y)", "b"), Pairing(pairs(a, b), 0), ())], terms or Terms()
    )
    values = {
        "format": 1, "harness_version": "0.1.0", "started_at": "2026-01-01T00:00:00+00:00",
        "level": 0.95, "look": 1, "looks": 1, "repeats": 10, "aa": False, "interrupted": False,
    }  # fmt: skip
    agents = zip("ab", "xy", prompts, strict=True)
    variants = tuple(
        Variant(key, name, key, "reference", prompt, 10, 10, own=True)
        for key, name, prompt in agents
    )
    return Comparison(**{**values, **more}, variants=variants, contrasts=contrasts)


def shown(found, pages=()):
    return compare_page(found, [list(pages)], title="t")


LOST = "A lost none of 10 calls; B lost 2 of 10 calls (2 interrupted); 2 of 10 pairs left out."
WORSE = comparison(calls("s", WAITS, rule="+" * 10), calls("s", WAITS, rule="-" * 10))


def test_effects_stand_where_they_are_on_an_axis_around_zero():
    shares, seconds = shown(WORSE).contrasts[0].charts
    (ttfa,) = seconds.effects
    assert (ttfa.at, ttfa.tone) == (50.0, "none")
    rule = next(e for e in shares.effects if e.label == "rule")
    assert (rule.at, rule.low, rule.tone) == (0.0, 0.0, "fail")
    assert rule.high == pytest.approx(50 * (1 - 0.567), abs=0.1)
    assert [(tick.at, tick.text) for tick in shares.ticks][::2] == [
        (0.0, "−100 points"), (50.0, "±0 points"), (100.0, "+100 points")]  # fmt: skip


def test_worse_lies_left_for_rates_and_right_for_waits():
    shares, seconds = shown(WORSE).contrasts[0].charts
    assert (shares.worse, shares.better) == ("B is worse", "B is better")
    assert (seconds.worse, seconds.better) == ("B is better", "B is worse")


def test_the_noise_floor_is_a_shade_around_zero():
    floor = NoiseFloor(1, "0", "2026", "r", {}, (), (), {}, (Floor("rule", "share", 10, 0.2),))
    found = comparison(
        calls("s", rule="+" * 10), calls("s", rule="-" * 10), terms=Terms(floor=floor)
    )
    (rule,) = shown(found).contrasts[0].charts[0].effects
    assert (rule.floor_left, rule.floor_width) == (40.0, 20.0)


def test_flips_are_grouped_by_scenario_and_scorer_with_links_where_there_is_a_page():
    found = comparison(calls("s", rule="+++-", other="++++"), calls("s", rule="--++", other="+++-"))
    page = shown(found, [PairPage("desk", "s", "", 1, "pairs/b/s-002.html", flipped=True)])
    (flips,) = page.contrasts[0].flips
    assert [(g.scorer, g.lost, g.links) for g in flips.groups] == [
        ("other", True, (("4", ""),)),
        ("rule", True, (("1", ""), ("2", "pairs/b/s-002.html"))),
        ("rule", False, (("4", ""),)),
    ]
    assert [g.reason for g in flips.groups] == ["other says -", "rule says -", "rule says -"]


def test_what_was_open_and_fails_now_is_listed_as_such():
    found = comparison(calls("s", rule="?+-+"), calls("s", rule="--+-"))
    (flips,) = shown(found).contrasts[0].flips
    assert [(g.change, len(g.links)) for g in flips.groups] == [
        ("pass → fail", 2), ("review → fail", 1), ("fail → pass", 1),
    ]  # fmt: skip


def test_what_is_decided_comes_first_and_the_rest_says_what_it_would_have_shown():
    found = comparison(
        calls("s", alike="+" * 10, other="+" * 9 + "-", rule="+" * 10),
        calls("s", alike="+" * 10, other="+" * 10, rule="-" * 10),
    )
    told = [(one.scorer, *findings.outcome(one))
            for one in findings.changed_first(found.contrasts[0].findings)]  # fmt: skip
    assert told[0] == ("rule", "worse", "")
    assert [name for name, *_ in told[1:]] == ["other", "alike"]
    assert [word for _, word, _ in told[1:]] == ["may be chance", "no difference"]
    assert all(seen.startswith("would see ") for *_, seen in told[1:])
    few = comparison(calls("s", rule="+"), calls("s", rule="+"))
    (one,) = few.contrasts[0].findings
    assert findings.outcome(one) == ("no difference", "too few to tell")


def test_flips_of_one_scenario_in_two_suites_lead_to_their_own_pairs():
    def both(rule):
        return [*calls("s", rule=rule), *(replace(c, suite="shop") for c in calls("s", rule=rule))]

    pages = [
        PairPage(suite, "s", "", 0, f"pairs/b/{suite}.html", flipped=True)
        for suite in ("desk", "shop")
    ]
    page = shown(comparison(both("+"), both("-")), pages)
    rows = page.contrasts[0].flips
    assert [(row.suite, [group.links for group in row.groups]) for row in rows] == [
        (suite, [(("1", f"pairs/b/{suite}.html"),)]) for suite in ("desk", "shop")
    ]
    text = render("compare.html.j2", PageFrame((Link("t"),)), page=page)
    assert '<span class="tag"><bdi dir="auto">shop</bdi></span>' in text


def test_the_link_to_a_run_is_one_whatever_its_folder_is_called():
    first = replace(WORSE.variants[0], run="../a #1?%", own=False)
    page = shown(replace(WORSE, variants=(first, WORSE.variants[1])))
    assert page.variants[0][2] == "../a%20%231%3F%25/index.html"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "Same callers and seeds for all, called in turn"),
        ({"aa": True}, "One agent called twice"),
        ({"variants": None}, "Finished runs; their calls are paired"),
        ({"looks": 4, "look": 2}, "this is look 2 of 4, each taken at 0.0125"),
    ],
)
def test_the_page_tells_how_the_calls_were_made(change, said):
    if "variants" in change:
        change = {"variants": tuple(replace(c, own=False) for c in WORSE.variants)}
    assert said in shown(replace(WORSE, **change)).manner


@pytest.mark.parametrize(
    ("a", "b", "state"), [("+", "-", "fail"), ("-", "+", "pass"), ("+", "+", "none")]
)
def test_the_state_is_the_verdicts(a, b, state):
    assert shown(comparison(calls("s", rule=a * 10), calls("s", rule=b * 10))).tone == state


UNDECIDED = comparison(calls("s", rule="+" * 20), calls("s", rule="+" * 19 + "-"))
SAID = "No evidence that B (y) differs from A (x) in 20 pairs."
COUNTS_FROM = "A loss of the size seen on rule (−5 points) would count from --repeat 371."


def test_the_page_begins_with_a_plain_sentence_and_from_how_many_repeats_it_would_count():
    page = shown(UNDECIDED)
    text = render("compare.html.j2", PageFrame((Link("t"),)), page=page)
    header, _, rest = text.partition("</header>")
    assert (page.sentences, page.contrasts[0].takes) == ((SAID,), COUNTS_FROM)
    assert f'<h1 class="headline none"><bdi dir="auto">{SAID}</bdi></h1>' in header
    assert header.count('<p class="lead">') == 1
    assert COUNTS_FROM in header.partition(SAID)[2]
    assert "would have found" not in header
    assert "least sure: rule" in rest


@pytest.mark.parametrize(
    ("note", "shown_as"),
    [
        ("Try `harness x <y>`.", "Try <code>harness x &lt;y&gt;</code>."),
        ("`a` or `b`", "<code>a</code> or <code>b</code>"),
        ("one ` alone <b>", "one ` alone &lt;b&gt;"),
    ],
)
def test_a_command_in_a_note_is_code_on_the_page(note, shown_as):
    found = replace(UNDECIDED, contrasts=(replace(UNDECIDED.contrasts[0], notes=(note,)),))
    text = render("compare.html.j2", PageFrame((Link("t"),)), page=shown(found))
    assert f'note"><bdi dir="auto">{shown_as}</bdi></p>' in text


def test_the_pairs_are_a_number_beside_their_name():
    assert ("Pairs", "20") in shown(UNDECIDED).facts


def test_each_of_several_agents_is_told_what_it_takes_beside_its_own_sentence():
    others = (*UNDECIDED.contrasts, replace(UNDECIDED.contrasts[0], key="c", b="C"))
    variants = (*UNDECIDED.variants, replace(UNDECIDED.variants[1], key="c", name="z", run="c"))
    found = replace(UNDECIDED, contrasts=others, variants=variants)
    page = compare_page(found, [[], []], title="t")
    header, _, rest = render("compare.html.j2", PageFrame((Link("t"),)), page=page).partition(
        "</header>"
    )
    assert COUNTS_FROM not in header
    assert rest.count(f'<p class="lead"><bdi dir="auto">{COUNTS_FROM}</bdi></p>') == 2


def test_the_terminal_says_the_verdict_then_what_it_takes_then_the_small_print():
    from rich.console import Console

    from harness.report.terminal import comparison_table

    contrast = replace(UNDECIDED.contrasts[0], notes=("A note.",), losses=LOST)
    found = replace(UNDECIDED, contrasts=(contrast,))
    console = Console(width=200)
    with console.capture() as captured:
        console.print(comparison_table(found))
    lines = [line.rstrip() for line in captured.get().splitlines()]
    start = lines.index(SAID)
    assert lines[start + 1] == COUNTS_FROM
    assert lines[start + 2] == LOST
    assert lines[start + 3].startswith("A difference of 40 points on any scorer would have been")
    assert lines[start + 4] == "A note."


def test_what_few_calls_of_different_callers_show_is_said_without_pairs():
    a, b = ({"waits": [1.0]}, {"waits": [1.2]})
    of = TwoSets(tuple(calls("s", a, rule="+")), tuple(calls("s", b, rule="-")))
    contrasts = judge([(Names("A (x)", "B (y)", "b"), of, ())], Terms())
    page = shown(replace(UNDECIDED, contrasts=contrasts, repeats=0))
    effects = {one.label: one for chart in page.contrasts[0].charts for one in chart.effects}
    assert effects["rule"].pairs == "1 and 1 calls"
    assert effects["time to first audio, mean"].sees == (
        "too few calls, or too little variation, to say what would be found"
    )


def test_the_page_says_which_side_lost_calls_of_stored_runs_and_why(tmp_path):
    first, second = (write_run(tmp_path / name) for name in ("first", "second"))
    results = read_results(second / "results.json")
    lost = replace(results.calls[0], status="timing_invalid", passed=None, scores=())
    calls = tuple(replace(call, prompt_hash="other") for call in (lost, *results.calls[1:]))
    write_results(second / "results.json", replace(results, calls=calls, summary=summarize(calls)))
    found = compare_stored((first, second), tmp_path / "out", level=0.95, force=False)
    (contrast,) = found.contrasts
    assert "B lost " in contrast.losses
    assert "1 the harness was too late to judge the agent by" in contrast.losses
    page = write_comparison_pages(tmp_path / "out").read_text()
    assert f'<p class="notice"><bdi dir="auto">{contrast.losses}</bdi></p>' in page
    (read,) = read_comparison(tmp_path / "out/compare.json").contrasts
    assert read.losses == contrast.losses


def test_a_mean_has_what_our_own_lateness_may_have_added_on_the_page_and_below_it_in_the_terminal():
    from rich.console import Console

    from harness.report.terminal import comparison_table

    late = [late_call(call, 0.06) for call in calls("s", WAITS, rule="+" * 10)]
    found = comparison(calls("s", WAITS, rule="+" * 10), late)
    (_, seconds) = shown(found).contrasts[0].charts
    assert (seconds.effects[0].a, seconds.effects[0].b) == ("1.12 s", "1.12 s ± 60 ms")
    console = Console(width=80)
    with console.capture() as captured:
        console.print(comparison_table(found))
    lines = captured.get().splitlines()
    (at,) = [number for number, line in enumerate(lines) if line.startswith("time to first audio,")]
    assert lines[at].count("1.12 s") == 2
    assert " ± 60 ms " in lines[at + 1]


def test_a_comparison_that_was_stopped_before_any_pair_says_so():
    page = compare_page(replace(WORSE, contrasts=()), [], title="t")
    assert (page.sentences, page.tone, page.contrasts) == (
        ("Nothing was compared yet.",),
        "none",
        (),
    )


def test_prompts_differ_line_by_line():
    before, after = "one\n--two\nthree\n", "one\n++two\nthree\n"
    assert [(line.kind, line.sign, line.text) for line in diff_lines(before, after)] == [
        ("gap", "", "@@ -1,3 +1,3 @@"), ("kept", "", "one"), ("removed", "−", "--two"),
        ("added", "+", "++two"), ("kept", "", "three"),
    ]  # fmt: skip
    assert diff_lines(before, before) == ()


@pytest.mark.parametrize(
    ("prompts", "told"),
    [
        (("Be kind.", "Be kind."), "Both were given the same prompt."),
        (("", ""), "The prompts are not known."),
    ],
)
def test_prompts_that_are_not_known_are_not_the_same(prompts, told):
    found = comparison(calls("s", WAITS), calls("s", WAITS), prompts=prompts)
    text = render("compare.html.j2", PageFrame((Link("t"),)), page=shown(found))
    assert told in text


@pytest.mark.parametrize(
    ("level", "confidence", "rate"),
    [(0.5, "50 %", "50 %"), (0.95, "95 %", "5 %"), (0.995, "99.5 %", "0.5 %"),
     (0.999, "99.9 %", "0.1 %")],
)  # fmt: skip
def test_the_error_rate_is_written_with_its_own_digits(level, confidence, rate):
    found = replace(WORSE, level=level)
    assert f"at most {rate} find anything" in findings.stated_rate(found)
    assert ("Confidence", confidence) in shown(found).facts


def test_looks_that_nobody_had_planned_are_told_with_what_they_cost():
    found = replace(WORSE, level=0.95, earlier=(EarlierLook(10, 0.05),))
    said = findings.stated_rate(found)
    assert "at most 7.5 % find anything" in said
    assert "looked at before, after 10 repeats, which nobody had planned" in said
    assert "this look is taken at 0.025" in said


@pytest.mark.parametrize(
    ("p", "text"), [(0.0004, "< 0.001"), (0.0123, "0.012"), (0.25, "0.25"), (1.0, "1.00")]
)
def test_probabilities_are_written_short(p, text):
    assert findings.probability(p) == text


def test_enough_pairs_are_told_without_a_wish_for_more():
    many = calls("s", rule="+" * 900)
    (rule,) = comparison(many, many).contrasts[0].findings
    assert findings.sees(rule).startswith("would have found ")
    assert "repeat" not in findings.sees(rule)


@pytest.mark.parametrize(("a", "b"), [("+", "-"), ("-", "+")])
def test_what_was_found_comes_without_advice_to_look_further(a, b):
    found = comparison(
        calls("s", rule=a * 10, other="+" * 10), calls("s", rule=b * 10, other="+" * 10)
    )
    other, rule = found.contrasts[0].findings
    assert (findings.sees(rule), findings.sees(other) != "") == ("", True)
    text = render("compare.html.j2", PageFrame((Link("t"),)), page=shown(found))
    counts = "10 lost, 0 gained" if a == "+" else "0 lost, 10 gained"
    assert text.count(f"10 pairs, {counts}</p>") == 1


def test_few_pairs_have_no_interval_and_promise_nothing():
    found = comparison(calls("s", {"waits": [1.0, 1.1]}), calls("s", {"waits": [1.2, 1.4]}))
    seconds = next(f for f in found.contrasts[0].findings if f.unit == "s")
    assert findings.interval(seconds) == "–"
    assert findings.sees(seconds) == (
        "too few pairs, or too little variation, to say what would be found; "
        f"+0.25 s, as seen, takes --repeat {seconds.repeats_to_count}"
    )
    (chart,) = (c for c in shown(found).contrasts[0].charts if c.name == "Times")
    assert (chart.effects[0].low, chart.effects[0].high) == (None, None)


# --- written --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_comparison_of_two_runs(tmp_path_factory.mktemp("compared runs"))


def test_pages_of_pairs_play_both_calls(written):
    pages = sorted(path.name for path in (written / "pairs" / "b").glob("*.html"))
    assert pages == ["barge-in-cancel-0.html", "straight-lookup-0.html"]
    for name in pages:
        text = (written / "pairs" / "b" / name).read_text(encoding="utf-8")
        for key, run in (("a", "first%20run"), ("b", "second%20run")):
            slug = name.removesuffix(".html")
            assert f'src="{slug}-{key}.flac"' in text
            assert (written / "pairs" / "b" / f"{slug}-{key}.flac").exists()
            assert f'href="../../../{run}/calls/{slug}/index.html"' in text


def test_runs_that_were_not_made_for_the_comparison_are_only_read(written):
    for run in ("first run", "second run"):
        assert list((written.parent / run).rglob("call.flac")) == []


def test_the_audio_of_own_runs_is_that_of_their_calls(written, tmp_path):
    for key, run in (("a", "first run"), ("b", "second run")):
        shutil.copytree(written.parent / run, tmp_path / key)
    found = read_comparison(written / "compare.json")
    own = tuple(replace(one, run=one.key, own=True) for one in found.variants)
    write_comparison(tmp_path, replace(found, variants=own))
    write_comparison_pages(tmp_path)
    assert list((tmp_path / "pairs").rglob("*.flac")) == []
    text = (tmp_path / "pairs/b/straight-lookup-0.html").read_text(encoding="utf-8")
    for key in "ab":
        assert f'src="../../{key}/calls/straight-lookup-0/call.flac"' in text
        assert (tmp_path / key / "calls/straight-lookup-0/call.flac").exists()


def test_a_pair_without_a_recording_says_that_nothing_can_be_played(written, tmp_path):
    copy = shutil.copytree(written.parent, tmp_path / "copy")
    (copy / "second run/calls/straight-lookup-0/events.jsonl").write_text("{}\n")
    write_comparison_pages(copy / "out")
    text = (copy / "out/pairs/b/straight-lookup-0.html").read_text(encoding="utf-8")
    assert text.count("Not known: there is no recording.") == 1
    assert 'data-side="b"' in text
    assert 'disabled title="Cannot be played: there is no recording"' in text
    assert "Nobody spoke" not in text


def test_what_agents_and_prompts_say_is_text_everywhere(written):
    for path in written.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "<script>window" not in text
        assert 'onerror="window' not in text
        assert "\u202e" not in text
    assert "&lt;script&gt;window" in (written / "index.html").read_text(encoding="utf-8")


def test_writing_again_gives_the_same_bytes(written):
    before = {path: path.read_bytes() for path in written.rglob("*.html")}
    write_comparison_pages(written)
    assert {path: path.read_bytes() for path in written.rglob("*.html")} == before


@pytest.mark.parametrize("flips", [9, HEARD_PER_SCENARIO, HEARD_PER_SCENARIO + 3])
def test_each_flip_has_a_page_or_the_reason_why_it_has_none(tmp_path, flips):
    from support.two_runs import run

    from harness.results.store import write_results
    from harness.runs.comparison import compare_stored

    told = {"prompt_hash": "p2"}
    b = [replace(c, **told) for c in calls("s", rule="-" * flips) + calls("t", rule="+" * 9)]
    write_results(
        tmp_path / "a/results.json", run(calls("s", rule="+" * flips), calls("t", rule="+" * 9))
    )
    write_results(tmp_path / "b/results.json", run(b))
    compare_stored((tmp_path / "a", tmp_path / "b"), tmp_path / "out", level=0.95, force=False)
    write_comparison_pages(tmp_path / "out")
    names = [path.name for path in (tmp_path / "out" / "pairs" / "b").iterdir()]
    heard = min(flips, HEARD_PER_SCENARIO)
    assert len([name for name in names if name.startswith("s-")]) == heard
    assert [name for name in names if name.startswith("t-")] == ["t-001.html"]
    text = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "Listen to scenarios that did not change" in text
    assert text.count('aria-label="#') == heard
    bare = flips > heard
    assert (f"Only the first {HEARD_PER_SCENARIO} changed pairs" in text) == bare
    assert text.count('href="../b/index.html"') == 1 + bare


def flipped(scenarios: int, repeats: int) -> Comparison:
    names = [f"s{number:04}" for number in range(scenarios)]
    a, b = ([call for name in names for call in calls(name, rule=said * repeats)] for said in "+-")
    return comparison(a, b)


@pytest.mark.parametrize(
    ("scenarios", "repeats", "heard"), [(1, 60, 50), (8, 60, 50), (40, 50, 10), (500, 4, 1)]
)
def test_many_scenarios_share_the_pages_of_pairs_and_each_has_one(scenarios, repeats, heard):
    found = flipped(scenarios, repeats)
    assert heard_per_scenario(found.contrasts[0]) == heard
    (contrast,) = shown(found).contrasts
    told = f"first {heard} changed pairs" if heard > 1 else "first changed pair of a scenario has"
    assert told in contrast.unheard


def test_beyond_what_stands_open_scenarios_and_pairs_are_folded_and_none_is_lost():
    page = shown(flipped(SHOWN + 2, SHOWN + 3))
    text = render("compare.html.j2", PageFrame((Link("t"),)), page=page)
    opened, _, folded = text.partition("<summary>and 2 more scenarios</summary>")
    assert [part.count('<th scope="rowgroup"') for part in (opened, folded)] == [SHOWN, 2]
    assert text.count("<summary>and 3 more pairs</summary>") == SHOWN + 2
    first = opened.partition("<summary>and 3 more pairs</summary>")[0]
    assert f'<span class="muted">#{SHOWN}</span>' in first
    assert f"#{SHOWN + 1}<" not in first
    assert text.count(f'<span class="muted">#{SHOWN + 3}</span>') == SHOWN + 2
    few = render("compare.html.j2", PageFrame((Link("t"),)), page=shown(flipped(SHOWN, SHOWN)))
    assert "<summary>and" not in few


def test_a_folder_without_a_comparison_or_that_cannot_be_written_is_named(tmp_path, written):
    with pytest.raises(RecordingDamaged, match="No such file"):
        write_comparison_pages(tmp_path)
    (tmp_path / "compare.json").write_bytes((written / "compare.json").read_bytes())
    (tmp_path / "assets").write_text("in the way")
    with pytest.raises(StorageFailed):
        write_comparison_pages(tmp_path)


def test_the_names_of_agents_are_no_markup():
    from rich.console import Console

    from harness.report.terminal import comparison_table

    contrast = replace(
        WORSE.contrasts[0], b="B ([red]loud[/red]\n::error::x)", notes=("##[error]x",)
    )
    console = Console(width=200)
    with console.capture() as captured:
        console.print(comparison_table(replace(WORSE, contrasts=(contrast,))))
    said = captured.get()
    assert "B ([red]loud[/red] : :error: :x) beside A (x)" in said
    assert "\n# #[error]x" in said


def test_the_terminal_tells_flips_of_scorers_only(written):
    from rich.console import Console

    from harness.report.terminal import comparison_table

    console = Console(width=80, file=None, record=True, quiet=False)
    with console.capture() as captured:
        console.print(comparison_table(read_comparison(written / "compare.json")))
    said = captured.get()
    assert "1 pair, −1 +0" in said
    assert max(len(line) for line in said.splitlines()) <= 80


def test_what_a_side_lost_stands_under_the_verdict_once_and_nothing_where_none_did():
    lost = replace(WORSE, contrasts=(replace(WORSE.contrasts[0], losses=LOST),))
    third = replace(WORSE.variants[1], key="c", run="c")
    several = (*lost.contrasts, replace(lost.contrasts[0], key="c"))
    three = replace(lost, variants=(*WORSE.variants, third), contrasts=several)
    for found, times in ((WORSE, 0), (lost, 1), (three, 2)):
        page = compare_page(found, [()] * len(found.contrasts), title="t")
        text = render("compare.html.j2", PageFrame((Link("t"),)), page=page)
        assert text.count(LOST) == times
        assert times == 0 or text.index(LOST) > text.index(found.contrasts[0].sentence)
