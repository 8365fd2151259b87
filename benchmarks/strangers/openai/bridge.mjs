// One call through the npm package `openai`: sound in base64 comes in by lines, and what its user
// can see goes out as JSON lines. It interrupts as its documentation tells a WebSocket client to.
import readline from "node:readline";
import OpenAI from "openai";
import { OpenAIRealtimeWS } from "openai/realtime/ws";

const [address, instructions] = process.argv.slice(2);
const url = new URL(address);
const baseURL = `https://${url.host}/v1`;
const out = (fact) => process.stdout.write(JSON.stringify(fact) + "\n");
const client = new OpenAI({ apiKey: "none", baseURL });
const call = new OpenAIRealtimeWS({ model: "reference" }, client);

const tool = {
  type: "function",
  name: "lookup_order",
  description: "Find one order by its number.",
  parameters: { type: "object", properties: { order_id: { type: "string" } }, required: ["order_id"] },
};
let playing = null; // the item that plays, since when, and how much of it came

call.socket.on("open", () =>
  call.send({ type: "session.update", session: { type: "realtime", instructions, tools: [tool] } }),
);
call.on("error", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
call.on("response.output_audio.delta", (event) => {
  if (playing?.item !== event.item_id) playing = { item: event.item_id, since: Date.now(), ms: 0 };
  playing.ms += Buffer.from(event.delta, "base64").length / 48;
  out({ hears: event.delta });
});
call.on("response.output_audio_transcript.delta", (event) => out({ reads: event.delta }));
call.on("input_audio_buffer.speech_started", () => {
  if (!playing) return;
  const audio_end_ms = Math.floor(Math.min(Date.now() - playing.since, playing.ms));
  call.send({ type: "conversation.item.truncate", item_id: playing.item, content_index: 0, audio_end_ms });
  playing = null;
  out({ stops: true });
});
call.on("response.function_call_arguments.done", (event) => out({ tool: event.arguments, id: event.call_id }));

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const message = JSON.parse(line);
  if (message.audio !== undefined) {
    if (call.socket.readyState === 1) call.send({ type: "input_audio_buffer.append", audio: message.audio });
    return;
  }
  const item = { type: "function_call_output", call_id: message.id, output: message.output };
  call.send({ type: "conversation.item.create", item });
  call.send({ type: "response.create" });
}).on("close", () => call.close());
