// Asks the server for the part of the page around it again, after a while, as long as something is coming: the answer
// is a new number, and without a pulse when nothing more is coming. An answer that is lost is asked for again.
const STATES = new WeakMap();
const AGAIN_MS = 5000;

export default function ({ data, parentElement, setTriggerValue }) {
  const state = STATES.get(parentElement) ?? {};
  STATES.set(parentElement, state);
  const ask = (after) => {
    clearTimeout(state.timer);
    state.timer = setTimeout(() => {
      if (!isLeaving()) setTriggerValue("beat", data.number);
      ask(AGAIN_MS);
    }, after);
  };
  drawnHere();
  if (state.number !== data.number) ask(data.after_ms);
  state.number = data.number;
  return () => {
    clearTimeout(state.timer);
    STATES.delete(parentElement);
  };
}
