"use strict";
// The page fetches regions as HTML when the server says that something changed, and calls verbs for every click.

const $ = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const commands = () => JSON.parse($("#commands").textContent);
const drawn = {};
let thread = null;
let busy = 0;

// Where we are: the address bar is the state.
const query = () => new URLSearchParams(location.search);
const me = () => $("#as").value;
const here = () => $("#compose")?.dataset.channel || query().get("channel") || "";

function go(changes, replace = false) {
  const next = query();
  for (const [name, value] of Object.entries(changes)) value === null ? next.delete(name) : next.set(name, value);
  history[replace ? "replaceState" : "pushState"](null, "", "?" + next);
  endThread();
  hideNotice();
  return refresh(true);
}

// Redrawing.
async function refresh(toEnd = false) {
  const list = $("#messages");
  const wasAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  const answer = await fetch("/regions?" + query());
  if (!answer.ok) return;
  const regions = await answer.json();
  const open = new Set(all("#drawer details[open]").map((one) => one.id));
  for (const [name, html] of Object.entries(regions)) {
    if (drawn[name] === html) continue;
    const region = document.getElementById(name);
    if (name === "composer" && drawn.composer !== undefined && sameComposer(html)) continue;
    if (name === "messages" && $("details.overflow[open]", region) && !toEnd) continue;
    drawn[name] = html;
    region.innerHTML = html;
    if (name === "drawer") for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (name === "modal") focusModal(region);
    if (name === "composer") growLine();
  }
  if (toEnd || wasAtEnd) list.scrollTop = list.scrollHeight;
}

function sameComposer(html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  const form = $("#compose", fresh.content);
  return Boolean(form && $("#compose") && form.dataset.channel === $("#compose").dataset.channel);
}

function focusModal(region) {
  const form = $("form.modal", region);
  document.body.classList.toggle("with-modal", Boolean(form));
  for (const part of all("header.top, nav, main, aside")) part.inert = Boolean(form);
  if (form) ($(".content input, .content select, .content textarea", form) || $("button", form)).focus();
  else $("#line")?.focus();
}

// Calling a verb.
async function act(verb, body = {}) {
  busy += 1;
  document.body.classList.add("busy");
  hideNotice();
  try {
    const answer = await fetch("/do/" + verb, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ as: me(), ...body }),
    });
    const told = answer.ok ? await answer.json() : { problem: "The sandbox refused this." };
    if (told.problem) notice(told.problem);
    await refresh();
    return told;
  } catch {
    notice("The sandbox does not answer. Is it still running?");
    return {};
  } finally {
    busy -= 1;
    if (!busy) document.body.classList.remove("busy");
  }
}

function notice(text) {
  const place = $("#notice");
  place.textContent = text;
  place.hidden = false;
}
function hideNotice() {
  $("#notice").hidden = true;
}

// Blocks: buttons, menus, pickers.
function optionFrom(part) {
  switch (part.dataset.type) {
    case "checkboxes":
      return all("input:checked", part).map((one) => one.value);
    case "radio_buttons":
      return $("input:checked", part)?.value ?? null;
    default:
      if (part.multiple) return [...part.selectedOptions].map((one) => one.value);
      if (part.dataset.picked) return JSON.parse(part.dataset.picked);
      if (part.closest(".typeahead")) return null;
      return part.value || null;
  }
}

function valuesOf(form) {
  const values = {};
  for (const part of all("[data-part]", form)) {
    if (["button", "overflow"].includes(part.dataset.type)) continue;
    if (part.closest(".typeahead") && part.value && !part.dataset.picked) continue;
    const value = optionFrom(part);
    values[part.dataset.part] = Array.isArray(value) && !value.length ? null : value;
  }
  return values;
}

async function pressed(part, option) {
  if (part.dataset.confirm && !(await confirmed(JSON.parse(part.dataset.confirm)))) return;
  if (part.dataset.url) window.open(part.dataset.url, "_blank", "noopener");
  const form = part.closest("form.modal");
  part.closest("details")?.removeAttribute("open");
  part.classList.add("waiting");
  const kind = part.dataset.type === "button" ? "button" : "menu";
  const place = JSON.parse(part.dataset.place);
  await act("press", { place, part: part.dataset.part, kind, option, values: form ? valuesOf(form) : null });
  part.classList.remove("waiting");
}

function confirmed(dialog) {
  const box = $("#confirm");
  $("h2", box).textContent = dialog.title.text;
  $("p", box).textContent = dialog.text.text;
  const [no, yes] = all("button", box);
  no.textContent = dialog.deny.text;
  yes.textContent = dialog.confirm.text;
  yes.className = "block-button " + (dialog.style || "primary");
  box.returnValue = "no";
  box.showModal();
  return new Promise((done) => box.addEventListener("close", () => done(box.returnValue === "yes"), { once: true }));
}

// External selects: ask the app while the person types.
let asking = 0;
async function ask(input) {
  delete input.dataset.picked;
  const offers = $(".offers", input.parentElement);
  if (input.value.length < Number(input.dataset.least)) return void offers.replaceChildren();
  const number = ++asking;
  const body = { as: me(), place: JSON.parse(input.dataset.place), part: input.dataset.part, typed: input.value };
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch("/do/options", { method: "POST", headers, body: JSON.stringify(body) });
  const { options = [] } = answer.ok ? await answer.json() : {};
  if (number !== asking) return;
  input.setAttribute("aria-expanded", "true");
  offers.replaceChildren(...(options.length ? options.map((one) => offer(one, input)) : [nothing()]));
}

function offer(option, input) {
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("role", "option");
  button.textContent = option.text.text;
  button.addEventListener("click", () => {
    input.value = option.text.text;
    input.dataset.picked = JSON.stringify(option);
    input.setAttribute("aria-expanded", "false");
    $(".offers", input.parentElement).replaceChildren();
    if (input.dataset.live === "1") pressed(input, option);
  });
  return button;
}

function nothing() {
  const note = document.createElement("span");
  note.textContent = "No results";
  return note;
}

// The composer, with the manifest's commands.
function growLine() {
  const line = $("#line");
  if (!line) return;
  line.style.height = "auto";
  line.style.height = Math.min(line.scrollHeight, 180) + "px";
}

let marked = 0;
function suggest() {
  const box = $("#suggest");
  const line = $("#line");
  if (!box || !line) return;
  const typed = line.value;
  const found = /^\/\S*$/.test(typed) ? commands().filter((one) => one.command.startsWith(typed)) : [];
  marked = Math.min(marked, Math.max(found.length - 1, 0));
  box.hidden = !found.length;
  box.replaceChildren(
    ...found.map((one, number) => {
      const row = document.createElement("button");
      row.type = "button";
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", String(number === marked));
      for (const [tag, text] of [["b", one.command], ["code", one.hint], ["span", one.about]]) {
        const cell = document.createElement(tag);
        cell.textContent = text;
        row.append(cell);
      }
      row.addEventListener("click", () => complete(one.command));
      return row;
    }),
  );
}

function complete(command) {
  $("#line").value = command + " ";
  $("#suggest").hidden = true;
  $("#line").focus();
}

async function send(line) {
  if (!line.trim()) return;
  $("#suggest").hidden = true;
  const told = await act("type", { channel: here(), line, thread });
  if (!told.problem) {
    if ($("#line")) $("#line").value = "";
    growLine();
    endThread();
  }
  $("#messages").scrollTop = $("#messages").scrollHeight;
}

function endThread() {
  thread = null;
  if ($("#thread-note")) $("#thread-note").hidden = true;
}

// Events: one listener per kind, on the document.
const clicks = {
  "[data-go]": (link, event) => {
    event.preventDefault();
    const channel = new URLSearchParams(link.search).get("channel");
    go({ channel }).then(() => channel === "home" && act("home"));
  },
  "[data-move]": (button) => act("move", { by: button.dataset.move }),
  "#reset": () => act("reset").then(() => go({ channel: null })),
  "#drawer-toggle": (button) => {
    const open = !document.body.classList.contains("with-drawer");
    document.body.classList.toggle("with-drawer", open);
    button.setAttribute("aria-expanded", String(open));
    go({ drawer: open ? "1" : null }, true);
  },
  "[data-dismiss]": (button) => act("dismiss", { place: { channel: here(), ts: button.dataset.dismiss } }),
  "[data-reply]": (button) => {
    thread = button.dataset.reply;
    button.closest("details").removeAttribute("open");
    $("#thread-note").hidden = false;
    $("#line").focus();
  },
  "#thread-end": endThread,
  "[data-shortcut]": (button) => {
    button.closest("details").removeAttribute("open");
    const place = button.dataset.ts ? { channel: here(), ts: button.dataset.ts } : null;
    act("shortcut", { name: button.dataset.shortcut, place });
  },
  "[data-type-line]": (button) => send(button.dataset.typeLine),
  "[data-close-view]": () => act("close"),
  "button[data-option]": (button) => pressed(button, button.dataset.option),
  "button[data-part]": (button) => pressed(button, null),
};

document.addEventListener("click", (event) => {
  for (const open of all("details.overflow[open]")) if (!open.contains(event.target)) open.removeAttribute("open");
  for (const [selector, does] of Object.entries(clicks)) {
    const hit = event.target.closest(selector);
    if (hit) return does(hit, event);
  }
});

document.addEventListener("change", (event) => {
  if (event.target.id === "as") return void go({ as: event.target.value }).then(() => location.reload());
  const part = event.target.closest("[data-part]");
  if (part?.dataset.live === "1" && !part.closest(".typeahead")) pressed(part, optionFrom(part));
});

document.addEventListener("input", (event) => {
  if (event.target.id === "line") return void (growLine(), (marked = 0), suggest());
  if (event.target.closest(".typeahead")) ask(event.target);
});

document.addEventListener("submit", (event) => {
  if (event.target.id === "compose") {
    event.preventDefault();
    send($("#line").value);
  } else if (event.target.matches("form.modal")) {
    event.preventDefault();
    act("submit", { place: { view: event.target.dataset.view }, values: valuesOf(event.target) });
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const open of all("details.overflow[open]")) open.removeAttribute("open");
    if ($("form.modal") && !$("#confirm").open) act("close");
    if ($("#suggest")) $("#suggest").hidden = true;
  }
  if (event.target.id !== "line") return;
  const rows = $("#suggest").hidden ? [] : all("button", $("#suggest"));
  if (rows.length && ["ArrowDown", "ArrowUp"].includes(event.key)) {
    event.preventDefault();
    marked = (marked + (event.key === "ArrowDown" ? 1 : rows.length - 1)) % rows.length;
    suggest();
  } else if (rows.length && (event.key === "Tab" || event.key === "Enter")) {
    const exact = commands().some((one) => one.command === $("#line").value);
    if (event.key === "Tab" || !exact) {
      event.preventDefault();
      rows[marked].click();
    }
  }
  if (event.key === "Enter" && !event.shiftKey && !event.defaultPrevented) {
    event.preventDefault();
    send($("#line").value);
  }
});

window.addEventListener("popstate", () => refresh(true));
document.addEventListener("visibilitychange", () => document.hidden || refresh());

// Begin: go to the end of the list, watch for changes, let the clock run.
$("#messages").scrollTop = $("#messages").scrollHeight;
if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.classList.add("found");
if ($("form.modal")) focusModal($("#modal"));
const stream = new EventSource("/stream");
stream.onmessage = () => refresh();
stream.onerror = () => ($("#status").textContent = "Sandbox stopped, trying again …");
setInterval(() => document.hidden || refresh(), 15000);
