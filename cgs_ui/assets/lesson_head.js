// The head of a lesson's screen: where it stands among the others, and its title. On another screen the title has the
// focus, so that it is read aloud, and the page is at its top; when the page is first loaded both stay as they are.
let last = null;

export default function ({ data, parentElement }) {
  const { title, words, number, total, visit } = data;
  const root = parentElement.querySelector(".cgs-lesson-head");
  const dots = Array.from({ length: total }, (_, place) => {
    const dot = document.createElement("span");
    dot.className = place + 1 < number ? "past" : place + 1 === number ? "now" : "";
    return dot;
  });
  root.querySelector(".dots").replaceChildren(...dots);
  root.querySelector(".where").textContent = words;
  const heading = root.querySelector("h2");
  heading.textContent = title;
  const now = `${visit} ${number} ${title}`;
  if (last === null ? visit > 0 : last !== now) {
    heading.focus({ preventScroll: true });
    document.querySelector("[data-testid=stMain]")?.scrollTo({ top: 0 });
  }
  last = now;
}
