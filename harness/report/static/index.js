// Index page: filters the table of calls, shows it in parts, and moves through it by keyboard.
// The page is whole without it; printing shows every row that matches.
"use strict";

const PART = 100; // rows shown at once

const table = document.getElementById("calls-table");
if (table) {
  const body = table.tBodies[0];
  const byId = (id) => document.getElementById(id);
  const inputs = ["text", "verdict", "scorer", "tag"].map((name) => byId(`filter-${name}`));
  const [text, verdict, scorer, tag] = inputs;
  const facts = new Map([...body.rows].map((row) => [row, {
    content: `${row.textContent} ${row.dataset.reasons}`.toLowerCase(),
    failing: JSON.parse(row.dataset.failing),
    tags: JSON.parse(row.dataset.tags),
  }]));
  let matching = [...body.rows]; // in the order shown
  let first = 0; // of the part shown

  // --- what is shown ---------------------------------------------------------------------
  const showPart = (from) => {
    first = Math.max(0, Math.min(from, matching.length - 1));
    first -= first % PART;
    matching.forEach((row, place) => {
      row.classList.toggle("elsewhere", place < first || place >= first + PART);
    });
    byId("pager").hidden = matching.length <= PART;
    byId("page-place").textContent = `${first + 1}–${Math.min(first + PART, matching.length)} of ${matching.length}`;
    byId("page-previous").disabled = first === 0;
    byId("page-next").disabled = first + PART >= matching.length;
  };
  const filter = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    matching = [];
    for (const row of body.rows) {
      const { content, failing, tags } = facts.get(row);
      row.hidden = !(words.every((word) => content.includes(word))
        && (!verdict.value || row.dataset.verdict === verdict.value)
        && (!scorer?.value || failing.includes(scorer.value))
        && (!tag?.value || tags.includes(tag.value)));
      if (!row.hidden) matching.push(row);
    }
    byId("shown").textContent = `${matching.length} of ${facts.size} calls`;
    byId("none-shown").hidden = matching.length > 0;
    showPart(0);
  };
  const turn = (parts) => {
    showPart(first + parts * PART);
    table.scrollIntoView({ block: "start" });
  };

  for (const input of inputs) input?.addEventListener("input", filter);
  table.addEventListener("sorted", filter);
  byId("page-previous").addEventListener("click", () => turn(-1));
  byId("page-next").addEventListener("click", () => turn(1));
  byId("clear").addEventListener("click", () => {
    for (const input of inputs) if (input) input.value = "";
    filter();
    text.focus();
  });

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
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea") || !text.checkVisibility()) return;
    event.preventDefault();
    text.focus();
    text.select();
  });

  filter();
}
