// Sizes, hashes and names as the pages say them (see app/pages/views/words.py, which is held against this by a test).
export const SHORT = 12;
export const size = (count) => {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let at = 0;
  while (count >= 1024 && at < units.length - 1) { count /= 1024; at += 1; }
  return at ? `${count.toFixed(1)} ${units[at]}` : count === 1 ? "1 byte" : `${count} bytes`;
};
// A name with control and direction characters written out, so that it cannot disguise itself.
export const plain = (name) => name.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, (one) => `\\u{${one.codePointAt(0).toString(16)}}`);
export const SHAPES = { waiting: ["grey", "○"], sending: ["blue", "◐"], stored: ["green", "✓"], refused: ["red", "✕"], quarantined: ["red", "■"], same: ["green", "✓"], differs: ["red", "≠"] };
