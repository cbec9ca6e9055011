// Handles in the ledger: the end of an agent's bar of samples, a knob under it for noise, and its name for conduct. They lie
// over the chart, placed from its figure's axes; on a narrow screen they stand in the cards. Nothing is told to the
// server until the hand lets go: the pointer is up, or no key was pressed for a moment.
const STATES = new WeakMap();
const THUMB = 24; // pixels, as in hands.css
const CROWDED = 40; // pixels of a row's height; where rows are lower only the one at hand shows its handles
const REST_MS = 700; // after the last key
const NARROW = window.matchMedia("(max-width: 639.98px)");

function made(tag, className, facts = {}) {
  const part = Object.assign(document.createElement(tag), facts);
  part.className = className;
  return part;
}

const words = (handle, value) => `${handle.before}${(handle.factor * value).toFixed(handle.decimals)}${handle.after}`;

// -- sliders: one for the number of samples, one for noise ------------------------------------------------------------

function say(state, input) {
  const { handle } = input.facts;
  const now = Number(input.value);
  const text = now === handle.value ? words(handle, now) : `${words(handle, handle.value)} → ${words(handle, now)}`;
  input.setAttribute("aria-valuetext", words(handle, now));
  if (input.output) { input.output.textContent = text; return; }
  state.told.textContent = text;
  state.told.style.left = `${input.start + (now - Number(input.min)) * input.perValue}px`;
  state.told.style.top = `${input.offsetTop}px`;
  state.told.hidden = false;
}

function quiet(state, input) {
  if (!input.output && state.held !== input && document.activeElement !== input) state.told.hidden = true;
}

function letGo(state, input) {
  clearTimeout(input.timer);
  if (state.held !== input) return;
  state.held = null;
  const { agent, handle } = input.facts;
  const value = Number(input.value);
  if (value !== handle.value) state.send({ agent, field: handle.field, value });
}

function takeBack(state, input) {
  clearTimeout(input.timer);
  state.held = null;
  input.value = String(input.facts.handle.value);
  say(state, input);
}

function slider(state, className) {
  const input = made("input", className, { type: "range" });
  input.onpointerdown = () => { input.isByPointer = true; };
  input.oninput = () => { state.held = input; clearTimeout(input.timer); say(state, input); };
  input.onchange = () => {
    if (input.isByPointer) letGo(state, input);
    else input.timer = setTimeout(() => letGo(state, input), REST_MS);
    input.isByPointer = false;
  };
  input.onkeydown = (event) => {
    input.isByPointer = false;
    if (event.key === "Enter") letGo(state, input);
    if (event.key === "Escape") takeBack(state, input);
  };
  input.onfocus = input.onpointerenter = () => say(state, input);
  input.onblur = () => { letGo(state, input); quiet(state, input); };
  input.onpointerleave = () => quiet(state, input);
  return input;
}

function setSlider(state, input, agent, handle, max) {
  input.hidden = !handle;
  if (!handle || state.held === input) return;
  input.facts = { agent: agent.index, handle };
  Object.assign(input, { min: handle.min, max, step: handle.step });
  input.value = String(handle.value);
  input.setAttribute("aria-label", `${agent.name}: ${handle.title}`);
  input.setAttribute("aria-valuetext", words(handle, handle.value));
}

// -- conduct: a menu on the agent's name --------------------------------------------------------------------------

function closeMenu(state, isBack) {
  if (state.menu.hidden) return;
  state.menu.hidden = true;
  state.opener.setAttribute("aria-expanded", "false");
  if (isBack) state.opener.focus();
}

function openMenu(state, button, agent) {
  state.opener = button;
  button.setAttribute("aria-expanded", "true");
  state.menu.setAttribute("aria-label", `Conduct of ${agent.name}`);
  const items = state.data.conducts.map(([name, title, sentence]) => {
    const item = made("button", "", { type: "button", textContent: title, title: sentence, tabIndex: -1 });
    item.setAttribute("role", "menuitemradio");
    item.setAttribute("aria-checked", String(name === agent.conduct));
    item.onclick = () => {
      closeMenu(state, true);
      if (name !== agent.conduct) state.send({ agent: agent.index, field: "conduct", value: name });
    };
    return item;
  });
  state.menu.replaceChildren(...items);
  state.menu.style.top = `${button.offsetTop + button.offsetHeight}px`;
  state.menu.hidden = false;
  (items.find((item) => item.getAttribute("aria-checked") === "true") ?? items[0]).focus();
}

function onMenuKey(state, event) {
  const items = [...state.menu.children];
  const now = items.indexOf(document.activeElement);
  const next = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: items.length - 1 }[event.key];
  if (event.key === "Escape" || event.key === "Tab") closeMenu(state, true);
  else if (next !== undefined) items[(next + items.length) % items.length].focus();
  else return;
  if (event.key !== "Tab") event.preventDefault();
}

// -- over the chart -----------------------------------------------------------------------------------------------------

// Where the axes of the first column are, in pixels of the plot.
function geometry({ layout, data }, width, height) {
  const { l, r, t, b } = layout.margin;
  const [[left, right], [low, high]] = [layout.xaxis.domain, layout.xaxis.range];
  const inner = width - l - r;
  const perSample = (inner * (right - left)) / (high - low);
  const [bottom, top] = layout.yaxis.range;
  const perRow = (height - t - b) / (bottom - top);
  const bars = data.find((one) => one.type === "bar" && one.xaxis === "x");
  return { names: l, zero: l + inner * left - low * perSample, perSample, perRow, end: width - r,
    column: 0.9 * inner * (right - left), middle: (row) => t + (row - top) * perRow,
    bar: (row) => t + (bars.y[row] - top) * perRow, thickness: bars.width * perRow };
}

function put(state, input, start, perValue, middle) {
  input.start = start;
  input.perValue = perValue;
  input.style.left = `${start - THUMB / 2}px`;
  input.style.width = `${(Number(input.max) - Number(input.min)) * perValue + THUMB}px`;
  input.style.top = `${middle - THUMB / 2}px`;
  if (document.activeElement === input && !state.told.hidden) say(state, input);
}

function rowOf(state, agentIndex) {
  if (!state.rows.has(agentIndex)) {
    const row = made("div", "row");
    const name = made("button", "name", { type: "button" });
    name.setAttribute("aria-haspopup", "menu");
    name.setAttribute("aria-expanded", "false");
    const parts = { row, name, size: slider(state, "size"), noise: slider(state, "noise") };
    row.append(name, parts.size, parts.noise);
    row.addEventListener("focusin", () => activate(state, agentIndex));
    name.onkeydown = (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const next = state.order[state.order.indexOf(agentIndex) + step];
      if (next !== undefined) { activate(state, next); state.rows.get(next).name.focus(); }
    };
    state.rows.set(agentIndex, parts);
  }
  return state.rows.get(agentIndex);
}

// The row at hand: the one whose handles the Tab key reaches.
function activate(state, agentIndex) {
  state.active = agentIndex;
  for (const [index, { row, name, size, noise }] of state.rows) {
    row.classList.toggle("active", index === agentIndex);
    for (const part of [name, size, noise]) part.tabIndex = index === agentIndex ? 0 : -1;
  }
}

function placeOverChart(state, chart) {
  const figure = chart.cgsFigure;
  const plot = chart.querySelector(".cgs-plot");
  const height = figure.layout.height ?? plot.clientHeight; // Plotly drops it when the window's size has changed
  const at = geometry(figure, plot.offsetWidth, height);
  state.order = figure.layout.meta.cards.agents.map((one) => one.index);
  state.over.classList.toggle("crowded", at.perRow < CROWDED);
  state.over.style.width = `${plot.offsetWidth}px`;
  state.over.style.height = `${height}px`;
  state.order.forEach((index, place) => {
    const agent = state.data.agents[index];
    const { row, name, size, noise } = rowOf(state, index);
    if (state.over.children[place] !== row) state.over.insertBefore(row, state.over.children[place] ?? null);
    Object.assign(name.style, { top: `${at.middle(place) - Math.max(THUMB, 0.7 * at.perRow) / 2}px`,
      width: `${at.names - 2}px`, height: `${Math.max(THUMB, 0.7 * at.perRow)}px` });
    name.setAttribute("aria-label", `${agent.name}: ${agent.conduct_title}. Change its conduct`);
    name.onclick = () => (state.menu.hidden ? openMenu(state, name, agent) : closeMenu(state, true));
    const perValue = at.perSample * agent.repeats;
    const room = Math.floor((at.end - at.zero) / perValue);
    setSlider(state, size, agent, agent.size, agent.size && Math.max(agent.size.value, Math.min(agent.size.max, room)));
    if (agent.size) put(state, size, at.zero + agent.size.min * perValue, perValue, at.bar(place));
    setSlider(state, noise, agent, agent.noise, agent.noise.max);
    put(state, noise, at.zero, at.column / agent.noise.max, at.bar(place) + at.thickness / 2 + 1);
  });
  for (const [index, { row }] of state.rows) if (!state.order.includes(index)) row.remove();
  activate(state, state.order.includes(state.active) ? state.active : state.order[0]);
  if (state.over.parentElement !== plot.parentElement) plot.parentElement.append(state.over);
  if (state.menu.parentElement !== chart) chart.append(state.menu);
  state.middleOf = (row) => at.middle(row);
}

// -- in the cards --------------------------------------------------------------------------------------------------------

function labelled(text, control, output) {
  const label = made("label", "");
  label.append(made("span", "", { textContent: text }), control, ...(output ? [output] : []));
  return label;
}

function cardOf(state, card) {
  let box = card.querySelector(".cgs-change");
  if (!box) {
    box = made("details", "cgs-change");
    box.append(made("summary", "", { textContent: "Change" }));
    box.size = slider(state, "");
    box.noise = slider(state, "");
    box.conduct = made("select", "");
    for (const input of [box.size, box.noise]) input.output = made("output", "");
    box.sizeLine = labelled("samples", box.size, box.size.output);
    box.noiseLine = labelled("", box.noise, box.noise.output);
    box.append(box.sizeLine, box.noiseLine, labelled("conduct", box.conduct));
    card.querySelector(".hands").append(box);
  }
  return box;
}

function placeInCards(state, cards) {
  const most = Math.max(...state.data.agents.map((agent) => agent.size?.value ?? 0));
  for (const card of cards) {
    const agent = state.data.agents[Number(card.dataset.agent)];
    const box = cardOf(state, card);
    setSlider(state, box.size, agent, agent.size, agent.size && Math.min(agent.size.max, 4 * most));
    setSlider(state, box.noise, agent, agent.noise, agent.noise.max);
    box.sizeLine.hidden = !agent.size;
    box.noiseLine.firstChild.textContent = agent.noise.title;
    if (agent.size) say(state, box.size);
    say(state, box.noise);
    box.conduct.setAttribute("aria-label", `${agent.name}: conduct`);
    box.conduct.replaceChildren(...state.data.conducts.map(([value, title]) => made("option", "",
      { value, textContent: title, selected: value === agent.conduct })));
    box.conduct.onchange = () => state.send({ agent: agent.index, field: "conduct", value: box.conduct.value });
  }
}

function place(state) {
  const chart = document.querySelector(`.st-key-${state.data.chart} .cgs-chart`);
  const count = chart?.cgsFigure?.layout.meta.cards.agents.length;
  state.over.hidden = NARROW.matches || count !== state.data.agents.length;
  if (count !== state.data.agents.length) return;
  if (NARROW.matches) placeInCards(state, document.querySelectorAll(".cgs-cards .card"));
  else placeOverChart(state, chart);
}

function onMove(state, event) {
  if (state.over.hidden || state.held || !state.menu.hidden || !state.middleOf) return;
  const height = event.clientY - state.over.getBoundingClientRect().top;
  const places = state.order.map((index, row) => [Math.abs(state.middleOf(row) - height), index]);
  const [, nearest] = places.reduce((one, other) => (other[0] < one[0] ? other : one));
  if (nearest !== state.active && state.over.parentElement.contains(event.target)) activate(state, nearest);
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  let state = STATES.get(parentElement);
  if (!state) {
    state = { rows: new Map(), order: [], held: null, over: made("div", "cgs-hands"), told: made("div", "told"),
      menu: made("div", "cgs-conducts", { hidden: true }) };
    state.over.setAttribute("role", "group");
    state.over.setAttribute("aria-label", "Change the agents in the ledger");
    state.told.hidden = true;
    state.over.append(state.told);
    state.menu.setAttribute("role", "menu");
    state.menu.onkeydown = (event) => onMenuKey(state, event);
    state.onPlace = () => place(state);
    state.onMove = (event) => onMove(state, event);
    state.onDown = (event) => {
      if (!state.menu.contains(event.target) && !state.opener?.contains(event.target)) closeMenu(state, false);
    };
    for (const name of ["resize", "cgs-figure", "cgs-cards"]) window.addEventListener(name, state.onPlace);
    document.addEventListener("pointermove", state.onMove);
    document.addEventListener("pointerdown", state.onDown);
    STATES.set(parentElement, state);
  }
  state.data = data;
  state.send = (moved) => setTriggerValue("moved", moved);
  place(state);
  return () => {
    for (const name of ["resize", "cgs-figure", "cgs-cards"]) window.removeEventListener(name, state.onPlace);
    document.removeEventListener("pointermove", state.onMove);
    document.removeEventListener("pointerdown", state.onDown);
    state.over.remove();
    state.menu.remove();
    STATES.delete(parentElement);
  };
}
