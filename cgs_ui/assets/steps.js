// Of words that stand one over the other, those of the step that the page's player shows (steps.css).
export default function () {
  const show = () => {
    const step = window.cgsRound;
    if (step === undefined) delete document.body.dataset.cgsStep;
    else document.body.dataset.cgsStep = String(step);
  };
  window.addEventListener("cgs-round", show);
  show();
  return () => {
    window.removeEventListener("cgs-round", show);
    delete document.body.dataset.cgsStep;
  };
}
