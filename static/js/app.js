// Small enhancements; every page works without them.
document.addEventListener("click", function (event) {
  var theme = event.target.closest("[data-theme-toggle]");
  if (theme) {
    var next = document.documentElement.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    document.documentElement.setAttribute("data-bs-theme", next);
    try { localStorage.setItem("cp-theme", next); } catch (e) { /* storage is off */ }
    document.dispatchEvent(new CustomEvent("cp:theme"));
  }
  document.querySelectorAll("details.cp-menu[open]").forEach(function (menu) {
    if (!menu.contains(event.target)) { menu.removeAttribute("open"); }
  });
});
// Escape closes the account menu and gives the focus back to its button.
document.addEventListener("keydown", function (event) {
  var menu = document.querySelector("details.cp-menu[open]");
  if (event.key === "Escape" && menu) { menu.removeAttribute("open"); menu.querySelector("summary").focus(); }
});
// n opens the log form, / goes to the search; ignored while typing.
document.addEventListener("keydown", function (event) {
  if (event.target.matches("input, textarea, select, [contenteditable]") || event.ctrlKey || event.metaKey || event.altKey) { return; }
  if (event.key === "/") {
    var search = document.querySelector("[data-key-search]");
    if (search && search.offsetParent) { event.preventDefault(); search.focus(); }
  }
  if (event.key === "n") {
    var field = document.querySelector("[data-key-n]"), link = document.querySelector("[data-key-log]");
    if (field) { event.preventDefault(); field.focus(); } else if (link) { event.preventDefault(); link.click(); }
  }
});
// An invalid form comes back with a summary; the focus goes there, or to the field where there is no summary.
document.addEventListener("DOMContentLoaded", function () {
  var summary = document.querySelector("[data-error-summary]") || document.querySelector(".is-invalid");
  if (summary) { summary.focus(); }
});
// A form that is being sent does not take a second press; the server would notice it as well.
document.addEventListener("submit", function (event) {
  var form = event.target;
  if (form.method !== "post" || event.defaultPrevented) { return; }
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  setTimeout(function () { delete form.dataset.sent; }, 4000);
});
// The progress of a job is asked for until the job has ended; then the whole page is.
(function follow() {
  var part = document.querySelector("[data-follow]");
  if (!part) { return; }
  setTimeout(function () {
    fetch(part.dataset.follow).then(function (answer) {
      // The session has ended: the page asks for the sign-in, not its part.
      if (answer.redirected) { location.reload(); }
      return answer.ok && !answer.redirected ? answer.text() : Promise.reject(answer);
    }).then(function (progress) {
      part.outerHTML = progress;
      if (document.querySelector("[data-follow]")) { follow(); } else { location.reload(); }
    }).catch(follow);
  }, 2000);
}());
// htmx weighs as much as a page, so it comes with the first touch; until it is there, forms and links work as they
// stand, and what was typed meanwhile counts as typed now.
(function () {
  var source = document.querySelector("meta[name=cp-htmx]"), touches = ["pointerover", "focusin", "keydown", "input"];
  if (!source) { return; }
  function bring() {
    touches.forEach(function (touch) { document.removeEventListener(touch, bring); });
    var script = document.createElement("script");
    script.src = source.content;
    script.addEventListener("load", function () {
      var field = document.activeElement;
      if (field.value && field.value !== field.defaultValue) { field.dispatchEvent(new Event("input", { bubbles: true })); }
    });
    document.head.append(script);
  }
  window.addEventListener("load", function () {
    touches.forEach(function (touch) { document.addEventListener(touch, bring); });
  });
}());
// 422 and 409 answers to htmx carry the page to show.
document.addEventListener("htmx:beforeSwap", function (event) {
  if (event.detail.xhr.status === 422 || event.detail.xhr.status === 409) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});
// A select that filters sends its form at once.
document.addEventListener("change", function (event) {
  if (event.target.matches("[data-auto-submit] select")) { event.target.form.requestSubmit(); }
});
// One box chooses all rows of the page.
document.addEventListener("change", function (event) {
  var table = event.target.closest("table");
  if (!table) { return; }
  if (event.target.matches("thead .pick input")) {
    table.querySelectorAll("tbody .pick input").forEach(function (box) { box.checked = event.target.checked; });
  }
  if (event.target.matches(".pick input")) {
    var boxes = Array.from(table.querySelectorAll("tbody .pick input")), words = document.querySelector(".cp-bulk strong");
    boxes.forEach(function (box) { box.closest("tr").classList.toggle("is-picked", box.checked); });
    if (words) { words.textContent = boxes.filter(function (box) { return box.checked; }).length + " chosen"; }
  }
});
