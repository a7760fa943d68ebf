// `nablab doctor`: what is installed, which backend will be used, and why each better one is not.

import { type DoctorReport, inspect } from "./setup/inspect.ts";

const help = `Usage: nablab doctor [--json]

Shows what is installed and which backend will be used. Exit code 0 if a notebook can run, 1 if not.`;

export async function main(args: string[]): Promise<number> {
  const unknown = args.find((argument) => !["--json", "--help", "-h"].includes(argument));
  if (unknown !== undefined) {
    console.error(`nablab doctor: there is no option "${unknown}".\n\n${help}`);
    return 2;
  }
  if (args.includes("--help") || args.includes("-h")) {
    console.log(help);
    return 0;
  }
  const report = await inspect();
  console.log(args.includes("--json") ? JSON.stringify(report, null, 2) : render(report));
  return report.canRun ? 0 : 1;
}

function render(report: DoctorReport): string {
  const { node, npm, python, kernelspecs, tensorflow, cuda, backends, backend, problems } = report;
  const missing = "not installed";
  const lines: [string, string][] = [
    ["nablab", `${report.nablab.version} in ${report.nablab.folder}`],
    ["Node", `${node.version} at ${node.path}`],
    ["npm", npm ?? "not found"],
    ["TypeScript", report.typescript ?? missing],
    ["Python", python ? `${python.version} at ${python.executable}` : "not found"],
  ];
  for (const [name, version] of Object.entries(report.jupyter)) lines.push([name, version ?? missing]);
  if (kernelspecs.length === 0)
    lines.push(["kernelspec", "registered nowhere: npm start or nablab install does it"]);
  for (const { folder, problem } of kernelspecs)
    lines.push(["kernelspec", `${folder}${problem ? `: ${problem}` : ""}`]);
  const named = process.env.NABLAB_TENSORFLOW;
  const found = tensorflow ? `${tensorflow.version} in ${tensorflow.folder}` : missing;
  lines.push(["libtensorflow", named ? `${named}, as NABLAB_TENSORFLOW says` : found]);
  const devices = cuda.devices.length > 0 ? `: ${cuda.devices.join(", ")}` : "";
  lines.push([
    "CUDA driver",
    cuda.available ? `${cuda.version ?? ""}${devices} (${cuda.reason})` : `none (${cuda.reason})`,
  ]);
  const sections = [table(lines)];
  sections.push(
    `Backends, best first:\n${table(
      backends.map(({ name, active, available, reason }) => [
        `${active ? "→" : available ? "·" : "✗"} ${name}`,
        active ? `used: ${reason}` : available ? `not needed: ${reason}` : reason,
      ]),
      "  ",
    )}`,
  );
  sections.push(
    report.canRun
      ? `Notebooks run, on the backend ${backend}.`
      : `Notebooks can't run:\n${problems.map((problem) => `  ${problem}`).join("\n")}`,
  );
  return sections.join("\n\n");
}

function table(rows: [string, string][], indent = ""): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `${indent}${name.padEnd(width)}  ${text}`).join("\n");
}
