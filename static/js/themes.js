// The comment reader: keys and dragging. Everything it does can be done with the forms of the page.
(function () {
  function comments() { return Array.from(document.querySelectorAll("[data-reader] [data-comment]")); }
  function present() { return document.activeElement && document.activeElement.closest("[data-reader] [data-comment], [data-reader] [data-settled]"); }
  function go(comment) {
    if (!comment) { return; }
    document.querySelectorAll("[data-reader] .is-current").forEach(function (old) { old.classList.remove("is-current"); });
    comment.classList.add("is-current");
    comment.tabIndex = -1;
    comment.focus({ preventScroll: true });
    comment.scrollIntoView({ block: "nearest" });
  }
  function step(from, back) {
    var all = Array.from(document.querySelectorAll("[data-reader] [data-comment], [data-reader] [data-settled]"));
    if (back) { all.reverse(); }
    go(all.slice(all.indexOf(from) + 1).find(function (one) { return one.matches("[data-comment]"); }));
  }
  // Single letters act only while a comment has the focus, and never while somebody types or chooses.
  document.addEventListener("keydown", function (event) {
    var here = present();
    if (!here || event.ctrlKey || event.metaKey || event.altKey) { return; }
    if (event.target.matches('[data-key="m"]')) {
      if (event.key === "Enter" && event.target.value) { event.preventDefault(); event.target.parentElement.querySelector("button").click(); }
      if (event.key === "Escape") { go(here); }
    }
    if (event.target.matches("input, select, textarea")) { return; }
    if (event.key === "j") { event.preventDefault(); step(here, false); return; }
    if (event.key === "k") { event.preventDefault(); step(here, true); return; }
    var control = here.querySelector('[data-key="' + (/^[cxm]$/.test(event.key) ? event.key : "-") + '"]');
    if (!control) { return; }
    event.preventDefault();
    if (control.matches("select")) { control.focus(); } else { control.click(); }
  });
  // What was said of a comment takes its place; the next one is read.
  document.addEventListener("htmx:afterSettle", function (event) {
    var settled = event.target.closest ? event.target.closest("[data-settled]") : null;
    var done = settled || document.getElementById(event.detail.target && event.detail.target.id);
    if (done && done.matches("[data-settled]")) { step(done, false); }
  });
  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-reader-start]")) { go(comments()[0]); }
  });
  // A comment may be dragged onto a theme of the tree.
  function prepare() {
    if (!document.querySelector("[data-drop]")) { return; }
    comments().forEach(function (comment) { comment.draggable = true; });
  }
  document.addEventListener("dragstart", function (event) {
    var comment = event.target.closest && event.target.closest("[data-comment]");
    if (comment) { event.dataTransfer.setData("text/plain", comment.id); event.dataTransfer.effectAllowed = "move"; }
  });
  function place(event) { return event.target.closest && event.target.closest("[data-drop]"); }
  document.addEventListener("dragover", function (event) {
    if (place(event)) { event.preventDefault(); place(event).classList.add("is-target"); }
  });
  document.addEventListener("dragleave", function (event) { if (place(event)) { place(event).classList.remove("is-target"); } });
  document.addEventListener("drop", function (event) {
    var theme = place(event), comment = document.getElementById(event.dataTransfer.getData("text/plain"));
    if (!theme || !comment) { return; }
    event.preventDefault();
    theme.classList.remove("is-target");
    window.htmx.ajax("POST", comment.dataset.move || comment.dataset.add, {
      values: { to: theme.dataset.drop }, target: "#" + comment.id, swap: "outerHTML"
    });
  });
  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-reader-start]").forEach(function (button) { button.hidden = !comments().length; });
    document.querySelectorAll("[data-drops]").forEach(function (panel) { panel.hidden = !comments().length; });
    prepare();
  });
}());
