// Waits for the server to say that a room has changed, and asks for the part of the page around it then. One request is
// open at a time, which the server answers when there is something new, or after a while with nothing. A phone that wakes
// up, or finds the network again, asks anew at once.
const STATES = new WeakMap();
const AGAIN_MS = 2000;
const LOST_MS = 5000;

export default function ({ data, parentElement, setTriggerValue }) {
  const state = STATES.get(parentElement) ?? {};
  STATES.set(parentElement, state);
  const stop = () => { state.open?.abort(); clearTimeout(state.timer); };
  const later = (after) => { state.timer = setTimeout(listen, after); };
  const beat = () => {
    if (!isLeaving()) setTriggerValue("beat", state.data.number);
    later(LOST_MS);
  };
  const listen = async () => {
    stop();
    const open = (state.open = new AbortController());
    const url = new URL(`${state.data.path}?after=${state.data.sign}`, document.baseURI);
    try {
      const answer = await fetch(url, { headers: { "X-Room": state.data.token }, signal: open.signal, cache: "no-store" });
      if (open.signal.aborted) return;
      if (answer.status === 200 || answer.status === 404) beat();
      else if (answer.status === 204) listen();
      else later(AGAIN_MS);
    } catch {
      if (!open.signal.aborted) later(AGAIN_MS);
    }
  };
  drawnHere();
  const isNew = state.data?.number !== data.number || state.data?.sign !== data.sign;
  state.data = data;
  if (isNew) listen();
  state.wake ??= () => { if (document.visibilityState === "visible") listen(); };
  document.addEventListener("visibilitychange", state.wake);
  window.addEventListener("online", state.wake);
  return () => {
    stop();
    document.removeEventListener("visibilitychange", state.wake);
    window.removeEventListener("online", state.wake);
    STATES.delete(parentElement);
  };
}
