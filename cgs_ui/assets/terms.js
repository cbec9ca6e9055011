// Terms that explain themselves: a link to the glossary shows its definition in a small box, by pointer, focus, tap or
// Enter. The box can be pointed at, never lies over the term, and Escape closes it. Links to pages of the app in a text
// are followed within the session. DEFINITIONS and heads.js stand before this file (cgs_ui/served.py).
const LINK = "a[href*='glossary?term=']";
const LATER_MS = 250; // before a box opens or closes under a moving pointer
const GAP = 6;

const state = { box: null, term: null, timer: null, component: null };

const keyOf = (link) => new URL(link.href, document.baseURI).searchParams.get("term");

function termAt(target) {
  const link = target instanceof Element ? target.closest(LINK) : null;
  return link && !link.closest(".cgs-definition") && keyOf(link) in DEFINITIONS ? link : null;
}

function part(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function box() {
  if (state.box?.isConnected) return state.box;
  state.box = part("div", "cgs-definition", "");
  state.box.id = "cgs-definition";
  state.box.setAttribute("role", "group");
  state.box.hidden = true;
  state.box.addEventListener("pointerenter", () => clearTimeout(state.timer));
  state.box.addEventListener("pointerleave", closeLater);
  state.box.addEventListener("keydown", onBoxKey);
  state.box.addEventListener("focusout", (event) => {
    if (!state.box.contains(event.relatedTarget) && event.relatedTarget !== state.term) close();
  });
  document.body.append(state.box);
  return state.box;
}

function open(link) {
  clearTimeout(state.timer);
  if (state.term === link) return;
  close();
  const key = keyOf(link), { name, words } = DEFINITIONS[key], shown = box();
  const text = part("p", "", ` ${words}`);
  text.id = "cgs-definition-words";
  text.prepend(named(name));
  shown.setAttribute("aria-label", name);
  shown.replaceChildren(text);
  if (state.component?.data.can_open) {
    const more = part("a", "more", "More in the glossary");
    more.href = link.href;
    more.addEventListener("click", (event) => { if (follow(event, more)) close(); });
    shown.append(more);
  }
  Object.assign(shown.style, look());
  shown.hidden = false;
  state.term = link;
  link.setAttribute("aria-describedby", text.id);
  link.setAttribute("aria-expanded", "true");
  place();
}

// A term's name, in which an index stands below.
function named(name) {
  const made = part("strong", "", "");
  made.append(...`${name}.`.split(/_(\w)/).map((said, place) => (place % 2 ? part("sub", "", said) : said)));
  return made;
}

// The theme's colours are those of a part of the page; the box is beside it.
function look() {
  const from = getComputedStyle(document.querySelector("[data-testid=stApp]") ?? document.body);
  return { backgroundColor: from.backgroundColor, color: from.color, fontFamily: from.fontFamily };
}

function place() {
  if (!state.term.isConnected) { close(); return; } // its text was drawn anew
  const at = [...state.term.getClientRects()].pop(), { offsetWidth, offsetHeight } = state.box;
  const wide = document.documentElement.clientWidth, high = window.innerHeight;
  const left = Math.max(GAP, Math.min(at.left, wide - offsetWidth - GAP));
  const isBelow = at.bottom + GAP + offsetHeight <= high || at.top < offsetHeight + GAP;
  Object.assign(state.box.style, { left: `${left}px`,
    top: `${isBelow ? at.bottom + GAP : at.top - GAP - offsetHeight}px` });
}

function close() {
  clearTimeout(state.timer);
  if (!state.term) return;
  state.term.removeAttribute("aria-describedby");
  state.term.setAttribute("aria-expanded", "false");
  state.term = null;
  state.box.hidden = true;
}

function closeLater() {
  clearTimeout(state.timer);
  state.timer = setTimeout(() => { if (document.activeElement !== state.term) close(); }, LATER_MS);
}

function onBoxKey(event) {
  if (event.key !== "Tab") return;
  state.term?.focus(); // from the box's one link the Tab key goes on from the term, either way
  if (event.shiftKey) event.preventDefault();
}

// A page of the app, opened in this session and not as another one.
function follow(event, link) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return false;
  const { pages, can_open: canOpen } = state.component?.data ?? { pages: [] };
  const [page, asked] = link.getAttribute("href").split("?");
  if (!canOpen || !pages.includes(page) || (asked && !asked.startsWith("term="))) return false;
  event.preventDefault();
  state.component.setTriggerValue("opened", { page, term: asked ? keyOf(link) : null });
  return true;
}

function onClick(event) {
  const link = termAt(event.target);
  if (!link) {
    const other = event.target.closest?.("[data-testid=stMarkdownContainer] a[href]");
    if (other && !other.closest(".cgs-definition")) follow(event, other);
    if (state.term && !state.box.contains(event.target)) close();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  open(link);
  if (event.detail === 0) state.box.querySelector("a")?.focus(); // by Enter: on into the box
}

const LISTENERS = {
  click: onClick,
  pointerover: (event) => {
    const link = termAt(event.target);
    if (!link || event.pointerType === "touch") return;
    clearTimeout(state.timer);
    state.timer = setTimeout(() => open(link), LATER_MS);
  },
  pointerout: (event) => { if (termAt(event.target) && event.pointerType !== "touch") closeLater(); },
  focusin: (event) => {
    const link = termAt(event.target);
    if (link && link.matches(":focus-visible")) open(link);
    else if (state.term && !link && !state.box.contains(event.target)) close();
  },
  keydown: (event) => {
    if (event.key !== "Escape" || !state.term) return;
    const term = state.term, wasIn = state.box.contains(document.activeElement);
    event.stopPropagation();
    if (wasIn) term.focus();
    close();
  },
};

// The same in a text that is drawn in the browser: each term where it first occurs.
const KEYS = new Map(Object.entries(DEFINITIONS).flatMap(([key, one]) => one.said.map((said) => [said, key])));
const SAID = [...KEYS.keys()].sort((one, other) => other.length - one.length)
  .map((said) => said.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
const PATTERN = new RegExp(`(?<![\\w-])(${SAID.join("|")})(?![\\w-])`, "g");

export function mark(root) {
  const seen = new Set(), walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), texts = [];
  while (walk.nextNode()) texts.push(walk.currentNode);
  for (const text of texts) {
    const parts = text.data.split(PATTERN);
    if (parts.length === 1 || text.parentElement.closest("a")) continue;
    text.replaceWith(...parts.map((said, place) => {
      const key = KEYS.get(said);
      if (place % 2 === 0 || seen.has(key)) return said;
      seen.add(key);
      const link = part("a", "", said);
      link.href = `glossary?term=${key}`;
      return link;
    }));
  }
}

// The term that the page was asked for comes into view once it is drawn.
function scrollTo(key, triesLeft = 300) {
  if (!key || state.scrolledTo === key || !triesLeft) return;
  const found = document.querySelector(`.st-key-term_${CSS.escape(key)}`);
  if (!found) { requestAnimationFrame(() => scrollTo(key, triesLeft - 1)); return; }
  state.scrolledTo = key;
  found.scrollIntoView({ block: "center" });
}

export default function (component) {
  state.component = component;
  if (!component.data.shown) state.scrolledTo = null;
  scrollTo(component.data.shown);
  if (!window.cgsTerms) {
    window.cgsTerms = { mark };
    for (const [name, listener] of Object.entries(LISTENERS)) document.addEventListener(name, listener, true);
    window.addEventListener("scroll", () => { if (state.term) place(); }, true);
    window.dispatchEvent(new CustomEvent("cgs-terms"));
    explainHeads();
  }
  return () => { close(); };
}
