// A question of a lesson: things to be put in order, by dragging, by buttons or by keys; or a number on a slider that
// says nothing until it is moved. The answer is told to the server, which keeps it when it is committed.
const STATES = new WeakMap();
const TELL_MS = 250; // after the last key or move of the slider

function made(tag, className, facts = {}) {
  const part = Object.assign(document.createElement(tag), facts);
  part.className = className;
  return part;
}

// -- an order ---------------------------------------------------------------------------------------------------------

const rows = (state) => [...state.list.children];
const order = (state) => rows(state).map((row) => row.dataset.key);

function numbered(state) {
  const all = rows(state);
  all.forEach((row, place) => {
    row.querySelector(".place").textContent = `${place + 1}.`;
    const [up, down] = row.querySelectorAll("button");
    // they stay reachable by keys at the ends, and say so
    up.setAttribute("aria-disabled", String(place === 0));
    down.setAttribute("aria-disabled", String(place === all.length - 1));
  });
}

function moved(state, row) {
  numbered(state);
  const place = rows(state).indexOf(row) + 1;
  state.told.textContent = `${row.dataset.label} is now at place ${place} of ${state.list.children.length}.`;
}

function move(state, row, by) {
  const all = rows(state);
  const to = all.indexOf(row) + by;
  if (to < 0 || to >= all.length) return;
  const focused = document.activeElement;
  // the other one goes past, so that what has the focus or the finger stays in the document
  if (by > 0) state.list.insertBefore(all[to], row);
  else state.list.insertBefore(all[to], row.nextSibling);
  if (row.contains(focused)) focused.focus();
  moved(state, row);
}

function drag(state, row, event) {
  if (event.button || event.target.closest("button")) return;
  if (event.pointerType === "touch" && !event.target.closest(".grip")) return; // elsewhere a finger scrolls the page
  event.preventDefault();
  const before = order(state).join();
  row.classList.add("held");
  const follow = (now) => {
    if (now.pointerId !== event.pointerId) return;
    const all = rows(state);
    const place = all.indexOf(row);
    const middle = (one) => { const box = one.getBoundingClientRect(); return box.top + box.height / 2; };
    if (place > 0 && now.clientY < middle(all[place - 1])) move(state, row, -1);
    else if (place < all.length - 1 && now.clientY > middle(all[place + 1])) move(state, row, 1);
  };
  const end = (now) => {
    if (now.pointerId !== event.pointerId) return;
    row.classList.remove("held");
    window.removeEventListener("pointermove", follow);
    window.removeEventListener("pointerup", end);
    window.removeEventListener("pointercancel", end);
    if (order(state).join() !== before) state.tell(order(state));
  };
  window.addEventListener("pointermove", follow);
  window.addEventListener("pointerup", end);
  window.addEventListener("pointercancel", end);
}

function orderRow(state, { key, label }) {
  const row = made("li", "row");
  Object.assign(row.dataset, { key, label });
  const grip = made("span", "grip", { textContent: "⠿" });
  grip.setAttribute("aria-hidden", "true");
  row.append(grip, made("span", "place"), made("span", "label", { textContent: label }));
  for (const [by, sign, way] of [[-1, "▲", "up"], [1, "▼", "down"]]) {
    const button = made("button", way, { type: "button", textContent: sign });
    button.setAttribute("aria-label", `Move ${label} ${way}`);
    button.onclick = () => { move(state, row, by); state.tell(order(state)); };
    row.append(button);
  }
  row.onkeydown = (event) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    move(state, row, by);
    state.tell(order(state));
  };
  row.onpointerdown = (event) => drag(state, row, event);
  return row;
}

function showOrder(state) {
  const { options, value, first, last } = state.data;
  const byKey = Object.fromEntries(options.map((option) => [option.key, option]));
  state.list = made("ol", "order");
  const ends = [made("p", "end", { textContent: first }), made("p", "end", { textContent: last })];
  state.list.append(...(value ?? options.map(({ key }) => key)).map((key) => orderRow(state, byKey[key])));
  const help = made("p", "help", { textContent: "Drag a row, or press its arrows; with the keyboard, the up and down keys." });
  state.root.replaceChildren(help, ends[0], state.list, ends[1], state.told);
  numbered(state);
}

// -- a number ---------------------------------------------------------------------------------------------------------

const decimals = (step) => (String(step).split(".")[1] ?? "").length;
const words = ({ step, unit }, value) => `${Number(value).toFixed(decimals(step))}${unit ? ` ${unit}` : ""}`;

function set(state, isFirst) {
  const { input, output, data } = state;
  input.classList.remove("unset");
  output.textContent = words(data, input.value);
  input.setAttribute("aria-valuetext", words(data, input.value));
  clearTimeout(state.timer);
  const tell = () => state.tell(Number(input.value));
  if (isFirst) tell();
  else state.timer = setTimeout(tell, TELL_MS);
  state.flush = tell;
}

function showNumber(state) {
  const { data } = state;
  const { low, high, step, value, label } = data;
  const input = made("input", "number", { type: "range", min: low, max: high, step });
  const output = made("output", "said", { textContent: value === null ? "Not set yet: click on the line" : words(data, value) });
  Object.assign(state, { input, output });
  input.setAttribute("aria-label", label);
  input.value = String(value ?? (low + high) / 2);
  if (value === null) {
    input.classList.add("unset");
    input.setAttribute("aria-valuetext", "not set yet");
  }
  const isUnset = () => input.classList.contains("unset");
  input.oninput = () => set(state, isUnset());
  input.onclick = () => { if (isUnset()) set(state, true); }; // its very middle is an answer too
  input.onkeydown = (event) => { if (isUnset() && [" ", "Enter"].includes(event.key)) set(state, true); };
  input.onblur = () => { clearTimeout(state.timer); state.flush?.(); state.flush = null; };
  const ends = made("div", "ends");
  ends.append(made("span", "", { textContent: words(data, low) }), made("span", "", { textContent: words(data, high) }));
  const help = made("p", "help", { textContent: "Click or tap on the line, then move the handle; with the keyboard, press the arrow keys on it." });
  state.root.replaceChildren(output, input, ends, help);
}

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  let state = STATES.get(parentElement);
  if (!state) {
    state = { root: parentElement.querySelector(".cgs-question"), told: made("p", "told") };
    state.told.setAttribute("role", "status");
    STATES.set(parentElement, state);
  }
  state.tell = (answer) => setStateValue("answer", answer);
  if (state.data?.name !== data.name) { // a rerun of the page leaves alone what the hand has moved
    state.data = data;
    state.told.textContent = "";
    (data.kind === "order" ? showOrder : showNumber)(state);
  }
  return () => {
    clearTimeout(state.timer);
    STATES.delete(parentElement);
  };
}
