"""`simulate` and `verify` as a user runs them."""

import os
import resource
import subprocess
import sys

import h5py
import pytest

from evophys_lib.__main__ import main
from evophys_lib.physics import dataset
from evophys_lib.physics.splits import Split


def simulate(directory, equation="heat", *more, trajectories="4", seed="0"):
    options = ["--trajectories", trajectories, "--seed", seed, "--out", str(directory)]
    return main(["simulate", "--equation", equation, *options, *more])


@pytest.fixture(scope="module")
def produced(tmp_path_factory):
    directory = tmp_path_factory.mktemp("command")
    more = ("--pe", "10", "--split", "validation")
    assert simulate(directory, "advection-diffusion", *more) == 0
    return directory


def test_simulate_writes_what_produce_writes(produced, tmp_path):
    dataset.produce(
        equation="advection-diffusion",
        trajectories=4,
        seed=0,
        split=Split.VALIDATION,
        directory=tmp_path,
        peclet=10.0,
        progress=False,
    )
    name = "advection-diffusion.h5"
    assert (produced / name).read_bytes() == (tmp_path / name).read_bytes()


def test_verify_names_a_sound_folder(produced, capsys):
    assert main(["verify", str(produced)]) == 0
    assert "advection-diffusion.h5: in order" in capsys.readouterr().out


def test_verify_exits_1_and_names_file_and_check(produced, tmp_path, capsys):
    for path in produced.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with h5py.File(tmp_path / "advection-diffusion.h5", "r+") as file:
        file["tensor"][0, 0, 0] = 5.0
    assert main(["verify", str(tmp_path)]) == 1
    assert "advection-diffusion.h5: checksum: " in capsys.readouterr().err


def test_verify_of_no_folder_is_one_line_and_exit_2(tmp_path, capsys):
    assert main(["verify", str(tmp_path / "none")]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: no data folder") and error.count("\n") == 1


@pytest.mark.parametrize("peclet", ["0", "-1", "nan", "ten", "1e9"])
def test_bad_peclet_is_one_line_and_exit_2(tmp_path, capsys, peclet):
    status = simulate(tmp_path / "new", "advection-diffusion", "--pe", peclet)
    error = capsys.readouterr().err
    assert status == 2 and error.count("\n") == 1
    assert error.startswith(f"error: pe = {peclet!r} is not allowed: ")
    assert "from 0.05 to 200" in error
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("name", "value", "changes", "more"),
    [
        ("seed", "'-1'", {"seed": "-1"}, ()),
        ("seed", "'x'", {"seed": "x"}, ()),
        ("trajectories", "0", {"trajectories": "0"}, ()),
        ("trajectories", "'many'", {"trajectories": "many"}, ()),
        ("split", "'all'", {}, ("--split", "all")),
        ("fluctuation", "9.0", {}, ("--fluctuation", "9")),
        ("equation", "'wave'", {"equation": "wave"}, ()),
    ],
)
def test_bad_input_is_one_line_and_exit_2(tmp_path, capsys, name, value, changes, more):
    equation = changes.pop("equation", "heat")
    assert simulate(tmp_path / "new", equation, *more, **changes) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: {name} = {value} is not allowed: ")
    assert error.count("\n") == 1 and not (tmp_path / "new").exists()


@pytest.mark.parametrize("missing", ["equation", "trajectories", "seed", "out"])
def test_a_missing_option_is_told_with_the_usage(tmp_path, capsys, missing):
    made = tmp_path / "new"
    options = {"equation": "heat", "trajectories": "4", "seed": "0", "out": str(made)}
    del options[missing]
    given = [word for name, value in options.items() for word in (f"--{name}", value)]
    with pytest.raises(SystemExit) as stop:
        main(["simulate", *given])
    assert stop.value.code == 2
    assert f"are required: --{missing}\n" in capsys.readouterr().err
    assert not made.exists()


def run(arguments, **options):
    # Nobody measures coverage in it: that writes a file, which may be limited.
    own = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")}
    environment = own | {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def test_simulation_never_imports_torch_or_model_code(tmp_path):
    script = (
        "import runpy, sys\n"
        "try:\n"
        "    runpy.run_module('evophys_lib', run_name='__main__')\n"
        "except SystemExit as stop:\n"
        "    assert stop.code == 0, stop.code\n"
        "models = ('worldmodel', 'merge', 'evaluate', 'pipeline', 'store')\n"
        "loaded = [m for m in models if f'evophys_lib.{m}' in sys.modules]\n"
        "assert not loaded, loaded\n"
        "assert 'torch' not in sys.modules\n"
    )
    options = ["--trajectories", "2", "--seed", "0", "--out", str(tmp_path)]
    done = run(["-c", script, "simulate", "--equation", "burgers", *options])
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "burgers.h5").is_file()


def test_a_disk_that_takes_no_more_leaves_nothing_behind(tmp_path):
    """A real limit of the system on the size of files stands for a full disk."""

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    options = ["--trajectories", "2", "--seed", "0", "--out", str(tmp_path / "d")]
    done = run(
        ["-m", "evophys_lib", "simulate", "--equation", "heat", *options],
        preexec_fn=limit,
    )
    assert done.returncode == 2
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("error: cannot write to folder") and "File too large" in last
    assert "Traceback" not in done.stderr
    assert not list((tmp_path / "d").glob("*.h5"))
    assert not (tmp_path / "d" / "sim_manifest.json").exists()
    assert not list((tmp_path / "d").glob(".heat*"))
