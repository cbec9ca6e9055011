// For every trace of every drawing Plotly goes through all that such a trace may have, to find what is a list: a fifth of a
// drawing's time. Where lists may be is the same for all traces of a type: it is found once, and Plotly is led there
// alone. Stands before chart.js, in one file.
function withShortSearch(Plotly) {
  const schema = Plotly.PlotSchema, { crawl, findArrayAttributes } = schema, known = new Map();

  // What Plotly would be shown on its way, but for what is neither a list nor leads to one: (value, name, parent, depth, path).
  function steps(attributes) {
    const all = [];
    crawl(attributes, (...step) => { all.push(step); });
    const paths = all.filter(([value]) => value?.valType === "data_array" || value?.arrayOk === true).map((step) => step[4]);
    return all.filter((step) => paths.some((path) => path === step[4] || path.startsWith(`${step[4]}.`)));
  }

  function shortCrawl(attributes, visit) {
    schema.crawl = crawl; // which calls itself by this name
    if (!known.has(attributes)) known.set(attributes, steps(attributes));
    known.get(attributes).forEach((step) => visit(...step));
    schema.crawl = shortCrawl;
  }

  schema.findArrayAttributes = (trace) => {
    schema.crawl = shortCrawl;
    try { return findArrayAttributes(trace); } finally { schema.crawl = crawl; }
  };
  return Plotly;
}
