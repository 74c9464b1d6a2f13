"""Artifacts are whole or absent, made once, and refused when they are not their own."""

import errno
import json
import math
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from evophys_lib.errors import ArtifactError
from evophys_lib.physics import files
from evophys_lib.store import artifacts as store
from evophys_lib.store import disk
from evophys_lib.store.artifacts import Provenance
from evophys_lib.store.tensors import load_tensors, matching, save_tensors
from evophys_lib.study.training import load_into

PROVENANCE = Provenance("kind", {"a": 1, "b": (2, 3)}, {"data": "00ff"})
REMEDY = "Free space there, make the folder writable, or set EVOPHYS_OUTPUTS"


@pytest.fixture
def path(tmp_path):
    """Where an artifact goes, in a folder that does not exist yet."""
    return tmp_path / "folder" / "thing.json"


def visible(folder):
    """Names in a folder, lock files aside."""
    return sorted(p.name for p in folder.iterdir() if not p.name.endswith(".lock"))


def refuse_to_make():
    pytest.fail("it was made again")


# --- writing -------------------------------------------------------------------------


def test_a_file_is_replaced_whole(path):
    disk.write_text(path, "old")
    with disk.replacing(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
        assert temporary.parent == path.parent  # so that renaming is atomic
    assert path.read_text() == "new"
    assert visible(path.parent) == [path.name]


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt, ArtifactError])
def test_a_block_that_fails_leaves_the_old_file_and_no_other(path, failure):
    disk.write_text(path, "old")
    with pytest.raises(failure), disk.replacing(path) as temporary:
        temporary.write_text("half")
        raise failure("stop")
    assert path.read_text() == "old"
    assert visible(path.parent) == [path.name]


def test_a_file_is_readable_by_others(path):
    disk.write_text(path, "text")
    assert path.stat().st_mode & 0o777 == 0o644


def full_disk(*arguments, **options):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("call", ["mkstemp", "replace"])
def test_a_full_disk_is_told_and_leaves_nothing(path, monkeypatch, call):
    module = files if call == "mkstemp" else os
    monkeypatch.setattr(module, call, full_disk)
    with pytest.raises(ArtifactError, match="No space left on device") as caught:
        store.obtain_json(path, PROVENANCE, lambda: 1)
    assert str(path) in str(caught.value) and REMEDY in str(caught.value)
    assert visible(path.parent) == []


def test_a_disk_that_fills_up_before_the_record_leaves_no_artifact(path, monkeypatch):
    replace = os.replace

    def full_at_the_record(source, target):
        if target == store.record_path(path):
            full_disk()
        replace(source, target)

    monkeypatch.setattr(os, "replace", full_at_the_record)
    with pytest.raises(ArtifactError, match=store.record_path(path).name):
        store.obtain_json(path, PROVENANCE, lambda: 1)
    monkeypatch.undo()
    assert store.obtain_json(path, PROVENANCE, lambda: 2) == 2  # made anew, not taken


def test_a_device_without_room_is_told(path):
    path.parent.mkdir()
    full = pytest.raises(ArtifactError, match="No space left on device")
    with full, disk.replacing(path) as temporary:
        temporary.unlink()
        temporary.symlink_to("/dev/full")
        temporary.write_text("text")
    assert visible(path.parent) == []


def test_weights_beyond_a_real_limit_of_the_system_leave_nothing(tmp_path):
    """A limit on the size of files stands for a full disk."""
    script = (
        "import pathlib, sys, torch\n"
        "from evophys_lib import errors\n"
        "from evophys_lib.store import artifacts as store\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "provenance = store.Provenance('kind', {}, {})\n"
        "try:\n"
        "    weights = {'w': torch.zeros(100_000)}\n"
        "    store.obtain_tensors(path, provenance, lambda: weights)\n"
        "except errors.ArtifactError as error:\n"
        "    sys.exit(str(error))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "w.safetensors")],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000,) * 2),
        # Nobody measures coverage in it: that writes a file, too.
        env={k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"cannot write {tmp_path / 'w.safetensors'}: ")
    assert REMEDY in done.stderr and done.stderr.count("\n") == 1
    assert visible(tmp_path) == []


def test_a_folder_below_a_file_is_told_before_anything_is_made(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    path = tmp_path / "file" / "deeper" / "thing.json"
    with pytest.raises(ArtifactError, match="set EVOPHYS_OUTPUTS") as caught:
        store.obtain_json(path, PROVENANCE, refuse_to_make)
    assert str(path.parent) in str(caught.value)
    with pytest.raises(ArtifactError, match="cannot write .*thing.json"):
        disk.write_text(path, "text")
    assert visible(tmp_path) == ["file"]


def test_a_folder_that_takes_no_lock_is_told_before_anything_is_made(path, monkeypatch):
    def read_only(lock):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(files.FileLock, "acquire", read_only)
    with pytest.raises(ArtifactError, match="Read-only file system"):
        store.obtain_json(path, PROVENANCE, refuse_to_make)
    assert visible(path.parent) == []


def test_outputs_go_where_the_variable_says(monkeypatch, tmp_path):
    monkeypatch.setenv("EVOPHYS_OUTPUTS", str(tmp_path / "here"))
    assert disk.outputs_root() == tmp_path / "here"
    monkeypatch.setenv("EVOPHYS_OUTPUTS", "~/there")
    assert disk.outputs_root() == Path.home() / "there"
    monkeypatch.setenv("EVOPHYS_OUTPUTS", "relative")
    monkeypatch.chdir(tmp_path)
    assert disk.outputs_root() == tmp_path / "relative"
    for unset in (lambda: monkeypatch.setenv("EVOPHYS_OUTPUTS", ""), monkeypatch.undo):
        unset()
    monkeypatch.delenv("EVOPHYS_OUTPUTS", raising=False)
    assert disk.outputs_root() == Path(__file__).resolve().parents[1] / "outputs"


# --- obtaining -----------------------------------------------------------------------


def test_an_artifact_is_made_once_and_loaded_afterwards(path):
    first = store.obtain_json(path, PROVENANCE, lambda: {"x": [1, 2]})
    again = store.obtain_json(path, PROVENANCE, refuse_to_make)
    assert first == again == {"x": [1, 2]}
    assert visible(path.parent) == ["thing.json", "thing.json.record.json"]


def test_what_is_returned_is_what_was_stored(path):
    """Both calls see the value after its trip through the file."""
    assert store.obtain_json(path, PROVENANCE, lambda: {"x": (1, 2)}) == {"x": [1, 2]}


def test_the_record_tells_where_the_artifact_comes_from(path):
    store.obtain_json(path, PROVENANCE, lambda: 1)
    record = store.read_record(path)
    assert record.pop("seconds") >= 0
    assert record == {
        "kind": "kind",
        "config": {"a": 1, "b": [2, 3]},
        "inputs": {"data": "00ff"},
        "sha256": files.sha256(path),
    }
    assert store.digest_of(path) == files.sha256(path)


def test_the_record_is_written_last(path, monkeypatch):
    written = []
    replace = os.replace

    def spy(source, target):
        written.append(Path(target).name)
        replace(source, target)

    monkeypatch.setattr(os, "replace", spy)
    store.obtain_json(path, PROVENANCE, lambda: 1)
    assert written == ["thing.json", "thing.json.record.json"]


def test_an_artifact_without_a_record_is_not_trusted(path):
    disk.write_text(path, '"of unknown origin"')
    assert store.obtain_json(path, PROVENANCE, lambda: 1) == 1


def test_what_cannot_be_made_leaves_nothing(path):
    def fail():
        raise ValueError("it broke")

    with pytest.raises(ValueError, match="it broke"):
        store.obtain_json(path, PROVENANCE, fail)
    assert visible(path.parent) == []
    assert store.obtain_json(path, PROVENANCE, lambda: 1) == 1  # the lock is free


def test_what_cannot_be_stored_leaves_nothing(path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        store.obtain_json(path, PROVENANCE, lambda: math.nan)
    assert visible(path.parent) == []


def flip_a_byte(path, record):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut_off(path, record):
    path.write_bytes(path.read_bytes()[:-1])


def empty(path, record):
    path.write_bytes(b"")


def remove(path, record):
    path.unlink()


def foreign_record(path, record):
    record.write_text('{"sha256": 5}')


def list_for_a_record(path, record):
    record.write_text("[]")


def half_a_record(path, record):
    record.write_text(record.read_text()[:20])


def record_in_no_encoding(path, record):
    record.write_bytes(b"\xff\xfe\xff")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (flip_a_byte, "{path} is damaged: its SHA-256 is not the recorded one"),
        (cut_off, "{path} is damaged: its SHA-256 is not the recorded one"),
        (empty, "{path} is damaged: its SHA-256 is not the recorded one"),
        (remove, "{path} is missing though its record is there"),
        (foreign_record, "{record} is not a record of this library"),
        (list_for_a_record, "{record} is not a record of this library"),
        (half_a_record, "{record} cannot be read as JSON"),
        (record_in_no_encoding, "{record} cannot be read as JSON"),
    ],
)
def test_damage_is_refused_by_name_and_mended_as_told(path, damage, message):
    store.obtain_json(path, PROVENANCE, lambda: {"x": 1})
    record = store.record_path(path)
    damage(path, record)
    with pytest.raises(ArtifactError) as caught:
        store.obtain_json(path, PROVENANCE, refuse_to_make)
    told = str(caught.value)
    assert told.startswith(message.format(path=path, record=record))
    assert "elete" in told and "run again" in told and "\n" not in told
    record.unlink()
    path.unlink(missing_ok=True)
    assert store.obtain_json(path, PROVENANCE, lambda: {"x": 1}) == {"x": 1}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        (Provenance("other", PROVENANCE.config, PROVENANCE.inputs), "kind"),
        (Provenance("kind", {"a": 2, "b": (2, 3)}, PROVENANCE.inputs), "config"),
        (Provenance("kind", {"a": 1}, PROVENANCE.inputs), "config"),
        (Provenance("kind", PROVENANCE.config, {"data": "00fe"}), "inputs"),
        (Provenance("kind", PROVENANCE.config, {}), "inputs"),
        (Provenance("kind", {}, {}), "config, inputs"),
    ],
)
def test_another_provenance_is_refused_by_what_differs(path, changed, named):
    store.obtain_json(path, PROVENANCE, lambda: 1)
    with pytest.raises(ArtifactError, match=rf"differs in: {named}\)") as caught:
        store.obtain_json(path, changed, refuse_to_make)
    assert str(path) in str(caught.value)
    assert "or set EVOPHYS_OUTPUTS to another folder" in str(caught.value)


# --- formats -------------------------------------------------------------------------


def test_equal_values_give_equal_bytes():
    a = {"x": [0.1, 1e-300, -0.0], "ä": {"c": None, "b": True}}
    b = dict(reversed(a.items()))
    b["ä"] = dict(reversed(a["ä"].items()))
    assert disk.canonical_json(a) == disk.canonical_json(b)
    assert json.loads(disk.canonical_json(a)) == a


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_does_not_know_are_refused(value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        disk.canonical_json({"x": [value]})


def some_tensors():
    generator = torch.Generator().manual_seed(0)
    matrix = torch.randn(3, 4, generator=generator)
    return {
        "transposed": matrix.T,
        "expanded": matrix[:1].expand(5, -1),
        "wide": matrix.double(),
        "parameter": torch.nn.Parameter(matrix.clone()),
        "whole": torch.arange(3),
    }


def test_equal_tensors_give_equal_bytes_and_come_back(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    save_tensors(one, some_tensors())
    save_tensors(two, dict(reversed(some_tensors().items())))
    assert one.read_bytes() == two.read_bytes()
    loaded = load_tensors(one)
    assert loaded.keys() == some_tensors().keys()
    for name, tensor in some_tensors().items():
        assert loaded[name].dtype == tensor.dtype
        assert torch.equal(loaded[name], tensor)


@pytest.mark.parametrize("content", [b"", b"{}", b"\x00" * 64, b"PK\x03\x04" * 20])
def test_a_file_that_is_no_safetensors_is_named(tmp_path, content):
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(
        ArtifactError, match="not a readable safetensors file"
    ) as caught:
        load_tensors(path)
    assert str(path) in str(caught.value)


def test_weights_go_into_a_module_that_fits_and_stay_as_they_are(tmp_path):
    source, target = torch.nn.Linear(2, 3), torch.nn.Linear(2, 3)
    given = source.state_dict()
    assert matching(given, target.state_dict(), tmp_path) is given
    load_into(target, given, tmp_path)
    assert torch.equal(source.weight, target.weight)
    assert not any(p.requires_grad for p in target.parameters())


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"weight": torch.zeros(3, 3)}, "weight"),
        ({"bias": None}, "bias"),
        ({"gain": torch.zeros(3)}, "gain"),
    ],
)
def test_weights_of_another_model_are_refused_untouched(tmp_path, change, named):
    module = torch.nn.Linear(2, 3)
    before = {name: t.clone() for name, t in module.state_dict().items()}
    given = module.state_dict() | change
    foreign = {name: t + 1 for name, t in given.items() if t is not None}
    path = tmp_path / "foreign.safetensors"
    with pytest.raises(ArtifactError, match=f"{named} is missing, surplus") as caught:
        load_into(module, foreign, path)
    assert str(path) in str(caught.value)
    for name, tensor in module.state_dict().items():
        assert torch.equal(tensor, before[name])


# --- what is in the way --------------------------------------------------------------


@pytest.mark.parametrize("use", [disk.is_locked, lambda p: disk.write_text(p, "")])
def test_what_is_in_the_place_of_a_file_is_named(path, use):
    for blocked in (path, path.with_name(f".{path.name}.lock")):
        blocked.mkdir(parents=True)
    with pytest.raises(ArtifactError, match=str(path)):
        use(path)


def test_a_lock_that_cannot_be_had_is_told(path):
    path.with_name(f".{path.name}.lock").mkdir(parents=True)
    with pytest.raises(ArtifactError, match=f"cannot write {path}"):
        store.obtain_json(path, PROVENANCE, refuse_to_make)


def test_a_folder_is_no_place_for_a_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for taken in (tmp_path, tmp_path / "pipe", Path("/dev/null")):
        with pytest.raises(ArtifactError, match=f"cannot write {taken}: there is some"):
            disk.require_place(taken)
    (tmp_path / "pipe").unlink()
    disk.require_place(tmp_path / "new" / "file")
    assert [p.name for p in tmp_path.rglob("*")] == ["new"]


def test_what_was_put_right_meanwhile_is_not_discarded(path):
    store.obtain_json(path, PROVENANCE, lambda: 1)
    assert not store.discard(path, when=lambda: False)
    assert store.stored_json(path) == 1
    assert store.discard(path)
    assert visible(path.parent) == []
