// Whoever was cut off gets the page as it stands now. Streamlit connects again by itself, and then waits: where the server
// was started anew, or the phone slept so long that its session was forgotten, no part of the page would be answered.
const APP = ".stApp";
const STATE = "data-test-connection-state";
const BROKEN = "cgs-broken"; // when a page was loaded anew last, by its tab
const BETWEEN_MS = 30000; // two of these: what breaks at once again is not loaded for ever

let wasThere = true; // also while this is drawn anew

// Where Streamlit misses a message it may take the whole page down: it is white then, and loaded anew.
function loadAnew() {
  if (document.querySelector(APP)) return;
  try {
    const before = Number(window.sessionStorage.getItem(BROKEN));
    if (Date.now() - before < BETWEEN_MS) return;
    window.sessionStorage.setItem(BROKEN, String(Date.now()));
  } catch { return; } // nothing is kept here
  window.location.reload();
}
new MutationObserver(loadAnew).observe(document.getElementById("root"), { childList: true });

let end = () => {};
export default function ({ setTriggerValue }) {
  end(); // of the call before, which Streamlit ends with the page alone
  const app = document.querySelector(APP);
  const look = () => {
    const isThere = app.getAttribute(STATE) === "CONNECTED";
    if (isThere && !wasThere) setTriggerValue("back", true);
    wasThere = isThere;
  };
  const watch = new MutationObserver(look);
  watch.observe(app, { attributeFilter: [STATE] });
  look();
  end = () => watch.disconnect();
  return end;
}
