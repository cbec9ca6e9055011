// Of words that stand one over the other, those of the step that the page's player shows (steps.css).
let end = () => {};
export default function () {
  end(); // of the call before, which Streamlit ends with the page alone
  const show = () => {
    const step = window.cgsRound;
    if (step === undefined) delete document.body.dataset.cgsStep;
    else document.body.dataset.cgsStep = String(step);
  };
  window.addEventListener("cgs-round", show);
  show();
  const own = end = () => {
    window.removeEventListener("cgs-round", show);
    if (end === own) delete document.body.dataset.cgsStep;
  };
  return own;
}
