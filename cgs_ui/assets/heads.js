// The words over a chart's numbers explain themselves too: a link to the term lies over each title of an axis and each
// note of a chart that has one. A chart is a picture, in which there can be no link.
const HEADS = ".infolayer text[class$=title], .annotation-text";
const DRAWN_MS = 150; // after the last drawing of a chart, which a player repeats
const LEAST = 24; // pixels of what is pressed

const FINDERS = ["heads", "said"].map((kind) => {
  const keys = new Map(Object.entries(DEFINITIONS).flatMap(([key, one]) => one[kind].map((word) => [word, key])));
  const words = [...keys.keys()].sort((one, other) => other.length - one.length)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(" ", "\\s+"));
  return { keys, pattern: new RegExp(`(?<![\\w-])(${words.join("|")})(?![\\w-])`) };
});

// The first term of a text, which may go over several lines: where it stands, and its key.
function termIn(text) {
  const walk = document.createTreeWalker(text, NodeFilter.SHOW_TEXT), nodes = [];
  let whole = "";
  while (walk.nextNode()) {
    nodes.push({ node: walk.currentNode, from: whole.length });
    whole += `${walk.currentNode.data} `;
  }
  for (const { keys, pattern } of FINDERS) {
    const found = pattern.exec(whole);
    if (!found) continue;
    const range = document.createRange(), at = (place) => nodes.findLast(({ from }) => from <= place);
    const [first, last] = [found.index, found.index + found[0].length - 1].map((place) => ({ ...at(place), place }));
    range.setStart(first.node, first.place - first.from);
    range.setEnd(last.node, last.place - last.from + 1);
    const said = found[0].replace(/\s+/g, " ");
    return { range, said, key: keys.get(said) };
  }
  return null;
}

function newLink() {
  const link = document.createElement("a");
  link.className = "cgs-head";
  link.append(document.createElement("span"));
  return link;
}

function placeHeads(root) {
  const scroll = root.querySelector(".cgs-scroll");
  if (!scroll?.isConnected) return;
  const plot = scroll.querySelector(".cgs-plot").getBoundingClientRect(), from = scroll.getBoundingClientRect(), old = [...scroll.querySelectorAll(":scope > .cgs-head")];
  const placed = [];
  for (const text of scroll.querySelectorAll(HEADS)) {
    const term = termIn(text), at = term?.range.getBoundingClientRect();
    if (!at?.width) continue;
    const [x, y] = [at.width, at.height].map((size) => Math.max(0, (LEAST - size) / 2));
    const left = at.left - from.left + scroll.scrollLeft - x, top = at.top - from.top + scroll.scrollTop - y;
    const isOver = (one) => Math.abs(one.left - left) < LEAST && Math.abs(one.top - top) < LEAST;
    if (placed.some((one) => one.key === term.key && isOver(one))) continue; // of lines of one term, one is pressed
    placed.push({ key: term.key, left, top });
    const link = old.shift() ?? scroll.appendChild(newLink()); // one that has the focus keeps it
    link.setAttribute("href", `glossary?term=${term.key}`);
    link.setAttribute("aria-label", term.said);
    link.classList.toggle("upright", /rotate\(-90/.test(text.getAttribute("transform"))); // the title of a y axis
    const width = Math.min(at.width + 2 * x, plot.width - left); // not beyond the chart, which would be scrolled then
    const height = Math.min(at.height + 2 * y, plot.height - top);
    Object.assign(link.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px`,
      padding: `${y}px ${x}px` });
  }
  old.forEach((link) => link.remove());
}

const waiting = new WeakMap();

function placeHeadsLater(root) {
  clearTimeout(waiting.get(root));
  waiting.set(root, setTimeout(() => placeHeads(root), DRAWN_MS));
}

function explainHeads() {
  document.querySelectorAll(".cgs-chart[data-drawn]").forEach(placeHeadsLater);
  window.addEventListener("cgs-drawn", (event) => placeHeadsLater(event.target));
}
