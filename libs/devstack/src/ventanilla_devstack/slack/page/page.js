"use strict";
// The page's hands: everything that a control does goes to /_local/hands/…, everything that changed comes from /_page/parts.
(() => {
  const page = document.body.dataset;
  const words = JSON.parse(document.getElementById("words").dataset.words);
  const modal = document.getElementById("modal");
  let opener = null;
  let fresh = false;

  const query = () => new URLSearchParams({ as: page.as, in: page.in, thread: page.thread });

  async function hand(name, given) {
    const answer = await fetch(`/_local/hands/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(given),
    });
    const said = await answer.json();
    const result = said.result;
    const code = said.ok ? (result && result.problem) || "" : said.error;
    tell(code ? words[code] || words.problem.replace("{code}", code) : "");
    return said.ok ? result : null;
  }

  function tell(text) {
    const inModal = document.getElementById("modal-problem");
    const place = modal.open && inModal ? inModal : document.getElementById("problem");
    place.textContent = text;
  }

  // What a control belongs to: a message, or a view.
  function spot(element) {
    const view = element.closest("[data-view]");
    if (view) return { view: view.dataset.view };
    const message = element.closest("[data-ts]");
    return message ? { channel: message.dataset.channel, ts: message.dataset.ts } : {};
  }

  function valueOf(control) {
    if (control.type === "checkbox" || control.type === "radio") {
      const all = [...control.closest("fieldset").querySelectorAll("input:checked")].map((each) => each.value);
      return control.type === "radio" ? all[0] || null : all;
    }
    if (control.type === "file") return undefined; // handed over when chosen
    if (control.multiple) return [...control.selectedOptions].map((each) => each.value);
    if (control.type === "datetime-local") return control.value ? Math.floor(new Date(control.value) / 1000) : null;
    return control.value || null;
  }

  function filledIn(form) {
    const values = {};
    for (const control of form.querySelectorAll("[name]")) {
      if (control.name.includes("/")) values[control.name] = valueOf(control);
    }
    return values;
  }

  async function keepFilledIn() {
    const form = modal.open && modal.querySelector("form");
    if (form) await hand("fill", { user: page.as, values: filledIn(form), view: form.dataset.view });
  }

  const does = {
    who: (element) => { location.search = new URLSearchParams({ as: element.value, in: page.in }); },
    thread: (element) => { location.search = new URLSearchParams({ as: page.as, in: page.in, thread: spot(element).ts }); },
    react: (element) => hand("react", { user: page.as, ...spot(element), name: element.dataset.name }),
    unreact: (element) => hand("unreact", { user: page.as, ...spot(element), name: element.dataset.name }),
    delete: (element) => hand("delete", { user: page.as, ...spot(element) }),
    dismiss: async (element) => { await hand("dismiss", { user: page.as, ts: spot(element).ts }); await refresh(); },
    edit: (element) => {
      const text = window.prompt(words.edit, element.dataset.text);
      return text === null ? null : hand("edit", { user: page.as, ...spot(element), text });
    },
    shortcut: (element) => hand("shortcut", { user: page.as, callback_id: element.dataset.name, ...spot(element) }),
    close: () => hand("close", { user: page.as }),
    press: async (element) => {
      if (element.dataset.confirm && !window.confirm(element.dataset.confirm)) return;
      if (element.dataset.url) window.open(element.dataset.url, "_blank", "noopener");
      await keepFilledIn();
      const { action, block, value } = element.dataset;
      await hand("press", { user: page.as, action_id: action, block_id: block, ...(value ? { value } : {}), ...spot(element) });
    },
    choose: async (element) => {
      await keepFilledIn();
      const { action, block } = element.dataset;
      await hand("choose", { user: page.as, action_id: action, block_id: block, value: valueOf(element), ...spot(element) });
    },
    hand_over: async (element) => {
      const channel = page.in === "home" ? await hand("dm", { user: page.as }) : page.in;
      const ids = [];
      for (const file of element.files) {
        const kept = { name: file.name, mimetype: file.type, content: await base64(file), share: false };
        const answer = await hand("upload", { user: page.as, channel, ...kept });
        if (answer) ids.push(answer.id);
      }
      await hand("fill", { user: page.as, values: { [element.name]: ids }, ...spot(element) });
    },
    suggest: async (element) => {
      if (element.value.length < Number(element.dataset.least)) return;
      const { action, block } = element.dataset;
      const seen = await hand("suggest", { user: page.as, action_id: action, block_id: block, typed: element.value, ...spot(element) });
      const select = element.parentElement.querySelector("select");
      const keep = [...select.selectedOptions].filter((each) => each.value);
      const first = select.multiple ? [] : [select.options[0]];
      const offered = (seen ? seen.options : []).map((each) => new Option(each.text.text, each.value));
      select.replaceChildren(...first, ...keep, ...offered);
      if (!select.multiple && offered.length === 1) offered[0].selected = true;
    },
  };

  async function run(element) {
    opener = element.id || opener;
    element.setAttribute("aria-busy", "true");
    try {
      await does[element.dataset.do](element);
    } finally {
      element.removeAttribute("aria-busy");
    }
  }

  document.addEventListener("click", (event) => {
    const element = event.target.closest("button[data-do]");
    if (!element) return;
    const menu = element.closest("details");
    if (menu) menu.open = false;
    run(element);
  });
  document.addEventListener("change", (event) => {
    const element = event.target.closest("select[data-do], input[data-do]:not([type=search]), textarea[data-do]");
    if (element) run(element);
  });
  let typing = 0;
  document.addEventListener("input", (event) => {
    if (event.target.dataset.do !== "suggest") return;
    clearTimeout(typing);
    typing = setTimeout(() => run(event.target), 250);
  });
  document.addEventListener("keydown", (event) => {
    const box = event.target.closest(".composer textarea");
    if (box && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      box.form.requestSubmit();
    }
  });

  document.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    if (form.closest("#modal")) {
      tell(words.connecting);
      await hand("submit", { user: page.as, values: filledIn(form) });
      return;
    }
    const text = form.elements.text.value.trim();
    const file = form.elements.file && form.elements.file.files[0];
    const place = { user: page.as, channel: page.in };
    const thread = form.dataset.thread ? { thread_ts: form.dataset.thread } : {};
    let done;
    if (file) {
      done = await hand("upload", { ...place, ...thread, text, name: file.name, mimetype: file.type, content: await base64(file) });
    } else if (text.startsWith("/")) {
      done = await hand("command", { ...place, line: text });
    } else if (text) {
      done = await hand("write", { ...place, ...thread, text });
    }
    if (done) form.reset();
  });

  function base64(file) {
    return new Promise((resolve, reject) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result.split(",", 2)[1] || "");
      reader.onerror = reject;
      reader.readAsDataURL(file);
    });
  }

  modal.addEventListener("cancel", (event) => {
    event.preventDefault();
    does.close();
  });

  // Regions are replaced only when they changed, and the focus stays where it was.
  const shown = {};
  function replace(name, html) {
    const region = document.getElementById(name);
    if (!region || shown[name] === html) return;
    const first = shown[name] === undefined;
    shown[name] = html;
    if (first && name !== "modal") { if (region.innerHTML === html) return; }
    const known = new Set([...region.querySelectorAll("article")].map((each) => each.id));
    const focused = region.contains(document.activeElement) ? document.activeElement.id : "";
    const atEnd = region.scrollHeight - region.scrollTop - region.clientHeight < 80;
    const open = new Set([...region.querySelectorAll("details[open] > summary")].map((each) => each.id));
    region.innerHTML = html;
    for (const summary of region.querySelectorAll("summary")) if (open.has(summary.id)) summary.parentElement.open = true;
    if (focused) { const again = document.getElementById(focused); if (again) again.focus(); }
    if (atEnd && page.in !== "home") region.scrollTop = region.scrollHeight;
    if (!first || known.size) announce(region, known);
  }

  function announce(region, known) {
    const live = document.getElementById("live");
    for (const article of region.querySelectorAll("article")) {
      if (known.has(article.id)) continue;
      const said = article.dataset.said;
      const cut = said.indexOf(": ");
      live.textContent = words.new_message.replace("{name}", said.slice(0, cut)).replace("{text}", said.slice(cut + 2));
    }
  }

  function showModal(html, key) {
    if (key === page.modalKey && modal.open === Boolean(html)) return;
    const before = modal.querySelector("form");
    const kept = before ? filledIn(before) : {};
    const same = before && html.includes(`data-view="${before.dataset.view}"`);
    const focused = modal.contains(document.activeElement) ? document.activeElement.id : "";
    page.modalKey = key;
    modal.innerHTML = html;
    if (!html) {
      if (modal.open) modal.close();
      const back = opener && document.getElementById(opener);
      if (back) back.focus();
      return;
    }
    if (same) restore(kept);
    if (!modal.open) modal.showModal();
    const invalid = modal.querySelector(".invalid [name]");
    const wanted = invalid || (focused && document.getElementById(focused)) || modal.querySelector("[autofocus], [name], footer button");
    if (wanted) wanted.focus();
  }

  // What somebody is typing outlives an update of their modal.
  function restore(kept) {
    for (const control of modal.querySelectorAll("[name]")) {
      const value = kept[control.name];
      if (value === undefined || value === null) continue;
      if (control.type === "checkbox" || control.type === "radio") control.checked = [].concat(value).includes(control.value);
      else if (control.multiple) for (const each of control.options) each.selected = value.includes(each.value);
      else if (control.type !== "datetime-local") control.value = value;
    }
  }

  async function refresh() {
    const parts = await (await fetch(`/_page/parts?${query()}`)).json();
    for (const name of ["channels", "main", "thread"]) replace(name, parts[name]);
    showModal(parts.modal, parts.modal_key);
  }

  let running = false;
  async function changed() {
    fresh = true;
    if (running) return;
    running = true;
    try {
      while (fresh) { fresh = false; await refresh(); }
    } finally {
      running = false;
    }
  }

  const news = new EventSource(`/_page/news?${query()}`);
  news.onmessage = changed;
  news.onopen = changed;
  for (const name of ["main", "thread"]) {
    const region = document.getElementById(name);
    if (region && page.in !== "home") region.scrollTop = region.scrollHeight; // a Home is read from its top
  }
  if (modal.innerHTML) { const key = page.modalKey; page.modalKey = ""; showModal(modal.innerHTML, key); }
})();
