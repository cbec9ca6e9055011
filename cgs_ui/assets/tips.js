// Handles on the tips of the sandbox's arrows. A handle follows the pointer or the arrow keys in steps of the sliders;
// the server hears of it when it is let go, and the sliders and the chart then show what it says.
const STATES = new WeakMap();
const KEYS = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowUp: [1, 0], ArrowDown: [-1, 0] }; // length, angle
const KEY_PAUSE = 350; // milliseconds without a key, after which a handle counts as let go
const SVG = "http://www.w3.org/2000/svg";

const inSteps = (value, step) => Number((Math.round(value / step) * step).toFixed(3));
const words = (tip) => `angle ${tip.angle}°, length ${tip.length.toFixed(1)}`.replaceAll("-", "−");

// Pixels in the chart of a place in the figure, and back.
function toPixels({ _fullLayout: { xaxis, yaxis } }, [x, y]) {
  return [xaxis._offset + xaxis.l2p(x), yaxis._offset + yaxis.l2p(y)];
}
function fromPixels({ _fullLayout: { xaxis, yaxis } }, [across, down]) {
  return [xaxis.p2l(across - xaxis._offset), yaxis.p2l(down - yaxis._offset)];
}
function end({ length, angle }) {
  const turn = (angle * Math.PI) / 180;
  return [length * Math.cos(turn), length * Math.sin(turn)];
}

// The nearest length and angle that the sliders have; a tip at the origin keeps its angle.
function nearest(state, [x, y], before) {
  const { length, angle } = state.data;
  const far = Math.min(length.most, inSteps(Math.hypot(x, y), length.step));
  const turn = inSteps((Math.atan2(y, x) * 180) / Math.PI, angle.step);
  return { length: far, angle: far > 0 ? Math.max(-angle.most, Math.min(angle.most, turn)) : before.angle };
}

function show(state, agent) {
  const { handle, line, tip } = state.handles[agent];
  const [from, to] = [toPixels(state.plot, [0, 0]), toPixels(state.plot, end(tip))];
  [handle.style.left, handle.style.top] = [`${to[0]}px`, `${to[1]}px`];
  handle.setAttribute("aria-valuenow", String(tip.angle));
  handle.setAttribute("aria-valuetext", words(tip));
  const isMoved = tip.isMoved;
  handle.firstChild.textContent = isMoved ? words(tip) : "";
  line.style.display = isMoved ? "" : "none"; // beside the arrow that the chart still shows
  ["x1", "y1", "x2", "y2"].forEach((name, place) => line.setAttribute(name, [...from, ...to][place]));
}

function move(state, agent, to) {
  Object.assign(state.handles[agent].tip, to, { isMoved: true });
  show(state, agent);
}

function letGo(state, agent) {
  const { tip } = state.handles[agent];
  const told = state.data.tips[agent];
  tip.isHeld = false;
  if (tip.length === told.length && tip.angle === told.angle) takeBack(state, agent);
  else state.send({ agent, length: tip.length, angle: tip.angle });
}

function takeBack(state, agent) {
  const { length, angle } = state.data.tips[agent];
  state.handles[agent].tip = { length, angle, isMoved: false, isHeld: false };
  if (state.plot) show(state, agent);
}

function byPointer(state, agent, handle) {
  handle.onpointerdown = (event) => {
    if (event.button) return;
    event.preventDefault();
    handle.focus();
    handle.setPointerCapture(event.pointerId);
    state.handles[agent].tip.isHeld = true;
  };
  handle.onpointermove = (event) => {
    if (!handle.hasPointerCapture(event.pointerId)) return;
    const box = state.plot.getBoundingClientRect();
    const at = fromPixels(state.plot, [event.clientX - box.left, event.clientY - box.top]);
    move(state, agent, nearest(state, at, state.handles[agent].tip));
  };
  handle.onpointerup = () => letGo(state, agent);
  handle.onpointercancel = () => takeBack(state, agent);
}

function byKeys(state, agent, handle) {
  handle.onkeydown = (event) => {
    if (event.key === "Escape") {
      clearTimeout(handle.timer);
      takeBack(state, agent);
      return;
    }
    const way = KEYS[event.key];
    if (!way || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const { tip } = state.handles[agent];
    const { length, angle } = state.data;
    const far = inSteps(tip.length + way[0] * length.step, length.step);
    let turn = tip.angle + way[1] * angle.step;
    if (Math.abs(turn) > angle.most) turn -= Math.sign(turn) * 2 * angle.most; // round and round
    tip.isHeld = true;
    move(state, agent, { length: Math.max(0, Math.min(length.most, far)), angle: turn });
    clearTimeout(handle.timer);
    handle.timer = setTimeout(() => letGo(state, agent), KEY_PAUSE);
  };
}

function make(state, agent) {
  const { name, color, length, angle } = state.data.tips[agent];
  const handle = document.createElement("div");
  handle.className = "cgs-tip";
  handle.tabIndex = 0;
  handle.style.color = color;
  handle.append(document.createElement("span"));
  const facts = { role: "slider", "aria-label": `${name}: tip of its arrow`, "aria-valuemin": -state.data.angle.most,
    "aria-valuemax": state.data.angle.most };
  for (const [fact, value] of Object.entries(facts)) handle.setAttribute(fact, String(value));
  const line = document.createElementNS(SVG, "line");
  for (const [fact, value] of Object.entries({ stroke: color, "stroke-width": 3, "stroke-linecap": "round" })) {
    line.setAttribute(fact, String(value));
  }
  state.layer.append(handle);
  state.layer.firstChild.append(line);
  state.handles[agent] = { handle, line, tip: { length, angle } };
  byPointer(state, agent, handle);
  byKeys(state, agent, handle);
}

// As many handles as there are arrows, where the chart has drawn them; those that stay keep the focus.
function place(state) {
  const root = document.querySelector(`.st-key-${state.data.chart} .cgs-chart[data-drawn]`);
  if (!root) return;
  const plot = root.querySelector(".cgs-plot");
  if (plot !== state.plot) {
    state.plot = plot;
    plot.on("plotly_afterplot", () => state.handles.forEach((_, agent) => show(state, agent)));
  }
  const layerPlace = root.querySelector(".cgs-scroll");
  if (state.layer.parentElement !== layerPlace) layerPlace.append(state.layer);
  while (state.handles.length > state.data.tips.length) {
    const { handle, line } = state.handles.pop();
    handle.remove();
    line.remove();
  }
  while (state.handles.length < state.data.tips.length) make(state, state.handles.length);
  state.handles.forEach((_, agent) => show(state, agent));
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  let state = STATES.get(parentElement);
  if (!state) {
    const layer = document.createElement("div");
    layer.className = "cgs-tips";
    layer.append(document.createElementNS(SVG, "svg"));
    state = { layer, handles: [] };
    state.watch = new MutationObserver(() => place(state)); // the chart may be drawn later than this is there
    state.watch.observe(parentElement.closest("[class*='st-key-plane_']"),
      { subtree: true, attributes: true, attributeFilter: ["data-drawn"] });
    STATES.set(parentElement, state);
  }
  state.data = data;
  state.send = (tip) => setTriggerValue("moved", tip);
  state.handles.slice(0, data.tips.length).forEach(({ tip }, agent) => { if (!tip.isHeld) takeBack(state, agent); });
  place(state);
  return () => {
    state.watch.disconnect();
    state.handles.forEach(({ handle }) => clearTimeout(handle.timer));
    state.layer.remove();
    STATES.delete(parentElement);
  };
}
