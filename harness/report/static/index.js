// Index page: filters and sorts the table of calls. The page is whole without it.
"use strict";

const table = document.getElementById("calls-table");
if (table) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const inputs = ["text", "verdict", "scorer", "tag"].map((name) => document.getElementById(`filter-${name}`));
  const [text, verdict, scorer, tag] = inputs;
  const shown = document.getElementById("shown");
  const noneShown = document.getElementById("none-shown");
  const failing = new Map(rows.map((row) => [row, JSON.parse(row.dataset.failing)]));
  const tags = new Map(rows.map((row) => [row, JSON.parse(row.dataset.tags)]));

  const matches = (row) => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const content = `${row.textContent} ${row.dataset.reasons}`.toLowerCase();
    return words.every((word) => content.includes(word))
      && (!verdict.value || row.dataset.verdict === verdict.value)
      && (!scorer?.value || failing.get(row).includes(scorer.value))
      && (!tag?.value || tags.get(row).includes(tag.value));
  };

  const filter = () => {
    let count = 0;
    for (const row of rows) {
      row.hidden = !matches(row);
      count += row.hidden ? 0 : 1;
    }
    shown.textContent = `${count} of ${rows.length} calls`;
    noneShown.hidden = count > 0;
  };

  const sort = (button) => {
    const header = button.closest("th");
    const direction = header.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
    for (const other of table.tHead.rows[0].cells) other.setAttribute("aria-sort", "none");
    header.setAttribute("aria-sort", direction);
    const { key, kind } = button.dataset;
    const sign = direction === "ascending" ? 1 : -1;
    const value = (row) => row.querySelector(`[data-key="${key}"]`).dataset.value;
    const compare = (a, b) => {
      const [x, y] = [value(a), value(b)];
      if (kind !== "number") return sign * x.localeCompare(y, undefined, { numeric: true });
      if (x === "" || y === "") return (x === "") - (y === ""); // what did not happen stays last
      return sign * (Number(x) - Number(y));
    };
    body.append(...[...rows].sort(compare));
  };

  for (const input of inputs) input?.addEventListener("input", filter);
  document.getElementById("filters").addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("clear").addEventListener("click", () => {
    for (const input of inputs) if (input) input.value = "";
    filter();
    text.focus();
  });
  for (const button of table.querySelectorAll(".sort")) button.addEventListener("click", () => sort(button));
}
