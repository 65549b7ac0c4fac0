// Hands files and folders in: announces all of them first, then sends one after the other while a worker computes the
// browser's own SHA-256 beside the sending.  Every file ends as stored, refused or waiting, and the page says which.
import { SHAPES, SHORT, plain, size } from "./words.js";

const place = document.getElementById("deliver");
const csrf = document.querySelector("meta[name=csrf-token]").content;
const find = (id) => document.getElementById(id);
const body = find("files").querySelector("tbody");
const worker = new Worker(new URL("hash-worker.js", import.meta.url));
const listed = [];
const AT_ONCE = 4000;
let going = false;

const number = (count) => (count === 1 ? "1 file" : `${count} files`);
const say = (words) => { find("desk-said").textContent = words; };

const tag = (cell, word, shape = word) => {
  const [tone, mark] = SHAPES[shape] || SHAPES.waiting;
  const made = document.createElement("span");
  made.className = "desk-tag";
  made.dataset.tone = tone;
  const sign = document.createElement("span");
  sign.className = "desk-tag__shape";
  sign.setAttribute("aria-hidden", "true");
  sign.textContent = mark;
  made.append(sign, word);
  cell.replaceChildren(made);
};
const note = (cell, words) => {
  const made = document.createElement("span");
  made.className = "desk-note";
  made.textContent = words;
  cell.append(made);
};
const hash = (cell, value) => {
  const made = document.createElement("span");
  made.className = "desk-hash";
  made.title = value;
  made.textContent = `${value.slice(0, SHORT)}… `;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "desk-copy";
  button.dataset.copy = value;
  button.textContent = "copy";
  button.setAttribute("aria-label", `Copy the whole hash ${value.slice(0, SHORT)}`);
  made.append(button);
  cell.replaceChildren(made);
};

class Line {
  constructor(file, name) {
    Object.assign(this, { file, name, item: null, state: "waiting", sent: 0 });
    this.row = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    const own = document.createElement("bdi");
    own.dir = "auto";
    own.textContent = plain(name);
    head.append(own);
    this.cells = Array.from({ length: 7 }, () => document.createElement("td"));
    [this.size, this.progress, this.browser, this.server, this.same, this.exhibit, this.shown] = this.cells;
    this.size.className = "is-number";
    this.size.textContent = size(file.size);
    this.bar = document.createElement("progress");
    this.bar.max = Math.max(1, file.size);
    this.bar.value = 0;
    this.bar.setAttribute("aria-label", `Sent of ${plain(name)}`);
    this.progress.append(this.bar);
    this.exhibit.textContent = place.dataset.exhibit;
    tag(this.shown, "waiting");
    this.row.append(head, ...this.cells);
    body.append(this.row);
  }

  at(sent) { this.sent = sent; this.bar.value = this.file.size ? sent : 1; total(); }
}

const total = () => {
  const whole = listed.reduce((sum, line) => sum + line.file.size, 0);
  const sent = listed.reduce((sum, line) => sum + line.sent, 0);
  const count = (state) => listed.filter((line) => line.state === state).length;
  find("total-bar").max = Math.max(1, whole);
  find("total-bar").value = whole ? sent : count("stored");
  find("total-words").textContent = `${number(listed.length)}: ${count("stored")} stored, ${count("refused")} refused, ${count("quarantined")} set apart, ${count("waiting") + count("sending")} waiting. ${size(sent)} of ${size(whole)} sent.`;
  find("send").textContent = listed.some((line) => line.item) ? "Send what is waiting" : `Send ${number(listed.length)}`;
};

const list = (files) => {
  if (going) { say("Wait until the present delivery has ended."); return; }
  for (const [file, name] of files) listed.push(new Line(file, name));
  const some = listed.length > 0;
  for (const id of ["files", "total", "send"]) find(id).hidden = !some;
  total();
  say(`${number(files.length)} listed.`);
  if (some) find("send").focus();
};

// A dropped folder is walked to its end; the browser gives its entries in pieces.
const walk = async (entry, found, above = "") => {
  if (entry.isFile) {
    found.push([await new Promise((yes, no) => entry.file(yes, no)), above + entry.name]);
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((yes, no) => reader.readEntries(yes, no));
    if (!some.length) return;
    for (const one of some) await walk(one, found, `${above}${entry.name}/`);
  }
};

const drop = find("drop");
for (const kind of ["dragenter", "dragover"]) drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("is-over"); });
for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("is-over"));
drop.addEventListener("drop", async (event) => {
  event.preventDefault();
  const entries = [...event.dataTransfer.items].map((one) => one.webkitGetAsEntry?.()).filter(Boolean);
  const found = [];
  try {
    for (const entry of entries) await walk(entry, found);
  } catch (fault) {
    say(`A folder could not be read: ${fault.message}`);
  }
  list(found.length ? found : [...event.dataTransfer.files].map((file) => [file, file.name]));
});
for (const id of ["pick-files", "pick-folder"]) {
  find(id).addEventListener("change", (event) => {
    list([...event.target.files].map((file) => [file, file.webkitRelativePath || file.name]));
    event.target.value = "";
  });
}

// One worker, one ticket a file; a reading that failed gives no hash and its reason.
const tickets = new Map();
worker.addEventListener("message", ({ data }) => {
  const waiting = tickets.get(data.ticket);
  if (!waiting || data.read !== undefined) return;
  tickets.delete(data.ticket);
  waiting(data);
});
worker.addEventListener("error", (fault) => {
  for (const waiting of tickets.values()) waiting({ because: fault.message || "the worker ended" });
  tickets.clear();
});
const hashed = (file, ticket) => new Promise((yes) => {
  tickets.set(ticket, yes);
  worker.postMessage({ ticket, file });
});

const reason = async (answer) => {
  try {
    const told = JSON.parse(typeof answer === "string" ? answer : await answer.text());
    return told.error?.message || told.message || "no reason was given";
  } catch {
    return "the answer could not be read";
  }
};
const post = async (url, told) => {
  const answer = await fetch(url, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": csrf }, body: JSON.stringify(told) });
  if (!answer.ok) throw new Error(await reason(answer));
  return answer.json();
};
const put = (url, line) => new Promise((yes, no) => {
  const request = new XMLHttpRequest();
  request.open("PUT", url);
  request.setRequestHeader("X-CSRFToken", csrf);
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.upload.addEventListener("progress", (event) => line.at(event.loaded));
  request.addEventListener("load", async () => {
    if (request.status === 200 || request.status === 201) yes(JSON.parse(request.responseText));
    else no(Object.assign(new Error(await reason(request.responseText)), { status: request.status }));
  });
  request.addEventListener("error", () => no(new Error("the line broke; this file is still waiting")));
  request.send(line.file);
});

const settle = (line, state, words = "") => {
  line.state = state;
  tag(line.shown, state === "quarantined" ? "set apart" : state, state);
  if (words) note(line.shown, words);
  total();
};

// What the server has written down about a file whose sending did not end well; without an answer it is still waiting.
const standing = async (batch, item) => {
  try {
    const answer = await fetch(place.dataset.batch.replace("BATCH", batch));
    const told = await answer.json();
    return told.items.find((one) => one.id === item) || { state: "waiting" };
  } catch {
    return { state: "waiting" };
  }
};

const deliver = async (line, batch, ticket) => {
  const item = `${place.dataset.batch.replace("BATCH", batch)}/items/${line.item}`;
  settle(line, "sending");
  const reading = hashed(line.file, ticket);
  let stored;
  try {
    stored = await put(`${item}/content`, line);
  } catch (fault) {
    line.at(0);
    const { state, because } = await standing(batch, line.item);
    settle(line, state, because || fault.message);
    if (!fault.status || fault.status === 401) throw fault;
    return;
  }
  line.at(line.file.size);
  hash(line.server, stored.sha256);
  const own = await reading;
  if (!own.sha256) {
    line.browser.textContent = `not computed: ${own.because}`;
    line.same.textContent = "not compared";
    settle(line, stored.state === "quarantined" ? "quarantined" : "stored");
    return;
  }
  hash(line.browser, own.sha256);
  tag(line.same, own.sha256 === stored.sha256 ? "same" : "differs");
  try {
    const told = await post(`${item}/stated`, { sha256: own.sha256 });
    settle(line, (told.state || stored.state) === "quarantined" ? "quarantined" : "stored");
  } catch (fault) {
    settle(line, "stored", `the browser's hash was not written down: ${fault.message}`);
  }
};

const announce = async (lines) => {
  const told = await post(place.dataset.announce, { items: lines.map((line) => ({ name: line.name, size: line.file.size })) });
  told.items.forEach((one, at) => {
    const line = lines[at];
    line.item = one.id;
    line.batch = told.id;
    if (one.state === "refused") settle(line, "refused", one.because || one.reason || "");
  });
  return told.id;
};

find("send").addEventListener("click", async () => {
  if (going) return;
  going = true;
  find("send").hidden = true;
  say("Sending begins.");
  try {
    const fresh = listed.filter((line) => !line.item);
    for (let from = 0; from < fresh.length; from += AT_ONCE) {
      find("receipt").href = place.dataset.receipt.replace("BATCH", await announce(fresh.slice(from, from + AT_ONCE)));
    }
    for (const line of listed.filter((one) => one.state === "waiting")) await deliver(line, line.batch, listed.indexOf(line));
    say("Every file has been tried.");
  } catch (fault) {
    say(`The delivery stopped: ${fault.message}`);
    note(find("total-words"), ` The delivery stopped: ${fault.message}`);
  }
  going = false;
  const left = listed.some((line) => line.state === "waiting");
  find("send").hidden = !left;
  find("receipt").hidden = !listed.some((line) => line.item);
  find("another").hidden = left;
  if (!find("receipt").hidden) find("receipt").focus();
});

window.addEventListener("beforeunload", (event) => { if (going) event.preventDefault(); });
place.hidden = false;
