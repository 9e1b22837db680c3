// Follows a planning run and shows the day anew when it has ended.
"use strict";
const running = document.querySelector("[data-run]");
if (running) {
  const bar = running.querySelector("progress");
  const figure = running.querySelector(".figure");
  const look = async () => {
    try {
      const run = await (await fetch(running.dataset.run)).json();
      bar.value = run.progress;
      figure.textContent = `${Math.floor(run.progress * 100)} %`;
      if (run.state === "done" || run.state === "failed") {
        location.reload();
        return;
      }
    } catch {
      // The server may be away for a moment; the next look will tell.
    }
    setTimeout(look, 1000);
  };
  setTimeout(look, 500);
}
