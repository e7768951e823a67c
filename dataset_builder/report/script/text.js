// The text of an article with its marks and arrows, and a card for each unit.

// Offsets count code points; a string here counts UTF-16 units.
const unitsOf = (text) => {
  if (!/[\ud800-\udfff]/.test(text)) return (n) => Math.max(0, Math.min(n, text.length));
  const places = [];
  for (let i = 0; i < text.length; i += text.codePointAt(i) > 0xffff ? 2 : 1) places.push(i);
  places.push(text.length);
  return (n) => places[Math.max(0, Math.min(n, places.length - 1))];
};

/** How far below the line each mark is drawn, so that overlapping ones are all seen. */
const lanes = (marks) => {
  const taken = [];
  for (const mark of [...marks].sort((a, b) => a.end - a.start - (b.end - b.start)
    || a.start - b.start || (a.label < b.label ? -1 : 1))) {
    mark.lane = 0;
    while ((taken[mark.lane] ??= []).some((m) => m.start < mark.end && mark.start < m.end)) {
      mark.lane++;
    }
    taken[mark.lane].push(mark);
  }
};

const textOf = (record, view, choose) => {
  const units = unitsOf(record.text);
  const marks = [...view.marks.values()];
  lanes(marks);
  for (const mark of marks) Object.assign(mark, { parts: [], from: units(mark.start), to: units(mark.end) });
  const box = element("div", "text");
  let at = 0;
  for (const paragraph of record.text.split("\n\n")) {
    const end = at + paragraph.length;
    const inside = marks.filter((mark) => mark.from < end && mark.to > at)
      .sort((a, b) => a.from - b.from || b.to - a.to);
    const edges = new Set([at, end]);
    for (const mark of inside) edges.add(Math.max(mark.from, at)).add(Math.min(mark.to, end));
    const places = [...edges].sort((a, b) => a - b);
    const shown = element("p");
    shown.dir = "auto";
    places.slice(0, -1).forEach((start, n) => {
      const covering = inside.filter((mark) => mark.from <= start && mark.to >= places[n + 1]);
      const words = running(record.text.slice(start, places[n + 1]));
      if (!covering.length) return shown.append(...words);
      for (const mark of covering) {
        if (mark.from !== start || kindOf(mark.label) === "n") continue;
        const tag = tone(element("bdi", "tag", plain(mark.label)), mark.label);
        tag.addEventListener("click", () => choose(mark.units[0]));
        shown.append(tag);
      }
      const main = covering.findLast((mark) => kindOf(mark.label) !== "n") ?? covering.at(-1);
      const part = tone(element("span", `m${kindOf(main.label) === "n" ? "" : " filled"}`, words), main.label);
      const under = covering.map((mark) => `linear-gradient(var(${list.tones[mark.label] ?? "--faint"}) 0 0)`);
      part.style.backgroundImage = under.join(",");
      part.style.backgroundSize = "100% 2px";
      const deepest = Math.max(...covering.map((mark) => mark.lane));
      part.style.backgroundPosition = covering.map((mark) => `0 calc(100% - ${3 * (deepest - mark.lane)}px)`).join(",");
      part.style.paddingBottom = `${1 + 3 * deepest}px`;
      part.title = covering.map((mark) => mark.label).join(", ");
      part.addEventListener("click", () => choose(main.units[0]));
      for (const mark of covering) mark.parts.push(part);
      shown.append(part);
    });
    box.append(shown);
    at = end + 2;
  }
  return box;
};

/** Draws the arrows over the text; positions are those of the words on the screen. */
const drawArrows = (box, view, mode, active) => {
  one(".arrows", box)?.remove();
  const canvas = drawing("svg", { class: active ? "arrows some" : "arrows", "aria-hidden": "true" });
  const origin = box.getBoundingClientRect();
  if (!origin.width) return; // not on the screen
  const ends = new Map();
  const shown = view.arrows.filter(({ from, to, unit, quiet }) => from.parts?.length && to.parts?.length
    && (unit === active || (mode === "all" && !quiet)));
  for (const { from, to } of shown) for (const mark of [from, to]) ends.set(mark, (ends.get(mark) ?? 0) + 1);
  const used = new Map();
  const anchor = (mark) => {
    const { left, width, top, bottom } = mark.parts[0].getClientRects()[0];
    const n = (used.get(mark) ?? 0) + 1;
    used.set(mark, n);
    const x = left + width * n / (ends.get(mark) + 1) - origin.left;
    return { x, top: top - origin.top, bottom: bottom - origin.top };
  };
  // Along the gap between two lines, then straight to the word: never through the words between.
  shown.forEach(({ from, to, unit, quiet }, n) => {
    const a = anchor(from), b = anchor(to);
    const up = b.top < a.top + 8; // on the line itself, or above: over the words
    const same = Math.abs(a.top - b.top) < 8;
    const side = up ? -1 : 1;
    const y1 = up ? a.top : a.bottom;
    const gap = y1 + side * (4 + (n % 3) * 2.5);
    const y2 = same || !up ? b.top : b.bottom;
    const way = same || !up ? 1 : -1; // where the head points
    const right = Math.sign(b.x - a.x) || 1;
    const r = Math.min(4, Math.abs(b.x - a.x) / 2);
    const on = unit === active ? " on" : "";
    const line = drawing("path", { class: `${quiet ? "dash" : ""}${on}`,
      d: `M${a.x} ${y1}V${gap - side * Math.min(r, 3)}Q${a.x} ${gap} ${a.x + right * r} ${gap}`
        + `H${b.x - right * r}Q${b.x} ${gap} ${b.x} ${gap + way * Math.min(r, 3)}V${y2 - way * 3}` });
    const head = drawing("path", { class: `head${on}`, d: `M${b.x} ${y2 + way}l-3.2 ${-way * 6}h6.4z` });
    canvas.append(tone(line, unit.label), tone(head, unit.label));
  });
  box.append(canvas);
};

const cardOf = (record, unit, units) => {
  const words = (place) => record.text === null
    ? (place ? `[${place[0]}–${place[1]}]` : "")
    : place ? record.text.slice(units(place[0]), units(place[1])) : "";
  const party = ({ said, at, ids = [], note, role }) => {
    const surface = words(at);
    const known = said ?? ids.map((id) => list.names[id] ?? id).join(", ");
    const about = [known && known !== surface ? known : "", note].filter(Boolean).join(", ");
    const shown = element("span", "", name(surface || known));
    if (surface && about) shown.append(" ", name(`(${about})`, "who"));
    if (role === "LOCATION" || role === "DATE") shown.title = role;
    return shown;
  };
  const joined = (parties) => parties.flatMap((item, n) => (n ? [", ", party(item)] : [party(item)]));
  const arrow = () => element("span", "arrow", " → ");
  const button = tone(element("button", unit.quiet ? "card quiet" : "card"), unit.label);
  button.type = "button";
  button.append(element("span", "kind", plain(unit.label)));
  if (unit.before.length) button.append(...joined(unit.before), arrow());
  if (unit.middle) button.append(element("b", "", name(words(unit.middle.at))));
  if (unit.after.length) button.append(...(unit.middle ? [arrow()] : []), ...joined(unit.after));
  const dated = unit.date?.[0] ? [[unit.date[0], unit.date[1]].filter(Boolean).join(" to ")
    + ` (${unit.date[2]}, ${unit.date[3]})`] : [];
  const told = [...dated, ...unit.told];
  if (told.length && !unit.quiet) button.append(element("small", "", plain(told.join(" · "))));
  if (unit.votes.length && !unit.quiet) {
    const votes = element("small", "", "votes: ");
    unit.votes.forEach(([who, kind, label], n) => {
      if (n) votes.append(" · ");
      const vote = element("span", label === unit.label ? "" : "differs", name(who), ` ${plain(label)}`);
      if (kind === "model") vote.title = "a language model's draft";
      votes.append(vote);
    });
    button.append(votes);
  }
  return button;
};

/** Where the marks lie in a text that is withheld. */
const mapOf = (record, view) => {
  const canvas = drawing("svg", { class: "map", viewBox: `0 0 ${Math.max(record.length, 1)} 26`,
    preserveAspectRatio: "none", role: "img", "aria-label": "Places of the marks in the text" });
  for (const mark of view.marks.values()) {
    const high = kindOf(mark.label) === "n" ? 8 : 18;
    canvas.append(drawing("rect", { x: mark.start, y: 26 - high, height: high,
      width: Math.max(mark.end - mark.start, record.length / 300), fill: `var(${list.tones[mark.label] ?? "--faint"})` }));
  }
  return element("div", "", element("p", "note",
    `The text is withheld: ${count(record.length)} characters. Numbers in brackets are offsets.`), canvas);
};
