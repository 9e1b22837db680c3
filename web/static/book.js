// The booking form in four steps, with sums, places and the map. Without scripts it is one long form that works too.
"use strict";
{
  const form = document.getElementById("booking");
  const steps = [...form.querySelectorAll(".step")];
  const marks = [...document.querySelectorAll(".steps li")];
  const back = form.querySelector(".back");
  const next = form.querySelector(".next");
  const send = form.querySelector(".send");
  const nextTexts = next.dataset.texts.split("|");
  let now = Number(form.dataset.step);

  const show = (step, move) => {
    now = step;
    steps.forEach((section, k) => (section.hidden = k + 1 !== step));
    marks.forEach((mark, k) => {
      mark.classList.toggle("here", k + 1 === step);
      mark.classList.toggle("done", k + 1 < step);
      if (k + 1 === step) mark.setAttribute("aria-current", "step");
      else mark.removeAttribute("aria-current");
    });
    back.hidden = step === 1;
    next.hidden = step === steps.length;
    send.hidden = step !== steps.length;
    next.textContent = nextTexts[step - 1] || "";
    if (step === 2) door.start();
    if (step === 3) loadWindows();
    else if (move && kept) renew();
    if (move) {
      steps[step - 1].querySelector("h2").focus();
      scrollTo(0, 0);
    }
  };
  // What this step still lacks: the sentence that asks for it, and the field that takes it.
  const lacking = () => {
    const fields = form.elements;
    if (now === 1 && !sum.classList.contains("some")) return [sum.dataset.things, form.querySelector(".goods input")];
    if (now === 2 && !community.value.trim() && !lon.value) return [sum.dataset.community, community];
    if (now === 2 && !fields.address.value.trim()) return [sum.dataset.address, fields.address];
    if (now === 3 && byHand.hidden && !chosen) return [offers.dataset.choose, null];
    return null;
  };
  const forward = () => {
    const lack = lacking();
    if (!lack) {
      say("");
      show(now + 1, true);
      return;
    }
    say(lack[0]);
    lack[1]?.focus();
  };
  next.addEventListener("click", forward);
  back.addEventListener("click", () => show(now - 1, true));
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing && event.target.tagName === "INPUT" && now < steps.length) {
      event.preventDefault();
      forward();
    }
  });
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
    send.setAttribute("aria-disabled", "true");
  });
  addEventListener("pageshow", () => {
    sent = false;
    send.removeAttribute("aria-disabled");
  });

  // -- what ---------------------------------------------------------------------------------------------
  const sum = document.getElementById("sum");
  const said = document.getElementById("lack");
  const say = (text) => (said.textContent = text);
  const amount = (fen) => (fen % 100 ? (fen / 100).toFixed(2) : `${fen / 100}`);
  const yuan = (low, high) => (low === high ? amount(low) : `${amount(low)}–${amount(high)}`);
  const total = () => {
    let pieces = 0, kg = 0, low = 0, high = 0;
    for (const item of form.querySelectorAll(".goods li")) {
      const count = Math.min(99, Math.max(0, Math.trunc(Number(item.querySelector("input").value)) || 0));
      item.classList.toggle("taken", count > 0);
      pieces += count;
      kg += count * Number(item.dataset.kg);
      if (count) {
        const least = Number(item.dataset.least);
        const line = [count * Number(item.dataset.low), count * Number(item.dataset.high)];
        const [first, last] = line.map((fen) => (line[0] < 0 ? Math.min(fen, -least) : Math.max(fen, least)));
        low += first;
        high += last;
      }
    }
    sum.classList.toggle("some", pieces > 0);
    if (pieces && now === 1) say("");
    if (!pieces) {
      sum.textContent = sum.dataset.none;
      return;
    }
    let price = sum.dataset.both.replace("{low}", amount(-low)).replace("{high}", amount(high));
    if (low === 0 && high === 0) price = sum.dataset.free;
    else if (low >= 0) price = sum.dataset.get.replace("{range}", yuan(low, high));
    else if (high <= 0) price = sum.dataset.pay.replace("{range}", yuan(-high, -low));
    sum.textContent = (pieces === 1 ? sum.dataset.one : sum.dataset.text).replace("{pieces}", pieces).replace("{kg}", kg).replace("{price}", price.replaceAll("¥ ", "¥\u00a0"));
  };
  form.addEventListener("click", (event) => {
    const button = event.target.closest(".stepper button");
    if (!button) return;
    const input = button.parentElement.querySelector("input");
    const step = button.classList.contains("more") ? 1 : -1;
    input.value = Math.min(99, Math.max(0, (Math.trunc(Number(input.value)) || 0) + step));
    total();
  });
  form.addEventListener("input", total);

  // -- where --------------------------------------------------------------------------------------------
  const community = document.getElementById("community");
  const lon = document.getElementById("lon");
  const door = doorMap(() => say(""));

  form.addEventListener("click", (event) => {
    const before = event.target.closest(".saved button");
    if (!before) return;
    const { community: name, address, floor, lift, lon: x, lat: y } = before.dataset;
    const fields = form.elements;
    community.value = name;
    fields.address.value = address;
    fields.floor.value = floor;
    fields.lift.checked = lift === "yes";
    door.at(x, y);
    say("");
  });

  // -- when ---------------------------------------------------------------------------------------------
  // Windows that can be kept are asked for the things and the place entered; the one that is chosen is kept for this form.
  const offers = document.getElementById("offers");
  const byHand = form.querySelector(".by-hand");
  const daySelect = document.getElementById("day");
  const DAYS_SHOWN = 4;
  let kept = null;
  let chosen = false;
  let shownFor = "";

  const entered = () => {
    const data = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      const item = name.startsWith("item-");
      if ((item && Number(value)) || name.startsWith("apart-") || ["community", "community_choice", "lon", "lat", "floor", "lift", "standing", "height_limit", "scene"].includes(name)) data.append(name, value);
    }
    return data;
  };
  const line = (text, cls) => Object.assign(document.createElement("p"), { textContent: text, className: cls || "hint" });
  const sayKept = (text) => (document.getElementById("kept").textContent = text);
  const sayUntil = (said) => sayKept((said.last ? offers.dataset.keptLast : offers.dataset.kept).replace("{until}", said.until));
  const handChoice = (day, span) => {
    daySelect.value = day;
    for (const radio of form.querySelectorAll('.by-hand input[name="window"]')) radio.checked = radio.value === span;
  };
  const post = async (address, data) => {
    const answer = await fetch(address, { method: "POST", body: data, headers: { Accept: "application/json" } });
    const said = await answer.json();
    if (!answer.ok) {
      const { text, code } = (said.errors || [{}])[0];
      throw Object.assign(new Error(text || offers.dataset.failed), { code });
    }
    return said;
  };
  const secured = (data) => {
    data.append("csrf_token", form.elements.csrf_token.value);
    data.append("key", form.elements.key.value);
    return data;
  };
  const asBooking = () => {
    form.action = form.dataset.book;
    form.querySelector('input[name="deed"]')?.remove();
    send.textContent = send.dataset.book;
  };
  const choose = async (day, span) => {
    handChoice(day, span);
    asBooking();
    chosen = true;
    say("");
    const data = secured(entered());
    data.append("day", day);
    data.append("window", span);
    try {
      const said = await post(offers.dataset.holds, data);
      kept = `${day} ${span}`;
      sayUntil(said);
    } catch (error) {
      kept = null;
      if (error.code !== "too-many-kept") { // that one can be booked all the same
        chosen = false;
        shownFor = "";
      }
      sayKept(error instanceof SyntaxError || error instanceof TypeError ? offers.dataset.failed : error.message);
    }
  };
  // What is kept no longer is kept anew if it is still free; if not, that is said and all entries stay.
  const renew = () => post(offers.dataset.renew, secured(new URLSearchParams()))
    .then(sayUntil)
    .catch(() => kept && choose(...kept.split(" ")));

  const pill = (window, day) => {
    const label = document.createElement("label");
    label.className = "pill";
    const radio = Object.assign(document.createElement("input"), { type: "radio", name: "offer", value: `${day} ${window.window}` });
    radio.checked = kept === radio.value;
    radio.addEventListener("change", () => choose(day, window.window));
    const text = Object.assign(document.createElement("span"), { textContent: window.label });
    if (window.near) {
      text.append(Object.assign(document.createElement("small"), { className: "green", textContent: window.greenest ? offers.dataset.greenest : offers.dataset.near }));
    }
    if (window.points) text.append(Object.assign(document.createElement("small"), { className: "green", textContent: offers.dataset.points.replace("{points}", window.points) }));
    label.append(radio, text);
    return label;
  };
  const draw = (found) => {
    const parts = found.days.map((day, number) => {
      const group = Object.assign(document.createElement("fieldset"), { className: "windows", hidden: number >= DAYS_SHOWN });
      group.append(Object.assign(document.createElement("legend"), { textContent: day.label }), ...day.windows.map((w) => pill(w, day.day)));
      return group;
    });
    if (found.days.length > DAYS_SHOWN) {
      const more = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-link", textContent: offers.dataset.more });
      more.addEventListener("click", () => {
        parts.forEach((part) => (part.hidden = false));
        more.remove();
      });
      parts.push(more);
    }
    if (!found.days.length) parts.push(line(found.none || offers.dataset.none, "lead"));
    if (found.calls.length) parts.push(line(offers.dataset.calls));
    for (const call of found.calls) {
      parts.push(line(["community", "day", "hours", "metres"].reduce((text, name) => text.replace(`{${name}}`, call[name]), call.here ? offers.dataset.callHere : offers.dataset.call)));
    }
    for (const round of found.rounds) parts.push(line(round.text));
    document.getElementById("wait-round").hidden = !found.rounds.length;
    if (found.visits.length) {
      const list = Object.assign(document.createElement("ol"), { className: "visits" });
      list.append(...found.visits.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
      parts.unshift(line(offers.dataset.visits.replace("{count}", found.visits.length), "lead"), list);
    }
    offers.replaceChildren(...parts);
    byHand.hidden = true;
  };
  function loadWindows() {
    const asked = entered().toString();
    if (asked === shownFor) return;
    const known = new URLSearchParams(asked);
    if (![...known.keys()].some((name) => name.startsWith("item-")) || !(known.get("community") || known.get("lon"))) {
      offers.replaceChildren(line(offers.dataset.first));
      return;
    }
    offers.replaceChildren(line(offers.dataset.loading));
    fetch(`${offers.dataset.windows}?${asked}&key=${encodeURIComponent(form.elements.key.value)}`, { headers: { Accept: "application/json" } })
      .then(async (answer) => {
        const said = await answer.json();
        if (!answer.ok) throw new Error((said.errors || [{}])[0].text || offers.dataset.failed);
        shownFor = asked;
        chosen = said.days.some((day) => day.windows.some((w) => kept === `${day.day} ${w.window}`));
        draw(said);
      })
      .catch((error) => {
        offers.replaceChildren(line(error instanceof SyntaxError || error instanceof TypeError ? offers.dataset.failed : error.message, "fault"));
        byHand.hidden = false;
      });
  }

  // -- nothing suits: the last step sends the form to the waiting list, or asks for a call ----------------
  for (const way of form.querySelectorAll(".ways button")) {
    way.addEventListener("click", (event) => {
      event.preventDefault();
      form.action = way.formAction;
      form.querySelector('input[name="deed"]')?.remove();
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "deed", value: way.value }));
      send.textContent = { wait: send.dataset.wait, "call-back": send.dataset.callBack, round: send.dataset.round }[way.value];
      show(4, true);
    });
  }

  total();
  show(now, false);
  const faults = document.querySelector(".faults");
  if (faults) faults.focus();
}
