// The planner's map: a change is sent at once, and the parts of the page that it changes come back.
"use strict";
(async () => {
  const [map] = window.siteMaps;
  const work = document.querySelector(".site-work");
  const frame = document.querySelector(".map-frame");
  const chosen = document.getElementById("chosen-point");
  const putting = document.getElementById("put-here");
  drawBase(map, frame.dataset.roads, frame.dataset.area);
  const part = (name, root = document) => root.querySelector(`[data-part="${name}"]`);
  const say = (text) => { chosen.textContent = text; };
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const points = await (await fetch(work.dataset.points)).json();
  let data = JSON.parse(part("map").textContent);

  // What the answer brings takes the place of what is there; what was open stays open, and the focus where it was.
  const take = (text) => {
    const answer = new DOMParser().parseFromString(text, "text/html");
    if (!part("map", answer)) return false;
    const focus = document.activeElement?.id;
    const open = [...document.querySelectorAll(".site-work details[open]")].map((one) => one.id);
    for (const name of ["said", "figures", "sites", "tables", "map", "version"]) {
      const here = part(name), there = part(name, answer);
      if (name === "said") here.replaceChildren(...there.childNodes);
      else if (here.innerHTML !== there.innerHTML) here.innerHTML = there.innerHTML;
    }
    for (const id of open) { const one = document.getElementById(id); if (one) one.open = true; }
    if (focus) document.getElementById(focus)?.focus();
    for (const field of document.querySelectorAll('input[name="version"]')) field.value = part("version").textContent;
    data = JSON.parse(part("map").textContent);
    board.draw(data);
    follow();
    return true;
  };

  let busy = Promise.resolve();
  const send = (form) => (busy = busy.then(async () => {
    form.set("version", part("version").textContent);
    work.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(work.dataset.change, { method: "POST", body: form, headers: { "X-Part": "1", Accept: "text/html" } });
      if (!take(await answer.text())) throw new Error(answer.status);
      return answer.ok;
    } catch {
      say(chosen.dataset.lost);
      board.draw(data);
      return false;
    } finally {
      work.removeAttribute("aria-busy");
    }
  }));
  const asked = (values) => {
    const form = new FormData();
    form.set("csrf_token", work.dataset.token);
    for (const [name, value] of Object.entries(values)) form.set(name, value);
    say(chosen.dataset.moving);
    return send(form).then((went) => say(went ? "" : (part("said").textContent.trim() || chosen.dataset.lost)));
  };

  const board = catchments(map, points, {
    words: (site) => fill(chosen.dataset.drag, site),
    moved: (site, to) => asked({ deed: "move", site: site.code, lon: to.lng.toFixed(6), lat: to.lat.toFixed(6) }),
  });

  // While ways are being found, the figures are asked for again and again.
  let waiting = 0;
  const follow = () => {
    const wait = document.querySelector("[data-waiting]");
    clearTimeout(waiting);
    if (wait) waiting = setTimeout(async () => {
      try {
        take(await (await fetch(wait.dataset.waiting, { headers: { Accept: "text/html" } })).text());
      } catch {
        follow();
      }
    }, 1500);
  };

  board.draw(data);
  drawMarkets(map, data.markets, data.sites);
  follow();

  const minutes = document.getElementById("by-minutes");
  minutes.addEventListener("click", () => {
    const on = minutes.getAttribute("aria-pressed") !== "true";
    minutes.setAttribute("aria-pressed", String(on));
    for (const legend of document.querySelectorAll(".site-map .legend")) legend.hidden = legend.dataset.by !== (on ? "minutes" : "site");
    board.byMinutes(on ? JSON.parse(minutes.dataset.bands) : null);
  });
  putting.addEventListener("click", () => {
    const on = putting.getAttribute("aria-pressed") !== "true";
    putting.setAttribute("aria-pressed", String(on));
    map.getContainer().classList.toggle("putting", on);
    say(on ? chosen.dataset.ask : "");
  });
  map.on("click", (event) => {
    if (putting.getAttribute("aria-pressed") === "true") {
      putting.click();
      asked({ deed: "put", lon: event.latlng.lng.toFixed(6), lat: event.latlng.lat.toFixed(6) });
      return;
    }
    const k = board.near(event.latlng);
    if (k < 0) return;
    const [minutes, site] = [data.minutes[k], data.of[k]];
    say(minutes < 0 ? `${points.names[k]}: ${chosen.dataset.none}` : fill(chosen.dataset.says, { name: points.names[k], minutes, site }));
  });

  document.addEventListener("submit", (event) => {
    if (!event.target.matches(".site-work .site-form")) return;
    event.preventDefault();
    send(new FormData(event.target, event.submitter));
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-at-once]");
    if (form) send(new FormData(form));
  });
})();
