// The foot of a phone's screen: one button that opens the controls and closes them again. Streamlit's own buttons for it
// are at the top of the screen, out of a thumb's reach.
const SIDEBAR = '[data-testid="stSidebar"]';
const OPENS = '[data-testid="stExpandSidebarButton"]';
const CLOSES = '[data-testid="stSidebarCollapseButton"] button';
const CONTENT = '[data-testid="stSidebarUserContent"]';

function isOpen() {
  return document.querySelector(SIDEBAR)?.dataset.collapsed === "false";
}

const TABLE = '[data-testid="stDataFrame"], [data-testid="stMarkdownContainer"] table';
const REST_MS = 300; // after the last change of the page, so that measuring does not slow it

// A table that is wider than its place says so (frame.css): of its scroll bar nothing is seen until it is touched.
function markWide() {
  document.querySelectorAll(TABLE).forEach((table) => {
    const inner = table.matches("table") ? table : table.querySelector(".dvn-scroller");
    table.classList.toggle("cgs-wide", Boolean(inner) && inner.scrollWidth > inner.clientWidth + 1);
  });
}

// Of tabs that a phone moves sideways the one that a link has opened is seen; after that they are the reader's.
const SHOWN = new WeakSet();
function showOpenTab() {
  document.querySelectorAll('[role="tablist"]').forEach((list) => {
    const tab = list.querySelector('[aria-selected="true"]');
    if (!tab || SHOWN.has(list)) return;
    SHOWN.add(list);
    const beyond = tab.getBoundingClientRect().right - list.getBoundingClientRect().right;
    if (beyond > 0) list.scrollLeft += beyond;
  });
}

let end = () => {};
export default function (component) {
  end(); // of the call before, which Streamlit ends with the page alone
  const button = component.parentElement.querySelector("button");
  const show = () => {
    const isNow = isOpen();
    if (button.getAttribute("aria-expanded") === String(isNow)) return;
    button.textContent = isNow ? "See the answer" : "Controls";
    button.setAttribute("aria-expanded", String(isNow));
  };
  let wasOpen = false; // before the finger came down, for which Streamlit closes what lies open
  button.onpointerdown = () => { wasOpen = isOpen(); };
  button.onclick = (event) => {
    if (event.detail === 0) wasOpen = isOpen(); // by keyboard
    if (wasOpen === isOpen()) document.querySelector(wasOpen ? CLOSES : OPENS)?.click();
    if (!wasOpen) document.querySelector(CONTENT)?.scrollIntoView(); // the list of pages is above
  };
  show();
  let timer = null;
  const changed = () => {
    show(); // other buttons open and close it too
    clearTimeout(timer);
    timer = setTimeout(() => { markWide(); showOpenTab(); }, REST_MS);
  };
  const watch = new MutationObserver(changed);
  watch.observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-collapsed"] });
  window.addEventListener("resize", changed);
  end = () => {
    watch.disconnect();
    window.removeEventListener("resize", changed);
    clearTimeout(timer);
  };
  return end;
}
