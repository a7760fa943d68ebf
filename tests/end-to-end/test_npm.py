"""`npm:` imports and `%npm install`, from a registry of the test's own."""

import base64
import gzip
import hashlib
import io
import json
import os
import subprocess
import tarfile
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import pytest
from conftest import NABLAB, Notebook, strip_colours

TYPED = "export declare function shout(text: string): string;\nexport declare const version: string;\n"


def package(name, version, files, **manifest):
    files = {"package.json": json.dumps({"name": name, "version": version, **manifest}), **files}
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path, text in files.items():
            info = tarfile.TarInfo(f"package/{path}")
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    return {**json.loads(files["package.json"]), "bytes": gzip.compress(archive.getvalue(), mtime=0)}


def loud(version):
    types = TYPED + ("export declare const onlyTwo: number;\n" if version == "2.0.0" else "")
    code = f"export const shout = text => text.toUpperCase() + '!'; export const version = '{version}';"
    exports = {".": {"types": "./index.d.ts", "default": "./index.js"}, "./deep/part": {"types": "./index.d.ts", "default": "./index.js"}}
    return package("loud-words", version, {"index.js": code, "index.d.ts": types}, type="module", exports=exports)


PACKAGES = [
    loud("1.0.0"),
    loud("1.2.0"),
    loud("2.0.0"),
    package("@test/plain", "3.1.0", {"index.js": "exports.twice = n => n * 2"}, main="index.js"),
    package("@types/test__plain", "3.1.0", {"index.d.ts": "export function twice(n: number): number;"}, types="index.d.ts"),
    package("scripted", "1.0.0", {"index.js": "exports.x = 1"}, scripts={"postinstall": "touch ../../ran-script"}),
]


class Registry(BaseHTTPRequestHandler):
    requests: list = []
    delay = 0.0

    def do_GET(self):
        path = unquote(self.path).lstrip("/")
        Registry.requests.append(path)
        time.sleep(Registry.delay)
        host = f"http://{self.headers['Host']}"
        if path.endswith(".tgz"):
            found = next(p for p in PACKAGES if path == f"{p['name']}/-/{p['version']}.tgz")
            return self.answer(found["bytes"], "application/octet-stream")
        versions = {p["version"]: self.manifest(p, host) for p in PACKAGES if p["name"] == path}
        if not versions:
            return self.answer(b'{"error":"not found"}', "application/json", 404)
        body = {"name": path, "dist-tags": {"latest": list(versions)[-1]}, "versions": versions}
        self.answer(json.dumps(body).encode(), "application/json")

    do_POST = do_GET

    def manifest(self, found, host):
        integrity = base64.b64encode(hashlib.sha512(found["bytes"]).digest()).decode()
        dist = {"tarball": f"{host}/{found['name']}/-/{found['version']}.tgz", "integrity": f"sha512-{integrity}"}
        return {key: value for key, value in {**found, "dist": dist}.items() if key != "bytes"}

    def answer(self, body, kind, status=200):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    cache = tmp_path_factory.mktemp("npm-cache")
    yield {
        "npm_config_registry": f"http://127.0.0.1:{server.server_port}/",
        "npm_config_cache": str(cache),
        "npm_config_fetch_retries": "0",
        "npm_config_userconfig": str(cache / "npmrc"),
    }
    server.shutdown()


@pytest.fixture
def online(tmp_path, registry):
    Registry.delay = 0
    Registry.requests.clear()
    own = Notebook(tmp_path, env=registry)
    yield own
    Registry.delay = 0
    own.close()


def test_an_import_installs_with_types_in_the_same_cell(online):
    run = online.ok('import { shout, version } from "npm:loud-words@^1.0.0"\nimport type { shout as Shout } from "npm:loud-words@1"\n[shout("hi"), version]')
    assert run.result == "[ 'HI!', '1.2.0' ]"
    assert "Installing loud-words@^1.0.0" in run.stderr and "added 1 package" in run.stderr
    manifest = json.loads((online.folder / "package.json").read_text())
    assert manifest["dependencies"] == {"loud-words": "^1.2.0"} and manifest["private"] is True
    assert "TypeCheckError" == online.run("shout(3)").error["ename"]
    error = online.run('import { shout as again } from "npm:loud-words@^1.0.0"; again(3)')
    assert "'number' is not assignable" in error.traceback and "1:63" in error.traceback, error.traceback


def test_what_is_there_is_not_fetched_again(online):
    online.ok('import * as loud from "npm:loud-words@1.0.0"; loud.version')
    count = len(Registry.requests)
    again = online.ok('import * as same from "npm:loud-words@1"; (await import("npm:loud-words")).version')
    assert again.result == "'1.0.0'" and again.stderr == "" and len(Registry.requests) == count
    assert online.ok('import * as part from "npm:loud-words@1.0.0/deep/part"; part.shout("x")').result == "'X!'"
    newer = online.ok('import * as two from "npm:loud-words@2"; 1')
    assert "Installing loud-words@2" in newer.stderr
    assert "no exported member 'onlyTwo'" in online.run('import { onlyTwo } from "npm:loud-words@1.0.0"').traceback
    assert online.ok('import type { onlyTwo } from "npm:loud-words@2"').reply["status"] == "ok"


def test_types_are_fetched_where_a_package_has_none(online):
    run = online.ok('import { twice } from "npm:@test/plain"; twice(4)')
    assert run.result == "8" and "added its types, @types/test__plain" in run.stderr
    assert "'string' is not assignable" in online.run('twice("4")').traceback


def test_dynamic_imports_also_of_computed_names(online):
    assert online.ok('(await import("npm:loud-words@1")).shout("a")').result == "'A!'"
    computed = online.ok('const wanted: string = "npm:@test/plain@" + 3; (await import(wanted)).twice(3)')
    assert computed.result == "6" and "Installing @test/plain@3" in computed.stderr


def test_npm_install_runs_no_scripts_unless_asked(online):
    run = online.ok('%npm install scripted loud-words@2\nimport { version } from "loud-words"; version')
    assert run.result == "'2.0.0'"
    assert not (online.folder / "ran-script").exists()
    (online.folder / "node_modules" / "scripted").rename(online.folder / "moved")
    online.ok("%npm install --scripts scripted")
    assert (online.folder / "ran-script").exists()
    assert "%npm expects: install" in online.run("%npm publish").traceback


def test_what_does_not_exist_is_told(online):
    missing = online.run('import x from "npm:no-such-package-here"')
    assert missing.error["ename"] == "InstallError"
    assert "there is no such package" in missing.traceback
    assert "there is no such version" in online.run('import x from "npm:loud-words@9"').traceback
    assert online.ok("1 + 1").result == "2"


def test_an_installation_is_interrupted(online):
    Registry.delay = 20
    message = online.send('import { shout } from "npm:loud-words@1"')
    online.late(message, lambda m: m["msg_type"] == "stream")
    time.sleep(1)
    started = time.monotonic()
    online.manager.interrupt_kernel()
    assert online.collect(message).error["ename"] == "Interrupted"
    assert time.monotonic() - started < 2
    left = subprocess.run(["pgrep", "-fc", "--", f"--prefix {online.folder}"], capture_output=True, text=True).stdout
    assert left.strip() == "0"
    Registry.delay = 0
    assert online.ok("1 + 1").result == "2"


def test_offline(tmp_path, registry):
    own = Notebook(tmp_path, env={**registry, "npm_config_registry": "http://127.0.0.1:9/"})
    try:
        error = own.run('import { shout } from "npm:loud-words@1"')
        assert "the registry can't be reached" in error.traceback, error.traceback
    finally:
        own.close()


def test_nablab_run_installs_too(tmp_path, registry):
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "execution_count": None, "outputs": [], "source": 'import { shout } from "npm:loud-words@1"; shout("run")'}
    notebook = {"cells": [cell], "metadata": {"kernelspec": {"name": "nablab", "display_name": "TypeScript (nablab)"}}, "nbformat": 4, "nbformat_minor": 5}
    path = tmp_path / "n.ipynb"
    path.write_text(json.dumps(notebook))
    done = subprocess.run([*NABLAB, "run", str(path)], env={**os.environ, **registry}, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "RUN!" in path.read_text() or "RUN!" in done.stdout
    assert (tmp_path / "node_modules" / "loud-words").is_dir()


def test_a_package_of_the_public_registry(fresh):
    registry = subprocess.run(["npm", "config", "get", "registry"], capture_output=True, text=True).stdout.strip()
    try:
        urllib.request.urlopen(f"{registry.rstrip('/')}/ml-kmeans", timeout=5).close()
    except OSError as error:
        pytest.skip(f"the registry {registry} can't be reached: {error}")
    run = fresh.ok('import { kmeans } from "npm:ml-kmeans@6"\nkmeans([[0, 0], [0, 1], [9, 9], [9, 8]], 2, { seed: 1 }).clusters.length', timeout=120)
    assert run.result == "4"
    assert "kmeans" in strip_colours(fresh.run("kmeans('x', 2)").traceback)
