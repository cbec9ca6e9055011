// The round player: one slider, with play, pause and step, that moves every chart on the page in the browser.
// The server hears of it only when the hand lets go (for the link).
const STATES = new WeakMap();
const SECONDS_A_PASS = 12;

function publish(state) {
  window.cgsPlayer = state;
  window.cgsRound = state.round;
  state.slider.value = String(state.round);
  const words = state.labels ? state.labels[state.round] : `Round ${state.round + 1} of ${state.total}`;
  state.slider.setAttribute("aria-valuetext", words);
  state.text.textContent = words;
  window.dispatchEvent(new CustomEvent("cgs-round"));
}

function pause(state) {
  clearInterval(state.timer);
  state.timer = null;
  state.play.textContent = "▶";
  state.play.setAttribute("aria-label", `Play the ${state.noun}s`);
}

function tell(state) {
  state.follows = state.round >= state.count - 1;
  state.report(state.follows ? -1 : state.round);
}

function go(state, round) {
  state.round = Math.max(0, Math.min(state.count - 1, round));
  publish(state);
}

function play(state) {
  if (state.round >= state.count - 1) go(state, 0);
  state.play.textContent = "❚❚";
  state.play.setAttribute("aria-label", "Pause");
  state.timer = setInterval(() => {
    if (state.round >= state.count - 1) { pause(state); tell(state); } else go(state, state.round + 1);
  }, Math.max(60, (SECONDS_A_PASS * 1000) / state.total));
}

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  let state = STATES.get(parentElement);
  if (!state) {
    const find = (name) => parentElement.querySelector(name);
    state = { slider: find("input"), play: find(".play"), back: find(".back"), on: find(".on"), text: find(".round"), timer: null };
    STATES.set(parentElement, state);
  }
  state.report = (round) => setStateValue("round", round);
  state.count = Math.max(1, data.count);
  state.total = data.total;
  state.labels = data.labels;
  state.noun = data.noun;
  state.back.setAttribute("aria-label", `One ${state.noun} back`);
  state.on.setAttribute("aria-label", `One ${state.noun} on`);
  state.slider.setAttribute("aria-label", state.noun[0].toUpperCase() + state.noun.slice(1));
  state.slider.max = String(state.count - 1);
  if (state.run !== data.run) {
    const isFirst = state.run === undefined;
    state.run = data.run;
    pause(state);
    state.follows = !(isFirst && data.round >= 0) && (isFirst || state.follows);
    if (isFirst && data.round >= 0) state.round = data.round;
  }
  state.slider.oninput = () => { pause(state); go(state, Number(state.slider.value)); };
  state.slider.onchange = () => tell(state);
  state.play.onclick = () => { if (state.timer) { pause(state); tell(state); } else play(state); };
  state.back.onclick = () => { pause(state); go(state, state.round - 1); tell(state); };
  state.on.onclick = () => { pause(state); go(state, state.round + 1); tell(state); };
  go(state, state.follows && !state.timer ? state.count - 1 : state.round);
  return () => {
    pause(state);
    STATES.delete(parentElement);
    if (window.cgsPlayer !== state) return; // the next page's player is there already
    window.cgsRound = window.cgsPlayer = undefined;
    window.dispatchEvent(new CustomEvent("cgs-round"));
  };
}
