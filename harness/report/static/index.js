// Index page: filters and arranges the table of calls, shows it in parts, keeps the view in the
// address, and moves through it by keyboard.
// The page is whole without it; printing shows every row that matches. Of a large run most rows are
// text that a browser with scripts leaves alone: a row is made of it when it is first shown.
"use strict";

const PART = 100; // rows shown at once

const SIGNS = { amp: "&", lt: "<", gt: ">", "#34": '"', "#39": "'" };
const plain = (html) => html.replace(/&(amp|lt|gt|#34|#39);/g, (_, name) => SIGNS[name]);

// A row of the table: that of a call, or the heading of a scenario.
class Row {
  constructor(element, html) {
    this.element = element;
    this.html = html; // only where there is no element yet
  }

  // What stands in an attribute of the row itself, or of its cell with this key.
  data(name, key = null) {
    if (this.element) {
      const holder = key === null ? this.element : this.element.querySelector(`[data-key="${key}"]`);
      return holder.dataset[name] ?? null;
    }
    const found = new RegExp(`${key === null ? "" : `data-key="${key}" `}data-${name}="([^"]*)"`).exec(this.html);
    return found && plain(found[1]);
  }

  get verdict() { return this.told ??= this.data("verdict"); }

  get scorers() { return this.those ??= JSON.parse(this.data("scorers")); }

  get tags() { return this.named ??= JSON.parse(this.data("tags")); }

  get content() {
    this.words ??= `${this.element?.textContent ?? plain(this.html.replace(/<[^>]*>/g, ""))} ${this.data("reasons")}`.toLowerCase();
    return this.words;
  }

  get made() {
    if (!this.element) {
      const holder = document.createElement("template");
      holder.innerHTML = this.html;
      this.element = holder.content.querySelector("tr");
      this.html = "";
    }
    return this.element;
  }
}

// Evidence is played in place. Without its file, the link leads to the call's page as ever.
{
  const audio = new Audio();
  let playing = null; // its link
  let until = 0;
  const stop = () => {
    audio.pause();
    playing?.classList.remove("playing");
    playing = null;
  };
  const from = (link) => {
    audio.currentTime = Number(link.dataset.from);
    until = Number(link.dataset.to);
  };
  audio.addEventListener("timeupdate", () => { if (playing && audio.currentTime >= until) stop(); });
  audio.addEventListener("ended", stop);
  audio.addEventListener("loadedmetadata", () => { if (playing) from(playing); });
  audio.addEventListener("error", () => { if (playing) location.href = playing.href; });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-sound]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const again = link === playing;
    stop();
    if (again) return;
    playing = link;
    link.classList.add("playing");
    const source = new URL(link.dataset.sound, location.href).href;
    if (audio.src === source && audio.readyState) from(link);
    else audio.src = source;
    audio.play().catch(() => {}); // another link was pressed, or there is no file: see "error"
  });
}

const table = document.getElementById("calls-table");
if (table) {
  const body = table.tBodies[0];
  const inputs = ["text", "verdict", "scorer", "tag"].map((name) => byId(`filter-${name}`));
  const [text, verdict, scorer, tag] = inputs;
  const byScenario = byId("by-scenario");
  const more = byId("more-calls")?.textContent.split("<tbody>")[1].match(/<tr[^>]*>[^]*?<\/tr>/g) ?? [];
  const rows = [...[...body.rows].map((row) => new Row(row, "")), ...more.map((html) => new Row(null, html))];
  const headings = new Map(); // by the number of the scenario
  const calls = []; // in the order of the run
  for (const row of rows) {
    const number = row.data("group");
    if (row.data("verdict") === null) {
      if (!headings.has(number)) headings.set(number, row);
    } else {
      row.heading = headings.get(number) ?? null;
      calls.push(row);
    }
  }
  let arranged = calls; // as sorted, under their scenarios or not
  let ordered = calls; // as sorted, whatever their scenario
  let matching = calls; // in the order shown
  let first = 0; // of the part shown
  let printed = false;

  // --- what is shown ---------------------------------------------------------------------
  const layOut = () => {
    const part = printed ? matching : matching.slice(first, first + PART);
    const shown = [];
    let under = null;
    for (const row of part) {
      if (byScenario?.checked && row.heading && row.heading !== under) shown.push(row.heading.made);
      under = row.heading;
      shown.push(row.made);
    }
    body.replaceChildren(...shown);
  };
  const showPart = (from) => {
    first = Math.max(0, Math.min(from, matching.length - 1));
    first -= first % PART;
    layOut();
    byId("pager").hidden = matching.length <= PART;
    byId("page-place").textContent = `${first + 1}–${Math.min(first + PART, matching.length)} of ${matching.length}`;
    byId("page-previous").disabled = first === 0;
    byId("page-next").disabled = first + PART >= matching.length;
  };
  const print = (now) => {
    if (printed === now) return;
    printed = now;
    layOut();
  };
  // Under its scenario, whose place is that of its first call; or all calls in one row.
  const arrange = () => {
    const grouped = byScenario?.checked ?? false;
    table.classList.toggle("grouped", grouped);
    const places = new Map();
    for (const row of ordered) {
      const key = (grouped && row.heading) || row;
      if (!places.has(key)) places.set(key, []);
      places.get(key).push(row);
    }
    arranged = [...places.values()].flat();
  };
  const filter = () => {
    // "scenario 07" is not seed 1070: a number is found where a number begins.
    const wanted = text.value.toLowerCase().split(/\s+/).filter(Boolean)
      .map((word) => (/^\d+$/.test(word) ? new RegExp(`(?<!\\d)${word}`) : word));
    matching = arranged.filter((row) => (
      (!verdict.value || row.verdict === verdict.value)
      && (!scorer?.value || row.scorers.includes(scorer.value))
      && (!tag?.value || row.tags.includes(tag.value))
      && wanted.every((one) => (one.test ? one.test(row.content) : row.content.includes(one)))));
    byId("shown").textContent = `${matching.length} of ${calls.length} calls`;
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
  table.addEventListener("sort", (event) => {
    event.preventDefault(); // most rows are not in the table
    const { key, compare } = event.detail;
    ordered = arranged.map((row) => [row.data("value", key), row]).sort(compare).map(([, row]) => row);
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
  addEventListener("beforeprint", () => print(true));
  addEventListener("afterprint", () => print(false));
  matchMedia("print").addEventListener("change", (event) => print(event.matches));

  // --- keyboard --------------------------------------------------------------------------
  const link = (row) => row?.made.querySelector("th a");
  const step = (event, by) => {
    const from = event.target.closest("tr");
    const place = matching.findIndex((row) => row.element === from) + by;
    const row = matching[place];
    if (!row) return;
    if (!row.element?.isConnected) showPart(place);
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
