"use strict";
// Inputs of blocks: their values, typeahead, telling the app while somebody types, and redrawing a form under their hands.

// What stands in an input, as the verbs take it.
function optionFrom(part) {
  const typeahead = part.closest(".typeahead");
  if (typeahead?.classList.contains("many")) return all(".pick", typeahead).map((one) => JSON.parse(one.dataset.option));
  if (typeahead) return part.value && part.dataset.picked ? JSON.parse(part.dataset.picked) : null;
  switch (part.dataset.type) {
    case "checkboxes":
      return all("input:checked", part).map((one) => one.value);
    case "radio_buttons":
      return $("input:checked", part)?.value ?? null;
    default:
      if (part.multiple) return [...part.selectedOptions].map((one) => one.value);
      return part.value || null;
  }
}

function valuesOf(form) {
  const values = {};
  for (const part of all("[data-part]", form)) {
    if (["button", "overflow"].includes(part.dataset.type)) continue;
    const value = optionFrom(part);
    values[part.dataset.part] = Array.isArray(value) && !value.length ? null : value;
  }
  return values;
}

// dispatch_action: tell the app 300 ms after the last key, or on Enter; one call after the other.
let pause = null;
let telling = Promise.resolve();

function tellSoon(part) {
  clearTimeout(pause);
  pause = setTimeout(() => tell(part.dataset.part), 300);
}

function tell(name) {
  clearTimeout(pause);
  pause = null;
  telling = telling.then(() => {
    const part = all("[data-when]").find((one) => one.dataset.part === name);
    if (!part || part.told === part.value) return null;
    part.told = part.value;
    return pressed(part, part.value || null);
  });
  return telling;
}

// Before a submit or a button: what was typed last need not be told by itself, it goes along with all values.
async function toldAll() {
  clearTimeout(pause);
  pause = null;
  await telling;
}

document.addEventListener("input", (event) => {
  const part = event.target.closest("[data-when]");
  if (part?.dataset.when.includes("on_character_entered")) tellSoon(part);
  if (event.target.matches(".typeahead input")) askSoon(event.target);
});

document.addEventListener("keydown", (event) => {
  const typeahead = event.target.closest?.(".typeahead");
  if (typeahead) return steer(event, typeahead);
  const part = event.target.closest?.("input[data-when]");
  if (part && event.key === "Enter" && part.dataset.when.includes("on_enter_pressed")) {
    event.preventDefault();
    tell(part.dataset.part);
  }
});

// External selects: ask the app while the person types.
let asking = 0;
let askPause = null;

function askSoon(input) {
  clearTimeout(askPause);
  askPause = setTimeout(() => ask(input), 150);
}

async function ask(input) {
  const offers = $(".offers", input.parentElement);
  const number = ++asking;
  if (input.value.length < Number(input.dataset.least)) return void offers.replaceChildren();
  const body = { as: me(), place: JSON.parse(input.dataset.place), part: input.dataset.part, typed: input.value };
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch("/do/options", { method: "POST", headers, body: JSON.stringify(body) });
  const { options = [] } = answer.ok ? await answer.json() : {};
  if (number !== asking || !input.parentElement.contains(document.activeElement)) return;
  input.setAttribute("aria-expanded", "true");
  offers.replaceChildren(...(options.length ? options.map((one) => offer(one, input)) : [nothing()]));
  offers.scrollIntoView({ block: "nearest" });
}

function offer(option, input) {
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("role", "option");
  button.textContent = option.text.text;
  if (option.description) button.append(Object.assign(document.createElement("small"), { textContent: option.description.text }));
  button.addEventListener("click", () => pick(option, input));
  return button;
}

function nothing() {
  return Object.assign(document.createElement("span"), { textContent: "No results" });
}

function pick(option, input) {
  const typeahead = input.parentElement;
  if (typeahead.classList.contains("many")) {
    addPick(option, input, typeahead);
  } else {
    input.value = option.text.text;
    input.dataset.picked = JSON.stringify(option);
  }
  endOffers(typeahead);
  input.focus();
  if (input.dataset.live === "1") pressed(input, optionFrom(input));
}

function addPick(option, input, typeahead) {
  const there = all(".pick", typeahead).map((one) => JSON.parse(one.dataset.option).value);
  input.value = "";
  if (there.includes(option.value) || there.length >= Number(input.dataset.most || Infinity)) return;
  const chip = document.createElement("span");
  chip.className = "pick";
  chip.dataset.option = JSON.stringify(option);
  chip.textContent = option.text.text;
  const away = Object.assign(document.createElement("button"), { type: "button", textContent: "✕" });
  away.dataset.unpick = "";
  away.setAttribute("aria-label", "Remove " + option.text.text);
  chip.append(away);
  $(".picked", typeahead).append(chip);
}

function unpick(chip) {
  const input = $("input", chip.closest(".typeahead"));
  chip.remove();
  input.focus();
  if (input.dataset.live === "1") pressed(input, optionFrom(input));
}

function endOffers(typeahead) {
  asking += 1;
  clearTimeout(askPause);
  $("input", typeahead).setAttribute("aria-expanded", "false");
  $(".offers", typeahead).replaceChildren();
}

// Arrow keys walk through the offers, Enter takes one, Escape closes them and not the form.
function steer(event, typeahead) {
  const rows = all(".offers button", typeahead);
  const input = $("input", typeahead);
  const at = rows.indexOf(document.activeElement);
  if (["ArrowDown", "ArrowUp"].includes(event.key) && rows.length) {
    event.preventDefault();
    const next = at + (event.key === "ArrowDown" ? 1 : -1);
    (next < 0 ? input : rows[Math.min(next, rows.length - 1)]).focus();
  } else if (event.key === "Enter" && event.target === input) {
    event.preventDefault();
    rows[0]?.click();
  } else if (event.key === "Escape" && $(".offers", typeahead).children.length) {
    event.stopImmediatePropagation();
    endOffers(typeahead);
    input.focus();
  } else if (event.key === "Backspace" && event.target === input && !input.value) {
    const last = all(".pick", typeahead).pop();
    if (last) unpick(last);
  }
}

document.addEventListener("focusin", (event) => {
  if (event.target.matches(".typeahead input") && event.target.dataset.least === "0" && !event.target.value) ask(event.target);
});

// Leaving: what was typed and not picked gives way to what was picked; an emptied input means nothing is picked.
document.addEventListener("focusout", (event) => {
  const typeahead = event.target.closest?.(".typeahead");
  if (!typeahead || typeahead.contains(event.relatedTarget)) return;
  endOffers(typeahead);
  const input = $("input", typeahead);
  const had = input.dataset.picked ? JSON.parse(input.dataset.picked) : null;
  if (typeahead.classList.contains("many")) input.value = "";
  else if (input.value) input.value = had?.text.text ?? "";
  else if (had) {
    delete input.dataset.picked;
    if (input.dataset.live === "1") pressed(input, null);
  }
});

// Redrawing a form that stays open: blocks that did not change are left alone, others keep what was typed and the caret.
function redrawForm(region, html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  const form = $("form.modal", region);
  const next = $("form.modal", fresh.content);
  if (!form || !next || form.dataset.view !== next.dataset.view) {
    region.innerHTML = html;
    for (const block of all("form.modal > .content > *", region)) block.shape = shapeOf(block);
    return true;
  }
  for (const name of ["header", "footer"]) {
    if ($(name, form).innerHTML !== $(name, next).innerHTML) $(name, form).replaceWith($(name, next));
  }
  redrawBlocks($(".content", form), [...$(".content", next).children]);
  return false;
}

function redrawBlocks(content, fresh) {
  const before = [...content.children];
  const focused = content.contains(document.activeElement) ? caret(document.activeElement) : null;
  const inputs = new Map(all("[data-part]", content).map((one) => [one.dataset.part + one.dataset.type, one]));
  const wanted = fresh.map((block) => {
    block.shape = shapeOf(block);
    const same = before.findIndex((one) => one && (one.shape ??= shapeOf(one)) === block.shape);
    return same < 0 ? block : before.splice(same, 1, null)[0];
  });
  for (const block of before) block?.remove();
  wanted.forEach((block, at) => content.children[at] !== block && content.insertBefore(block, content.children[at] ?? null));
  for (const part of all("[data-part]", content)) {
    const old = inputs.get(part.dataset.part + part.dataset.type);
    if (old && old !== part) handOver(old, part);
  }
  if (focused) restore(focused, content);
}

// A block as the server drew it, without what people put into its inputs.
function shapeOf(block) {
  const bare = block.cloneNode(true);
  for (const one of all("input, option, textarea", bare)) {
    for (const name of ["value", "checked", "selected", "data-picked"]) {
      if (name !== "value" || (one.matches("input, textarea") && !one.matches("[type=radio], [type=checkbox]"))) one.removeAttribute(name);
    }
    if (one.matches("textarea")) one.textContent = "";
    if (one.hasAttribute("aria-expanded")) one.setAttribute("aria-expanded", "false");
  }
  for (const one of all(".picked, .offers", bare)) one.replaceChildren();
  for (const one of all(".waiting", bare)) one.classList.remove("waiting");
  return bare.outerHTML.replaceAll(' class=""', "");
}

function handOver(old, part) {
  const typeahead = part.closest(".typeahead");
  if (typeahead) typeahead.replaceWith(old.closest(".typeahead"));
  else if (part.matches("fieldset")) {
    const on = all("input:checked", old).map((one) => one.value);
    for (const one of all("input", part)) one.checked = on.includes(one.value);
  } else if (part.matches("select")) {
    const on = [...old.selectedOptions].map((one) => one.value);
    for (const one of part.options) one.selected = on.includes(one.value);
  } else if (part.matches("input, textarea")) {
    part.value = old.value;
    part.told = old.told;
  }
}

function caret(element) {
  const part = element.closest("[data-part]");
  if (!part) return null;
  return { element, name: part.dataset.part, value: element.value, from: element.selectionStart, to: element.selectionEnd };
}

function restore(focused, content) {
  if (document.activeElement === focused.element) return;
  const part = content.contains(focused.element)
    ? focused.element
    : all("[data-part]", content).find((one) => one.dataset.part === focused.name);
  if (!part) return;
  const target = part.matches("fieldset") ? all("input", part).find((one) => one.value === focused.value) : part;
  target?.focus({ preventScroll: true });
  if (typeof focused.from === "number" && target?.setSelectionRange) target.setSelectionRange(focused.from, focused.to);
}
