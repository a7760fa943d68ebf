// What pip calls a requirement: a name and the versions that will do. Read here so that a start that has all it
// needs calls neither pip nor Python. Names as in PEP 503, versions as in PEP 440 without pre-releases.

/** A distribution and the versions of it that will do, e.g. `jupyterlab>=4.4,<5`. */
export interface Requirement {
  name: string;
  specifiers: string[];
}

/** Reads one requirement; extras, environment markers and comments are left out. */
export function parseRequirement(line: string): Requirement {
  const [text = ""] = line.split(/[;#]/);
  const match = /^\s*([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*\(?([^)]*)\)?\s*$/.exec(text);
  if (!match)
    throw new Error(`"${line}" is no pip requirement: expected a name and versions, e.g. "pytest>=8,<10".`);
  const specifiers = match[2].split(",").map((part) => part.replaceAll(/\s/g, ""));
  return { name: normalizeName(match[1]), specifiers: specifiers.filter((part) => part !== "") };
}

/** The requirements of a requirements file, without empty lines and comments. */
export function parseRequirements(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim())
    .filter((line) => line !== "");
}

/** The one spelling of a distribution's name (PEP 503): `Jupyter_Core` and `jupyter.core` are `jupyter-core`. */
export function normalizeName(name: string): string {
  return name.replaceAll(/[-_.]+/g, "-").toLowerCase();
}

/** Less than 0 if version `a` is older than `b`, 0 if equal, more than 0 if newer. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [release(a), release(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether `version` is one of those the requirement allows. */
export function satisfies(version: string, requirement: Requirement): boolean {
  return requirement.specifiers.every((specifier) => {
    const [, operator, wanted = ""] = /^(==|!=|>=|<=|~=|<|>)(.+)$/.exec(specifier) ?? [];
    const order = compareVersions(version, wanted.replace(/\.\*$/, ""));
    switch (operator) {
      case "==":
        return matches(version, wanted);
      case "!=":
        return !matches(version, wanted);
      case ">=":
        return order >= 0;
      case "<=":
        return order <= 0;
      case ">":
        return order > 0;
      case "<":
        return order < 0;
      case "~=":
        return order >= 0 && matches(version, `${wanted.split(".").slice(0, -1).join(".")}.*`);
      default:
        throw new Error(`"${specifier}" is no version specifier that is known here: use == != >= <= > < ~=.`);
    }
  });
}

function matches(version: string, wanted: string): boolean {
  if (!wanted.endsWith(".*")) return compareVersions(version, wanted) === 0;
  return wanted
    .slice(0, -2)
    .split(".")
    .every((part, i) => Number(part) === (release(version)[i] ?? 0));
}

function release(version: string): number[] {
  return (/^v?(\d+(?:\.\d+)*)/.exec(version)?.[1] ?? "0").split(".").map(Number);
}
