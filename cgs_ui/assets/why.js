// Buttons "Why?" at the ends of a ledger's rows, placed from the figure's axes; on a narrow screen in the cards. A click on
// a row asks as well. On a page that shows one picture the buttons are there for the keyboard, and seen when they have the focus.
const STATES = new WeakMap();
const HEIGHT = 26; // pixels, as in why.css
const NARROW = window.matchMedia("(max-width: 639.98px)");

function button(state, agent) {
  const made = Object.assign(document.createElement("button"), { type: "button", className: "cgs-why", textContent: "Why?" });
  made.setAttribute("aria-label", `Why? ${state.data.names[agent]}`);
  made.dataset.agent = agent;
  made.onclick = () => state.ask(agent);
  return made;
}

// Where the rows are, in pixels of the plot.
function rows({ layout }) {
  const [bottom, top] = layout.yaxis.range;
  const perRow = (layout.height - layout.margin.t - layout.margin.b) / (bottom - top);
  return { perRow, middle: (row) => layout.margin.t + (row - top) * perRow };
}

function step(state, event, place) {
  const next = { ArrowDown: place + 1, ArrowUp: place - 1 }[event.key];
  const to = state.over.querySelectorAll("button")[next];
  if (!to) return;
  event.preventDefault();
  activate(state, next);
  to.focus();
}

// One of the buttons is reached by the Tab key, the others from there by the arrows; of low rows only that one is seen.
function activate(state, place) {
  state.active = place;
  state.over.querySelectorAll("button").forEach((one, index) => {
    one.tabIndex = index === place ? 0 : -1;
    one.classList.toggle("active", index === place);
  });
}

function placeOverChart(state, chart) {
  const figure = chart.cgsFigure;
  const plot = chart.querySelector(".cgs-plot");
  const height = state.data.is_bare ? plot.clientHeight : figure.layout.height ?? plot.clientHeight; // Plotly drops it
  const at = rows({ layout: { ...figure.layout, height } });
  const agents = figure.layout.meta.cards.agents.map((one) => one.index);
  if (state.agents?.join() !== agents.join() || state.over.childElementCount !== agents.length) {
    state.agents = agents;
    state.over.replaceChildren(...agents.map((agent, place) => {
      const made = button(state, agent);
      made.onkeydown = (event) => step(state, event, place);
      return made;
    }));
  }
  state.over.style.left = `${plot.offsetWidth - state.data.room + 4}px`;
  state.over.classList.toggle("crowded", at.perRow < HEIGHT);
  state.over.classList.toggle("quiet", state.data.is_bare);
  [...state.over.children].forEach((one, place) => { one.style.top = `${at.middle(place) - HEIGHT / 2}px`; });
  activate(state, Math.min(state.active ?? 0, agents.length - 1));
  if (state.over.parentElement !== plot.parentElement) plot.parentElement.append(state.over);
  state.rowAt = (y) => agents[Math.round((y - at.middle(0)) / at.perRow)];
  if (state.plot !== plot) {
    state.plot?.removeEventListener("click", state.onClick);
    state.plot = plot;
    plot.addEventListener("click", state.onClick);
  }
}

function placeInCards(state) {
  for (const card of document.querySelectorAll(".cgs-cards .card")) {
    const agent = Number(card.dataset.agent);
    if (state.data.names[agent] && !card.querySelector(".cgs-why")) card.querySelector(".head").append(button(state, agent));
  }
}

function place(state) {
  const chart = document.querySelector(`.st-key-${state.data.chart} .cgs-chart`);
  const facts = chart?.cgsFigure?.layout.meta.cards;
  state.over.hidden = NARROW.matches || !facts;
  if (!facts) return;
  chart.classList.add("cgs-has-why");
  if (NARROW.matches) placeInCards(state);
  else placeOverChart(state, chart);
}

function onClick(state, event) {
  const top = state.plot.getBoundingClientRect().top;
  const agent = state.rowAt(event.clientY - top);
  if (agent !== undefined && !NARROW.matches) state.ask(agent);
}

export default function ({ data, parentElement, setTriggerValue }) {
  let state = STATES.get(parentElement);
  if (!state) {
    state = { over: Object.assign(document.createElement("div"), { className: "cgs-whys" }) };
    state.over.setAttribute("role", "group");
    state.over.setAttribute("aria-label", "Why? of each agent");
    state.onPlace = () => place(state);
    state.onClick = (event) => onClick(state, event);
    state.onMove = (event) => {
      if (!state.rowAt || state.over.hidden || !state.plot.contains(event.target)) return;
      const near = state.agents.indexOf(state.rowAt(event.clientY - state.plot.getBoundingClientRect().top));
      if (near >= 0 && near !== state.active && !state.over.contains(document.activeElement)) activate(state, near);
    };
    for (const name of ["resize", "cgs-figure", "cgs-cards"]) window.addEventListener(name, state.onPlace);
    document.addEventListener("pointermove", state.onMove);
    STATES.set(parentElement, state);
  }
  state.data = data;
  state.ask = (agent) => setTriggerValue("asked", agent);
  place(state);
  return () => {
    for (const name of ["resize", "cgs-figure", "cgs-cards"]) window.removeEventListener(name, state.onPlace);
    document.removeEventListener("pointermove", state.onMove);
    state.plot?.removeEventListener("click", state.onClick);
    state.over.remove();
    document.querySelectorAll(".cgs-cards .cgs-why").forEach((one) => one.remove());
    document.querySelectorAll(".cgs-has-why").forEach((one) => one.classList.remove("cgs-has-why"));
    STATES.delete(parentElement);
  };
}
