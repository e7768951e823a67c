// Which articles hold a term, and where it is in the text that is shown.

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

const highlight = (box, query) => {
  if (!CSS.highlights) return;
  CSS.highlights.delete("found");
  // The S of S-400 alone would light up half of the letters.
  const wanted = terms(query).filter((term, _, all) => term.length > 1 || all.length === 1);
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
