"""Who is visiting a Space on ZeroGPU: ZeroGPU reads from Gradio's request whose quota counts."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send


def with_visitor(app: ASGIApp) -> ASGIApp:
    """Return ``app`` with each request kept where Gradio would keep it; a job's task inherits it."""

    async def visited(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST":
            import gradio
            from gradio.context import LocalContext

            LocalContext.request.set(gradio.Request(request=Request(scope)))
        await app(scope, receive, send)

    return visited
