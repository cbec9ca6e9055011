// Draws one Plotly figure, and shows the frame of the round that the page's round player is at.
// The figure's JSON comes from cgs_core.figures; the ink colour is exchanged for the theme's.
const STATES = new WeakMap();

function loadPlotly(url) {
  if (!window.cgsPlotly) {
    window.cgsPlotly = new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = new URL(url, document.baseURI).href;
      script.onload = () => resolve(window.Plotly);
      script.onerror = () => reject(new Error("the chart library did not load"));
      document.head.appendChild(script);
    });
  }
  return window.cgsPlotly;
}

function themeInk(state, ink) {
  return getComputedStyle(state.root).getPropertyValue("--st-text-color").trim() || ink;
}

function inked(figure, ink, color) {
  return JSON.parse(JSON.stringify(figure).split(JSON.stringify(ink)).join(JSON.stringify(color)));
}

// The player's round, or "all" of them; a chart that has no such frame shows its last round.
function frameName(state) {
  const names = state.names;
  if (!names.length) return null;
  const wanted = window.cgsRound;
  if (wanted === undefined || names.includes(String(wanted))) return String(wanted ?? names[names.length - 1]);
  return names.filter((name) => name !== "all").pop() ?? names[names.length - 1];
}

// A chart that is wider than its place is scrolled by keyboard too; chart.css shows that there is more.
function onWidth(state) {
  if (state.scroll.scrollWidth > state.scroll.clientWidth) state.scroll.tabIndex = 0;
  else state.scroll.removeAttribute("tabindex");
}

function config() {
  return { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: "reset" };
}

function showRound(state) {
  const name = frameName(state);
  if (name === null || state.shown === name || !state.isDrawn) return;
  state.shown = name;
  if (state.data.alts) state.plot.setAttribute("aria-label", state.data.alts[name] ?? state.data.alt);
  window.Plotly.animate(state.plot, [name], {
    mode: "immediate", frame: { duration: 0, redraw: true }, transition: { duration: 0 },
  }).catch(() => {});
}

async function draw(state, data) {
  const version = ++state.version;
  const Plotly = await loadPlotly(data.library);
  if (version !== state.version) return;
  const figure = inked(data.figure, data.ink, themeInk(state, data.ink));
  figure.layout.font = { ...figure.layout.font, family: getComputedStyle(state.root).fontFamily };
  if (data.fills) figure.layout.height = state.plot.clientHeight; // which the page's style sets
  state.isDrawn = false;
  await Plotly.react(state.plot, figure.data, figure.layout, config());
  if (version !== state.version) return;
  state.names = (figure.frames || []).map((frame) => frame.name);
  if (state.names.length) await Plotly.addFrames(state.plot, figure.frames); // replaces those of the same name
  state.isDrawn = true;
  state.digest = data.digest;
  state.shown = data.shown;
  showRound(state);
  if (data.is_pickable && !state.isPickable) {
    state.isPickable = true;
    state.plot.on("plotly_click", (event) => {
      const point = event.points.find((one) => Number.isInteger(one.customdata));
      if (point) state.pick(point.customdata);
    });
  }
  state.root.dataset.drawn = String(Number(state.root.dataset.drawn || 0) + 1);
}

// The figure as it stands on the screen, in the ink for paper.
function onPaper(state, data) {
  const numbers = (key, value) => (ArrayBuffer.isView(value) ? Array.from(value) : value);
  const figure = JSON.parse(JSON.stringify({ data: state.plot.data, layout: state.plot.layout }, numbers));
  return inked(figure, themeInk(state, data.ink), data.ink);
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
    state = { root, scroll: find(".cgs-scroll"), plot: find(".cgs-plot"), button: find("button"), menu: find(".cgs-menu"), told: find(".cgs-told"),
      version: 0, names: [], shown: null };
    state.onRound = () => showRound(state);
    state.onResize = () => {
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
  state.plot.style.height = `${data.figure.layout.height}px`;
  state.plot.style.minWidth = `${data.min_width}px`;
  state.data = data;
  state.root.cgsFigure = data.figure; // for what shows the same in another way
  state.root.dispatchEvent(new CustomEvent("cgs-figure", { bubbles: true }));
  state.plot.setAttribute("aria-label", (data.alts && data.alts[state.shown]) ?? data.alt);
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
  const look = data.digest + themeInk(state, data.ink);
  if (look !== state.look) {
    state.look = look;
    draw(state, data).catch((error) => { state.plot.textContent = String(error.message || error); });
  }
  return () => {
    state.widths.disconnect();
    window.removeEventListener("cgs-round", state.onRound);
    window.removeEventListener("resize", state.onResize);
    state.version++;
    if (window.Plotly) window.Plotly.purge(state.plot);
    STATES.delete(parentElement);
  };
}
