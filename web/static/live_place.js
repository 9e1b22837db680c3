// Says where the truck is, as the middle of its square on the public grid, while a page of the truck is open.
"use strict";
{
  const said = document.getElementById("live-said");
  const { url, token, every, step, wait, left } = said.dataset;
  const opened = performance.now();
  const passed = () => (performance.now() - opened) / 1000;
  const say = (text) => {
    if (said.textContent !== text) said.textContent = text;
  };
  const later = (seconds) => setTimeout(look, seconds * 1000);

  // The same squares as the server's, so that the exact place does not leave the phone.
  const middle = ({ longitude, latitude }) => {
    const lat = (Math.floor(latitude / step) + 0.5) * step;
    const wide = step / Math.cos((lat * Math.PI) / 180);
    return { lon: (Math.floor(longitude / wide) + 0.5) * wide, lat };
  };

  const send = async (position) => {
    const { lon, lat } = middle(position.coords);
    const body = new URLSearchParams({ lon, lat });
    const headers = { "X-CSRFToken": token, Accept: "application/json" };
    let answer;
    try {
      answer = await fetch(url, { method: "POST", body, headers, signal: AbortSignal.timeout(15_000) });
    } catch {
      say(said.dataset.offline);
      return later(every);
    }
    if (answer.status === 400 || answer.status === 401 || answer.status === 403) return say(said.dataset.signedOut);
    const word = await answer.json().catch(() => ({}));
    if (word.ended) return say(word.why);
    if (answer.ok) say(said.dataset.sent.replace("{hour}", word.hour));
    else if (answer.status !== 429) say(word.why || said.dataset.offline); // another page of this truck has just sent
    return later(every);
  };

  const failed = (error) => {
    if (error.code === error.PERMISSION_DENIED) return say(said.dataset.refused);
    say(said.dataset.nowhere);
    return later(every);
  };

  const look = () => {
    if (passed() > left) return say(said.dataset.over);
    if (passed() < wait) {
      say(said.dataset.early);
      return later(Math.min(wait - passed() + 1, 600));
    }
    if (!navigator.geolocation) return say(said.dataset.refused);
    return navigator.geolocation.getCurrentPosition(send, failed, { enableHighAccuracy: true, timeout: 15_000, maximumAge: 10_000 });
  };
  look();
}
