"""The visual debugger's requests, as JupyterLab sends them: the Debug Adapter Protocol on the control channel."""

import queue
import time

import pytest
from conftest import Execution, Notebook
from ipykernel.compiler import murmur2_x86


class Debugged:
    """A notebook with a debugger attached; `stopped` and `continued` are what it says by itself."""

    def __init__(self, notebook):
        self.notebook = notebook
        self.client = notebook.client
        self.seq = 0
        self.events = []
        self.executions = {}

    def ask(self, command, timeout=15, **arguments):
        """The whole response to a request."""
        self.seq += 1
        content = {"type": "request", "seq": self.seq, "command": command, "arguments": arguments}
        message = self.client.session.msg("debug_request", content)
        self.client.control_channel.send(message)
        deadline = time.monotonic() + timeout
        while True:
            reply = self.client.get_control_msg(timeout=max(0.1, deadline - time.monotonic()))
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                break
        assert reply["msg_type"] == "debug_reply"
        content = reply["content"]
        assert (content["type"], content["request_seq"], content["command"]) == ("response", self.seq, command)
        return content

    def ok(self, command, **arguments):
        """The body of the response to a request that must succeed."""
        response = self.ask(command, **arguments)
        assert response["success"], response["message"]
        return response["body"]

    def attach(self):
        capabilities = self.ok("initialize", clientID="test", linesStartAt1=True)
        self.ok("attach")
        return capabilities

    def breakpoints(self, code, *lines, **more):
        """Set breakpoints in a cell; gives the lines that they have."""
        path = self.ok("dumpCell", code=code)["sourcePath"]
        wanted = [{"line": line, **more} for line in lines]
        body = self.ok("setBreakpoints", source={"path": path}, breakpoints=wanted, sourceModified=False)
        assert all(each["verified"] for each in body["breakpoints"])
        self.ok("configurationDone")
        return [each["line"] for each in body["breakpoints"]]

    def event(self, name, timeout=15):
        """The next event of this name."""
        deadline = time.monotonic() + timeout
        while True:
            message = self.client.get_iopub_msg(timeout=max(0.1, deadline - time.monotonic()))
            if message["msg_type"] == "debug_event" and message["content"]["event"] == name:
                return message["content"]["body"]
            if message["msg_type"] != "debug_event":
                self.executions.setdefault(message["parent_header"].get("msg_id"), []).append(message)

    def stopped(self):
        """Where it stopped, as (reason, names and lines of the frames)."""
        body = self.event("stopped")
        assert (body["threadId"], body["allThreadsStopped"]) == (1, True)
        return body["reason"], self.frames()

    def frames(self):
        return [(frame["name"], frame["line"]) for frame in self.stack()]

    def stack(self):
        return self.ok("stackTrace", threadId=1)["stackFrames"]

    def scopes(self, depth=0):
        """The variables of each scope of a frame, as texts."""
        frame = self.stack()[depth]
        scopes = self.ok("scopes", frameId=frame["id"])["scopes"]
        return {scope["name"]: self.variables(scope["variablesReference"]) for scope in scopes}

    def variables(self, reference):
        found = self.ok("variables", variablesReference=reference)["variables"]
        return {each["name"]: each["value"] for each in found}

    def go(self, command):
        """Step; gives the line where it stops."""
        self.ok(command, threadId=1)
        return self.stopped()[1][0][1]

    def finish(self, message_id, timeout=20):
        """Continue until the cell ends."""
        self.ok("continue", threadId=1)
        return self.end(message_id, timeout)

    def end(self, message_id, timeout=20):
        """What the cell brought, where it ends by itself."""
        execution = Execution(messages=self.executions.pop(message_id, []))
        if any(m["content"].get("execution_state") == "idle" for m in execution.messages):
            execution.reply = self.shell_reply(message_id)
            return execution
        rest = self.notebook.collect(message_id, timeout)
        return Execution(messages=execution.messages + rest.messages, reply=rest.reply)

    def shell_reply(self, message_id):
        while (reply := self.client.get_shell_msg(timeout=10))["parent_header"].get("msg_id") != message_id:
            pass
        return reply["content"]


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    notebook = Notebook(tmp_path_factory.mktemp("debugged"))
    yield notebook
    notebook.close()


@pytest.fixture
def debugger(shared):
    debugged = Debugged(shared)
    debugged.attach()
    yield debugged
    debugged.ok("disconnect", restart=False, terminateDebuggee=False)
    shared.drain()
    assert shared.ok("1 + 1").result == "2"


FUNCTION = """function area(width: number, height: number): number {
  const product: number = width * height;
  return product;
}
const small = area(2, 3);
small"""


def test_the_kernel_says_that_it_can_be_debugged(shared):
    information = Debugged(shared).shell_reply(shared.client.kernel_info())
    assert information["debugger"] is True
    assert "debugger" in information["supported_features"]


def test_initialize_tells_what_the_debugger_can(debugger):
    capabilities = debugger.ok("initialize")
    assert capabilities["supportsConditionalBreakpoints"] is True
    assert [each["filter"] for each in capabilities["exceptionBreakpointFilters"]] == ["all", "uncaught"]


def test_attach_is_followed_by_initialized(shared):
    debugged = Debugged(shared)
    debugged.ok("initialize")
    debugged.ok("attach")
    assert debugged.event("initialized") == {}
    debugged.ok("disconnect")


@pytest.mark.parametrize("code", ["", "a", "ab", "abc", "abcd", "const größe = '📈'; // 日本語\n"])
def test_the_path_of_a_cell_is_what_the_front_end_computes(debugger, code):
    info = debugger.ok("debugInfo")
    assert info["hashMethod"] == "Murmur2"
    expected = f"{info['tmpFilePrefix']}{murmur2_x86(code, info['hashSeed'])}{info['tmpFileSuffix']}"
    assert debugger.ok("dumpCell", code=code)["sourcePath"] == expected
    assert debugger.ok("source", source={"path": expected})["content"] == code


def test_debug_info_follows_the_session(shared):
    debugged = Debugged(shared)
    info = debugged.ok("debugInfo")
    assert (info["isStarted"], info["stoppedThreads"], info["breakpoints"]) == (False, [], [])
    assert info["richRendering"] and info["copyToGlobals"]
    debugged.attach()
    debugged.breakpoints(FUNCTION, 2)
    message_id = shared.send(FUNCTION)
    debugged.stopped()
    info = debugged.ok("debugInfo")
    assert (info["isStarted"], info["stoppedThreads"]) == (True, [1])
    path = debugged.ok("dumpCell", code=FUNCTION)["sourcePath"]
    assert info["breakpoints"] == [{"source": path, "breakpoints": [{"line": 2}]}]
    debugged.finish(message_id)
    debugged.ok("disconnect")
    info = debugged.ok("debugInfo")
    assert (info["isStarted"], info["stoppedThreads"], info["breakpoints"]) == (False, [], [])


def test_a_breakpoint_set_before_the_cell_runs_is_hit(debugger):
    assert debugger.breakpoints(FUNCTION, 2) == [2]
    message_id = debugger.notebook.send(FUNCTION)
    reason, frames = debugger.stopped()
    assert reason == "breakpoint"
    assert [name for name, _ in frames] == ["area", frames[1][0]] and frames[1][0].startswith("cell ")
    assert [line for _, line in frames] == [2, 5]
    [frame, _] = debugger.stack()
    assert frame["source"]["path"] == debugger.ok("dumpCell", code=FUNCTION)["sourcePath"]
    execution = debugger.finish(message_id)
    assert execution.result == "6"


def test_a_breakpoint_set_after_the_cell_ran_is_hit_by_a_later_cell(debugger):
    debugger.notebook.ok(FUNCTION)
    debugger.breakpoints(FUNCTION, 3)
    message_id = debugger.notebook.send("area(4, 5)")
    _, frames = debugger.stopped()
    assert [line for _, line in frames] == [3, 1]
    assert debugger.finish(message_id).result == "20"


def test_a_breakpoint_moves_to_the_next_line_with_code(debugger):
    code = "interface Point {\n  x: number;\n}\n// a remark\n\nconst point: Point = { x: 1 };\npoint.x"
    assert debugger.breakpoints(code, 1) == [6]
    message_id = debugger.notebook.send(code)
    assert debugger.stopped()[1][0][1] == 6
    debugger.finish(message_id)


def test_removed_breakpoints_are_not_hit(debugger):
    debugger.breakpoints(FUNCTION, 2)
    debugger.breakpoints(FUNCTION)
    assert debugger.notebook.ok(FUNCTION).result == "6"


def test_conditions_are_typescript(debugger):
    code = "let total = 0;\nfor (let i = 0; i < 10; i++) {\n  total += i;\n}\ntotal"
    debugger.breakpoints(code, 3, condition="(i as number) === 7")
    message_id = debugger.notebook.send(code)
    debugger.stopped()
    assert debugger.scopes()["Locals"] == {"i": "7"}
    assert debugger.finish(message_id).result == "45"


STEPS = """const numbers: number[] = [1, 2];
const settings = { deep: true,
  wide: false };
let sum = 0; sum += 1; sum += 2;
for (const each of numbers) {
  sum += twice(each);
}
function twice(value: number): number {
  const result = value * 2;
  return result;
}
sum"""


def test_steps_follow_the_lines(debugger):
    debugger.breakpoints(STEPS, 1)
    message_id = debugger.notebook.send(STEPS)
    reason, frames = debugger.stopped()
    lines = [frames[0][1]]
    for _ in range(4):
        lines.append(debugger.go("next"))
    assert lines == [1, 2, 4, 5, 6]
    assert debugger.go("stepIn") == 9
    assert debugger.frames()[0][0] == "twice"
    assert debugger.go("next") == 10
    assert debugger.go("stepOut") in (5, 6)
    assert len(debugger.frames()) == 1
    assert debugger.finish(message_id).result == "9"


AWAITING = """import { setTimeout as sleep } from "node:timers/promises";
const before: string = "b";
await sleep(10);
const after = await slow(before);
async function slow(text: string): Promise<string> {
  await sleep(10);
  return text + "!";
}
after"""


def test_steps_follow_the_lines_across_top_level_await(debugger):
    debugger.breakpoints(AWAITING, 2)
    message_id = debugger.notebook.send(AWAITING)
    _, frames = debugger.stopped()
    assert len(frames) == 1 and frames[0][0].startswith("cell ") and frames[0][1] == 2
    assert [debugger.go("next") for _ in range(3)] == [3, 4, 9]
    assert debugger.finish(message_id).result == "'b!'"


def test_stepping_into_and_out_of_an_async_function(debugger):
    debugger.breakpoints(AWAITING, 4)
    message_id = debugger.notebook.send(AWAITING)
    assert debugger.stopped()[1][0][1] == 4
    assert debugger.go("stepIn") == 6
    assert debugger.go("next") == 7
    assert debugger.scopes()["Locals"]["text"] == "'b'"
    assert debugger.finish(message_id).result == "'b!'"


def test_the_last_step_ends_the_cell_and_the_next_one_runs_through(debugger):
    code = "const first = 1;\nconst second = 2;"
    debugger.breakpoints(code, 2)
    message_id = debugger.notebook.send(code)
    debugger.stopped()
    debugger.ok("next", threadId=1)
    assert debugger.end(message_id).reply["status"] == "ok"
    assert debugger.notebook.ok("first + second").result == "3"
    assert debugger.notebook.ok("const third = await 3; third").result == "3"
    message_id = debugger.notebook.send(code)
    debugger.stopped()
    debugger.ok("stepIn", threadId=1)
    assert debugger.end(message_id).reply["status"] == "ok"
    message_id = debugger.notebook.send("debugger;\nfirst + second")
    assert debugger.stopped()[1][0][1] == 1
    assert debugger.finish(message_id).result == "3"


def test_stepping_into_skips_node_and_packages(debugger):
    code = "const list = [3, 1, 2];\nconsole.log(list);\nconst t = tf.tensor([1, 2]);\nconst sum = list.length;"
    debugger.breakpoints(code, 1)
    message_id = debugger.notebook.send(code)
    debugger.event("stopped", timeout=60)
    assert [debugger.go("stepIn") for _ in range(3)] == [2, 3, 4]
    debugger.finish(message_id)


MODULE = """export interface Options { factor: number }

export function scale(value: number, options: Options): number {
  const { factor } = options;
  const scaled = value * factor;
  return scaled;
}
export const ready: boolean = true;
"""


def test_local_typescript_files_are_debugged(debugger):
    folder = debugger.notebook.folder
    (folder / "scaling.ts").write_text(MODULE)
    path = str((folder / "scaling.ts").resolve())
    body = debugger.ok("setBreakpoints", source={"path": path}, breakpoints=[{"line": 5}])
    assert [each["line"] for each in body["breakpoints"]] == [5]
    message_id = debugger.notebook.send('import { scale } from "./scaling.ts";\nscale(2, { factor: 3 })')
    reason, frames = debugger.stopped()
    assert frames[0] == ("scale", 5) and frames[1][1] == 2
    assert debugger.stack()[0]["source"]["path"] == path
    locals_ = debugger.scopes()["Locals"]
    assert (locals_["value"], locals_["factor"], locals_["options"]) == ("2", "3", "{ factor: 3 }")
    assert debugger.scopes()["Module"]["ready"] == "true"
    assert debugger.go("next") == 6
    assert debugger.go("stepOut") == 2
    assert debugger.finish(message_id).result == "6"
    assert debugger.ok("source", source={"path": path})["content"] == MODULE
    modules = debugger.ok("modules")
    assert {"name": "scaling.ts", "path": path}.items() <= modules["modules"][0].items()
    # A changed file is another module, whose breakpoints are where its lines are.
    (folder / "scaling.ts").write_text("// new first line\n" + MODULE)
    debugger.ok("setBreakpoints", source={"path": path}, breakpoints=[{"line": 7}])
    message_id = debugger.notebook.send('import { scale } from "./scaling.ts";\nscale(3, { factor: 3 })')
    assert debugger.stopped()[1][0] == ("scale", 7)
    assert debugger.finish(message_id).result == "9"


def test_local_javascript_files_are_debugged(debugger):
    folder = debugger.notebook.folder
    (folder / "plain.js").write_text("export function plain(value) {\n  const more = value + 1;\n  return more;\n}\n")
    path = str((folder / "plain.js").resolve())
    debugger.ok("setBreakpoints", source={"path": path}, breakpoints=[{"line": 3}])
    message_id = debugger.notebook.send('// @ts-ignore\nimport { plain } from "./plain.js";\nplain(1)')
    assert debugger.stopped()[1][0] == ("plain", 3)
    assert debugger.scopes()["Locals"]["more"] == "2"
    debugger.finish(message_id)


def test_stepping_over_and_into_an_import(debugger):
    (debugger.notebook.folder / "imported.ts").write_text("const inner: number = 1;\nexport const outer = inner + 1;\n")
    code = 'const start = 1;\nconst module = await import("./imported.ts");\nmodule.outer'
    debugger.breakpoints(code, 1)
    message_id = debugger.notebook.send(code)
    debugger.stopped()
    assert [debugger.go("next") for _ in range(2)] == [2, 3]
    assert debugger.finish(message_id).result == "2"


VARIABLES = """const table = new Map<string, number>([["one", 1]]);
const numbers = Float32Array.from({ length: 250 }, (_, i) => i);
class Animal { #secret = 1; constructor(public name: string) {} get loud(): string { throw new Error(this.name); } }
function inspectMe(text: string) {
  const animal = new Animal("cat"), nested = { list: [1, [2, 3]], none: null };
  { const inner = table;
    return [text, animal, nested, inner, numbers.length]; }
}
const performance: string = "mine";
inspectMe("hello").length"""


def test_scopes_and_variables(debugger):
    debugger.breakpoints(VARIABLES, 7)
    message_id = debugger.notebook.send(VARIABLES)
    debugger.stopped()
    scopes = debugger.scopes()
    assert list(scopes) == ["Locals", "Globals"]
    locals_ = scopes["Locals"]
    assert locals_["text"] == "'hello'" and locals_["inner"] == "Map(1) { 'one' => 1 }"
    assert locals_["nested"] == "{ list: [ 1, [Array] ], none: null }"
    globals_ = scopes["Globals"]
    assert globals_["table"] == "Map(1) { 'one' => 1 }" and "inspectMe" in globals_
    assert not {"process", "tf", "dl", "display", "require", "console", "__nablab"} & set(globals_)
    debugger.finish(message_id)


def test_parts_of_values(debugger):
    debugger.breakpoints(VARIABLES, 7)
    message_id = debugger.notebook.send(VARIABLES)
    debugger.stopped()
    frame = debugger.stack()[0]["id"]

    def parts(expression):
        reference = debugger.ok("evaluate", expression=expression, frameId=frame)["variablesReference"]
        return debugger.ok("variables", variablesReference=reference)["variables"]

    def texts(expression):
        return {each["name"]: each["value"] for each in parts(expression)}

    assert texts("animal") == {"name": "'cat'"}
    assert texts("table") == {"0": "'one' => 1"}
    [ones, *_, last] = parts("numbers")
    assert [ones["name"], last["name"]] == ["[0 … 99]", "[200 … 249]"]
    elements = debugger.variables(last["variablesReference"])
    assert (len(elements), elements["249"]) == (50, "249")
    nested = {each["name"]: each for each in parts("nested")}
    assert nested["none"]["variablesReference"] == 0
    assert debugger.variables(nested["list"]["variablesReference"]) == {"0": "1", "1": "[ 2, 3 ]"}
    some = debugger.ok("variables", variablesReference=nested["list"]["variablesReference"], start=1, count=1)
    assert [each["name"] for each in some["variables"]] == ["1"]
    debugger.finish(message_id)


def test_evaluate_takes_typescript_in_the_frame(debugger):
    debugger.breakpoints(VARIABLES, 7)
    message_id = debugger.notebook.send(VARIABLES)
    debugger.stopped()
    frame, outer = [each["id"] for each in debugger.stack()]

    def value(expression, frame_id=frame):
        return debugger.ok("evaluate", expression=expression, frameId=frame_id, context="repl")["result"]

    assert value("(animal as Animal).name + text") == "'cathello'"
    assert value("{ a: 1 }") == "{ a: 1 }"
    assert value("table.size", outer) == "1"
    assert value("10n ** 20n") == "100000000000000000000n"
    assert value("-0") == "-0"
    assert value("performance") != ""
    failed = debugger.ask("evaluate", expression="animal.loud", frameId=frame)
    assert not failed["success"] and failed["message"] == "Error: cat"
    failed = debugger.ask("evaluate", expression="1 +", frameId=frame)
    assert not failed["success"] and "SyntaxError" in failed["message"]
    assert value("text = 'changed'") == "'changed'"
    execution = debugger.finish(message_id)
    assert execution.reply["status"] == "ok"
    assert debugger.ok("evaluate", expression="performance")["result"] == "'mine'"


def test_inspect_variables_needs_no_attached_debugger(shared):
    shared.ok("const visibleName = [1, 2]; class Shape {}; const fine = 1.5")
    debugged = Debugged(shared)
    variables = {each["name"]: each for each in debugged.ok("inspectVariables")["variables"]}
    assert variables["visibleName"]["value"] == "[ 1, 2 ]"
    assert variables["fine"]["variablesReference"] == 0
    assert debugged.variables(variables["visibleName"]["variablesReference"]) == {"0": "1", "1": "2"}


def test_rich_inspection(debugger):
    code = """class Picture { [Symbol.for("Jupyter.display")]() { return { "text/html": "<b>p</b>" }; } }
const picture = new Picture();
function look(own: Picture) {
  return own;
}
look(picture); 0"""
    debugger.breakpoints(code, 4)
    message_id = debugger.notebook.send(code)
    debugger.stopped()
    frame = debugger.stack()[0]["id"]
    rich = debugger.ok("richInspectVariables", variableName="own", frameId=frame)
    assert rich["data"]["text/html"] == "<b>p</b>" and "text/plain" in rich["data"]
    assert debugger.ok("richInspectVariables", variableName="no name", frameId=frame)["data"] == {}
    debugger.finish(message_id)
    assert debugger.ok("richInspectVariables", variableName="picture")["data"]["text/html"] == "<b>p</b>"
    assert not debugger.ask("richInspectVariables", variableName="missing")["success"]


def test_copy_to_globals(debugger):
    debugger.breakpoints(FUNCTION, 3)
    message_id = debugger.notebook.send(FUNCTION)
    debugger.stopped()
    frame = debugger.stack()[0]["id"]
    arguments = {"srcVariableName": "product", "srcFrameId": frame}
    debugger.ok("copyToGlobals", dstVariableName="copied", **arguments)
    debugger.ok("copyToGlobals", dstVariableName="URL", **arguments)
    assert not debugger.ask("copyToGlobals", dstVariableName="a-b", **arguments)["success"]
    assert debugger.scopes()["Globals"]["copied"] == "6"
    debugger.finish(message_id)
    assert debugger.notebook.ok("copied + URL").result == "12"
    assert debugger.notebook.ok("const { URL: real } = await import('node:url'); globalThis.URL === real").result == "true"


def test_pause_stops_a_cell_that_spins(debugger):
    code = "let turns = 0, isSpinning = true;\nwhile (isSpinning) {\n  turns += 1;\n}\n'done'"
    message_id = debugger.notebook.send(code)
    time.sleep(0.5)
    debugger.ok("pause", threadId=1)
    reason, frames = debugger.stopped()
    assert reason == "pause" and frames[0][1] in (2, 3)
    debugger.ok("evaluate", expression="isSpinning = false", frameId=debugger.stack()[0]["id"])
    assert debugger.finish(message_id).result == "'done'"


def test_a_debugger_statement_stops(debugger):
    message_id = debugger.notebook.send("const here = 1;\ndebugger;\nhere")
    assert debugger.stopped()[1][0][1] == 2
    debugger.finish(message_id)


THROWS = "function risky(): number {\n  throw new RangeError('too far');\n}\n"


@pytest.mark.parametrize(
    ("filters", "code", "stops"),
    [
        ([], "risky()", None),
        (["uncaught"], "risky()", 2),
        (["uncaught"], "try { risky() } catch {}", None),
        (["all"], "try { risky() } catch {}", 2),
        (["uncaught"], "await 1;\nrisky()", 2),
        (["uncaught"], "await 1;\ntry { risky() } catch {}", None),
        (["uncaught"], "async function later() { await 1; risky() }\nawait later()", 2),
        (["uncaught"], "async function later() { await 1; risky() }\ntry { await later() } catch {}", None),
        (["uncaught"], "await (async () => risky())().catch(() => 'try again')", None),
        (["uncaught"], "try { risky() } finally { 0 }", 2),
    ],
)
def test_exceptions(debugger, filters, code, stops):
    debugger.ok("setExceptionBreakpoints", filters=filters)
    message_id = debugger.notebook.send(THROWS + code)
    if stops is not None:
        body = debugger.event("stopped")
        assert (body["reason"], body["text"]) == ("exception", "RangeError: too far")
        assert debugger.frames()[0] == ("risky", stops)
        information = debugger.ok("exceptionInfo", threadId=1)
        assert information["exceptionId"] == "RangeError" and "too far" in information["description"]
        debugger.ok("continue", threadId=1)
    execution = debugger.end(message_id)
    assert execution.reply["status"] == ("ok" if "catch" in code else "error")


def test_threads(debugger):
    assert debugger.ok("threads") == {"threads": [{"id": 1, "name": "main"}]}


def test_everything_else_answers_while_paused(debugger):
    notebook = debugger.notebook
    debugger.breakpoints(FUNCTION, 2)
    message_id = notebook.send(FUNCTION)
    debugger.stopped()
    completion = debugger.shell_reply(notebook.client.complete("Math.ma", 7))
    assert any("max" in match for match in completion["matches"])
    assert debugger.shell_reply(notebook.client.is_complete("if (1) {"))["status"] == "incomplete"
    assert notebook.client.hb_channel.is_beating()
    message = notebook.client.session.msg("kernel_info_request", {})
    notebook.client.control_channel.send(message)
    assert notebook.client.get_control_msg(timeout=5)["msg_type"] == "kernel_info_reply"
    assert debugger.finish(message_id).result == "6"


@pytest.mark.parametrize("prefix", ["", "await 1;\n"])
def test_an_interrupt_ends_a_paused_cell(debugger, prefix):
    code = prefix + FUNCTION
    debugger.notebook.ok("const kept = 'kept'")
    debugger.breakpoints(code, 2 + prefix.count("\n"))
    message_id = debugger.notebook.send(code)
    debugger.stopped()
    started = time.monotonic()
    debugger.notebook.manager.interrupt_kernel()
    debugger.event("continued")
    execution = debugger.end(message_id, timeout=10)
    assert execution.error["ename"] == "Interrupted"
    assert time.monotonic() - started < 1
    assert debugger.notebook.ok("kept").result == "'kept'"
    assert debugger.ok("debugInfo")["stoppedThreads"] == []


def test_disconnect_resumes(shared):
    debugged = Debugged(shared)
    debugged.attach()
    debugged.breakpoints(FUNCTION, 2)
    message_id = shared.send(FUNCTION)
    debugged.stopped()
    debugged.ok("disconnect", restart=False, terminateDebuggee=True)
    assert debugged.end(message_id).result == "6"
    assert shared.ok(FUNCTION).result == "6"


def test_the_debugger_survives_the_runners_death(fresh):
    debugged = Debugged(fresh)
    debugged.attach()
    debugged.breakpoints(FUNCTION, 2)
    message_id = fresh.send(FUNCTION)
    debugged.stopped()
    debugged.ask("evaluate", expression="process.exit(3)", frameId=debugged.stack()[0]["id"])
    debugged.event("continued")
    assert debugged.end(message_id).error["ename"] == "RunnerExited"
    fresh.ok("0")
    message_id = fresh.send(FUNCTION)
    assert debugged.stopped()[1][0][1] == 2
    assert debugged.finish(message_id).result == "6"


def test_requests_that_make_no_sense_are_refused(debugger):
    for command in ("continue", "next", "stepIn", "stepOut", "exceptionInfo"):
        response = debugger.ask(command, threadId=1)
        assert not response["success"] and "not paused" in response["message"]
    response = debugger.ask("fly")
    assert not response["success"] and "fly" in response["message"]
    assert not debugger.ask("source", source={"path": "/no/such/file.ts"})["success"]
    assert debugger.ok("stackTrace", threadId=1) == {"stackFrames": [], "totalFrames": 0}
    assert debugger.ok("variables", variablesReference=999) == {"variables": []}


def test_breakpoints_need_an_attached_debugger(shared):
    debugged = Debugged(shared)
    response = debugged.ask("setBreakpoints", source={"path": "x"}, breakpoints=[])
    assert not response["success"] and "attach" in response["message"]


def test_nothing_is_left_on_disk(debugger):
    from pathlib import Path

    debugger.breakpoints(FUNCTION, 2)
    assert not Path(debugger.ok("debugInfo")["tmpFilePrefix"]).exists()
