// Runs beside the sound card: frames of 20 ms out of the microphone, pieces of the agent into the loudspeaker.
"use strict";
const FRAME = 480;
const CUSHION = 1440; // 60 ms are kept back, so that a late piece leaves no gap
const MOST = 7200; // 300 ms: two clocks never run alike

registerProcessor("line", class extends AudioWorkletProcessor {
  constructor() {
    super();
    this.frame = new Int16Array(FRAME);
    this.filled = 0;
    this.pieces = [];
    this.waiting = 0;
    this.at = 0;
    this.flows = false;
    this.port.onmessage = (event) => {
      const piece = new Int16Array(event.data);
      this.pieces.push(piece);
      this.waiting += piece.length;
      while (this.waiting > MOST) this.drop();
      this.flows ||= this.waiting >= CUSHION;
    };
  }

  drop() {
    this.waiting -= this.pieces.shift().length - this.at;
    this.at = 0;
  }

  process([[heard]], [[played]]) {
    for (const value of heard ?? []) {
      this.frame[this.filled++] = Math.max(-32768, Math.min(32767, Math.round(value * 32768)));
      if (this.filled < FRAME) continue;
      this.port.postMessage(this.frame.buffer, [this.frame.buffer]);
      this.frame = new Int16Array(FRAME);
      this.filled = 0;
    }
    for (let n = 0; this.flows && n < played.length; n++) {
      played[n] = this.pieces[0][this.at++] / 32768;
      this.waiting--;
      if (this.at === this.pieces[0].length) { this.pieces.shift(); this.at = 0; }
      this.flows = this.waiting > 0;
    }
    return true;
  }
});
