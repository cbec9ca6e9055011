// Whether another page was asked for and has not begun. Until then Streamlit takes whatever this page sends for a wish to
// stay, and the other one is lost: its own timers it stops for that, of ours it knows nothing. Each page has a title of
// its own, so a page has begun when the title is another one.
const LOST_AFTER_MS = 10000;
let leaving = null;
let here = location.pathname;

function isLeaving() {
  return leaving !== null && document.title === leaving.title && performance.now() - leaving.at < LOST_AFTER_MS;
}

// Called by what is drawn: the address is that of its page, unless another one was asked for.
function drawnHere() {
  if (isLeaving()) return;
  leaving = null;
  here = location.pathname;
}

function leaveFor(address) {
  if (address.origin === location.origin && address.pathname !== here) {
    leaving = { title: document.title, at: performance.now() };
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  const isElsewhere = event.ctrlKey || event.metaKey || event.shiftKey || link?.target === "_blank";
  if (link && !isElsewhere) leaveFor(new URL(link.href));
}, true);
window.addEventListener("popstate", () => leaveFor(location)); // Back and Forward: the address is that of the other page already
