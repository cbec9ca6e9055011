// Draws one Plotly figure, and shows the frame of the round that the page's round player is at.
// The figure's JSON comes from cgs_core.figures; the ink colour is exchanged for the theme's.
const STATES = new WeakMap();
const USUAL_TEXT = 16; // pixels of a page's words
const LONGEST_WAIT_MS = 300; // of a chart below the screen

function loadPlotly(url) {
  if (!window.cgsPlotly) {
    window.cgsPlotly = new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = new URL(url, document.baseURI).href;
      script.onload = () => resolve(withShortSearch(window.Plotly));
      script.onerror = () => reject(new Error("the chart library did not load"));
      document.head.appendChild(script);
    });
  }
  return window.cgsPlotly;
}

function themeInk(state, ink) {
  return getComputedStyle(state.root).getPropertyValue("--st-text-color").trim() || ink;
}

function inked(text, ink, color) {
  return JSON.parse(text.split(JSON.stringify(ink)).join(JSON.stringify(color)));
}

// The player's round, or "all" of them; a chart that has no such frame shows its last round.
function frameName(state) {
  const names = state.names;
  if (!names.length) return null;
  const wanted = window.cgsRound;
  if (wanted === undefined || names.includes(String(wanted))) return String(wanted ?? names[names.length - 1]);
  return names.filter((name) => name !== "all").pop() ?? names[names.length - 1];
}

// A chart that is wider than its place is scrolled by keyboard too; chart.css shows that there is more. Plotly itself
// follows the window alone, and a place changes its width without it: with the page's style, or the sidebar.
function onWidth(state) {
  setSize(state, state.isNarrow);
  if (state.scroll.scrollWidth > state.scroll.clientWidth) state.scroll.tabIndex = 0;
  else state.scroll.removeAttribute("tabindex");
  if (!state.isDrawn) return;
  const width = state.plot.clientWidth;
  if (isNarrow(state) !== state.isNarrow) redraw(state, state.data);
  else if (width && Math.abs(state.plot._fullLayout.width - width) > 1) window.Plotly.Plots.resize(state.plot);
}

// Where a figure has another layout for a narrow place (layout.meta.narrow), it is taken there, and left when it is wide.
function isNarrow({ narrow, data, scroll }) {
  return Boolean(narrow) && !data.fills && scroll.clientWidth > 0 && scroll.clientWidth < narrow.below;
}

function setSize({ plot, data, narrow }, isNarrowNow) {
  const height = isNarrowNow ? narrow.layout.height : data.height, growth = growthOf(data);
  plot.style.height = `${height}px`;
  plot.style.minWidth = `${isNarrowNow ? narrow.min_width : data.min_width}px`;
  plot.style.width = growth > 1 ? `calc(${100 / growth}% - 1px)` : ""; // what is stretched is never wider than its place
  plot.style.textRendering = growth > 1 ? "geometricPrecision" : ""; // gaps between words are stretched, too
  plot.style.transform = growth > 1 ? `scale(${growth})` : "";
  plot.style.marginBottom = growth > 1 ? `${height * (growth - 1)}px` : ""; // its place grows with it
}

// A page whose words are larger than usual (room.css) has larger pictures: drawn as on a smaller screen, then stretched.
function growthOf({ fills }) {
  return fills ? 1 : parseFloat(getComputedStyle(document.documentElement).fontSize) / USUAL_TEXT;
}

function config() {
  return { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: "reset" };
}

// One frame after the other: where drawing takes longer than a step of the player, those in between are left out.
async function showRound(state) {
  const name = frameName(state);
  if (name === null || state.shown === name || !state.isDrawn || state.moving) return;
  state.shown = name;
  nameAloud(state);
  state.moving = move(state.plot, state.frames.get(name)).catch(() => {});
  await state.moving;
  state.moving = null;
  showRound(state);
}

// A picture by role from the moment on that it has a name.
function nameAloud(state) {
  const alts = state.plot.layout?.meta?.alts;
  state.plot.setAttribute("aria-label", (alts && alts[state.shown]) ?? state.data.alt);
  state.plot.setAttribute("role", "img");
}

// What a frame can change of a line, marks, words or bars without the whole chart being drawn anew.
const LIGHT_TYPES = new Set(["bar", "scatter"]);
const LIGHT_CHANGES = new Set(["type", "x", "y", "text", "textposition", "customdata"]);

function isLight(plot, frame) {
  const isOver = Object.entries(plot.layout).some(([name, part]) => /^[xy]axis/.test(name) && part.overlaying);
  return !isOver && !frame.layout && frame.data.every((part, index) =>
    LIGHT_TYPES.has(plot.data[frame.traces[index]].type) && Object.keys(part).every((name) => LIGHT_CHANGES.has(name)));
}

const subplotOf = (trace) => `${trace.xaxis ?? "x"}${trace.yaxis ?? "y"}`;

// Draws what a frame changes. Plotly either redraws everything, or of the subplots what the frame names, and then takes
// the rest away: so the traces beside those of the frame are named too, and the layers of other subplots are hidden
// from it. (`tests/browser/test_player.py` holds the picture against one that is drawn anew.)
async function move(plot, frame) {
  const { Plotly } = window;
  const options = (redraw) => ({ mode: "immediate", frame: { duration: 0, redraw }, transition: { duration: 0 } });
  if (!isLight(plot, frame)) {
    return Plotly.animate(plot, { data: frame.data, traces: frame.traces, layout: frame.layout }, options(true));
  }
  const moving = new Set(frame.traces.map((place) => subplotOf(plot.data[place])));
  const beside = [...plot.data.keys()].filter(
    (place) => !frame.traces.includes(place) && moving.has(subplotOf(plot.data[place])));
  const still = [...plot.querySelectorAll(".cartesianlayer .subplot")]
    .filter((part) => ![...moving].some((name) => part.classList.contains(name)))
    .flatMap((part) => [...part.querySelectorAll(".mlayer")]);
  still.forEach((layer) => layer.classList.replace("mlayer", "cgs-still"));
  try {
    await Plotly.animate(plot,
      { data: [...frame.data, ...beside.map(() => ({}))], traces: [...frame.traces, ...beside] }, options(false));
  } finally {
    still.forEach((layer) => layer.classList.replace("cgs-still", "mlayer"));
  }
}

// What is on the screen is drawn first; what is below it when the browser has a moment.
function turn(state) {
  const { top, bottom } = state.root.getBoundingClientRect();
  if ((top < window.innerHeight && bottom > 0) || !window.requestIdleCallback) return undefined;
  return new Promise((resolve) => { window.requestIdleCallback(resolve, { timeout: LONGEST_WAIT_MS }); });
}

async function draw(state, data) {
  const version = ++state.version;
  state.isDrawn = false;
  state.root.setAttribute("aria-busy", "true");
  const [Plotly, text] = await Promise.all(
    [loadPlotly(data.library), unpacked(data.packed), state.moving, turn(state)]);
  if (version !== state.version) return;
  const [figure] = inked(text, data.ink, themeInk(state, data.ink));
  state.root.cgsFigure = figure; // for what shows the same in another way
  state.root.dispatchEvent(new CustomEvent("cgs-figure", { bubbles: true }));
  figure.layout.font = { ...figure.layout.font, family: getComputedStyle(state.root).fontFamily };
  state.narrow = figure.layout.meta.narrow;
  state.isNarrow = isNarrow(state);
  if (state.isNarrow) Object.assign(figure.layout, state.narrow.layout);
  setSize(state, state.isNarrow);
  if (data.fills) figure.layout.height = state.plot.clientHeight; // which the page's style sets
  state.frames = new Map((figure.frames || []).map((frame) => [frame.name, frame]));
  state.names = [...state.frames.keys()];
  state.shown = frameName(state);
  const parts = figure.data.slice();
  const frame = state.frames.get(state.shown);
  frame?.traces.forEach((place, index) => { parts[place] = { ...parts[place], ...frame.data[index] }; });
  if (state.isNarrow) {
    for (const [place, other] of Object.entries(state.narrow.traces)) parts[place] = { ...parts[place], ...other };
  }
  await Plotly.react(state.plot, parts, figure.layout, config());
  if (version !== state.version) return;
  state.isDrawn = true;
  state.digest = state.data.digest; // of the file that this picture is in, perhaps another one's by now
  nameAloud(state);
  showRound(state);
  tellDrawn(state);
  if (!state.isHeard) {
    state.isHeard = true;
    state.plot.on("plotly_afterplot", () => tellDrawn(state)); // of another width, too
  }
  if (data.is_pickable && !state.isPickable) {
    state.isPickable = true;
    state.plot.on("plotly_click", (event) => {
      const numbers = event.points.map((one) => one.data.meta?.picks?.[one.pointNumber] ?? one.customdata);
      const number = numbers.find(Number.isInteger);
      if (number !== undefined) state.pick(number);
    });
  }
  state.root.dataset.drawn = String(Number(state.root.dataset.drawn || 0) + 1);
  state.root.removeAttribute("aria-busy");
  onWidth(state); // which may be another one by now
}

function tellDrawn(state) {
  state.root.dispatchEvent(new CustomEvent("cgs-drawn", { bubbles: true })); // for what lies over it (heads.js)
}

function redraw(state, data) {
  draw(state, data).catch((error) => {
    state.plot.textContent = String(error.message || error);
    state.root.removeAttribute("aria-busy");
  });
}

// The figure as it stands on the screen, in the ink for paper.
function onPaper(state, data) {
  const numbers = (key, value) => (ArrayBuffer.isView(value) ? Array.from(value) : value);
  const text = JSON.stringify({ data: state.plot.data, layout: state.plot.layout }, numbers);
  return inked(text, themeInk(state, data.ink), data.ink);
}

function openMenu(state, isFromEnd) {
  import(new URL(state.data.menu, document.baseURI).href).then(
    (menu) => menu.toggle(state, isFromEnd),
    () => { state.told.textContent = "The menu did not load."; });
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  let state = STATES.get(parentElement);
  if (!state) {
    const root = parentElement.querySelector(".cgs-chart");
    const find = (name) => root.querySelector(name);
    state = { root, scroll: find(".cgs-scroll"), plot: find(".cgs-plot"), button: find("button"),
      menu: find(".cgs-menu"), told: find(".cgs-told"), version: 0, names: [], frames: new Map(), shown: null,
      moving: null };
    state.onRound = () => showRound(state);
    state.onResize = () => {
      requestAnimationFrame(() => setSize(state, state.isNarrow)); // the page's words have their new size by then
      if (state.data.fills && state.isDrawn) window.Plotly.relayout(state.plot, { height: state.plot.clientHeight });
    };
    state.widths = new ResizeObserver(() => onWidth(state));
    state.widths.observe(state.scroll);
    state.widths.observe(state.plot);
    window.addEventListener("cgs-round", state.onRound);
    window.addEventListener("resize", state.onResize);
    STATES.set(parentElement, state);
  }
  state.pick = (number) => setTriggerValue("picked", number);
  state.root.classList.toggle("cgs-fills", data.fills);
  state.data = data;
  setSize(state, state.isNarrow);
  nameAloud(state);
  state.onPaper = () => onPaper(state, data);
  state.button.onclick = () => openMenu(state);
  state.button.onkeydown = (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    openMenu(state, event.key === "ArrowUp");
  };
  state.scroll.setAttribute("aria-label", data.title);
  state.button.setAttribute("aria-label", `Save: ${data.title}`);
  state.menu.setAttribute("aria-label", `Save: ${data.title}`);
  const look = data.picture + themeInk(state, data.ink);
  if (look !== state.look) {
    state.look = look;
    redraw(state, data);
  } else if (state.isDrawn) {
    state.digest = data.digest;
  }
  return () => {
    state.widths.disconnect();
    window.removeEventListener("cgs-round", state.onRound);
    window.removeEventListener("resize", state.onResize);
    state.version++;
    state.isDrawn = false;
    const purge = () => { if (window.Plotly) window.Plotly.purge(state.plot); };
    if (state.moving) state.moving.then(purge); // else Plotly finishes a step on a chart that it does not know any more
    else purge();
    STATES.delete(parentElement);
  };
}
