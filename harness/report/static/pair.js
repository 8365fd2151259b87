// Page of a pair: two calls under each other on one time axis; one of them plays at a time.
// A pair's own page opens itself; single.js opens the pairs of a page that holds many.
"use strict";

// Brings the pair that stands in the document to life; returns what ends it.
const openPair = () => {
  const data = JSON.parse(document.getElementById("pair-data").textContent);
  const clock = (seconds) => {
    const tenths = Math.round(seconds * 10);
    const rest = String(Math.floor((tenths % 600) / 10)).padStart(2, "0");
    return `${Math.floor(tenths / 600)}:${rest}.${tenths % 10}`;
  };
  const channels = () => ["--caller", "--agent"].map(colourOf).map((colour) => ({ waveColor: colour, progressColor: colour, height: 44 }));
  const longest = Math.max(...Object.values(data.sides).map((side) => side.duration));

  const players = new Map();
  let current = null; // the side that space plays

  for (const box of document.querySelectorAll(".pair-side")) {
    const audio = box.querySelector("audio");
    if (!audio) continue;
    const key = box.dataset.side;
    const { peaks, duration } = data.sides[key];
    const button = box.querySelector(".play");
    const cursor = box.querySelector(".pair-cursor");
    const wave = box.querySelector(".pair-wave");
    const lines = [...document.querySelectorAll(`.line[data-side="${key}"]`)];
    let stopAt = null; // end of the evidence that is playing

    wave.style.width = `${(100 * duration) / longest}%`;
    const drawn = WaveSurfer.create({
      container: wave, media: audio, peaks, duration, cspNonce: data.nonce, splitChannels: channels(),
      cursorWidth: 0, hideScrollbar: true, height: 44, normalize: false, interact: false,
    });
    drawn.on("error", (error) => console.error(error));
    onTheme(() => drawn.setOptions({ splitChannels: channels() }));

    const show = () => {
      const now = audio.currentTime;
      box.querySelector(".time").textContent = clock(now);
      cursor.hidden = false;
      cursor.style.left = `${(100 * Math.min(now, duration)) / longest}%`;
      for (const line of lines) {
        const here = now + 0.001 >= Number(line.dataset.start) && now + 0.001 < Number(line.dataset.end);
        line.classList.toggle("now", here);
      }
    };
    const tick = () => {
      if (stopAt !== null && audio.currentTime >= stopAt) { stopAt = null; audio.pause(); }
      show();
      if (!audio.paused) requestAnimationFrame(tick);
    };
    const player = {
      play() {
        for (const other of players.values()) if (other !== player) other.pause();
        current = player;
        audio.play().catch((error) => { if (error.name !== "AbortError") console.error(error); });
      },
      pause() { audio.pause(); },
      toggle() { if (audio.paused) { stopAt = null; player.play(); } else audio.pause(); },
      seek(from, to = null) {
        audio.currentTime = Math.max(0, Math.min(duration, from));
        stopAt = to;
        current = player;
        show();
      },
    };
    const state = () => {
      button.classList.toggle("playing", !audio.paused);
      button.setAttribute("aria-pressed", String(!audio.paused));
      box.querySelector(".play-text").textContent = `${audio.paused ? "Play" : "Pause"} ${key.toUpperCase()}`;
    };
    audio.addEventListener("play", () => { state(); requestAnimationFrame(tick); });
    audio.addEventListener("pause", state);
    audio.addEventListener("ended", state);
    // A hidden tab gets no animation frames: evidence must stop there, too.
    audio.addEventListener("timeupdate", () => { if (stopAt !== null && audio.currentTime >= stopAt) tick(); });
    audio.addEventListener("seeked", show);
    button.addEventListener("click", player.toggle);
    button.disabled = false;
    wave.addEventListener("click", (event) => {
      const place = wave.getBoundingClientRect();
      player.seek(((event.clientX - place.left) / place.width) * duration);
    });
    players.set(key, player);
    current ??= player;
  }

  const ending = new AbortController();
  const { signal } = ending;
  document.addEventListener("click", (event) => {
    const mark = event.target.closest("[data-from]") ?? event.target.closest(".line[data-start]");
    const player = players.get(mark?.dataset.side);
    if (!player || (mark.matches(".line") && getSelection().toString())) return;
    if (mark.dataset.to) { player.seek(Number(mark.dataset.from), Number(mark.dataset.to)); player.play(); return; }
    player.seek(Number(mark.dataset.from ?? mark.dataset.start));
  }, { signal });
  document.addEventListener("keydown", (event) => {
    if (event.key !== " " || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!current || event.target.closest("button, summary, a, input, select, textarea")) return;
    current.toggle();
    event.preventDefault();
  }, { signal });

  return () => {
    ending.abort();
    for (const player of players.values()) player.pause();
  };
};

if (document.getElementById("pair-data")) openPair();
