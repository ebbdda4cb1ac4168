/**
 * What every page runs: htmx without code in attributes, live parts, dialogs, keys; charts only where there are some.
 *
 * Pages work without any of this; scripts make them quicker, never possible.
 */
import htmx from "htmx.org/dist/htmx.esm.js";

import { startDialogs, toast } from "./dialogs.js";
import { startKeys } from "./keys.js";
import { startLive } from "./live.js";
import { word } from "./words.js";

const refuse = () => {
  throw new Error("attributes hold no code here");
};

htmx.registerExtension("no-code", {
  init: (/** @type {any} */ api) => api.initSecurity(null, refuse, refuse),
});

/** Wake what has just come into the page. @param {ParentNode} root */
async function enliven(root) {
  if (root.querySelector("figure[data-chart]")) {
    const { drawCharts } = await import("./charts.js");
    await drawCharts(root);
  }
}

/** @param {HTMLElement} part */
function onChange(part) {
  htmx.process(part);
  enliven(part);
}

document.addEventListener("htmx:after:swap", () => {
  startLive(onChange);
  enliven(document);
});
document.addEventListener("htmx:error", () => toast(word("live.failed"), "bad"));
document.addEventListener("htmx:response:error", () => toast(word("live.failed"), "bad"));

// Fields that are left empty do not belong in an address that people share.
document.addEventListener("formdata", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.method === "get") {
    for (const [name, value] of [...event.formData]) {
      if (value === "") {
        event.formData.delete(name);
      }
    }
  }
});

startDialogs();
startKeys();
startLive(onChange);
enliven(document);
