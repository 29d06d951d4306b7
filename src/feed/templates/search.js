// Filters the rows that are on the page already; without it, all of them are simply there.
"use strict";
(function () {
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const box = document.getElementById("search");
  const query = document.getElementById("query");
  const found = document.getElementById("found");
  const groups = Array.from(document.querySelectorAll(".group"), (group) => ({
    group,
    parts: Array.from(group.querySelectorAll(".part")),
    rows: Array.from(group.querySelectorAll(".feeds li"), (row) => ({
      row,
      name: fold(row.querySelector(".name").textContent),
    })),
  }));
  const total = groups.reduce((sum, { rows }) => sum + rows.length, 0);
  const filter = () => {
    const words = fold(query.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { group, parts, rows } of groups) {
      let here = 0;
      for (const { row, name } of rows) {
        row.hidden = !words.every((word) => name.includes(word));
        here += row.hidden ? 0 : 1;
      }
      for (const part of parts) {
        const some = part.querySelector("li:not([hidden])") !== null;
        part.hidden = !some;
        part.open = words.length > 0 && some;
      }
      group.hidden = here === 0;
      shown += here;
    }
    const said = shown === 0 ? "No feed has that in its name." : shown + " of " + total + " feeds";
    found.textContent = words.length > 0 ? said : "";
  };
  query.addEventListener("input", filter);
  box.hidden = false;
  if (query.value) filter();
})();
