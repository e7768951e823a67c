// What everything is made of: nodes of the document, and text that is shown as what it is.

// Texts come from anywhere: they only ever become text nodes, never markup.
const one = (selector, root = document) => root.querySelector(selector);
const element = (name, className, ...children) => {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children.flat());
  return made;
};
const drawing = (name, attributes) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
};
// What steers or hides text is shown as its code, as the figures above do.
const STEERING = /(?![\n\u200c\u200d])[\p{C}\p{Zl}\p{Zp}]/gu;
const code = (char) => {
  const hex = char.codePointAt(0).toString(16);
  if (hex.length <= 2) return `\\x${hex.padStart(2, "0")}`;
  return hex.length <= 4 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
};
const plain = (text) => String(text ?? "").replace(/\s+/g, " ").replace(STEERING, code);
const name = (text, className) => element("bdi", className, plain(text));
const running = (text) => {
  const parts = [];
  let done = 0;
  for (const match of text.matchAll(STEERING)) {
    parts.push(text.slice(done, match.index), element("bdi", "made", code(match[0])));
    done = match.index + match[0].length;
  }
  return [...parts, text.slice(done)];
};
const count = (n) => n.toLocaleString("en");
