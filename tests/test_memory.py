"""What was read is read again where it may have changed, and only there."""

import os

import pytest

from evophys_lib.errors import ArtifactError
from evophys_lib.store import artifacts as store
from evophys_lib.store import memory
from evophys_lib.store.artifacts import Provenance
from evophys_lib.store.memory import forget, remembered

PROVENANCE = Provenance("kind", {}, {})


@pytest.fixture(autouse=True)
def nothing_kept():
    """Each test starts, and ends, with an empty memory."""
    forget()
    yield
    forget()


class Reader:
    """Reads a file's text, and counts how often."""

    def __init__(self, path):
        self.path, self.calls = path, 0

    def __call__(self):
        self.calls += 1
        return [self.path.read_text()]

    def ask(self):
        """Its text by way of the memory."""
        return remembered(self.path, (self.path,), self)


@pytest.fixture
def reader(tmp_path):
    (tmp_path / "file").write_text("one")
    return Reader(tmp_path / "file")


def test_a_value_is_read_once_and_shared(reader):
    first = reader.ask()
    assert first == ["one"]
    assert reader.ask() is first and reader.ask() is first
    assert reader.calls == 1


def test_each_key_has_its_own_value(reader):
    first = reader.ask()
    other = remembered(("other", reader.path), (reader.path,), reader)
    assert other == first and other is not first
    assert reader.calls == 2
    assert reader.ask() is first and reader.calls == 2


def rewrite(path):
    """Other content, of another length."""
    path.write_text("another")


def replace(path):
    """Another file of the same length and time under the same name."""
    state = path.stat()
    twin = path.with_name("twin")
    twin.write_text("two")
    os.utime(twin, ns=(state.st_atime_ns, state.st_mtime_ns))
    os.replace(twin, path)


def touch(path):
    """The same content, at another time."""
    os.utime(path, ns=(0, 0))


@pytest.mark.parametrize("change", [rewrite, replace, touch])
def test_a_changed_file_is_read_again(reader, change):
    reader.ask()
    change(reader.path)
    changed = reader.ask()
    assert changed == [reader.path.read_text()]
    assert reader.calls == 2
    assert reader.ask() is changed and reader.calls == 2


def test_any_file_of_several_counts(reader, tmp_path):
    files = (reader.path, tmp_path / "second")
    files[1].write_text("")
    for calls in (1, 1, 2, 2):
        if calls == 2:
            touch(files[1])
        remembered("both", files, reader)
        assert reader.calls == calls


def test_a_missing_file_is_read_each_time_and_nothing_is_kept(tmp_path):
    absent, calls = tmp_path / "absent", []

    def read():
        calls.append(absent)
        return len(calls)

    assert [remembered("key", (absent,), read) for _ in range(3)] == [1, 2, 3]
    absent.write_text("there")
    assert [remembered("key", (absent,), read) for _ in range(3)] == [4, 4, 4]


def test_what_cannot_be_read_is_not_kept(reader):
    def fail():
        raise ArtifactError("damaged")

    for _ in range(2):
        with pytest.raises(ArtifactError, match="damaged"):
            remembered(reader.path, (reader.path,), fail)
    assert reader.ask() == ["one"]


def test_a_file_that_went_is_told_by_its_reader(reader):
    reader.ask()
    reader.path.unlink()
    with pytest.raises(FileNotFoundError):
        reader.ask()


def of_length(folder, name, length):
    (folder / name).write_text("x" * length)
    return Reader(folder / name)


def test_what_was_used_longest_ago_goes_first(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "LIMIT", 10)
    a, b, c = (of_length(tmp_path, name, 4) for name in "abc")
    a.ask(), b.ask()
    a.ask()  # b is now the one used longest ago
    c.ask()
    assert [r.calls for r in (a, b, c)] == [1, 1, 1]
    a.ask(), c.ask()
    assert [r.calls for r in (a, b, c)] == [1, 1, 1]
    b.ask()  # for which a goes
    b.ask(), c.ask()
    assert [r.calls for r in (a, b, c)] == [1, 2, 1]
    a.ask()
    assert [r.calls for r in (a, b, c)] == [2, 2, 1]


def test_up_to_the_bound_nothing_goes(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "LIMIT", 12)
    readers = [of_length(tmp_path, name, 4) for name in "abc"]
    for _ in range(3):
        for reader in readers:
            reader.ask()
    assert [reader.calls for reader in readers] == [1, 1, 1]


def test_what_alone_is_beyond_the_bound_is_kept_until_another_comes(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(memory, "LIMIT", 10)
    large, small = of_length(tmp_path, "large", 11), of_length(tmp_path, "small", 1)
    large.ask(), large.ask()
    assert large.calls == 1
    small.ask(), small.ask()
    large.ask()
    assert (large.calls, small.calls) == (2, 1)


def test_a_value_read_anew_does_not_count_twice(reader, tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "LIMIT", 12)
    other = of_length(tmp_path, "other", 4)
    other.ask(), reader.ask()
    rewrite(reader.path)  # 7 bytes: with the 3 before, and 4 of the other, too many
    reader.ask(), other.ask()
    assert (reader.calls, other.calls) == (2, 1)


def test_forgetting_empties_the_memory(reader):
    first = reader.ask()
    forget()
    assert reader.ask() == first and reader.calls == 2


# --- what the store makes of it ------------------------------------------------------


def test_an_artifact_is_read_once_and_again_when_it_was_made_anew(tmp_path):
    path = tmp_path / "thing.json"
    first = store.obtain_json(path, PROVENANCE, lambda: {"x": 1})
    assert store.obtain_json(path, PROVENANCE, pytest.fail) is first
    store.discard(path)
    assert not store.exists(path) and not path.exists()
    again = store.obtain_json(path, PROVENANCE, lambda: {"x": 2})
    assert again == {"x": 2} and first == {"x": 1}


def test_a_record_is_kept_apart_from_its_artifact(tmp_path):
    path = tmp_path / "thing.json"
    store.obtain_json(path, PROVENANCE, lambda: {"x": 1})
    record = store.read_record(path)
    assert store.read_record(path) is record and record["kind"] == "kind"
    assert store.obtain_json(path, PROVENANCE, pytest.fail) == {"x": 1}
