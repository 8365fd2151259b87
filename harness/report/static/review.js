// Review page: play the evidence, answer by key or button. Every answer is kept by the server at once.
"use strict";
(() => {
  const cards = [...document.querySelectorAll(".question")];
  const said = document.getElementById("said");
  const left = document.getElementById("left");
  let current = 0;
  let stopAt = Infinity;

  const audioOf = (card) => card.querySelector("audio");
  const tell = (text) => { said.textContent = text; };

  function count() {
    const open = cards.filter((card) => card.querySelector(".badge").classList.contains("review"));
    left.textContent = open.length ? `${open.length} still open` : "Everything is answered.";
    return open;
  }

  function show(index) {
    if (!cards.length) return;
    current = Math.max(0, Math.min(cards.length - 1, index));
    cards.forEach((card, n) => card.classList.toggle("current", n === current));
    cards[current].focus({ preventScroll: true });
    cards[current].scrollIntoView({ block: "start" });
  }

  function silence() {
    cards.forEach((card) => { const audio = audioOf(card); if (audio) audio.pause(); });
  }

  function play(card, from, to) {
    const audio = audioOf(card);
    if (!audio) return;
    silence();
    stopAt = to;
    audio.currentTime = from;
    audio.play();
  }

  function toggle(card) {
    const audio = audioOf(card);
    if (!audio) return;
    const first = card.querySelector(".proof");
    if (!audio.paused) audio.pause();
    else if (first) play(card, Number(first.dataset.from), Number(first.dataset.to));
    else { stopAt = Infinity; audio.play(); }
  }

  async function answer(card, verdict) {
    const button = card.querySelector(`[data-verdict="${verdict}"]`);
    if (button.disabled) return;
    const note = card.querySelector(".note");
    const overturns = verdict !== "withdrawn" && card.dataset.outcome !== "review" && card.dataset.outcome !== verdict;
    if (overturns && !note.value.trim()) {
      left.textContent = `The scorer said ${card.dataset.outcome}: write the reason as a note, then answer again.`;
      tell(left.textContent);
      note.focus();
      return;
    }
    const body = JSON.stringify({
      number: Number(card.dataset.number), verdict, note: note.value,
    });
    let response;
    try {
      const sent = await fetch("answer", { method: "POST", headers: { "Content-Type": "application/json" }, body });
      response = await sent.json();
      if (!sent.ok) throw new Error(response.problem);
    } catch (error) {
      tell(`Not kept: ${error.message}. Is the command still running?`);
      left.textContent = said.textContent;
      return;
    }
    const badge = card.querySelector(".badge");
    badge.className = `badge ${response.tone}`;
    badge.textContent = response.word;
    card.querySelector(".by").textContent = response.said;
    card.querySelector('[data-verdict="withdrawn"]').disabled = !response.answered;
    const open = count();
    tell(`${badge.textContent}. ${left.textContent}`);
    silence();
    if (verdict !== "withdrawn" && open.length) {
      const after = open.find((one) => cards.indexOf(one) > current) || open[0];
      show(cards.indexOf(after));
    }
  }

  cards.forEach((card, index) => {
    card.addEventListener("focusin", () => {
      current = index;
      cards.forEach((one) => one.classList.toggle("current", one === card));
    });
    card.querySelectorAll(".proof").forEach((proof) => proof.addEventListener("click", () =>
      play(card, Number(proof.dataset.from), Number(proof.dataset.to))));
    card.querySelectorAll("[data-verdict]").forEach((button) =>
      button.addEventListener("click", () => answer(card, button.dataset.verdict)));
    const audio = audioOf(card);
    if (audio) {
      audio.addEventListener("timeupdate", () => { if (audio.currentTime >= stopAt) { audio.pause(); stopAt = Infinity; } });
      audio.addEventListener("pause", () => { stopAt = Infinity; });
    }
  });

  document.getElementById("done").addEventListener("click", async () => {
    silence();
    try {
      await fetch("done", { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" });
      left.textContent = "Done. The command goes on; you can close this page.";
    } catch { left.textContent = "The command has ended; you can close this page."; }
    tell(left.textContent);
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches("input, textarea, select");
    if (typing) {
      if (event.key === "Escape" || event.key === "Enter") { show(current); event.preventDefault(); }
      return;
    }
    if (event.key === " " && event.target.matches("button, audio")) return;
    const card = cards[current];
    if (!card) return;
    const act = {
      p: () => answer(card, "pass"), f: () => answer(card, "fail"), u: () => answer(card, "withdrawn"),
      j: () => show(current + 1), k: () => show(current - 1), " ": () => toggle(card),
      n: () => card.querySelector(".note").focus(),
    }[event.key];
    if (act) { event.preventDefault(); act(); }
  });

  const open = count();
  show(open.length ? cards.indexOf(open[0]) : 0);
  scrollTo(0, 0);
})();
