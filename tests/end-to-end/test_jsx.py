"""Cells with JSX: typed, shown as HTML, beside cells that use `<` for types."""

import json


def html(execution):
    return execution.of("execute_result")[0]["data"]["text/html"]


def test_an_element_is_shown_as_html(notebook):
    shown = notebook.ok("const user = '<Ada>'\n;<p className=\"x\" style={{ fontSize: 12 }}>Hello {user}</p>")
    assert html(shown) == '<p class="x" style="font-size: 12px">Hello &lt;Ada&gt;</p>'


def test_components_across_cells(notebook):
    notebook.ok("function Row({ name, value }: { name: string; value: number }) {\n  return <tr><td>{name}</td><td>{value}</td></tr>\n}")
    shown = notebook.ok("const rows = [1, 2]\n;<><h1>T</h1><table>{rows.map(n => <Row name={`n${n}`} value={n} />)}</table></>")
    assert html(shown) == "<h1>T</h1><table><tr><td>n1</td><td>1</td></tr><tr><td>n2</td><td>2</td></tr></table>"
    notebook.ok("display(<b>now</b>)")
    assert notebook.ok("const tree = await Promise.resolve(<i>later</i>); String(tree)").result == "'<i>later</i>'"


def test_jsx_is_type_checked(notebook):
    notebook.ok("const Badge = (props: { count: number }) => <b>{props.count}</b>")
    error = notebook.run("1;\n<Badge count=\"three\" />")
    assert "Type 'string' is not assignable to type 'number'" in error.traceback and "2:8" in error.traceback
    assert "nosuchtag" in notebook.run("<nosuchtag>x</nosuchtag>").traceback
    assert "does not exist" in notebook.run("<img sorce=\"a.png\" />").traceback
    assert notebook.ok("<my-element anything=\"1\" data-x={1} />").reply["status"] == "ok"
    assert notebook.ok("<svg viewBox=\"0 0 1 1\"><circle cx={1} strokeWidth={2} /></svg>").reply["status"] == "ok"


def test_angle_brackets_of_types_stay(notebook):
    assert notebook.ok("const anything: unknown = 'text'\nconst asserted = <string>anything\nasserted.length").result == "4"
    assert notebook.ok("const same = <T>(x: T): T => x\nsame<number>(3)").result == "3"
    assert notebook.ok("const mixed = <T,>(x: T) => <b>{String(x)}</b>; String(mixed(1))").result == "'<b>1</b>'"
    assert "1" in notebook.ok("const a1 = 1, b1 = 2; a1 < b1 ? 1 : 0").result


def test_an_error_in_jsx_names_its_line(notebook):
    error = notebook.run("const fail = (): string => { throw new Error('deep') }\n;<div>\n  {fail()}\n</div>")
    assert ":3:4" in error.traceback, error.traceback
    assert notebook.run("<div>\n<p>never closed</div>").error["ename"] == "SyntaxError"


def test_a_local_file_with_jsx(notebook):
    (notebook.folder / "card.tsx").write_text("export const Card = ({ title }: { title: string }) => <section>{title}</section>\n")
    assert html(notebook.ok("import { Card } from './card'\n;<Card title=\"x\" />")) == "<section>x</section>"
    assert "not assignable" in notebook.run("<Card title={1} />").traceback


def test_names_of_jsx_stay_hidden(notebook):
    listing = notebook.ok("%who").stdout
    assert "_jsx" not in listing and "Badge" in listing


def test_the_import_source_is_the_users_choice(fresh):
    package = fresh.folder / "node_modules" / "fake-react"
    package.mkdir(parents=True)
    (package / "package.json").write_text(json.dumps({"name": "fake-react", "version": "1.0.0", "type": "module", "exports": {"./jsx-runtime": {"types": "./jsx-runtime.d.ts", "default": "./jsx-runtime.js"}}}))
    (package / "jsx-runtime.js").write_text("export const jsx = (type, props) => ({ made: 'here', type, props }); export const jsxs = jsx; export const Fragment = 'f'")
    (package / "jsx-runtime.d.ts").write_text("export namespace JSX { interface Element { made: string } interface IntrinsicElements { thing: { size: number } } }\nexport function jsx(type: unknown, props: unknown): JSX.Element;\nexport const jsxs: typeof jsx; export const Fragment: string;")
    assert fresh.ok("/** @jsxImportSource fake-react */\nconst element = <thing size={1} />\nelement.made").result == "'here'"
    assert "size" in fresh.run("const before = 1 + element.made.length;\n/** @jsxImportSource fake-react */\n;<thing size=\"1\" />").traceback
    assert html(fresh.ok("<p>ours</p>")) == "<p>ours</p>"
