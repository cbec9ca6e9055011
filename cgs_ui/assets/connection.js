// Whoever was cut off gets the page as it stands now. Streamlit connects again by itself, and then waits: where the server
// was started anew, or the phone slept so long that its session was forgotten, no part of the page would be answered.
const APP = ".stApp";
const STATE = "data-test-connection-state";

let wasThere = true; // also while this is drawn anew

export default function ({ setTriggerValue }) {
  const app = document.querySelector(APP);
  const look = () => {
    const isThere = app.getAttribute(STATE) === "CONNECTED";
    if (isThere && !wasThere) setTriggerValue("back", true);
    wasThere = isThere;
  };
  const watch = new MutationObserver(look);
  watch.observe(app, { attributeFilter: [STATE] });
  look();
  return () => watch.disconnect();
}
