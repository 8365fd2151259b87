// Call page: plays the call, seeks from every mark, and follows the transcript while it plays.
"use strict";

const byId = (id) => document.getElementById(id);
const audio = byId("audio");
const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

const clock = (seconds) => {
  const tenths = Math.round(seconds * 10);
  const rest = String(Math.floor((tenths % 600) / 10)).padStart(2, "0");
  return `${Math.floor(tenths / 600)}:${rest}.${tenths % 10}`;
};

const eventFilter = byId("event-filter");
eventFilter?.addEventListener("input", () => {
  const words = eventFilter.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of byId("events").children) {
    const content = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => content.includes(word));
  }
});

if (audio) {
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
  const colours = () => {
    const style = getComputedStyle(document.documentElement);
    return ["--caller", "--agent"].map((name) => style.getPropertyValue(name).trim());
  };
  const channels = () => colours().map((colour) => (
    { waveColor: colour, progressColor: colour, height: 64 }
  ));
  const waves = WaveSurfer.create({
    container: byId("wave"), media: audio, peaks: data.peaks, duration: data.duration,
    cspNonce: data.nonce, splitChannels: channels(), cursorWidth: 0, hideScrollbar: true,
    height: 64, normalize: false, interact: false,
  });
  waves.on("error", (error) => console.error(error));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    waves.setOptions({ splitChannels: channels() });
  });

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
  audio.addEventListener("play", () => { showState(); requestAnimationFrame(tick); });
  audio.addEventListener("pause", () => { showState(); proof?.classList.remove("playing"); });
  // A hidden tab gets no animation frames: evidence must stop there, too.
  audio.addEventListener("timeupdate", () => { if (stopAt !== null && audio.currentTime >= stopAt) tick(); });
  audio.addEventListener("seeked", showTime);
  audio.addEventListener("ended", () => { releaseProof(); showState(); });
  play.addEventListener("click", toggle);
  play.disabled = false;
  byId("speed").addEventListener("change", (event) => { audio.playbackRate = Number(event.target.value); });

  let width = null; // pixels of the time axis; null fits it into the page
  const zoom = (factor) => {
    const fit = scroller.clientWidth;
    width = Math.min((width ?? fit) * factor, Math.max(fit, data.duration * 400));
    if (width <= fit) width = null;
    inner.style.width = width === null ? "" : `${width}px`;
    keepInView();
  };
  byId("zoom-in").addEventListener("click", () => zoom(1.6));
  byId("zoom-out").addEventListener("click", () => zoom(1 / 1.6));
  if (data.duration * 14 > scroller.clientWidth) zoom((data.duration * 14) / scroller.clientWidth);

  // --- seeking from everywhere -----------------------------------------------------------
  byId("wave").addEventListener("click", (event) => {
    const box = inner.getBoundingClientRect();
    seek(((event.clientX - box.left) / box.width) * data.duration);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-from]");
    if (button) { playProof(button); return; }
    const mark = event.target.closest("[data-seek], .seekable");
    if (mark) { seek(Number(mark.dataset.seek ?? mark.dataset.start)); return; }
    const line = event.target.closest(".line[data-start]");
    if (line && !getSelection().toString()) seek(Number(line.dataset.start));
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea")) return;
    if (event.key === " " && !event.target.closest("button, summary, a")) toggle();
    else if (event.key === "ArrowLeft") seek(audio.currentTime - 2);
    else if (event.key === "ArrowRight") seek(audio.currentTime + 2);
    else return;
    event.preventDefault();
  });

  const followLink = () => {
    const match = /^#t=(\d+(?:\.\d+)?)$/.exec(location.hash);
    if (!match) return;
    seek(Number(match[1]));
    byId("listen").closest("section").scrollIntoView({
      block: "start", behavior: reducedMotion.matches ? "auto" : "smooth",
    });
  };
  addEventListener("hashchange", followLink);
  if (audio.readyState >= 1) followLink();
  else audio.addEventListener("loadedmetadata", followLink, { once: true });
}
