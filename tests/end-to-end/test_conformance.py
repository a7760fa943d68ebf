"""jupyter_kernel_test, the Jupyter project's own conformance suite; none of its tests may be skipped."""

import jupyter_kernel_test


class TestConformance(jupyter_kernel_test.KernelTests):
    kernel_name = "nablab"
    language_name = "typescript"
    file_extension = ".ts"

    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('test')"
    completion_samples = [{"text": "display.markd", "matches": ["markdown"]}]
    complete_code_samples = ["1 + 1", "const a: number = 1", "function f(x: string) { return x }"]
    incomplete_code_samples = ["const a = [", "function f() {", "const text = `open"]
    invalid_code_samples = ["const = 1", "}"]
    code_page_something = "Math.max?"
    code_generate_error = "throw new Error('on purpose')"
    code_execute_result = [{"code": "6 * 7", "result": "42"}, {"code": "'a' + 'b'", "result": "'ab'"}]
    code_display_data = [
        {"code": "display.html('<b>bold</b>')", "mime": "text/html"},
        {"code": "display.svg('<svg xmlns=\"http://www.w3.org/2000/svg\"/>')", "mime": "image/svg+xml"},
    ]
    code_history_pattern = "6 ?*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "display"
    code_clear_output = "display.clear()"
