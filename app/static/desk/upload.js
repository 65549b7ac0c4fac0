// Sends one large file over a line that may break, by tus: part by part, each with its checksum.  Nothing is kept in
// this browser: what the server holds is asked of the server, so the same file can be picked again here or elsewhere.
import { size } from "./words.js";

const place = document.getElementById("upload");
const csrf = document.querySelector("meta[name=csrf-token]").content;
const find = (id) => document.getElementById(id);
const say = (words) => { find("desk-said").textContent = words; };
const show = (id, words) => { find(id).textContent = words; };
const FOREVER = [0, 1000, 3000, 5000, 10000, 20000, ...Array(20000).fill(60000)];
const WINDOW = 60000;
let running = null;
let known = null;
let stopped = false;
let marks = [];

export const lasting = (seconds) => {
  for (const [unit, length] of [["days", 86400], ["hours", 3600], ["minutes", 60]]) {
    if (seconds >= 2 * length) return `${(seconds / length).toFixed(1)} ${unit}`;
  }
  return `${Math.max(1, Math.round(seconds))} seconds`;
};

// One worker reads the whole file while it is sent, another one hashes each part just before it goes.
const hasher = () => {
  const worker = new Worker(new URL("hash-worker.js", import.meta.url));
  const tickets = new Map();
  let last = 0;
  worker.addEventListener("message", ({ data }) => {
    if (data.read !== undefined) return;
    const waiting = tickets.get(data.ticket);
    tickets.delete(data.ticket);
    if (data.sha256) waiting[0](data.sha256); else waiting[1](new Error(data.because));
  });
  worker.addEventListener("error", (fault) => {
    for (const [, no] of tickets.values()) no(new Error(fault.message || "the worker ended"));
    tickets.clear();
  });
  return (blob) => new Promise((yes, no) => {
    last += 1;
    tickets.set(last, [yes, no]);
    worker.postMessage({ ticket: last, file: blob });
  });
};
const ofWhole = hasher();
const ofPart = hasher();
const base64 = (hex) => btoa(String.fromCharCode(...hex.match(/../g).map((one) => parseInt(one, 16))));

const asked = async (url, told) => {
  const given = told === undefined ? {} : {
    method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": csrf }, body: JSON.stringify(told),
  };
  const answer = await fetch(url, given);
  const read = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(read.error?.message || `the server answered ${answer.status}`);
  return read;
};
const one = (id) => `/api/v1/uploads/${id}`;

// An upload of this exhibit that waits for a file of this name and size, if what it holds is of the picked file.
const begun = async (file) => {
  const { uploads } = await asked(place.dataset.uploads);
  for (const upload of uploads.filter((other) => other.state === "open" && other.size === file.size && other.name === file.name)) {
    const { held } = await asked(`${one(upload.id)}/parts`);
    const looked = held.length ? [held[0], held[held.length - 1]] : [];
    const own = await Promise.all(looked.map((part) => ofPart(file.slice(part.start, part.start + part.length))));
    if (looked.every((part, at) => part.sha256 === own[at])) return upload;
    throw new Error("an upload of that name and size is open, and what it holds is of another file; cancel it, or pick its file");
  }
  const sheet = find("sheet").files[0];
  return asked(place.dataset.uploads, sheet ? { sheet: await sheet.text(), name: file.name } : { name: file.name, size: file.size });
};

const progress = (sent, whole) => {
  const now = performance.now();
  marks = [...marks.filter(([at]) => now - at < WINDOW), [now, sent]];
  find("bar").max = Math.max(1, whole);
  find("bar").value = whole ? sent : 1;
  const [at, before] = marks[0];
  const rate = now > at ? ((sent - before) * 1000) / (now - at) : 0;
  const left = rate > 0 ? `; at ${((rate * 8) / 1e6).toFixed(1)} Mbit/s about ${lasting((whole - sent) / rate)} left, if nothing breaks` : "";
  show("bar-words", `${size(sent)} of ${size(whole)} sent${left}`);
};

const buttons = (state) => {
  find("start").hidden = state !== "ready";
  find("pause").hidden = state !== "sending";
  find("resume").hidden = state !== "paused";
};

const ended = async (file, reading) => {
  buttons("ended");
  show("state", "Every part is held. The server puts them together and computes the hash of the whole.");
  try {
    const sha256 = await reading;
    show("own", sha256);
    if (!known.sha256) await asked(`${one(known.id)}/stated`, { value: sha256 });
  } catch (fault) {
    show("own", `not stated: ${fault.message}`);
  }
  for (;;) {
    const told = await asked(one(known.id));
    if (told.state !== "whole") {
      show("state", told.state === "stored" ? "Stored." : `Not stored: ${told.state}. ${told.because}`);
      say(told.state === "stored" ? "The file is stored." : "The file is not stored.");
      find("receipt").href = `${one(known.id)}/receipt.pdf`;
      find("receipt").hidden = false;
      if (told.file_id) { find("file").href = `/files/${told.file_id}`; find("file").hidden = false; }
      find("receipt").focus();
      return;
    }
    if (told.because) show("state", `Every part is held, but ${told.because}.`);
    await new Promise((yes) => setTimeout(yes, 1000));
  }
};

// The server's own words, where it gave some.
const said = (fault) => {
  try { return JSON.parse(fault.originalResponse.getBody()).error.message; } catch { return ""; }
};
const retried = (status, why) => {
  if (status === 460) return "A part was spoilt on the way; it is sent again.";
  return why ? `The server cannot take it now: ${why}. It is tried again by itself.` : "The line broke. It is tried again by itself.";
};

const send = (file) => {
  const reading = ofWhole(file);
  reading.catch(() => {});
  running = new window.tus.Upload(file, {
    uploadUrl: `/api/uploads/${known.id}`,
    chunkSize: known.part_bytes,
    retryDelays: FOREVER,
    headers: { "X-CSRFToken": csrf },
    // The name of a file may name a person; it does not stay behind in this browser.
    storeFingerprintForResuming: false,
    onBeforeRequest: async (request) => {
      if (request.getMethod() !== "PATCH") return;
      const from = Number(request.getHeader("Upload-Offset"));
      const sha256 = await ofPart(file.slice(from, from + known.part_bytes));
      request.setHeader("Upload-Checksum", `sha256 ${base64(sha256)}`);
    },
    onShouldRetry: (fault) => {
      const status = fault.originalResponse ? fault.originalResponse.getStatus() : 0;
      const passing = !status || [409, 423, 429, 460].includes(status) || status >= 500;
      if (passing) show("state", retried(status, status >= 500 ? said(fault) : ""));
      return passing && !stopped;
    },
    onProgress: progress,
    onChunkComplete: () => show("state", "Sending."),
    onError: (fault) => {
      buttons("paused");
      show("state", `Stopped: ${said(fault) || fault.message}. What the server holds stays there.`);
      say("The upload stopped.");
    },
    onSuccess: () => ended(file, reading).catch((fault) => show("state", `The page lost sight of it: ${fault.message}. Load it again.`)),
  });
  running.start();
};

find("start").addEventListener("click", async () => {
  const file = find("pick").files[0];
  if (!file) { show("state", "Choose a file first."); find("pick").focus(); return; }
  find("start").disabled = true;
  show("state", "Looking what the server holds.");
  try {
    known = await begun(file);
    find("about").hidden = false;
    show("held", known.held_bytes ? `The server holds ${size(known.held_bytes)} of it already; it goes on from there.` : "It begins with its first part.");
    show("until", `It may be finished until ${new Date(known.expires).toLocaleString()}.`);
    buttons("sending");
    show("state", "Sending.");
    find("pause").focus();
    marks = [];
    send(file);
  } catch (fault) {
    show("state", `Not begun: ${fault.message}`);
    say("The upload was not begun.");
  }
  find("start").disabled = false;
});
find("pause").addEventListener("click", async () => {
  stopped = true;
  await running.abort();
  buttons("paused");
  show("state", "Paused. What the server holds stays there.");
  find("resume").focus();
});
find("resume").addEventListener("click", () => {
  stopped = false;
  marks = [];
  buttons("sending");
  show("state", "Sending.");
  running.start();
  find("pause").focus();
});
window.addEventListener("beforeunload", (event) => { if (!find("pause").hidden) event.preventDefault(); });
place.hidden = false;
buttons("ready");
