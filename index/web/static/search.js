// Comfort only: suggestions while typing, « / » for the field, addresses without empty parameters. All works without.
"use strict";
(() => {
  const field = document.getElementById("q");
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && field && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      field.focus();
      field.select();
    }
  });
  for (const form of document.querySelectorAll("form")) {
    form.addEventListener("submit", () => {
      const empty = [...form.elements].filter((one) => one.name && one.value === "" && !one.disabled);
      for (const one of empty) one.disabled = true;
      // Back brings the page as it was left: the fields must be there again.
      setTimeout(() => { for (const one of empty) one.disabled = false; }, 0);
    });
  }
  if (!field) return;

  const line = field.closest(".ask-line");
  const list = document.createElement("ul");
  list.id = "propositions";
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", line.dataset.label);
  list.hidden = true;
  line.append(list);
  const told = document.createElement("span");
  told.className = "out-of-sight";
  told.setAttribute("role", "status");
  line.append(told);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
  })) field.setAttribute(name, value);

  let shown = [], chosen = -1, asked = 0, timer = 0;

  const close = () => {
    clearTimeout(timer);
    asked += 1;
    list.hidden = true;
    chosen = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  };
  const choose = (number) => {
    chosen = number;
    [...list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === chosen)));
    if (chosen < 0) return field.removeAttribute("aria-activedescendant");
    field.setAttribute("aria-activedescendant", list.children[chosen].id);
    list.children[chosen].scrollIntoView({ block: "nearest" });
  };
  const go = (number) => {
    location.assign(shown[number].address);
    close();
  };
  const show = (suggestions) => {
    shown = suggestions;
    list.replaceChildren(...suggestions.map((one, at) => {
      const item = document.createElement("li");
      item.id = `proposition-${at}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      const kind = document.createElement("small");
      kind.textContent = one.label;
      item.append(`${one.text} `, kind);
      item.addEventListener("mousedown", (event) => event.preventDefault());
      item.addEventListener("click", () => go(at));
      return item;
    }));
    chosen = -1;
    field.removeAttribute("aria-activedescendant");
    list.hidden = suggestions.length === 0;
    field.setAttribute("aria-expanded", String(suggestions.length > 0));
    told.textContent = suggestions.length ? line.dataset.told.replace("{n}", suggestions.length) : "";
  };
  const ask = async () => {
    const letters = field.value.trim();
    if (letters.length < 2) return close();
    const number = ++asked;
    const address = new URL(line.dataset.suggest, location.href);
    address.searchParams.set("q", letters);
    try {
      const answer = await fetch(address, { headers: { accept: "application/json" } });
      if (answer.ok && number === asked && document.activeElement === field) show((await answer.json()).suggestions);
    } catch { close(); }
  };

  field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 120); });
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || list.hidden) return;
    const last = shown.length - 1;
    if (event.key === "ArrowDown") choose(chosen < last ? chosen + 1 : -1);
    else if (event.key === "ArrowUp") choose(chosen < 0 ? last : chosen - 1);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && chosen >= 0) go(chosen);
    else return;  // Tab goes on and picks nothing; all other keys type
    event.preventDefault();
  });
})();
