// Who is heard: both, only the caller, only the agent.
// Beside a page on disk lie the tracks, and the player changes over to one of them: a page from disk
// may not look into its sound. In a page that holds its sound, the channels are taken apart.
"use strict";

const soloPlayer = (audio, { playing, stopped }) => {
  const both = audio.getAttribute("src");
  let parts = null; // of the page that holds its sound
  const takeApart = () => {
    const context = new AudioContext();
    const splitter = context.createChannelSplitter(2);
    const merger = context.createChannelMerger(2);
    const alone = context.createGain();
    context.createMediaElementSource(audio).connect(splitter);
    merger.connect(context.destination);
    alone.connect(context.destination);
    return { context, splitter, merger, alone };
  };
  const route = (who) => {
    if (!parts && !who) return;
    parts ??= takeApart();
    const { context, splitter, merger, alone } = parts;
    context.resume();
    splitter.disconnect();
    if (who) {
      splitter.connect(alone, who === "caller" ? 0 : 1, 0);
      return;
    }
    splitter.connect(merger, 0, 0);
    splitter.connect(merger, 1, 1);
  };
  const change = (who) => {
    const [at, went, rate] = [audio.currentTime, !audio.paused, audio.playbackRate];
    stopped();
    audio.addEventListener("loadedmetadata", () => {
      audio.currentTime = Math.min(at, audio.duration);
      audio.playbackRate = rate;
      if (went) playing();
    }, { once: true });
    audio.src = who ? audio.dataset[who] : both;
  };
  return {
    choose: (who) => (both.startsWith("data:") ? route(who) : change(who)),
    close: () => parts?.context.close(),
  };
};
