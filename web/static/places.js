// A field with a list that opens while one types, and the places that are entered so. Without scripts the name is typed in full.
"use strict";

// `ask` returns the entries for what was typed; `choose` takes one, and may return others to choose from in its place.
// An eager field asks at Enter if its list is not open yet; the list is the element of the field's id with "-list".
function combo(input, ask, choose, eager = false) {
  const list = document.getElementById(`${input.id}-list`);
  let found = [], at = -1, asked = 0, wait = 0;
  const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" };
  for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
  const close = () => {
    asked++; // an answer that is still on its way comes too late
    clearTimeout(wait);
    found = [];
    at = -1;
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const mark = (next) => {
    at = next;
    [...list.children].forEach((row, k) => row.setAttribute("aria-selected", String(k === at)));
    input.setAttribute("aria-activedescendant", list.children[at].id);
    list.children[at].scrollIntoView({ block: "nearest" });
  };
  const open = (entries) => {
    if (!entries.length) return;
    found = entries;
    list.replaceChildren(...found.map((entry, k) => {
      const row = Object.assign(document.createElement("li"), { id: `${list.id}-${k}`, textContent: entry.label });
      row.setAttribute("role", "option");
      if (entry.hint) row.append(Object.assign(document.createElement("small"), { textContent: ` ${entry.hint}` }));
      row.addEventListener("click", () => take(entry));
      return row;
    }));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    mark(0);
  };
  const later = async (coming) => {
    const mine = ++asked;
    const entries = await Promise.resolve(coming).catch(() => null);
    if (mine !== asked || document.activeElement !== input) return;
    close();
    open(entries || []);
  };
  const take = (entry) => {
    close();
    const others = choose(entry);
    if (others) later(others);
  };
  input.addEventListener("input", () => {
    asked++;
    clearTimeout(wait);
    found = [];
    wait = setTimeout(() => later(ask(input.value)), 120);
  });
  input.addEventListener("keydown", async (event) => {
    if (event.isComposing) return; // Enter takes what an input method offers
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      clearTimeout(wait);
      if (found.length) mark((at + (event.key === "ArrowDown" ? 1 : found.length - 1)) % found.length);
      else later(ask(input.value));
    } else if (event.key === "Escape") close();
    else if (event.key === "Enter" && (found.length || eager)) {
      event.preventDefault();
      event.stopPropagation();
      clearTimeout(wait);
      if (!found.length) await later(ask(input.value));
      if (found.length) take(found[at]);
    }
  });
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  input.addEventListener("blur", close);
  const early = document.activeElement === input && input.value !== input.defaultValue; // typed before this script came
  if (early) wait = setTimeout(() => later(ask(input.value)), 120);
}

const placesLike = async (field, query) => {
  const answer = await fetch(`${field.dataset.places}?${new URLSearchParams(query)}`);
  if (!answer.ok) return [];
  return (await answer.json()).map((place) => (place.kind === "town" ? { ...place, hint: field.dataset.town } : place));
};

for (const field of document.querySelectorAll("input[data-places]")) {
  combo(field, (text) => (text.trim() ? placesLike(field, { q: text.trim() }) : []), (place) => {
    field.value = place.label;
    if (place.kind === "town") return placesLike(field, { town: place.label });
    field.dispatchEvent(new CustomEvent("placed", { detail: place, bubbles: true }));
    return null;
  }, "eager" in field.dataset);
}
for (const button of document.querySelectorAll("button[data-print]")) button.addEventListener("click", () => window.print());
