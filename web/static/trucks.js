// Looks where trucks are, twice a minute for an hour while the page is looked at; what is too old is taken away.
"use strict";
const EVERY = 30_000;
const LONGEST = 3_600_000;

function watchTrucks(url, show, end) {
  const began = performance.now();
  let trucks = [];
  let looked = 0;
  const fresh = () => trucks.filter((truck) => truck.until > performance.now());
  const look = async () => {
    if (document.hidden) return;
    looked = performance.now();
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(15_000) });
      if (!answer.ok) throw new Error(answer.status);
      const found = (await answer.json()).trucks;
      trucks = found.map((truck) => ({ ...truck, until: performance.now() + 1000 * truck.left }));
    } catch {
      // The line may be away for a moment; what is known stands until it is too old.
    }
    show(fresh());
  };
  const turn = setInterval(() => {
    if (performance.now() - began > LONGEST) {
      clearInterval(turn);
      document.removeEventListener("visibilitychange", again);
      trucks = [];
      show([]);
      end();
      return;
    }
    look();
  }, EVERY);
  const again = () => {
    if (document.hidden) return;
    show(fresh());
    if (performance.now() - looked > EVERY) look();
  };
  document.addEventListener("visibilitychange", again);
  look();
}

const away = (metres) => (metres < 1000 ? `${metres} m` : `${(metres / 1000).toFixed(1)} km`);

// The line on a community's page.
const line = document.getElementById("truck-seen");
if (line) {
  const say = (text) => {
    if (line.textContent !== text) line.textContent = text;
  };
  const said = (truck) => line.dataset.said.replace("{away}", away(truck.metres)).replace("{hour}", truck.hour);
  watchTrucks(
    line.dataset.url,
    (trucks) => say(trucks.map(said).join(" ")),
    () => say(line.dataset.ended),
  );
}
