import assert from "node:assert/strict";
import { test } from "node:test";
import { compareVersions, parseRequirement, parseRequirements, satisfies } from "./requirements.ts";

test("reads a requirement with extras, versions and marker", () => {
  assert.deepEqual(parseRequirement('Jupyter_Core[test] >= 5.0, <6 ; python_version < "3.12"'), {
    name: "jupyter-core",
    specifiers: [">=5.0", "<6"],
  });
  assert.deepEqual(parseRequirement("pytest"), { name: "pytest", specifiers: [] });
  assert.deepEqual(parseRequirement("nvidia-cudnn-cu12 (<10.0,>=9.3.0.75)").specifiers, [
    "<10.0",
    ">=9.3.0.75",
  ]);
  assert.throws(() => parseRequirement("--index-url x"), /is no pip requirement/);
});

test("leaves comments and empty lines of a requirements file out", () => {
  assert.deepEqual(parseRequirements("# tests\n\npytest>=8 # runner\n  nbformat\n"), [
    "pytest>=8",
    "nbformat",
  ]);
});

test("compares versions by their numbers, not their letters", () => {
  assert.ok(compareVersions("3.10.1", "3.9") > 0);
  assert.ok(compareVersions("2.9", "2.10") < 0);
  assert.equal(compareVersions("4.0", "4.0.0"), 0);
  assert.ok(compareVersions("4.6.0rc1", "4.5.9") > 0);
});

const table: [version: string, requirement: string, expected: boolean][] = [
  ["4.6.6", "x>=4.4,<5", true],
  ["5.0.0", "x>=4.4,<5", false],
  ["4.3.9", "x>=4.4,<5", false],
  ["2.21.0", "x==2.21.*", true],
  ["2.210.0", "x==2.21.*", false],
  ["2.21", "x==2.21.0", true],
  ["6.30.0", "x!=6.30.0", false],
  ["2.3.9", "x~=2.3.1", true],
  ["2.4.0", "x~=2.3.1", false],
  ["1", "x>1", false],
  ["1", "x<=1", true],
];

for (const [version, requirement, expected] of table) {
  test(`${version} ${expected ? "meets" : "does not meet"} ${requirement}`, () => {
    assert.equal(satisfies(version, parseRequirement(requirement)), expected);
  });
}
