// Blocks that the page holds packed; few are kept unpacked.

const bytes = (text) => {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const raw = atob(text);
  const made = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) made[i] = raw.charCodeAt(i);
  return made;
};
const unpack = (id) => new Response(
  new Blob([bytes(document.getElementById(id).textContent)]).stream()
    .pipeThrough(new DecompressionStream("gzip")),
);
const KEPT = 6;
const chunks = new Map();
const chunk = (number) => {
  const found = chunks.get(number) ?? unpack(`c${number}`).json();
  chunks.delete(number);
  chunks.set(number, found);
  if (chunks.size > KEPT) chunks.delete(chunks.keys().next().value);
  return found;
};
