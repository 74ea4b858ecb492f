"use strict";
// The page fetches regions as HTML when the server says that something changed, and calls verbs for every click.

const $ = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const commands = () => JSON.parse($("#commands").textContent);
const drawn = {};
const START_AGAIN = {
  title: { text: "Start again?" },
  text: { text: "Everything done here is thrown away: messages, forms, requests, bugs, issues. The clock goes back to the beginning." },
  deny: { text: "Keep everything" },
  confirm: { text: "Reset" },
  style: "danger",
};
let thread = null;
let busy = 0;

// Where we are: the address bar is the state.
const query = () => new URLSearchParams(location.search);
const me = () => $("#as").value;
const onHub = () => query().get("view") === "github";
const here = () => $("#compose")?.dataset.channel || query().get("channel") || "";

function go(changes, replace = false, hash = "") {
  const next = query();
  for (const [name, value] of Object.entries(changes)) value === null ? next.delete(name) : next.set(name, value);
  history[replace ? "replaceState" : "pushState"](null, "", "?" + next + hash);
  endThread();
  hideNotice();
  return refresh(true).then(find);
}

// A link to a place on this page: who we are and what is open stays.
function follow(link) {
  const to = new URL(link, location.href);
  const place = Object.fromEntries(["channel", "view", "issue", "state"].map((name) => [name, to.searchParams.get(name)]));
  return go(place, false, to.hash).then(() => place.channel === "home" && act("home"));
}

// What a permalink leads to comes into view and is marked for a moment.
function find() {
  if (!location.hash) return;
  const there = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!there) return notice("That message is not there any more, or you may not see it.");
  there.closest("details.thread")?.setAttribute("open", "");
  there.scrollIntoView({ block: "center" });
  there.classList.add("found");
  there.addEventListener("animationend", () => there.classList.remove("found"), { once: true });
}

// Issues and Home are read from their beginning, channels from their end.
const fromTop = () => onHub() || Boolean($(".hometab"));

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
    if (name === "heading" && $("select:focus", region) && !toEnd) continue;
    drawn[name] = html;
    if (name === "modal") {
      if (redrawForm(region, html)) focusModal(region);
      continue;
    }
    const threads = all("details.thread", region);
    region.innerHTML = html;
    for (const one of threads) document.getElementById(one.id)?.toggleAttribute("open", one.open);
    if (name === "drawer") for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (name === "composer") growLine();
  }
  if (toEnd && fromTop()) list.scrollTop = 0;
  else if (toEnd || (wasAtEnd && !fromTop())) list.scrollTop = list.scrollHeight;
}

function sameComposer(html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  const form = $("form[data-channel]", fresh.content);
  const there = $("#composer form[data-channel]");
  return Boolean(form && there && form.dataset.channel === there.dataset.channel);
}

function focusModal(region) {
  const form = $("form.modal", region);
  for (const part of all("nav, main")) part.inert = Boolean(form);
  if (form) ($("[data-first]", form) || $(".content input, .content select, .content textarea", form) || $("button", form)).focus();
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
async function pressed(part, option) {
  if (part.dataset.confirm && !(await confirmed(JSON.parse(part.dataset.confirm)))) return;
  if (part.dataset.url) window.open(part.dataset.url, "_blank", "noopener");
  const form = part.closest("form.modal");
  part.closest("details")?.removeAttribute("open");
  part.classList.add("waiting");
  if (part.dataset.when === undefined) await toldAll();
  const kind = part.dataset.type === "button" ? "button" : "menu";
  const place = JSON.parse(part.dataset.place);
  await act("press", { place, part: part.dataset.part, kind, option, values: form ? valuesOf(form) : null });
  part.classList.remove("waiting");
  if (part.dataset.inside) follow(part.dataset.inside);
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

// The GitHub tab.
async function hub(what, more) {
  document.activeElement?.blur();
  const told = await act("github", { what, issue: query().get("issue"), ...more });
  if (what === "comment") $("#messages").scrollTop = $("#messages").scrollHeight;
  return told;
}

// On a narrow window the list of channels is folded away.
function showSide(open) {
  document.body.classList.toggle("with-side", open);
  $("#side-toggle").setAttribute("aria-expanded", String(open));
}

function endThread() {
  thread = null;
  if ($("#thread-note")) $("#thread-note").hidden = true;
}

// Usage figures: by a button, or pasted.
async function importUsage(what) {
  const report = $("#usage-report");
  report.hidden = false;
  report.textContent = "Importing …";
  const told = await act("usage", what);
  report.textContent = told.report || told.problem || "";
}

// Events: one listener per kind, on the document.
const clicks = {
  "[data-go]": (link, event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    showSide(false);
    follow(link.href);
  },
  "#side-toggle": () => showSide(!document.body.classList.contains("with-side")),
  "[data-move]": (button) => act("move", { by: button.dataset.move }),
  "#reset": async () => {
    if (!(await confirmed(START_AGAIN))) return;
    await act("reset");
    go({ channel: null, view: null, issue: null, state: null });
  },
  "[data-usage]": (button) => importUsage({ label: button.dataset.usage }),
  "[data-trouble]": (button) => act("trouble", { label: button.dataset.trouble }),
  "[data-calm]": () => act("calm"),
  "[data-hub]": (button) => hub(button.dataset.hub, { reason: button.dataset.reason, name: button.dataset.name }),
  "[data-unpick]": (button) => unpick(button.parentElement),
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
  "[data-close-view]": () => toldAll().then(() => act("close")),
  "button[data-option]": (button) => pressed(button, button.dataset.option),
  "button[data-part]": (button) => pressed(button, null),
};

document.addEventListener("click", (event) => {
  const path = event.composedPath();
  for (const open of all("details.overflow[open]")) if (!path.includes(open)) open.removeAttribute("open");
  for (const [selector, does] of Object.entries(clicks)) {
    const hit = event.target.closest(selector);
    if (hit) return does(hit, event);
  }
});

document.addEventListener("change", (event) => {
  if (event.target.id === "as") return void go({ as: event.target.value }).then(() => location.reload());
  if (event.target.id === "usage-file") return void event.target.files[0]?.text().then((text) => ($("#usage-rows").value = text));
  if (event.target.id === "add-label" && event.target.value) return void hub("label", { name: event.target.value });
  const part = event.target.closest("[data-part]");
  if (part?.dataset.live === "1" && !part.closest(".typeahead")) pressed(part, optionFrom(part));
});

document.addEventListener("input", (event) => {
  if (event.target.id === "line") growLine(), (marked = 0), suggest();
});

document.addEventListener("submit", (event) => {
  if (event.target.id === "compose") {
    event.preventDefault();
    send($("#line").value);
  } else if (event.target.matches("form.modal")) {
    event.preventDefault();
    const form = event.target;
    toldAll().then(() => act("submit", { place: { view: form.dataset.view }, values: valuesOf(form) }));
  } else if (event.target.id === "set-clock") {
    event.preventDefault();
    $("#date-menu").removeAttribute("open");
    act("move", { to: $("#to").value });
  } else if (event.target.id === "usage") {
    event.preventDefault();
    importUsage({ rows: $("#usage-rows").value });
  } else if (event.target.id === "issue-comment") {
    event.preventDefault();
    const text = $("#issue-text").value;
    if (text.trim()) hub("comment", { text }).then((told) => told.problem || ($("#issue-text").value = ""));
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const menus = all("details.overflow[open]");
    for (const open of menus) open.removeAttribute("open");
    if (!menus.length && $("form.modal") && !$("#confirm").open) act("close");
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

$("#date-menu").addEventListener("toggle", () => ($("#to").value = $("#clock time").dataset.local));
window.addEventListener("popstate", () => refresh(true).then(find).then(() => $(".hometab") && act("home")));
document.addEventListener("visibilitychange", () => document.hidden || refresh());

// Begin: go to the end of the list, watch for changes, let the clock run.
if (!fromTop()) $("#messages").scrollTop = $("#messages").scrollHeight;
find();
if ($("form.modal")) focusModal($("#modal"));
const stream = new EventSource("/stream");
stream.onmessage = () => refresh();
stream.onerror = () => ($("#status").textContent = "Sandbox stopped, trying again …");
setInterval(() => document.hidden || refresh(), 15000);
