"""The environment behind OpenEnv: /ws for episodes, /health, /schema, on 127.0.0.1.

    with GenericEnvClient(base_url="http://127.0.0.1:8000").sync() as client:
        client.reset(seed=0, system="spring")
        client.step({"hypothesis": "d2x/dt2 = -k*x", "parameters": {"k": 4.0}})

Every connection has an environment of its own. One that is silent for ten minutes is
closed, and its episode with it; a message holds at most 64 KiB. OpenEnv's /reset and
/step by HTTP start anew with each request, so that episodes need /ws.

/ is a page on which a person plays, by the same /ws; /systems says what it offers.
"""

import asyncio
import uuid
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from openenv.core.env_server.http_server import create_fastapi_app
from openenv.core.env_server.interfaces import Environment as Served
from openenv.core.env_server.types import Action, Observation, State
from pydantic import Field
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from evophys_lib.discovery import environment as game
from evophys_lib.discovery.hypothesis import LENGTH, PARAMETERS
from evophys_lib.discovery.system import System
from evophys_lib.discovery.systems import SYSTEMS
from evophys_lib.errors import ParameterError

HOST = "127.0.0.1"
SESSIONS = 16
"""Connections at once; more are refused."""
IDLE_S = 600.0
MESSAGE = 2**16
"""Bytes of one."""
PAGE = Path(__file__).with_suffix(".html")


class Proposal(Action):
    """A hypothesis."""

    hypothesis: str = Field(max_length=LENGTH, description="u_t = -U*u_x + a*u_xx")
    parameters: dict[str, float] = Field(
        default_factory=dict, max_length=PARAMETERS, description="values by name"
    )
    rationale: str = Field(default="", max_length=game.RATIONALE, description="why")
    units: dict[str, str] = Field(
        default_factory=dict, max_length=PARAMETERS, description="of parameters: 1/s"
    )


class Seen(Observation):
    """What a player sees.

    times and states, (T, V, N), with `reset` alone; simulated, what a hypothesis says
    in their place, null where it was not reached, with `step`.
    """

    system: str
    hint: str
    variables: list[str]
    turns_left: int
    mismatch: str = ""
    rewards: dict[str, float] = Field(default_factory=dict)
    history: list[dict[str, Any]] = Field(default_factory=list)
    times: list[float] = Field(default_factory=list)
    states: list[list[list[float]]] = Field(default_factory=list)
    simulated: list[list[list[float | None]]] = Field(default_factory=list)


class Discovery(Served[Proposal, Seen, State]):
    """One session."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self, systems: Mapping[str, System] = SYSTEMS) -> None:
        super().__init__()
        self._game = game.Environment(systems)
        self._state = State(episode_id=None, step_count=0)

    def reset(
        self,
        seed: int | None = None,
        episode_id: str | None = None,
        system: str | None = None,
        **_: Any,
    ) -> Seen:
        """A new episode; seed 0 if none is given, system of the seed's choice."""
        seen = self._game.reset(seed or 0, system)
        self._state = State(episode_id=episode_id or str(uuid.uuid4()), step_count=0)
        told = _told(seen)
        told.times = seen.shown.times.tolist()
        told.states = seen.shown.states[0].tolist()
        return told

    def step(self, action: Proposal, timeout_s: float | None = None, **_: Any) -> Seen:
        """Judge a hypothesis; `timeout_s` is not needed, every judgement ends."""
        seen = self._game.step(
            action.hypothesis, action.parameters, action.rationale, action.units
        )
        self._state.step_count += 1
        told = _told(seen)
        verdict = seen.history[-1].verdict
        if verdict is not None:
            told.simulated = [
                [[v if np.isfinite(v) else None for v in cells] for cells in state]
                for state in verdict.simulated.states[0].tolist()
            ]
        return told

    @property
    def state(self) -> State:
        """Which episode, and how many turns of it."""
        return self._state


def _told(seen: game.Observation) -> Seen:
    return Seen(
        done=seen.done,
        reward=seen.reward,
        system=seen.system.name,
        hint=seen.hint,
        variables=[v.name for v in seen.system.vocabulary.variables],
        turns_left=seen.turns_left,
        mismatch=seen.mismatch,
        rewards=seen.history[-1].rewards.described() if seen.history else {},
        history=[
            {
                "hypothesis": turn.text,
                "parameters": turn.parameters,
                "reward": turn.rewards.total,
                "mismatch": turn.mismatch,
            }
            for turn in seen.history
        ],
    )


class Bounded:
    """Ends connections that are silent too long and requests that are too large."""

    def __init__(self, app: ASGIApp, idle_s: float) -> None:
        self.app, self.idle_s = app, idle_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection or request."""
        received = 0

        async def bounded() -> Message:
            nonlocal received
            try:
                message = await asyncio.wait_for(receive(), self.idle_s)
            except TimeoutError:
                return {"type": f"{scope['type']}.disconnect", "code": 1001}
            received += len(message.get("body", b""))
            if received > MESSAGE:
                return {"type": "http.disconnect"}
            return message

        known = scope["type"] in ("http", "websocket")
        await self.app(scope, bounded if known else receive, send)


def application(
    systems: Mapping[str, System] = SYSTEMS,
    *,
    idle_s: float = IDLE_S,
    sessions: int = SESSIONS,
) -> FastAPI:
    """The server.

    Args:
        systems: what it offers.
        idle_s: after which a session expires.
        sessions: at once.
    """
    app: FastAPI = create_fastapi_app(
        partial(Discovery, systems),
        Proposal,
        Seen,
        max_concurrent_envs=sessions,
        env_name="discovery",
    )
    _add_page(app, systems)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])
    app.add_middleware(Bounded, idle_s=idle_s)
    return app


def _add_page(app: FastAPI, systems: Mapping[str, System]) -> None:
    """Where a person plays, and what there is to choose from."""

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    def page() -> str:
        return PAGE.read_text(encoding="utf-8")

    @app.get("/systems")
    def offered() -> list[dict[str, Any]]:
        return [
            {
                "name": name,
                "tier": system.tier,
                "field": system.vocabulary.field,
                "form": "; ".join(
                    f"{v.name}_t = "
                    if system.vocabulary.field
                    else f"d2{v.name}/dt2 = "
                    for v in system.vocabulary.variables
                ),
            }
            for name, system in systems.items()
        ]


def server(
    port: int,
    systems: Mapping[str, System] = SYSTEMS,
    *,
    idle_s: float = IDLE_S,
    sessions: int = SESSIONS,
) -> Any:
    """A uvicorn server on loopback, not yet running."""
    if not 0 < port < 2**16:
        raise ParameterError("port", port, "from 1 to 65535", "Use 8000.")
    app = application(systems, idle_s=idle_s, sessions=sessions)
    return uvicorn.Server(
        uvicorn.Config(
            app, host=HOST, port=port, log_level="warning", ws_max_size=MESSAGE
        )
    )


def serve(port: int, systems: Mapping[str, System] = SYSTEMS) -> None:
    """Serve until interrupted."""
    print(f"serving, with a page on http://{HOST}:{port}, stop with Ctrl-C")
    server(port, systems).run()
