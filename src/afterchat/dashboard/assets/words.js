/**
 * The few texts that scripts show, in the language of the page; the page brings them as JSON (words.py holds them).
 */

/** @type {Record<string, string>} */
let table = {};

const source = document.getElementById("words");
if (source) {
  table = JSON.parse(source.textContent ?? "{}");
}

/**
 * One text; a key that is not there stands for itself, so that a missing text is seen and breaks nothing.
 * @param {string} key
 * @returns {string}
 */
export function word(key) {
  return table[key] ?? key;
}

/** @returns {boolean} whether the page is in Chinese */
export function isChinese() {
  return document.documentElement.lang.startsWith("zh");
}
