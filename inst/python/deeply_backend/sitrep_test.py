import subprocess
import sys
from pathlib import Path

import deeply_backend
from deeply_backend import sitrep

ROOT = Path(sitrep.__file__).parent.parent


def _facts(text):
    return dict(line.split("\t") for line in text.splitlines())


def test_facts_name_this_interpreter_and_every_module():
    facts = _facts(sitrep.facts_text())
    assert facts["python"] == sys.version.split()[0]
    assert Path(facts["base"]).parent == Path(sys.base_prefix) / "bin"
    assert set(sitrep.MODULES) <= set(facts)


def test_versions_are_those_of_the_modules():
    import numpy

    assert _facts(sitrep.facts_text())["numpy"] == numpy.__version__


def test_a_folder_without_code_is_no_module(tmp_path, monkeypatch):
    (tmp_path / "left_behind").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert not sitrep._has("left_behind")
    assert sitrep._has("json")


def test_a_failing_start_is_one_line(monkeypatch):
    def fail(backend):
        raise RuntimeError(f"no {backend}\n\there")

    monkeypatch.setattr(deeply_backend, "start", fail)
    assert sitrep.start_text("jax") == "failure\tRuntimeError: no jax here\n"


def test_an_interpreter_without_packages_answers():
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-m", "deeply_backend.sitrep"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    facts = _facts(done.stdout)
    assert facts["numpy"] == ""
    assert facts["libpython"] in ("config", "prefix", "none")
