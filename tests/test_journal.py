"""A journal comes back as it was saved, or is refused by name; it leaves no trace."""

import pytest
import torch

from evophys_lib.errors import ArtifactError
from evophys_lib.store import artifacts as store
from evophys_lib.store import journal
from evophys_lib.store.artifacts import Provenance
from evophys_lib.store.journal import Journal, journal_path
from evophys_lib.store.tensors import save_tensors

PROVENANCE = Provenance("kind", {"rate": 1e-3, "unrolls": (1, 3)}, {"data": "00ff"})


@pytest.fixture
def artifact(tmp_path):
    """Where the artifact will lie, in a folder that does not exist yet."""
    return tmp_path / "folder" / "thing.safetensors"


def tensors():
    generator = torch.Generator().manual_seed(0)
    return {
        "transposed": torch.randn(3, 4, generator=generator).T,
        "step": torch.tensor(7.0),
        "wide": torch.tensor([torch.pi, torch.inf, -0.0], dtype=torch.float64),
        "generator": generator.get_state(),
        "none": torch.empty(0, 5),
    }


def test_what_is_loaded_is_what_was_saved_last(artifact):
    kept = Journal(artifact, PROVENANCE)
    assert kept.load() is None
    kept.save({"step": torch.tensor(3.0)})
    kept.save(tensors())
    loaded = Journal(artifact, PROVENANCE).load()
    assert loaded.keys() == tensors().keys()
    for name, expected in tensors().items():
        assert loaded[name].dtype == expected.dtype
        assert loaded[name].shape == expected.shape
        assert loaded[name].numpy().tobytes() == expected.numpy().tobytes(), name
    assert [p.name for p in artifact.parent.iterdir()] == ["thing.safetensors.journal"]


def test_no_flipped_byte_is_believed(artifact):
    Journal(artifact, PROVENANCE).save({"x": torch.ones(3), "y": torch.arange(2)})
    path = journal_path(artifact)
    whole = path.read_bytes()
    for i in range(len(whole)):
        path.write_bytes(whole[:i] + bytes([whole[i] ^ 4]) + whole[i + 1 :])
        with pytest.raises(ArtifactError) as caught:
            Journal(artifact, PROVENANCE).load()
        assert str(path) in str(caught.value) and "Delete it" in str(caught.value)


@pytest.mark.parametrize("length", [0, 5, 200, -1])
def test_a_journal_cut_off_is_refused_and_starts_anew_once_deleted(artifact, length):
    Journal(artifact, PROVENANCE).save(tensors())
    path = journal_path(artifact)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ArtifactError, match="the journal of an interrupted run, is"):
        Journal(artifact, PROVENANCE).load()
    path.unlink()
    assert Journal(artifact, PROVENANCE).load() is None


def test_tensors_without_a_header_are_no_journal(artifact):
    artifact.parent.mkdir()
    save_tensors(journal_path(artifact), tensors())
    with pytest.raises(ArtifactError, match="is damaged"):
        Journal(artifact, PROVENANCE).load()


@pytest.mark.parametrize(
    ("other", "named"),
    [
        (Provenance("other", PROVENANCE.config, PROVENANCE.inputs), "kind"),
        (Provenance("kind", {"rate": 2e-3, "unrolls": (1, 3)}, {}), "config, inputs"),
        (Provenance("kind", PROVENANCE.config, {"data": "00fe"}), "inputs"),
    ],
)
def test_a_journal_of_other_settings_is_refused_by_what_differs(artifact, other, named):
    Journal(artifact, PROVENANCE).save(tensors())
    with pytest.raises(ArtifactError, match=rf"differ in: {named}\).*Delete it to"):
        Journal(artifact, other).load()
    assert Journal(artifact, PROVENANCE).load() is not None


def test_saves_are_due_by_the_clock(artifact, monkeypatch):
    now = 100.0
    monkeypatch.setattr(journal.time, "monotonic", lambda: now)
    kept = Journal(artifact, PROVENANCE)
    kept.load()
    due = []
    for now in (100.0, 119.9, 120.0, 139.0, 140.5):  # noqa: B007 - read by the clock
        due.append(kept.due())
        if kept.due():
            kept.save(tensors())
    assert due == [False, False, True, False, True]


def test_seconds_add_up_over_runs_and_waiting_does_not_count(artifact, monkeypatch):
    now = 0.0
    monkeypatch.setattr(journal.time, "monotonic", lambda: now)

    def work(waited, worked):
        nonlocal now
        kept = Journal(artifact, PROVENANCE)
        now += waited
        kept.load()
        now += worked
        kept.save(tensors())
        return kept.earlier

    assert [work(5, 7), work(50, 2), work(0, 1)] == [0, 7, 9]
    assert journal.read(journal_path(artifact))[1]["seconds"] == 10


def test_an_artifact_is_made_from_its_journal_which_then_goes(artifact):
    Journal(artifact, PROVENANCE).save({"x": torch.arange(3)})

    def make(kept):
        return {"x": kept.load()["x"] + 1}

    assert journal.obtain_tensors(artifact, PROVENANCE, make)["x"].tolist() == [1, 2, 3]
    assert not journal_path(artifact).exists()
    again = journal.obtain_tensors(artifact, PROVENANCE, lambda kept: pytest.fail())
    assert again["x"].tolist() == [1, 2, 3]


def test_a_journal_outlives_what_fails_and_not_what_is_recorded(artifact):
    def fail(kept):
        kept.save({"x": torch.arange(3)})
        raise RuntimeError("it broke")

    with pytest.raises(RuntimeError, match="it broke"):
        journal.obtain_tensors(artifact, PROVENANCE, fail)
    assert Journal(artifact, PROVENANCE).load()["x"].tolist() == [0, 1, 2]
    store.obtain_tensors(artifact, PROVENANCE, lambda: {"x": torch.zeros(1)})
    assert journal_path(artifact).exists()  # as if killed before it could go
    journal.obtain_tensors(artifact, PROVENANCE, lambda kept: pytest.fail())
    assert not journal_path(artifact).exists()


def test_what_diverged_leaves_no_journal(artifact):
    def diverge(kept):
        kept.save({"x": torch.arange(3)})
        raise FloatingPointError("the loss is not finite")

    with pytest.raises(FloatingPointError, match="not finite"):
        journal.obtain_tensors(artifact, PROVENANCE, diverge)
    assert not journal_path(artifact).exists()
    (left,) = artifact.parent.glob(f"*{journal.DIVERGED}")
    tensors, _ = journal.read(left)
    assert torch.equal(tensors["x"], torch.arange(3))


def test_the_record_tells_the_seconds_of_all_runs(artifact, monkeypatch):
    kept = Journal(artifact, PROVENANCE)
    monkeypatch.setattr(kept, "_began", kept._began - 1e9)
    kept.save({"x": torch.arange(3)})
    journal.obtain_tensors(artifact, PROVENANCE, lambda kept: kept.load())
    assert store.read_record(artifact)["seconds"] == pytest.approx(1e9, rel=1e-3)
