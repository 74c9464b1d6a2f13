"""The environment behind OpenEnv: /ws for episodes, /health, /schema, on 127.0.0.1.

    with GenericEnvClient(base_url="http://127.0.0.1:8000").sync() as client:
        client.reset(seed=0, system="spring")
        client.step({"hypothesis": "d2x/dt2 = -k*x", "parameters": {"k": 4.0}})

Every connection has an environment of its own. One that is silent for ten minutes is
closed, and its episode with it; a message holds at most 64 KiB. OpenEnv's /reset and
/step by HTTP start anew with each request, so that episodes need /ws.
"""

import asyncio
import uuid
from typing import Any

import uvicorn
from fastapi import FastAPI
from openenv.core.env_server.http_server import create_fastapi_app
from openenv.core.env_server.interfaces import Environment as Served
from openenv.core.env_server.types import Action, Observation, State
from pydantic import Field
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from evophys_lib.discovery import environment as game
from evophys_lib.discovery.hypothesis import LENGTH, PARAMETERS
from evophys_lib.errors import ParameterError

HOST = "127.0.0.1"
SESSIONS = 16
"""Connections at once; more are refused."""
IDLE_S = 600.0
MESSAGE = 2**16
"""Bytes of one."""


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
    """What a player sees; times and states, (T, V, N), with `reset` alone."""

    system: str
    hint: str
    variables: list[str]
    turns_left: int
    mismatch: str = ""
    rewards: dict[str, float] = Field(default_factory=dict)
    history: list[dict[str, Any]] = Field(default_factory=list)
    times: list[float] = Field(default_factory=list)
    states: list[list[list[float]]] = Field(default_factory=list)


class Discovery(Served[Proposal, Seen, State]):
    """One session."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self) -> None:
        super().__init__()
        self._game = game.Environment()
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
        return _told(seen)

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


def application(*, idle_s: float = IDLE_S, sessions: int = SESSIONS) -> FastAPI:
    """The server; idle_s: after which a session expires; sessions: at once."""
    app: FastAPI = create_fastapi_app(
        Discovery, Proposal, Seen, max_concurrent_envs=sessions, env_name="discovery"
    )
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])
    app.add_middleware(Bounded, idle_s=idle_s)
    return app


def server(port: int, *, idle_s: float = IDLE_S, sessions: int = SESSIONS) -> Any:
    """A uvicorn server on loopback, not yet running."""
    if not 0 < port < 2**16:
        raise ParameterError("port", port, "from 1 to 65535", "Use 8000.")
    app = application(idle_s=idle_s, sessions=sessions)
    return uvicorn.Server(
        uvicorn.Config(
            app, host=HOST, port=port, log_level="warning", ws_max_size=MESSAGE
        )
    )


def serve(port: int) -> None:
    """Serve until interrupted."""
    print(f"serving on http://{HOST}:{port}, stop with Ctrl-C")
    server(port).run()
