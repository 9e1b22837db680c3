// The counter's page: keys, things and place, windows, and a window kept while the caller decides.
"use strict";
{
  const form = document.getElementById("counter");
  const byId = (id) => document.getElementById(id);
  const make = (tag, values) => Object.assign(document.createElement(tag), values);

  // -- keys ---------------------------------------------------------------------------------------------
  const keys = {
    F2: () => (byId("next") ? byId("next").click() : byId("who")?.select()),
    F3: () => byId("thing")?.focus(),
    F4: () => (form?.querySelector(".saved button") || byId("community"))?.focus(),
    F6: () => (byId("windows") ? loadWindows(true) : byId("window")?.focus()),
    F7: () => byId("contact")?.focus(),
    F8: () => form?.requestSubmit(),
    F9: () => byId("print")?.click(),
  };
  addEventListener("keydown", (event) => {
    const deed = keys[event.key];
    if (!deed || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    deed();
  });
  byId("print")?.addEventListener("click", () => print());
  document.querySelector(".faults")?.focus();
  document.querySelector(".say[autofocus]")?.focus();

  if (form) {
    const things = byId("things"), thing = byId("thing");
    const number = (text) => text.match(/^(.*?)(?:\s+|[*×x])\s*(\d{1,2})$/);
    const apart = (entry) => {
      const label = make("label", { className: "apart" });
      label.append(make("input", { type: "checkbox", name: `apart-${entry.value}`, value: "yes" }), ` ${form.dataset.apart}`);
      return label;
    };
    const row = (entry, pieces) => {
      const there = byId(`item-${entry.value}`);
      if (there) {
        there.value = Number(there.value) + pieces;
        return;
      }
      const line = make("li", {});
      const id = `item-${entry.value}`;
      line.append(
        make("label", { htmlFor: id, textContent: entry.label }), " ",
        make("input", { id, name: id, className: "form-control", inputMode: "numeric", value: pieces }), " ",
        ...(entry.apart ? [apart(entry), " "] : []),
        ...(entry.photo ? [make("small", { className: "photo", textContent: form.dataset.photo }), " "] : []),
        make("button", { type: "button", className: "quiet remove", textContent: "×", ariaLabel: `${form.dataset.remove} ${entry.label}` }),
      );
      things.append(line);
    };
    const wanted = (text) => (number(text.trim()) || [0, text.trim()])[1];
    const thingsLike = async (text) => {
      const answer = await fetch(`${form.dataset.things}?q=${encodeURIComponent(text)}`);
      return answer.ok ? answer.json() : [];
    };
    combo(thing, (text) => (wanted(text) ? thingsLike(wanted(text)) : []), (entry) => {
      const typed = number(thing.value.trim());
      row(entry, typed ? Math.max(1, Number(typed[2])) : 1);
      thing.value = "";
      loadWindows(false);
    }, true);
    things.addEventListener("click", (event) => {
      if (!event.target.closest(".remove")) return;
      event.target.closest("li").remove();
      thing.focus();
      loadWindows(false);
    });
    things.addEventListener("change", () => loadWindows(false));
    const community = byId("community");
    const unplace = () => (byId("lon").value = byId("lat").value = "");
    community.addEventListener("input", unplace);
    community.addEventListener("placed", () => {
      unplace();
      byId("address").focus();
      loadWindows(false);
    });
    for (const choice of form.querySelectorAll('[name="community_choice"]')) choice.addEventListener("change", () => loadWindows(false));
    for (const button of form.querySelectorAll(".saved button")) {
      button.addEventListener("click", () => {
        for (const name of ["community", "address", "floor", "lon", "lat"]) byId(name).value = button.dataset[name];
        byId("lift").checked = button.dataset.lift === "yes";
        loadWindows(true);
      });
    }
    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.tagName === "INPUT") event.preventDefault(); // F8 books, nothing else
    });
    let sent = false;
    form.addEventListener("submit", (event) => {
      if (sent) event.preventDefault();
      sent = true;
    });
    addEventListener("pageshow", () => (sent = false));
  }

  // -- windows --------------------------------------------------------------------------------------------
  const entered = () => {
    const data = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (/^(item|apart)-/.test(name) || ["community", "community_choice", "lon", "lat", "floor", "lift", "standing", "height_limit", "scene"].includes(name)) data.append(name, value);
    }
    return data;
  };
  const list = (id, kind, title, texts) => {
    const whole = make(kind, {});
    whole.append(...texts.map((textContent) => make("li", { textContent })));
    byId(id).replaceChildren(...(texts.length ? [make("p", { textContent: title }), whole] : []));
    byId(id).hidden = !texts.length;
  };
  let asked = 0, early = ""; // the digit of a window that has not come yet
  async function loadWindows(focus) {
    if (!byId("windows")) return;
    const box = byId("windows").querySelector("div"), said = byId("kept");
    const data = entered();
    if (![...data.keys()].some((name) => name.startsWith("item-")) || !(data.get("community") || data.get("lon"))) {
      if (focus) said.textContent = form.dataset.first;
      return;
    }
    const mine = ++asked;
    early = "";
    if (focus) byId("windows").focus(); // a digit that is quicker than the windows must not go into another field
    const answer = await fetch(`${form.dataset.windows}?${data}&key=${encodeURIComponent(form.elements.key.value)}`, { headers: { Accept: "application/json" } }).catch(() => null);
    const found = answer ? await answer.json().catch(() => null) : null;
    if (mine !== asked) return;
    if (!answer?.ok || !found) {
      said.textContent = found?.errors?.[0]?.text || form.dataset.failed;
      return;
    }
    said.textContent = found.windows.length ? "" : found.none || form.dataset.none;
    list("visits", "ol", form.dataset.visits.replace("{count}", found.visits.length), found.visits);
    list("rounds", "ul", form.dataset.rounds, found.rounds.map((round) => round.text));
    list("calls", "ul", form.dataset.calls, found.calls.map((call) => Object.entries(call).reduce((text, [name, value]) => text.replace(`{${name}}`, value), call.here ? form.dataset.callHere : form.dataset.call)));
    box.replaceChildren(...found.windows.map((one, k) => {
      const label = make("label", { className: "pill" });
      const radio = make("input", { type: "radio", name: "slot", value: one.value, checked: one.value === byId("windows").dataset.chosen });
      const text = make("span", { textContent: `${k + 1}. ${one.label}` });
      if (one.near) text.append(make("small", { className: "green", textContent: one.greenest ? form.dataset.greenest : form.dataset.near }));
      if (one.points) text.append(make("small", { className: "green", textContent: form.dataset.points.replace("{points}", one.points) }));
      radio.addEventListener("change", () => keep(one.value));
      label.append(radio, text);
      return label;
    }));
    if (early) pick(early);
    else if (focus && document.activeElement === byId("windows")) (box.querySelector("input:checked") || box.querySelector("input"))?.focus();
  }
  const pick = (digit) => {
    const radio = byId("windows").querySelectorAll("input")[digit - 1];
    radio?.focus();
    radio?.click();
  };
  async function keep(value) {
    byId("windows").dataset.chosen = value;
    const data = entered(), [day, span] = value.split(" ");
    for (const [name, text] of Object.entries({ day, window: span, key: form.elements.key.value, csrf_token: form.elements.csrf_token.value })) data.append(name, text);
    const answer = await fetch(form.dataset.holds, { method: "POST", body: data, headers: { Accept: "application/json" } }).catch(() => null);
    const said = answer ? await answer.json().catch(() => ({})) : {};
    byId("kept").textContent = answer?.ok ? form.dataset.kept.replace("{until}", said.until) : said.errors?.[0]?.text || form.dataset.failed;
  }
  if (byId("windows")) {
    byId("windows").addEventListener("keydown", (event) => {
      if (!/^[1-9]$/.test(event.key)) return;
      if (event.target.id === "windows") early = event.key;
      else pick(event.key);
    });
    loadWindows(false);
  }
}
