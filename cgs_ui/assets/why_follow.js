// Tells the server at which round the page's player rests, once it does, and brings the panel into view when somebody has
// asked for it.
const STATES = new WeakMap();
const REST_MS = 250;

function tellWhenAtRest(state) {
  clearTimeout(state.timer);
  state.timer = setTimeout(() => {
    if (window.cgsPlayer?.timer || isLeaving()) { tellWhenAtRest(state); return; } // it plays
    if (window.cgsRound === undefined) return;
    const now = window.cgsRound === "all" ? -1 : window.cgsRound;
    if (now !== state.told) { state.told = now; state.report(now); }
  }, REST_MS);
}

// With the focus, so that the next Tab key is in the panel.
function bringIntoView(panel) {
  const head = document.querySelector(`.st-key-${panel}`);
  if (!head) return;
  const isCalm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  head.tabIndex = -1;
  head.setAttribute("role", "group");
  head.setAttribute("aria-label", "Why");
  head.focus({ preventScroll: true });
  head.scrollIntoView({ behavior: isCalm ? "auto" : "smooth", block: "start" });
}

export default function ({ data, parentElement, setStateValue }) {
  let state = STATES.get(parentElement);
  if (!state) {
    state = { told: data.round, asked: window.cgsWhyAsked ?? 0 };
    state.onRound = () => tellWhenAtRest(state);
    window.addEventListener("cgs-round", state.onRound);
    STATES.set(parentElement, state);
  }
  state.report = (round) => setStateValue("round", round);
  drawnHere();
  if (data.asked > state.asked) bringIntoView(data.panel);
  state.asked = window.cgsWhyAsked = data.asked;
  tellWhenAtRest(state);
  return () => {
    clearTimeout(state.timer);
    window.removeEventListener("cgs-round", state.onRound);
    STATES.delete(parentElement);
  };
}
