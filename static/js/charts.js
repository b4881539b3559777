// Draws Plotly charts from the JSON beside them, in the colours of the theme, and again when the theme changes. The
// library is thirty times a page: it comes when somebody reaches for a chart, which stands as a drawing before that.
(function () {
  var library = null;
  function bring(holder) {
    library = library || new Promise(function (done, failed) {
      var script = document.createElement("script");
      script.src = holder.dataset.library;
      script.addEventListener("load", done);
      script.addEventListener("error", failed);
      document.head.append(script);
    }).catch(function () { library = null; });  // Asked for again with the next touch.
    return library;
  }
  var tokens = ["data", "band", "noise", "better", "worse", "accent", "ink", "ink-2", "ink-3", "surface", "grid", "line-strong"];
  function palette() {
    var style = getComputedStyle(document.documentElement), found = {};
    tokens.forEach(function (name) { found["token:" + name] = style.getPropertyValue("--cp-" + name).trim(); });
    found.font = style.getPropertyValue("--cp-font").trim();
    return found;
  }
  function painted(value, colours) {
    if (typeof value === "string") { return Object.prototype.hasOwnProperty.call(colours, value) ? colours[value] : value; }
    if (Array.isArray(value)) { return value.map(function (item) { return painted(item, colours); }); }
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(function (pair) { return [pair[0], painted(pair[1], colours)]; }));
    }
    return value;
  }
  function draw(holder) {
    var spec = JSON.parse(document.getElementById(holder.dataset.chart).textContent), c = palette();
    var layout = {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", showlegend: false, hovermode: "x unified", height: 360,
      font: { family: c.font, size: 13, color: c["token:ink-2"] }, margin: { l: 44, r: 24, t: 16, b: 48 },
      xaxis: { showgrid: false, tickformat: "%-d %b\n%Y", hoverformat: "%-d %b %Y", linecolor: c["token:line-strong"], ticks: "outside", ticklen: 4 },
      yaxis: Object.assign({ gridcolor: c["token:grid"], zeroline: false, nticks: 5, automargin: true }, spec.layout.yaxis),
      hoverlabel: { bgcolor: c["token:surface"], bordercolor: c["token:line-strong"], font: { color: c["token:ink"] } }
    };
    layout.shapes = painted(spec.layout.shapes || [], c);
    window.Plotly.react(holder, painted(spec.data, c), layout, { displayModeBar: false, responsive: true });
  }
  // A chart inside closed details has no width yet: it is drawn when they open.
  function isShown(holder) { var details = holder.closest("details"); return !details || details.open; }
  // What a reader, also one who hears the page, is told while the library is on its way or when it did not come.
  function say(holder, words) {
    var note = document.getElementById(holder.dataset.note);
    if (note && note.textContent !== words) { note.textContent = words; }
  }
  function show(holder) {
    if (isShown(holder) && !window.Plotly) { say(holder, holder.dataset.waiting); }
    bring(holder).then(function () {
      if (!isShown(holder)) { return; }
      say(holder, window.Plotly ? "" : holder.dataset.missing);
      if (window.Plotly) { draw(holder); }
    });
  }
  function drawAll() { Array.from(document.querySelectorAll("[data-chart]")).filter(isShown).forEach(show); }
  document.addEventListener("DOMContentLoaded", drawAll);
  document.addEventListener("cp:theme", drawAll);
  document.addEventListener("toggle", function (event) {
    if (event.target.open) { event.target.querySelectorAll("[data-chart]").forEach(show); }
  }, true);
  ["pointerover", "focusin"].forEach(function (touch) {
    document.addEventListener(touch, function (event) {
      var details = event.target.closest("details"), holder = details && details.querySelector("[data-chart]");
      if (holder) { bring(holder); }
    });
  });
}());
