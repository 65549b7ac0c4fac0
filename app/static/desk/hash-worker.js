// Reads one file piece by piece and gives its SHA-256, beside the sending and without holding the file in memory.
importScripts("../vendor/hash-wasm-sha256.js");

const PIECE = 4 * 1024 * 1024;

onmessage = async ({ data: { ticket, file } }) => {
  try {
    const hasher = await hashwasm.createSHA256();
    hasher.init();
    for (let from = 0; from < file.size; from += PIECE) {
      hasher.update(new Uint8Array(await file.slice(from, from + PIECE).arrayBuffer()));
      postMessage({ ticket, read: Math.min(from + PIECE, file.size) });
    }
    postMessage({ ticket, sha256: hasher.digest("hex") });
  } catch (fault) {
    postMessage({ ticket, because: String(fault && fault.message ? fault.message : fault) });
  }
};
