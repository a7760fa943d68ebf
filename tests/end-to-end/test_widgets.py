"""Widgets by the protocol of ipywidgets 8 (2.1.0), as a front end sees them. The traits are held against ipywidgets' own."""

import subprocess
import warnings

from conftest import NABLAB
from test_comms import bracket, open_comms, send

VIEW = "application/vnd.jupyter.widget-view+json"


def opened(execution):
    """The models that a cell made, by their names' first use, with ids."""
    return [
        {"id": m["content"]["comm_id"], "buffers": m["buffers"], "version": m["metadata"].get("version"), **m["content"]["data"]}
        for m in execution.messages
        if m["msg_type"] == "comm_open"
    ]


def model(execution, name):
    [found] = [m for m in opened(execution) if m["state"]["_model_name"] == name]
    return found


def change(notebook, comm, **state):
    return bracket(
        notebook,
        send(notebook, "comm_msg", {"comm_id": comm, "data": {"method": "update", "state": state, "buffer_paths": []}}),
    )


def messages(published, method):
    return [
        m["content"]["data"] for m in published if m["msg_type"] == "comm_msg" and m["content"]["data"]["method"] == method
    ]


def stdout(published):
    return "".join(m["content"]["text"] for m in published if m["msg_type"] == "stream")


def test_a_slider_is_opened_shown_changed_and_observed(fresh):
    cell = fresh.ok(
        'const slider = widgets.IntSlider({ value: 3, min: 1, max: 10, description: "n", layout: { width: "50%" } });\n'
        'slider.observe("value", (value, previous) => console.log(previous, "->", value));\n'
        "slider"
    )
    slider = model(cell, "IntSliderModel")
    assert slider["version"] == "2.1.0"
    state = slider["state"]
    assert (state["value"], state["min"], state["max"], state["description"]) == (3, 1, 10, "n")
    layout = model(cell, "LayoutModel")
    assert state["layout"] == f"IPY_MODEL_{layout['id']}" and layout["state"]["width"] == "50%"
    [result] = cell.of("execute_result")
    assert result["data"][VIEW] == {"version_major": 2, "version_minor": 0, "model_id": slider["id"]}
    assert result["data"]["text/plain"] == "IntSlider { value: 3, min: 1, max: 10, description: 'n' }"

    published = change(fresh, slider["id"], value=7)
    assert messages(published, "echo_update") == [{"method": "echo_update", "state": {"value": 7}, "buffer_paths": []}]
    assert messages(published, "update") == []
    assert stdout(published) == "3 -> 7\n"
    assert fresh.ok("slider.value").result == "7"

    published = change(fresh, slider["id"], value=70)
    assert messages(published, "update") == [{"method": "update", "state": {"value": 10}, "buffer_paths": []}]

    cell = fresh.ok("slider.value = 2; slider.set({ min: 0, max: 5 });")
    assert [m["state"] for m in messages(cell.messages, "update")] == [{"value": 2}, {"min": 0, "max": 5}]
    assert cell.stdout == "10 -> 2\n"

    published = bracket(fresh, send(fresh, "comm_msg", {"comm_id": slider["id"], "data": {"method": "request_state"}}))
    [update] = messages(published, "update")
    assert update["state"]["_model_name"] == "IntSliderModel" and update["state"]["value"] == 2

    cell = fresh.ok("slider.close(); slider.value")
    assert cell.of("comm_close")[0]["comm_id"] == slider["id"] and cell.result == "2"


def test_models_have_ipywidgets_own_attributes_and_defaults(fresh):
    """Every control with no options, against the installed ipywidgets."""
    import ipywidgets

    empty = {"Dropdown", "RadioButtons", "Select", "SelectMultiple", "ToggleButtons"}
    names = (
        "IntSlider FloatSlider FloatLogSlider IntRangeSlider FloatRangeSlider IntProgress FloatProgress IntText FloatText "
        "BoundedIntText BoundedFloatText Text Textarea Password Combobox Dropdown RadioButtons Select SelectMultiple ToggleButtons "
        "ToggleButton Checkbox Valid Button Label HTML HTMLMath Image ColorPicker DatePicker DatetimePicker Play "
        "Output Box HBox VBox GridBox Tab Accordion Stack Layout"
    ).split()
    calls = ", ".join(f"widgets.{n}({'{ options: [] }' if n in empty else ''})" for n in names)
    models = {m["id"]: m["state"] for m in opened(fresh.ok(f"void [{calls}];"))}
    ours = {}
    for state in models.values():
        ours.setdefault(state["_model_name"], state)

    def plain(value, theirs):
        """The reference's model in place of the reference."""
        if isinstance(value, str) and value.startswith("IPY_MODEL_"):
            state = theirs(value.removeprefix("IPY_MODEL_"))
            return {key: plain(each, theirs) for key, each in state.items() if key not in skipped}
        return list(value) if isinstance(value, tuple) else value

    # What is told only by a view; and what our message has no place for.
    skipped = {"_view_count", "msg_id"}
    checked = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in names:
            reference = getattr(ipywidgets, name)()
            state = reference.get_state()
            mine = ours[state["_model_name"]]
            lookup = lambda identifier: ipywidgets.Widget._active_widgets[identifier].get_state() if hasattr(ipywidgets.Widget, "_active_widgets") else ipywidgets.widgets.widget._instances[identifier].get_state()
            for key, value in state.items():
                if key in skipped or isinstance(value, memoryview):
                    continue
                if name == "Layout" or key not in ("tooltip", "tabbable") or key in mine:
                    assert key in mine, (name, key)
                    assert plain(mine[key], models.__getitem__) == plain(value, lookup), (name, key)
                    checked += 1
            assert set(mine) - set(state) <= {"value"} | skipped, name
    assert checked > 600


def test_a_wrong_option_is_refused_by_name(fresh):
    run = lambda code: fresh.run(code).error
    assert run("widgets.IntSlider({ vlaue: 3 })")["ename"] == "TypeCheckError"
    assert run('widgets.IntSlider({ value: "3" })')["ename"] == "TypeCheckError"
    any_ = "(options: any) => widgets.IntSlider(options)"
    fresh.ok(f"const make = {any_};")
    error = run("make({ vlaue: 3 })")
    assert error["ename"] == "TypeError"
    assert error["evalue"].startswith('IntSlider has no option "vlaue". Did you mean "value"? It has: value, min,')
    assert run('make({ value: "3" })')["evalue"] == "IntSlider's \"value\" is '3', expected an integer."
    assert run("make({ orientation: 'up' })")["evalue"].endswith('expected one of "horizontal", "vertical".')
    assert '"min" is 200' in run("make({ min: 200 })")["evalue"]
    assert "one of its options: a, b" in run('(widgets.Dropdown as any)({ options: ["a", "b"], value: "c" })')["evalue"]
    assert run('make({}).observe("valeu" as any, () => 0)')["evalue"].startswith('IntSlider has no attribute "valeu".')


def test_selections_keep_their_values_in_the_session(fresh):
    cell = fresh.ok(
        'const rate = widgets.Dropdown({ options: [["low", 0.01], ["high", 1]] });\n'
        "const seen: number[] = [];\n"
        'rate.observe("value", (value) => { if (value !== null) seen.push(value); });'
    )
    dropdown = model(cell, "DropdownModel")
    assert dropdown["state"]["_options_labels"] == ["low", "high"] and dropdown["state"]["index"] == 0
    change(fresh, dropdown["id"], index=1)
    assert fresh.ok("[rate.value, rate.label, seen]").result == "[ 1, 'high', [ 1 ] ]"
    cell = fresh.ok("rate.value = 0.01; rate.options = [[\"one\", 0.01], [\"two\", 1]];")
    assert [m["state"] for m in messages(cell.messages, "update")] == [{"index": 0}, {"_options_labels": ["one", "two"]}]
    cell = fresh.ok('const many = widgets.SelectMultiple({ options: ["a", "b", "c"], value: ["b"] }); many.value')
    assert cell.result == "[ 'b' ]"
    change(fresh, model(cell, "SelectMultipleModel")["id"], index=[0, 2])
    assert fresh.ok("many.value").result == "[ 'a', 'c' ]"


def test_buttons_texts_dates_images_and_links(fresh):
    cell = fresh.ok(
        'const button = widgets.Button({ description: "go" });\n'
        'button.on("click", async () => { await 0; console.log("clicked"); });\n'
        "const day = widgets.DatePicker({ value: new Date(2024, 1, 29) });\n"
        'const image = widgets.Image({ value: new Uint8Array([1, 2, 3]), format: "png" });\n'
        "const [a, b] = [widgets.IntSlider(), widgets.IntProgress()];\n"
        'const link = widgets.jslink([a, "value"], [b, "value"]);'
    )
    custom = {"method": "custom", "content": {"event": "click"}}
    published = bracket(fresh, send(fresh, "comm_msg", {"comm_id": model(cell, "ButtonModel")["id"], "data": custom}))
    assert stdout(published) == "clicked\n"
    picker = model(cell, "DatePickerModel")
    assert picker["state"]["value"] == {"year": 2024, "month": 1, "date": 29}
    change(fresh, picker["id"], value={"year": 2025, "month": 11, "date": 31})
    assert fresh.ok("day.value?.getMonth()").result == "11"
    image = model(cell, "ImageModel")
    assert image["buffer_paths"] == [["value"]] and bytes(image["buffers"][0]) == b"\1\2\3" and "value" not in image["state"]
    link, slider = model(cell, "LinkModel"), model(cell, "IntSliderModel")
    assert link["state"]["source"] == [f"IPY_MODEL_{slider['id']}", "value"] and link["state"]["_view_name"] is None


def test_an_output_widget_takes_what_functions_show_also_later(fresh):
    cell = fresh.ok(
        "const out = widgets.Output();\n"
        'out.capture(() => { console.log("a"); console.log("b"); setTimeout(() => console.log("late"), 100); });\n'
        'const shown = out.capture(() => display.html("<b>1</b>")); console.log("outside");'
    )
    assert cell.stdout == "outside\n" and cell.of("display_data") == []
    output = model(cell, "OutputModel")["id"]
    outputs = messages(cell.messages, "update")[-1]["state"]["outputs"]
    assert outputs[0] == {"output_type": "stream", "name": "stdout", "text": "a\nb\n"}
    assert outputs[1]["data"]["text/html"] == "<b>1</b>"
    cell = fresh.ok("await new Promise((r) => setTimeout(r, 300)); shown.update('<b>2</b>'); await new Promise((r) => setTimeout(r, 100));")
    assert cell.of("update_display_data") == []
    assert fresh.ok("out.outputs.map((each: any) => each.text ?? each.data['text/html'])").result == (
        "[ 'a\\nb\\n', '<b>2</b>', 'late\\n' ]"
    )
    assert output in open_comms(fresh, "jupyter.widget")
    cell = fresh.ok("out.clear();")
    assert messages(cell.messages, "update")[-1]["state"] == {"outputs": []}


def test_interact_runs_again_and_replaces_the_output(fresh):
    cell = fresh.ok(
        "widgets.interact(({ x, name, flag, kind }) => {\n"
        '  const n: number = x, text: string = name, yes: boolean = flag, k: "a" | "b" | "c" = kind;\n'
        '  if (n === 9) throw new Error("nine");\n'
        "  console.log(n, text, yes, k);\n"
        "  return n * 2;\n"
        '}, { x: [0, 10, 1], name: "me", flag: true, kind: ["a", "b", "c"] });'
    )
    [shown] = cell.of("display_data")
    assert cell.result is None
    box = model(cell, "VBoxModel")
    assert shown["data"][VIEW]["model_id"] == box["id"] and len(box["state"]["children"]) == 5
    assert box["state"]["_dom_classes"] == ["widget-interact"]
    slider = model(cell, "IntSliderModel")
    assert [slider["state"][k] for k in ("value", "min", "max", "step", "description")] == [5, 0, 10, 1, "x"]
    text = lambda published: [
        each.get("text") or each.get("evalue") or each["data"]["text/plain"]
        for each in [m for m in messages(published, "update") if "outputs" in m["state"]][-1]["state"]["outputs"]
    ]
    assert text(cell.messages) == ["5 me true a\n", "10"]
    assert text(change(fresh, slider["id"], value=6)) == ["6 me true a\n", "12"]
    assert text(change(fresh, slider["id"], value=9)) == ["nine"]
    assert text(change(fresh, model(cell, "DropdownModel")["id"], index=1)) == ["nine"]
    assert text(change(fresh, slider["id"], value=1)) == ["1 me true b\n", "2"]


def test_a_slow_interact_skips_what_it_can_not_follow(fresh):
    cell = fresh.ok(
        "let runs = 0;\n"
        "const panel = widgets.interactive(async ({ x }) => { runs++; await new Promise((r) => setTimeout(r, 300)); return x; }, { x: [0, 100] });"
    )
    slider = model(cell, "IntSliderModel")["id"]
    ids = [
        send(fresh, "comm_msg", {"comm_id": slider, "data": {"method": "update", "state": {"value": v}, "buffer_paths": []}})
        for v in range(1, 11)
    ]
    bracket(fresh, ids[0])
    fresh.drain()
    assert fresh.ok("[runs, panel.result]").result == "[ 3, 10 ]"


def test_a_front_end_that_connects_gets_all_models(fresh):
    def states():
        bracket(fresh, send(fresh, "comm_open", {"comm_id": "ctl", "target_name": "jupyter.widget.control", "data": {}}))
        published = bracket(fresh, send(fresh, "comm_msg", {"comm_id": "ctl", "data": {"method": "request_states"}}))
        [message] = [m for m in published if m["msg_type"] == "comm_msg"]
        assert message["content"]["data"]["method"] == "update_states"
        return message

    assert states()["content"]["data"]["states"] == {}
    cell = fresh.ok("const image = widgets.Image({ value: new Uint8Array([9]) }); const s = widgets.IntSlider();")
    message = states()
    data = message["content"]["data"]
    assert set(data["states"]) == {m["id"] for m in opened(cell)}
    image = model(cell, "ImageModel")["id"]
    assert data["states"][image]["model_name"] == "ImageModel"
    assert data["buffer_paths"] == [[image, "state", "value"]] and bytes(message["buffers"][0]) == b"\x09"


def test_anywidget_modules(fresh):
    cell = fresh.ok(
        'const counter = widgets.AnyWidget({ esm: "export default { render() {} }", count: 1, dataPoints: [1, 2] });\n'
        'counter.observe("count", (count: number) => console.log("count", count));\n'
        'counter.on("message", ({ content, buffers }) => counter.send({ back: content }, buffers));\n'
        "counter"
    )
    any_ = model(cell, "AnyModel")
    state = any_["state"]
    assert (state["_model_module"], state["_view_name"], state["count"], state["dataPoints"]) == ("anywidget", "AnyView", 1, [1, 2])
    assert state["_esm"].startswith("export default") and state["_css"] == ""
    assert stdout(change(fresh, any_["id"], count=2)) == "count 2\n"
    custom = {"method": "custom", "content": "hi"}
    published = bracket(fresh, send(fresh, "comm_msg", {"comm_id": any_["id"], "data": custom}, buffers=[b"\x05"]))
    [answer] = [m for m in published if m["msg_type"] == "comm_msg"]
    assert answer["content"]["data"] == {"method": "custom", "content": {"back": "hi"}}
    assert bytes(answer["buffers"][0]) == b"\x05"
    assert fresh.ok("counter.count").result == "2"


def test_a_thousand_slider_moves_are_all_seen(fresh):
    cell = fresh.ok('const slider = widgets.IntSlider({ max: 1000 }); let seen = 0; slider.observe("value", () => { seen++; });')
    slider = model(cell, "IntSliderModel")["id"]
    for value in range(1, 1001):
        last = send(fresh, "comm_msg", {"comm_id": slider, "data": {"method": "update", "state": {"value": value}, "buffer_paths": []}})
    bracket(fresh, last, timeout=60)
    assert fresh.ok("[seen, slider.value]").result == "[ 1000, 1000 ]"


def test_names_of_the_notebooks_own_win(fresh):
    assert fresh.ok('const widgets = ["mine"]; widgets.length').result == "1"
    assert fresh.ok("widgets[0]").result == "'mine'"


def test_notebooks_with_widgets_run_without_a_front_end(tmp_path):
    import nbformat
    from nbclient import NotebookClient

    source = (
        'const slider = widgets.IntSlider({ value: 4 });\n'
        "const out = widgets.Output(); out.capture(() => console.log('inside'));\n"
        "widgets.VBox([slider, out])"
    )
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source), nbformat.v4.new_code_cell("slider.value = 5; slider.value")],
        metadata={"kernelspec": {"name": "nablab", "display_name": "TypeScript (nablab)", "language": "typescript"}},
    )
    file = tmp_path / "widgets.ipynb"
    nbformat.write(book, file)
    subprocess.run([*NABLAB, "run", str(file)], check=True, capture_output=True, timeout=120)
    by_us = nbformat.read(file, 4)
    NotebookClient(book, timeout=60, resources={"metadata": {"path": str(tmp_path)}}).execute()
    for notebook in (by_us, book):
        [shown] = notebook.cells[0].outputs
        assert VIEW in shown["data"] and shown["data"]["text/plain"].startswith("VBox {")
        assert notebook.cells[1].outputs[0]["data"]["text/plain"] == "5"
    # A client that knows widgets saves their models in the notebook.
    states = book.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    [slider] = [each for each in states.values() if each["model_name"] == "IntSliderModel"]
    assert slider["state"]["value"] == 5
