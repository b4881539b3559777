// The log form: Enter saves, suggestions fill in the fields, the draft stays on this device.
// Without this file the form works as a plain form; the server suggests from the words when it is saved.
(function () {
  "use strict";
  var LONG_NUMBER = /\d(?:[ .\-]{0,2}\d){7,}/g;

  function start(form) {
    var text = form.querySelector("[data-log-text]");
    var note = form.querySelector("[data-log-draft]");
    var key = "cp-log-draft-" + form.dataset.logUser;
    var touched = {};

    function field(name) {
      var hidden = form.querySelector("input[type=hidden][data-log-field=" + name + "]");
      return hidden || form.querySelector("select[name=" + name + "]");
    }
    function put(name, value) {
      var single = field(name);
      if (single) { single.value = value; return; }
      form.querySelectorAll("input[type=radio][name=" + name + "]").forEach(function (radio) { radio.checked = radio.value === value; });
    }
    function store(value) {
      try {
        if (value) { localStorage.setItem(key, value.replace(LONG_NUMBER, "\u2022\u2022\u2022\u2022")); } else { localStorage.removeItem(key); }
      } catch (error) { return; }
      var now = new Date();
      note.textContent = value ? "Draft kept on this device, " + now.toTimeString().slice(0, 5) + "." : "";
    }
    function restore() {
      var kept = null;
      try { kept = localStorage.getItem(key); } catch (error) { return; }
      if (kept && !text.value) {
        text.value = kept;
        text.setSelectionRange(kept.length, kept.length);
        note.textContent = "Your draft from this device.";
        text.dispatchEvent(new Event("input", { bubbles: true }));
      }
    }

    text.addEventListener("input", function () { store(text.value); });
    text.addEventListener("keydown", function (event) {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit(form.querySelector("button[type=submit]:not([name])"));
      }
    });
    form.addEventListener("change", function (event) { if (event.target.name) { touched[event.target.name] = true; } });
    form.addEventListener("submit", function (event) {
      if (!text.value.trim()) { event.preventDefault(); text.focus(); return; }
      store("");
    });

    // A pressed pill is what will be saved; pressing it out means "not this".
    function apply() {
      ["about", "strength"].forEach(function (name) {
        var pills = Array.from(form.querySelectorAll("[data-log-set=" + name + "]"));
        var pressed = pills.filter(function (pill) { return pill.getAttribute("aria-pressed") === "true"; })[0];
        if (touched[name]) { pills.forEach(function (pill) { pill.setAttribute("aria-pressed", String(pill.dataset.logValue === chosen[name])); }); return; }
        if (pressed) { put(name, pressed.dataset.logValue); } else { put(name, name === "about" ? "auto" : ""); }
      });
    }
    var chosen = {};
    form.addEventListener("click", function (event) {
      var pill = event.target.closest("[data-log-set]");
      if (!pill) { return; }
      var name = pill.dataset.logSet, on = pill.getAttribute("aria-pressed") !== "true";
      touched[name] = true;
      chosen[name] = on ? pill.dataset.logValue : "";
      form.querySelectorAll("[data-log-set=" + name + "]").forEach(function (other) { other.setAttribute("aria-pressed", String(on && other === pill)); });
      put(name, on ? pill.dataset.logValue : (name === "about" ? "nobody" : "none"));
    });
    form.addEventListener("htmx:afterSwap", apply);
    restore();
  }

  document.querySelectorAll("[data-log-form]").forEach(start);
}());
