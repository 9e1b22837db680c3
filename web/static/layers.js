// Our own base layers: the area's outline and the roads, fetched by address and drawn on one canvas.
"use strict";
const WIDTHS = { motorway: 4, trunk: 3.5, primary: 3, secondary: 2.5, tertiary: 1.8 };

function drawBase(map, roadsUrl, areaUrl) {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const ink = dark ? "#6b7280" : "#b4bac4";
  map.createPane("base").style.zIndex = 250;
  const canvas = L.canvas({ pane: "base", padding: 0.3 });
  const style = (feature) => {
    const { highway, status } = feature.properties;
    const weight = WIDTHS[highway.replace("_link", "")] || 1.2;
    const dash = { schematic: "8 5", synthetic: "1 3", real: null }[status];
    return { color: ink, weight, dashArray: weight > 2.4 || status !== "synthetic" ? dash : null, opacity: 0.9, interactive: false };
  };
  // A phone loses its line for a moment now and then; what is asked for in vain three times, or does
  // not come for a minute, is said to be missing.
  const get = async (url, turn = 1) => {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(20_000) });
      if (!answer.ok) throw new Error(answer.status);
      return await answer.json();
    } catch (error) {
      if (turn === 3) throw error;
      await new Promise((go) => setTimeout(go, 1000 * turn));
      return get(url, turn + 1);
    }
  };
  const missing = () => {
    const said = document.createElement("p");
    said.className = "map-notice missing";
    said.setAttribute("role", "status");
    said.textContent = map.getContainer().closest("[data-missing]").dataset.missing;
    map.getContainer().parentElement.append(said);
  };
  get(areaUrl).then((area) => L.geoJSON(area, { pane: "base", renderer: canvas, interactive: false, style: { color: ink, weight: 1, fillOpacity: 0.04 } }).addTo(map)).catch(() => {});
  return get(roadsUrl)
    .then((roads) => L.geoJSON(roads, { pane: "base", renderer: canvas, interactive: false, style }).addTo(map))
    .then(() => map.getContainer().classList.add("roads-drawn"))
    .catch(missing);
}
