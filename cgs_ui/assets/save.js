// The menu "Save" of a chart: loaded when it is first opened, so that it costs the first paint nothing.
// SVG and PNG are drawn here by Plotly, as the chart stands; PDF, CSV and HTML the server makes of the figure that it sent.
const FORMATS = [
  ["svg", "SVG", "drawing, for slides and print"],
  ["png", "PNG", "picture, at least 1920 pixels wide"],
  ["pdf", "PDF", "page, for print"],
  ["csv", "CSV", "the numbers that are drawn"],
  ["html", "HTML", "interactive, works offline"],
];
const PNG_WIDTH = 1920;
const LEAST_WIDTH = 700;
const FAMILY = "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"; // what other programs have
const CAPTION = { size: 12, line: 16, pad: 14 }; // as in cgs_core.export
const LONGEST_LINK = 120; // a longer one cannot be read off a picture, as in cgs_core.export
const CHOICE = "cgs-without-caption"; // remembered for the session
const MOST_TRIES = 20;
const HEADER = 60; // pixels at the top of the window that lie under Streamlit's own buttons
const TOLD_MS = 8000;

// -- what is saved -------------------------------------------------------------------------------------------

let isCaptioned = true; // where the browser keeps nothing, as in some frames of another site's page

function withCaption() {
  try {
    return window.sessionStorage.getItem(CHOICE) === null;
  } catch {
    return isCaptioned;
  }
}

function setCaption(isWanted) {
  isCaptioned = isWanted;
  try {
    if (isWanted) window.sessionStorage.removeItem(CHOICE);
    else window.sessionStorage.setItem(CHOICE, "1");
  } catch { /* then it lasts as long as the page */ }
}

// What the frame that is shown is called: in a caption, and in a file's name.
function frameWords(state) {
  if (state.shown === null) return null;
  if (state.shown === "all") return { caption: "all rounds", file: "all-rounds" };
  const number = Number(state.shown) + 1; // people count from 1
  const { labels } = state.data.caption;
  if (labels && !labels[number - 1]) return null;
  return { caption: labels ? labels[number - 1] : `round ${number}`, file: `${labels ? "value" : "round"}-${number}` };
}

function captionWords(state, isOfAllFrames) {
  const frame = isOfAllFrames ? null : frameWords(state);
  const { words, link, short_link } = state.data.caption;
  const whole = link ?? window.location.href; // the page's own address follows what is on screen
  const isWhole = isOfAllFrames || whole.length <= LONGEST_LINK; // of a page a link can be copied
  const parts = [frame && frame.caption, words, isWhole ? whole : short_link];
  return parts.filter(Boolean).join(" · ");
}

function wrapped(words, width) {
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `${CAPTION.size}px ${FAMILY}`;
  const lines = [""];
  for (const word of words.split(" ")) {
    const longer = `${lines[lines.length - 1]} ${word}`.trim();
    if (pen.measureText(longer).width <= width || !lines[lines.length - 1]) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.map((line) => line.replace(/ ·$/, ""));
}

function escaped(text) {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

// The figure, higher by its caption: the plot keeps its size and place.
function captioned(figure, words, width) {
  const { layout } = figure;
  const lines = [`<b>${layout.meta.title}</b>`, ...wrapped(words, width - 2 * CAPTION.pad).map(escaped)];
  const room = lines.length * CAPTION.line + 2 * CAPTION.pad;
  const height = layout.height + room;
  const title = {
    text: lines.join("<br>"), font: { size: CAPTION.size, color: layout.font.color }, automargin: false,
    x: 0, xref: "container", xanchor: "left", pad: { l: CAPTION.pad },
    y: (room - CAPTION.pad) / height, yref: "container", yanchor: "top", // below, Plotly would put the first line at the foot
  };
  const margin = { ...layout.margin, b: layout.margin.b + room };
  return { ...figure, layout: { ...layout, height, margin, title } };
}

async function drawn(state, format) {
  const width = Math.max(LEAST_WIDTH, state.data.min_width, Math.round(state.plot.clientWidth));
  let figure = state.onPaper();
  figure.layout.font = { ...figure.layout.font, family: FAMILY };
  figure.layout.paper_bgcolor = "#ffffff";
  if (withCaption()) figure = captioned(figure, captionWords(state, false), width);
  const scale = format === "png" ? Math.max(2, Math.ceil(PNG_WIDTH / width)) : 1;
  const url = await window.Plotly.toImage(figure, { format, width, height: figure.layout.height, scale });
  return (await fetch(url)).blob();
}

async function made(state, format) {
  const hidden = state.plot.data.flatMap((trace, place) => (trace.visible === "legendonly" ? [place] : []));
  const caption = withCaption() && format !== "csv" ? captionWords(state, format === "html") : null;
  const asked = { format, digest: state.digest, shown: state.shown, hidden, caption };
  return answered(state.data.export, JSON.stringify(asked));
}

// The server says when so many wait already that one should come again; a class that presses at once comes by and by.
async function answered(path, body, tries = MOST_TRIES) {
  const answer = await fetch(new URL(path, document.baseURI), {
    method: "POST", headers: { "Content-Type": "application/json" }, body,
  });
  if (answer.ok) return answer.blob();
  const seconds = Number(answer.headers.get("Retry-After"));
  if (!seconds || tries <= 1) throw new Error((await answer.text()) || answer.statusText);
  await new Promise((resolve) => { setTimeout(resolve, 1000 * seconds * (0.5 + Math.random())); });
  return answered(path, body, tries - 1);
}

function fileName(state, format) {
  const frame = format === "html" ? null : frameWords(state);
  return `${state.data.filename}${frame ? `-${frame.file}` : ""}.${format}`;
}

// How long a PDF will take, as the server measured others; asked when the menu is opened.
async function learnCosts(state, item) {
  try {
    const answer = await fetch(new URL(`${state.data.export}/costs`, document.baseURI));
    state.pdfSeconds = Math.max(1, Math.round((await answer.json()).pdf));
    item.append(`, about ${state.pdfSeconds} s`);
  } catch { /* then it is made without a word on that */ }
}

// The seconds are for the eye: a screen reader hears the first words and the last.
function countDown(state) {
  const left = document.createElement("span");
  left.setAttribute("aria-hidden", "true");
  state.told.append(left);
  const end = performance.now() + 1000 * state.pdfSeconds;
  const show = () => {
    const seconds = Math.round((end - performance.now()) / 1000);
    left.textContent = seconds > 0 ? ` about ${seconds} s left` : " any moment now";
  };
  show();
  return setInterval(show, 500);
}

async function save(state, format) {
  const name = format.toUpperCase();
  tell(state, `Making the ${name} …`);
  const counting = format === "pdf" && state.pdfSeconds ? countDown(state) : null;
  try {
    const file = await (format === "svg" || format === "png" ? drawn(state, format) : made(state, format));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file);
    link.download = fileName(state, format);
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    tell(state, `Saved: ${link.download}`, TOLD_MS);
  } catch (error) {
    tell(state, `No ${name}: ${error.message || error}`);
  } finally {
    clearInterval(counting);
  }
}

function tell(state, words, milliseconds) {
  clearTimeout(state.forget);
  state.told.textContent = words;
  if (milliseconds) state.forget = setTimeout(() => { state.told.textContent = ""; }, milliseconds);
}

// -- the menu ------------------------------------------------------------------------------------------------

function entry(role, name, words) {
  const item = document.createElement("div");
  item.setAttribute("role", role);
  item.tabIndex = -1;
  item.append(Object.assign(document.createElement("b"), { textContent: name }), ` ${words}`);
  return item;
}

function formatEntry(state, [format, name, words]) {
  const missing = format === "pdf" ? state.data.no_pdf : null;
  const item = entry("menuitem", name, missing || words);
  if (missing) item.setAttribute("aria-disabled", "true");
  else item.onclick = () => { close(state); save(state, format); };
  if (format === "pdf" && !missing) learnCosts(state, item);
  return item;
}

function captionEntry() {
  const item = entry("menuitemcheckbox", "with caption", "inside the picture");
  const show = () => item.setAttribute("aria-checked", String(withCaption()));
  item.onclick = () => {
    setCaption(!withCaption());
    show();
  };
  show();
  return item;
}

function onKey(state, event) {
  const items = [...state.menu.children];
  const now = items.indexOf(document.activeElement);
  const places = { ArrowDown: (now + 1) % items.length, ArrowUp: (now - 1 + items.length) % items.length,
    Home: 0, End: items.length - 1 };
  if (event.key === "Tab") return close(state); // the focus goes on, as everywhere
  if (event.key === "Escape") close(state);
  else if (event.key in places) items[places[event.key]].focus();
  else if (event.key === "Enter" || event.key === " ") items[now]?.click();
  else {
    const found = items.find((item) => event.key.length === 1 && item.textContent.toLowerCase().startsWith(event.key.toLowerCase()));
    if (!found || event.ctrlKey || event.metaKey || event.altKey) return undefined;
    found.focus();
  }
  event.preventDefault();
  event.stopPropagation(); // Streamlit's shortcuts are not meant
  return undefined;
}

function close(state, keepsFocus = false) {
  if (state.menu.hidden) return;
  state.menu.hidden = true;
  state.button.setAttribute("aria-expanded", "false");
  document.removeEventListener("pointerdown", state.onOutside);
  if (!keepsFocus) state.button.focus();
}

// Opens the menu with its first entry in focus, or its last; the button closes an open one.
export function toggle(state, isFromEnd = false) {
  if (!state.menu.hidden) return close(state);
  state.menu.replaceChildren(...FORMATS.map((format) => formatEntry(state, format)), captionEntry());
  state.menu.onkeydown = (event) => onKey(state, event);
  state.onOutside = (event) => { if (!state.menu.parentElement.contains(event.target)) close(state, true); };
  document.addEventListener("pointerdown", state.onOutside);
  state.menu.hidden = false;
  const isRoomAbove = state.button.getBoundingClientRect().top - HEADER > state.menu.offsetHeight;
  state.menu.classList.toggle("cgs-below", !isRoomAbove);
  state.button.setAttribute("aria-expanded", "true");
  return state.menu.children[isFromEnd ? state.menu.children.length - 1 : 0].focus();
}
