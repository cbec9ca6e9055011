// The ledger's rows as cards, for a screen too narrow for its columns. Words, numbers and lengths are those of the
// chart's own figure, at the frame of the round that the page's round player is at; nothing is computed anew.
const STATES = new WeakMap();
const SHAPES = { circle: "●", square: "■", diamond: "◆", "triangle-up": "▲", cross: "✚", x: "✖", star: "★",
  "triangle-down": "▼", pentagon: "⬟", hexagon: "⬢" };
const LEAST_NAMED = 0.055; // of the width: a class' part of a bar that has room for a digit

function part(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

// As the chart does: a figure that has no such frame shows its last round.
function frameOf(figure) {
  const frames = figure.frames || [];
  const wanted = window.cgsRound === undefined ? undefined : String(window.cgsRound);
  return frames.find((frame) => frame.name === wanted) ??
    (wanted === undefined ? frames[frames.length - 1] : frames.filter((frame) => frame.name !== "all").pop());
}

function drawnAt(figure, frame, place) {
  const moved = frame ? frame.traces.indexOf(place) : -1;
  return moved < 0 ? figure.data[place] : { ...figure.data[place], ...frame.data[moved] };
}

const share = (value, [low, high]) => `${(100 * (value - low)) / (high - low)}%`;

function samples(figure, cards, row) {
  const bar = part("div", "bar");
  const most = cards.limits[0][1];
  bar.setAttribute("aria-hidden", "true");
  for (const trace of figure.data.filter((one) => one.type === "bar" && one.xaxis === "x")) {
    const length = trace.x[row] / most;
    if (!length) continue;
    const piece = part("span", trace.marker.pattern ? "wrong" : "");
    piece.style.width = `${100 * length}%`;
    piece.style.backgroundColor = trace.marker.color;
    if (trace.textfont && length > LEAST_NAMED * Math.max(1, (trace.name.length + 1) / 2)) piece.textContent = trace.name;
    if (trace.textfont) piece.style.color = trace.textfont.color;
    bar.append(piece);
  }
  const lacking = figure.data.find((one) => one.name === "classes lacking");
  lacking.x.forEach((x, place) => {
    if (Math.round(lacking.y[place]) !== row) return;
    const mark = part("i", "lacking");
    mark.style.left = `${(100 * x) / most}%`;
    bar.append(mark);
  });
  return bar;
}

function line(label, track) {
  const made = part("div", "line");
  const words = part("span", "words");
  track.setAttribute("aria-hidden", "true");
  made.append(part("span", "label", label), track, words);
  return { made, words, track };
}

function lengths(agent, { limits: [, worth] }) {
  const track = () => part("div", "track");
  const lines = { worth: line("is worth", track()), paid: line("is paid", track()), gets: line("gets", track()) };
  for (const one of [lines.worth, lines.paid]) {
    one.bar = part("span", "length");
    one.bar.style.backgroundColor = agent.color;
    one.track.append(one.bar);
  }
  lines.worth.zero = part("span", "zero");
  lines.worth.zero.style.left = share(0, worth);
  lines.worth.track.append(lines.worth.zero);
  for (const one of [lines.worth, lines.paid]) one.track.append(one.ghost = part("span", "ghost"));
  const marks = { ghost: part("span", "rewarded ghost-mark", "◯"), fedavg: part("span", "fedavg"), between: part("span", "between"), alone: part("span", "alone"),
    rewarded: part("span", "rewarded", SHAPES[agent.symbol] || "●") };
  marks.alone.style.borderColor = marks.rewarded.style.color = agent.color;
  lines.gets.track.append(...Object.values(marks));
  return { ...lines, marks };
}

// What a card is made of, once a figure; what follows the round is set by show().
function make(state, figure) {
  const cards = figure.layout.meta.cards;
  state.key = part("p", "key");
  const list = part("ul", "");
  state.cards = cards.agents.map((agent, row) => {
    const card = part("li", "card");
    card.dataset.agent = agent.index;
    const head = part("p", "head");
    const sign = part("span", "sign", SHAPES[agent.symbol] || "●");
    sign.style.color = agent.color;
    sign.setAttribute("aria-hidden", "true");
    if (!state.places.has(agent.index)) state.places.set(agent.index, part("div", "hands"));
    head.append(sign, part("strong", "", agent.name));
    const parts = lengths(agent, cards);
    card.append(head, part("p", "brings", `brings ${agent.brings}`), samples(figure, cards, row), state.places.get(agent.index),
      parts.worth.made, parts.paid.made, parts.gets.made);
    list.append(card);
    return parts;
  });
  const focused = document.activeElement; // perhaps a handle: it moves into the new card
  state.root.replaceChildren(state.key, list);
  if (state.root.contains(focused)) focused.focus({ preventScroll: true });
}

function setLength(bar, value, limits) {
  const [low, high] = limits;
  bar.hidden = value === undefined || value === null; // of the run before: there may be none
  const ends = [Math.min(value, 0), Math.max(value, 0)].map((end) => Math.min(Math.max(end, low), high));
  bar.style.left = share(ends[0], limits);
  bar.style.width = `${(100 * (ends[1] - ends[0])) / (high - low)}%`;
}

function show(state) {
  const figure = state.figure;
  if (!figure) return;
  const { traces, limits, worth } = figure.layout.meta.cards;
  const frame = frameOf(figure);
  const at = Object.fromEntries(Object.entries(traces).map(([name, place]) => [name, drawnAt(figure, frame, place)]));
  const clean = (text) => text.replaceAll("\u00a0", " ").trim();
  state.key.textContent = `Worth: ${worth}, ${clean(at.period.text[0])}. Gets: ○ alone, filled with rewards; ` +
    `the line is ${clean(at.fedavg_words.text[0])}. ${at.before_words ? `In ${clean(at.before_words.text[0])}.` : ""}`;
  state.cards.forEach((card, row) => {
    card.worth.words.textContent = at.worth_words.text[row];
    card.paid.words.textContent = at.paid_words.text[row];
    card.gets.words.textContent = at.gets_words.text[row];
    setLength(card.worth.bar, at.worth.x[row], limits[1]);
    setLength(card.paid.bar, at.paid.x[row], limits[2]);
    setLength(card.worth.ghost, at.before_worth?.x[row], limits[1]);
    setLength(card.paid.ghost, at.before_paid?.x[row], limits[2]);
    const before = at.before_rewarded?.x[row] ?? null;
    card.marks.ghost.hidden = before === null;
    if (before !== null) card.marks.ghost.style.left = share(before, limits[3]);
    const [alone, rewarded] = [at.alone.x[row], at.rewarded.x[row]];
    const ends = [Math.min(alone, rewarded), Math.max(alone, rewarded)];
    card.marks.fedavg.style.left = share(at.fedavg.x[0], limits[3]);
    card.marks.alone.style.left = share(alone, limits[3]);
    card.marks.rewarded.style.left = share(rewarded, limits[3]);
    card.marks.between.style.left = share(ends[0], limits[3]);
    card.marks.between.style.width = `${(100 * (ends[1] - ends[0])) / (limits[3][1] - limits[3][0])}%`;
  });
}

function take(state) {
  const chart = document.querySelector(`.st-key-${state.chart} .cgs-chart`);
  if (!chart || !chart.cgsFigure) return;
  chart.classList.add("cgs-has-cards");
  if (chart.cgsFigure !== state.figure) {
    state.figure = chart.cgsFigure;
    make(state, state.figure);
    window.dispatchEvent(new CustomEvent("cgs-cards"));
  }
  show(state);
}

export default function (component) {
  const { data, parentElement } = component;
  let state = STATES.get(parentElement);
  if (!state) {
    state = { root: parentElement.querySelector(".cgs-cards") };
    state.places = new Map(); // by agent: where handles are put, if the page has any; kept, so that they stay as they are
    state.onRound = () => show(state);
    state.onFigure = () => take(state);
    window.addEventListener("cgs-round", state.onRound);
    window.addEventListener("cgs-figure", state.onFigure);
    STATES.set(parentElement, state);
  }
  state.chart = data.chart;
  take(state);
  return () => {
    window.removeEventListener("cgs-round", state.onRound);
    window.removeEventListener("cgs-figure", state.onFigure);
    STATES.delete(parentElement);
  };
}
