// Follows one of the contract's event streams and shows what it says, newest first.
const form = document.querySelector("#listen");
const heard = document.querySelector("#heard");
const status = form.querySelector("output");
const button = form.querySelector("button");
const LINES_KEPT = 200;
let following = null;

async function offerStreams() {
  const contract = await (await fetch("/asyncapi.json")).json();
  for (const channel of Object.values(contract.channels)) {
    if (channel.bindings?.http && !channel.address.includes("{")) {
      form.stream.add(new Option(channel.address, channel.address));
    }
  }
}

function show(line) {
  heard.hidden = false;
  heard.textContent = [line, ...heard.textContent.split("\n")].slice(0, LINES_KEPT).join("\n");
}

async function follow(address, token) {
  following = new AbortController();
  const answer = await fetch(address, { headers: { Authorization: `Bearer ${token}` }, signal: following.signal });
  if (!answer.ok) {
    throw new Error(JSON.stringify(await answer.json()));
  }
  status.textContent = `Following ${address}`;
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const frames = (rest + value).split("\n\n");
    rest = frames.pop();
    frames.filter((frame) => frame.includes("data:")).forEach((frame) => show(frame.replaceAll("\n", "  ")));
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (following) {
    following.abort();
    return;
  }
  button.textContent = "Stop";
  try {
    await follow(form.stream.value, form.token.value);
    status.textContent = "The server ended the stream";
  } catch (error) {
    status.textContent = error.name === "AbortError" ? "Stopped" : error.message;
  } finally {
    following = null;
    button.textContent = "Follow";
  }
});

offerStreams();
