// Every page: a table with data-sortable sorts by its column headings. It is whole without it.
// Cells carry data-key and data-value, headings a button.sort with data-key and data-kind.
// Before sorting the table sends "sort": who keeps its rows elsewhere sorts them itself. Times that
// did not happen stay last either way.
"use strict";

const sortable = (table) => {
  const body = table.tBodies[0];
  const collator = new Intl.Collator(undefined, { numeric: true });

  const sort = (button) => {
    const header = button.closest("th");
    const direction = header.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
    for (const other of table.tHead.rows[0].cells) {
      if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
    }
    header.setAttribute("aria-sort", direction);
    const { key, kind } = button.dataset;
    const sign = direction === "ascending" ? 1 : -1;
    const value = (row) => row.querySelector(`[data-key="${key}"]`).dataset.value;
    const compare = ([x], [y]) => {
      if (kind !== "number") return sign * collator.compare(x, y);
      if (x === "" || y === "") return (x === "") - (y === "");
      return sign * (Number(x) - Number(y));
    };
    const asked = new CustomEvent("sort", { cancelable: true, detail: { key, compare } });
    if (!table.dispatchEvent(asked)) return;
    const rows = [...body.rows].map((row) => [value(row), row]).sort(compare);
    body.append(...rows.map(([, row]) => row));
  };

  for (const button of table.querySelectorAll(".sort")) button.addEventListener("click", () => sort(button));
};

for (const table of document.querySelectorAll("table[data-sortable]")) sortable(table);
