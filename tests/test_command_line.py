"""Bad input to `run`, as a user gives it: one line, a status, and nothing written."""

import os
import shlex
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch

from evophys_lib import notebooks
from evophys_lib.__main__ import main
from evophys_lib.store.shipped import SCRATCH_VARIABLE


@pytest.fixture
def outputs(tmp_path, monkeypatch):
    """Where outputs would go, and a runner that must not get there."""

    def refuse(*arguments):
        pytest.fail("a kernel was started")

    monkeypatch.setenv("EVOPHYS_OUTPUTS", str(tmp_path / "outputs"))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(notebooks, "_execute", refuse)
    return tmp_path / "outputs"


PECLET = "a finite number from 0.05 to 200. Pass for example pe = 10."
SEED = "a whole number from 0 to 2147483647. Pass for example seed = 0."
PROFILE = "one of smoke, laptop, paper, smoke-gru, laptop-gru, paper-gru. Use 'laptop'"
KNOWN = "05_dfs takes profile, seed, pe, device. "
SERIES = "the series takes profile, seed, device, pe. "


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("pe", "0", PECLET),
        ("pe", "-1", PECLET),
        ("pe", "nan", PECLET),
        ("pe", "inf", PECLET),
        ("pe", "ten", PECLET),
        ("pe", "1e9", PECLET),
        ("seed", "-1", SEED),
        ("seed", "0.5", SEED),
        ("profile", "desktop", PROFILE),
        ("device", "gpu", "one of auto, cpu, cuda. Use 'auto' to take a GPU"),
        ("device", "cuda", "this machine has no CUDA device that torch can use. Pass"),
        ("peclet", "10", KNOWN),
        ("sed", "1", f"{KNOWN}Did you mean seed?"),
        ("__class__", "1", KNOWN),
    ],
)
@pytest.mark.parametrize("which", ["05_dfs", "all"])
def test_a_bad_parameter_is_one_line(outputs, capsys, which, name, value, advice):
    assert main(["run", which, "-p", name, value]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: {name} = {value!r} is not allowed: ")
    assert advice in line.replace(SERIES, KNOWN)
    assert not outputs.exists()


def test_a_bad_profile_option_is_one_line(outputs, capsys):
    assert main(["run", "05_dfs", "--profile", "desktop"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: profile = 'desktop' is not allowed: {PROFILE}")
    assert not outputs.exists()


def test_one_output_for_all_is_one_line(outputs, capsys, tmp_path):
    assert main(["run", "all", "--out", str(tmp_path / "x.ipynb")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "error: --out names one file: it cannot be given with 'all'."


def run(*arguments, **variables):
    return subprocess.run(
        [sys.executable, "-m", "evophys_lib", *arguments],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_real_process_ends_with_status_2(tmp_path):
    out = tmp_path / "deep" / "05.ipynb"
    done = run("run", "05_dfs", "-p", "pe", "-1", "--out", str(out))
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr == f"error: pe = '-1' is not allowed: {PECLET}\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", ["--out", "EVOPHYS_OUTPUTS"])
def test_a_place_that_cannot_be_written_is_one_line(
    tmp_path, monkeypatch, capsys, option
):
    (tmp_path / "file").write_text("not a folder")
    folder = str(tmp_path / "file" / "deeper")
    monkeypatch.setenv("EVOPHYS_OUTPUTS", folder)
    more = ["--out", f"{folder}/x.ipynb"] if option == "--out" else []
    assert main(["run", "05_dfs", "--profile", "smoke", *more]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: cannot write {folder}/")
    assert "ake the folder writable, or set EVOPHYS_OUTPUTS" in line
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["--help"], ["run", "simulate", "verify"]),
        (["run", "--help"], ["-p NAME VALUE", "--profile", "--out", "07_analysis"]),
        (["simulate", "--help"], ["--equation", "--trajectories", "--seed", "--pe"]),
        (["verify", "--help"], ["DIR"]),
    ],
)
def test_help_tells_how_it_is_used(arguments, shown, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 0
    text = capsys.readouterr().out
    assert all(word in text for word in shown)


def test_the_module_tells_its_help():
    done = run("--help")
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith("usage: python -m evophys_lib ")


@pytest.mark.parametrize("arguments", [[], ["fly"], ["run"], ["run", "05_dfs", "-p"]])
def test_a_command_that_is_incomplete_gets_its_usage(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage: " in capsys.readouterr().err


MANY = "9" * 5000
SIMULATE = ["simulate", "--equation", "heat", "--seed", "0", "--trajectories"]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["run", "all", "-p", "seed", MANY], "seed"),
        (["run", "all", "-p", "pe", MANY], "pe"),
        (["run", "all", "--profile", MANY], "profile"),
        (["run", MANY], "notebook"),
        (["sweep", "--seeds", MANY], "seeds"),
        (["sweep", "--seeds", f"0-{MANY}"], "seeds"),
        (["sweep", "--pe", MANY], "pe"),
        (["search", "status", "--seed", MANY], "seed"),
        ([*SIMULATE, MANY, "--out", "made"], "trajectories"),
        ([*SIMULATE, str(10**11), "--out", "made"], "trajectories"),
        ([*SIMULATE, "1", "--fluctuation", MANY, "--out", "made"], "fluctuation"),
    ],
)
def test_numbers_beyond_reason_are_refused_before_anything_is_made(
    outputs, tmp_path, monkeypatch, capsys, arguments, named
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(SCRATCH_VARIABLE, "1")  # or a line says whose models are used
    assert main(arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: {named} = ") and len(line) < 500
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "x" * 300],
        ["run", "05_dfs", "--out", "x" * 300],
        ["run", "05_dfs", "--out", "x\0y"],
        ["run", "05_dfs", "--out", "~nobody-of-that-name/x.ipynb"],
        ["verify", "x" * 300],
        ["search", "export", "--out", "x" * 300],
        [*SIMULATE, "1", "--out", "x" * 300],
        [*SIMULATE, "1", "--out", "x\0y"],
        ["verify", "x\0y"],
    ],
)
def test_names_that_no_file_can_have_are_one_line(
    outputs, tmp_path, monkeypatch, capsys, arguments
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(SCRATCH_VARIABLE, "1")  # or a line says whose models are used
    assert main(arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [["run", "05_dfs"], ["train", "--seeds", "0"]])
def test_no_file_takes_the_place_of_a_pipe_or_a_device(
    outputs, tmp_path, monkeypatch, capsys, command
):
    monkeypatch.setenv(SCRATCH_VARIABLE, "1")  # or a line says whose models are used
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    for out in (pipe, link, "/dev/full"):
        assert main([*command, "--out", str(out)]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        where = str(out).replace("link", "pipe")
        assert line.startswith(f"error: cannot write {where}: there is something")
    assert pipe.is_fifo() and link.is_symlink() and not outputs.exists()


@pytest.mark.parametrize("arguments", [["--help"], ["verify", "ä\N{SNOWMAN}"]])
def test_a_terminal_that_knows_ascii_only_is_served(arguments):
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = run(*arguments, **ascii_only, PYTHONIOENCODING="ascii")
    assert done.returncode == (0 if arguments == ["--help"] else 2)
    assert "Traceback" not in done.stderr and (done.stdout or done.stderr)


def test_no_locale_no_home_and_a_path_with_spaces_and_umlauts_will_do(tmp_path):
    """A file name is then no text to Python, unless it is told to read UTF-8."""
    poor = {"LC_ALL": "C", "PYTHONUTF8": "0", "HOME": "/dev/null/none"}
    place = tmp_path / "ein Ort für Größen"
    given = ["--equation", "heat", "--trajectories", "4", "--seed", "0"]
    made = run("simulate", *given, "--out", str(place), **poor)
    assert made.returncode == 0, made.stderr
    (line,) = made.stdout.splitlines()
    assert str(place) in line
    assert run("verify", str(place), **poor).returncode == 0


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", [["--help"], ["search", "status"]])
def test_output_that_nobody_takes_is_one_line_at_most(tmp_path, arguments, unbuffered):
    line = shlex.join([sys.executable, "-m", "evophys_lib", *arguments])
    environment = os.environ | {"EVOPHYS_OUTPUTS": str(tmp_path), SCRATCH_VARIABLE: "1"}
    environment["PYTHONUNBUFFERED"] = unbuffered  # or it shows when output is flushed
    full = {0, 2} if arguments == ["--help"] else {2}  # argparse does not mind
    for end, statuses, lines in (
        (">/dev/full", full, 1),
        (">&-", {0}, 0),
        ("2>&-", {0}, 0),
        ("| true; exit ${PIPESTATUS[0]}", {0, 141}, 0),
    ):
        command = ["bash", "-c", f"{line} {end}"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode in statuses, (end, done.stderr)
        assert len(done.stderr.splitlines()) <= lines, (end, done.stderr)


def test_who_interrupts_is_told_that_the_same_line_goes_on(monkeypatch, capsys):
    def interrupted(*arguments, progress):
        raise KeyboardInterrupt

    monkeypatch.setattr(notebooks, "run", interrupted)
    assert main(["run", "05_dfs"]) == 130
    told = "error: interrupted; the same line goes on where it was.\n"
    assert capsys.readouterr().err == told


def test_output_may_be_what_only_takes_text(monkeypatch):
    """As in a program that collects what is written, without an encoding."""
    collected = []
    stream = SimpleNamespace(write=collected.append, flush=lambda: None)
    monkeypatch.setattr(sys, "stdout", stream)
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    assert "05_dfs" in "".join(collected)


def test_an_unexpected_error_is_a_line_unless_it_is_asked_for(monkeypatch, capsys):
    def broken(*arguments, progress):
        raise RuntimeError("what nobody thought of")

    monkeypatch.setattr(notebooks, "run", broken)
    assert main(["run", "05_dfs"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: RuntimeError: what nobody thought of. ")
    with pytest.raises(RuntimeError):
        main(["--debug", "run", "05_dfs"])
