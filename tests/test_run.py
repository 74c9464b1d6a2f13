"""The runner refuses before a kernel starts and leaves what a failing cell left."""

import argparse
import re
import shutil
import sys

import hostile
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from evophys_lib import notebooks, receipts
from evophys_lib.__main__ import main
from evophys_lib.commands import run as run_command
from evophys_lib.errors import ArtifactError, NotebookError, ParameterError
from evophys_lib.notebooks import Run, check_parameters, run
from evophys_lib.page import MATHJAX, write_page
from evophys_lib.store import artifacts, disk

PARAMETERS = 'profile = "laptop"\nseed = 0\npe = 10.0'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with one notebook, `05_tiny`; outputs go elsewhere in tmp_path."""
    monkeypatch.setenv("EVOPHYS_OUTPUTS", str(tmp_path / "outputs"))
    path = tmp_path / "notebooks"
    path.mkdir()
    write(path, "import sys\nprint(profile, seed, pe, sys.executable)")
    return path


@pytest.fixture
def no_kernel(monkeypatch):
    """Fail the test if a notebook is executed."""

    def refuse(*arguments):
        pytest.fail("a kernel was started")

    monkeypatch.setattr(notebooks, "_execute", refuse)


def write(folder, *cells):
    tagged = new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = new_notebook(
        cells=[tagged, *map(new_code_cell, cells)], metadata={"kernelspec": kernel}
    )
    nbformat.write(notebook, folder / "05_tiny.ipynb")


def test_run_writes_the_executed_notebook_where_it_says(folder, tmp_path, monkeypatch):
    decoy = tmp_path / "share" / "kernels" / "python3"
    decoy.mkdir(parents=True)
    (decoy / "kernel.json").write_text(
        '{"argv": ["/bin/false"], "display_name": "decoy", "language": "python"}'
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share"))
    monkeypatch.chdir("/")
    place = tmp_path / "outputs" / "laptop" / "seed3" / "notebooks"
    place.mkdir(parents=True)
    (place / ".05_tiny_pe1.ipynb.killed.tmp").touch()

    path = run("05_tiny", {"pe": "1", "seed": "3"}, folder=folder)

    assert path == place / "05_tiny_pe1.ipynb"
    left = {p.name for p in place.iterdir() if p.suffix != ".lock"}
    assert left == {path.name, f"{path.name}.receipt.json"}
    executed = nbformat.read(path, as_version=4)
    printed = executed.cells[-1].outputs[0].text
    assert printed == f"laptop 3 1.0 {sys.executable}\n"
    assert receipts.has_been_run(folder / "05_tiny.ipynb", path)
    whole = path.read_bytes()
    for leave in hostile.OF_EVERY_KIND:
        for damaged in (path, receipts.path_of(path)):
            kept = damaged.read_bytes()
            leave(damaged)
            assert not receipts.has_been_run(folder / "05_tiny.ipynb", path)
            shutil.rmtree(damaged) if damaged.is_dir() else damaged.unlink()
            damaged.write_bytes(kept)
    assert receipts.has_been_run(folder / "05_tiny.ipynb", path)
    path.write_bytes(whole + b" ")
    assert not receipts.has_been_run(folder / "05_tiny.ipynb", path)
    path.write_bytes(whole)
    write(folder, "print('other code')")
    assert not receipts.has_been_run(folder / "05_tiny.ipynb", path)


def test_a_failing_cell_leaves_the_notebook(folder, tmp_path):
    write(folder, "print('before')", "raise ValueError('it broke')", "print('after')")
    out = tmp_path / "deep" / "failed.ipynb"
    with pytest.raises(NotebookError, match=r"ValueError: it broke") as caught:
        run("05_tiny.ipynb", {}, out, folder=folder)
    assert str(out) in str(caught.value)
    executed = nbformat.read(out, as_version=4)
    text = nbformat.writes(executed)
    assert "before\\n" in text
    assert "after\\n" not in text
    assert str(tmp_path) not in str(executed.metadata)
    assert not receipts.has_been_run(folder / "05_tiny.ipynb", out)


def test_a_kernel_that_dies_is_told_and_leaves_the_notebook(folder, tmp_path):
    write(folder, "print('before')", "import os; os._exit(1)")
    out = tmp_path / "died.ipynb"
    with pytest.raises(NotebookError, match="failed in its kernel stopped: .* died"):
        run("05_tiny", {}, out, folder=folder)
    assert "before\\n" in out.read_text()


def test_a_kernel_that_does_not_start_is_told(folder, tmp_path, monkeypatch):
    def none(**options):
        return {"argv": ["/bin/false"], "display_name": "", "language": "python"}

    monkeypatch.setattr("evophys_lib.kernel.get_kernel_dict", none)
    out = tmp_path / "never.ipynb"
    with pytest.raises(NotebookError, match="stopped: Kernel died before replying"):
        run("05_tiny", {}, out, folder=folder)
    assert not any(c.outputs for c in nbformat.read(out, as_version=4).cells)
    assert not receipts.has_been_run(folder / "05_tiny.ipynb", out)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"pee": "10"}, r"pee = '10' .* profile, seed, pe\. Did you mean pe\?"),
        ({"device": "cpu"}, "device = 'cpu' is not allowed: 05_tiny takes profile"),
        ({"pe": "ten"}, "pe = 'ten' is not allowed"),
        ({"pe": 0}, "pe = 0 is not allowed"),
        ({"seed": -1}, "seed = -1 is not allowed"),
        ({"profile": "lap"}, "profile = 'lap' is not allowed"),
    ],
)
def test_bad_parameters_are_refused_before_a_kernel_starts(
    folder, tmp_path, no_kernel, parameters, message
):
    with pytest.raises(ParameterError, match=message):
        run("05_tiny", parameters, folder=folder)
    assert not (tmp_path / "outputs").exists()


@pytest.mark.parametrize("name", ["05_tini", "../notebooks/05_tiny", "", "/etc/passwd"])
def test_an_unknown_notebook_is_refused_with_the_known_ones(folder, no_kernel, name):
    with pytest.raises(ParameterError, match=r"is not allowed: one of 05_tiny\."):
        run(name, {}, folder=folder)


def test_the_source_is_never_overwritten(folder, no_kernel):
    with pytest.raises(ParameterError, match="outside the folder of the source"):
        run("05_tiny", {}, folder / "05_tiny.ipynb", folder=folder)


def test_a_folder_that_cannot_be_written_is_named(folder, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    out = tmp_path / "file" / "x.ipynb"
    with pytest.raises(ArtifactError, match=str(out)):
        run("05_tiny", {}, out, folder=folder)


def test_check_parameters_converts():
    namespace = {"profile": "smoke", "seed": 2, "pe": 10, "_i": "x", "In": [], "f": len}
    assert check_parameters(namespace, ("profile", "seed", "pe")) == Run(
        profile="smoke", seed=2, pe=10.0, device="auto"
    )
    del namespace["pe"]
    assert check_parameters(namespace, ("profile", "seed")).pe is None


@pytest.mark.parametrize("value", [10, 1.5, "x", True, None])
def test_check_parameters_refuses_an_unknown_name(value):
    namespace = {"profile": "smoke", "seed": 2, "pee": value}
    with pytest.raises(ParameterError, match=r"pee = .* this notebook takes profile"):
        check_parameters(namespace, ("profile", "seed"))


def test_check_parameters_refuses_a_value_out_of_range():
    with pytest.raises(ParameterError, match="seed = -2 is not allowed"):
        check_parameters({"profile": "smoke", "seed": -2}, ("profile", "seed"))


def command(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    run_command.add_run(parser.add_subparsers())
    return parser.parse_args(["run", *arguments])


def test_a_second_run_of_all_makes_what_is_missing_and_nothing_else(
    tmp_path, monkeypatch, capsys
):
    """Of notebooks that do what matters here: one makes an artifact, one results."""
    monkeypatch.setenv("EVOPHYS_OUTPUTS", str(tmp_path))
    study, executed = tmp_path / "smoke" / "seed1", []
    made, results = study / "models" / "thing.json", study / "results.json"

    def execute(source, given, target, progress):
        assert given["profile"] == "smoke" and given["seed"] == 1 and not progress
        if source.stem == "02_pretrain":
            provenance = artifacts.Provenance("thing", {}, {})
            artifacts.obtain_json(made, provenance, lambda: "a value")
        if source.stem == "07_analysis":
            disk.write_text(results, "{}")
        disk.write_text(target, source.read_text(encoding="utf-8"))
        executed.append(source.stem)
        return target

    def run_again():
        executed.clear()
        line = ["run", "all", "--profile", "smoke", "-p", "seed", "1", "--quiet"]
        assert main(line) == 0
        return executed

    def place(name):
        (path,) = study.glob(f"notebooks/{name}*.ipynb")
        return path

    monkeypatch.setattr(notebooks, "_execute", execute)
    assert run_again() == list(notebooks.NOTEBOOKS)
    shown = [study / "notebooks" / line for line in capsys.readouterr().out.split()]
    assert [path.stem.partition("_pe")[0] for path in shown] == [*notebooks.NOTEBOOKS]
    assert run_again() == []
    results.unlink()
    assert run_again() == ["07_analysis"]
    results.write_text("garbage")
    assert run_again() == ["07_analysis"]
    hostile.endless_device(results)
    assert run_again() == ["07_analysis"]
    made.write_text('"another value"')
    assert run_again() == ["02_pretrain"]
    assert f"{made} was damaged and is made anew" in capsys.readouterr().err
    for text in ("", "{}", place("04_ps").read_text()[:-9], '{"nbformat": 3}'):
        place("04_ps").write_text(text)
        assert run_again() == ["04_ps"]
    assert run_again() == []


def test_one_notebook_elsewhere_leaves_no_receipt(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(notebooks, "_execute", lambda *given: given[2])
    out = tmp_path / "elsewhere.ipynb"
    assert run("05_tiny", {}, out, folder=folder) == out
    assert not receipts.path_of(out).exists()


@pytest.mark.parametrize(
    "text",
    [
        "", "{}", "[]", "null", '{"cells": []}', '{"cells": {"metadata": 1}}',
        '{"cells": [1], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
        '{"cells": [], "nbformat": 99, "nbformat_minor": 5, "metadata": {}}',
    ],
)  # fmt: skip
def test_a_source_that_is_no_notebook_of_the_series_is_named(folder, no_kernel, text):
    (folder / "05_tiny.ipynb").write_text(text)
    with pytest.raises(NotebookError, match="is not a notebook of the ser") as caught:
        run("05_tiny", {}, folder=folder)
    assert str(folder) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "parameters", ["profile = 'smoke'", "profile = 'smoke'\nseed = 0\nother = 1"]
)
def test_a_source_with_other_parameters_is_no_notebook_of_the_series(
    folder, no_kernel, monkeypatch, parameters
):
    monkeypatch.setitem(globals(), "PARAMETERS", parameters)
    write(folder, "pass")
    with pytest.raises(NotebookError, match="its parameters are profile"):
        run("05_tiny", {}, folder=folder)


def test_the_command_passes_parameters_and_prints_the_path(monkeypatch, capsys):
    calls = []

    def fake(name, parameters, out, *, progress):
        calls.append((name, parameters, out, progress))
        return "path"

    monkeypatch.setattr(notebooks, "run", fake)
    arguments = command("05_dfs", "-p", "pe", "10", "--profile", "smoke", "--quiet")
    assert arguments.handler(arguments) == 0
    assert calls == [("05_dfs", {"pe": "10", "profile": "smoke"}, None, False)]
    assert capsys.readouterr().out == "path\n"


def test_the_command_refuses_two_values_for_one_parameter(no_kernel):
    arguments = command("05_dfs", "-p", "profile", "laptop", "--profile", "smoke")
    with pytest.raises(ParameterError, match="also given as 'laptop'"):
        arguments.handler(arguments)


def test_the_command_line_ends_with_one_line_about_the_error(capsys):
    assert main(["run", "09_nothing"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: notebook = '09_nothing' is not allowed: ")


def test_a_page_shows_the_figures_and_hides_code_and_bars(folder, tmp_path):
    """A pixel of red stands for a figure."""
    write(
        folder,
        "import sys\nfrom IPython.display import Image, display\n"
        "hidden_name = 1\nprint('a bar', file=sys.stderr)",
        "import base64\ndisplay(Image(base64.b64decode('iVBORw0KGgoAAAANSUhEUgAAAAEAAA"
        "ABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==')))",
    )
    source = folder / "05_tiny.ipynb"
    notebook = nbformat.read(source, as_version=4)
    notebook.cells[-1].metadata["mystnb"] = {"figure": {"caption": "Red, λ = 1."}}
    nbformat.write(notebook, source)
    executed = run("05_tiny", {}, folder=folder)
    path = write_page(executed)
    text = path.read_text()
    assert path == executed.with_suffix(".html")
    picture = '<img[^>]*src="data:image/png;base64,[^>]*>'
    assert re.search(rf'{picture}.*<p class="caption">Red, λ = 1.</p>', text, re.S)
    assert "Out[" not in text
    assert "hidden_name" not in text and "a bar" not in text
    assert MATHJAX.is_file() and MATHJAX.as_uri() in text
    assert "http" not in re.sub(r"<a .*?</a>", "", text)
