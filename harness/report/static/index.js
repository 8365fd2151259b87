// Index page: filters and arranges the table of calls, shows it in parts, keeps the view in the
// address, and moves through it by keyboard.
// The page is whole without it; printing shows every row that matches.
"use strict";

const PART = 100; // rows shown at once

const table = document.getElementById("calls-table");
if (table) {
  const body = table.tBodies[0];
  const inputs = ["text", "verdict", "scorer", "tag"].map((name) => byId(`filter-${name}`));
  const [text, verdict, scorer, tag] = inputs;
  const byScenario = byId("by-scenario");
  const calls = [...body.querySelectorAll("tr[data-verdict]")]; // in the order of the run
  const facts = new Map(calls.map((row) => [row, {
    content: `${row.textContent} ${row.dataset.reasons}`.toLowerCase(),
    scorers: JSON.parse(row.dataset.scorers),
    tags: JSON.parse(row.dataset.tags),
    heading: row.dataset.group ? byId(`group-${row.dataset.group}`) : null,
  }]));
  const headings = [...body.querySelectorAll("tr.group")];
  let ordered = calls; // as sorted, whatever their scenario
  let arranged = calls; // as they stand in the table
  let matching = calls; // in the order shown
  let first = 0; // of the part shown

  // --- what is shown ---------------------------------------------------------------------
  const showPart = (from) => {
    first = Math.max(0, Math.min(from, matching.length - 1));
    first -= first % PART;
    const shown = new Set();
    matching.forEach((row, place) => {
      const here = place >= first && place < first + PART;
      row.classList.toggle("elsewhere", !here);
      if (here) shown.add(facts.get(row).heading);
    });
    for (const heading of headings) heading.classList.toggle("elsewhere", !shown.has(heading));
    byId("pager").hidden = matching.length <= PART;
    byId("page-place").textContent = `${first + 1}–${Math.min(first + PART, matching.length)} of ${matching.length}`;
    byId("page-previous").disabled = first === 0;
    byId("page-next").disabled = first + PART >= matching.length;
  };
  // Under its scenario, whose place is that of its first call; or all calls in one row.
  const arrange = () => {
    const grouped = byScenario?.checked ?? false;
    table.classList.toggle("grouped", grouped);
    const places = new Map();
    for (const row of ordered) {
      const key = (grouped && facts.get(row).heading) || row;
      if (!places.has(key)) places.set(key, []);
      places.get(key).push(row);
    }
    const rows = [...places].flatMap(([key, members]) => (members[0] === key ? members : [key, ...members]));
    if (!grouped) rows.push(...headings);
    body.append(...rows);
    arranged = [...places.values()].flat();
  };
  const filter = () => {
    // "scenario 07" is not seed 1070: a number is found where a number begins.
    const wanted = text.value.toLowerCase().split(/\s+/).filter(Boolean)
      .map((word) => (/^\d+$/.test(word) ? new RegExp(`(?<!\\d)${word}`) : word));
    matching = [];
    const headed = new Set();
    for (const row of arranged) {
      const { content, scorers, tags, heading } = facts.get(row);
      row.hidden = !(wanted.every((one) => (one.test ? one.test(content) : content.includes(one)))
        && (!verdict.value || row.dataset.verdict === verdict.value)
        && (!scorer?.value || scorers.includes(scorer.value))
        && (!tag?.value || tags.includes(tag.value)));
      if (row.hidden) continue;
      matching.push(row);
      if (heading) headed.add(heading);
    }
    for (const heading of headings) heading.hidden = !byScenario.checked || !headed.has(heading);
    byId("shown").textContent = `${matching.length} of ${facts.size} calls`;
    byId("none-shown").hidden = matching.length > 0;
    showPart(0);
  };
  const turn = (parts) => {
    showPart(first + parts * PART);
    table.scrollIntoView({ block: "start" });
  };

  // --- the view in the address: #verdict=fail&sort=-worst, so that it can be sent ------------
  const NAMES = ["text", "verdict", "scorer", "tag"];
  const sorting = () => {
    const header = table.tHead.querySelector("[aria-sort='ascending'], [aria-sort='descending']");
    if (!header) return "";
    const sign = header.getAttribute("aria-sort") === "descending" ? "-" : "";
    return sign + header.querySelector(".sort").dataset.key;
  };
  const state = () => {
    const told = new URLSearchParams();
    inputs.forEach((input, place) => { if (input?.value) told.set(NAMES[place], input.value); });
    if (sorting()) told.set("sort", sorting());
    if (byScenario && !byScenario.checked) told.set("by", "call");
    return String(told);
  };
  const remember = () => {
    const told = state();
    history.replaceState(null, "", told ? `#${told}` : location.href.split("#")[0]);
  };
  const recall = () => {
    const told = new URLSearchParams(location.hash.slice(1));
    if (![...told.keys()].some((name) => [...NAMES, "sort", "by"].includes(name))) return;
    inputs.forEach((input, place) => { if (input) input.value = told.get(NAMES[place]) ?? ""; });
    for (const input of inputs) if (input?.selectedIndex === -1) input.selectedIndex = 0; // none such here
    if (byScenario) byScenario.checked = told.get("by") !== "call";
    const sort = told.get("sort") ?? "";
    const button = [...table.querySelectorAll(".sort")].find((one) => one.dataset.key === sort.replace(/^-/, ""));
    for (let presses = 0; button && sorting() !== sort && presses < 2; presses += 1) button.click();
    arrange();
    filter();
  };

  for (const input of inputs) input?.addEventListener("input", () => { filter(); remember(); });
  byScenario?.addEventListener("change", () => { arrange(); filter(); remember(); });
  table.addEventListener("sorted", () => {
    ordered = [...body.rows].filter((row) => facts.has(row));
    arrange();
    filter();
    remember();
  });
  byId("page-previous").addEventListener("click", () => turn(-1));
  byId("page-next").addEventListener("click", () => turn(1));
  byId("clear").addEventListener("click", () => {
    for (const input of inputs) if (input) input.value = "";
    filter();
    remember();
    text.focus();
  });
  byId("copy-view").addEventListener("click", async (event) => {
    remember();
    await copy(location.href);
    event.target.focus(); // the fallback takes the focus away
    event.target.textContent = "Copied";
    setTimeout(() => { event.target.textContent = "Copy link to this view"; }, 2000);
  });
  addEventListener("hashchange", recall);

  // --- keyboard --------------------------------------------------------------------------
  const link = (row) => row?.querySelector("th a");
  const step = (event, by) => {
    const place = matching.indexOf(event.target.closest("tr")) + by;
    const row = matching[place];
    if (!row) return;
    if (row.classList.contains("elsewhere")) showPart(place);
    link(row).focus();
    event.preventDefault();
  };
  body.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") step(event, 1);
    else if (event.key === "ArrowUp") step(event, -1);
  });
  byId("filters").addEventListener("submit", (event) => {
    event.preventDefault();
    link(matching[0])?.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || !forPage(event) || !text.checkVisibility()) return;
    event.preventDefault();
    text.focus();
    text.select();
  });

  filter();
  recall();
}
