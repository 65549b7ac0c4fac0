"use strict";
const KIT = __KIT__;
const $ = (id) => document.getElementById(id);
const text = new TextEncoder();
const store = "probanda-kit-" + KIT.code;
const ROUNDS = 600000;
let key = null;
let held = null;

const b64 = (bytes) => btoa(Array.from(new Uint8Array(bytes), (b) => String.fromCharCode(b)).join(""));
const bytes = (s) => Uint8Array.from(atob(s), (c) => c.charCodeAt(0));
const say = (words, bad) => { $("said").textContent = words; $("said").toggleAttribute("data-bad", Boolean(bad)); };
const kept = () => JSON.parse(localStorage.getItem(store) || "null");
const zone = (at) => {
  const off = -at.getTimezoneOffset(), abs = Math.abs(off), two = (n) => String(n).padStart(2, "0");
  return (off < 0 ? "-" : "+") + two(Math.floor(abs / 60)) + ":" + two(abs % 60);
};
const local = (at) => new Date(at.getTime() - at.getTimezoneOffset() * 60000).toISOString().slice(0, 19);
const written = (value) => { const at = new Date(value); return local(at) + zone(at); };

async function derive(phrase, salt) {
  const raw = await crypto.subtle.importKey("raw", text.encode(phrase.normalize("NFC")), "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS };
  return crypto.subtle.deriveKey(how, raw, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

async function save() {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, text.encode(JSON.stringify(held)));
  localStorage.setItem(store, JSON.stringify({ salt: held.salt, iv: b64(iv), sealed: b64(sealed) }));
}

async function open(phrase, again) {
  const before = kept();
  if (before) {
    key = await derive(phrase, bytes(before.salt));
    try {
      const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes(before.iv) }, key, bytes(before.sealed));
      held = JSON.parse(new TextDecoder().decode(plain));
    } catch { key = null; return say("This passphrase does not open what is kept here.", true); }
  } else {
    if (phrase !== again) return say("The two passphrases differ.", true);
    const salt = crypto.getRandomValues(new Uint8Array(16));
    key = await derive(phrase, salt);
    held = { salt: b64(salt), device: $("device").value.trim() || "device", clock: [], entries: [] };
    await save();
  }
  say("");
  show();
}

function show() {
  $("door").hidden = Boolean(key);
  $("desk").hidden = !key;
  if (!key) { $("new").hidden = Boolean(kept()); $("phrase").value = $("again").value = ""; $("phrase").focus(); return; }
  $("phrase").value = $("again").value = "";
  $("count").textContent = held.entries.length;
  $("compared").textContent = held.clock.length ? "compared " + held.clock.length + " times" : "not compared yet";
  $("list").replaceChildren(...held.entries.slice().reverse().map((one) => {
    const line = document.createElement("li");
    line.dir = "auto";
    line.textContent = [one.label, one.kind, one.occurred_at, one.description || one.text, one.seal].filter(Boolean).join(" · ");
    return line;
  }));
  const used = new Set(held.entries.filter((one) => one.kind !== "note").map((one) => one.label));
  $("labels").replaceChildren(...KIT.labels.filter((one) => !used.has(one)).map(option));
  $("seals").replaceChildren(...KIT.seals.map(option));
  fields();
}
function option(value) { const made = document.createElement("option"); made.value = value; return made; }
function fields() {
  const kind = $("kind").value;
  for (const part of document.querySelectorAll("[data-for]")) part.hidden = !part.dataset.for.split(" ").includes(kind);
  $("when").value = $("when").value || local(new Date());
}
// Number and check letters, read as one number, are a multiple of the office's prime.
function sound(whole) {
  return Array.from(whole).reduce((value, letter) => (value * KIT.letters.length + KIT.letters.indexOf(letter)) % KIT.prime, 0) === 0;
}
function scanned(said) {
  const typed = said.trim().toUpperCase();
  const bared = typed.startsWith(KIT.scheme) ? typed.slice(KIT.scheme.length) : typed;
  if (!bared.startsWith(KIT.thing + "/")) return typed;
  const whole = Array.from(bared.slice(KIT.thing.length + 1).replaceAll("-", ""), (one) => KIT.misread[one] || one).join("");
  const bare = whole.slice(0, -2);
  return (sound(whole) && KIT.labels.find((one) => one.replaceAll("-", "") === bare)) || typed;
}

async function enter() {
  const kind = $("kind").value;
  const one = { id: crypto.randomUUID(), kind, label: kind === "event" ? "" : scanned($("label").value) };
  one.occurred_at = written($("when").value);
  one.written_at = written(new Date());
  const names = kind === "exhibit"
    ? ["description", "seal", "condition", "place_found", "spot", "found_by", "seized_from", "authority", "authority_number"] : [];
  for (const name of names) one[name] = $(name).value.trim();
  one[kind === "exhibit" ? "note" : "text"] = $("text").value.trim();
  const twice = held.entries.some((other) => other.kind === kind && other.label === one.label);
  if (kind !== "event" && !KIT.labels.includes(one.label)) return say("This label is not of this kit. Look again.", true);
  if (twice && (kind === "exhibit" || kind === "wristband")) return say("This label has been used. Take the next one.", true);
  if (kind === "exhibit" && !one.description) return say("Say what it is.", true);
  if ((kind === "note" || kind === "event") && !one.text) return say("Write what you want to note.", true);
  if (held.entries.length >= KIT.most) return say("One file holds " + KIT.most + " entries. Go on with another device, or on paper.", true);
  held.entries.push(one);
  await save();
  say("Entered: " + (one.label || "what happened") + ".");
  for (const name of ["label", "description", "seal", "condition", "spot", "seized_from", "text", "when"]) $(name).value = "";
  show();
  $("label").focus();
}

async function give() {
  const file = { format: KIT.format, kit: KIT.code, device: held.device, clock: held.clock, entries: held.entries };
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const office = await crypto.subtle.importKey("raw", bytes(KIT.key), curve, false, []);
  const own = await crypto.subtle.generateKey(curve, true, ["deriveBits"]);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: office }, own.privateKey, 256);
  const hkdf = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const info = text.encode(KIT.format + "/" + KIT.code);
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info };
  const once = await crypto.subtle.deriveKey(how, hkdf, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, once, text.encode(JSON.stringify(file)));
  const point = await crypto.subtle.exportKey("raw", own.publicKey);
  const whole = { format: KIT.sealed, kit: KIT.code, key: b64(point), nonce: b64(nonce), sealed: b64(sealed) };
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(whole)], { type: "application/json" }));
  link.download = "kit-" + KIT.code + "-" + held.entries.length + ".json";
  link.click();
  say("Saved: " + link.download + ", " + held.entries.length + " entries.");
}

function doing(form, act) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    act().catch((fault) => say("This did not work; nothing was lost: " + fault.message, true));
  });
}
for (const one of $("entry").querySelectorAll("input, textarea")) one.maxLength = KIT.longest;
$("code").textContent = KIT.code;
$("office").textContent = KIT.office;
$("zone").textContent = $("zone2").textContent = "UTC" + zone(new Date());
doing($("door"), () => open($("phrase").value, $("again").value));
doing($("clock"), async () => {
  held.clock.push({ device: written(new Date()), true: written($("true").value), source: $("source").value.trim() });
  await save(); say("Written down."); show();
});
doing($("entry"), enter);
doing($("wipe"), async () => {
  if ($("sure").value.trim().toUpperCase() !== KIT.code) return say("Type the code of the kit to wipe.", true);
  localStorage.removeItem(store); key = held = null; say("Wiped."); show();
});
$("kind").addEventListener("change", fields);
$("label").addEventListener("keydown", (event) => {
  if (event.key === "Enter") { event.preventDefault(); $("label").value = scanned($("label").value); $("description").focus(); }
});
$("export").addEventListener("click", () => give().catch((fault) => say("Not saved: " + fault.message, true)));
$("lock").addEventListener("click", () => { key = held = null; say("Locked."); show(); });
if (!window.isSecureContext || !crypto.subtle) say("This browser cannot encrypt here. Use another one, or the paper forms.", true);
show();
