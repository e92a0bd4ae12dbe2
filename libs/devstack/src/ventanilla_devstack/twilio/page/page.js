"use strict";
// The page's hands: everything that a control does goes to /_local/…, everything that changed comes from /_page/parts.
(() => {
  const page = document.body.dataset;
  const problem = document.getElementById("problem");
  const live = document.getElementById("live");
  const said = {};
  const read = new Set();

  async function hand(path, given) {
    const answer = await fetch(`/_local/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(given),
    });
    const told = await answer.json();
    problem.textContent = told.ok ? "" : page.problem.replace("{code}", told.error);
    return told.ok;
  }

  const does = {
    dial: (form) => hand("call", {
      from: page.as,
      to: form.elements.to.value,
      withheld: document.getElementById("withheld").checked,
    }),
    text: async (form) => {
      const to = form.elements.to.value;
      const from = (to.startsWith("whatsapp:") ? "whatsapp:" : "") + page.as;
      if (await hand("text", { from, to, body: form.elements.body.value })) form.elements.body.value = "";
    },
    speak: async (form) => {
      const field = document.getElementById(`say-${form.dataset.call}`);
      if (field.value && (await hand(`calls/${form.dataset.call}/speak`, { text: field.value }))) field.value = "";
    },
    be: (form) => { location.search = new URLSearchParams({ as: form.elements.as.value }); },
    press: (element) => hand(`calls/${element.dataset.call}/press`, { keys: element.dataset.key }),
    answer: (element) => hand(`calls/${element.dataset.call}/answer`, {}),
    refuse: (element) => hand(`calls/${element.dataset.call}/refuse`, {}),
    hang_up: (element) => hand(`calls/${element.dataset.call}/hang_up`, {}),
  };

  // What is new to be heard or read is read out once, and not the whole list again.
  function announce(tell) {
    for (const list of document.querySelectorAll("[data-call].heard")) {
      const entries = [...list.children];
      for (const entry of entries.slice(said[list.dataset.call] || 0)) {
        if (entry.className !== "own") tell(entry);
      }
      said[list.dataset.call] = entries.length;
    }
    for (const entry of document.querySelectorAll(".texts [data-sid]")) {
      if (!read.has(entry.dataset.sid) && entry.className !== "own") tell(entry);
      read.add(entry.dataset.sid);
    }
  }

  function readOut(entry) {
    const line = document.createElement("span");
    line.textContent = entry.textContent + " ";
    line.lang = entry.querySelector("span").lang;
    live.append(line);
    while (live.children.length > 20) live.firstChild.remove();
  }

  function spot(element) {
    if (!element || element === document.body) return "";
    if (element.id) return `#${CSS.escape(element.id)}`;
    const { do: act, call, key } = element.dataset;
    return act ? `[data-do="${act}"][data-call="${call}"]` + (key ? `[data-key="${CSS.escape(key)}"]` : "") : "";
  }

  // Drawn anew, with what was typed and where one was.
  function draw(id, html) {
    const region = document.getElementById(id);
    if (region.dataset.drawn === html) return;
    const typed = [...region.querySelectorAll("input[id]")].map((each) => [each.id, each.value]);
    const focused = region.contains(document.activeElement) ? spot(document.activeElement) : "";
    region.innerHTML = html;
    region.dataset.drawn = html;
    for (const [field, value] of typed) {
      const again = document.getElementById(field);
      if (again) again.value = value;
    }
    if (focused) (document.querySelector(focused) || region).focus();
    for (const list of region.querySelectorAll(".heard, .texts")) list.scrollTop = list.scrollHeight;
  }

  async function refresh() {
    const answer = await fetch(`/_page/parts?${new URLSearchParams({ as: page.as })}`);
    for (const [id, html] of Object.entries(await answer.json())) draw(id, html);
    announce(readOut);
  }

  document.addEventListener("submit", (event) => {
    event.preventDefault();
    const act = does[event.target.dataset.do];
    if (act) act(event.target);
  });
  document.addEventListener("click", (event) => {
    const element = event.target.closest("button[data-do]");
    if (element) does[element.dataset.do](element);
  });
  announce(() => {}); // what stands on the page as it is opened is old, and is not read out
  new EventSource("/_page/news").onmessage = refresh;
  refresh();
})();
