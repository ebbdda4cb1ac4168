/**
 * Keys: `/` searches, `?` shows this list, `g` and a letter goes to a page, `j` and `k` walk down and up a table.
 *
 * Where a key leads stands in the page (`data-key` of the links of the navigation), so that nothing is listed twice.
 * Keys are silent while somebody writes, and can be switched off in the list itself.
 */
import { openDialog } from "./dialogs.js";

const OFF = "afterchat.keys";
const SEQUENCE_MS = 1500;

let isGoing = false;

export function startKeys() {
  document.addEventListener("keydown", onKey);
  const box = /** @type {HTMLInputElement | null} */ (document.getElementById("keys-on"));
  if (box) {
    box.checked = areOn();
    box.addEventListener("change", () => keep(box.checked));
  }
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isWriting(event.target)) {
    return;
  }
  if (document.querySelector("dialog[open]") || !(areOn() || event.key === "?")) {
    return;
  }
  const wasGoing = isGoing;
  isGoing = false;
  const action = wasGoing ? () => goTo(event.key) : ACTIONS[event.key];
  if (action?.()) {
    event.preventDefault();
  }
}

/** @type {Record<string, () => boolean>} each says whether it did anything */
const ACTIONS = {
  "/": () => focus(document.querySelector("[data-search]")),
  "?": () => {
    openDialog("shortcuts");
    return true;
  },
  g: () => {
    isGoing = true;
    setTimeout(() => {
      isGoing = false;
    }, SEQUENCE_MS);
    return true;
  },
  j: () => walk(1),
  k: () => walk(-1),
};

/** @param {string} key */
function goTo(key) {
  const link = /** @type {HTMLAnchorElement | null} */ (document.querySelector(`nav a[data-key="${CSS.escape(key)}"]`));
  link?.click();
  return link !== null;
}

/** To the first link of the next or previous row. @param {number} step */
function walk(step) {
  const links = [...document.querySelectorAll("table[data-rows] tbody tr")].flatMap((row) => row.querySelector("a") ?? []);
  const now = links.findIndex((link) => link.closest("tr")?.contains(document.activeElement));
  const next = now < 0 ? (step > 0 ? 0 : -1) : now + step;
  return focus(links[next] ?? null);
}

/** @param {Element | null} place */
function focus(place) {
  if (place instanceof HTMLElement) {
    place.focus();
    return true;
  }
  return false;
}

/** @param {EventTarget | null} target */
function isWriting(target) {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, select, textarea"));
}

function areOn() {
  try {
    return localStorage.getItem(OFF) !== "off";
  } catch {
    return true;
  }
}

/** @param {boolean} isOn */
function keep(isOn) {
  try {
    if (isOn) {
      localStorage.removeItem(OFF);
    } else {
      localStorage.setItem(OFF, "off");
    }
  } catch {
    // A browser that keeps nothing forgets this, too.
  }
}
