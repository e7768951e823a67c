// The list of articles: filters, search, pages, address, keys.

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
  const refresh = async () => {
    clearTimeout(timer);
    timer = undefined;
    await apply();
    remember();
  };
  form.addEventListener("input", (event) => {
    clearTimeout(timer);
    timer = setTimeout(refresh, event.target.name === "q" ? 80 : 0);
  });
  form.addEventListener("reset", () => setTimeout(refresh));
  form.addEventListener("submit", (event) => { // Enter in the search: on to j and k
    event.preventDefault();
    document.activeElement.blur();
    if (timer) refresh();
  });
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
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const field = event.target.closest("input, select");
    if (field) { // there letters are words to search, or choose from the menu
      if (event.key !== "Escape") return;
      event.preventDefault();
      if (field === form.elements.q && field.value) {
        field.value = "";
        refresh();
      }
      field.blur();
    } else if (event.key === "/") {
      event.preventDefault();
      form.elements.q.focus();
    } else if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
  });
  addEventListener("hashchange", () => { if (location.hash.startsWith("#articles?")) fromAddress(); });
  await fromAddress();
};
if (one(".explorer")) start();
