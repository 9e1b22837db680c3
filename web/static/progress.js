// Follows a run and shows its page anew when it has ended.
"use strict";
const running = document.querySelector("[data-run]");
if (running) {
  const bar = running.querySelector("progress");
  const figure = running.querySelector(".figure");
  const note = running.querySelector(".note");
  const look = async () => {
    try {
      const run = await (await fetch(running.dataset.run)).json();
      bar.value = run.progress;
      figure.textContent = `${Math.floor(run.progress * 100)} %`;
      if (note && run.note !== note.textContent) note.textContent = run.note;
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
