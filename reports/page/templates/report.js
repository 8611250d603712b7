"use strict";
/* Everything on the page is there without this: it opens all sections, sorts and filters tables, names the trial behind a
   mark and marks it in every figure, and links runs to the reader's own server. */
(() => {
  const make = (tag, attributes, ...content) => {
    const element = document.createElement(tag);
    for (const [name, text] of Object.entries(attributes)) element.setAttribute(name, text);
    element.append(...content);
    return element;
  };

  const number = (text) => {
    const found = text.replaceAll("\u2212", "-").match(/-?\d+(\.\d+)?(e-?\d+)?/);
    return found ? Number(found[0]) : null;
  };
  const words = new Intl.Collator("en", { numeric: true });

  const sort = (table, head) => {
    const column = head.cellIndex;
    const numeric = head.classList.contains("number");
    const down = head.getAttribute("aria-sort") === "ascending";
    const rows = [...table.tBodies[0].rows].map((row) => {
      const text = row.cells[column].textContent.trim();
      return { row, text, value: numeric ? number(text) : text };
    });
    const known = (one) => (numeric ? one.value !== null : one.text !== "\u2013");
    rows.sort((a, b) => {
      if (!known(a) || !known(b)) return known(b) - known(a);
      const order = numeric ? a.value - b.value : words.compare(a.text, b.text);
      return down ? -order : order;
    });
    table.tBodies[0].append(...rows.map((one) => one.row));
    for (const each of head.parentElement.cells) each.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
  };

  for (const table of document.querySelectorAll("table")) {
    if (table.tBodies[0].rows.length < 2) continue;
    for (const head of table.tHead.rows[0].cells) {
      const button = make("button", { type: "button" }, ...head.childNodes);
      button.addEventListener("click", () => sort(table, head));
      head.append(button);
    }
  }

  const parts = [...document.querySelectorAll("details.section")];
  const all = make("button", { type: "button" }, "Open all sections");
  all.addEventListener("click", () => parts.forEach((part) => part.setAttribute("open", "")));
  document.querySelector("nav ol").append(make("li", {}, all));

  for (const table of document.querySelectorAll("table")) {
    const rows = [...table.tBodies[0].rows];
    if (rows.length <= 20) continue;
    const input = make("input", { type: "search", size: 20 });
    const left = make("span", { role: "status" });
    input.addEventListener("input", () => {
      const wanted = input.value.toLowerCase().split(/\s+/);
      for (const row of rows) row.hidden = !wanted.every((word) => row.textContent.toLowerCase().includes(word));
      left.textContent = ` ${rows.filter((row) => !row.hidden).length} of ${rows.length} rows`;
    });
    table.closest(".table").before(make("p", { class: "filter" }, make("label", {}, "Only rows with: ", input), left));
  }

  const runs = [...document.querySelectorAll("[data-page]")];
  if (runs.length) {
    const address = make("input", { type: "url", size: 28, required: "", pattern: "https?://.+" });
    const label = make("label", {}, "Link the runs to the address that chainrule ui prints: ", address);
    const form = make("form", { class: "where" }, label, " ", make("button", {}, "Link"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const { origin, pathname } = new URL(address.value);
      const server = origin + pathname.replace(/\/+$/, "");
      for (const run of runs) run.replaceChildren(make("a", { href: server + run.dataset.page }, run.textContent));
    });
    runs[0].closest(".table").before(form);
  }

  const described = (row) => {
    const heads = [...row.closest("table").tHead.rows[0].cells].map((head) => head.textContent.trim());
    return [...row.cells].map((cell, i) => `${heads[i]} ${cell.textContent.trim()}`).join("; ");
  };

  for (const figure of document.querySelectorAll("figure")) {
    const marks = [...figure.querySelectorAll("[data-run]")];
    if (!marks.length) continue;
    const said = make("span", { role: "status" }, "Point at a mark, or step through them, to name its trial.");
    const links = make("span", {});
    const steps = { "\u2039 previous trial": -1, "next trial \u203a": 1 };
    const bar = make("p", { class: "marks" });
    let at = -1;
    let inOrder = false;

    const show = (mark) => {
      for (const each of document.querySelectorAll(".here")) each.classList.remove("here");
      for (const each of document.querySelectorAll(`[data-run="${mark.dataset.run}"]`)) each.classList.add("here");
      at = marks.indexOf(mark);
      const row = document.getElementById(mark.dataset.run);
      said.textContent = `${described(row)}. `;
      links.replaceChildren(make("a", { href: `#${row.id}` }, "Its row"));
      const run = row.querySelector("a");
      if (run) links.append(" ", make("a", { href: run.href }, "Its MLflow run"));
    };
    const centre = (mark) => {
      const box = mark.getBoundingClientRect();
      return [box.x + box.width / 2, box.y + box.height / 2];
    };
    const nearest = (event, reach) => {
      let best = null;
      for (const mark of marks) {
        const [x, y] = centre(mark);
        const away = Math.hypot(event.clientX - x, event.clientY - y);
        if (away < reach) [best, reach] = [mark, away];
      }
      if (best && best !== marks[at]) show(best);
    };

    const step = (by) => {
      if (!inOrder) {
        const here = marks[at];
        marks.sort((a, b) => centre(a)[0] - centre(b)[0]); // only what is unfolded has a place
        at = marks.indexOf(here);
        inOrder = true;
      }
      show(marks[at < 0 ? (by > 0 ? 0 : marks.length - 1) : (at + by + marks.length) % marks.length]);
      marks[at].scrollIntoView({ block: "nearest", inline: "nearest" });
    };
    for (const [text, by] of Object.entries(steps)) {
      const button = make("button", { type: "button" }, text);
      button.addEventListener("click", () => step(by));
      bar.append(button, " ");
    }
    bar.append(said, links);
    figure.querySelector(".picture").after(bar);
    figure.querySelector("svg").addEventListener("pointermove", (event) => nearest(event, 12));
    figure.querySelector("svg").addEventListener("click", (event) => nearest(event, 24));
  }
})();
