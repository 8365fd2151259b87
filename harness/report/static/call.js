// One call: plays it, seeks from every mark, follows the transcript, and links to its moments.
// A call's own page opens itself; single.js opens the calls of a page that holds many.
"use strict";

const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

const clock = (seconds) => {
  const tenths = Math.round(seconds * 10);
  const rest = String(Math.floor((tenths % 600) / 10)).padStart(2, "0");
  return `${Math.floor(tenths / 600)}:${rest}.${tenths % 10}`;
};

const filterEvents = () => {
  const words = byId("event-filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of byId("events").children) {
    const content = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => content.includes(word));
  }
};

// A long text scrolls in itself: the keyboard must reach it.
const reachLongTexts = () => {
  for (const text of document.querySelectorAll(".text")) {
    if (text.scrollHeight > text.clientHeight) text.tabIndex = 0;
    else text.removeAttribute("tabindex");
  }
};

// Brings the call that stands in the document to life; returns what ends it.
const openCall = () => {
  const ending = new AbortController();
  const { signal } = ending;
  byId("event-filter")?.addEventListener("input", filterEvents);
  reachLongTexts();
  addEventListener("resize", reachLongTexts, { signal });
  document.addEventListener("keydown", (event) => {
    const name = { "[": "Previous", "]": "Next" }[event.key];
    if (name && forPage(event)) document.querySelector(`[data-turn="${name}"]`)?.click();
  }, { signal });
  const audio = byId("audio");
  if (!audio) return () => ending.abort();
  const data = JSON.parse(byId("call-data").textContent);
  const play = byId("play");
  const cursor = byId("cursor");
  const scroller = byId("lane-scroll");
  const inner = byId("lane-inner");
  const lines = [...document.querySelectorAll(".line[data-start]")].map((element) => ({
    element, start: Number(element.dataset.start), end: Number(element.dataset.end),
  }));
  let stopAt = null; // end of the evidence that is playing
  let proof = null; // its button

  // --- waveforms -------------------------------------------------------------------------
  const colours = () => ["caller", "agent"].map((who) => colourOf(
    inner.classList.contains(`without-${who}`) ? "--strong-line" : `--${who}`));
  const channels = () => colours().map((colour) => (
    { waveColor: colour, progressColor: colour, height: 64 }
  ));
  const waves = WaveSurfer.create({
    container: byId("wave"), media: audio, peaks: data.peaks, duration: data.duration,
    cspNonce: data.nonce, splitChannels: channels(), cursorWidth: 0, hideScrollbar: true,
    height: 64, normalize: false, interact: false,
  });
  inner.classList.add("drawn"); // the silhouettes are for paper now
  waves.on("error", (error) => console.error(error));
  onTheme(() => waves.setOptions({ splitChannels: channels() }), { signal });

  // --- where we are ----------------------------------------------------------------------
  const keepInView = () => {
    const at = (audio.currentTime / data.duration) * inner.clientWidth;
    const { scrollLeft, clientWidth } = scroller;
    if (at < scrollLeft || at > scrollLeft + clientWidth * 0.9) scroller.scrollLeft = at - clientWidth * 0.2;
  };
  const showTime = () => {
    const now = audio.currentTime;
    byId("now").textContent = clock(now);
    cursor.hidden = false;
    cursor.style.left = `${Math.min(100, (100 * now) / data.duration)}%`;
    for (const { element, start, end } of lines) {
      const current = now + 0.001 >= start && now + 0.001 < end; // media time is in microseconds
      element.classList.toggle("now", current);
      if (current) element.setAttribute("aria-current", "true");
      else element.removeAttribute("aria-current");
    }
    keepInView();
  };
  const releaseProof = () => {
    stopAt = null;
    proof?.classList.remove("playing");
    proof = null;
  };
  const seek = (seconds) => {
    releaseProof();
    audio.currentTime = Math.max(0, Math.min(data.duration, seconds));
    showTime();
  };
  const tick = () => {
    if (signal.aborted) return;
    if (stopAt !== null && audio.currentTime >= stopAt) {
      const end = stopAt;
      audio.pause();
      releaseProof();
      audio.currentTime = end;
    }
    showTime();
    if (!audio.paused) requestAnimationFrame(tick);
  };
  const start = () => audio.play().catch((error) => { if (error.name !== "AbortError") console.error(error); });

  // --- controls --------------------------------------------------------------------------
  const toggle = () => {
    if (!audio.paused) { audio.pause(); return; }
    if (audio.ended) seek(0);
    start();
  };
  const showState = () => {
    const playing = !audio.paused;
    play.classList.toggle("playing", playing);
    play.setAttribute("aria-pressed", String(playing));
    byId("play-text").textContent = playing ? "Pause" : "Play";
  };
  const playProof = (button) => {
    const wasPlaying = button === proof && !audio.paused;
    if (wasPlaying) { audio.pause(); releaseProof(); return; }
    seek(Number(button.dataset.from));
    proof = button;
    stopAt = Math.max(Number(button.dataset.to), Number(button.dataset.from) + 0.05);
    button.classList.add("playing");
    start();
  };
  audio.addEventListener("play", () => { showState(); requestAnimationFrame(tick); }, { signal });
  audio.addEventListener("pause", () => { showState(); proof?.classList.remove("playing"); }, { signal });
  // A hidden tab gets no animation frames: evidence must stop there, too.
  audio.addEventListener("timeupdate", () => { if (stopAt !== null && audio.currentTime >= stopAt) tick(); }, { signal });
  audio.addEventListener("seeked", showTime, { signal });
  audio.addEventListener("ended", () => { releaseProof(); showState(); }, { signal });
  play.addEventListener("click", toggle);
  play.disabled = false;
  byId("speed").addEventListener("change", (event) => { audio.playbackRate = Number(event.target.value); });

  const zoomAxis = timeAxis({ duration: data.duration, scroller, inner, signal });
  const zoom = (factor) => zoomAxis(factor, Math.min(1, audio.currentTime / data.duration));
  byId("zoom-in").addEventListener("click", () => zoom(1.6));
  byId("zoom-out").addEventListener("click", () => zoom(1 / 1.6));
  if (data.duration * 14 > scroller.clientWidth) zoom((data.duration * 14) / scroller.clientWidth);

  // --- who is heard ------------------------------------------------------------------------
  const solo = soloPlayer(audio, { playing: start, stopped: () => releaseProof() });
  const voices = [...document.querySelectorAll("[data-solo]")];
  const hear = (button) => {
    if (!button || button.getAttribute("aria-pressed") === "true") return;
    for (const one of voices) one.setAttribute("aria-pressed", String(one === button));
    solo.choose(button.dataset.solo);
    for (const who of ["caller", "agent"]) {
      inner.classList.toggle(`without-${who}`, Boolean(button.dataset.solo) && button.dataset.solo !== who);
    }
    waves.setOptions({ splitChannels: channels() });
  };

  // --- from problem to problem -------------------------------------------------------------
  const problems = [...document.querySelectorAll(".lane-row .problem")].map((box) => (
    Number(box.parentElement.dataset.start)));
  const showLine = (at, line = lines.findLast((one) => one.start <= at + 0.005) ?? lines[0]) => {
    for (const { element } of lines) element.classList.toggle("linked", element === line?.element);
    line?.element.scrollIntoView({
      block: "center", behavior: reducedMotion.matches ? "auto" : "smooth",
    });
  };
  const toProblem = (by) => {
    if (!problems.length) return;
    const now = audio.currentTime;
    const place = by > 0 ? problems.findIndex((at) => at > now + 0.02)
      : problems.findLastIndex((at) => at < now - 0.02);
    const found = place >= 0 ? place : by > 0 ? 0 : problems.length - 1; // round and round
    seek(problems[found]);
    const about = (one) => one.element.matches(".marked") && one.end >= problems[found] - 0.06;
    showLine(problems[found], lines.find(about));
    byId("problem-place").textContent = `${found + 1} of ${problems.length}`;
    byId("said").textContent = `Problem ${found + 1} of ${problems.length} at ${clock(problems[found])}`;
  };
  byId("problem-next")?.addEventListener("click", () => toProblem(1));
  byId("problem-previous")?.addEventListener("click", () => toProblem(-1));

  // --- seeking from everywhere -----------------------------------------------------------
  byId("wave").addEventListener("click", (event) => {
    const box = inner.getBoundingClientRect();
    seek(((event.clientX - box.left) / box.width) * data.duration);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-moment]");
    if (link) { copyLink(link); return; }
    const button = event.target.closest("[data-from]");
    if (button) { playProof(button); return; }
    const mark = event.target.closest("[data-seek], .seekable");
    if (mark) { seek(Number(mark.dataset.seek ?? mark.dataset.start)); return; }
    const line = event.target.closest(".line[data-start]");
    if (line && !getSelection().toString()) seek(Number(line.dataset.start));
  }, { signal });
  for (const button of voices) button.addEventListener("click", () => hear(button));
  const KEYS = {
    ArrowLeft: () => seek(audio.currentTime - 2),
    ArrowRight: () => seek(audio.currentTime + 2),
    n: () => toProblem(1),
    p: () => toProblem(-1),
    1: () => hear(voices[0]),
    2: () => hear(voices[1]),
    3: () => hear(voices[2]),
    "+": () => zoom(1.6),
    "=": () => zoom(1.6), // the same key without shift
    "-": () => zoom(1 / 1.6),
  };
  document.addEventListener("keydown", (event) => {
    if (!forPage(event)) return;
    if (event.key === " " && !event.target.closest("button, summary, a")) toggle();
    else if (Object.hasOwn(KEYS, event.key)) KEYS[event.key]();
    else return;
    event.preventDefault();
  }, { signal });

  // --- links to a moment -----------------------------------------------------------------
  const fragment = (moment) => {
    const call = /^#call=\d+/.exec(location.hash)?.[0];
    return call ? `${call}&t=${moment}` : `#t=${moment}`;
  };
  const copyLink = async (button) => {
    button.focus(); // the fallback takes the focus away
    const hash = fragment(button.dataset.moment);
    history.replaceState(null, "", hash);
    await copy(location.href);
    button.focus();
    button.textContent = "Copied";
    byId("said").textContent = `Link to ${clock(Number(button.dataset.moment))} copied`;
    setTimeout(() => { button.textContent = "Copy link"; }, 2000);
  };
  const followLink = () => {
    const match = /[#&]t=(\d+(?:\.\d+)?)$/.exec(location.hash);
    if (!match) return;
    const at = Number(match[1]);
    seek(at);
    showLine(at);
  };
  addEventListener("hashchange", followLink, { signal });
  if (audio.readyState >= 1) followLink();
  else audio.addEventListener("loadedmetadata", followLink, { once: true, signal });

  return () => {
    ending.abort();
    audio.pause();
    solo.close();
    waves.destroy();
  };
};

if (document.querySelector(".transcript")) openCall();
