// Renews the progress once a minute while the page is looked at; a link that has ended shows its last page.
(() => {
  const renew = async () => {
    if (document.hidden) return;
    const answer = await fetch(location.href, { cache: "no-store" }).catch(() => null);
    if (!answer) return;
    if (!answer.ok) {
      if (answer.status === 404 || answer.status === 410) location.reload();
      return;
    }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("progress");
    const shown = document.getElementById("progress");
    if (fresh && fresh.innerHTML !== shown.innerHTML) shown.innerHTML = fresh.innerHTML;
  };
  setInterval(renew, 60000);
  document.addEventListener("visibilitychange", renew);
})();
