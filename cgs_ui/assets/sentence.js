// The sentences above a picture: those of what the page's round player shows, all rounds or one.
const STATES = new WeakMap();

function line(tag, className, text) {
  const part = document.createElement(tag);
  part.className = className;
  part.textContent = text;
  return part;
}

// What is below does not jump while rounds play.
function keepPlace(state) {
  state.tallest = Math.max(state.tallest, state.root.scrollHeight);
  state.root.style.minHeight = `${state.tallest}px`;
}

function show(state) {
  if (!state.data) return;
  const { told, first, newest } = state.data; // of a run that still trains there is the newest round alone
  const wanted = window.cgsRound === undefined ? first : String(window.cgsRound);
  const words = told[wanted] ?? told[newest];
  if (words === state.shown) return;
  state.shown = words;
  const head = line("p", "head", "");
  head.append(line("strong", "", words.head));
  const verdicts = (words.verdicts || []).map(([mark, text]) => {
    const item = line("li", "", "");
    const sign = line("span", "mark", mark);
    sign.setAttribute("aria-hidden", "true");
    item.append(sign, text);
    return item;
  });
  const list = line("ul", "", "");
  list.append(...verdicts);
  const more = words.more ? [line("p", "more", words.more)] : [];
  state.root.replaceChildren(head, ...(verdicts.length ? [list] : []), ...more);
  if (!state.data.is_bare) {
    window.cgsTerms?.mark(state.root);
    keepPlace(state);
  }
}

async function read(state, data) {
  const told = await unpacked(data.told);
  if (state.wanted !== data) return; // others have come meanwhile
  state.data = { ...data, told: JSON.parse(told) };
  show(state);
}

export default function (component) {
  const { data, parentElement } = component;
  let state = STATES.get(parentElement);
  if (!state) {
    state = { root: parentElement.querySelector(".cgs-sentence"), tallest: 0 };
    state.onRound = () => show(state);
    state.widths = new ResizeObserver(([{ contentRect: { width } }]) => { // its neighbour may go below it
      if (width === state.width) return;
      state.width = width;
      state.root.style.minHeight = "";
      state.tallest = 0;
      if (state.shown && !state.data.is_bare) keepPlace(state);
    });
    state.widths.observe(state.root);
    state.onTerms = () => { if (state.shown && !state.data.is_bare) window.cgsTerms.mark(state.root); };
    window.addEventListener("cgs-round", state.onRound);
    window.addEventListener("cgs-terms", state.onTerms);
    STATES.set(parentElement, state);
  }
  if (state.wanted?.told !== data.told || state.wanted.first !== data.first) {
    state.wanted = data;
    read(state, data);
  }
  return () => {
    window.removeEventListener("cgs-round", state.onRound);
    state.widths.disconnect();
    window.removeEventListener("cgs-terms", state.onTerms);
    state.wanted = null;
    STATES.delete(parentElement);
  };
}
