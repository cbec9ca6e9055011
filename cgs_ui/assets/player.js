// The round player: one slider, with play, pause and step, that moves every chart on the page in the browser.
// Where the page can show all rounds at once, it opens on them; a hand on the slider turns to one round.
// The server hears of it only when the hand lets go (for the link). The speed is remembered as long as the tab is open;
// who wants little motion begins with the slow one.
const STATES = new WeakMap();
const SECONDS_A_PASS = { slow: 30, normal: 12, fast: 5 };
const SHORTEST_STEP_MS = 60;
const SPEED_KEY = "cgs-speed";

function speed() {
  try {
    const kept = window.sessionStorage.getItem(SPEED_KEY);
    if (kept in SECONDS_A_PASS) return kept;
  } catch { /* in some frames of another site's page a browser keeps nothing */ }
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches ? "slow" : "normal";
}

function publish(state) {
  window.cgsPlayer = state;
  window.cgsRound = state.isAll ? "all" : state.round;
  state.slider.value = String(state.round);
  const last = Number(state.slider.max); // of one round the way is whole
  state.slider.style.setProperty("--at", `${last ? (100 * state.round) / last : 100}%`);
  const of = `Round ${state.round + 1} of ${state.total}`;
  const words = state.isAll ? `All ${state.count} rounds` : state.labels ? state.labels[state.round] : of;
  state.slider.setAttribute("aria-valuetext", words);
  state.text.textContent = words;
  state.all.setAttribute("aria-pressed", String(state.isAll));
  state.one.setAttribute("aria-pressed", String(!state.isAll));
  window.dispatchEvent(new CustomEvent("cgs-round"));
}

function pause(state) {
  state.asked = undefined; // a hand is on it
  clearInterval(state.timer);
  state.timer = null;
  sign(state, "▶", "Play", `Play the ${state.noun}s`);
}

function sign(state, mark, word, name) {
  const shown = document.createElement("span");
  shown.setAttribute("aria-hidden", "true");
  shown.textContent = mark;
  state.play.replaceChildren(shown, ` ${word}`);
  state.play.setAttribute("aria-label", name);
}

// -1 is all rounds where the page has them, else the last one, which then goes on being the last.
function tell(state) {
  state.follows = !state.hasAll && state.round >= state.count - 1;
  state.report(state.isAll || state.follows ? -1 : state.round);
}

function go(state, round) {
  state.isAll = false;
  state.round = Math.max(0, Math.min(state.count - 1, round));
  publish(state);
}

function showAll(state) {
  pause(state);
  state.isAll = true;
  state.round = state.count - 1;
  publish(state);
}

function play(state) {
  state.asked = undefined;
  if (state.isAll || state.round >= state.count - 1) go(state, 0);
  sign(state, "❚❚", "Pause", "Pause");
  run(state);
}

function run(state) {
  clearInterval(state.timer);
  state.timer = setInterval(() => {
    if (state.round >= state.count - 1) { pause(state); tell(state); } else go(state, state.round + 1);
  }, Math.max(SHORTEST_STEP_MS, (SECONDS_A_PASS[state.speed.value] * 1000) / state.total));
}

// On a dark page the browser draws the slider and the menu for a dark one: else the way that is left would be white.
function follow(slider) {
  const ground = getComputedStyle(slider).getPropertyValue("--st-background-color").match(/[0-9a-f]{2}/gi) ?? [];
  const light = ground.slice(0, 3).reduce((sum, one) => sum + parseInt(one, 16), 0);
  slider.closest(".player").style.colorScheme = ground.length && light < 3 * 128 ? "dark" : "light";
}

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  let state = STATES.get(parentElement);
  if (!state) {
    const find = (name) => parentElement.querySelector(name);
    state = { slider: find("input"), play: find(".play"), back: find(".back"), on: find(".on"), text: find(".round"),
      which: find(".which"), all: find(".all"), one: find(".one"), speed: find(".speed"), timer: null, isAll: false };
    state.speed.value = speed();
    state.speed.onchange = () => {
      try { window.sessionStorage.setItem(SPEED_KEY, state.speed.value); } catch { /* then for this page alone */ }
      if (state.timer) run(state);
    };
    STATES.set(parentElement, state);
  }
  follow(state.slider);
  state.report = (round) => setStateValue("stopped", { round, times: data.times });
  state.count = Math.max(1, data.count);
  state.total = data.total;
  state.labels = data.labels;
  state.noun = data.noun;
  state.hasAll = Boolean(data.has_all);
  state.which.hidden = !state.hasAll;
  state.back.setAttribute("aria-label", `One ${state.noun} back`);
  state.on.setAttribute("aria-label", `Next: one ${state.noun} on`);
  state.slider.setAttribute("aria-label", state.noun[0].toUpperCase() + state.noun.slice(1));
  state.slider.max = String(state.count - 1);
  if (state.run !== data.run || state.times !== data.times) {
    const isFirst = state.run === undefined || state.times !== data.times; // the browser's Back: as the address says
    state.run = data.run;
    state.times = data.times;
    pause(state);
    state.follows = !(isFirst && data.round >= 0) && (isFirst || state.follows);
    if (isFirst && data.round >= 0) state.round = state.asked = data.round; // perhaps it has still to be trained
    if (isFirst) state.isAll = state.hasAll && data.round < 0;
  }
  state.slider.oninput = () => { pause(state); go(state, Number(state.slider.value)); };
  state.slider.onchange = () => tell(state);
  state.play.onclick = () => { if (state.timer) { pause(state); tell(state); } else play(state); };
  state.back.onclick = () => { pause(state); go(state, state.isAll ? state.round : state.round - 1); tell(state); };
  state.all.onclick = () => { showAll(state); tell(state); };
  state.one.onclick = () => { if (state.isAll) { go(state, state.round); tell(state); } };
  state.on.onclick = () => { pause(state); go(state, state.isAll ? 0 : state.round + 1); tell(state); };
  if (state.isAll) showAll(state);
  else go(state, state.follows && !state.timer ? state.count - 1 : state.asked ?? state.round);
  if (state.asked < state.count) state.asked = undefined; // it is there
  return () => {
    pause(state);
    STATES.delete(parentElement);
    if (window.cgsPlayer !== state) return; // the next page's player is there already
    window.cgsRound = window.cgsPlayer = undefined;
    window.dispatchEvent(new CustomEvent("cgs-round"));
  };
}
