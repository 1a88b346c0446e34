/*
 * Says what arrived. The root element's data attributes are for whoever
 * watches the page from outside, as the browser test does:
 *   data-script  "ran" as soon as this file runs
 *   data-font    "loaded" or "failed"
 *   data-parts   "6 of 6" once the table is filled in (on the page that has it)
 */
"use strict";

const root = document.documentElement;
root.dataset.script = "ran";

/** The browser's own record of how a file came, undefined where it did not. */
function timing(name) {
	const [page] = performance.getEntriesByType("navigation");
	if (name === "index.html")
		return page;
	return performance.getEntriesByType("resource")
		.find((entry) => entry.name.endsWith("/" + name));
}

/** Whether each part is there and does its work, not just whether it was sent. */
function proofs(font) {
	const drawn = (name) => document.querySelector(`img[src$="${name}"]`).naturalWidth > 0;
	return {
		page: document.querySelector("footer") !== null,
		style: getComputedStyle(root).getPropertyValue("--accent") !== "",
		script: true,
		drawing: drawn("layers.svg"),
		mark: drawn("mark.png"),
		font,
	};
}

function fill(font) {
	const rows = [...document.querySelectorAll("[data-part]")];
	if (rows.length === 0)
		return;
	const here = proofs(font);
	for (const row of rows) {
		const [, bytes, tick] = row.querySelectorAll("td");
		const entry = timing(row.querySelector("th").textContent);
		bytes.textContent = entry ? entry.encodedBodySize.toLocaleString("en") : "";
		tick.textContent = here[row.dataset.part] ? "yes" : "no";
	}
	const good = rows.filter((row) => here[row.dataset.part]).length;
	root.dataset.parts = `${good} of ${rows.length}`;
}

addEventListener("load", async () => {
	const faces = await document.fonts.load('600 1em "Fira Code"').catch(() => []);
	const loaded = faces.length > 0 && faces.every((face) => face.status === "loaded");
	root.dataset.font = loaded ? "loaded" : "failed";
	fill(loaded);
});
