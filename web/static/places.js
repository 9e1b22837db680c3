// Fields that name a community suggest what was typed; without scripts the name is typed in full.
"use strict";

for (const field of document.querySelectorAll("input[data-places][list]")) {
  let waiting = 0;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const answer = await fetch(`${field.dataset.places}?q=${encodeURIComponent(field.value)}`);
      if (!answer.ok) return;
      const options = (await answer.json()).map((place) => Object.assign(document.createElement("option"), { value: place.label }));
      field.list.replaceChildren(...options);
    }, 150);
  });
}
for (const button of document.querySelectorAll("button[data-print]")) button.addEventListener("click", () => window.print());
