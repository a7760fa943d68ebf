"""Imports: packages of both kinds, Node's modules, local files that change."""

import json
import time

import pytest


@pytest.fixture(autouse=True, scope="module")
def files(notebook):
    folder = notebook.folder
    esm = folder / "node_modules" / "only-esm"
    esm.mkdir(parents=True)
    (esm / "package.json").write_text(json.dumps({"name": "only-esm", "version": "1.0.0", "type": "module", "exports": {".": {"types": "./index.d.ts", "import": "./index.js"}}}))
    (esm / "index.js").write_text("export const flavour = 'esm'; export default function greet(name) { return 'hello ' + name }")
    (esm / "index.d.ts").write_text("export const flavour: string; export default function greet(name: string): string;")
    cjs = folder / "node_modules" / "only-cjs"
    cjs.mkdir(parents=True)
    (cjs / "package.json").write_text(json.dumps({"name": "only-cjs", "version": "1.0.0", "main": "index.js", "types": "index.d.ts"}))
    (cjs / "index.js").write_text("exports.flavour = 'cjs'; exports.fail = () => { throw new Error('from the package') }")
    (cjs / "index.d.ts").write_text("export const flavour: string; export function fail(): never;")
    (folder / "helper.ts").write_text("import { base } from './base';\nexport const double = (x: number): number => x * base\nexport function fail(): never {\n  throw new Error('in the helper')\n}\n")
    (folder / "base.ts").write_text("export const base: number = 2\n")
    (folder / "data.json").write_text('{"rows": 3}')


def test_packages_of_both_kinds(notebook):
    assert notebook.ok("import greet, { flavour } from 'only-esm'; [greet('you'), flavour]").result == "[ 'hello you', 'esm' ]"
    assert notebook.ok("import { flavour as cjsFlavour } from 'only-cjs'; cjsFlavour").result == "'cjs'"
    assert notebook.ok("import * as cjsAll from 'only-cjs'; cjsAll.flavour").result == "'cjs'"


def test_modules_of_node(notebook):
    assert notebook.ok("import { join } from 'node:path'; join('a', 'b')").result == "'a/b'"
    assert notebook.ok("import fs from 'fs'; typeof fs.readFileSync").result == "'function'"


def test_dynamic_import_and_require(notebook):
    assert notebook.ok("(await import('only-esm')).flavour").result == "'esm'"
    assert notebook.ok("(await import('node:path')).sep").result == "'/'"
    assert notebook.ok("require('only-cjs').flavour").result == "'cjs'"
    assert notebook.ok("require('node:os').EOL").result == r"'\n'"
    assert notebook.ok("const load = async () => (await import('./helper')).double(4); await load()").result == "8"


def test_a_local_file_is_loaded_and_reloaded_when_it_changed(notebook):
    assert notebook.ok("import { double } from './helper'; double(21)").result == "42"
    (notebook.folder / "helper.ts").write_text("import { base } from './base';\nexport const double = (x: number): string => `twice ${x * base}`\nexport function fail(): never {\n  throw new Error('in the helper')\n}\n")
    assert notebook.ok("import { double } from './helper'; double(21).toUpperCase()").result == "'TWICE 42'"


def test_a_change_behind_a_local_file_is_seen(notebook):
    notebook.ok("import { double as before } from './helper'; before(1)")
    time.sleep(0.02)
    (notebook.folder / "base.ts").write_text("export const base: number = 10\n")
    assert "10" in notebook.ok("import { double as after } from './helper'; String(after(1))").result


def test_an_unchanged_local_file_keeps_its_state(notebook):
    (notebook.folder / "state.ts").write_text("export const state = { count: 0 }\n")
    notebook.ok("import { state } from './state'; state.count++")
    assert notebook.ok("import { state } from './state'; state.count").result == "1"


def test_an_error_in_a_local_file_names_its_line(notebook):
    error = notebook.run("import { fail } from './helper'\nfail()")
    assert "in the helper" in error.traceback
    assert "helper.ts:4:9" in error.traceback
    assert "cell " in error.traceback


def test_a_missing_package_is_told_with_the_remedy(notebook):
    error = notebook.run("const missing = await import('no-such-package' as string)").traceback
    assert "no-such-package" in error
    assert "npm install no-such-package" in error
    checked = notebook.run("import { x } from 'no-such-package'").traceback
    assert "no-such-package" in checked


def test_one_copy_of_tensorflow_whichever_way_it_is_imported(notebook):
    cell = """
import * as a from "@tensorflow/tfjs";
import * as b from "@tensorflow/tfjs-core";
const c = require("@tensorflow/tfjs");
const d = await import("@tensorflow/tfjs");
[a, b, c, d].every(m => m.Tensor === tf.Tensor && m.engine() === tf.engine())
"""
    assert notebook.ok(cell).result == "true"
