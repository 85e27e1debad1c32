// The day by quarters of an hour: offered behind, answered in target before it, abandoned in front.
import { html, useEffect, useRef } from "/static/vendor/ui.mjs";
import uPlot from "/static/vendor/uplot.mjs";
import { _, fmt } from "/static/js/i18n.js";
import { day } from "/static/js/board/store.js";
import { Icon } from "/static/js/board/pieces.js";

/** A short day still shows this many quarters, so that a bar is a bar and not a wall. */
const FEWEST = 24;

const sum = (values) => values.reduce((total, value) => total + value, 0);

/** The resolved colour of a design token. */
function colour(token) {
  const probe = document.createElement("span");
  probe.className = "colour-probe";
  probe.style.color = `var(${token})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function columns({ from, step_s: step, offered, in_target: inTarget, abandoned }) {
  const missing = Math.max(0, FEWEST - offered.length);
  const start = Date.parse(from) / 1000 - missing * step;
  const none = Array(missing).fill(null);
  return [Array.from({ length: offered.length + missing }, (_none, index) => start + index * step), [...none, ...offered], [...none, ...inTarget], [...none, ...abandoned]];
}

/** Round numbers of callers: 0, 2, 4 … or 0, 20, 40 … */
const steps = (highest) => {
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000].find((size) => highest / size <= 3.5) ?? 10_000;
  return Array.from({ length: Math.ceil(highest / step) + 1 }, (_none, index) => index * step);
};

function draw(box) {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const font = `${0.75 * rem}px ${getComputedStyle(box).fontFamily}`;
  const [text, line] = [colour("--text-faint"), colour("--line")];
  const paths = uPlot.paths.bars({ size: [0.62, 1.4 * rem], radius: 0.18 });
  const series = (token) => ({ fill: colour(token), paths, points: { show: false } });
  return new uPlot({
    width: box.clientWidth, height: box.clientHeight, cursor: { show: false }, legend: { show: false }, padding: [0.5 * rem, 0.4 * rem, 0, 0],
    scales: { x: { range: (_plot, low, high) => [low - 520, high + 520] }, y: { range: (_plot, _low, high) => [0, steps(Math.max(high, 4)).at(-1)] } },
    axes: [
      { stroke: text, grid: { show: false }, ticks: { show: false }, font, space: 4.4 * rem, size: 1.9 * rem, values: (_plot, moments) => moments.map((moment) => fmt.time(moment * 1000)) },
      { stroke: text, grid: { stroke: line, width: 1 }, ticks: { show: false }, font, size: 2.3 * rem, splits: (_plot, _axis, _low, high) => steps(high), values: (_plot, counts) => counts.map((count) => fmt.number(count)) },
    ],
    series: [{}, series("--chart-offered"), series("--chart-answered"), series("--bar-bad")],
  }, columns(day.peek()), box);
}

function Bars() {
  const box = useRef(null);
  const plot = useRef(null);
  useEffect(() => {
    const again = () => {
      plot.current?.destroy();
      plot.current = draw(box.current);
    };
    // Size, theme and colour preference change what was painted
    const sizes = new ResizeObserver(again);
    sizes.observe(box.current);
    const themes = new MutationObserver(again);
    themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", again);
    return () => {
      sizes.disconnect();
      themes.disconnect();
      dark.removeEventListener("change", again);
      plot.current?.destroy();
    };
  }, []);
  const shown = day.value;
  useEffect(() => { plot.current?.setData(columns(shown)); }, [shown]);
  return html`<div class="chart" ref=${box} role="img" aria-label=${_("Today so far: %(offered)s offered, %(answered)s answered in target, %(abandoned)s abandoned", {
    offered: fmt.number(sum(shown.offered)), answered: fmt.number(sum(shown.in_target)), abandoned: fmt.number(sum(shown.abandoned)) })}></div>`;
}

export function Chart() {
  return html`<section class="pane board-chart" aria-label=${_("Calls per 15 minutes")}>
    <div class="pane-head"><h2>${_("Calls per 15 minutes")}</h2><div class="end legend" aria-hidden="true">
      <span><i class="offered"></i>${_("offered")}</span><span><i class="answered"></i>${_("answered in target")}</span><span><i class="abandoned"></i>${_("abandoned")}</span></div></div>
    ${day.value && sum(day.value.offered) ? html`<${Bars} />`
      : html`<div class="empty"><${Icon} name="chart-bar" size="huge" /><b>${_("No call yet today")}</b><p>${_("Each quarter of an hour gets its bar.")}</p></div>`}
  </section>`;
}
