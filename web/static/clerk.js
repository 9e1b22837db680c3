// The counter's page: keys, two lists that open while one types, windows, and a window kept while the caller decides.
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

  // -- lists that open while one types --------------------------------------------------------------------
  const combo = (input, address, read, choose) => {
    const list = byId(input.getAttribute("aria-controls"));
    let found = [], at = -1, asked = 0, wait = 0;
    const close = () => {
      list.hidden = true;
      at = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    };
    const mark = (next) => {
      at = next;
      [...list.children].forEach((row, k) => row.setAttribute("aria-selected", String(k === at)));
      if (at >= 0) input.setAttribute("aria-activedescendant", list.children[at].id);
    };
    const take = (entry) => {
      choose(entry);
      asked++;
      clearTimeout(wait);
      found = [];
      close();
    };
    const ask = async () => {
      const query = read(input.value), mine = ++asked;
      if (!query) return close();
      const answer = await fetch(`${address}?q=${encodeURIComponent(query)}`);
      if (!answer.ok || mine !== asked) return;
      found = await answer.json();
      list.replaceChildren(...found.map((entry, k) => {
        const row = make("li", { id: `${list.id}-${k}`, textContent: entry.label });
        row.setAttribute("role", "option");
        if (entry.hint) row.append(make("small", { textContent: ` ${entry.hint}` }));
        row.addEventListener("mousedown", (event) => {
          event.preventDefault();
          take(entry);
        });
        return row;
      }));
      list.hidden = !found.length;
      input.setAttribute("aria-expanded", String(found.length > 0));
      if (found.length) mark(0);
    };
    let asking = Promise.resolve();
    input.addEventListener("input", () => {
      found = [];
      asked++; // an answer to fewer letters comes too late
      clearTimeout(wait);
      wait = setTimeout(() => (asking = ask().catch(close)), 120);
    });
    input.addEventListener("keydown", async (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (!found.length) return;
        event.preventDefault();
        mark((at + (event.key === "ArrowDown" ? 1 : found.length - 1)) % found.length);
      } else if (event.key === "Escape") close();
      else if (event.key === "Enter") {
        event.preventDefault();
        if (!found.length && read(input.value)) {
          clearTimeout(wait);
          await (asking = ask().catch(close));
        }
        if (found.length) take(found[Math.max(0, at)]);
      }
    });
    input.addEventListener("blur", close);
  };

  if (form) {
    const things = byId("things"), thing = byId("thing");
    const number = (text) => text.match(/^(.*?)(?:\s+|[*×x])\s*(\d{1,2})$/);
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
        make("button", { type: "button", className: "quiet remove", textContent: "×", ariaLabel: `${form.dataset.remove} ${entry.label}` }),
      );
      things.append(line);
    };
    combo(thing, form.dataset.things, (text) => (number(text.trim()) || [0, text.trim()])[1], (entry) => {
      const typed = number(thing.value.trim());
      row(entry, typed ? Math.max(1, Number(typed[2])) : 1);
      thing.value = "";
      loadWindows(false);
    });
    things.addEventListener("click", (event) => {
      if (!event.target.closest(".remove")) return;
      event.target.closest("li").remove();
      thing.focus();
    });
    const community = byId("community");
    const unplace = () => (byId("lon").value = byId("lat").value = "");
    community.addEventListener("input", unplace);
    combo(community, form.dataset.places, (text) => text.trim(), (entry) => {
      community.value = entry.label;
      unplace();
      byId("address").focus();
      loadWindows(false);
    });
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
      if (name.startsWith("item-") || ["community", "lon", "lat", "floor", "lift", "standing"].includes(name)) data.append(name, value);
    }
    return data;
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
    const answer = await fetch(`${form.dataset.windows}?${data}`, { headers: { Accept: "application/json" } }).catch(() => null);
    const found = answer ? await answer.json().catch(() => null) : null;
    if (mine !== asked) return;
    if (!answer?.ok || !found) {
      said.textContent = found?.errors?.[0]?.text || form.dataset.failed;
      return;
    }
    said.textContent = found.length ? "" : form.dataset.none;
    box.replaceChildren(...found.map((one, k) => {
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
