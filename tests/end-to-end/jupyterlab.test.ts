// A user's first quarter of an hour in a real browser: `npm start`, JupyterLab opens, the kernel is in the
// launcher, both tutorials run to the end without an error, and the charts are drawn. Screenshots are kept
// in tests/output for a person to look at.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const screenshots = join(root, "tests/output");
const tutorials = ["01-foundations/02_regression_1d_toy.ipynb", "01-foundations/09_fashion_linear.ipynb"];
const browserPath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  existsSync,
);
const skip = browserPath ? false : "no Chromium on this machine (Debian: apt install chromium)";

let folder: string;
let server: ChildProcess;
let address: URL;
let browser: Browser;

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const bound = probe.address();
      probe.close(() =>
        typeof bound === "object" && bound ? resolve(bound.port) : reject(new Error("no port")),
      );
    });
  });
}

/** Resolves with the first address that `npm start` prints. */
function printedAddress(start: ChildProcess): Promise<URL> {
  return new Promise((resolve, reject) => {
    let text = "";
    const read = (chunk: Buffer) => {
      text += chunk;
      const found = /http:\/\/(?:localhost|127\.0\.0\.1):\d+\/\S*/.exec(text);
      if (found) resolve(new URL(found[0]));
    };
    start.stdout?.on("data", read);
    start.stderr?.on("data", read);
    start.once("exit", (code) => reject(new Error(`npm start ended with ${code}:\n${text}`)));
  });
}

before(async () => {
  if (skip) return;
  mkdirSync(screenshots, { recursive: true });
  folder = mkdtempSync(join(tmpdir(), "nablab-jupyterlab-"));
  for (const tutorial of tutorials) copyWithoutOutputs(join(root, "notebooks", tutorial), folder);
  const port = await freePort();
  server = spawn("npm", ["start", "--", "--no-browser", "--port", String(port), "--notebook-dir", folder], {
    cwd: root,
    detached: true,
    env: {
      ...process.env,
      NABLAB_HISTORY: "off",
      JUPYTER_CONFIG_DIR: join(folder, ".config"),
      JUPYTERLAB_WORKSPACES_DIR: join(folder, ".workspaces"),
    },
  });
  address = await printedAddress(server);
  browser = await chromium.launch({
    executablePath: browserPath!,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
});

after(async () => {
  if (skip) return;
  await browser?.close();
  if (server?.pid && server.exitCode === null) {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    process.kill(-server.pid, "SIGTERM");
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

interface Notebook {
  cells: {
    cell_type: string;
    execution_count?: number | null;
    outputs?: { output_type: string; evalue?: string }[];
  }[];
}

/** Undefined while JupyterLab is writing it. */
function readNotebook(path: string): Notebook | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Notebook;
  } catch {
    return undefined;
  }
}

/** What the run leaves in the copy is then its own. */
function copyWithoutOutputs(notebook: string, target: string): void {
  const content = readNotebook(notebook);
  for (const cell of content?.cells ?? []) {
    if (cell.cell_type === "code") Object.assign(cell, { outputs: [], execution_count: null });
  }
  writeFileSync(join(target, basename(notebook)), JSON.stringify(content));
}

async function open(path: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
  const url = new URL(address);
  url.pathname = path;
  url.searchParams.set("reset", ""); // without the tabs of the page before
  await page.goto(url.href);
  await page.locator("#jp-main-dock-panel").waitFor({ timeout: 60_000 });
  return page;
}

/** The status bar tells it only when the kernel is connected. */
async function kernelIsIdle(page: Page): Promise<void> {
  await page.getByText("TypeScript (nablab) | Idle").waitFor({ timeout: 60_000 });
}

test("the launcher offers the kernel, and a new notebook runs a cell", {
  skip,
  timeout: 180_000,
}, async () => {
  const page = await open("/lab");
  const card = page.locator('.jp-LauncherCard[data-category="Notebook"]', { hasText: "TypeScript (nablab)" });
  await card.waitFor({ timeout: 60_000 });
  await page.screenshot({ path: join(screenshots, "launcher.png") });
  await card.click();
  await kernelIsIdle(page);
  const editor = page.locator(".jp-Notebook .jp-Cell .cm-content").first();
  await editor.click();
  await editor.pressSequentially("const answer: number = 6 * 7; answer");
  await page.keyboard.press("Shift+Enter");
  const output = page.locator(".jp-OutputArea-executeResult .jp-OutputArea-output").first();
  try {
    await output.waitFor({ timeout: 60_000 });
  } finally {
    await page.screenshot({ path: join(screenshots, "first-cell.png") });
  }
  assert.equal((await output.textContent())?.trim(), "42");
  await page.close();
});

test("the debugger stops at a breakpoint, shows variables and steps", {
  skip,
  timeout: 180_000,
}, async () => {
  const source = [
    "function area(width: number, height: number): number {",
    "  const product = width * height;",
    "  return product;",
    "}",
    "await Promise.resolve();",
    "const small = area(2, 3);",
    "small",
  ];
  const cell = {
    cell_type: "code",
    id: "area",
    metadata: {},
    outputs: [],
    execution_count: null,
    source: "",
  };
  cell.source = source.join("\n");
  const metadata = { kernelspec: { name: "nablab", display_name: "TypeScript (nablab)" } };
  const notebook = { cells: [cell], metadata, nbformat: 4, nbformat_minor: 5 };
  writeFileSync(join(folder, "debugged.ipynb"), JSON.stringify(notebook));
  const page = await open("/lab/tree/debugged.ipynb");
  await kernelIsIdle(page);
  await page.locator('.jp-DebuggerBugButton[aria-disabled="false"]').click();
  await page.locator('.jp-DebuggerBugButton[aria-pressed="true"]').waitFor({ timeout: 30_000 });
  const panel = page.locator(".jp-DebuggerSidebar");
  if (!(await panel.isVisible())) await page.locator('.lm-TabBar-tab[data-id="jp-debugger-sidebar"]').click();
  await panel.waitFor({ timeout: 10_000 });
  const editor = page.locator(".jp-Notebook .jp-CodeCell").first();
  const numbers = editor.locator(".cm-lineNumbers .cm-gutterElement");
  await numbers.getByText("2", { exact: true }).waitFor({ timeout: 30_000 });
  const line = await numbers.getByText("2", { exact: true }).boundingBox();
  const gutter = await editor.locator(".cm-gutter.cm-breakpoint-gutter").boundingBox();
  assert.ok(line && gutter, "the line numbers and the gutter for breakpoints are shown");
  await page.mouse.click(gutter.x + gutter.width / 2, line.y + line.height / 2);
  await editor.locator('[aria-label="Breakpoint"] svg:visible').waitFor({ timeout: 10_000 });
  await editor.locator(".cm-content").click();
  await page.keyboard.press("Shift+Enter");
  const variables = panel.locator(".jp-DebuggerVariables");
  await variables.getByText("width").waitFor({ timeout: 30_000 });
  await page.screenshot({ path: join(screenshots, "debugger-breakpoint.png") });
  assert.match((await variables.textContent()) ?? "", /width2height3/);
  assert.match((await panel.locator(".jp-DebuggerCallstack").textContent()) ?? "", /area.*:2/);
  await panel.locator('[data-command="debugger:next"]').click();
  await variables.getByText("6", { exact: true }).waitFor({ timeout: 10_000 });
  await page.screenshot({ path: join(screenshots, "debugger-step.png") });
  await panel.locator('[data-command="debugger:continue"]').click();
  const output = page.locator(".jp-OutputArea-executeResult .jp-OutputArea-output").first();
  await output.waitFor({ timeout: 10_000 });
  assert.equal((await output.textContent())?.trim(), "6");
  await variables.getByText("small", { exact: true }).waitFor({ timeout: 10_000 });
  await page.screenshot({ path: join(screenshots, "debugger-end.png") });
  await page.close();
});

test("completion, documentation and interrupts work in a notebook", { skip, timeout: 180_000 }, async () => {
  const page = await open("/lab");
  await page
    .locator('.jp-LauncherCard[data-category="Notebook"]', { hasText: "TypeScript (nablab)" })
    .click({ timeout: 60_000 });
  await kernelIsIdle(page);
  const editor = page.locator(".jp-Notebook .jp-Cell.jp-mod-active .cm-content");
  const shown = page.locator(".jp-OutputArea-output");
  await editor.click();
  await editor.pressSequentially('const person = { name: "Ada", born: 1815 }; person.name');
  await page.keyboard.press("Shift+Enter");
  await shown.getByText("'Ada'").waitFor({ timeout: 60_000 });

  await editor.pressSequentially("person.");
  await page.keyboard.press("Tab");
  const completer = page.locator(".jp-Completer");
  await completer.getByText("born", { exact: true }).waitFor({ timeout: 30_000 });
  await page.screenshot({ path: join(screenshots, "completion.png") });
  assert.match((await completer.textContent()) ?? "", /born[\s\S]*name/);
  await page.keyboard.press("Enter");
  assert.equal((await editor.textContent())?.trim(), "person.born");

  await page.keyboard.press("Shift+Tab");
  const tooltip = page.locator(".jp-Tooltip");
  await tooltip.getByText("number").first().waitFor({ timeout: 30_000 });
  await page.screenshot({ path: join(screenshots, "inspection.png") });
  assert.match((await tooltip.textContent()) ?? "", /born: number[\s\S]*1815/);
  await page.keyboard.press("Escape");
  await editor.click();
  await page.keyboard.press("Shift+Enter");
  await shown.getByText("1815", { exact: true }).waitFor({ timeout: 30_000 });

  await editor.click();
  await page.keyboard.insertText('console.log("spinning"); for (;;) {}');
  await page.keyboard.press("Shift+Enter");
  await shown.getByText("spinning").waitFor({ timeout: 30_000 });
  await page.keyboard.press("Escape");
  await page.keyboard.press("i");
  await page.keyboard.press("i");
  await shown.getByText("Interrupted").first().waitFor({ timeout: 30_000 });
  await page.screenshot({ path: join(screenshots, "interrupt.png") });
  await editor.click();
  await editor.pressSequentially("person.born + 1");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Shift+Enter");
  await shown.getByText("1816").waitFor({ timeout: 30_000 });
  await page.close();
});

const widgetCells = [
  `const scores = Array.from({ length: 40 }, (_, i) => ({ x: i, score: Math.abs(Math.sin(i / 4)) }));
widgets.interact(({ threshold }) => {
  const above = scores.filter(({ score }) => score > threshold).length;
  console.log(above + " of 40 above");
  display.vegaLite({
    width: 400, height: 150, data: { values: scores },
    layer: [
      { mark: "bar", encoding: { x: { field: "x", type: "ordinal" }, y: { field: "score", type: "quantitative" },
        color: { condition: { test: \`datum.score > \${threshold}\`, value: "#d62728" }, value: "#bbb" } } },
      { mark: { type: "rule", strokeWidth: 2 }, encoding: { y: { datum: threshold } } },
    ],
  });
}, { threshold: [0, 1, 0.1] });`,
  `const counter = widgets.AnyWidget({
  count: 0,
  esm: \`export default { render({ model, el }) {
    const button = document.createElement("button");
    button.className = "counter";
    const show = () => { button.textContent = "clicked " + model.get("count"); };
    button.onclick = () => { model.set("count", model.get("count") + 1); model.save_changes(); };
    model.on("change:count", show);
    show();
    el.append(button);
  } }\`,
  css: ".counter { padding: 6px 12px; background: gold; }",
});
const label = widgets.Label({ value: "none yet" });
counter.observe("count", (count) => { label.value = "the session saw " + count; });
const reset = widgets.Button({ description: "Reset", buttonStyle: "warning", icon: "undo" });
reset.on("click", () => { counter.count = 0; });
widgets.VBox([counter, widgets.HBox([label, reset])])`,
  `const fields = [
  widgets.Dropdown({ options: ["adam", "sgd"], description: "optimizer" }),
  widgets.Checkbox({ value: true, description: "shuffle" }),
  widgets.FloatLogSlider({ value: 0.01, min: -4, max: 0, description: "rate" }),
  widgets.IntProgress({ value: 70, description: "epoch", barStyle: "success" }),
  widgets.DatePicker({ value: new Date(2024, 1, 29), description: "day" }),
  widgets.ToggleButtons({ options: ["cpu", "gpu"], description: "device" }),
  widgets.ColorPicker({ value: "#1f77b4", description: "colour" }),
];
widgets.Tab([widgets.VBox(fields), widgets.HTML({ value: "<b>two</b>" })], { titles: ["Fields", "Other"] })`,
];

test("widgets: a chart follows a slider, an anywidget counts, and the controls are drawn", {
  skip,
  timeout: 240_000,
}, async () => {
  const cells = widgetCells.map((source, index) => ({
    cell_type: "code",
    id: `widgets-${index}`,
    metadata: {},
    outputs: [],
    execution_count: null,
    source,
  }));
  const metadata = { kernelspec: { name: "nablab", display_name: "TypeScript (nablab)" } };
  writeFileSync(
    join(folder, "widgets.ipynb"),
    JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }),
  );
  const page = await open("/lab/tree/widgets.ipynb");
  await kernelIsIdle(page);
  const cell = (index: number) => page.locator(".jp-Notebook .jp-CodeCell").nth(index);
  await cell(0).locator(".cm-content").click();
  for (const _ of cells) await page.keyboard.press("Shift+Enter");

  const shown = cell(0).locator(".jp-OutputArea .widget-output");
  try {
    await shown.locator(".vega-embed canvas").waitFor({ timeout: 60_000 });
  } finally {
    await page.screenshot({ path: join(screenshots, "widgets-chart.png") });
  }
  await shown.getByText("25 of 40 above").waitFor({ timeout: 10_000 });
  const handle = cell(0).locator(".noUi-handle");
  await handle.focus();
  for (let press = 0; press < 3; press++) await handle.press("ArrowRight");
  try {
    await shown.getByText("15 of 40 above").waitFor({ timeout: 20_000 });
    await shown.locator(".vega-embed canvas").waitFor({ timeout: 20_000 });
    assert.equal(await shown.locator(".vega-embed").count(), 1, "the new chart is in the old one's place");
  } finally {
    await page.screenshot({ path: join(screenshots, "widgets-chart-moved.png") });
  }

  const counter = cell(1).locator("button.counter");
  try {
    await counter.waitFor({ timeout: 60_000 });
    for (let click = 0; click < 3; click++) await counter.click();
    await cell(1).getByText("clicked 3").waitFor({ timeout: 10_000 });
    await cell(1).getByText("the session saw 3").waitFor({ timeout: 10_000 });
    await page.screenshot({ path: join(screenshots, "widgets-anywidget.png") });
    await cell(1).getByRole("button", { name: "Reset" }).click();
    await cell(1).getByText("clicked 0").waitFor({ timeout: 10_000 });
    await cell(1).getByText("the session saw 0").waitFor({ timeout: 10_000 });
  } finally {
    await page.screenshot({ path: join(screenshots, "widgets-anywidget.png") });
  }

  const controls = cell(2);
  await controls.locator(".widget-tab").scrollIntoViewIfNeeded();
  await controls.locator(".widget-dropdown").waitFor({ timeout: 20_000 });
  await page.screenshot({ path: join(screenshots, "widgets-controls.png") });
  assert.equal(await page.locator(".jp-Notebook .jupyter-widgets-error, .jp-mod-error").count(), 0);

  // A page that comes later shows what the kernel has.
  await page.keyboard.press("Control+s");
  await page.locator(".lm-TabBar-tab.jp-mod-dirty").waitFor({ state: "detached", timeout: 20_000 });
  await page.reload();
  await cell(1).locator("button.counter").waitFor({ timeout: 60_000 });
  await page.close();
});

for (const tutorial of tutorials) {
  const name = basename(tutorial, ".ipynb");
  test(`${name} runs to the end and draws its charts`, { skip, timeout: 300_000 }, async () => {
    const file = join(folder, `${name}.ipynb`);
    const codeCells = readNotebook(file)?.cells.filter((cell) => cell.cell_type === "code").length;
    const page = await open(`/lab/tree/${name}.ipynb`);
    await page.locator(".jp-Notebook .jp-CodeCell").first().waitFor({ timeout: 60_000 });
    await kernelIsIdle(page);
    await page.getByRole("menuitem", { name: "Kernel", exact: true }).click();
    await page.getByText("Restart Kernel and Run All Cells…").click();
    await page.getByRole("button", { name: "Confirm Kernel Restart" }).click();
    // JupyterLab saves on request; the saved file tells how far the run has come, also off screen.
    const deadline = Date.now() + 240_000;
    for (;;) {
      await page.waitForTimeout(2000);
      await page.keyboard.press("Control+s");
      const saved = readNotebook(file);
      if (!saved) continue;
      const failed = saved.cells
        .flatMap((cell) => cell.outputs ?? [])
        .filter((output) => output.output_type === "error");
      assert.deepEqual(failed, [], `${name} shows an error`);
      const counts = saved.cells
        .filter((cell) => cell.cell_type === "code")
        .map((cell) => cell.execution_count ?? 0);
      const busy = await page.locator('.jp-Notebook-ExecutionIndicator[data-status="busy"]').count();
      if (busy === 0 && counts.every((count, index) => count === index + 1) && counts.length === codeCells)
        break;
      assert.ok(Date.now() < deadline, `${name} did not end in time: ${counts}`);
    }
    const charts = page.locator(".jp-Notebook .vega-embed :is(canvas, svg)");
    await page.locator(".jp-Notebook .vega-embed").first().scrollIntoViewIfNeeded();
    await charts.first().waitFor({ state: "visible", timeout: 20_000 });
    const size = await charts.first().boundingBox();
    assert.ok(size && size.width > 100 && size.height > 100, "the chart has no size");
    assert.equal(
      await page.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]').count(),
      0,
    );
    await page.screenshot({ path: join(screenshots, `${name}.png`) });
    await page.close();
  });
}
