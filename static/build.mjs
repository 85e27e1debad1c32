// Makes static/vendor/ out of node_modules: bundles, the icon sprite, licences and manifest.json.
//
// Every file lies there twice: under a name that carries its content hash (for pages, through manifest.json, cacheable
// for ever) and under its plain name (for `import … from "/static/vendor/ui.mjs"` in our own modules, which a strict
// content security policy lets us write without an inline import map). Of a module the plain name only re-exports the
// hashed one, so a page never runs two copies.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const staticDir = dirname(fileURLToPath(import.meta.url));
const root = resolve(staticDir, "..");
const modules = join(root, "node_modules");
const target = join(staticDir, "vendor");
const making = join(staticDir, "vendor", ".making");

const UI = `
export { h, render, Component, Fragment, createRef, createContext } from "preact";
export { useCallback, useContext, useEffect, useId, useLayoutEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
export { batch, computed, effect, signal, untracked, useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { h } from "preact";
import htm from "htm";
export const html = htm.bind(h);
`;
const ENTRIES = {
  "ui.mjs": { contents: UI, format: "esm" },
  "socketio.mjs": { contents: 'export { io, Manager, Socket } from "socket.io-client";', format: "esm" },
  "uplot.mjs": { contents: 'import uPlot from "uplot"; export default uPlot; export { uPlot };', format: "esm" },
  // htmx is a classic script that puts itself on window: only minified here, so that its own source stays as published.
  "htmx.js": { file: "htmx.org/dist/htmx.js", loader: "js" },
  // The carrier's kit for browsers, as published: a desk without telephones never loads it.
  "twilio.js": { file: "@twilio/voice-sdk/dist/twilio.min.js", asIs: true, holds: ["events", "loglevel", "tslib"] },
  "uplot.css": { file: "uplot/dist/uPlot.min.css", loader: "css" },
};

const used = new Set();

/** The text of one bundled or minified entry; remembers the packages that went into it. */
async function made(entry) {
  if (entry.file) {
    used.add(packageOf(entry.file));
    for (const name of entry.holds ?? []) used.add(name);
    const source = readFileSync(join(modules, entry.file), "utf8");
    if (entry.asIs) return source;
    return (await esbuild.transform(source, { loader: entry.loader, minify: true, legalComments: "none" })).code;
  }
  const result = await esbuild.build({
    stdin: { contents: entry.contents, resolveDir: root, loader: "js" },
    bundle: true, write: false, minify: true, metafile: true, legalComments: "none",
    format: entry.format, platform: "browser", target: "es2022", absWorkingDir: root, logLevel: "warning",
  });
  for (const input of Object.keys(result.metafile.inputs)) {
    const at = input.lastIndexOf("node_modules/");
    if (at >= 0) used.add(packageOf(input.slice(at + "node_modules/".length)));
  }
  return result.outputFiles[0].text;
}

function packageOf(path) {
  return path.split("/").slice(0, path.startsWith("@") ? 2 : 1).join("/"); // "@scope/name" or "name"
}

/** One SVG of symbols for the names in static/icons.txt. */
function sprite() {
  used.add("@tabler/icons");
  const names = readFileSync(join(staticDir, "icons.txt"), "utf8").split("\n").map((line) => line.trim())
    .filter((line) => line && !line.startsWith("#"));
  const symbols = names.map((name) => {
    const file = join(modules, "@tabler/icons/icons/outline", `${name}.svg`);
    if (!existsSync(file)) throw new Error(`static/icons.txt names "${name}", which the icon package does not have`);
    const drawing = readFileSync(file, "utf8").replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "")
      .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "").replace(/\s*\n\s*/g, "");
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2"`
      + ` stroke-linecap="round" stroke-linejoin="round">${drawing}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`;
}

/** The licence texts of everything that was bundled. */
function licences() {
  return [...used].sort().map((name) => {
    const folder = join(modules, name);
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (!file) throw new Error(`${name} carries no licence text`);
    return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
  }).join(`\n${"-".repeat(80)}\n\n`);
}

const texts = { "icons.svg": sprite() };
for (const [name, entry] of Object.entries(ENTRIES)) texts[name] = await made(entry);

rmSync(making, { recursive: true, force: true });
mkdirSync(making, { recursive: true });
const manifest = {};
for (const [name, text] of Object.entries(texts)) {
  const suffix = extname(name);
  const digest = createHash("sha384").update(text).digest();
  const file = `${name.slice(0, -suffix.length)}.${digest.toString("hex").slice(0, 12)}${suffix}`;
  manifest[name] = { file, integrity: `sha384-${digest.toString("base64")}` };
  writeFileSync(join(making, file), text);
  const again = suffix === ".mjs" ? reexport(file, text) : text;
  writeFileSync(join(making, name), again);
}
writeFileSync(join(making, "LICENSES.txt"), licences());
writeFileSync(join(making, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n");

/** A module that hands on all of `file`; `export *` leaves out a default export, so that is named where there is one. */
function reexport(file, text) {
  const hasDefault = /\bas default\b|\bexport default\b/.test(text);
  return `export * from "./${file}";\n` + (hasDefault ? `export { default } from "./${file}";\n` : "");
}

// A running desk may be serving these files: each is moved into place whole, the manifest last, the outdated go after it.
const fresh = readdirSync(making).sort((a, b) => (a === "manifest.json") - (b === "manifest.json"));
for (const file of fresh) renameSync(join(making, file), join(target, file));
for (const file of readdirSync(target)) {
  if (!fresh.includes(file)) rmSync(join(target, file), { recursive: true, force: true });
}
console.log(`static/vendor: ${Object.keys(manifest).join(", ")} from ${used.size} packages`);
