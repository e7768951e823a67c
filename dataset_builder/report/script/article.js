// One article as it is read.

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
