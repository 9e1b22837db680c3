// A contract's form: the parts of the rule that its kind needs, and the next dates beside it while one changes it.
"use strict";
{
  const form = document.getElementById("counter"), preview = document.getElementById("preview");
  const every = document.getElementById("every");
  const names = ["every", "weekday", "nth", "nth_weekday", "month_day", "first_day", "last_day", "on_holiday"];
  const kind = () => (["nth", "day"].includes(every.value) ? every.value : "weeks");
  const arrange = () => form.querySelectorAll("[data-of]").forEach((part) => (part.hidden = part.dataset.of !== kind()));
  let asked = 0, wait = 0;
  const show = async () => {
    const mine = ++asked, data = new URLSearchParams({ contract: form.dataset.contract });
    for (const [name, value] of new FormData(form)) if (names.includes(name)) data.append(name, value);
    const answer = await fetch(`${form.dataset.dates}?${data}`).catch(() => null);
    const text = answer?.ok ? await answer.text().catch(() => null) : null;
    if (mine !== asked) return;
    if (text === null) preview.textContent = form.dataset.failed;
    else preview.innerHTML = text;
  };
  form.addEventListener("input", (event) => {
    if (!names.includes(event.target.name)) return;
    arrange();
    clearTimeout(wait);
    wait = setTimeout(show, 200);
  });
  addEventListener("pageshow", () => {
    arrange();
    if (form.elements.first_day.value) show();
  });
}
