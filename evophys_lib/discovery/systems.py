"""The list of systems, by name; a new one is an entry here, or an extension's."""

from collections.abc import Mapping

from evophys_lib.discovery.flows import FLOWS
from evophys_lib.discovery.mechanics import MECHANICS
from evophys_lib.discovery.system import System
from evophys_lib.errors import ParameterError

SYSTEMS: dict[str, System] = {s.name: s for s in (*MECHANICS, *FLOWS)}


def system_named(name: object, systems: Mapping[str, System] = SYSTEMS) -> System:
    """The system of that name, or ParameterError."""
    if isinstance(name, str) and name in systems:
        return systems[name]
    raise ParameterError(
        "system", name, f"one of {', '.join(systems)}", "Check the spelling."
    )
