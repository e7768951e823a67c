// What one article shows: the released rows, or what one annotator entered.

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
