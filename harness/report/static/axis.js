// The time axis of a call: zoom, ticks as fine as there is room for, labels where they can be read.
"use strict";

const STEPS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300];
const TICK_PX = 72; // room of one label
const PAPER_PX = 640;

const timeAxis = ({ duration, scroller, inner, signal }) => {
  const marks = byId("lane-marks");
  const ticks = byId("ticks");
  const height = marks.getAttribute("height");
  const make = (name, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };

  // --- ticks -----------------------------------------------------------------------------
  const named = (at, step) => {
    const tenths = Math.round(at * 10);
    const whole = `${Math.floor(tenths / 600)}:${String(Math.floor((tenths % 600) / 10)).padStart(2, "0")}`;
    return step < 1 ? `${whole}.${tenths % 10}` : whole;
  };
  const drawTicks = (view) => {
    const perSecond = view.wide / duration;
    const step = STEPS_S.find((one) => one * perSecond >= TICK_PX) ?? STEPS_S.at(-1);
    const first = Math.max(0, Math.floor((view.left - view.shown) / perSecond / step));
    const last = Math.min(duration, (view.right + view.shown) / perSecond) / step;
    const drawn = [];
    for (let n = first; n <= last + 1e-9; n += 1) {
      const at = n * step * perSecond;
      const x = `${(100 * at) / view.wide}%`; // it must fit paper, too
      const anchor = at < 8 ? "start" : at > view.wide - 16 ? "end" : "middle";
      drawn.push(make("line", { class: "gridline", x1: x, x2: x, y1: 20, y2: height }));
      const text = make("text", { class: "tick", x, y: 13, "text-anchor": anchor });
      text.textContent = named(n * step, step);
      drawn.push(text);
    }
    ticks.replaceChildren(...drawn);
  };

  // --- labels: behind their block, before it, or in it; hidden where they would cover others ----
  const rows = [...document.querySelectorAll(".lane-row")].map((row) => [...row.children].map((group) => {
    const [box, text] = [group.querySelector("rect"), group.querySelector("text")];
    const left = parseFloat(box.getAttribute("x")) / 100;
    const wide = box.getAttribute("width");
    return { text, left, right: left + (wide.endsWith("%") ? parseFloat(wide) / 100 : 0), long: text.getComputedTextLength() };
  }));
  const spot = (block, view, taken, next) => {
    const [left, right] = [block.left * view.wide, block.right * view.wide];
    const away = right < view.left || left > view.right;
    const [from, to] = away ? [0, view.wide] : [view.left, view.right];
    if (right + 6 + block.long <= Math.min(next - 2, to)) return [right, 6, "start"];
    if (left - 6 - block.long >= Math.max(taken + 2, from)) return [left, -6, "end"];
    const [a, b] = [Math.max(left, from), Math.min(right, to)];
    return b - a >= block.long + 8 ? [(a + b) / 2, 0, "middle"] : null;
  };
  const placeLabels = (view) => {
    for (const row of rows) {
      let taken = -Infinity;
      row.forEach((block, place) => {
        const found = spot(block, view, taken, (row[place + 1]?.left ?? Infinity) * view.wide);
        block.text.classList.toggle("no-room", !found);
        taken = block.right * view.wide;
        if (!found) return;
        const [x, dx, anchor] = found;
        block.text.classList.toggle("inside", anchor === "middle");
        block.text.setAttribute("x", `${(100 * x) / view.wide}%`);
        block.text.setAttribute("dx", dx);
        block.text.setAttribute("text-anchor", anchor);
        if (anchor === "start") taken = x + dx + block.long;
      });
    }
  };

  let asked = false; // a frame is on its way
  const drawAs = (view) => {
    drawTicks(view);
    placeLabels(view);
  };
  const draw = () => {
    asked = false;
    const { scrollLeft: left, clientWidth: shown } = scroller;
    drawAs({ left, right: left + shown, shown, wide: inner.clientWidth });
  };
  const drawSoon = () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(draw);
  };

  // --- zoom --------------------------------------------------------------------------------
  let width = null; // pixels of the time axis; null fits it into the page
  const zoom = (factor, around) => {
    const fit = scroller.clientWidth;
    const share = inner.clientWidth ? (around * inner.clientWidth - scroller.scrollLeft) / fit : 0.5;
    width = Math.min((width ?? inner.clientWidth) * factor, Math.max(fit, duration * 400));
    if (width <= fit) width = null;
    inner.style.width = width === null ? "" : `${width}px`;
    // What was in the middle of attention stays where it was.
    const kept = share >= 0 && share <= 1 ? share : 0.2;
    scroller.scrollLeft = around * inner.clientWidth - kept * fit;
    draw();
  };
  scroller.addEventListener("scroll", drawSoon, { passive: true, signal });
  const watch = new ResizeObserver(drawSoon);
  watch.observe(scroller);
  signal.addEventListener("abort", () => watch.disconnect());
  // Paper shows the whole call, whatever the zoom is.
  addEventListener("beforeprint", () => drawAs({ left: 0, right: PAPER_PX, shown: PAPER_PX, wide: PAPER_PX }), { signal });
  addEventListener("afterprint", draw, { signal });
  draw();
  return zoom;
};
