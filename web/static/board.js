// The week board: a call is dragged to a cell, or chosen and then put there; what it comes to is asked at once.
"use strict";
{
  const form = document.getElementById("move");
  const answer = form.querySelector(".answer");
  const keep = form.querySelector('[value="keep"]');
  const field = (name) => form.elements[name];
  const frames = document.querySelectorAll(".board");
  const tabs = document.querySelectorAll("[data-show]");
  form.querySelector('[value="try"]').hidden = true;
  keep.disabled = !answer.querySelector("[data-can-be-kept]");

  const show = (day) => {
    for (const frame of frames) frame.hidden = frame.dataset.day !== day;
    for (const tab of tabs) {
      if (tab.dataset.show === day) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
  };

  // Several answers may be on their way; only the one to the last question counts.
  let asked = 0;
  const ask = async () => {
    keep.disabled = true;
    if (!field("community").value) return null;
    const number = ++asked;
    const query = new URLSearchParams();
    for (const name of ["community", "day", "to_day", "hour", "plate"]) query.set(name, field(name).value);
    let text;
    try {
      text = await (await fetch(`${form.dataset.answer}?${query}`, { headers: { Accept: "text/html" } })).text();
    } catch {
      text = null;
    }
    if (number !== asked || text === null) return null;
    answer.innerHTML = text;
    keep.disabled = !answer.querySelector("[data-can-be-kept]");
    return !keep.disabled;
  };

  const mark = () => {
    const code = field("community").value;
    for (const call of document.querySelectorAll(".call")) {
      const here = call.closest(".board").dataset.day === field("day").value;
      call.setAttribute("aria-pressed", String(here && call.dataset.community === code));
    }
  };

  const choose = (code, day) => {
    const option = [...field("community").options].find((o) => o.value === code && o.dataset.day === day);
    if (!option) return;
    option.selected = true;
    chosen(option);
  };

  const chosen = (option) => {
    field("day").value = option.dataset.day ?? "-1";
    if (option.dataset.hour) {
      field("to_day").value = option.dataset.day;
      field("hour").value = option.dataset.hour;
      field("plate").value = option.dataset.plate;
    }
    answer.textContent = "";
    keep.disabled = true;
    mark();
  };

  const put = (cell) => {
    field("to_day").value = cell.closest(".board").dataset.day;
    field("hour").value = cell.dataset.hour;
    field("plate").value = cell.dataset.plate;
    return ask();
  };

  field("community").addEventListener("change", (event) => chosen(event.target.selectedOptions[0]));
  for (const name of ["to_day", "hour", "plate"]) field(name).addEventListener("change", ask);
  for (const tab of tabs) {
    tab.addEventListener("click", (event) => {
      event.preventDefault();
      show(tab.dataset.show);
    });
    // A call that is dragged over a day's tab gets to that day.
    tab.addEventListener("dragenter", () => show(tab.dataset.show));
  }

  let over = null;
  const leave = () => over?.classList.remove("fits", "breaks");
  for (const call of document.querySelectorAll(".call")) {
    const day = call.closest(".board").dataset.day;
    call.addEventListener("click", (event) => {
      event.stopPropagation();
      choose(call.dataset.community, day);
    });
    call.addEventListener("dragstart", (event) => {
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", call.dataset.community);
      choose(call.dataset.community, day);
    });
    call.addEventListener("dragend", leave);
  }
  for (const cell of document.querySelectorAll(".board td")) {
    cell.addEventListener("dragenter", async (event) => {
      event.preventDefault();
      leave();
      over = cell;
      const fits = await put(cell);
      if (over === cell && fits !== null) cell.classList.add(fits ? "fits" : "breaks");
    });
    cell.addEventListener("dragover", (event) => event.preventDefault());
    cell.addEventListener("drop", (event) => {
      event.preventDefault();
      if (!keep.disabled) keep.focus();
    });
    cell.addEventListener("click", () => {
      if (field("community").value) put(cell);
    });
  }
  mark();
}
