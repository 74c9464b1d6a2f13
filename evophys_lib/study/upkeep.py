"""Whether all that a study made is as it was made; what is not goes, to be made anew.

What is made again has the same bytes where machine and versions are the same; so only
what was damaged is made. Where they are not, what was made from it is refused by name.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from evophys_lib.errors import ArtifactError, DataError
from evophys_lib.physics.files import sha256
from evophys_lib.store import artifacts as store
from evophys_lib.store import disk, journal
from evophys_lib.study import data

RESULTS = "results.json"


def discard_damaged(folder: Path) -> Iterator[Path]:
    """Take away what is damaged of a study: artifacts, journals, results; its paths.

    Raises ArtifactError for what cannot be deleted, such as a folder in a file's place.
    """
    for path in store.artifacts_below(folder):
        shards = data.shards(path) if "data" in path.relative_to(folder).parts else ()
        damaged = partial(_is_damaged, path, with_shards=bool(shards))
        if damaged() and store.discard(path, *shards, when=damaged):
            yield path
    for kept in sorted(folder.rglob(f"?*{journal.SUFFIX}")):
        artifact = kept.with_name(kept.name.removesuffix(journal.SUFFIX))
        with disk.locked(artifact):
            if kept.exists() and _is_refused(partial(journal.read, kept)):
                disk.remove(kept)
                yield kept
    if _is_refused(partial(_results, folder)):
        disk.remove(folder / RESULTS)
        yield folder / RESULTS


def inventory(folder: Path) -> dict[str, str]:
    """SHA-256 of every artifact of a study as recorded, and of its results, by path.

    Raises ArtifactError for a file that cannot be read.
    """
    found = {
        path.relative_to(folder).as_posix(): store.digest_of(path)
        for path in store.artifacts_below(folder)
    }
    return found | _results(folder)


def _results(folder: Path) -> dict[str, str]:
    results = folder / RESULTS
    try:
        return {RESULTS: sha256(results)} if results.exists() else {}
    except OSError as error:
        raise ArtifactError(
            f"{results} cannot be read: {error}. Delete it and run again."
        ) from error


def _is_damaged(path: Path, *, with_shards: bool) -> bool:
    def look() -> None:
        store.sound_record(path)
        if with_shards:
            data.check_shards(path)

    return _is_refused(look)


def _is_refused(look: Callable[[], object]) -> bool:
    try:
        look()
    except (ArtifactError, DataError):
        return True
    return False
