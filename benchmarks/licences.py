"""Every package that the tested environment holds, with version and licence.

    python benchmarks/licences.py [--out book/evidence/licences.json]

Walks from the requirements of pyproject.toml through what each package requires here,
and reads what each says of itself. Of a package that several want, the first is told:
the library, then the extras in the order of EXTRAS.
"""

import platform
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from measuring import finish, options

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = "library"
EXTRAS = ("book", "comparator", "test", "discovery", "language")


def project() -> dict:
    """The table `project` of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def needed(requirement: Requirement) -> Iterator[Requirement]:
    """What an installed package requires on this machine, with the extras asked for."""
    for text in distribution(requirement.name).requires or ():
        wanted = Requirement(text)
        extras = ("", *requirement.extras)
        if not wanted.marker or any(
            wanted.marker.evaluate({"extra": extra}) for extra in extras
        ):
            yield wanted


def closure(requirements: Iterable[str]) -> set[str]:
    """Names of these packages and of all that they require."""
    seen: set[tuple[str, frozenset[str]]] = set()
    ahead = [Requirement(text) for text in requirements]
    while ahead:
        wanted = ahead.pop()
        key = canonicalize_name(wanted.name), frozenset(wanted.extras)
        if key not in seen:
            seen.add(key)
            ahead += needed(wanted)
    return {name for name, _ in seen}


def licence(name: str) -> str:
    """What a package says: an expression, classifiers, or the first line of a text."""
    told = distribution(name).metadata
    if expression := told.get("License-Expression"):
        return expression
    classifiers = [
        text.rpartition(" :: ")[2]
        for text in told.get_all("Classifier", [])
        if text.startswith("License :: ")
    ]
    return ", ".join(classifiers) or told.get("License", "").partition("\n")[0]


def environment() -> dict[str, str]:
    """On what packages depend that no requirement names: Python, torch's build."""
    build = distribution("torch").version.partition("+")[2] or "default"
    return {"python": ".".join(platform.python_version_tuple()[:2]), "torch": build}


def measure() -> dict:
    """The environment, and its packages in alphabetical order."""
    declared = project()
    groups = {LIBRARY: declared["dependencies"]} | {
        extra: declared["optional-dependencies"][extra] for extra in EXTRAS
    }
    first: dict[str, str] = {}
    for group, requirements in groups.items():
        for name in closure(requirements):
            first.setdefault(name, group)
    return {
        "environment": environment(),
        "packages": [
            {
                "name": name,
                "version": distribution(name).version.partition("+")[0],
                "licence": licence(name),
                "for": group,
            }
            for name, group in sorted(first.items())
        ],
    }


def main() -> None:
    """Count and write."""
    parser = options(__doc__)
    measured = measure()
    finish(measured, f"{len(measured['packages'])} packages", parser.parse_args().out)


if __name__ == "__main__":
    main()
