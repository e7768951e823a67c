"use strict";
{
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

  // ---- packed blocks -------------------------------------------------------------------------
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

  // ---- search --------------------------------------------------------------------------------
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const terms = (text) => fold(text).match(/[\p{L}\p{N}_]+|\p{S}/gu) ?? [];
  const readIndex = async (articles) => {
    const data = new Uint8Array(await (await unpack("words")).arrayBuffer());
    const end = 4 + new DataView(data.buffer).getUint32(0, true);
    const words = new TextDecoder().decode(data.subarray(4, end));
    let at = end;
    const number = () => {
      let value = 0;
      for (let shift = 0; ; shift += 7) {
        const low = data[at++];
        value += (low & 127) * 2 ** shift;
        if (low < 128) return value;
      }
    };
    const starts = [];
    if (words) for (let i = 0; i >= 0; i = words.indexOf("\n", i) + 1 || -1) starts.push(i);
    const sizes = starts.map(number);
    const lists = new Float64Array(sizes.length + 1);
    lists[0] = at;
    sizes.forEach((size, i) => { lists[i + 1] = lists[i] + size; });
    const word = (place) => {
      let low = 0, high = starts.length;
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (starts[middle] <= place) low = middle; else high = middle;
      }
      return low;
    };
    // All articles with a word that holds the term anywhere.
    return (term) => {
      const found = new Uint8Array(articles);
      for (let place = words.indexOf(term); place >= 0;) {
        const n = word(place);
        let article = -1;
        for (at = lists[n]; at < lists[n + 1];) found[article += number() + 1] = 1;
        place = n + 1 < starts.length ? words.indexOf(term, starts[n + 1]) : -1;
      }
      return found;
    };
  };

  // ---- one article ---------------------------------------------------------------------------
  // Offsets count code points; a string here counts UTF-16 units.
  const unitsOf = (text) => {
    if (!/[\ud800-\udfff]/.test(text)) return (n) => Math.max(0, Math.min(n, text.length));
    const places = [];
    for (let i = 0; i < text.length; i += text.codePointAt(i) > 0xffff ? 2 : 1) places.push(i);
    places.push(text.length);
    return (n) => places[Math.max(0, Math.min(n, places.length - 1))];
  };

  let list; // the directory
  const tone = (node, label) => {
    node.style.setProperty("--tone", `var(${list.tones[label] ?? "--faint"})`);
    return node;
  };
  const kindOf = (label) => list.kinds[label] ?? "n";

  /* A view: marks {start, end, label, units}, arrows {from, to, unit} and units, which are what a
     card says: an event, a stance, or a trigger or evidence of one annotator. */
  const newView = () => {
    const marks = new Map();
    const view = { marks, arrows: [], units: [] };
    view.mark = (place, label, unit) => {
      if (!place || place[1] <= place[0]) return null;
      const key = `${place[0]}:${place[1]}:${label}`;
      if (!marks.has(key)) marks.set(key, { start: place[0], end: place[1], label, units: [] });
      const mark = marks.get(key);
      if (!mark.units.includes(unit)) mark.units.push(unit);
      return mark;
    };
    view.arrow = (from, to, unit, quiet = false) => {
      if (from && to && from !== to) view.arrows.push({ from, to, unit, quiet });
    };
    return view;
  };
  const FILLER = { ACTOR: "ACTOR", RECIPIENT: "ACTOR" };
  const releasedView = (record) => {
    const view = newView();
    for (const event of record.events) {
      const unit = { group: "Events", label: event.type, before: [], after: [], votes: event.votes,
        middle: { at: event.at }, told: event.told, date: event.date };
      view.units.push(unit);
      const trigger = view.mark(event.at, event.type, unit);
      for (const [role, start, end, ids, timex] of event.args) {
        const filler = view.mark([start, end], FILLER[role] ?? role, unit);
        const said = { at: [start, end], ids, note: timex, role };
        (role === "ACTOR" ? unit.before : unit.after).push(said);
        if (role === "ACTOR") view.arrow(filler, trigger, unit);
        else view.arrow(trigger, filler, unit);
      }
    }
    for (const stance of record.stance) {
      const [holder, holderAt] = stance.holder;
      const [target, targetAt, targetKind] = stance.target;
      const derived = stance.basis === "derived";
      const unit = { group: derived ? "Derived neutral pairs" : "Stances", label: stance.label,
        before: [{ said: holder, at: holderAt }], after: [{ said: target, at: targetAt }],
        middle: stance.at ? { at: stance.at } : null, votes: stance.votes, told: stance.told,
        quiet: derived };
      view.units.push(unit);
      const evidence = view.mark(stance.at, stance.label, unit);
      const from = view.mark(holderAt, "ACTOR", unit);
      const to = view.mark(targetAt, targetKind === "issue" ? "ISSUE" : "ACTOR", unit);
      if (evidence) {
        view.arrow(from, evidence, unit);
        view.arrow(evidence, to, unit);
      } else view.arrow(from, to, unit, true);
    }
    return view;
  };
  const layerView = (layer) => {
    const view = newView();
    const spans = layer.spans.map(([label, start, end, fields]) => {
      const group = { e: "Triggers", s: "Stance evidence" }[kindOf(label)];
      const unit = { group: group ?? "Other marks", label, before: [], after: [], votes: [],
        middle: { at: [start, end] }, told: fields, quiet: !group };
      view.units.push(unit);
      return { label, at: [start, end], unit, mark: view.mark([start, end], label, unit) };
    });
    for (const [left, right, direction] of layer.arrows) {
      const [from, to] = (direction === "left" ? [right, left] : [left, right]).map((n) => spans[n]);
      const own = kindOf(to.label) === "n" ? from : to; // the trigger or evidence it belongs to
      const other = own === to ? from : to;
      (own === to ? own.unit.before : own.unit.after).push({ at: other.at });
      if (other.mark && !other.mark.units.includes(own.unit)) other.mark.units.unshift(own.unit);
      view.arrow(from.mark, to.mark, own.unit);
    }
    const order = ["Triggers", "Stance evidence", "Other marks"];
    view.units.sort((a, b) => order.indexOf(a.group) - order.indexOf(b.group));
    return view;
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

  const highlight = (box, query) => {
    if (!CSS.highlights) return;
    CSS.highlights.delete("found");
    const wanted = terms(query);
    if (!wanted.length || !box) return;
    const ranges = [];
    const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode());) {
      let folded = "";
      const places = [];
      for (let i = 0; i < node.data.length;) {
        const char = String.fromCodePoint(node.data.codePointAt(i));
        const small = fold(char);
        for (let k = 0; k < small.length; k++) places.push(i);
        folded += small;
        i += char.length;
      }
      places.push(node.data.length);
      for (const term of wanted) {
        for (let at = folded.indexOf(term); at >= 0; at = folded.indexOf(term, at + term.length)) {
          const range = document.createRange();
          range.setStart(node, places[at]);
          range.setEnd(node, places[at + term.length]);
          ranges.push(range);
        }
      }
    }
    CSS.highlights.set("found", new Highlight(...ranges));
  };

  const watch = new ResizeObserver(() => watch.draw?.());
  const show = (reader, record, query, steps) => {
    watch.disconnect();
    const units = record.text === null ? null : unitsOf(record.text);
    const meta = element("p", "meta");
    const { outlet, published_at: published, language } = record.stated;
    for (const part of [outlet, published?.slice(0, 10), record.split, language, record.id]) {
      if (part) meta.append(name(part));
    }
    const stated = element("dl", "stated");
    for (const [key, value] of Object.entries(record.stated)) {
      stated.append(element("dt", "", key.replaceAll("_", " ")), element("dd", "", name(value)));
    }
    const title = element("h3", "", name(record.title ?? (record.text === null ? record.id : "(no title)")));
    title.dir = "auto";
    const views = element("div", "views");
    views.setAttribute("role", "group");
    views.setAttribute("aria-label", "What is shown");
    const mode = element("select", "");
    for (const value of ["all", "selected"]) mode.append(new Option(value, value));
    const body = element("div", "both");
    reader.replaceChildren(steps, title, meta,
      element("details", "", element("summary", "", "What the page states, ids and hashes"), stated), views, body);

    const render = (view, remark) => {
      let active = null, pinned = null, box = null;
      const buttons = new Map();
      const activate = (unit) => {
        active = unit;
        for (const [key, button] of buttons) button.classList.toggle("on", key === unit);
        for (const mark of view.marks.values()) {
          for (const part of mark.parts ?? []) part.classList.remove("on");
        }
        for (const mark of view.marks.values()) {
          if (unit && mark.units.includes(unit)) for (const part of mark.parts ?? []) part.classList.add("on");
        }
        if (box) drawArrows(box, view, mode.value, active);
      };
      const choose = (unit, fromCard = false) => {
        pinned = pinned === unit ? null : unit;
        activate(pinned);
        for (const [key, button] of buttons) button.setAttribute("aria-pressed", key === pinned);
        const seen = fromCard ? [...view.marks.values()].find((m) => m.units.includes(unit) && kindOf(m.label) !== "n")?.parts?.[0]
          : buttons.get(unit);
        if (pinned) seen?.scrollIntoView({ block: "nearest" });
      };
      const left = element("div", "");
      if (remark) left.append(element("p", "warning", remark));
      if (record.text === null) left.append(mapOf(record, view));
      else left.append(box = textOf(record, view, choose));
      const cards = element("aside", "cards");
      cards.setAttribute("aria-label", "Events and stances");
      const groups = Map.groupBy ? Map.groupBy(view.units, (unit) => unit.group)
        : view.units.reduce((map, unit) => map.set(unit.group, [...(map.get(unit.group) ?? []), unit]), new Map());
      for (const [group, members] of groups) {
        const items = element("ol", "");
        for (const unit of members) {
          const button = cardOf(record, unit, units);
          button.setAttribute("aria-pressed", "false");
          button.addEventListener("pointerenter", () => activate(unit));
          button.addEventListener("pointerleave", () => activate(pinned));
          button.addEventListener("focus", () => activate(unit));
          button.addEventListener("click", () => choose(unit, true));
          buttons.set(unit, button);
          items.append(element("li", "", button));
        }
        const heading = element("h4", "", `${group} (${count(members.length)})`);
        if (members[0].quiet && members.length > 3) {
          const folded = element("details", "", element("summary", "", `${group} (${count(members.length)})`), items);
          cards.append(folded);
        } else cards.append(heading, items);
      }
      if (!view.units.length) cards.append(element("p", "note", "Nothing is marked."));
      body.replaceChildren(left, cards);
      if (box) {
        watch.draw = () => drawArrows(box, view, mode.value, active);
        watch.observe(box);
        mode.onchange = () => watch.draw();
        highlight(box, query);
      }
    };

    const drafts = (kind) => (kind === "model" ? "A draft by a language model; not checked by a person." : "");
    const kinds = new Set(record.layers.map((layer) => layer.kind));
    const released = kinds.size === 1 && kinds.has("model") ? "Made from drafts by a language model; not checked by people." : "";
    const choices = [["released rows", () => render(releasedView(record), released)],
      ...record.layers.map((layer) => [layer.by, () => render(layerView(layer),
        [drafts(layer.kind), layer.state === "completed" ? "" : `State: ${layer.state}.`,
          layer.article.length ? plain(layer.article.join("; ")) : ""].filter(Boolean).join(" ")), layer.kind])];
    const pick = choices.map(([words, start, kind]) => {
      const button = element("button", "", name(words));
      if (kind === "model") button.append(" ", element("span", "kind model", "model"));
      button.type = "button";
      button.addEventListener("click", () => {
        for (const other of pick) other.setAttribute("aria-pressed", other === button);
        watch.disconnect();
        start();
      });
      return button;
    });
    views.append(...pick);
    if (record.text !== null) views.append(element("label", "", "arrows", mode));
    pick[0].click();
  };

  // ---- the list ------------------------------------------------------------------------------
  const PAGE = 25;
  const narrow = matchMedia("(max-width: 52rem)");
  const start = async () => {
    list = await (await unpack("directory")).json();
    const total = list.id.length;
    const form = one(".filters"), explorer = one(".explorer"), reader = one(".reader");
    const places = new Map(list.id.map((id, at) => [id, at]));
    let index = null;
    let found = [], page = 0, opened = -1, query = "";
    form.hidden = explorer.hidden = false;

    const fill = (field, values, use, named) => {
      const uses = new Uint32Array(values.length);
      for (let at = 0; at < total; at++) for (const value of use(at)) uses[value]++;
      const order = values.map((_, at) => at);
      if (field === "actor" || field === "outlet") order.sort((a, b) => uses[b] - uses[a] || a - b);
      for (const at of order) {
        const words = plain(named(values[at])).slice(0, 60);
        form.elements[field].append(new Option(`${words} (${count(uses[at])})`, values[at]));
      }
    };
    fill("label", list.labels, (at) => list.label[at],
      (label) => `${label.startsWith("e:") ? "event" : "stance"} ${label.slice(2)}`);
    fill("actor", list.actors, (at) => list.actor[at], (id) => list.names[id]);
    fill("outlet", list.outlets, (at) => (list.outlet[at] < 0 ? [] : [list.outlet[at]]), (text) => text);
    fill("split", list.splits, (at) => [list.split[at]], (text) => text);

    const sought = new Map();
    const matching = async (text) => {
      const wanted = terms(text);
      if (!wanted.length) return () => true;
      index ??= readIndex(total);
      const has = await index;
      const sets = wanted.map((term) => {
        if (!sought.has(term)) {
          if (sought.size > 50) sought.clear();
          sought.set(term, has(term));
        }
        return sought.get(term);
      });
      return (at) => sets.every((set) => set[at]);
    };
    const state = () => {
      const fields = [...new FormData(form)].filter(([, value]) => value);
      if (opened >= 0) fields.push(["open", list.id[opened]]);
      return `#articles?${new URLSearchParams(fields)}`;
    };
    const remember = (push = false) => {
      history[push ? "pushState" : "replaceState"](null, "", state());
    };

    const render = () => {
      const items = found.slice(page * PAGE, (page + 1) * PAGE).map((at) => {
        const parts = [list.outlet[at] < 0 ? null : list.outlets[list.outlet[at]], list.date[at],
          list.splits[list.split[at]]];
        const small = element("small", "", ...parts.filter(Boolean).flatMap((part, n) => (n ? [" · ", name(part)] : [name(part)])),
          element("br"), `${count(list.events[at])} events · ${count(list.stances[at])} stances`
            + (list.disputed[at] ? ` · ${count(list.disputed[at])} disputed` : ""));
        const title = name(list.title[at] || list.id[at]);
        const link = element("a", "", title, small);
        link.href = `#articles?open=${list.id[at]}`;
        if (at === opened) link.setAttribute("aria-current", "true");
        link.addEventListener("click", (event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          open(at, true);
        });
        return element("li", "", link);
      });
      one(".list").replaceChildren(...items);
      const last = Math.max(Math.ceil(found.length / PAGE) - 1, 0);
      one(".count").textContent = `${count(found.length)} of ${count(total)} articles`;
      one(".pager").hidden = !last;
      one(".pager span").textContent = `${count(page + 1)} of ${count(last + 1)}`;
      one("[data-step='-1']").disabled = !page;
      one("[data-step='1']").disabled = page === last;
    };
    const steps = () => {
      const box = element("div", "steps");
      const back = element("button", "back", "list");
      back.addEventListener("click", () => { explorer.classList.remove("reading"); one(".list a[aria-current]")?.focus(); });
      box.append(back);
      for (const [words, step] of [["previous", -1], ["next", 1]]) {
        const button = element("button", "", words);
        const to = found[found.indexOf(opened) + step];
        button.title = `${words} article (${step < 0 ? "k" : "j"})`;
        button.disabled = to === undefined || (step < 0 && found.indexOf(opened) < 1);
        button.addEventListener("click", () => move(step));
        box.append(button);
      }
      for (const button of box.children) button.type = "button";
      return box;
    };
    const open = async (at, asked = false) => {
      opened = at;
      const place = found.indexOf(at);
      if (place >= 0) page = Math.floor(place / PAGE);
      render();
      if (asked) {
        explorer.classList.add("reading");
        remember(true);
      }
      const records = await chunk(Math.floor(at / list.chunk));
      if (opened !== at) return; // another one was asked for meanwhile
      show(reader, records[at % list.chunk], query, steps());
      if (asked && (narrow.matches || reader.getBoundingClientRect().top < 0)) reader.scrollIntoView();
      const row = one(".list a[aria-current]")?.parentElement;
      if (row) { // the list alone moves, never the page
        const box = one(".list");
        const top = row.offsetTop - box.offsetTop;
        if (top < box.scrollTop) box.scrollTop = top;
        else if (top + row.offsetHeight > box.scrollTop + box.clientHeight) box.scrollTop = top + row.offsetHeight - box.clientHeight;
      }
    };
    const move = (step) => {
      const to = found[found.indexOf(opened) + step];
      if (to !== undefined && found.indexOf(opened) + step >= 0) open(to, true);
    };

    let asked = 0;
    const apply = async (keep = -1) => {
      const turn = ++asked;
      const wanted = Object.fromEntries(new FormData(form));
      const fits = await matching(wanted.q);
      if (turn !== asked) return;
      const at = { label: list.labels.indexOf(wanted.label), actor: list.actors.indexOf(wanted.actor),
        outlet: list.outlets.indexOf(wanted.outlet), split: list.splits.indexOf(wanted.split) };
      found = [];
      for (let n = 0; n < total; n++) {
        if ((!wanted.label || list.label[n].includes(at.label))
          && (!wanted.actor || list.actor[n].includes(at.actor))
          && (!wanted.outlet || list.outlet[n] === at.outlet)
          && (!wanted.split || list.split[n] === at.split) && fits(n)) found.push(n);
      }
      if (wanted.sort === "title") {
        const compare = new Intl.Collator("en").compare;
        found.sort((a, b) => compare(list.title[a], list.title[b]) || a - b);
      } else if (wanted.sort) found.sort((a, b) => list[wanted.sort][b] - list[wanted.sort][a] || a - b);
      query = wanted.q;
      page = 0;
      if (keep >= 0) await open(keep);
      else if (found.includes(opened)) await open(opened);
      else if (found.length) await open(found[0]);
      else {
        opened = -1;
        watch.disconnect();
        reader.replaceChildren(element("p", "note", "No article fits."));
        render();
      }
      document.documentElement.dataset.ready = String(turn);
    };

    const fromAddress = () => {
      const [place, rest] = location.hash.split("?");
      if (place !== "#articles" || rest === undefined) return apply();
      const wanted = new URLSearchParams(rest);
      form.reset();
      for (const [field, value] of wanted) {
        const input = form.elements.namedItem(field);
        if (input) input.value = value;
      }
      const at = places.get(wanted.get("open")) ?? -1;
      explorer.classList.toggle("reading", at >= 0);
      one("#articles").scrollIntoView();
      return apply(at);
    };
    let timer;
    form.addEventListener("input", (event) => {
      clearTimeout(timer);
      timer = setTimeout(async () => { await apply(); remember(); }, event.target.name === "q" ? 80 : 0);
    });
    form.addEventListener("reset", () => setTimeout(async () => { await apply(); remember(); }));
    form.addEventListener("submit", (event) => event.preventDefault());
    one(".pager").addEventListener("click", (event) => {
      const step = Number(event.target.dataset.step);
      if (!step) return;
      page += step;
      render();
      one(".list").scrollTop = 0;
    });
    one(".list").addEventListener("keydown", (event) => {
      const links = [...document.querySelectorAll(".list a")];
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      links[links.indexOf(document.activeElement) + step]?.focus();
    });
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select")) return;
      if (event.key === "/") {
        event.preventDefault();
        form.elements.q.focus();
      } else if (event.key === "j") move(1);
      else if (event.key === "k") move(-1);
    });
    addEventListener("hashchange", () => { if (location.hash.startsWith("#articles?")) fromAddress(); });
    await fromAddress();
  };
  if (one(".explorer")) start();

  // ---- the network: what is near the pointer stands out ----------------------------------------
  const network = one("#plot-network svg");
  for (const node of network?.querySelectorAll(".node") ?? []) {
    const own = node.dataset.a;
    node.addEventListener("pointerenter", () => {
      network.classList.add("dimmed");
      const near = new Set([own]);
      for (const edge of network.querySelectorAll(".edge")) {
        const touches = edge.dataset.a === own || edge.dataset.b === own;
        edge.classList.toggle("near", touches);
        if (touches) near.add(edge.dataset.a).add(edge.dataset.b);
      }
      for (const other of network.querySelectorAll(".node")) other.classList.toggle("near", near.has(other.dataset.a));
    });
    node.addEventListener("pointerleave", () => network.classList.remove("dimmed"));
  }
}
