// A page that is opened from the navigation is one step of the browser's history, not two: Streamlit pushes the bare
// address, and what the page then writes of itself takes its place. What a hand changes later is a step of its own.
let isFresh = false; // nobody has touched the page since it was opened

function watch() {
  const push = window.history.pushState.bind(window.history);
  window.history.pushState = (state, unused, url) => {
    const to = new URL(url, document.baseURI);
    const isOther = to.pathname !== window.location.pathname;
    if (isFresh && !isOther && window.location.search === "") window.history.replaceState(state, unused, url);
    else push(state, unused, url);
    isFresh = isOther && to.search === "";
  };
  const touched = () => { isFresh = false; };
  ["pointerdown", "keydown", "popstate"].forEach((name) => window.addEventListener(name, touched, true));
}

export default function () {
  if (window.cgsHistory) return;
  window.cgsHistory = true;
  watch();
}
