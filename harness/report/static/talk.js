// Talk page: the microphone to the line, the line to the loudspeaker, and how the call stands.
"use strict";
(() => {
  const call = document.getElementById("call");
  const hangUp = document.getElementById("hang-up");
  const said = document.getElementById("said");
  const tell = (text) => { said.textContent = text; };
  let ending = null;

  async function start() {
    call.disabled = true;
    tell("Asking for the microphone …");
    // Loudspeakers would let the agent hear itself; noise and level stay as they are.
    const wish = { echoCancellation: true, noiseSuppression: false, autoGainControl: false };
    const microphone = await navigator.mediaDevices.getUserMedia({ audio: wish });
    const context = new AudioContext({ sampleRate: 24000, latencyHint: "interactive" });
    await context.audioWorklet.addModule("assets/talk_line.js");
    const line = new AudioWorkletNode(context, "line", { outputChannelCount: [1] });
    context.createMediaStreamSource(microphone).connect(line).connect(context.destination);
    const socket = new WebSocket(`${location.href.replace(/^http/, "ws").replace(/#.*$/, "")}line`);
    socket.binaryType = "arraybuffer";
    line.port.onmessage = (event) => { if (socket.readyState === WebSocket.OPEN) socket.send(event.data); };
    socket.onopen = () => { tell("You are on the line. Speak."); hangUp.disabled = false; hangUp.focus(); };
    socket.onmessage = (event) => {
      if (typeof event.data === "string") tell(ending = JSON.parse(event.data).told);
      else line.port.postMessage(event.data, [event.data]);
    };
    socket.onclose = (event) => {
      hangUp.disabled = true;
      microphone.getTracks().forEach((track) => track.stop());
      context.close();
      const told = event.wasClean ? ending : null; // else what was told last is not how it ended
      tell(told ?? (event.reason || "The call is over. The terminal has the report."));
    };
    hangUp.addEventListener("click", () => socket.close(1000));
  }

  call.addEventListener("click", () => start().catch((error) => {
    call.disabled = false;
    tell(`No call: ${error.message}.`);
  }));
})();
