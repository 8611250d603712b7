"use strict";
/* Everything on the page is there without this: it opens all sections, sorts and filters tables, names the trial or the
   choice behind a mark, marks either in every figure, and links runs to the reader's own server. */
(() => {
  const make = (tag, attributes, ...content) => {
    const element = document.createElement(tag);
    for (const [name, text] of Object.entries(attributes)) element.setAttribute(name, text);
    element.append(...content);
    return element;
  };

  const live = { "aria-live": "polite", "aria-atomic": "true" }; // unlike a status, not named while it is empty

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

  /* What scrolls is a stop of the keyboard, and named as such; what fits is none. */
  const stops = new Map();
  const watch = new ResizeObserver((seen) => {
    for (const box of new Set(seen.map((one) => one.target.closest(".table, pre")))) {
      const scrolls = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
      for (const [name, text] of stops.get(box)) scrolls ? box.setAttribute(name, text) : box.removeAttribute(name);
    }
  });
  for (const box of document.querySelectorAll(".table, pre")) {
    stops.set(box, ["role", "tabindex", "aria-label"].map((name) => [name, box.getAttribute(name)]));
    watch.observe(box);
    if (box.matches(".table")) watch.observe(box.firstElementChild); // its rows may be filtered
  }

  const parts = [...document.querySelectorAll("details.section")];
  const all = make("button", { type: "button" }, "Open all sections");
  all.addEventListener("click", () => parts.forEach((part) => part.setAttribute("open", "")));
  document.querySelector("nav ol").append(make("li", {}, all));

  const longest = 12;
  for (const table of document.querySelectorAll("table")) {
    const rows = [...table.tBodies[0].rows];
    if (rows.length <= 20) continue;
    const search = make("input", { type: "search", size: 20 });
    const left = make("span", { class: "said", ...live });
    const wanted = [(row) => search.value.toLowerCase().split(/\s+/).every((word) => row.textContent.toLowerCase().includes(word))];
    const filters = make("p", { class: "filter" }, make("label", {}, "Only rows with: ", search));
    for (const head of table.tHead.rows[0].cells) {
      const cell = (row) => row.cells[head.cellIndex].textContent.split(/ \(|: /)[0]; // a state without its reason
      const texts = [...new Set(rows.map(cell))].sort(words.compare);
      if (texts.length < 2 || texts.length > longest || head.classList.contains("number")) continue;
      const select = make("select", {}, new Option("all", ""), ...texts.map((text) => new Option(text)));
      wanted.push((row) => !select.value || cell(row) === select.value);
      filters.append(make("label", {}, `${head.textContent.trim()}: `, select));
    }
    filters.append(left);
    filters.addEventListener("input", () => {
      for (const row of rows) row.hidden = !wanted.every((holds) => holds(row));
      left.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} rows`;
    });
    table.closest(".table").before(filters);
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

  /* A mark is of a run, whose row has its id, or of choices. The row of the run that stands for a choice has its name. */
  const rows = [...document.querySelectorAll("tr[data-choice]")];
  const standing = new Map(rows.filter((row) => row.dataset.shown).map((row) => [row.dataset.choice, row]));
  const rowsOf = (mark) =>
    mark.dataset.run
      ? [document.getElementById(mark.dataset.run)]
      : mark.dataset.choice.split(" ").map((choice) => standing.get(choice)).filter(Boolean);

  const described = (row, to = row.cells.length) => {
    const heads = [...row.closest("table").tHead.rows[0].cells].map((head) => head.textContent.trim());
    return [...row.cells].slice(0, to).map((cell, i) => `${heads[i]} ${cell.textContent.trim()}`).join("; ");
  };
  const briefly = (row) => {
    const heads = [...row.closest("table").tHead.rows[0].cells].map((head) => head.textContent.trim());
    return described(row, heads.indexOf("final error") + 1);
  };

  const marks = new Map();
  for (const mark of document.querySelectorAll(".picture [data-run], .picture [data-choice]"))
    for (const whose of [mark.dataset.run, ...(mark.dataset.choice ?? "").split(" ")])
      if (whose) marks.set(whose, [...(marks.get(whose) ?? []), mark]);
  const put = (name, elements) => {
    for (const each of document.querySelectorAll(`.${name}`)) each.classList.remove(name);
    for (const each of elements) each.classList.add(name);
  };
  const scale = (times) => {
    for (const mark of document.querySelectorAll("use.here")) {
      const [x, y] = ["x", "y"].map((name) => (1 - times) * mark.getAttribute(name));
      mark.setAttribute("transform", `translate(${x} ${y}) scale(${times})`);
    }
  };
  const markRun = (row) => {
    scale(1);
    put("here", row ? [row, ...(marks.get(row.id) ?? [])] : []);
    scale(2.4);
  };
  const selects = [];
  const markChoice = (choice) => {
    const its = rows.filter((row) => row.dataset.choice === choice).flatMap((row) => marks.get(row.id) ?? []);
    put("its", choice ? [...its, ...(marks.get(choice) ?? [])] : []);
    document.body.classList.toggle("choosing", Boolean(choice));
    for (const select of selects) select.value = choice;
  };

  const tip = make("div", { class: "tip", "aria-hidden": "true", hidden: "" });
  document.body.append(tip);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    tip.hidden = true;
    markRun(null);
    markChoice("");
  });

  const near = [[0, 0], ...[4, 8].flatMap((far) => [[far, 0], [-far, 0], [0, far], [0, -far]])];
  const under = (event, picture) => {
    const found = near
      .flatMap(([x, y]) => document.elementsFromPoint(event.clientX + x, event.clientY + y))
      .map((each) => each.closest("[data-run], [data-choice]"))
      .filter((mark) => mark && picture.contains(mark) && rowsOf(mark).length);
    const away = (mark) => {
      const box = mark.getBoundingClientRect();
      return Math.hypot(event.clientX - box.x - box.width / 2, event.clientY - box.y - box.height / 2);
    };
    const runs = [...new Set(found.filter((mark) => mark.dataset.run))];
    return runs.sort((a, b) => away(a) - away(b))[0] ?? found[0];
  };

  for (const figure of document.querySelectorAll("figure")) {
    if (!figure.querySelector("[data-run], [data-choice]") || !rows.length) continue;
    const picture = figure.querySelector(".picture");
    const said = make("span", { class: "said", ...live });
    const links = make("span", {});
    const bar = make("p", { class: "marks" });
    let at = "";

    const show = (mark) => {
      const [row, ...others] = rowsOf(mark);
      at = mark.dataset.run ?? "";
      markRun(at && row);
      said.textContent = `${described(row)}. ${others.map((other) => `Compared with: ${described(other)}. `).join("")}`;
      links.replaceChildren(make("a", { href: `#${row.id}` }, "Its row"));
      const run = row.querySelector("a");
      if (run) links.append(" ", make("a", { href: run.href }, "Its MLflow run"));
    };

    const step = (by) => {
      const places = new Map();
      for (const mark of picture.querySelectorAll("[data-run]")) {
        const box = mark.getBoundingClientRect();
        const isDrawn = mark.ownerSVGElement.clientWidth; // unlike the drawing for other widths
        if (isDrawn && !places.has(mark.dataset.run)) places.set(mark.dataset.run, [box.x + box.width / 2, mark]);
      }
      const order = [...places.values()].sort((a, b) => a[0] - b[0]).map((place) => place[1]);
      const from = order.findIndex((mark) => mark.dataset.run === at);
      const mark = order.at(from < 0 && by < 0 ? -1 : (from + by) % order.length);
      show(mark);
      mark.scrollIntoView({ block: "nearest", inline: "nearest" });
    };
    if (figure.querySelector("[data-run]"))
      for (const [text, by] of [["Previous trial", -1], ["Next trial", 1]]) {
        const button = make("button", { type: "button" }, text);
        button.addEventListener("click", () => step(by));
        bar.append(button, " ");
      }
    if (standing.size > 1) {
      const options = [...standing].map(([choice, row]) => new Option(row.dataset.shown, choice));
      const select = make("select", {}, new Option("all choices alike", ""), ...options);
      select.addEventListener("change", () => markChoice(select.value));
      selects.push(select);
      bar.append(make("label", {}, "Mark a choice: ", select), " ");
    }
    bar.append(said, links);
    figure.append(bar);

    picture.addEventListener("pointermove", (event) => {
      const mark = under(event, picture);
      tip.hidden = !mark;
      if (!mark) return;
      tip.textContent = rowsOf(mark).map(briefly).join(" \u2013 ");
      tip.style.left = `${Math.max(8, Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8))}px`;
      tip.style.top = `${event.clientY + (event.clientY > innerHeight / 2 ? -14 - tip.offsetHeight : 18)}px`;
      if (mark.dataset.run !== at || !mark.dataset.run) show(mark);
    });
    picture.addEventListener("pointerleave", () => (tip.hidden = true));
    /* On the picture itself a listener would make a screen reader call the image clickable. */
    document.addEventListener("pointerup", (event) => {
      if (event.button || !picture.contains(event.target)) return;
      const mark = under(event, picture);
      if (!mark) return markChoice("");
      show(mark);
      markChoice(rowsOf(mark)[0].dataset.choice);
    });
  }
})();
